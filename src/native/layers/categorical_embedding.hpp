// A row of a table of weights for each category.
#pragma once

#include "encoding.hpp"

namespace lightmlp::LIGHTMLP_ISA::layers {

template <class T>
struct CategoricalEmbedding {
  EncoderPlace<T> place;

  void forward(Range rows, T* encoded, T*) const {
    for (std::int64_t i = rows.begin; i < rows.end; ++i) {
      const T* const from = place.row(0, place.category(i));
      T* const to = encoded + i * place.stride + place.encoder.begin;
      for (std::int64_t v = 0; v < place.encoder.n_outputs; v += lanes<T>)
        store(to + v, load(from + v));
    }
  }

  // Rows that do not occur stay as they are.
  void add_gradients(int j, const EncoderGradient<T>& of) const {
    for_deltas(place, of, j,
               [&](std::int64_t i, std::int64_t v, Vec<T> delta) LIGHTMLP_INLINED {
                 add_to(of.sums + place.encoder.spans[0].row(place.category(i)) + v, delta);
               });
  }

  Range rows_of(int parameter, int j) const { return equal_rows(place.encoder, parameter, j); }
};

}  // namespace lightmlp::LIGHTMLP_ISA::layers
