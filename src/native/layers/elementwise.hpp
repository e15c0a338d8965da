// What elementwise layers of a chain are given.
#pragma once

#include "../kernels/simd.hpp"
#include "../network.hpp"
#include "../parts.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// A part of a matrix; pointers are to its first value.
struct Tile {
  std::int64_t stride, rows, columns;
  std::int64_t first_row, first_column;  // row: its number in the batch

  // function(offset, column) for each vector.
  template <class T, class Function>
  LIGHTMLP_INLINE void for_vectors(const Function& function) const {
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = 0; j < columns; j += lanes<T>) function(i * stride + j, j);
  }
};

// Where a layer of a chain computes.
template <class T>
struct ChainPlace {
  const ChainLayer& layer;
  const T* parameters;  // of the network
  Mode mode;
  std::uint64_t seed;
  int depth;               // linear layers before it
  std::int64_t n_columns;  // of the whole matrix

  const T* parameter(const Tile& tile) const {
    return parameters + layer.spans[0].offset + tile.first_column;
  }
};

}  // namespace lightmlp::LIGHTMLP_ISA
