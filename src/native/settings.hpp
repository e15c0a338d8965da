// What a network and its training are to be, free of memory and of any instruction set.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "network.hpp"

namespace lightmlp {

// What LossSettings points to.
struct LossParameters {
  Loss kind = Loss::squared_error;
  double delta = 0.0, power = 0.0, gamma = 0.0, label_smoothing = 0.0;
  std::vector<double> levels{0.5};
  std::vector<std::int64_t> group_sizes{};  // empty: all columns are one output
  std::vector<double> class_weight{};       // empty: 1

  // Valid as long as this object.
  LossSettings settings() const {
    const bool one = group_sizes.empty();
    return {kind,
            delta,
            power,
            gamma,
            label_smoothing,
            levels.data(),
            static_cast<std::int64_t>(levels.size()),
            one ? nullptr : group_sizes.data(),
            one ? 1 : static_cast<std::int64_t>(group_sizes.size()),
            class_weight.empty() ? nullptr : class_weight.data()};
  }
};

// One array of parameters of a layer.
struct ParameterShape {
  std::int64_t rows, columns;
  bool is_trained = true;
  bool is_penalized = false;
};

// An elementwise layer.
struct ElementwiseSettings {
  Elementwise kind;
  Activation activation = Activation::identity;
  double rate = 0.0;
  std::vector<ParameterShape> parameters{};
};

// Whether they are an activation, dropout, or both in this order, which are one pass.
bool is_fused(const std::vector<ElementwiseSettings>& layers);

// What encodes some columns of a table.
struct EncoderSettings {
  Encoding kind;
  std::vector<std::int32_t> columns;  // of the numbers, or of the categories
  std::int64_t n_outputs;
  Activation activation = Activation::identity;
  std::vector<std::vector<double>> lists{};  // of each column
  std::vector<ParameterShape> parameters{};
};

// A linear layer with what follows it.
struct StepSettings {
  std::int64_t n_inputs, n_outputs;
  std::vector<ParameterShape> parameters;  // as the spans of a Layer
  Normalization normalization = Normalization::none;
  std::vector<ElementwiseSettings> elementwise{};
};

struct NetworkSettings {
  std::int64_t n_numbers = 0, n_categories = 0;  // columns of the table
  std::vector<EncoderSettings> encoders{};
  std::vector<OneHotColumn> one_hot{};  // behind the outputs of the encoders
  std::vector<ElementwiseSettings> of_input{};
  std::vector<StepSettings> steps{};
  LossParameters loss{};
  double alpha = 0.0, l1 = 0.0;
  std::vector<std::int64_t> category_limits{};  // of each column: its codes are below

  std::int64_t n_outputs() const { return steps.back().n_outputs; }
  std::int64_t n_parameters() const;               // values of all layers, without padding
  std::vector<ParameterShape> parameters() const;  // of all layers, in their order
  bool has(Normalization kind) const;
  // Whether each step is W, a bias and an activation alone, on the numbers as they are.
  bool is_plain() const;
};

// What training does besides the optimiser's step.
struct TrainingRules {
  Clipping clipping{INFINITY, INFINITY};
  std::vector<ParameterRule> parameters{};  // of each array; empty: nothing
  std::uint64_t seed = 0;                   // of dropout
};

}  // namespace lightmlp
