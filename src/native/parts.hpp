// Parts of a batch and of a matrix.
#pragma once

#include "kernels/simd.hpp"
#include "network.hpp"
#include "team.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// Consecutive rows of a batch; `order` picks them from the table, or null: from `first` on.
struct Block {
  const std::int64_t* order;
  std::int64_t first, rows;

  std::int64_t row(std::int64_t i) const { return order != nullptr ? order[i] : first + i; }
  Block part(std::int64_t begin, std::int64_t count) const {
    return {order != nullptr ? order + begin : nullptr, first + begin, count};
  }
};

// A part of a matrix.
struct Part {
  Range rows, columns;
};

// The columns of a step that one thread works on where columns are always divided.
template <class T>
Range own_columns(const Team& team, std::int64_t columns) {
  return team.share(columns, line<T>);
}

// What one thread computes of a (rows x padded outputs) matrix of a step: columns if there are
// enough, so that weights never change their owner.
// The weights of a sparse table are too many for caches: whole rows, which are read at once.
template <class T>
Part own_part(const Team& team, const Step& step, std::int64_t rows, bool sparse_input) {
  if (!sparse_input && divides_columns<T>(step.columns, team.size))
    return {{0, rows}, own_columns<T>(team, step.columns)};
  return {team.share(rows, line<T>), {0, step.columns}};
}

// The rows of a parameter that one thread works on where rows are always divided, or the
// columns of a single row.
template <class T>
Part own_rows(const Team& team, const Span& span) {
  if (span.panels.rows == 1) return {{0, 1}, own_columns<T>(team, span.columns())};
  return {team.share(span.panels.rows, line<T>), {0, span.columns()}};
}

// function(offset, row, column) for each vector of a part of a parameter.
template <class T, class Function>
LIGHTMLP_INLINE void for_vectors(const Span& span, const Part& part, const Function& function) {
  span.panels.for_columns(
      part.columns, [&](std::int64_t offset, std::int64_t stride, Range columns) {
        for (std::int64_t k = part.rows.begin; k < part.rows.end; ++k)
          for (std::int64_t j = 0; j < columns.size(); j += lanes<T>)
            function(span.offset + offset + k * stride + j, k, columns.begin + j);
      });
}

// Rows of a batch and the sum of their weights.
struct Batch {
  Block rows;
  double weight_sum;
};

}  // namespace lightmlp::LIGHTMLP_ISA
