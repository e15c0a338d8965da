// From the layers that Python describes to the steps that the engine runs.
#pragma once

#include <string>
#include <vector>

#include "settings.hpp"

namespace lightmlp {

// One layer by the name of its kind.
struct LayerDescription {
  std::string kind;
  std::int64_t n_inputs = 0, n_outputs = 0;
  std::vector<ParameterShape> parameters{};
  Activation activation = Activation::identity;
  double rate = 0.0;              // of dropout
  std::int64_t n_categories = 0;  // of a column that the layer reads; 0: it reads numbers
  std::vector<std::vector<double>> lists{};  // one per column, such as edges
};

// An encoder of a table's columns: of its numbers, or of its categories.
struct PartDescription {
  std::vector<std::int32_t> columns;
  LayerDescription encoder;
};

struct NetworkDescription {
  std::int64_t n_numbers, n_categories;
  std::vector<PartDescription> parts;  // of a first layer that encodes columns; empty: none
  std::vector<LayerDescription> layers;
  LossParameters loss;
  double alpha, l1;
};

// Throws std::invalid_argument if layers follow each other in an order that no step has.
NetworkSettings lower(const NetworkDescription& description);

}  // namespace lightmlp
