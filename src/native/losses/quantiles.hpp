// The pinball loss of quantile levels that cannot cross. Columns lie target by target, each
// with its levels.
#pragma once

#include "terms.hpp"

namespace lightmlp::LIGHTMLP_ISA {

struct Quantile {
  // The lowest quantile is a score, each distance to the next one the softplus of a score.
  template <class T>
  static void inverse_link(const Outputs<T>& out) {
    const std::int64_t n_levels = out.settings.n_levels;
    for (T* target = out.values; target < out.values + out.rows * out.n; target += n_levels) {
      const T base = target[0];
      transform(target + 1, n_levels - 1, [](Vec<T> scores) {
        Vec<T> distances;
        for (int k = 0; k < lanes<T>; k += lanes<double>) {
          Vec<double> s;
          for (int m = 0; m < lanes<double>; ++m) s[m] = scores[k + m];
          const Vec<double> distance = softplus<double>(s);
          for (int m = 0; m < lanes<double>; ++m)
            distances[k + m] = static_cast<T>(distance[m]);
        }
        return distances;
      });
      target[0] = base;
      for (std::int64_t l = 1; l < n_levels; ++l) target[l] += target[l - 1];
    }
  }

  template <class T, class TargetRow>
  static void evaluate(const Outputs<T>& out, const Results<T>& results, TargetRow target_row) {
    const std::int64_t n_levels = out.settings.n_levels;
    softplus_slopes(out, results.terms);
    for (std::int64_t i = 0; i < out.rows; ++i) {
      double sum = 0.0;
      for (std::int64_t first = 0; first < out.n; first += n_levels)
        sum += one_target(target_row(i)[first / n_levels], out.values + i * out.n + first,
                          out.settings, results.terms + i * out.n + first,
                          results.deltas + i * results.stride + first);
      results.losses[i] = sum;
    }
  }

 private:
  // 1 - exp(-distance) for each level but the lowest of a target
  template <class T>
  static void softplus_slopes(const Outputs<T>& out, double* slopes) {
    const std::int64_t count = out.rows * out.n;
    for (std::int64_t at = 0; at < count; ++at)
      slopes[at] = at % out.settings.n_levels == 0
                       ? 0.0
                       : static_cast<double>(out.values[at - 1]) - out.values[at];
    transform(slopes, count, [](Vec<double> x) { return 1.0 - exponential<double>(x); });
  }

  template <class T>
  static LIGHTMLP_INLINE double one_target(T y, const T* quantiles,
                                           const LossSettings& settings, const double* slopes,
                                           T* deltas) {
    double loss = 0.0, chain = 0.0;  // chain: of this level and all above it
    for (std::int64_t l = 0; l < settings.n_levels; ++l) {
      const double error = static_cast<double>(y) - quantiles[l], level = settings.levels[l];
      loss += error < 0.0 ? (level - 1.0) * error : level * error;
    }
    for (std::int64_t l = settings.n_levels - 1; l >= 0; --l) {
      const double level = settings.levels[l];
      if (quantiles[l] > y) chain += 1.0 - level;
      if (quantiles[l] < y) chain -= level;
      deltas[l] = static_cast<T>(l == 0 ? chain : slopes[l] * chain);
    }
    return loss;
  }
};

}  // namespace lightmlp::LIGHTMLP_ISA
