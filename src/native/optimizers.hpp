// Optimisers: how one vector of weights and its state follow from its gradient.
#pragma once

#include "kernels/simd.hpp"
#include "plan.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// v = momentum v - rate g; the step is v, or momentum v - rate g with Nesterov's form.
template <class T>
struct Sgd {
  T momentum, rate;
  bool nesterov;

  Sgd(const OptimizerSettings& settings, double learning_rate, std::int64_t)
      : momentum(static_cast<T>(settings.momentum)),
        rate(static_cast<T>(learning_rate)),
        nesterov(settings.nesterov) {}

  LIGHTMLP_INLINE Vec<T> step(Vec<T> weights, Vec<T> gradient, T* const* slots,
                              std::int64_t at) const {
    const Vec<T> descent = rate * gradient;
    const Vec<T> velocity = fma(broadcast(momentum), load(slots[0] + at), -descent);
    store(slots[0] + at, velocity);
    return weights + (nesterov ? fma(broadcast(momentum), velocity, -descent) : velocity);
  }
};

// m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2, w -= rate m / (sqrt(v) + epsilon) with
// rate = learning rate sqrt(1 - b2^t) / (1 - b1^t): Kingma and Ba's efficient form.
template <class T>
struct Adam {
  T beta_1, beta_2, new_1, new_2, epsilon, rate;

  Adam(const OptimizerSettings& settings, double learning_rate, std::int64_t n_steps)
      : beta_1(static_cast<T>(settings.beta_1)),
        beta_2(static_cast<T>(settings.beta_2)),
        new_1(static_cast<T>(1.0 - settings.beta_1)),
        new_2(static_cast<T>(1.0 - settings.beta_2)),
        epsilon(static_cast<T>(settings.epsilon)) {
    // The one function from outside: as near as scikit-learn's, whose figures are to come out.
    const auto t = static_cast<double>(n_steps);
    rate =
        static_cast<T>(learning_rate * __builtin_sqrt(1.0 - __builtin_pow(settings.beta_2, t)) /
                       (1.0 - __builtin_pow(settings.beta_1, t)));
  }

  LIGHTMLP_INLINE Vec<T> step(Vec<T> weights, Vec<T> gradient, T* const* slots,
                              std::int64_t at) const {
    const Vec<T> m = fma(broadcast(beta_1), load(slots[0] + at), new_1 * gradient);
    const Vec<T> v = fma(broadcast(beta_2), load(slots[1] + at), new_2 * (gradient * gradient));
    store(slots[0] + at, m);
    store(slots[1] + at, v);
    return weights - rate * m / (square_root(v) + epsilon);
  }
};

// Call function(struct) for the chosen optimiser; n_steps counts this step.
template <class T, class Function>
LIGHTMLP_INLINE void with_optimizer(const OptimizerSettings& settings, double learning_rate,
                                    std::int64_t n_steps, Function function) {
  switch (settings.kind) {
    case Optimizer::sgd:
      return function(Sgd<T>(settings, learning_rate, n_steps));
    case Optimizer::adam:
      return function(Adam<T>(settings, learning_rate, n_steps));
  }
}

}  // namespace lightmlp::LIGHTMLP_ISA
