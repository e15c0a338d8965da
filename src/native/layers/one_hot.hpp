// A category as zeros and a one.
#pragma once

#include "encoding.hpp"

namespace lightmlp::LIGHTMLP_ISA::layers {

template <class T>
struct OneHot {
  EncoderPlace<T> place;

  void forward(Range rows, T* encoded, T*) const {
    for (std::int64_t i = rows.begin; i < rows.end; ++i) {
      T* const row = encoded + i * place.stride + place.encoder.begin;
      for (std::int64_t k = 0; k < place.encoder.n_outputs; ++k) row[k] = T(0);
      row[place.category(i)] = T(1);
    }
  }
  void add_gradients(int, const EncoderGradient<T>&) const {}
  Range rows_of(int, int) const { return {0, 0}; }
};

}  // namespace lightmlp::LIGHTMLP_ISA::layers
