// What Python calls the kinds of activations, losses and optimisers, and their parameters.
#pragma once

#include <map>
#include <stdexcept>
#include <string>

#include "../plan.hpp"
#include "../stages.hpp"

namespace lightmlp {

template <class Kind>
struct Named {
  const char* name;
  Kind kind;
};

inline constexpr Named<Activation> activation_names[] = {
    {"identity", Activation::identity},
    {"logistic", Activation::logistic},
    {"tanh", Activation::tanh},
    {"relu", Activation::relu},
    {"leaky_relu", Activation::leaky_relu},
    {"relu6", Activation::relu6},
    {"squared_relu", Activation::squared_relu},
    {"elu", Activation::elu},
    {"selu", Activation::selu},
    {"celu", Activation::celu},
    {"softplus", Activation::softplus},
    {"silu", Activation::silu},
    {"gelu", Activation::gelu},
    {"gelu_tanh", Activation::gelu_tanh},
    {"mish", Activation::mish},
    {"hard_silu", Activation::hard_silu},
    {"softsign", Activation::softsign},
    {"hard_tanh", Activation::hard_tanh},
    {"hard_sigmoid", Activation::hard_sigmoid},
    {"lecun_tanh", Activation::lecun_tanh},
};
inline constexpr Named<Loss> loss_names[] = {
    {"squared_error", Loss::squared_error},
    {"absolute_error", Loss::absolute_error},
    {"huber", Loss::huber},
    {"quantile", Loss::quantile},
    {"log_cosh", Loss::log_cosh},
    {"poisson", Loss::poisson},
    {"gamma", Loss::gamma},
    {"tweedie", Loss::tweedie},
    {"binary_log_loss", Loss::binary_log_loss},
    {"log_loss", Loss::log_loss},
    {"binary_brier", Loss::binary_brier},
    {"brier", Loss::brier},
    {"binary_focal", Loss::binary_focal},
    {"focal", Loss::focal},
    {"binary_hinge", Loss::binary_hinge},
    {"hinge", Loss::hinge},
    {"given", Loss::given},
};
inline constexpr Named<Normalization> normalization_names[] = {
    {"none", Normalization::none},
    {"batch", Normalization::batch},
    {"layer", Normalization::layer},
};
inline constexpr Named<Optimizer> optimizer_names[] = {
    {"sgd", Optimizer::sgd},         {"adam", Optimizer::adam},
    {"adamw", Optimizer::adamw},     {"nadam", Optimizer::nadam},
    {"amsgrad", Optimizer::amsgrad}, {"rmsprop", Optimizer::rmsprop},
    {"adagrad", Optimizer::adagrad}, {"adadelta", Optimizer::adadelta},
    {"lion", Optimizer::lion},       {"muon", Optimizer::muon},
};

inline constexpr Named<Change> change_names[] = {
    {"gaussian_noise", Change::gaussian_noise},
    {"swap_noise", Change::swap_noise},
    {"feature_dropout", Change::feature_dropout},
    {"mixup", Change::mixup},
    {"cutmix", Change::cutmix},
    {"shift", Change::shift},
    {"rotate", Change::rotate},
};

template <class Kind, std::size_t N>
Kind find(const Named<Kind> (&table)[N], const std::string& name, const char* parameter) {
  std::string names;
  for (const Named<Kind>& row : table) {
    if (name == row.name) return row.kind;
    names += (names.empty() ? "" : ", ") + std::string(row.name);
  }
  throw std::invalid_argument(std::string(parameter) + " is '" + name +
                              "', expected one of: " + names + ".");
}

inline OptimizerSettings make_optimizer(const std::string& name,
                                        const std::map<std::string, double>& parameters) {
  OptimizerSettings settings{};
  settings.kind = find(optimizer_names, name, "optimizer");
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
    else if (parameter == "weight_decay")
      settings.weight_decay = value;
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
