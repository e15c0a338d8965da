// A number by sines and cosines of learned frequencies: f(e W + b) for each column, where
//
//   e = [sin(2 pi c_k x) for each k, cos(2 pi c_k x) for each k]
//
// backwards, with d = d loss / d e of this column,
//
//   d loss / d c_k = 2 pi x (d_sin cos(2 pi c_k x) - d_cos sin(2 pi c_k x))
#pragma once

#include "encoding.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// The distance of a product from the nearest whole number; exact, also where it is large.
template <class T>
LIGHTMLP_INLINE Vec<T> phase_in_turns(Vec<T> turns) {
  // Beyond `most` values are whole numbers, from half of it on multiples of a half.
  constexpr T most = Format<T>::rounder / T(1.5), half = most / T(2);
  const Vec<T> size = absolute<T>(turns);
  const Vec<T> nearer = turns - (turns < T(0) ? broadcast(-half) : broadcast(half));
  turns = size < half ? turns : size < most ? nearer : turns - turns;
  return turns - ((turns + Format<T>::rounder) - Format<T>::rounder);
}

// sin and cos of 2 pi t for |t| <= 1/2: a quarter of a turn is taken off as often as needed,
// and Taylor's series of what remains, |y| <= pi / 4.
template <class T>
struct SineAndCosine {
  Vec<T> sine, cosine;

  LIGHTMLP_INLINE explicit SineAndCosine(Vec<T> t) {
    const Vec<T> shifted = fma(t, broadcast(T(4)), broadcast(Format<T>::rounder));
    const Vec<T> quarters = shifted - Format<T>::rounder;
    const Vec<T> y = fma(quarters, broadcast(T(-0.25)), t) * T(6.283185307179586477);
    const Vec<T> square = y * y;
    Vec<T> s, c;  // (sin(y) / y - 1) / y^2 and (cos(y) - 1) / y^2
    if constexpr (sizeof(T) == 4) {
      s = polynomial<T>(square, {T(-1.0 / 39916800), T(1.0 / 362880), T(-1.0 / 5040),
                                 T(1.0 / 120), T(-1.0 / 6)});
      c = polynomial<T>(
          square, {T(-1.0 / 3628800), T(1.0 / 40320), T(-1.0 / 720), T(1.0 / 24), T(-0.5)});
    } else {
      s = polynomial<T>(square, {T(1.0 / 355687428096000), T(-1.0 / 1307674368000),
                                 T(1.0 / 6227020800), T(-1.0 / 39916800), T(1.0 / 362880),
                                 T(-1.0 / 5040), T(1.0 / 120), T(-1.0 / 6)});
      c = polynomial<T>(square, {T(-1.0 / 6402373705728000), T(1.0 / 20922789888000),
                                 T(-1.0 / 87178291200), T(1.0 / 479001600), T(-1.0 / 3628800),
                                 T(1.0 / 40320), T(-1.0 / 720), T(1.0 / 24), T(-0.5)});
    }
    const Vec<T> sine_of_y = fma(square * s, y, y);
    const Vec<T> cosine_of_y = fma(square, c, broadcast(T(1)));
    const IntVec<T> quarter = whole_part<T>(shifted);
    const IntVec<T> is_odd = (quarter & 1) != 0, is_back = (quarter & 2) != 0;
    const Vec<T> one = is_odd ? cosine_of_y : sine_of_y;
    const Vec<T> other = is_odd ? -sine_of_y : cosine_of_y;
    sine = is_back ? -one : one;
    cosine = is_back ? -other : other;
  }
};

namespace layers {

template <class T>
struct PeriodicEmbedding {
  EncoderPlace<T> place;

  void forward(Range rows, T* encoded, T* scratch) const {
    const std::int64_t width = place.encoder.width(), n = n_frequencies();
    const Encoded e{scratch, scratch + stride()};
    for (int j = 0; j < place.encoder.n_columns; ++j)
      for (std::int64_t i = rows.begin; i < rows.end; ++i) {
        encode(i, j, e);
        T* const to = encoded + i * place.stride + place.begin(j);
        for (std::int64_t v = 0; v < width; v += lanes<T>) {
          Vec<T> sum = load(place.row(2, j) + v);
          for (std::int64_t k = 0; k < n; ++k)
            sum = fma(broadcast(e.sines[k]), load(weights(j, k) + v), sum);
          for (std::int64_t k = 0; k < n; ++k)
            sum = fma(broadcast(e.cosines[k]), load(weights(j, n + k) + v), sum);
          store(to + v, sum);
        }
      }
  }

  void add_gradients(int j, const EncoderGradient<T>& of) const {
    const std::int64_t width = place.encoder.width();
    const Encoded e{of.scratch, of.scratch + stride()};
    T* const deltas = of.scratch + 2 * stride();
    const T* const transposed = transpose_weights(j, deltas + padded<T>(width));
    T* const bias = of.sums + place.encoder.spans[2].row(j);
    for_deltas(place, of, j,
               [&](std::int64_t i, std::int64_t v, Vec<T> delta) LIGHTMLP_INLINED {
                 store(deltas + v, delta);
                 add_to(bias + v, delta);
                 if (v + lanes<T> < width) return;
                 encode(i, j, e);
                 add_weight_gradients(j, e, deltas, of.sums);
                 add_frequency_gradients(i, j, e, deltas, transposed, of.sums);
               });
  }

  Range rows_of(int parameter, int j) const { return equal_rows(place.encoder, parameter, j); }

 private:
  struct Encoded {
    T *sines, *cosines;
  };

  std::int64_t n_frequencies() const { return place.encoder.spans[0].n_columns; }
  std::int64_t stride() const { return padded<T>(n_frequencies()); }
  const T* weights(int j, std::int64_t k) const {
    return place.row(1, 2 * n_frequencies() * j + k);
  }

  void encode(std::int64_t i, int j, const Encoded& e) const {
    const Vec<T> x = broadcast(place.number(i, j));
    for (std::int64_t k = 0; k < stride(); k += lanes<T>) {
      const SineAndCosine<T> both(phase_in_turns<T>(load(place.row(0, j) + k) * x));
      store(e.sines + k, both.sine);
      store(e.cosines + k, both.cosine);
    }
  }

  // (width, 2 stride): for each output its weights of all sines and all cosines.
  const T* transpose_weights(int j, T* to) const {
    const std::int64_t n = n_frequencies();
    for (std::int64_t d = 0; d < place.encoder.width(); ++d)
      for (std::int64_t k = 0; k < n; ++k) {
        to[2 * d * stride() + k] = weights(j, k)[d];
        to[(2 * d + 1) * stride() + k] = weights(j, n + k)[d];
      }
    return to;
  }

  void add_weight_gradients(int j, const Encoded& e, const T* deltas, T* sums) const {
    const std::int64_t n = n_frequencies();
    const Span& span = place.encoder.spans[1];
    for (std::int64_t k = 0; k < 2 * n; ++k) {
      const Vec<T> value = broadcast(k < n ? e.sines[k] : e.cosines[k - n]);
      T* const sum = sums + span.row(2 * n * j + k);
      for (std::int64_t v = 0; v < span.columns(); v += lanes<T>)
        store(sum + v, fma(value, load(deltas + v), load(sum + v)));
    }
  }

  void add_frequency_gradients(std::int64_t i, int j, const Encoded& e, const T* deltas,
                               const T* transposed, T* sums) const {
    const Vec<T> slope = broadcast(T(6.283185307179586477) * place.number(i, j));
    T* const sum = sums + place.encoder.spans[0].row(j);
    for (std::int64_t k = 0; k < stride(); k += lanes<T>) {
      Vec<T> of_sine{}, of_cosine{};
      for (std::int64_t d = 0; d < place.encoder.width(); ++d) {
        const Vec<T> delta = broadcast(deltas[d]);
        of_sine = fma(delta, load(transposed + 2 * d * stride() + k), of_sine);
        of_cosine = fma(delta, load(transposed + (2 * d + 1) * stride() + k), of_cosine);
      }
      const Vec<T> of_phase = of_sine * load(e.cosines + k) - of_cosine * load(e.sines + k);
      add_to(sum + k, first_lanes<T>(slope * of_phase, n_frequencies() - k));
    }
  }
};

}  // namespace layers

}  // namespace lightmlp::LIGHTMLP_ISA
