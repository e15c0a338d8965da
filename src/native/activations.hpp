// Activation functions: a = f(z), and the delta times f'(z), which is expressed by a, or by
// z where `reads_z` in kinds.hpp says so: only the layers of these keep their z.
#pragma once

#include "kernels/elementary.hpp"
#include "kinds.hpp"

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

// Of all functions that test z: NaN stays NaN, since divergence must not be hidden.
struct Relu {
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    return z < T(0) ? Vec<T>{} : z;
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T> a, Vec<T> delta) {
    return a == T(0) ? Vec<T>{} : delta;
  }
};

struct LeakyRelu {
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    return z > T(0) ? z : T(0.01) * z;
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T> a, Vec<T> delta) {
    return a > T(0) ? delta : T(0.01) * delta;
  }
};

struct Relu6 {
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    return clamped<T>(z, T(0), T(6));
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T> a, Vec<T> delta) {
    return ((a > T(0)) & (a < T(6))) ? delta : Vec<T>{};
  }
};

struct SquaredRelu {
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    const Vec<T> positive = z < T(0) ? Vec<T>{} : z;
    return positive * positive;
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T> z, Vec<T> delta) {
    return z < T(0) ? Vec<T>{} : delta * (z + z);
  }
};

struct Elu {
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    return z > T(0) ? z : exponential_minus_one<T>(z);
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T> a, Vec<T> delta) {
    return a > T(0) ? delta : delta * (a + T(1));
  }
};

struct Selu {
  static constexpr double scale = 1.0507009873554804934193349852946;
  static constexpr double negative_scale = 1.7580993408473768599402175208123;  // scale * alpha
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    return z > T(0) ? T(scale) * z : T(negative_scale) * exponential_minus_one<T>(z);
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T> a, Vec<T> delta) {
    return delta * (a > T(0) ? broadcast(T(scale)) : a + T(negative_scale));
  }
};

struct Celu : Elu {};  // with alpha = 1 the same function

struct Softplus {
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    return softplus<T>(z);
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T> z, Vec<T> delta) {
    return delta * logistic<T>(z);
  }
};

struct Silu {
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    return z * logistic<T>(z);
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T> z, Vec<T> delta) {
    const Vec<T> gate = logistic<T>(z);
    return delta * gate * (T(1) + z * (T(1) - gate));
  }
};

struct Gelu {
  static constexpr double root_half = 0.70710678118654752440;
  static constexpr double density_at_0 = 0.39894228040143267794;  // 1 / sqrt(2 pi)
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    return T(0.5) * z * (T(1) + error_function<T>(T(root_half) * z));
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T> z, Vec<T> delta) {
    const Vec<T> density = T(density_at_0) * exponential<T>(T(-0.5) * z * z);
    const Vec<T> share = T(0.5) * (T(1) + error_function<T>(T(root_half) * z));
    return delta * (share + z * density);
  }
};

struct GeluTanh {
  static constexpr double root = 0.79788456080286535588;  // sqrt(2 / pi)
  static constexpr double cubic = 0.044715;
  template <class T>
  static LIGHTMLP_INLINE Vec<T> inner_tanh(Vec<T> z) {
    return hyperbolic_tangent<T>(T(root) * (z + T(cubic) * z * z * z));
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    return T(0.5) * z * (T(1) + inner_tanh<T>(z));
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T> z, Vec<T> delta) {
    const Vec<T> t = inner_tanh<T>(z);
    const Vec<T> slope = T(root) * (T(1) + T(3 * cubic) * z * z);
    return delta * T(0.5) * (T(1) + t + z * (T(1) - t * t) * slope);
  }
};

// z tanh(softplus(z)) = z n / (n + 2) with n = e (e + 2) and e = exp(z), which from z = 20 on
// is z; there e stays, so that no square overflows.
struct Mish {
  template <class T>
  static LIGHTMLP_INLINE Vec<T> limited_exponential(Vec<T> z) {
    return exponential<T>(z > T(20) ? broadcast(T(20)) : z);
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    const Vec<T> e = limited_exponential<T>(z);
    const Vec<T> n = e * (e + T(2));
    return z * (n / (n + T(2)));
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T> z, Vec<T> delta) {
    const Vec<T> e = limited_exponential<T>(z);
    const Vec<T> n = e * (e + T(2));
    const Vec<T> root = T(2) * (T(1) + e) / (n + T(2));  // of 1 - tanh^2
    return delta * (n / (n + T(2)) + z * (e / (T(1) + e)) * (root * root));
  }
};

struct HardSilu {
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    return z * clamped<T>(z / T(6) + T(0.5), T(0), T(1));
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T> z, Vec<T> delta) {
    const Vec<T> inner = z >= T(3) ? delta : delta * (z / T(3) + T(0.5));
    return z <= T(-3) ? Vec<T>{} : inner;
  }
};

struct Softsign {
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    return z / (T(1) + absolute<T>(z));
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T> a, Vec<T> delta) {
    const Vec<T> root = T(1) - absolute<T>(a);
    return delta * (root * root);
  }
};

struct HardTanh {
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    return clamped<T>(z, T(-1), T(1));
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T> a, Vec<T> delta) {
    return ((a > T(-1)) & (a < T(1))) ? delta : Vec<T>{};
  }
};

struct HardSigmoid {
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    return clamped<T>(z / T(6) + T(0.5), T(0), T(1));
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T> a, Vec<T> delta) {
    return ((a > T(0)) & (a < T(1))) ? delta / T(6) : Vec<T>{};
  }
};

struct LecunTanh {
  static constexpr double height = 1.7159, steepness = 2.0 / 3.0;
  template <class T>
  static LIGHTMLP_INLINE Vec<T> forward(Vec<T> z) {
    return T(height) * hyperbolic_tangent<T>(T(steepness) * z);
  }
  template <class T>
  static LIGHTMLP_INLINE Vec<T> backward(Vec<T> a, Vec<T> delta) {
    return delta * (T(steepness) * (T(height) - a * a / T(height)));
  }
};

// Call function(struct) for the chosen activation.
template <class Function>
LIGHTMLP_INLINE void with_activation(Activation activation, Function function) {
#define LIGHTMLP_CASE(name, structure, reads) \
  case Activation::name:                      \
    return function(structure{});
  switch (activation) { LIGHTMLP_ACTIVATIONS(LIGHTMLP_CASE) }
#undef LIGHTMLP_CASE
}

// values = f(sums) over a panel of rows; both may be the same, `columns` is a multiple of the
// vector width.
template <class T>
void activate(Activation activation, const T* sums, T* values, std::int64_t stride,
              std::int64_t rows, std::int64_t columns) {
  with_activation(activation, [&]<class F>(F) {
    if constexpr (!std::is_same_v<F, Identity>) {
      for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t j = 0; j < columns; j += lanes<T>) {
          const std::int64_t at = i * stride + j;
          store(values + at, F::template forward<T>(load(sums + at)));
        }
      }
    }
  });
}

// deltas = deltas * f'(z), with z or a = f(z) in `of`, whichever the activation reads.
template <class T>
void differentiate(Activation activation, const T* of, T* deltas, std::int64_t stride,
                   std::int64_t rows, std::int64_t columns) {
  with_activation(activation, [&]<class F>(F) {
    if constexpr (!std::is_same_v<F, Identity>) {
      for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t j = 0; j < columns; j += lanes<T>) {
          const std::int64_t at = i * stride + j;
          store(deltas + at, F::template backward<T>(load(of + at), load(deltas + at)));
        }
      }
    }
  });
}

}  // namespace lightmlp::LIGHTMLP_ISA
