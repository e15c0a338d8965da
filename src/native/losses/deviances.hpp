// Deviances of positive or non-negative targets, whose mean is the exponential of the score.
#pragma once

#include "terms.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// y log(y / p) - y + p: half the Poisson deviance
struct Poisson : ExponentialLink {
  template <class T, class TargetRow>
  static void evaluate(const Outputs<T>& out, const Results<T>& results, TargetRow target_row) {
    for (std::int64_t i = 0; i < out.rows; ++i) {
      for (std::int64_t j = 0; j < out.n; ++j)
        results.terms[i * out.n + j] =
            static_cast<double>(target_row(i)[j]) / finite_mean(out.values[i * out.n + j]);
    }
    transform(results.terms, out.rows * out.n, [](Vec<double> x) { return logarithm(x); });
    for (std::int64_t i = 0; i < out.rows; ++i) {
      double sum = 0.0;
      for (std::int64_t j = 0; j < out.n; ++j) {
        const double y = target_row(i)[j];
        const double term = y == 0.0 ? 0.0 : y * results.terms[i * out.n + j];
        sum += term - y + finite_mean(out.values[i * out.n + j]);
      }
      results.losses[i] = sum;
    }
    subtract_targets(out, results, target_row);
  }
};

// y / p - log(y / p) - 1: half the gamma deviance
struct Gamma : ExponentialLink {
  template <class T, class TargetRow>
  static void evaluate(const Outputs<T>& out, const Results<T>& results, TargetRow target_row) {
    sum_terms(out, results, target_row, [](Vec<double> y, Vec<double> mean) {
      const Vec<double> ratio = y / finite_means(mean);
      return Term{ratio - logarithm(ratio) - 1.0, 1.0 - y / mean};
    });
  }
};

// x^exponent for x >= 0
LIGHTMLP_INLINE Vec<double> power_of(Vec<double> x, double exponent) {
  return exponential<double>(exponent * logarithm(x));
}

// Half the Tweedie deviance of a power above 1 that is not 2
struct Tweedie : ExponentialLink {
  template <class T, class TargetRow>
  static void evaluate(const Outputs<T>& out, const Results<T>& results, TargetRow target_row) {
    const double a = 1.0 - out.settings.power, b = 2.0 - out.settings.power;
    sum_terms(out, results, target_row, [a, b](Vec<double> y, Vec<double> mean) {
      const Vec<double> m = finite_means(mean);
      const Vec<double> scale = power_of(m, a);
      const Vec<double> value = power_of(y, b) / (a * b) - y * scale / a + scale * m / b;
      return Term{value, power_of(mean, a) * (mean - y)};
    });
  }
};

}  // namespace lightmlp::LIGHTMLP_ISA
