// A network as the engine executes it, with its memory; free of any instruction set.
//
// Several layers of the description are one step here: a linear layer with its bias or
// normalisation, activation and dropout.
#pragma once

#include "kinds.hpp"
#include "parameters.hpp"
#include "workspace.hpp"

namespace lightmlp {

// Added to a variance under the root; share of the old running statistics in the new.
inline constexpr double variance_epsilon = 1e-5, statistics_decay = 0.9;

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
  const double* class_weight;       // of each column, or of 0 and 1 of each column, or null

  LIGHTMLP_EVERYWHERE bool takes_class_indices() const {
    return kind == Loss::log_loss || kind == Loss::brier || kind == Loss::focal ||
           kind == Loss::hinge;
  }
  LIGHTMLP_EVERYWHERE std::int64_t group_size(std::int64_t group, std::int64_t columns) const {
    return group_sizes != nullptr ? group_sizes[group] : columns;
  }
};

// An elementwise layer of a chain.
struct ChainLayer {
  Elementwise kind;
  int number;  // among those of all chains
  Activation activation;
  double rate;        // of dropout
  const Span* spans;  // its parameters, each one value per column
  int n_spans;
};

// What follows the sums of a step: an activation and dropout, in one pass where nothing else
// is there, or a chain of elementwise layers.
struct Step {
  std::int64_t n_outputs;
  std::int64_t stride;   // row_stride of n_outputs: distance of two rows of outputs
  std::int64_t columns;  // n_outputs, padded
  Activation activation;
  double dropout;
  const ChainLayer* chain;
  int chain_size;

  // Whether what the derivative is computed from has a place of its own beside the outputs.
  LIGHTMLP_EVERYWHERE bool keeps_z() const {
    return reads_z(activation) || dropout > 0.0 || chain_size > 0;
  }
};

// A linear layer with what follows it.
template <class T>
struct Layer : Step {
  std::int64_t n_inputs, n_dense;  // rows of W, and those whose inputs are not one-hot codes
  bool has_transposed;             // whether gradients go back through W
  std::int64_t transposed;         // offset of W^T among those of all layers that have it
  Panels transposed_panels;        // of W^T (padded n_outputs, padded n_dense)
  Normalization normalization;
  const Span* spans;  // W, then the bias, or shift, scale and perhaps running mean and variance
  int n_spans;

  LIGHTMLP_EVERYWHERE const Span& weights() const { return spans[0]; }
  LIGHTMLP_EVERYWHERE const Panels& panels() const { return spans[0].panels; }
  LIGHTMLP_EVERYWHERE bool has_bias() const { return n_spans > 1; }
  LIGHTMLP_EVERYWHERE bool is_normalized() const {
    return normalization != Normalization::none;
  }

  // Call copy(from, from_stride, n_rows, n_columns, to, to_stride) for each piece of a part of
  // W that lies in one panel of W and, transposed, in one of W^T.
  template <class Copy>
  LIGHTMLP_EVERYWHERE void for_transposed(const T* parameters, T* all_transposed, Range of_rows,
                                          Range of_columns, const Copy& copy) const {
    T* const into = all_transposed + transposed;
    panels().for_columns(
        of_columns, [&](std::int64_t offset, std::int64_t stride, Range columns_of_panel) {
          transposed_panels.for_columns(
              of_rows, [&](std::int64_t to_offset, std::int64_t to_stride, Range rows) {
                copy(parameters + weights().offset + offset + rows.begin * stride, stride,
                     rows.size(), columns_of_panel.size(),
                     into + to_offset + columns_of_panel.begin * to_stride, to_stride);
              });
        });
  }
};

// What encodes some columns of a table.
template <class T>
struct Encoder {
  Encoding kind;
  const std::int32_t* columns;  // of the table's numbers, or of its categories
  int n_columns;
  std::int64_t begin, n_outputs;  // its columns among those of the input
  Activation activation;
  const double* values;        // of a list per column, one after another
  const std::int64_t* starts;  // (n_columns + 1,) of the lists
  const Span* spans;           // its parameters
  int n_spans;

  LIGHTMLP_EVERYWHERE std::int64_t width() const { return n_outputs / n_columns; }
};

// A column of categories that the first layer reads as one-hot codes: inputs that are zero but
// for a one take a row of W, and no product.
struct OneHotColumn {
  std::int32_t column;     // of the table's categories
  std::int64_t first_row;  // of W
};

// How a pass treats the network: in step number `step` of training, or, if it is 0, without
// dropout and with running statistics, which training makes follow the batches.
struct Mode {
  std::int64_t step = 0;
  bool follows = false;
  double dropout_factor = 1.0;  // of all rates
};

// What is done to all gradients together before the optimiser's step.
struct Clipping {
  double value, norm;  // infinite: none
};

// A network with its memory. A group is worked through in blocks of rows that stay in the
// caches; blocks have no influence on the bits of a gradient.
template <class T>
struct Network {
  std::int64_t n_numbers, n_categories;  // columns of the table
  const Encoder<T>* encoders;
  int n_encoders;  // 0: the numbers are the input as they are
  const OneHotColumn* one_hot;
  int n_one_hot;
  Step input;  // what follows the encoders; of a table without them, its dropout
  int n_layers;
  const Layer<T>* layers;
  const Span* spans;  // all parameters
  int n_spans;
  // The first step with a parameter that moves, -1 for the input: gradients go back so far.
  int first_moving;
  LossSettings loss;
  double alpha, l1;
  std::uint64_t seed;  // of dropout
  Clipping clipping;
  bool limits_norms;  // whether a rule does
  double delta_scale;
  std::int64_t n_parameters;  // values in a parameter buffer, padding included
  std::int64_t block_rows;
  std::int64_t sparse_stride;  // most values of a row of a sparse table, with dropout
  bool is_grouped;             // whether large batches fall into more than one group
  T* parameters;
  T* transposed;  // W^T of the layers that have it, null without gradients
  T* gradients;   // (groups, n_parameters): sums of each group; the first one's is the total
  const Workspace<T>* workspaces;
  int n_workspaces;      // threads that can work on groups of their own
  double* group_losses;  // (groups,)
  // Sums over each column of each parameter, of squares and of magnitudes.
  T* squared_columns;
  T* absolute_columns;
  const T* zeros;  // as many as the widest layer has
  T* packing;      // (threads, packing_size), null where no product needs it
  std::int64_t packing_size, scratch_size;

  LIGHTMLP_EVERYWHERE const Layer<T>& last() const { return layers[n_layers - 1]; }
  LIGHTMLP_EVERYWHERE const Step& step(int l) const {  // -1: the input
    if (l < 0) return input;
    return layers[l];
  }
  LIGHTMLP_EVERYWHERE bool encodes() const { return n_encoders > 0; }
  LIGHTMLP_EVERYWHERE T* sums(std::int64_t group) const {
    return gradients + group * n_parameters;
  }
  LIGHTMLP_EVERYWHERE T* packing_room(int thread) const {
    return packing == nullptr ? nullptr : packing + thread * packing_size;
  }
};

// A network whose weights lie as the user's arrays do, without padding.
template <class T>
struct DirectNetwork {
  int n_layers;
  const std::int64_t* n_outputs;
  const T* const* parameters;  // weights and biases in turn
  const Activation* activations;
  LossSettings loss;
};

struct OptimizerSettings {
  Optimizer kind;
  // Those that the kind has not are 0.
  double momentum = 0.0, beta_1 = 0.0, beta_2 = 0.0, rho = 0.0, epsilon = 0.0;
  double momentum_decay = 0.0;
  bool nesterov = false;
  int n_iterations = 0;
};

template <class T>
struct OptimizerMemory {
  OptimizerSettings settings;
  T* slots[most_slots];  // such as the velocity; laid out as the parameters
  T* scratch;            // of muon
  std::int64_t n_steps;
};

// The matrix on which muon works for a layer: W, or its transpose where that is taller, with
// its columns padded; the rows of a transpose are padded too.
template <class T>
struct TallShape {
  bool is_transposed;
  std::int64_t rows, columns, stride;

  LIGHTMLP_EVERYWHERE explicit TallShape(const Span& weights)
      : is_transposed(weights.panels.rows < weights.n_columns),
        rows(is_transposed ? weights.columns() : weights.panels.rows),
        columns(is_transposed ? weights.panels.rows : weights.n_columns),
        stride(row_stride<T>(columns)) {}

  LIGHTMLP_EVERYWHERE std::int64_t size() const { return padded<T>(rows) * stride; }
  // Two such matrices, two squares and a row.
  LIGHTMLP_EVERYWHERE std::int64_t scratch_size() const {
    return 2 * size() + 2 * stride * stride + stride;
  }
};

}  // namespace lightmlp
