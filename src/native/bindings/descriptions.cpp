// The classes Loss, Layer, Network, Rule and Rules: names and numbers are checked when they are
// made.
#include "descriptions.hpp"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../kind_names.hpp"
#include "../lowering.hpp"
#include "arrays.hpp"

namespace lightmlp {

namespace {

LossParameters make_loss(const std::string& name, double delta, double power, double gamma,
                         double label_smoothing, std::vector<double> levels,
                         std::vector<std::int64_t> group_sizes,
                         std::vector<double> class_weight) {
  require(!levels.empty(), "levels must not be empty.");
  for (const std::int64_t size : group_sizes) require(size >= 1, "groups must be positive.");
  return {find<Loss>(name, "loss"),
          delta,
          power,
          gamma,
          label_smoothing,
          std::move(levels),
          std::move(group_sizes),
          std::move(class_weight)};
}

// The parameters must suit the columns of the output layer.
void require_loss_for(const LossParameters& loss, std::int64_t n_columns) {
  const LossSettings settings = loss.settings();
  std::int64_t grouped = 0;
  for (const std::int64_t size : loss.group_sizes) grouped += size;
  require(loss.group_sizes.empty() || grouped == n_columns,
          "groups must add up to the columns of the output layer.");
  require(n_columns % settings.n_levels == 0,
          "The output layer needs a column for each target and level.");
  const std::int64_t weights = settings.takes_class_indices() ? n_columns : 2 * n_columns;
  require(loss.class_weight.empty() ||
              static_cast<std::int64_t>(loss.class_weight.size()) == weights,
          "class_weight must have one value per class of each output.");
}

// So many padded weights fit into no memory; below this no product of sizes overflows.
constexpr double most_values = 1e15;

// rows, columns, whether it is trained, whether alpha and l1 penalise it
using ShapeTuple = std::tuple<std::int64_t, std::int64_t, bool, bool>;

LayerDescription make_layer(const std::string& kind, std::int64_t n_inputs,
                            std::int64_t n_outputs, const std::vector<ShapeTuple>& parameters,
                            const std::string& activation, double rate,
                            std::int64_t n_categories, std::vector<std::vector<double>> lists) {
  require(n_inputs >= 1 && n_outputs >= 1, "widths must be positive.");
  require(rate >= 0.0 && rate < 1.0, "Rates of dropout must be at least 0 and below 1.");
  LayerDescription layer{kind, n_inputs, n_outputs, {}, {}, rate, n_categories, {}};
  layer.activation = find<Activation>(activation, "activation");
  layer.lists = std::move(lists);
  for (const auto& [rows, columns, is_trained, is_penalized] : parameters) {
    require(rows >= 1 && columns >= 1, "Shapes must be positive.");
    layer.parameters.push_back({rows, columns, is_trained, is_penalized});
  }
  return layer;
}

void require_part(const NetworkDescription& description, const PartDescription& part) {
  const LayerDescription& encoder = part.encoder;
  const bool reads_categories = encoder.n_categories > 0;
  const std::int64_t n_columns =
      reads_categories ? description.n_categories : description.n_numbers;
  require(static_cast<std::int64_t>(part.columns.size()) == encoder.n_inputs,
          "An encoder has other columns than inputs.");
  require(!reads_categories || encoder.n_inputs == 1,
          "An encoder of categories has one column.");
  for (const std::int32_t column : part.columns)
    require(column >= 0 && column < n_columns, "An encoder's columns must be in the table.");
}

// Of all layers but encoders: their parameters are as wide as they are themselves.
void require_shapes(const LayerDescription& layer) {
  for (const ParameterShape& shape : layer.parameters)
    require(
        shape.columns == layer.n_outputs && (shape.rows == 1 || shape.rows == layer.n_inputs),
        "A layer's parameters have other shapes than the layer.");
}

void require_chain(const NetworkDescription& description) {
  std::int64_t width = description.parts.empty() ? description.n_numbers : 0;
  for (const PartDescription& part : description.parts)
    width += part.encoder.kind == "Identity" ? static_cast<std::int64_t>(part.columns.size())
                                             : part.encoder.n_outputs;
  for (const LayerDescription& layer : description.layers) {
    require(layer.n_inputs == width, "A layer has other inputs than the outputs before it.");
    require_shapes(layer);
    width = layer.n_outputs;
  }
}

NetworkSettings make_settings(NetworkDescription description) {
  require(!description.layers.empty(), "layers must not be empty.");
  for (const PartDescription& part : description.parts) require_part(description, part);
  const NetworkSettings settings = lower(description);
  require_chain(description);
  double values = 0.0;
  for (const ParameterShape& shape : settings.parameters())
    values += static_cast<double>(shape.rows) *
              (static_cast<double>(shape.columns) + static_cast<double>(padding_bytes));
  require(values < most_values, "widths ask for more memory than there is.");
  require_loss_for(settings.loss, settings.n_outputs());
  return settings;
}

}  // namespace

void bind_loss(nb::module_& m) {
  nb::class_<LossParameters>(m, "Loss", "A loss with its parameters.")
      .def(
          "__init__",
          [](LossParameters* self, const std::string& name, double delta, double power,
             double gamma, double label_smoothing, std::vector<double> levels,
             std::vector<std::int64_t> groups, std::vector<double> class_weight) {
            new (self) LossParameters(make_loss(name, delta, power, gamma, label_smoothing,
                                                std::move(levels), std::move(groups),
                                                std::move(class_weight)));
          },
          "name"_a, "delta"_a, "power"_a, "gamma"_a, "label_smoothing"_a, "levels"_a,
          "groups"_a, "class_weight"_a);
}

void bind_rules(nb::module_& m) {
  nb::class_<ParameterRule>(m, "Rule", "What the optimiser does to one array of parameters.")
      .def(
          "__init__",
          [](ParameterRule* self, double lr_factor, double weight_decay, double max_norm,
             bool is_orthogonal, bool is_frozen) {
            require(max_norm > 0.0, "max_norm must be positive.");
            new (self)
                ParameterRule{lr_factor, weight_decay, max_norm, is_orthogonal, is_frozen};
          },
          "lr_factor"_a, "weight_decay"_a, "max_norm"_a, "is_orthogonal"_a, "is_frozen"_a);
  nb::class_<TrainingRules>(m, "Rules", "What is done around the optimiser's step.")
      .def(
          "__init__",
          [](TrainingRules* self, double clip_value, double clip_norm,
             std::vector<ParameterRule> parameters, std::uint64_t seed) {
            require(clip_value > 0.0 && clip_norm > 0.0,
                    "clip_value and clip_norm must be positive.");
            new (self) TrainingRules{{clip_value, clip_norm}, std::move(parameters), seed};
          },
          "clip_value"_a, "clip_norm"_a, "parameters"_a, "seed"_a);
}

void bind_network(nb::module_& m) {
  m.def(
      "is_encoder",
      [](const std::string& kind) { return find_kind<Encoding>(kind).has_value(); }, "kind"_a,
      "Whether this kind of layer encodes columns of a table.");
  nb::class_<LayerDescription>(m, "Layer", "A layer by the name of its kind.")
      .def(
          "__init__",
          [](LayerDescription* self, const std::string& kind, std::int64_t n_inputs,
             std::int64_t n_outputs, const std::vector<ShapeTuple>& parameters,
             const std::string& activation, double rate, std::int64_t n_categories,
             std::vector<std::vector<double>> lists) {
            new (self)
                LayerDescription(make_layer(kind, n_inputs, n_outputs, parameters, activation,
                                            rate, n_categories, std::move(lists)));
          },
          "kind"_a, "n_inputs"_a, "n_outputs"_a, "parameters"_a, "activation"_a, "rate"_a,
          "n_categories"_a, "lists"_a);
  nb::class_<NetworkSettings>(m, "Network", "What is computed: layers and loss.")
      .def(
          "__init__",
          [](NetworkSettings* self, std::int64_t n_numbers, std::int64_t n_categories,
             const std::vector<std::pair<std::vector<std::int32_t>, LayerDescription>>& parts,
             std::vector<LayerDescription> layers, const LossParameters& loss, double alpha,
             double l1) {
            std::vector<PartDescription> encoders;
            for (const auto& [columns, encoder] : parts) encoders.push_back({columns, encoder});
            new (self)
                NetworkSettings(make_settings({n_numbers, n_categories, std::move(encoders),
                                               std::move(layers), loss, alpha, l1}));
          },
          "n_numbers"_a, "n_categories"_a, "parts"_a, "layers"_a, "loss"_a, "alpha"_a, "l1"_a);
}

}  // namespace lightmlp
