// Layer normalisation of a layer's sums z: y = scale * z' + shift with
//
//   z' = (z - mean) / deviation          deviation = sqrt(variance + epsilon)
//
// over the columns of each row; backwards
//
//   dz = (g - mean of g - z' mean of (g z')) / deviation with g = scale dy
#pragma once

#include "normalized.hpp"

namespace lightmlp::LIGHTMLP_ISA {

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
