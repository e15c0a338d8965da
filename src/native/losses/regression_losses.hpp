// Losses of real targets whose outputs are the scores themselves.
#pragma once

#include "terms.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// Half the mean of squares; the delta lacks the factor 1 / n, as scikit-learn's.
struct SquaredError : IdentityLink {
  template <class T, class TargetRow>
  static void evaluate(const Outputs<T>& out, const Results<T>& results, TargetRow target_row) {
    with_outputs(out.n, [&](auto n) LIGHTMLP_INLINED {
      for (std::int64_t i = 0; i < out.rows; ++i) {
        const T* const target = target_row(i);
        double sum = 0.0;
        for (std::int64_t j = 0; j < n; ++j) {
          const double error = static_cast<double>(out.values[i * n + j]) - target[j];
          sum += error * error;
        }
        results.losses[i] = 0.5 * sum / static_cast<double>(out.n);
      }
    });
    subtract_targets(out, results, target_row);
  }
};

// |r|; slope 0 at the kink
struct AbsoluteError : IdentityLink {
  template <class T, class TargetRow>
  static void evaluate(const Outputs<T>& out, const Results<T>& results, TargetRow target_row) {
    sum_terms(out, results, target_row, [](Vec<double> y, Vec<double> output) {
      const Vec<double> error = output - y;
      const Vec<double> sign = error > 0.0 ? broadcast(1.0) : error;
      return Term{absolute<double>(error), error < 0.0 ? broadcast(-1.0) : sign};
    });
  }
};

// r^2 / 2 up to delta, then a line
struct Huber : IdentityLink {
  template <class T, class TargetRow>
  static void evaluate(const Outputs<T>& out, const Results<T>& results, TargetRow target_row) {
    const double delta = out.settings.delta;
    sum_terms(out, results, target_row, [delta](Vec<double> y, Vec<double> output) {
      const Vec<double> error = output - y;
      const Vec<double> size = absolute<double>(error);
      const Vec<double> square = size > delta ? broadcast(delta) : size;
      return Term{square * (size - 0.5 * square), clamped<double>(error, -delta, delta)};
    });
  }
};

// log(cosh(r)) = |r| + log(1 + exp(-2 |r|)) - log(2)
struct LogCosh : IdentityLink {
  template <class T, class TargetRow>
  static void evaluate(const Outputs<T>& out, const Results<T>& results, TargetRow target_row) {
    sum_terms(out, results, target_row, [](Vec<double> y, Vec<double> output) {
      const Vec<double> error = output - y;
      const Vec<double> size = absolute<double>(error);
      const Vec<double> bend = logarithm_of_one_plus<double>(exponential<double>(-2.0 * size));
      return Term{size + bend - 0.6931471805599453, hyperbolic_tangent<double>(error)};
    });
  }
};

}  // namespace lightmlp::LIGHTMLP_ISA
