// Inverted dropout: whether a value stays depends on its place alone.
#pragma once

#include "../kernels/random_bits.hpp"
#include "elementwise.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// What the values of a matrix of `columns` columns are multiplied by: 0 or 1 / (1 - rate).
template <class T>
class DropoutMask {
 public:
  // Layer 0 is X, l + 1 are the outputs of layer l.
  DropoutMask(double rate, std::uint64_t seed, std::int64_t step, int layer,
              std::int64_t columns)
      : words_(seed, step, layer, columns),
        threshold_(bits_threshold(rate)),
        scale_(static_cast<T>(1.0 / (1.0 - rate))) {}

  // The factors of neighbours in a row, from this column on.
  LIGHTMLP_INLINE Vec<T> factors(std::int64_t row, std::int64_t column) const {
    const IntVec<T> stays = RandomBits<T>::mask(words_.words(row, column) >= threshold_);
    return (Vec<T>)((IntVec<T>)broadcast(scale_) & stays);
  }

  T factor(std::int64_t row, std::int64_t column) const {
    return words_.word(row, column) >= threshold_ ? scale_ : T(0);
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
  RandomBits<T> words_;
  std::uint32_t threshold_;
  T scale_;
};

namespace layers {

template <class T>
struct Dropout {
  ChainPlace<T> place;

  void forward(const Tile& tile, const T* x, T* y) const {
    if (drops())
      return mask().apply(x, y, tile.stride, tile.rows, tile.columns, tile.first_row,
                          tile.first_column);
    if (x == y) return;
    tile.template for_vectors<T>([=](std::int64_t at, std::int64_t)
                                     LIGHTMLP_INLINED { store(y + at, load(x + at)); });
  }

  void backward(const Tile& tile, const T*, const T*, T* deltas, T*) const {
    if (drops())
      mask().apply(deltas, deltas, tile.stride, tile.rows, tile.columns, tile.first_row,
                   tile.first_column);
  }

 private:
  double rate() const { return place.layer.rate * place.mode.dropout_factor; }
  bool drops() const { return rate() > 0.0 && place.mode.step > 0; }
  DropoutMask<T> mask() const {
    return {rate(), place.seed, place.mode.step, place.depth, place.n_columns};
  }
};

}  // namespace layers

}  // namespace lightmlp::LIGHTMLP_ISA
