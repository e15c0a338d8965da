// What batch and layer normalisation share: y = scale * z' + shift of normalised sums z'.
#pragma once

#include "../kernels/simd.hpp"
#include "../network.hpp"

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

}  // namespace lightmlp::LIGHTMLP_ISA
