#include "lowering.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "kind_names.hpp"

namespace lightmlp {

namespace {

[[noreturn]] void refuse(const std::string& kind, const std::string& before) {
  throw std::invalid_argument("The compiled engine has no step in which " + kind + " follows " +
                              before + ". Use engine='reference'.");
}

bool is_one_hot(const PartDescription& part) {
  return part.encoder.kind == "OneHot";
}

bool is_all_numbers(const PartDescription& part, std::int64_t n_numbers) {
  std::vector<std::int32_t> all(static_cast<std::size_t>(n_numbers));
  std::iota(all.begin(), all.end(), 0);
  return part.encoder.kind == "Identity" && part.columns == all;
}

// Puts layers into steps one after another.
class Lowering {
 public:
  explicit Lowering(const NetworkDescription& description) : from_(description) {
    settings_.n_numbers = from_.n_numbers;
    settings_.n_categories = from_.n_categories;
    settings_.loss = from_.loss;
    settings_.alpha = from_.alpha;
    settings_.l1 = from_.l1;
    settings_.category_limits.assign(static_cast<std::size_t>(from_.n_categories), INT32_MAX);
  }

  NetworkSettings run() {
    std::size_t n_dense = from_.parts.size();
    if (reads_one_hot()) n_dense = first_one_hot();
    for (std::size_t i = 0; i < from_.parts.size(); ++i) add_part(from_.parts[i], i >= n_dense);
    // The numbers as they are need no copy.
    if (n_dense == 1 && is_all_numbers(from_.parts[0], from_.n_numbers))
      settings_.encoders.clear();
    std::string before = "the input";
    for (const LayerDescription& layer : from_.layers) {
      add_layer(layer, before);
      before = layer.kind;
    }
    if (before != "Linear") refuse("the loss", before);
    return std::move(settings_);
  }

 private:
  std::size_t first_one_hot() const {
    std::size_t first = from_.parts.size();
    while (first > 0 && is_one_hot(from_.parts[first - 1])) --first;
    return first;
  }

  // Whether the first layer takes rows of W for one-hot codes: where they come last, and
  // nothing else reads them.
  bool reads_one_hot() const {
    return from_.layers[0].kind == "Linear" && (first_one_hot() > 0 || from_.n_numbers == 0);
  }

  void add_part(const PartDescription& part, bool takes_rows) {
    const LayerDescription& encoder = part.encoder;
    for (const std::int32_t column : part.columns)
      if (encoder.n_categories > 0) {
        std::int64_t& limit = settings_.category_limits[static_cast<std::size_t>(column)];
        limit = std::min(limit, encoder.n_categories);
      }
    if (takes_rows)
      settings_.one_hot.push_back({part.columns[0], n_encoded_});
    else
      settings_.encoders.push_back({find<Encoding>(encoder.kind, "encoder"), part.columns,
                                    encoder.n_outputs, encoder.activation, encoder.lists,
                                    encoder.parameters});
    n_encoded_ += encoder.n_outputs;
  }

  void add_layer(const LayerDescription& layer, const std::string& before) {
    if (layer.kind == "Linear") {
      settings_.steps.push_back({layer.n_inputs, layer.n_outputs, layer.parameters});
    } else if (const auto norm = find_kind<Normalization>(layer.kind)) {
      if (before != "Linear" || settings_.steps.back().parameters.size() > 1)
        refuse(layer.kind, before == "Linear" ? "a Linear with a bias" : before);
      StepSettings& step = settings_.steps.back();
      step.normalization = *norm;
      step.parameters.insert(step.parameters.end(), layer.parameters.begin(),
                             layer.parameters.end());
    } else if (const auto kind = find_kind<Elementwise>(layer.kind)) {
      auto& chain =
          settings_.steps.empty() ? settings_.of_input : settings_.steps.back().elementwise;
      chain.push_back({*kind, layer.activation, layer.rate, layer.parameters});
    } else {
      refuse(layer.kind, before);
    }
  }

  const NetworkDescription& from_;
  NetworkSettings settings_;
  std::int64_t n_encoded_ = 0;
};

}  // namespace

NetworkSettings lower(const NetworkDescription& description) {
  return Lowering(description).run();
}

}  // namespace lightmlp
