// The rows of a table, as the engine reads them.
#pragma once

#include <cstdint>

#include "panels.hpp"

namespace lightmlp {

// Numbers, dense or CSR, beside them class indices of categories, with targets and weights.
template <class T>
struct Table {
  std::int64_t n_rows, n_features;
  const T* dense;  // (n_rows, n_features), null if sparse
  std::int64_t dense_stride;
  const std::int64_t* row_starts;  // CSR: (n_rows + 1,)
  const std::int32_t* columns;     // CSR
  const T* values;                 // CSR
  const std::int32_t* categories;  // (n_rows, n_categories), null if there are none
  std::int64_t n_categories;
  const T* targets;                   // (n_rows, n_targets), null for losses of class indices
  const std::int32_t* class_indices;  // (n_rows, n_groups), null for all other losses
  const T* sample_weight;             // (n_rows,) or null

  LIGHTMLP_EVERYWHERE bool is_sparse() const { return row_starts != nullptr; }
  // Values of a row of a sparse table.
  LIGHTMLP_EVERYWHERE std::int64_t row_size(std::int64_t row) const {
    return row_starts[row + 1] - row_starts[row];
  }
};

// Where the rows of a block of a sparse table are put column by column.
template <class T>
struct TransposedMemory {
  std::int64_t* ends;  // (n_features,)
  std::int32_t* rows;  // (most values of a block,)
  T* values;           // (most values of a block,)
};

// Bytes of a row of a table from which on it pays to read it where it is.
inline constexpr std::int64_t shortest_read_in_place = 1024;

}  // namespace lightmlp
