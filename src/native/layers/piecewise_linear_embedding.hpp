// A number by the bins that it fills: f(sum_t e_t W[t] + b) for each column, where
//
//   e_t = (x - edge_t) / (edge_{t+1} - edge_t)
//
// is cut below at 0, but for the first bin, and above at 1, but for the last one.
#pragma once

#include "encoding.hpp"

namespace lightmlp::LIGHTMLP_ISA::layers {

template <class T>
struct PiecewiseLinearEmbedding {
  EncoderPlace<T> place;

  void forward(Range rows, T* encoded, T*) const {
    const std::int64_t width = place.encoder.width();
    for (int j = 0; j < place.encoder.n_columns; ++j) {
      const T* const bias = place.row(1, j);
      for (std::int64_t i = rows.begin; i < rows.end; ++i) {
        T* const to = encoded + i * place.stride + place.begin(j);
        for (std::int64_t v = 0; v < width; v += lanes<T>) {
          Vec<T> sum = load(bias + v);
          for_filled_bins(place.number(i, j), j, [&](std::int64_t bin, T e) LIGHTMLP_INLINED {
            sum = fma(broadcast(e), load(place.row(0, bin) + v), sum);
          });
          store(to + v, sum);
        }
      }
    }
  }

  void add_gradients(int j, const EncoderGradient<T>& of) const {
    T* const bias = of.sums + place.encoder.spans[1].row(j);
    for_deltas(
        place, of, j, [&](std::int64_t i, std::int64_t v, Vec<T> delta) LIGHTMLP_INLINED {
          add_to(bias + v, delta);
          for_filled_bins(place.number(i, j), j, [&](std::int64_t bin, T e) LIGHTMLP_INLINED {
            T* const sum = of.sums + place.encoder.spans[0].row(bin) + v;
            store(sum, fma(broadcast(e), delta, load(sum)));
          });
        });
  }

  Range rows_of(int parameter, int j) const {
    return parameter == 0 ? bins(j) : equal_rows(place.encoder, parameter, j);
  }

 private:
  // Rows of W of column j, which has one edge more than bins.
  Range bins(int j) const {
    return {place.encoder.starts[j] - j, place.encoder.starts[j + 1] - j - 1};
  }

  // function(row of W, e) for each bin with e != 0, or the first one: those below x are full.
  template <class Function>
  LIGHTMLP_INLINE void for_filled_bins(double x, int j, const Function& function) const {
    const double* const edges = place.encoder.values + place.encoder.starts[j];
    const Range own = bins(j);
    std::int64_t n_full = 0;
    for (std::int64_t t = 1; t < own.size(); ++t) n_full += x > edges[t];
    for (std::int64_t t = 0; t < n_full; ++t) function(own.begin + t, T(1));
    const double e = (x - edges[n_full]) / (edges[n_full + 1] - edges[n_full]);
    function(own.begin + n_full, static_cast<T>(e));
  }
};

}  // namespace lightmlp::LIGHTMLP_ISA::layers
