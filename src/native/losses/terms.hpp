// What all losses share: where outputs and results lie, and losses that are a sum of one
// term for each output.
#pragma once

#include "../kernels/elementary.hpp"
#include "../network.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// The outputs of some rows (scores before the inverse link).
template <class T>
struct Outputs {
  T* values;  // (rows, n), without padding
  std::int64_t rows, n;
  const LossSettings& settings;
};

// Where losses and deltas go.
template <class T>
struct Results {
  double* terms;   // (rows, n): room for logarithms
  double* losses;  // (rows,)
  T* deltas;       // (rows, stride)
  std::int64_t stride;
};

// function(n), where n is a constant if it is 1, the usual number of outputs of yes-no targets
// and of a regression: there loops over the outputs of a row take longer than what they do.
template <class Function>
LIGHTMLP_INLINE auto with_outputs(std::int64_t n, const Function& function) {
  struct One {
    LIGHTMLP_INLINE constexpr operator std::int64_t() const { return 1; }
  };
  return n == 1 ? function(One{}) : function(n);
}

template <class T>
inline constexpr T rounding_unit =
    sizeof(T) == 4 ? T(1.1920928955078125e-07) : T(2.220446049250313e-16);

// Probabilities one unit of rounding away from 0 and 1, where the logarithm is infinite.
template <class T>
LIGHTMLP_INLINE double clipped(T probability) {
  const T smallest = rounding_unit<T>;
  const T largest = T(1) - smallest;
  if (probability < smallest) return smallest;
  return probability > largest ? largest : probability;
}

template <class T>
LIGHTMLP_INLINE Vec<double> clipped_vector(Vec<double> p) {
  return clamped<double>(p, rounding_unit<T>, T(1) - rounding_unit<T>);
}

// Means that logarithms and powers keep finite.
LIGHTMLP_INLINE double finite_mean(double mean) {
  if (mean < 1e-100) return 1e-100;
  return mean > 1e100 ? 1e100 : mean;
}

LIGHTMLP_INLINE Vec<double> finite_means(Vec<double> means) {
  return clamped<double>(means, 1e-100, 1e100);
}

// A term of the loss, and its derivative with respect to the score.
struct Term {
  Vec<double> value, slope;
};

// Each row's loss from its terms.
template <class T>
LIGHTMLP_INLINE void sum_rows(const Outputs<T>& out, const Results<T>& results) {
  with_outputs(out.n, [&](auto n) LIGHTMLP_INLINED {
    for (std::int64_t i = 0; i < out.rows; ++i) {
      double sum = 0.0;
      for (std::int64_t j = 0; j < n; ++j) sum += results.terms[i * n + j];
      results.losses[i] = sum;
    }
  });
}

// The sum of terms over the outputs; term(target, output) -> Term, in double precision.
template <class T, class TargetRow, class Function>
LIGHTMLP_INLINE void sum_terms(const Outputs<T>& out, const Results<T>& results,
                               TargetRow target_row, Function term) {
  const std::int64_t count = out.rows * out.n;
  std::int64_t i = 0, j = 0;  // row and column of the next value
  for (std::int64_t at = 0; at < count; at += lanes<double>) {
    const auto used = static_cast<int>(count - at < lanes<double> ? count - at : lanes<double>);
    Vec<double> target = broadcast(1.0), output = broadcast(1.0);
    std::int64_t row = i, column = j;
    for (int k = 0; k < used; ++k) {
      target[k] = target_row(row)[column];
      output[k] = out.values[at + k];
      if (++column == out.n) column = 0, ++row;
    }
    const Term result = term(target, output);
    for (int k = 0; k < used; ++k) {
      results.terms[at + k] = result.value[k];
      results.deltas[i * results.stride + j] = static_cast<T>(result.slope[k]);
      if (++j == out.n) j = 0, ++i;
    }
  }
  sum_rows(out, results);
}

// The same for binary targets, whose terms class weights multiply: those of 0 and of 1 of
// each column in turn.
template <class T, class TargetRow, class Function>
LIGHTMLP_INLINE void sum_binary_terms(const Outputs<T>& out, const Results<T>& results,
                                      TargetRow target_row, Function term) {
  sum_terms(out, results, target_row, term);
  if (out.settings.class_weight == nullptr) return;
  for (std::int64_t i = 0; i < out.rows; ++i) {
    const T* const target = target_row(i);
    double sum = 0.0;
    for (std::int64_t j = 0; j < out.n; ++j) {
      const double weight = out.settings.class_weight[2 * j + (target[j] > T(0.5) ? 1 : 0)];
      sum += weight * results.terms[i * out.n + j];
      results.deltas[i * results.stride + j] *= static_cast<T>(weight);
    }
    results.losses[i] = sum;
  }
}

// One output of one row whose targets are class indices.
template <class T>
struct ClassOutput {
  const T* output;  // (size,)
  T* delta;         // (size,)
  std::int64_t size, code;
};

// The sum over the outputs of function(class output) -> loss, times the weight of its class.
template <class T, class ClassesOf, class Function>
LIGHTMLP_INLINE void sum_class_outputs(const Outputs<T>& out, const Results<T>& results,
                                       ClassesOf classes_of, Function function) {
  for (std::int64_t i = 0; i < out.rows; ++i) {
    const std::int32_t* const classes = classes_of(i);
    double sum = 0.0;
    for (std::int64_t g = 0, column = 0; g < out.settings.n_groups; ++g) {
      const std::int64_t size = out.settings.group_size(g, out.n);
      T* const delta = results.deltas + i * results.stride + column;
      double loss =
          function(ClassOutput<T>{out.values + i * out.n + column, delta, size, classes[g]});
      if (out.settings.class_weight != nullptr) {
        const double weight = out.settings.class_weight[column + classes[g]];
        loss *= weight;
        for (std::int64_t j = 0; j < size; ++j) delta[j] *= static_cast<T>(weight);
      }
      sum += loss;
      column += size;
    }
    results.losses[i] = sum;
  }
}

// The canonical delta, of links that belong to their losses.
template <class T, class TargetRow>
LIGHTMLP_INLINE void subtract_targets(const Outputs<T>& out, const Results<T>& results,
                                      TargetRow target_row) {
  with_outputs(out.n, [&](auto n) LIGHTMLP_INLINED {
    for (std::int64_t i = 0; i < out.rows; ++i) {
      const T* const target = target_row(i);
      T* const delta = results.deltas + i * results.stride;
      for (std::int64_t j = 0; j < n; ++j) delta[j] = out.values[i * n + j] - target[j];
    }
  });
}

// Links that several losses have.
struct IdentityLink {
  template <class T>
  static void inverse_link(const Outputs<T>&) {}
};

struct ExponentialLink {
  template <class T>
  static void inverse_link(const Outputs<T>& out) {
    transform(out.values, out.rows * out.n, [](Vec<T> score) { return exponential<T>(score); });
  }
};

struct LogisticLink {
  template <class T>
  static void inverse_link(const Outputs<T>& out) {
    transform(out.values, out.rows * out.n, [](Vec<T> score) { return logistic<T>(score); });
  }
};

// exp(s_j - max) / sum_k exp(s_k - max) of each output
struct SoftmaxLink {
  template <class T>
  static void inverse_link(const Outputs<T>& out) {
    for_each_output(out, [](T* scores, std::int64_t size) {
      T largest = scores[0];
      for (std::int64_t j = 1; j < size; ++j)
        largest = scores[j] > largest ? scores[j] : largest;
      for (std::int64_t j = 0; j < size; ++j) scores[j] -= largest;
    });
    transform(out.values, out.rows * out.n, [](Vec<T> score) { return exponential<T>(score); });
    for_each_output(out, [](T* powers, std::int64_t size) {
      T sum = powers[0];
      for (std::int64_t j = 1; j < size; ++j) sum += powers[j];
      for (std::int64_t j = 0; j < size; ++j) powers[j] /= sum;
    });
  }

 private:
  template <class T, class Function>
  static LIGHTMLP_INLINE void for_each_output(const Outputs<T>& out, Function function) {
    for (std::int64_t i = 0; i < out.rows; ++i) {
      T* values = out.values + i * out.n;
      for (std::int64_t g = 0; g < out.settings.n_groups; ++g) {
        const std::int64_t size = out.settings.group_size(g, out.n);
        function(values, size);
        values += size;
      }
    }
  }
};

}  // namespace lightmlp::LIGHTMLP_ISA
