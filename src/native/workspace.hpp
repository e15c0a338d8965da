// Memory for the rows that pass through a network together.
#pragma once

#include "table.hpp"

namespace lightmlp {

// Of a block of rows. Arrays per step have one more entry, number -1, for the input.
template <class T>
struct Workspace {
  T* const* outputs;   // per step (block rows, stride): activations; null: X is read in place
  T* const* z;         // per step: what its derivative reads, z or f(z)
  T* const* deltas;    // per step (block rows, stride): d loss / d (inputs . W + b);
                       // nobody writes to the padding of the last one, which stays zero
  T* encoded;          // (block rows, stride of the input): encodings before their activations
  T* const* chained;   // per layer of a chain (block rows, stride): its inputs
  T* const* products;  // per layer of a chain: the terms of its parameter's gradient, if any
  T* results;          // (block rows, n_outputs): outputs without padding
  double* loss_terms;  // (block rows, n_outputs)
  double* row_losses;  // (block rows,)
  T* sparse_values;    // (block rows, most values of a row): of a sparse table with dropout
  TransposedMemory<T> transposed_inputs;  // of a sparse table
  // Of normalised layers: the normalised sums (block rows, stride), one divided by their
  // deviations (stride,) or (block rows,), and the gradients of shift and scale (2, stride).
  T* const* normalized;
  T* const* inverse_deviation;
  T* const* normalization_sums;
  T* scratch;  // (threads, scratch size): of encodings
};

// The rows of a batch fall into groups. A gradient is summed over the rows of each group, then
// over the groups, in their order: so threads can work on groups of their own, and since the
// groups depend on the batch and the network alone, the bits do not depend on the threads.
inline constexpr std::int64_t most_row_groups = 16;
inline constexpr std::int64_t fewest_group_rows = 64;

LIGHTMLP_EVERYWHERE std::int64_t count_row_groups(bool is_grouped, std::int64_t rows) {
  std::int64_t groups = 1;
  while (is_grouped && groups < most_row_groups && rows >= 2 * groups * fewest_group_rows)
    groups *= 2;
  return groups;
}

// Rows that go through all layers together when predicting.
inline constexpr std::int64_t prediction_rows = 64;

}  // namespace lightmlp
