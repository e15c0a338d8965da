// Hinge losses: the true class is to lead by a margin of 1.
#pragma once

#include "terms.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// max(0, 1 - s) for yes, max(0, 1 + s) for no
struct BinaryHinge : IdentityLink {
  template <class T, class TargetRow>
  static void evaluate(const Outputs<T>& out, const Results<T>& results, TargetRow target_row) {
    sum_binary_terms(out, results, target_row, [](Vec<double> y, Vec<double> score) {
      const Vec<double> sign = 2.0 * y - 1.0;
      const Vec<double> lead = sign * score, slack = 1.0 - lead;
      return Term{slack < 0.0 ? Vec<double>{} : slack, lead < 1.0 ? -sign : Vec<double>{}};
    });
  }
};

// max(0, 1 + highest score of a wrong class - score of the true one); an output with a single
// class has no loss
struct Hinge : IdentityLink {
  template <class T, class ClassesOf>
  static void evaluate(const Outputs<T>& out, const Results<T>& results, ClassesOf classes_of) {
    const auto loss_of = [](const ClassOutput<T>& one) LIGHTMLP_INLINED {
      std::int64_t rival = one.code == 0 ? 1 : 0;
      for (std::int64_t j = 0; j < one.size; ++j) {
        if (j != one.code && one.output[j] > one.output[rival]) rival = j;
        one.delta[j] = T(0);
      }
      if (one.size == 1) return 0.0;
      const double lead = static_cast<double>(one.output[rival]) - one.output[one.code];
      if (lead > -1.0) {
        one.delta[rival] = T(1);
        one.delta[one.code] = T(-1);
      }
      return lead < -1.0 ? 0.0 : 1.0 + lead;
    };
    sum_class_outputs(out, results, classes_of, loss_of);
  }
};

}  // namespace lightmlp::LIGHTMLP_ISA
