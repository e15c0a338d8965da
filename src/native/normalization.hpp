// Batch and layer normalisation of a layer's sums z: y = scale * z' + shift with
//
//   z' = (z - mean) / deviation          deviation = sqrt(variance + epsilon)
//
// over the rows of the batch for each column, or over the columns for each row; backwards
//
//   dz = scale / deviation (dy - mean of dy - z' mean of (dy z'))          (batch)
//   dz = (g - mean of g - z' mean of (g z')) / deviation with g = scale dy (layer)
//
// A batch's means are weighted by the rows' weights w, which dy contains already. With the
// running statistics z' is no function of the batch: dz = scale / deviation dy.
#pragma once

#include "kernels/simd.hpp"
#include "plan.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// The memory of one layer's normalisation over rows that pass together.
template <class T>
struct Normalized {
  std::int64_t rows, stride, n_outputs;
  T *z, *normalized, *inverse_deviation;  // null: the last two are not kept
  const T *shift, *scale;

  template <class Function>
  LIGHTMLP_INLINE void for_rows(Function function) const {
    for (std::int64_t i = 0; i < rows; ++i) function(i, i * stride);
  }

  // z' and y of a vector of columns, from their means and deviations.
  LIGHTMLP_INLINE void scale_column(std::int64_t j, Vec<T> mean, Vec<T> inverse) const {
    const bool is_kept = normalized != nullptr;
    if (is_kept) store(inverse_deviation + j, inverse);
    const Vec<T> of = load(scale + j), to = load(shift + j);
    for_rows([&](std::int64_t, std::int64_t at) LIGHTMLP_INLINED {
      const Vec<T> value = (load(z + at + j) - mean) * inverse;
      if (is_kept) store(normalized + at + j, value);
      store(z + at + j, fma(value, of, to));
    });
  }
};

template <class T>
LIGHTMLP_INLINE Vec<T> inverse_root(Vec<T> variance) {
  return T(1) / square_root(variance + T(variance_epsilon));
}

// Columns [begin, end) by the statistics of the batch; `share(i)` is the row's part of all
// weights. Running statistics follow if they are given.
template <class T, class Share>
void normalize_by_batch(const Normalized<T>& of, std::int64_t begin, std::int64_t end,
                        T* running_mean, T* running_variance, Share share) {
  constexpr T decay = T(statistics_decay), rest = T(1.0 - statistics_decay);
  for (std::int64_t j = begin; j < end; j += lanes<T>) {
    Vec<T> mean{}, variance{};
    of.for_rows([&](std::int64_t i, std::int64_t at) LIGHTMLP_INLINED {
      mean = fma(broadcast(share(i)), load(of.z + at + j), mean);
    });
    of.for_rows([&](std::int64_t i, std::int64_t at) LIGHTMLP_INLINED {
      const Vec<T> distance = load(of.z + at + j) - mean;
      variance = fma(share(i) * distance, distance, variance);
    });
    of.scale_column(j, mean, inverse_root<T>(variance));
    if (running_mean == nullptr) continue;
    store(running_mean + j, fma(broadcast(decay), load(running_mean + j), rest * mean));
    store(running_variance + j,
          fma(broadcast(decay), load(running_variance + j), rest * variance));
  }
}

template <class T>
void normalize_by_running(const Normalized<T>& of, std::int64_t begin, std::int64_t end,
                          const T* running_mean, const T* running_variance) {
  for (std::int64_t j = begin; j < end; j += lanes<T>)
    of.scale_column(j, load(running_mean + j), inverse_root<T>(load(running_variance + j)));
}

// Sum of function(j) over padded columns; a multiple of a cache line at a time, whatever the
// vectors' width, so that the order of the sum is the same everywhere.
template <class T, class Function>
LIGHTMLP_INLINE T sum_columns(std::int64_t stride, Function function) {
  constexpr int n_vectors = static_cast<int>(padding_bytes) / vector_bytes;
  Vec<T> sum[n_vectors] = {};
  for (std::int64_t j = 0; j < stride; j += n_vectors * lanes<T>) {
    LIGHTMLP_UNROLL
    for (int v = 0; v < n_vectors; ++v) sum[v] += function(j + v * lanes<T>);
  }
  T total = T(0);
  LIGHTMLP_UNROLL
  for (int v = 0; v < n_vectors; ++v)
    for (int i = 0; i < lanes<T>; ++i) total += sum[v][i];
  return total;
}

// Row by row; `fill` is what the padding of a row is set to.
template <class T>
void fill_padding(T* row, const Normalized<T>& of, T fill) {
  for (std::int64_t j = of.n_outputs; j < of.stride; ++j) row[j] = fill;
}

template <class T>
void normalize_rows(const Normalized<T>& of, std::int64_t begin, std::int64_t end) {
  const T n = static_cast<T>(of.n_outputs);
  for (std::int64_t i = begin; i < end; ++i) {
    T* const z = of.z + i * of.stride;
    fill_padding(z, of, T(0));
    const T mean = sum_columns<T>(of.stride, [=](std::int64_t j)
                                                 LIGHTMLP_INLINED { return load(z + j); }) /
                   n;
    fill_padding(z, of, mean);
    const T variance = sum_columns<T>(of.stride,
                                      [=](std::int64_t j) LIGHTMLP_INLINED {
                                        const Vec<T> distance = load(z + j) - mean;
                                        return distance * distance;
                                      }) /
                       n;
    const T inverse = inverse_root<T>(broadcast(variance))[0];
    const bool is_kept = of.normalized != nullptr;
    if (is_kept) of.inverse_deviation[i] = inverse;
    for (std::int64_t j = 0; j < of.stride; j += lanes<T>) {
      const Vec<T> value = (load(z + j) - mean) * inverse;
      if (is_kept) store(of.normalized + i * of.stride + j, value);
      store(z + j, fma(value, load(of.scale + j), load(of.shift + j)));
    }
  }
}

// Gradients of shift and scale over columns [begin, end), from dy, after those of earlier
// blocks in `before` if it is not null; they are written to sums (2, stride).
template <class T>
void sum_normalization_gradients(const Normalized<T>& of, const T* deltas, std::int64_t begin,
                                 std::int64_t end, const T* before, T* sums) {
  for (std::int64_t j = begin; j < end; j += lanes<T>) {
    Vec<T> shift = before != nullptr ? load(before + j) : Vec<T>{};
    Vec<T> scale = before != nullptr ? load(before + of.stride + j) : Vec<T>{};
    of.for_rows([&](std::int64_t, std::int64_t at) LIGHTMLP_INLINED {
      const Vec<T> delta = load(deltas + at + j);
      shift += delta;
      scale = fma(delta, load(of.normalized + at + j), scale);
    });
    store(sums + j, shift);
    store(sums + of.stride + j, scale);
  }
}

// dy becomes dz; `share` as in normalize_by_batch, or 0 where running statistics were used.
template <class T, class Share>
void differentiate_by_batch(const Normalized<T>& of, T* deltas, std::int64_t begin,
                            std::int64_t end, const T* sums, Share share) {
  for (std::int64_t j = begin; j < end; j += lanes<T>) {
    const Vec<T> factor = load(of.scale + j) * load(of.inverse_deviation + j);
    const Vec<T> shift = load(sums + j), scale = load(sums + of.stride + j);
    of.for_rows([&](std::int64_t i, std::int64_t at) LIGHTMLP_INLINED {
      const Vec<T> mean = fma(load(of.normalized + at + j), scale, shift);
      store(deltas + at + j, factor * (load(deltas + at + j) - share(i) * mean));
    });
  }
}

template <class T>
void differentiate_rows(const Normalized<T>& of, T* deltas, std::int64_t begin,
                        std::int64_t end) {
  const T n = static_cast<T>(of.n_outputs);
  for (std::int64_t i = begin; i < end; ++i) {
    T* const delta = deltas + i * of.stride;
    const T* const value = of.normalized + i * of.stride;
    const auto g = [&](std::int64_t j)
                       LIGHTMLP_INLINED { return load(delta + j) * load(of.scale + j); };
    const T mean = sum_columns<T>(of.stride, g) / n;
    const T slope =
        sum_columns<T>(of.stride, [&](std::int64_t j)
                                      LIGHTMLP_INLINED { return g(j) * load(value + j); }) /
        n;
    for (std::int64_t j = 0; j < of.stride; j += lanes<T>)
      store(delta + j, of.inverse_deviation[i] * (g(j) - mean - slope * load(value + j)));
    fill_padding(delta, of, T(0));
  }
}

}  // namespace lightmlp::LIGHTMLP_ISA
