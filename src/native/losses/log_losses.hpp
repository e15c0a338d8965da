// Log-losses of classes: binary targets with the logistic function, class indices with the
// softmax.
#pragma once

#include "terms.hpp"

namespace lightmlp::LIGHTMLP_ISA {

struct BinaryLogLoss : LogisticLink {
  template <class T, class TargetRow>
  static void evaluate(const Outputs<T>& out, const Results<T>& results, TargetRow target_row) {
    const LossSettings& settings = out.settings;
    const bool is_plain = settings.label_smoothing == 0.0 && settings.class_weight == nullptr;
    if (!is_plain || !try_plain(out, results, target_row)) smoothed(out, results, target_row);
  }

 private:
  // -log(p) where the target is 1, -log(1 - p) where it is 0. False if a target is neither:
  // augmentation mixes them to numbers between.
  template <class T, class TargetRow>
  static LIGHTMLP_INLINE bool try_plain(const Outputs<T>& out, const Results<T>& results,
                                        TargetRow target_row) {
    bool are_whole = true;
    with_outputs(out.n, [&](auto n) LIGHTMLP_INLINED {
      for (std::int64_t i = 0; i < out.rows; ++i) {
        const T* const target = target_row(i);
        for (std::int64_t j = 0; j < n; ++j) {
          const double p = clipped(out.values[i * n + j]);
          are_whole &= target[j] == T(0) || target[j] == T(1);
          results.terms[i * n + j] = target[j] > T(0.5) ? p : 1.0 - p;
        }
      }
    });
    if (!are_whole) return false;
    transform(results.terms, out.rows * out.n, [](Vec<double> x) { return -logarithm(x); });
    sum_rows(out, results);
    subtract_targets(out, results, target_row);
    return true;
  }

  // -t log(p) - (1 - t) log(1 - p)
  template <class T, class TargetRow>
  static LIGHTMLP_INLINE void smoothed(const Outputs<T>& out, const Results<T>& results,
                                       TargetRow target_row) {
    const double smoothing = out.settings.label_smoothing;
    sum_binary_terms(out, results, target_row, [smoothing](Vec<double> y, Vec<double> output) {
      const Vec<double> t = y * (1.0 - smoothing) + smoothing / 2.0;
      const Vec<double> p = clipped_vector<T>(output);
      return Term{-(t * logarithm(p) + (1.0 - t) * logarithm(1.0 - p)), output - t};
    });
  }
};

struct LogLoss : SoftmaxLink {
  template <class T, class ClassesOf>
  static void evaluate(const Outputs<T>& out, const Results<T>& results, ClassesOf classes_of) {
    const LossSettings& settings = out.settings;
    const bool weighted = settings.class_weight != nullptr;
    if (settings.group_sizes == nullptr && settings.label_smoothing == 0.0 && !weighted)
      plain(out, results, classes_of);
    else
      smoothed(out, results, classes_of);
  }

 private:
  // -log(p of the true class)
  template <class T, class ClassesOf>
  static LIGHTMLP_INLINE void plain(const Outputs<T>& out, const Results<T>& results,
                                    ClassesOf classes_of) {
    for (std::int64_t i = 0; i < out.rows; ++i)
      results.terms[i] = clipped(out.values[i * out.n + *classes_of(i)]);
    transform(results.terms, out.rows, [](Vec<double> x) { return logarithm(x); });
    for (std::int64_t i = 0; i < out.rows; ++i) {
      results.losses[i] = -results.terms[i];
      T* const delta = results.deltas + i * results.stride;
      for (std::int64_t j = 0; j < out.n; ++j) delta[j] = out.values[i * out.n + j];
      delta[*classes_of(i)] -= T(1);
    }
  }

  // -sum of t_k log(p_k)
  template <class T, class ClassesOf>
  static LIGHTMLP_INLINE void smoothed(const Outputs<T>& out, const Results<T>& results,
                                       ClassesOf classes_of) {
    const double smoothing = out.settings.label_smoothing;
    for (std::int64_t at = 0; at < out.rows * out.n; ++at)
      results.terms[at] = clipped(out.values[at]);
    transform(results.terms, out.rows * out.n, [](Vec<double> x) { return logarithm(x); });
    const auto loss_of = [&](const ClassOutput<T>& one) LIGHTMLP_INLINED {
      const double* const logarithms = results.terms + (one.output - out.values);
      const double share = smoothing / static_cast<double>(one.size);
      double loss = 0.0;
      for (std::int64_t j = 0; j < one.size; ++j) {
        const double t = (j == one.code ? 1.0 - smoothing : 0.0) + share;
        loss -= t * logarithms[j];
        one.delta[j] = static_cast<T>(one.output[j] - t);
      }
      return loss;
    };
    sum_class_outputs(out, results, classes_of, loss_of);
  }
};

}  // namespace lightmlp::LIGHTMLP_ISA
