// An activation function as a layer of a chain: y = f(x).
#pragma once

#include "../activations.hpp"
#include "elementwise.hpp"

namespace lightmlp::LIGHTMLP_ISA::layers {

template <class T>
struct Activation {
  ChainPlace<T> place;

  void forward(const Tile& tile, const T* x, T* y) const {
    if (place.layer.activation == lightmlp::Activation::identity) {
      if (x == y) return;
      return tile.template for_vectors<T>(
          [=](std::int64_t at, std::int64_t) LIGHTMLP_INLINED { store(y + at, load(x + at)); });
    }
    activate(place.layer.activation, x, y, tile.stride, tile.rows, tile.columns);
  }

  void backward(const Tile& tile, const T* x, const T* y, T* deltas, T*) const {
    const T* const of = reads_z(place.layer.activation) ? x : y;
    differentiate(place.layer.activation, of, deltas, tile.stride, tile.rows, tile.columns);
  }
};

}  // namespace lightmlp::LIGHTMLP_ISA::layers
