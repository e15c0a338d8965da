// exp, log, tanh and the logistic function, lane by lane.
//
// They are the project's own so that every instruction set gives the same bits. Errors
// against the exact value: exp and log about 1 ULP, tanh below 1.5, logistic below 3.
#pragma once

#include "simd.hpp"

namespace lightmlp::LIGHTMLP_ISA {

template <class T>
struct Format;

template <>
struct Format<float> {
  static constexpr int mantissa_bits = 23;
  static constexpr std::int32_t exponent_bias = 127;
  static constexpr float rounder = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  static constexpr float ln2_high = 0.693359375F;
  static constexpr float ln2_low = -2.12194440e-4F;
  static constexpr float exp_overflow = 90.0F;
  static constexpr float exp_underflow = -105.0F;
};

template <>
struct Format<double> {
  static constexpr int mantissa_bits = 52;
  static constexpr std::int64_t exponent_bias = 1023;
  static constexpr double rounder = 6755399441055744.0;  // 1.5 * 2^52
  static constexpr double ln2_high = 6.93147180369123816490e-01;
  static constexpr double ln2_low = 1.90821492927058770002e-10;
  static constexpr double exp_overflow = 711.0;
  static constexpr double exp_underflow = -747.0;
};

// Horner's rule, the coefficient of the highest power first.
template <class T, int N>
LIGHTMLP_INLINE Vec<T> polynomial(Vec<T> x, const T (&coefficients)[N]) {
  Vec<T> sum = broadcast(coefficients[0]);
  LIGHTMLP_UNROLL
  for (int i = 1; i < N; ++i) sum = fma(sum, x, broadcast(coefficients[i]));
  return sum;
}

// The whole number in `shifted`, a value to which Format<T>::rounder was added.
template <class T>
LIGHTMLP_INLINE IntVec<T> whole_part(Vec<T> shifted) {
  return (IntVec<T>)shifted - (IntVec<T>)broadcast(Format<T>::rounder);
}

template <class T>
LIGHTMLP_INLINE Vec<T> power_of_two(IntVec<T> exponent) {
  return (Vec<T>)((exponent + Format<T>::exponent_bias) << Format<T>::mantissa_bits);
}

// exp(x) = 2^n exp(r) with |r| <= ln(2) / 2; 2^n in two factors, so that results below
// the normal range are rounded once.
template <class T>
LIGHTMLP_INLINE Vec<T> exponential(Vec<T> x) {
  using F = Format<T>;
  x = x > F::exp_overflow ? broadcast(F::exp_overflow) : x;
  x = x < F::exp_underflow ? broadcast(F::exp_underflow) : x;
  const Vec<T> rounder = broadcast(F::rounder);
  const Vec<T> shifted = fma(x, broadcast(T(1.44269504088896340736)), rounder);
  const Vec<T> n = shifted - rounder;
  Vec<T> r = fma(n, broadcast(-F::ln2_high), x);
  r = fma(n, broadcast(-F::ln2_low), r);
  Vec<T> tail;  // (exp(r) - 1 - r) / r^2
  if constexpr (sizeof(T) == 4) {
    tail = polynomial<T>(
        r, {T(1.0 / 5040), T(1.0 / 720), T(1.0 / 120), T(1.0 / 24), T(1.0 / 6), T(0.5)});
  } else {
    tail = polynomial<T>(r, {T(1.0 / 6227020800), T(1.0 / 479001600), T(1.0 / 39916800),
                             T(1.0 / 3628800), T(1.0 / 362880), T(1.0 / 40320), T(1.0 / 5040),
                             T(1.0 / 720), T(1.0 / 120), T(1.0 / 24), T(1.0 / 6), T(0.5)});
  }
  const Vec<T> value = fma(r * r, tail, r) + T(1);
  const Vec<T> half_shifted = fma(n, broadcast(T(0.5)), rounder);
  const IntVec<T> first = whole_part<T>(half_shifted);
  const IntVec<T> second = whole_part<T>(shifted) - first;
  return value * power_of_two<T>(first) * power_of_two<T>(second);
}

template <class T>
LIGHTMLP_INLINE Vec<T> logistic(Vec<T> x) {
  return T(1) / (T(1) + exponential<T>(-x));
}

// Below 0.625 the polynomials of Cephes (Moshier), above it 1 - 2 / (exp(2 |x|) + 1).
template <class T>
LIGHTMLP_INLINE Vec<T> hyperbolic_tangent(Vec<T> x) {
  const Vec<T> magnitude = x < T(0) ? -x : x;
  const Vec<T> square = x * x;
  Vec<T> ratio;
  if constexpr (sizeof(T) == 4) {
    ratio =
        polynomial<T>(square, {T(-5.70498872745e-3), T(2.06390887954e-2), T(-5.37397155531e-2),
                               T(1.33314422036e-1), T(-3.33332819422e-1)});
  } else {
    ratio = polynomial<T>(square, {T(-9.64399179425052238628e-1), T(-9.92877231001918586564e1),
                                   T(-1.61468768441708447952e3)}) /
            polynomial<T>(square, {T(1), T(1.12811678491632931402e2),
                                   T(2.23548839060100448583e3), T(4.84406305325125486048e3)});
  }
  const Vec<T> small = fma(x * square, ratio, x);
  const Vec<T> positive = T(1) - T(2) / (exponential<T>(magnitude + magnitude) + T(1));
  const Vec<T> large = x < T(0) ? -positive : positive;
  return magnitude < T(0.625) ? small : large;
}

// log(x) = e ln(2) + 2 artanh(s), s = (m - 1) / (m + 1), x = m 2^e (after fdlibm).
// Zero gives -inf, a negative number NaN, infinity itself.
LIGHTMLP_INLINE Vec<double> logarithm(Vec<double> x) {
  using F = Format<double>;
  const IntVec<double> subnormal = x < 2.2250738585072014e-308;
  const Vec<double> normal = subnormal ? x * 18014398509481984.0 : x;  // 2^54
  const BitVec<double> bits = (BitVec<double>)normal;
  // Choose e so that m lies in [sqrt(1/2), sqrt(2)).
  const BitVec<double> from_root = bits - 0x3fe6a09e667f3bcdULL;
  IntVec<double> e = (IntVec<double>)(from_root >> 52);
  e = (e ^ 0x800) - 0x800;  // sign of the 12-bit number
  const Vec<double> m = (Vec<double>)(bits - ((BitVec<double>)e << 52));
  e -= subnormal & 54;
  const Vec<double> exponent =
      (Vec<double>)(e + (IntVec<double>)broadcast(F::rounder)) - F::rounder;
  const Vec<double> f = m - 1.0;
  const Vec<double> s = f / (2.0 + f);
  const Vec<double> z = s * s;
  const Vec<double> series =
      z * polynomial<double>(
              z, {1.479819860511658591e-01, 1.531383769920937332e-01, 1.818357216161805012e-01,
                  2.222219843214978396e-01, 2.857142874366239149e-01, 3.999999999940941908e-01,
                  6.666666666666735130e-01});
  const Vec<double> half_square = 0.5 * f * f;
  const Vec<double> correction = fma(s, half_square + series, exponent * broadcast(F::ln2_low));
  Vec<double> result = fma(exponent, broadcast(F::ln2_high), f - (half_square - correction));
  const double infinity = __builtin_inf();
  result = x == 0.0 ? broadcast(-infinity) : result;
  result = x < 0.0 ? broadcast(__builtin_nan("")) : result;
  return ((x == infinity) | (x != x)) ? x : result;
}

}  // namespace lightmlp::LIGHTMLP_ISA
