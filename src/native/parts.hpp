// Parts of a batch and of a matrix.
#pragma once

#include "kernels/simd.hpp"
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

// The columns of a layer that one thread works on where columns are always divided.
template <class T>
Range own_columns(const Team& team, const Layer<T>& layer) {
  return team.share(layer.panels.columns(), line<T>);
}

// What one thread computes of a (rows x padded outputs) matrix of a layer: columns if there are
// enough, so that weights never change their owner.
// The weights of a sparse table are too many for caches: whole rows, which are read at once.
template <class T>
Part own_part(const Team& team, const Layer<T>& layer, std::int64_t rows, bool sparse_input) {
  const std::int64_t columns = layer.panels.columns();
  if (!sparse_input && divides_columns<T>(columns, team.size))
    return {{0, rows}, own_columns(team, layer)};
  return {team.share(rows, line<T>), {0, columns}};
}

// The rows of W that one thread works on where rows are always divided.
template <class T>
Part own_rows(const Team& team, const Layer<T>& layer) {
  return {team.share(layer.n_inputs, line<T>), {0, layer.panels.columns()}};
}

// function(offset, row, column) for each vector of a part of W.
template <class T, class Function>
LIGHTMLP_INLINE void for_weights(const Layer<T>& layer, const Part& part,
                                 const Function& function) {
  layer.panels.for_columns(
      part.columns, [&](std::int64_t offset, std::int64_t stride, Range columns) {
        for (std::int64_t k = part.rows.begin; k < part.rows.end; ++k)
          for (std::int64_t j = 0; j < columns.size(); j += lanes<T>)
            function(layer.weights + offset + k * stride + j, k, columns.begin + j);
      });
}

// function(offset) for each vector of some columns of the bias or shift, and of the scale.
template <class T, class Function>
LIGHTMLP_INLINE void for_trained_bias(const Layer<T>& layer, Range columns,
                                      const Function& function) {
  for (int row = 0; row < n_trained_bias_rows(layer.normalization); ++row)
    for (std::int64_t j = columns.begin; j < columns.end; j += lanes<T>)
      function(layer.bias + row * layer.stride + j);
}

// Rows of a batch and the sum of their weights.
struct Batch {
  Block rows;
  double weight_sum;
};

}  // namespace lightmlp::LIGHTMLP_ISA
