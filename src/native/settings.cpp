#include "settings.hpp"

#include <algorithm>

namespace lightmlp {

std::vector<ParameterShape> NetworkSettings::parameters() const {
  std::vector<ParameterShape> all;
  const auto add = [&](const std::vector<ParameterShape>& own) {
    all.insert(all.end(), own.begin(), own.end());
  };
  for (const EncoderSettings& encoder : encoders) add(encoder.parameters);
  for (const ElementwiseSettings& layer : of_input) add(layer.parameters);
  for (const StepSettings& step : steps) {
    add(step.parameters);
    for (const ElementwiseSettings& layer : step.elementwise) add(layer.parameters);
  }
  return all;
}

std::int64_t NetworkSettings::n_parameters() const {
  std::int64_t n = 0;
  for (const ParameterShape& shape : parameters()) n += shape.rows * shape.columns;
  return n;
}

bool NetworkSettings::has(Normalization kind) const {
  return std::any_of(steps.begin(), steps.end(),
                     [kind](const StepSettings& step) { return step.normalization == kind; });
}

bool NetworkSettings::is_plain() const {
  return encoders.empty() && one_hot.empty() && is_fused(of_input) &&
         std::all_of(steps.begin(), steps.end(), [](const StepSettings& step) {
           return step.normalization == Normalization::none && step.parameters.size() == 2 &&
                  is_fused(step.elementwise);
         });
}

bool is_fused(const std::vector<ElementwiseSettings>& layers) {
  const bool activates = !layers.empty() && layers[0].kind == Elementwise::Activation;
  const bool drops = !layers.empty() && layers.back().kind == Elementwise::Dropout;
  return layers.size() == static_cast<std::size_t>(activates + drops);
}

}  // namespace lightmlp
