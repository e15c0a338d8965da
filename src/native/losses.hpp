// Losses with their links: from raw scores to outputs, loss values and deltas.
//
// A row's loss is summed over the outputs in their order, in double precision. The delta is
// d loss / d score, which for these canonical pairs of link and loss is output - target
// (scikit-learn's convention: for the squared error, of the sum over the outputs).
#pragma once

#include "kernels/elementary.hpp"
#include "plan.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// Where the outputs of some rows lie, and what they should have been.
template <class T>
struct Outputs {
  T* link;             // (rows, n): outputs, without padding
  double* loss_terms;  // (rows, n): room for logarithms
  double* row_losses;  // (rows,)
  std::int64_t rows, n;
};

template <class T>
LIGHTMLP_INLINE double clipped(T probability) {
  const T smallest = sizeof(T) == 4 ? T(1.1920928955078125e-07) : T(2.220446049250313e-16);
  const T largest = T(1) - smallest;
  if (probability < smallest) return smallest;
  return probability > largest ? largest : probability;
}

struct SquaredError {
  template <class T>
  static void link(const Outputs<T>&) {}

  template <class T, class TargetRow>
  static void loss(const Outputs<T>& out, TargetRow target_row) {
    for (std::int64_t i = 0; i < out.rows; ++i) {
      const T* const target = target_row(i);
      double sum = 0.0;
      for (std::int64_t j = 0; j < out.n; ++j) {
        const double error = static_cast<double>(out.link[i * out.n + j]) - target[j];
        sum += error * error;
      }
      out.row_losses[i] = 0.5 * sum / static_cast<double>(out.n);
    }
  }
};

struct Poisson {
  template <class T>
  static void link(const Outputs<T>& out) {
    transform(out.link, out.rows * out.n, [](Vec<T> score) { return exponential<T>(score); });
  }

  // y log(y / p) - y + p: half the Poisson deviance
  template <class T, class TargetRow>
  static void loss(const Outputs<T>& out, TargetRow target_row) {
    for (std::int64_t i = 0; i < out.rows; ++i) {
      for (std::int64_t j = 0; j < out.n; ++j)
        out.loss_terms[i * out.n + j] =
            static_cast<double>(target_row(i)[j]) / out.link[i * out.n + j];
    }
    transform(out.loss_terms, out.rows * out.n, [](Vec<double> x) { return logarithm(x); });
    for (std::int64_t i = 0; i < out.rows; ++i) {
      double sum = 0.0;
      for (std::int64_t j = 0; j < out.n; ++j) {
        const double y = target_row(i)[j];
        const double term = y == 0.0 ? 0.0 : y * out.loss_terms[i * out.n + j];
        sum += term - y + out.link[i * out.n + j];
      }
      out.row_losses[i] = sum;
    }
  }
};

struct BinaryLogLoss {
  template <class T>
  static void link(const Outputs<T>& out) {
    transform(out.link, out.rows * out.n, [](Vec<T> score) { return logistic<T>(score); });
  }

  // -log(p) where the target is 1, -log(1 - p) where it is 0
  template <class T, class TargetRow>
  static void loss(const Outputs<T>& out, TargetRow target_row) {
    for (std::int64_t i = 0; i < out.rows; ++i) {
      for (std::int64_t j = 0; j < out.n; ++j) {
        const double p = clipped(out.link[i * out.n + j]);
        out.loss_terms[i * out.n + j] = target_row(i)[j] > T(0.5) ? p : 1.0 - p;
      }
    }
    transform(out.loss_terms, out.rows * out.n, [](Vec<double> x) { return logarithm(x); });
    for (std::int64_t i = 0; i < out.rows; ++i) {
      double sum = 0.0;
      for (std::int64_t j = 0; j < out.n; ++j) sum -= out.loss_terms[i * out.n + j];
      out.row_losses[i] = sum;
    }
  }
};

struct LogLoss {
  // softmax: exp(s_j - max) / sum_k exp(s_k - max)
  template <class T>
  static void link(const Outputs<T>& out) {
    for (std::int64_t i = 0; i < out.rows; ++i) {
      T* const scores = out.link + i * out.n;
      T largest = scores[0];
      for (std::int64_t j = 1; j < out.n; ++j)
        largest = scores[j] > largest ? scores[j] : largest;
      for (std::int64_t j = 0; j < out.n; ++j) scores[j] -= largest;
    }
    transform(out.link, out.rows * out.n, [](Vec<T> score) { return exponential<T>(score); });
    for (std::int64_t i = 0; i < out.rows; ++i) {
      T* const row = out.link + i * out.n;
      T sum = row[0];
      for (std::int64_t j = 1; j < out.n; ++j) sum += row[j];
      for (std::int64_t j = 0; j < out.n; ++j) row[j] /= sum;
    }
  }

  // -log(p of the true class)
  template <class T, class CodeOf>
  static void loss(const Outputs<T>& out, CodeOf code_of) {
    for (std::int64_t i = 0; i < out.rows; ++i)
      out.loss_terms[i] = clipped(out.link[i * out.n + code_of(i)]);
    transform(out.loss_terms, out.rows, [](Vec<double> x) { return logarithm(x); });
    for (std::int64_t i = 0; i < out.rows; ++i) out.row_losses[i] = -out.loss_terms[i];
  }
};

// Call function(struct) for the chosen loss.
template <class Function>
LIGHTMLP_INLINE void with_loss(Loss loss, Function function) {
  switch (loss) {
    case Loss::squared_error:
      return function(SquaredError{});
    case Loss::poisson:
      return function(Poisson{});
    case Loss::binary_log_loss:
      return function(BinaryLogLoss{});
    case Loss::log_loss:
      return function(LogLoss{});
  }
}

// Replace scores (rows, n) by outputs.
template <class T>
void apply_link(Loss loss, const Outputs<T>& out) {
  with_loss(loss, [&]<class L>(L) { L::template link<T>(out); });
}

}  // namespace lightmlp::LIGHTMLP_ISA
