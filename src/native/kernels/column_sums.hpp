// Sums over the rows of a matrix, for some vectors of columns at a time: one alone would wait
// for each addition.
#pragma once

#include "elementary.hpp"

namespace lightmlp::LIGHTMLP_ISA {

struct Itself {
  template <class T>
  static LIGHTMLP_INLINE Vec<T> add(Vec<T> x, Vec<T> sum) {
    return sum + x;
  }
};

struct Square {
  template <class T>
  static LIGHTMLP_INLINE Vec<T> add(Vec<T> x, Vec<T> sum) {
    return fma(x, x, sum);
  }
};

struct Magnitude {
  template <class T>
  static LIGHTMLP_INLINE Vec<T> add(Vec<T> x, Vec<T> sum) {
    return sum + absolute<T>(x);
  }
};

// take(j, start[j] + sum_i term(x[i, j])) for each vector of columns, from `column` on; without
// `start` (null) from zero.
template <class Term, int Vectors = 4, class T, class Take>
void sum_columns(const T* x, std::int64_t stride, std::int64_t rows, std::int64_t columns,
                 const T* start, const Take& take, std::int64_t column = 0) {
  constexpr std::int64_t width = Vectors * lanes<T>;
  for (; column + width <= columns; column += width) {
    Vec<T> sum[Vectors];
    LIGHTMLP_UNROLL
    for (int v = 0; v < Vectors; ++v)
      sum[v] = start != nullptr ? load(start + column + v * lanes<T>) : Vec<T>{};
    for (std::int64_t i = 0; i < rows; ++i) {
      LIGHTMLP_UNROLL
      for (int v = 0; v < Vectors; ++v)
        sum[v] = Term::template add<T>(load(x + i * stride + column + v * lanes<T>), sum[v]);
    }
    LIGHTMLP_UNROLL
    for (int v = 0; v < Vectors; ++v) take(column + v * lanes<T>, sum[v]);
  }
  if constexpr (Vectors > 1) {
    if (column < columns)
      sum_columns<Term, Vectors - 1>(x, stride, rows, columns, start, take, column);
  }
}

// Matrices beyond this are read from memory, which is fastest in the order in which they lie
// there: row by row, with the sums in the first-level cache.
inline constexpr std::int64_t most_bytes_by_column = 1024 * 1024;

// sums[j] = sum_i term(x[i, j])
template <class Term, class T>
void sum_columns(const T* x, std::int64_t stride, std::int64_t rows, std::int64_t columns,
                 T* sums) {
  const auto keep = [=](std::int64_t j, Vec<T> sum) LIGHTMLP_INLINED { store(sums + j, sum); };
  const T* const from_zero = nullptr;
  const std::int64_t bytes = rows * stride * static_cast<std::int64_t>(sizeof(T));
  if (bytes <= most_bytes_by_column)
    return sum_columns<Term>(x, stride, rows, columns, from_zero, keep);
  sum_columns<Term>(x, stride, 1, columns, from_zero, keep);
  for (std::int64_t i = 1; i < rows; ++i)
    sum_columns<Term>(x + i * stride, stride, 1, columns, sums, keep);
}

}  // namespace lightmlp::LIGHTMLP_ISA
