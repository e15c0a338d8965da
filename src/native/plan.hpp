// What is to be executed: plain descriptions and memory, free of any instruction set.
#pragma once

#include <cstdint>

#include "panels.hpp"

namespace lightmlp {

enum class Activation {
  identity,
  logistic,
  tanh,
  relu,
  leaky_relu,
  relu6,
  squared_relu,
  elu,
  selu,
  celu,
  softplus,
  silu,
  gelu,
  gelu_tanh,
  mish,
  hard_silu,
  softsign,
  hard_tanh,
  hard_sigmoid,
  lecun_tanh,
};
enum class Normalization { none, batch, layer };
enum class Loss {
  squared_error,
  absolute_error,
  huber,
  quantile,
  log_cosh,
  poisson,
  gamma,
  tweedie,
  binary_log_loss,
  log_loss,
  binary_brier,
  brier,
  binary_focal,
  focal,
  binary_hinge,
  hinge,
  given
};
enum class Optimizer {
  sgd,
  adam,
  adamw,
  nadam,
  amsgrad,
  rmsprop,
  adagrad,
  adadelta,
  lion,
  muon
};

// Whether an activation's derivative is a function of z = inputs . W + b, which then has to be
// kept, and not of a = f(z).
LIGHTMLP_EVERYWHERE constexpr bool reads_z(Activation activation) {
  switch (activation) {
    case Activation::squared_relu:
    case Activation::softplus:
    case Activation::silu:
    case Activation::gelu:
    case Activation::gelu_tanh:
    case Activation::mish:
    case Activation::hard_silu:
      return true;
    default:
      return false;
  }
}

// Rows behind the weights of a layer: shift (the bias), scale, running mean and variance.
LIGHTMLP_EVERYWHERE constexpr std::int64_t n_bias_rows(Normalization kind) {
  return kind == Normalization::none ? 1 : kind == Normalization::layer ? 2 : 4;
}

// Those of them that the optimiser moves: the first ones.
LIGHTMLP_EVERYWHERE constexpr int n_trained_bias_rows(Normalization kind) {
  return kind == Normalization::none ? 1 : 2;
}

// Added to a variance under the root; share of the old running statistics in the new.
inline constexpr double variance_epsilon = 1e-5, statistics_decay = 0.9;

// Quantities that an optimiser remembers of each parameter.
inline constexpr int most_slots = 3;

LIGHTMLP_EVERYWHERE constexpr int n_slots(Optimizer kind) {
  switch (kind) {
    case Optimizer::sgd:
    case Optimizer::adagrad:
    case Optimizer::lion:
      return 1;
    case Optimizer::amsgrad:
      return 3;
    default:
      return 2;
  }
}

// A loss and its parameters; each reads its own.
struct LossSettings {
  Loss kind;
  double delta;                     // huber
  double power;                     // tweedie
  double gamma;                     // focal
  double label_smoothing;           // log-losses and brier
  const double* levels;             // quantile, one at least
  std::int64_t n_levels;            // columns of the output layer for each target
  const std::int64_t* group_sizes;  // columns of each output with classes of its own, or null
  std::int64_t n_groups;            // 1 if null: all columns are one output
  const double* class_weight;       // of each column, or of no and yes of each column, or null

  LIGHTMLP_EVERYWHERE bool takes_codes() const {
    return kind == Loss::log_loss || kind == Loss::brier || kind == Loss::focal ||
           kind == Loss::hinge;
  }
  LIGHTMLP_EVERYWHERE std::int64_t group_size(std::int64_t group, std::int64_t columns) const {
    return group_sizes != nullptr ? group_sizes[group] : columns;
  }
};

// One dense layer. Offsets count values from the beginning of a parameter buffer; the
// optimiser's state and the gradients lie in buffers of the same layout.
template <class T>
struct Layer {
  std::int64_t n_inputs, n_outputs;
  std::int64_t stride;         // row_stride of n_outputs: distance of two rows of outputs
  std::int64_t weights, bias;  // offsets; n_bias_rows rows, `stride` apart, begin at the second
  Panels panels;               // of W
  std::int64_t transposed;     // offset of W^T among those of all layers but the first
  Panels transposed_panels;    // of W^T (padded n_outputs, padded n_inputs)
  Activation activation;
  Normalization normalization;
  double dropout;

  // How many of the columns before `end` are padding.
  LIGHTMLP_EVERYWHERE std::int64_t padding(std::int64_t end) const {
    return end > n_outputs ? end - n_outputs : 0;
  }
  LIGHTMLP_EVERYWHERE bool is_normalized() const {
    return normalization != Normalization::none;
  }
  // Whether what the derivative is computed from has a place of its own beside the outputs.
  LIGHTMLP_EVERYWHERE bool keeps_z() const { return reads_z(activation) || dropout > 0.0; }

  // Call copy(from, from_stride, n_rows, n_columns, to, to_stride) for each piece of a part of
  // W that lies in one panel of W and, transposed, in one of W^T.
  template <class Copy>
  LIGHTMLP_EVERYWHERE void for_transposed(const T* parameters, T* all_transposed, Range of_rows,
                                          Range of_columns, const Copy& copy) const {
    T* const into = all_transposed + transposed;
    panels.for_columns(
        of_columns, [&](std::int64_t offset, std::int64_t stride, Range columns) {
          transposed_panels.for_columns(
              of_rows, [&](std::int64_t to_offset, std::int64_t to_stride, Range rows) {
                copy(parameters + weights + offset + rows.begin * stride, stride, rows.size(),
                     columns.size(), into + to_offset + columns.begin * to_stride, to_stride);
              });
        });
  }
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
  const T* targets;                // (n_rows, n_targets), null for losses of class codes
  const std::int32_t* codes;       // (n_rows, n_groups), null for all other losses
  const T* sample_weight;          // (n_rows,) or null

  LIGHTMLP_EVERYWHERE bool is_sparse() const { return dense == nullptr; }
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

// Memory for a block: the rows that pass through the network together.
template <class T>
struct Workspace {
  T* inputs;           // (block rows, input_stride): the gathered rows of a dense table, if any
  T* const* outputs;   // of each layer (block rows, stride): activations
  T* const* z;         // of each layer: what its derivative reads, z or f(z)
  T* const* deltas;    // of each layer (block rows, stride): d loss / d (inputs . W + b);
                       // nobody writes to the padding of the last one, which stays zero
  T* link;             // (block rows, n_outputs): outputs without padding
  double* loss_terms;  // (block rows, n_outputs)
  double* row_losses;  // (block rows,)
  T* sparse_values;    // (block rows, most values of a row): of a sparse table with dropout
  TransposedMemory<T> transposed_inputs;  // of a sparse table
  // Of normalised layers: the normalised sums (block rows, stride), one divided by their
  // deviations (stride,) or (block rows,), and the gradients of shift and scale (2, stride).
  T* const* normalized;
  T* const* inverse_deviation;
  T* const* normalization_sums;
};

// The rows of a batch fall into groups. A gradient is summed over the rows of each group, then
// over the groups, in their order: so threads can work on groups of their own, and since the
// groups depend on the batch and the network alone, the bits do not depend on the threads.
inline constexpr std::int64_t most_row_groups = 16;
inline constexpr std::int64_t fewest_group_rows = 64;

// Rows of wide deltas begin in pages of their own. Products copy a strip of their columns, of
// so many bytes a row and at most so many rows, to read it in one piece.
template <class T>
LIGHTMLP_EVERYWHERE bool is_wide(std::int64_t stride) {
  return stride * static_cast<std::int64_t>(sizeof(T)) >= 4096;
}
inline constexpr std::int64_t most_strip_rows = 4096, strip_bytes = 256;
// A copied strip is read by tiles of so many rows of the result or more, or it would not pay.
inline constexpr std::int64_t fewest_rows_of_strip = 96;

// Bytes of a row of a table from which on it pays to read it where it is.
inline constexpr std::int64_t shortest_read_in_place = 1024;

// How a pass treats the network: in step number `step` of training, or, if it is 0, without
// dropout and with running statistics, which training makes follow the batches.
struct Mode {
  std::int64_t step = 0;
  bool follows = false;
};

// What is done to gradients and weights around the optimiser's own step.
struct StepRules {
  double clip_value, clip_norm, max_norm;  // infinite: none
  int n_frozen;                            // layers from the input on that stay
  const double* layer_rates;               // factor of each layer's learning rate, or null

  LIGHTMLP_EVERYWHERE double rate(int layer, double learning_rate) const {
    return layer_rates == nullptr ? learning_rate : learning_rate * layer_rates[layer];
  }
};

// A network with its memory. A group is worked through in blocks of rows that stay in the
// caches; blocks have no influence on the bits of a gradient.
template <class T>
struct Network {
  int n_layers;
  Layer<T>* layers;
  LossSettings loss;
  double alpha, l1;
  double input_dropout;
  std::uint64_t seed;  // of dropout
  StepRules rules;
  double delta_scale;
  std::int64_t n_parameters;  // values in a parameter buffer, padding included
  std::int64_t block_rows;
  std::int64_t input_stride;
  std::int64_t sparse_stride;  // most values of a row of a sparse table, with dropout
  bool is_grouped;             // whether large batches fall into more than one group
  T* parameters;
  T* transposed;  // W^T of each layer but the first, null without gradients
  T* gradients;  // (groups, n_parameters): the sums of each group; the first one's is the total
  const Workspace<T>* workspaces;
  int n_workspaces;      // threads that can work on groups of their own
  double* group_losses;  // (groups,)
  // Sums over each column of each W, of squares and of magnitudes, one after another.
  T* squared_columns;
  T* absolute_columns;
  const T* zeros;  // as many as the widest layer has
  T* packing;      // (threads, packing_size), null where no product needs it
  std::int64_t packing_size;

  LIGHTMLP_EVERYWHERE const Layer<T>& last() const { return layers[n_layers - 1]; }
  LIGHTMLP_EVERYWHERE T* sums(std::int64_t group) const {
    return gradients + group * n_parameters;
  }
  LIGHTMLP_EVERYWHERE T* packing_room(int thread) const {
    return packing == nullptr ? nullptr : packing + thread * packing_size;
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
  const Activation* activations;
  LossSettings loss;
};

// Rows that go through all layers together when predicting.
inline constexpr std::int64_t prediction_rows = 64;

struct OptimizerSettings {
  Optimizer kind;
  // Those that the kind has not are 0.
  double momentum = 0.0, beta_1 = 0.0, beta_2 = 0.0, rho = 0.0, epsilon = 0.0;
  double weight_decay = 0.0, momentum_decay = 0.0;
  bool nesterov = false;
  int n_iterations = 0;
};

// The matrix on which muon works for a layer: W, or its transpose where that is taller, with
// its columns padded; the rows of a transpose are padded too.
template <class T>
struct TallShape {
  bool is_transposed;
  std::int64_t rows, columns, stride;

  LIGHTMLP_EVERYWHERE explicit TallShape(const Layer<T>& layer)
      : is_transposed(layer.n_inputs < layer.n_outputs),
        rows(is_transposed ? layer.panels.columns() : layer.n_inputs),
        columns(is_transposed ? layer.n_inputs : layer.n_outputs),
        stride(row_stride<T>(columns)) {}

  LIGHTMLP_EVERYWHERE std::int64_t size() const { return padded<T>(rows) * stride; }
  // Two such matrices, two squares and a row.
  LIGHTMLP_EVERYWHERE std::int64_t scratch_size() const {
    return 2 * size() + 2 * stride * stride + stride;
  }
};

template <class T>
struct OptimizerMemory {
  OptimizerSettings settings;
  T* slots[most_slots];  // such as the velocity; laid out as the parameters
  T* scratch;            // of muon
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
