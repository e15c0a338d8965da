// What a network and its training are to be, free of memory and of any instruction set.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "plan.hpp"

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

struct NetworkSettings {
  std::vector<std::int64_t> widths;     // the input first
  std::vector<Activation> activations;  // of each layer, the last one's is the identity
  LossParameters loss;
  double alpha = 0.0;
  double l1 = 0.0;
  double input_dropout = 0.0;
  std::vector<Normalization> normalizations{};  // of each layer; empty: none
  std::vector<double> dropout{};                // of each layer; empty: none

  std::int64_t bias_rows(std::size_t layer) const;
  std::int64_t n_parameters() const;  // of all layers, without padding
  bool has(Normalization kind) const;
};

// What StepRules points to, and the seed of dropout.
struct TrainingRules {
  double clip_value = INFINITY, clip_norm = INFINITY, max_norm = INFINITY;
  int n_frozen = 0;
  std::vector<double> layer_rates{};  // empty: 1
  std::uint64_t seed = 0;

  // Valid as long as this object.
  StepRules settings() const {
    return {clip_value, clip_norm, max_norm, n_frozen,
            layer_rates.empty() ? nullptr : layer_rates.data()};
  }
};

}  // namespace lightmlp
