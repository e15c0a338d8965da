// The classes Loss, Network and Rules: names and numbers are checked when they are made.
#include "descriptions.hpp"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <utility>
#include <vector>

#include "../memory.hpp"
#include "arrays.hpp"
#include "names.hpp"

namespace lightmlp {

namespace {

LossParameters make_loss(const std::string& name, double delta, double power, double gamma,
                         double label_smoothing, std::vector<double> levels,
                         std::vector<std::int64_t> group_sizes,
                         std::vector<double> class_weight) {
  require(!levels.empty(), "levels must not be empty.");
  for (const std::int64_t size : group_sizes) require(size >= 1, "groups must be positive.");
  return {find(loss_names, name, "loss"),
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
  const std::int64_t weights = settings.takes_codes() ? n_columns : 2 * n_columns;
  require(loss.class_weight.empty() ||
              static_cast<std::int64_t>(loss.class_weight.size()) == weights,
          "class_weight must have one value a class of each output.");
}

// So many padded weights fit into no memory; below this no product of sizes overflows.
constexpr double most_values = 1e15;

double rate_of_dropout(double rate) {
  require(rate >= 0.0 && rate < 1.0, "Rates of dropout must be at least 0 and below 1.");
  return rate;
}

// None of a kind for all layers is an empty list; the output layer has none.
NetworkSettings make_settings(std::vector<std::int64_t> widths,
                              const std::vector<std::string>& activations,
                              const LossParameters& loss, double alpha, double l1,
                              const std::vector<std::string>& normalizations,
                              const std::vector<double>& dropout, double input_dropout) {
  require(widths.size() >= 2, "widths needs the input's and the output's.");
  require(activations.size() + 1 == widths.size(), "activations needs one name a layer.");
  require(activations.back() == "identity", "The last layer's activation is the identity.");
  std::vector<Activation> kinds;
  for (const std::string& name : activations)
    kinds.push_back(find(activation_names, name, "activation"));
  double values = 0.0, before = 0.0;
  for (const std::int64_t width : widths) {
    require(width >= 1, "widths must be positive.");
    const double now = static_cast<double>(width) + static_cast<double>(padding_bytes);
    values += std::max(before, 1.0) * now;
    before = now;
  }
  require(values < most_values, "widths ask for more memory than there is.");
  require_loss_for(loss, widths.back());
  const std::size_t n_layers = kinds.size();
  std::vector<Normalization> norms;
  for (const std::string& name : normalizations)
    norms.push_back(find(normalization_names, name, "normalization"));
  require(norms.empty() || (norms.size() == n_layers && norms.back() == Normalization::none),
          "normalizations needs one name a layer, the last one's is none.");
  for (const double rate : dropout) rate_of_dropout(rate);
  require(dropout.empty() || (dropout.size() == n_layers && dropout.back() == 0.0),
          "dropout needs one rate a layer, the last one's is 0.");
  return {std::move(widths), std::move(kinds), loss, alpha, l1, rate_of_dropout(input_dropout),
          std::move(norms),  dropout};
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
  nb::class_<TrainingRules>(m, "Rules", "What is done around the optimiser's step.")
      .def(
          "__init__",
          [](TrainingRules* self, double clip_value, double clip_norm, double max_norm,
             int n_frozen, std::vector<double> layer_rates, std::uint64_t seed) {
            require(clip_value > 0.0 && clip_norm > 0.0 && max_norm > 0.0,
                    "clip_value, clip_norm and max_norm must be positive.");
            require(n_frozen >= 0, "n_frozen must not be negative.");
            new (self) TrainingRules{
                clip_value, clip_norm, max_norm, n_frozen, std::move(layer_rates), seed};
          },
          "clip_value"_a, "clip_norm"_a, "max_norm"_a, "n_frozen"_a, "layer_rates"_a, "seed"_a);
}

void bind_network(nb::module_& m) {
  nb::class_<NetworkSettings>(m, "Network", "What is computed: layers and loss.")
      .def(
          "__init__",
          [](NetworkSettings* self, std::vector<std::int64_t> widths,
             const std::vector<std::string>& activations, const LossParameters& loss,
             double alpha, double l1, const std::vector<std::string>& normalizations,
             const std::vector<double>& dropout, double input_dropout) {
            new (self)
                NetworkSettings(make_settings(std::move(widths), activations, loss, alpha, l1,
                                              normalizations, dropout, input_dropout));
          },
          "widths"_a, "activations"_a, "loss"_a, "alpha"_a, "l1"_a, "normalizations"_a,
          "dropout"_a, "input_dropout"_a);
}

}  // namespace lightmlp
