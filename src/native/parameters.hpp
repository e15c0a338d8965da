// The parameters of a network: where each array lies, and what training does to it.
#pragma once

#include <cstdint>

#include "panels.hpp"

namespace lightmlp {

// What the optimiser does to one array of parameters; see ParameterRule in Python.
struct ParameterRule {
  double lr_factor = 1.0;
  double weight_decay = 0.0;
  double max_norm = __builtin_inf();  // of the weights that enter a neuron
  bool is_orthogonal = false;         // whether muon's own step is made, not AdamW's
  bool is_frozen = false;
};

// One array of parameters in a buffer of all of them; gradients and the state of an optimiser
// lie in buffers of the same layout. A vector is a matrix of one row.
struct Span {
  std::int64_t offset;
  Panels panels;
  std::int64_t n_columns;  // without padding
  bool is_trained;         // running statistics are not
  bool is_penalized;       // by alpha and l1
  // Where the sums over its columns begin, and whether they are added to those of the array
  // before, whose columns it shares.
  std::int64_t sums;
  bool adds_to_sums;
  ParameterRule rule;

  LIGHTMLP_EVERYWHERE bool moves() const { return is_trained && !rule.is_frozen; }
  LIGHTMLP_EVERYWHERE std::int64_t columns() const { return panels.columns(); }
  // How many of the columns before `end` are padding.
  LIGHTMLP_EVERYWHERE std::int64_t padding(std::int64_t end) const {
    return end > n_columns ? end - n_columns : 0;
  }
  // Of an array in one panel: where row k begins.
  LIGHTMLP_EVERYWHERE std::int64_t row(std::int64_t k) const {
    return offset + k * panels.columns();
  }
};

}  // namespace lightmlp
