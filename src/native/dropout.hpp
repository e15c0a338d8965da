// Inverted dropout. Whether a value stays depends on seed, step, layer, row of the batch and
// column alone, so that blocks, threads and instruction sets have no influence.
#pragma once

#include "kernels/simd.hpp"
#include "plan.hpp"

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

// One 32-bit word for each lane of a vector of T.
template <class T>
struct WordsOf {
  typedef std::uint32_t Words __attribute__((vector_size(lanes<T> * 4)));
  typedef std::int32_t Signs __attribute__((vector_size(lanes<T> * 4)));
};

// What the values of a matrix of `columns` columns are multiplied by: 0 or 1 / (1 - rate).
template <class T>
class Dropout {
  using Words = typename WordsOf<T>::Words;
  using Signs = typename WordsOf<T>::Signs;

 public:
  // Layer 0 is X, l + 1 are the outputs of layer l.
  Dropout(double rate, std::uint64_t seed, std::int64_t step, int layer, std::int64_t columns)
      : threshold_(threshold(rate)),
        scale_(static_cast<T>(1.0 / (1.0 - rate))),
        columns_(static_cast<std::uint32_t>(columns)) {
    const std::uint64_t key = mix64(mix64(mix64(seed) + static_cast<std::uint64_t>(step)) +
                                    static_cast<std::uint64_t>(layer));
    low_ = static_cast<std::uint32_t>(key);
    high_ = static_cast<std::uint32_t>(key >> 32);
    for (int i = 0; i < lanes<T>; ++i) lane_[i] = static_cast<std::uint32_t>(i);
  }

  // The factors of neighbours in a row, from this column on.
  LIGHTMLP_INLINE Vec<T> factors(std::int64_t row, std::int64_t column) const {
    const Words word =
        mix32<Words>(mix32<Words>((element(row, column) + lane_) ^ low_) + high_);
    const Signs stays = (Signs)(word >= threshold_);
    if constexpr (sizeof(T) == 4)
      return (Vec<T>)((IntVec<T>)broadcast(scale_) & (IntVec<T>)stays);
    else
      return (Vec<T>)((IntVec<T>)broadcast(scale_) & __builtin_convertvector(stays, IntVec<T>));
  }

  T factor(std::int64_t row, std::int64_t column) const {
    const std::uint32_t word = mix32(mix32(element(row, column) ^ low_) + high_);
    return word >= threshold_ ? scale_ : T(0);
  }

  // to = from times its factors, over a part of a matrix whose first row is number `row`.
  void apply(const T* from, T* to, std::int64_t stride, std::int64_t rows, std::int64_t columns,
             std::int64_t row, std::int64_t column) const {
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = 0; j < columns; j += lanes<T>) {
        const std::int64_t at = i * stride + j;
        store(to + at, load(from + at) * factors(row + i, column + j));
      }
  }

 private:
  static std::uint32_t threshold(double rate) {
    const double words = __builtin_rint(rate * 4294967296.0);
    return words < 4294967295.0 ? static_cast<std::uint32_t>(words) : 4294967295U;
  }

  LIGHTMLP_INLINE std::uint32_t element(std::int64_t row, std::int64_t column) const {
    return static_cast<std::uint32_t>(row) * columns_ + static_cast<std::uint32_t>(column);
  }

  std::uint32_t threshold_, low_, high_;
  T scale_;
  std::uint32_t columns_;
  Words lane_;
};

}  // namespace lightmlp::LIGHTMLP_ISA
