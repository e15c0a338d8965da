// Products with a CSR matrix: only the values that are there take part.
#pragma once

#include "simd.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// One row of a CSR matrix.
template <class T>
struct SparseRow {
  const std::int32_t* columns;
  const T* values;
  std::int64_t size;
};

// c = bias + row . B over `columns` columns, a multiple of the vector width.
template <class T, int Vectors = 4>
void multiply_sparse(const SparseRow<T>& row, const T* b, std::int64_t b_stride, const T* bias,
                     T* c, std::int64_t columns) {
  constexpr std::int64_t width = Vectors * lanes<T>;
  std::int64_t column = 0;
  for (; column + width <= columns; column += width) {
    Vec<T> sum[Vectors];
    LIGHTMLP_UNROLL
    for (int v = 0; v < Vectors; ++v) sum[v] = load(bias + column + v * lanes<T>);
    for (std::int64_t k = 0; k < row.size; ++k) {
      const Vec<T> value = broadcast(row.values[k]);
      const T* const right = b + row.columns[k] * b_stride + column;
      LIGHTMLP_UNROLL
      for (int v = 0; v < Vectors; ++v) sum[v] = fma(value, load(right + v * lanes<T>), sum[v]);
    }
    LIGHTMLP_UNROLL
    for (int v = 0; v < Vectors; ++v) store(c + column + v * lanes<T>, sum[v]);
  }
  if constexpr (Vectors > 1) {
    if (column < columns)
      multiply_sparse<T, Vectors - 1>(row, b + column, b_stride, bias + column, c + column,
                                      columns - column);
  }
}

// C += row^T . d: adds to the rows of C (stride c_stride) that the sparse row names.
template <class T>
void add_outer_product(const SparseRow<T>& row, const T* d, T* c, std::int64_t c_stride,
                       std::int64_t columns) {
  for (std::int64_t k = 0; k < row.size; ++k) {
    const Vec<T> value = broadcast(row.values[k]);
    T* const target = c + row.columns[k] * c_stride;
    for (std::int64_t j = 0; j < columns; j += lanes<T>)
      store(target + j, fma(value, load(d + j), load(target + j)));
  }
}

}  // namespace lightmlp::LIGHTMLP_ISA
