// Focal losses: log-losses that turn away from what is already learnt.
#pragma once

#include "terms.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// Of the probability q of the true class, which is clipped: the loss -(1 - q)^gamma log(q),
// and as the slope the factor between its delta and that of the log-loss,
// (1 - q)^gamma (1 - gamma q log(q) / (1 - q)).
LIGHTMLP_INLINE Term focus(Vec<double> q, double gamma) {
  const Vec<double> doubt = 1.0 - q, log_q = logarithm(q);
  const Vec<double> scale = exponential<double>(gamma * logarithm(doubt));
  return {-scale * log_q, scale * (1.0 - gamma * q * log_q / doubt)};
}

struct BinaryFocal : LogisticLink {
  template <class T, class TargetRow>
  static void evaluate(const Outputs<T>& out, const Results<T>& results, TargetRow target_row) {
    const double gamma = out.settings.gamma;
    sum_binary_terms(out, results, target_row, [gamma](Vec<double> y, Vec<double> output) {
      const Vec<double> p = clipped_vector<T>(output);
      Term term = focus(y > 0.5 ? p : 1.0 - p, gamma);
      term.slope *= output - y;
      return term;
    });
  }
};

struct Focal : SoftmaxLink {
  template <class T, class ClassesOf>
  static void evaluate(const Outputs<T>& out, const Results<T>& results, ClassesOf classes_of) {
    const double gamma = out.settings.gamma;
    const auto loss_of = [gamma](const ClassOutput<T>& one) LIGHTMLP_INLINED {
      const Term term = focus(broadcast(clipped(one.output[one.code])), gamma);
      const double factor = term.slope[0];
      for (std::int64_t j = 0; j < one.size; ++j)
        one.delta[j] = static_cast<T>(factor * (one.output[j] - (j == one.code ? 1.0 : 0.0)));
      return term.value[0];
    };
    sum_class_outputs(out, results, classes_of, loss_of);
  }
};

}  // namespace lightmlp::LIGHTMLP_ISA
