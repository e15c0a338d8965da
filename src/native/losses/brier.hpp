// The squared error of probabilities (Brier score), for both kinds of class targets.
#pragma once

#include "terms.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// (p - t)^2 / 2
struct BinaryBrier : LogisticLink {
  template <class T, class TargetRow>
  static void evaluate(const Outputs<T>& out, const Results<T>& results, TargetRow target_row) {
    const double smoothing = out.settings.label_smoothing;
    sum_binary_terms(out, results, target_row, [smoothing](Vec<double> y, Vec<double> p) {
      const Vec<double> error = p - (y * (1.0 - smoothing) + smoothing / 2.0);
      return Term{0.5 * error * error, error * p * (1.0 - p)};
    });
  }
};

// sum of (p_k - t_k)^2 / 2
struct Brier : SoftmaxLink {
  template <class T, class ClassesOf>
  static void evaluate(const Outputs<T>& out, const Results<T>& results, ClassesOf classes_of) {
    const double smoothing = out.settings.label_smoothing;
    const auto loss_of = [smoothing](const ClassOutput<T>& one) LIGHTMLP_INLINED {
      const double share = smoothing / static_cast<double>(one.size);
      const auto error = [&](std::int64_t j) LIGHTMLP_INLINED {
        return one.output[j] - ((j == one.code ? 1.0 - smoothing : 0.0) + share);
      };
      double squares = 0.0, mean = 0.0;
      for (std::int64_t j = 0; j < one.size; ++j) {
        squares += error(j) * error(j);
        mean += error(j) * one.output[j];
      }
      for (std::int64_t j = 0; j < one.size; ++j)
        one.delta[j] = static_cast<T>(one.output[j] * (error(j) - mean));
      return 0.5 * squares;
    };
    sum_class_outputs(out, results, classes_of, loss_of);
  }
};

}  // namespace lightmlp::LIGHTMLP_ISA
