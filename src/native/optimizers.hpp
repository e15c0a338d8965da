// Optimisers: how one vector of weights and its state follow from its gradient.
//
// The constructor computes what is the same for all weights of a step; n_steps counts from 1.
// Where a rule asks for weight decay, a parameter is multiplied by the shrinkage before the
// step.
#pragma once

#include "kernels/simd.hpp"
#include "network.hpp"

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

// mean = decay mean + (1 - decay) value, in a slot
template <class T>
struct RunningMean {
  T decay, weight;

  explicit RunningMean(double decay_rate)
      : decay(static_cast<T>(decay_rate)), weight(static_cast<T>(1.0 - decay_rate)) {}

  LIGHTMLP_INLINE Vec<T> follow(T* slot, Vec<T> value) const {
    const Vec<T> mean = fma(broadcast(decay), load(slot), weight * value);
    store(slot, mean);
    return mean;
  }
};

// 1 - beta^t: functions from outside are called here alone, once per step, so that Adam's steps
// are as near as can be to scikit-learn's, whose figures are to come out.
inline double correction(double beta, std::int64_t n_steps) {
  return 1.0 - __builtin_pow(beta, static_cast<double>(n_steps));
}

// m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2, w -= rate m / (sqrt(v) + epsilon) with
// rate = learning rate sqrt(1 - b2^t) / (1 - b1^t): Kingma and Ba's efficient form.
template <class T>
struct Adam {
  RunningMean<T> first, second;
  T epsilon, rate;

  Adam(const OptimizerSettings& settings, double learning_rate, std::int64_t n_steps)
      : first(settings.beta_1),
        second(settings.beta_2),
        epsilon(static_cast<T>(settings.epsilon)),
        rate(static_cast<T>(learning_rate *
                            __builtin_sqrt(correction(settings.beta_2, n_steps)) /
                            correction(settings.beta_1, n_steps))) {}

  LIGHTMLP_INLINE Vec<T> step(Vec<T> weights, Vec<T> gradient, T* const* slots,
                              std::int64_t at) const {
    const Vec<T> m = first.follow(slots[0] + at, gradient);
    const Vec<T> v = second.follow(slots[1] + at, gradient * gradient);
    return weights - rate * m / (square_root(v) + epsilon);
  }
};

// Both moments, and the root of the second one with the corrections of Kingma and Ba's
// Algorithm 1: sqrt(v / (1 - b2^t)) + epsilon.
template <class T>
struct CorrectedMoments {
  RunningMean<T> first, second;
  T root_scale, epsilon;

  CorrectedMoments(const OptimizerSettings& settings, std::int64_t n_steps)
      : first(settings.beta_1),
        second(settings.beta_2),
        root_scale(static_cast<T>(1.0 / __builtin_sqrt(correction(settings.beta_2, n_steps)))),
        epsilon(static_cast<T>(settings.epsilon)) {}

  LIGHTMLP_INLINE Vec<T> denominator(Vec<T> v) const {
    return square_root(v) * root_scale + epsilon;
  }
};

// w -= learning rate / (1 - b1^t) m / denominator, after the decay of the weights
template <class T>
struct AdamW {
  CorrectedMoments<T> moments;
  T rate;

  AdamW(const OptimizerSettings& settings, double learning_rate, std::int64_t n_steps)
      : moments(settings, n_steps),
        rate(static_cast<T>(learning_rate / correction(settings.beta_1, n_steps))) {}

  LIGHTMLP_INLINE Vec<T> step(Vec<T> weights, Vec<T> gradient, T* const* slots,
                              std::int64_t at) const {
    const Vec<T> m = moments.first.follow(slots[0] + at, gradient);
    const Vec<T> v = moments.second.follow(slots[1] + at, gradient * gradient);
    return weights - rate * m / moments.denominator(v);
  }
};

// As AdamW without decay, with the largest v so far.
template <class T>
struct AmsGrad {
  CorrectedMoments<T> moments;
  T rate;

  AmsGrad(const OptimizerSettings& settings, double learning_rate, std::int64_t n_steps)
      : moments(settings, n_steps),
        rate(static_cast<T>(learning_rate / correction(settings.beta_1, n_steps))) {}

  LIGHTMLP_INLINE Vec<T> step(Vec<T> weights, Vec<T> gradient, T* const* slots,
                              std::int64_t at) const {
    const Vec<T> m = moments.first.follow(slots[0] + at, gradient);
    const Vec<T> v = moments.second.follow(slots[1] + at, gradient * gradient);
    const Vec<T> before = load(slots[2] + at);
    const Vec<T> largest = before > v ? before : v;
    store(slots[2] + at, largest);
    return weights - rate * m / moments.denominator(largest);
  }
};

// The step looks ahead: a part of the moment, and a part of the gradient, each corrected by
// the product of the momenta mu_t = b1 (1 - 0.96^(t decay) / 2).
template <class T>
struct NAdam {
  CorrectedMoments<T> moments;
  T of_moment, of_gradient;

  NAdam(const OptimizerSettings& settings, double learning_rate, std::int64_t n_steps)
      : moments(settings, n_steps) {
    const double ratio = __builtin_pow(0.96, settings.momentum_decay);
    double power = ratio, product = 1.0;
    // The product ends where 1 minus it is 1 already.
    for (std::int64_t t = 1; t <= n_steps && product >= 1e-17; ++t, power *= ratio)
      product *= settings.beta_1 * (1.0 - 0.5 * power);
    const double now = momentum(settings, n_steps), ahead = momentum(settings, n_steps + 1);
    of_moment = static_cast<T>(learning_rate * ahead / (1.0 - product * ahead));
    of_gradient = static_cast<T>(learning_rate * (1.0 - now) / (1.0 - product));
  }

  static double momentum(const OptimizerSettings& settings, std::int64_t t) {
    const double exponent = static_cast<double>(t) * settings.momentum_decay;
    return settings.beta_1 * (1.0 - 0.5 * __builtin_pow(0.96, exponent));
  }

  LIGHTMLP_INLINE Vec<T> step(Vec<T> weights, Vec<T> gradient, T* const* slots,
                              std::int64_t at) const {
    const Vec<T> m = moments.first.follow(slots[0] + at, gradient);
    const Vec<T> v = moments.second.follow(slots[1] + at, gradient * gradient);
    return weights - (of_gradient * gradient + of_moment * m) / moments.denominator(v);
  }
};

// v = rho v + (1 - rho) g^2, u = momentum u + g / (sqrt(v) + epsilon), w -= rate u
template <class T>
struct RmsProp {
  RunningMean<T> second;
  T momentum, epsilon, rate;

  RmsProp(const OptimizerSettings& settings, double learning_rate, std::int64_t)
      : second(settings.rho),
        momentum(static_cast<T>(settings.momentum)),
        epsilon(static_cast<T>(settings.epsilon)),
        rate(static_cast<T>(learning_rate)) {}

  LIGHTMLP_INLINE Vec<T> step(Vec<T> weights, Vec<T> gradient, T* const* slots,
                              std::int64_t at) const {
    const Vec<T> v = second.follow(slots[0] + at, gradient * gradient);
    const Vec<T> scaled = gradient / (square_root(v) + epsilon);
    const Vec<T> velocity = fma(broadcast(momentum), load(slots[1] + at), scaled);
    store(slots[1] + at, velocity);
    return weights - rate * velocity;
  }
};

// v = v + g^2, w -= rate g / (sqrt(v) + epsilon)
template <class T>
struct Adagrad {
  T epsilon, rate;

  Adagrad(const OptimizerSettings& settings, double learning_rate, std::int64_t)
      : epsilon(static_cast<T>(settings.epsilon)), rate(static_cast<T>(learning_rate)) {}

  LIGHTMLP_INLINE Vec<T> step(Vec<T> weights, Vec<T> gradient, T* const* slots,
                              std::int64_t at) const {
    const Vec<T> squares = fma(gradient, gradient, load(slots[0] + at));
    store(slots[0] + at, squares);
    return weights - rate * gradient / (square_root(squares) + epsilon);
  }
};

// v = rho v + (1 - rho) g^2, s = sqrt((d + epsilon) / (v + epsilon)) g,
// d = rho d + (1 - rho) s^2, w -= rate s
template <class T>
struct Adadelta {
  RunningMean<T> mean;
  T epsilon, rate;

  Adadelta(const OptimizerSettings& settings, double learning_rate, std::int64_t)
      : mean(settings.rho),
        epsilon(static_cast<T>(settings.epsilon)),
        rate(static_cast<T>(learning_rate)) {}

  LIGHTMLP_INLINE Vec<T> step(Vec<T> weights, Vec<T> gradient, T* const* slots,
                              std::int64_t at) const {
    const Vec<T> v = mean.follow(slots[0] + at, gradient * gradient);
    const Vec<T> ratio = (load(slots[1] + at) + epsilon) / (v + epsilon);
    const Vec<T> step = square_root(ratio) * gradient;
    mean.follow(slots[1] + at, step * step);
    return weights - rate * step;
  }
};

// w -= rate sign(b1 m + (1 - b1) g), then m = b2 m + (1 - b2) g; the sign of zero is zero
template <class T>
struct Lion {
  T old_share, new_share, rate;
  RunningMean<T> mean;

  Lion(const OptimizerSettings& settings, double learning_rate, std::int64_t)
      : old_share(static_cast<T>(settings.beta_1)),
        new_share(static_cast<T>(1.0 - settings.beta_1)),
        rate(static_cast<T>(learning_rate)),
        mean(settings.beta_2) {}

  LIGHTMLP_INLINE Vec<T> step(Vec<T> weights, Vec<T> gradient, T* const* slots,
                              std::int64_t at) const {
    const Vec<T> look = fma(broadcast(old_share), load(slots[0] + at), new_share * gradient);
    mean.follow(slots[0] + at, gradient);
    // Neither greater nor less: zero, or NaN, which must not be hidden.
    const Vec<T> not_above = look < T(0) ? broadcast(-rate) : look;
    return weights - (look > T(0) ? broadcast(rate) : not_above);
  }
};

template <class Struct>
struct Kind {};

// What one step takes from outside.
struct StepValues {
  std::int64_t number;  // from 1
  double learning_rate;
  double decay_factor;  // of all weight decay

  double rate(const ParameterRule& rule) const { return learning_rate * rule.lr_factor; }
  // 1 without decay, which changes no bit.
  template <class T>
  LIGHTMLP_INLINE T shrinkage(const ParameterRule& rule) const {
    return static_cast<T>(1.0 - rate(rule) * (decay_factor * rule.weight_decay));
  }
};

// Call function(Kind<struct>) for the chosen optimiser. Muon's own step, which needs complete
// gradients, is in muon.hpp.
template <class T, class Function>
LIGHTMLP_INLINE void with_optimizer(const OptimizerSettings& settings, Function function) {
#define LIGHTMLP_CASE(name, structure, n_slots) \
  case Optimizer::name:                         \
    return function(Kind<structure<T>>{});
  switch (settings.kind) { LIGHTMLP_OPTIMIZERS(LIGHTMLP_CASE) }
#undef LIGHTMLP_CASE
}

}  // namespace lightmlp::LIGHTMLP_ISA
