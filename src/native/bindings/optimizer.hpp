// An optimiser's settings by their names.
#pragma once

#include <map>
#include <stdexcept>
#include <string>

#include "../kind_names.hpp"
#include "../network.hpp"

namespace lightmlp {

inline OptimizerSettings make_optimizer(const std::string& name,
                                        const std::map<std::string, double>& parameters) {
  OptimizerSettings settings{};
  settings.kind = find<Optimizer>(name, "optimizer");
  for (const auto& [parameter, value] : parameters) {
    if (parameter == "momentum")
      settings.momentum = value;
    else if (parameter == "nesterov")
      settings.nesterov = value != 0.0;
    else if (parameter == "beta_1")
      settings.beta_1 = value;
    else if (parameter == "beta_2")
      settings.beta_2 = value;
    else if (parameter == "rho")
      settings.rho = value;
    else if (parameter == "epsilon")
      settings.epsilon = value;
    else if (parameter == "momentum_decay")
      settings.momentum_decay = value;
    else if (parameter == "n_iterations")
      settings.n_iterations = static_cast<int>(value);
    else
      throw std::invalid_argument("The optimiser's parameter '" + parameter + "' is unknown.");
  }
  return settings;
}

}  // namespace lightmlp
