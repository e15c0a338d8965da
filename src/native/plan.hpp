// What is to be executed: plain descriptions and memory, free of any instruction set.
#pragma once

#include <cstdint>

namespace lightmlp {

enum class Activation { identity, logistic, tanh, relu };
enum class Loss { squared_error, poisson, binary_log_loss, log_loss };
enum class Optimizer { sgd, adam };

// Widths are padded to a multiple of this many bytes, so that no vector is ever cut.
inline constexpr std::int64_t padding_bytes = 64;

// For small functions that every instruction set's file compiles: inlined, no copy built for
// one instruction set can end up in code that must run everywhere.
#define LIGHTMLP_EVERYWHERE inline __attribute__((always_inline))

template <class T>
LIGHTMLP_EVERYWHERE constexpr std::int64_t padded(std::int64_t width) {
  constexpr std::int64_t values = padding_bytes / static_cast<std::int64_t>(sizeof(T));
  return (width + values - 1) / values * values;
}

// One dense layer. Offsets count values from the beginning of a parameter buffer; the
// optimiser's state and the gradients lie in buffers of the same layout.
template <class T>
struct Layer {
  std::int64_t n_inputs, n_outputs;
  std::int64_t stride;             // padded n_outputs: distance of two rows of W
  std::int64_t transposed_stride;  // padded n_inputs: distance of two rows of W^T
  std::int64_t weights, bias;      // offsets
  T* transposed;                   // (padded n_outputs, n_inputs), null for the first layer
};

// The rows of a table, dense or CSR, with targets and weights.
template <class T>
struct Table {
  std::int64_t n_rows, n_features;
  const T* dense;  // (n_rows, n_features), null if sparse
  std::int64_t dense_stride;
  const std::int64_t* row_starts;  // CSR: (n_rows + 1,)
  const std::int32_t* columns;     // CSR
  const T* values;                 // CSR
  const T* targets;                // (n_rows, n_outputs), null for log_loss
  const std::int32_t* codes;       // (n_rows,) class codes, null but for log_loss
  const T* sample_weight;          // (n_rows,) or null

  LIGHTMLP_EVERYWHERE bool is_sparse() const { return dense == nullptr; }
};

// Memory for a block: the rows that pass through the network together.
template <class T>
struct Workspace {
  T* inputs;           // (block rows, input_stride): the gathered rows of a dense table
  T* const* outputs;   // of each layer (block rows, stride): activations
  T* const* deltas;    // of each layer (block rows, stride): d loss / d (inputs . W + b)
  T* link;             // (block rows, n_outputs): outputs without padding
  double* loss_terms;  // (block rows, n_outputs)
  double* row_losses;  // (block rows,)
};

// The rows of a batch fall into groups. A gradient is summed over the rows of each group, then
// over the groups, in their order: so threads can work on groups of their own, and since the
// groups depend on the batch and the network alone, the bits do not depend on the threads.
inline constexpr std::int64_t most_row_groups = 16;
inline constexpr std::int64_t fewest_group_rows = 64;

// A network with its memory. A group is worked through in blocks of rows that stay in the
// caches; blocks have no influence on the bits of a gradient.
template <class T>
struct Network {
  int n_layers;
  Layer<T>* layers;
  Activation activation;
  Loss loss;
  double alpha;
  double delta_scale;
  std::int64_t n_parameters;  // values in a parameter buffer, padding included
  std::int64_t block_rows;
  std::int64_t input_stride;
  bool is_grouped;  // whether large batches fall into more than one group
  T* parameters;
  T* gradients;  // (groups, n_parameters): the sums of each group; the first one's is the total
  const Workspace<T>* workspaces;
  int n_workspaces;      // threads that can work on groups of their own
  double* group_losses;  // (groups,)
  T* squared_columns;    // sum of squares of each column of each W, laid out as the biases

  LIGHTMLP_EVERYWHERE const Layer<T>& last() const { return layers[n_layers - 1]; }
  LIGHTMLP_EVERYWHERE T* sums(std::int64_t group) const {
    return gradients + group * n_parameters;
  }
};

LIGHTMLP_EVERYWHERE std::int64_t count_row_groups(bool is_grouped, std::int64_t rows) {
  std::int64_t groups = 1;
  while (is_grouped && groups < most_row_groups && rows >= 2 * groups * fewest_group_rows)
    groups *= 2;
  return groups;
}

// A network whose weights lie as the user's arrays do, without padding.
template <class T>
struct DirectNetwork {
  int n_layers;
  const std::int64_t* n_outputs;
  const T* const* weights;
  const T* const* bias;
  Activation activation;
  Loss loss;
};

// Rows that go through all layers together when predicting.
inline constexpr std::int64_t prediction_rows = 64;

struct OptimizerSettings {
  Optimizer kind;
  double momentum;                 // sgd
  bool nesterov;                   // sgd
  double beta_1, beta_2, epsilon;  // adam
};

template <class T>
struct OptimizerMemory {
  OptimizerSettings settings;
  T* slots[2];  // velocity, or first and second moment; laid out as the parameters
  std::int64_t n_steps;
};

// Asked by the calling thread between blocks of rows whether to give up.
struct Interrupt {
  bool (*requested)(void* context);
  void* context;

  LIGHTMLP_EVERYWHERE bool operator()() const {
    return requested != nullptr && requested(context);
  }
};

enum class Outcome { done, interrupted };

}  // namespace lightmlp
