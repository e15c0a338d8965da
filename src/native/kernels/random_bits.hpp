// A counter-based generator: a word depends on seed, step, stream, row and column alone, so
// that blocks, threads and instruction sets have no influence.
#pragma once

#include "elementary.hpp"

namespace lightmlp::LIGHTMLP_ISA {

inline std::uint64_t mix64(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31);
}

template <class Word>
LIGHTMLP_INLINE Word mix32(Word word) {
  word = (word ^ (word >> 16)) * 0x7FEB352DU;
  word = (word ^ (word >> 15)) * 0x846CA68BU;
  return word ^ (word >> 16);
}

// The words below this one are a share `rate` of all.
inline std::uint32_t bits_threshold(double rate) {
  const double words = __builtin_rint(rate * 4294967296.0);
  return words < 4294967295.0 ? static_cast<std::uint32_t>(words) : 4294967295U;
}

// One 32-bit word for each lane of a vector of T.
template <class T>
struct WordsOf {
  typedef std::uint32_t Words __attribute__((vector_size(lanes<T> * 4)));
  typedef std::int32_t Signed __attribute__((vector_size(lanes<T> * 4)));
};

// Words for a matrix of `columns` columns.
template <class T>
class RandomBits {
 public:
  using Words = typename WordsOf<T>::Words;
  using Signed = typename WordsOf<T>::Signed;

  RandomBits(std::uint64_t seed, std::int64_t step, int stream, std::int64_t columns)
      : columns_(static_cast<std::uint32_t>(columns)) {
    const std::uint64_t key = mix64(mix64(mix64(seed) + static_cast<std::uint64_t>(step)) +
                                    static_cast<std::uint64_t>(stream));
    low_ = static_cast<std::uint32_t>(key);
    high_ = static_cast<std::uint32_t>(key >> 32);
    for (int i = 0; i < lanes<T>; ++i) lane_[i] = static_cast<std::uint32_t>(i);
  }

  // Those of neighbours in a row, from this column on.
  LIGHTMLP_INLINE Words words(std::int64_t row, std::int64_t column) const {
    return mix32<Words>(mix32<Words>((element(row, column) + lane_) ^ low_) + high_);
  }

  std::uint32_t word(std::int64_t row, std::int64_t column) const {
    return mix32(mix32(element(row, column) ^ low_) + high_);
  }

  // What a comparison of words says, for values of T.
  static LIGHTMLP_INLINE IntVec<T> mask(Signed comparison) {
    if constexpr (sizeof(T) == 4)
      return (IntVec<T>)comparison;
    else
      return __builtin_convertvector(comparison, IntVec<T>);
  }

 private:
  LIGHTMLP_INLINE std::uint32_t element(std::int64_t row, std::int64_t column) const {
    return static_cast<std::uint32_t>(row) * columns_ + static_cast<std::uint32_t>(column);
  }

  std::uint32_t low_, high_, columns_;
  Words lane_;
};

// log(y) for y of ordinary size: with y = m 2^e, e ln(2) + log(1 + (m - 1)).
template <class T>
LIGHTMLP_INLINE Vec<T> plain_logarithm(Vec<T> y) {
  using F = Format<T>;
  const IntVec<T> bits = (IntVec<T>)y;
  const IntVec<T> e = (bits >> F::mantissa_bits) - F::exponent_bias;
  const Vec<T> m = (Vec<T>)(bits - (e << F::mantissa_bits));
  const Vec<T> exponent = __builtin_convertvector(e, Vec<T>);
  return exponent * T(0.69314718055994531) + logarithm_of_one_plus<T>(m - T(1));
}

// Standard normal values: the quantiles of the words. One bit is the sign, the others are the
// probability p of the tail; z = sqrt(2) erfinv(1 - 2 p) by the polynomials of Giles (2010),
// "Approximating the erfinv function", with a relative error of 4e-7 up to |z| = 5.4 and 4e-4
// beyond.
template <class T>
LIGHTMLP_INLINE Vec<T> normal_values(typename WordsOf<T>::Words words) {
  using Signed = typename WordsOf<T>::Signed;
  const Signed magnitude = (Signed)(words & 0x7FFFFFFFU);
  const Vec<T> p = (__builtin_convertvector(magnitude, Vec<T>) + T(0.5)) * T(0x1p-32);
  const Vec<T> w = -plain_logarithm<T>(T(4) * p * (T(1) - p));
  const Vec<T> centre =
      polynomial<T>(w - T(2.5), {T(2.81022636e-08), T(3.43273939e-07), T(-3.5233877e-06),
                                 T(-4.39150654e-06), T(0.00021858087), T(-0.00125372503),
                                 T(-0.00417768164), T(0.246640727), T(1.50140941)});
  const Vec<T> tail = polynomial<T>(
      square_root(w) - T(3),
      {T(-0.000200214257), T(0.000100950558), T(0.00134934322), T(-0.00367342844),
       T(0.00573950773), T(-0.0076224613), T(0.00943887047), T(1.00167406), T(2.83297682)});
  const Vec<T> z = T(1.4142135623730951) * (T(1) - T(2) * p) * (w < T(5) ? centre : tail);
  return RandomBits<T>::mask((Signed)words < 0) ? -z : z;
}

}  // namespace lightmlp::LIGHTMLP_ISA
