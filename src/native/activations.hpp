// Activation functions: a = f(z), and f'(z) expressed by a.
#pragma once

#include "kernels/elementary.hpp"
#include "plan.hpp"

namespace lightmlp::LIGHTMLP_ISA {

struct Identity {
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    return z;
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T>, Vec<T> delta) {
    return delta;
  }
};

struct Logistic {
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    return logistic<T>(z);
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T> a, Vec<T> delta) {
    return delta * a * (T(1) - a);
  }
};

struct Tanh {
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    return hyperbolic_tangent<T>(z);
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T> a, Vec<T> delta) {
    return delta * (T(1) - a * a);
  }
};

struct Relu {
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    return z < T(0) ? Vec<T>{} : z;  // NaN stays NaN: divergence must not be hidden
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T> a, Vec<T> delta) {
    return a == T(0) ? Vec<T>{} : delta;
  }
};

// Call function(struct) for the chosen activation.
template <class Function>
LIGHTMLP_INLINE void with_activation(Activation activation, Function function) {
  switch (activation) {
    case Activation::identity:
      return function(Identity{});
    case Activation::logistic:
      return function(Logistic{});
    case Activation::tanh:
      return function(Tanh{});
    case Activation::relu:
      return function(Relu{});
  }
}

// values = f(values) over a panel of rows; `columns` is a multiple of the vector width.
template <class T>
void activate(Activation activation, T* values, std::int64_t stride, std::int64_t rows,
              std::int64_t columns) {
  with_activation(activation, [&]<class F>(F) {
    if constexpr (!std::is_same_v<F, Identity>) {
      for (std::int64_t i = 0; i < rows; ++i) {
        T* const row = values + i * stride;
        for (std::int64_t j = 0; j < columns; j += lanes<T>)
          store(row + j, F::template forward<T>(load(row + j)));
      }
    }
  });
}

// deltas = deltas * f'(z), with a = f(z) in `activations`.
template <class T>
void differentiate(Activation activation, const T* activations, T* deltas, std::int64_t stride,
                   std::int64_t rows, std::int64_t columns) {
  with_activation(activation, [&]<class F>(F) {
    if constexpr (!std::is_same_v<F, Identity>) {
      for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t j = 0; j < columns; j += lanes<T>) {
          const std::int64_t at = i * stride + j;
          store(deltas + at,
                F::template backward<T>(load(activations + at), load(deltas + at)));
        }
      }
    }
  });
}

}  // namespace lightmlp::LIGHTMLP_ISA
