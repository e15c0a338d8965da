// Transposition in registers.
#pragma once

#include <utility>

#include "simd.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// Of two rows, take the first one's left parts and the second one's left parts moved right;
// parts are `Half` lanes wide and every other one is a left part.
template <class T, int Half, int... Lane>
LIGHTMLP_INLINE Vec<T> join_left(Vec<T> a, Vec<T> b, std::integer_sequence<int, Lane...>) {
  return __builtin_shufflevector(a, b, ((Lane & Half) == 0 ? Lane : lanes<T> + Lane - Half)...);
}

// The same for the right parts, the first row's moved left.
template <class T, int Half, int... Lane>
LIGHTMLP_INLINE Vec<T> join_right(Vec<T> a, Vec<T> b, std::integer_sequence<int, Lane...>) {
  return __builtin_shufflevector(a, b, ((Lane & Half) == 0 ? Lane + Half : lanes<T> + Lane)...);
}

// Transpose a square: exchange its off-diagonal quarters, then those of its quarters.
template <class T, int Half = lanes<T> / 2>
LIGHTMLP_INLINE void transpose_square(Vec<T> (&rows)[lanes<T>]) {
  constexpr auto all = std::make_integer_sequence<int, lanes<T>>{};
  LIGHTMLP_UNROLL
  for (int i = 0; i < lanes<T>; ++i) {
    if ((i & Half) != 0) continue;
    const Vec<T> above = rows[i], below = rows[i + Half];
    rows[i] = join_left<T, Half>(above, below, all);
    rows[i + Half] = join_right<T, Half>(above, below, all);
  }
  if constexpr (Half > 1) transpose_square<T, Half / 2>(rows);
}

// to (columns, to_stride) = from^T, with from (rows, from_stride). `columns` is a multiple of
// the vector width; where `rows` is not, zeros fill the last vector of each row of `to`.
template <class T>
void transpose(const T* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns,
               T* to, std::int64_t to_stride) {
  for (std::int64_t i = 0; i < rows; i += lanes<T>) {
    for (std::int64_t j = 0; j < columns; j += lanes<T>) {
      Vec<T> square[lanes<T>];
      LIGHTMLP_UNROLL
      for (int r = 0; r < lanes<T>; ++r)
        square[r] = i + r < rows ? load(from + (i + r) * from_stride + j) : Vec<T>{};
      transpose_square<T>(square);
      LIGHTMLP_UNROLL
      for (int r = 0; r < lanes<T>; ++r) store(to + (j + r) * to_stride + i, square[r]);
    }
  }
}

}  // namespace lightmlp::LIGHTMLP_ISA
