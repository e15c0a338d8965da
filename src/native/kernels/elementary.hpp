// exp, log, tanh, the logistic function and their relatives, lane by lane.
//
// They are the project's own so that every instruction set gives the same bits. Errors
// against the exact value: exp and log about 1 ULP, tanh below 1.5, logistic below 3,
// exp(x) - 1 (x <= 0), log(1 + exp(x)) and erf below 2.
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

// values between two bounds, and NaN
template <class T>
LIGHTMLP_INLINE Vec<T> clamped(Vec<T> values, T lowest, T highest) {
  values = values < lowest ? broadcast(lowest) : values;
  return values > highest ? broadcast(highest) : values;
}

template <class T>
LIGHTMLP_INLINE Vec<T> absolute(Vec<T> x) {
  return x < T(0) ? -x : x;
}

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

// x = n ln(2) + r with |r| <= ln(2) / 2; `shifted` holds n as whole_part wants it.
template <class T>
struct Reduced {
  Vec<T> shifted, n, r;
};

template <class T>
LIGHTMLP_INLINE Reduced<T> reduced(Vec<T> x) {
  using F = Format<T>;
  const Vec<T> rounder = broadcast(F::rounder);
  const Vec<T> shifted = fma(x, broadcast(T(1.44269504088896340736)), rounder);
  const Vec<T> n = shifted - rounder;
  const Vec<T> r = fma(n, broadcast(-F::ln2_high), x);
  return {shifted, n, fma(n, broadcast(-F::ln2_low), r)};
}

// exp(r) - 1 for |r| <= ln(2) / 2
template <class T>
LIGHTMLP_INLINE Vec<T> small_exponential_minus_one(Vec<T> r) {
  Vec<T> tail;  // (exp(r) - 1 - r) / r^2
  if constexpr (sizeof(T) == 4) {
    tail = polynomial<T>(
        r, {T(1.0 / 5040), T(1.0 / 720), T(1.0 / 120), T(1.0 / 24), T(1.0 / 6), T(0.5)});
  } else {
    tail = polynomial<T>(r, {T(1.0 / 6227020800), T(1.0 / 479001600), T(1.0 / 39916800),
                             T(1.0 / 3628800), T(1.0 / 362880), T(1.0 / 40320), T(1.0 / 5040),
                             T(1.0 / 720), T(1.0 / 120), T(1.0 / 24), T(1.0 / 6), T(0.5)});
  }
  return fma(r * r, tail, r);
}

// exp(x) = 2^n exp(r); 2^n in two factors, so that results below the normal range are
// rounded once.
template <class T>
LIGHTMLP_INLINE Vec<T> exponential(Vec<T> x) {
  using F = Format<T>;
  x = clamped<T>(x, F::exp_underflow, F::exp_overflow);
  const Reduced<T> parts = reduced<T>(x);
  const Vec<T> value = small_exponential_minus_one<T>(parts.r) + T(1);
  const Vec<T> half_shifted = fma(parts.n, broadcast(T(0.5)), broadcast(F::rounder));
  const IntVec<T> first = whole_part<T>(half_shifted);
  const IntVec<T> second = whole_part<T>(parts.shifted) - first;
  return value * power_of_two<T>(first) * power_of_two<T>(second);
}

// exp(x) - 1 for x <= 0, without cancellation; a larger x counts as 0.
template <class T>
LIGHTMLP_INLINE Vec<T> exponential_minus_one(Vec<T> x) {
  x = x > T(0) ? Vec<T>{} : x;
  x = x < T(-50) ? broadcast(T(-50)) : x;  // from there on the result is -1
  const Reduced<T> parts = reduced<T>(x);
  const Vec<T> power = power_of_two<T>(whole_part<T>(parts.shifted));
  return fma(power, small_exponential_minus_one<T>(parts.r), power - T(1));
}

template <class T>
LIGHTMLP_INLINE Vec<T> logistic(Vec<T> x) {
  return T(1) / (T(1) + exponential<T>(-x));
}

// Below 0.625 the polynomials of Cephes (Moshier), above it 1 - 2 / (exp(2 |x|) + 1).
template <class T>
LIGHTMLP_INLINE Vec<T> hyperbolic_tangent(Vec<T> x) {
  const Vec<T> magnitude = absolute<T>(x);
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

// log(1 + u) for u in [0, 1]: k ln(2) + 2 artanh(s), s = f / (2 + f), where 1 + u is
// (1 + f) 2^k with 1 + f in [sqrt(1/2), sqrt(2)] (after fdlibm).
template <class T>
LIGHTMLP_INLINE Vec<T> logarithm_of_one_plus(Vec<T> u) {
  using F = Format<T>;
  const auto upper = u > T(0.41421356237309504880);
  const Vec<T> f = upper ? T(0.5) * (u - T(1)) : u;
  const Vec<T> k = upper ? broadcast(T(1)) : Vec<T>{};
  const Vec<T> s = f / (T(2) + f);
  const Vec<T> z = s * s;
  Vec<T> series;
  if constexpr (sizeof(T) == 4) {
    series = z * polynomial<T>(z, {T(0.24279078841), T(0.28498786688), T(0.40000972152),
                                   T(0.66666662693)});
  } else {
    series = z * polynomial<T>(z, {T(1.479819860511658591e-01), T(1.531383769920937332e-01),
                                   T(1.818357216161805012e-01), T(2.222219843214978396e-01),
                                   T(2.857142874366239149e-01), T(3.999999999940941908e-01),
                                   T(6.666666666666735130e-01)});
  }
  const Vec<T> half_square = T(0.5) * f * f;
  const Vec<T> correction = fma(s, half_square + series, k * F::ln2_low);
  return fma(k, broadcast(F::ln2_high), f - (half_square - correction));
}

// log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|))
template <class T>
LIGHTMLP_INLINE Vec<T> softplus(Vec<T> x) {
  const Vec<T> magnitude = absolute<T>(x);
  const Vec<T> positive = x < T(0) ? Vec<T>{} : x;
  return positive + logarithm_of_one_plus<T>(exponential<T>(-magnitude));
}

// erf(x): x + x p(x^2) up to 1, and above it 1 - exp(-t + t q(t)) with t = |x|; p and q are
// minimax polynomials for the relative error of erf, fitted in 60 digits. From the largest t
// on the result is 1.
template <class T>
LIGHTMLP_INLINE Vec<T> error_function(Vec<T> x) {
  const Vec<T> square = x * x;
  const T largest = sizeof(T) == 4 ? T(4) : T(5.95);
  Vec<T> t = absolute<T>(x);
  const auto small = t < T(1);
  t = t > largest ? broadcast(largest) : t;
  Vec<T> p, q;
  if constexpr (sizeof(T) == 4) {
    p = polynomial<T>(
        square, {T(7.8522976e-5), T(-8.009679301e-4), T(5.188264385e-3), T(-2.685377615e-2),
                 T(1.128358425e-1), T(-3.761262574e-1), T(1.283791656e-1)});
    q = polynomial<T>(
        t, {T(-3.83368635e-6), T(3.192214771e-5), T(1.203135685e-4), T(-3.128990074e-3),
            T(2.30020197e-2), T(-1.055800117e-1), T(-6.354583038e-1), T(-1.285886256e-1)});
  } else {
    p = polynomial<T>(square, {T(-7.7794870488433124739e-10), T(1.3710989879174695503e-8),
                               T(-1.6206315826737023339e-7), T(1.6447131822223858042e-6),
                               T(-1.4924712320397104105e-5), T(1.205529357770616042e-4),
                               T(-8.5483259293306523026e-4), T(5.2239776061180739938e-3),
                               T(-2.6866170643111028945e-2), T(1.1283791670944170095e-1),
                               T(-3.7612638903183517694e-1), T(1.2837916709551256526e-1)});
    q = polynomial<T>(
        t,
        {T(1.5696546957285882927e-12), T(-6.9476908477343110325e-11),
         T(1.4400081351134989967e-9), T(-1.8559422868509275251e-8), T(1.6639560543131780192e-7),
         T(-1.0975347891601462115e-6), T(5.469885061299222694e-6), T(-2.0637107169101376646e-5),
         T(5.6794476502349497038e-5), T(-9.7062814978725226786e-5), T(3.5655030643393290722e-6),
         T(5.7132141442592508468e-4), T(-1.6892793130331967023e-3), T(2.0951959811343118141e-4),
         T(1.9126358063764229361e-2), T(-1.0277135940845164163e-1),
         T(-6.3662012735255596647e-1), T(-1.2837912455148549274e-1)});
  }
  const Vec<T> inner = fma(x, p, x);
  const Vec<T> above = T(1) - exponential<T>(fma(t, q, -t));
  const Vec<T> outer = x < T(0) ? -above : above;
  return small ? inner : outer;
}

}  // namespace lightmlp::LIGHTMLP_ISA
