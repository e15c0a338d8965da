// Products with a CSR matrix: only the values that are there take part.
#pragma once

#include "../table.hpp"
#include "simd.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// One row of a CSR matrix.
template <class T>
struct SparseRow {
  const std::int32_t* columns;
  const T* values;
  std::int64_t size;
};

template <class T>
SparseRow<T> sparse_row(const Table<T>& table, std::int64_t row) {
  const std::int64_t begin = table.row_starts[row];
  return {table.columns + begin, table.values + begin, table.row_size(row)};
}

// finish(j, vector) for each vector of start + row . B over `columns` columns, a multiple of
// the vector width.
template <int Vectors = 4, class T, class Finish>
LIGHTMLP_INLINE void sum_sparse(const SparseRow<T>& row, const T* b, std::int64_t b_stride,
                                const T* start, std::int64_t columns, const Finish& finish,
                                std::int64_t column = 0) {
  constexpr std::int64_t width = Vectors * lanes<T>;
  for (; column + width <= columns; column += width) {
    Vec<T> sum[Vectors];
    LIGHTMLP_UNROLL
    for (int v = 0; v < Vectors; ++v) sum[v] = load(start + column + v * lanes<T>);
    for (std::int64_t k = 0; k < row.size; ++k) {
      const Vec<T> value = broadcast(row.values[k]);
      const T* const right = b + row.columns[k] * b_stride + column;
      LIGHTMLP_UNROLL
      for (int v = 0; v < Vectors; ++v) sum[v] = fma(value, load(right + v * lanes<T>), sum[v]);
    }
    LIGHTMLP_UNROLL
    for (int v = 0; v < Vectors; ++v) finish(column + v * lanes<T>, sum[v]);
  }
  if constexpr (Vectors > 1) {
    if (column < columns)
      sum_sparse<Vectors - 1>(row, b, b_stride, start, columns, finish, column);
  }
}

// c = start + row . B
template <class T>
void multiply_sparse(const SparseRow<T>& row, const T* b, std::int64_t b_stride, const T* start,
                     std::int64_t columns, T* c) {
  sum_sparse(row, b, b_stride, start, columns,
             [=](std::int64_t j, Vec<T> sum) LIGHTMLP_INLINED { store(c + j, sum); });
}

// Columns begin, ..., end - 1 of a CSR matrix whose row i is row_at(i), as rows of its
// transpose with their values in the order of i. Threads that take columns of their own share
// the memory.
template <class T>
class TransposedRows {
 public:
  template <class RowAt>
  TransposedRows(std::int64_t n_rows, const RowAt& row_at, std::int64_t begin, std::int64_t end,
                 const TransposedMemory<T>& memory)
      : memory_(memory), begin_(begin), end_(end) {
    std::int64_t* const ends = memory.ends;
    for (std::int64_t column = begin; column < end; ++column) ends[column] = 0;
    for_each_value(n_rows, row_at, [&](std::int64_t, std::int32_t column, T) LIGHTMLP_INLINED {
      if (column < begin) ++first_;
      if (is_own(column)) ++ends[column];
    });
    std::int64_t next = first_;
    for (std::int64_t column = begin; column < end; ++column) {
      const std::int64_t size = ends[column];
      ends[column] = next;  // for now where the next value of the column is put
      next += size;
    }
    for_each_value(n_rows, row_at,
                   [&](std::int64_t i, std::int32_t column, T value) LIGHTMLP_INLINED {
                     if (!is_own(column)) return;
                     const std::int64_t at = ends[column]++;
                     memory.rows[at] = static_cast<std::int32_t>(i);
                     memory.values[at] = value;
                   });
  }

  SparseRow<T> operator[](std::int64_t column) const {
    const std::int64_t first = column == begin_ ? first_ : memory_.ends[column - 1];
    return {memory_.rows + first, memory_.values + first, memory_.ends[column] - first};
  }

 private:
  bool is_own(std::int64_t column) const { return column >= begin_ && column < end_; }

  template <class RowAt, class Function>
  static LIGHTMLP_INLINE void for_each_value(std::int64_t n_rows, const RowAt& row_at,
                                             const Function& function) {
    for (std::int64_t i = 0; i < n_rows; ++i) {
      const SparseRow<T> row = row_at(i);
      for (std::int64_t k = 0; k < row.size; ++k) function(i, row.columns[k], row.values[k]);
    }
  }

  TransposedMemory<T> memory_;
  std::int64_t begin_, end_;
  std::int64_t first_ = 0;  // values of columns before begin
};

}  // namespace lightmlp::LIGHTMLP_ISA
