// Parts of a batch and of a matrix.
#pragma once

#include "plan.hpp"
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

template <class T>
inline constexpr std::int64_t line = padding_bytes / static_cast<std::int64_t>(sizeof(T));

// What one thread computes of a (rows x padded outputs) matrix of a layer: columns if there are
// enough, so that weights never change their owner.
// The weights of a sparse table are too many for caches: whole rows, which are read at once.
template <class T>
Part own_part(const Team& team, const Layer<T>& layer, std::int64_t rows, bool sparse_input) {
  const std::int64_t columns = layer.panels.columns();
  if (!sparse_input && divides_columns<T>(columns, team.size))
    return {{0, rows}, team.share(columns, line<T>)};
  return {team.share(rows, line<T>), {0, columns}};
}

// Rows of a batch and the sum of their weights.
struct Batch {
  Block rows;
  double weight_sum;
};

}  // namespace lightmlp::LIGHTMLP_ISA
