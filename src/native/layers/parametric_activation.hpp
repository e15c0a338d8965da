// An activation function that each neuron blends with the identity: y = (1 - c) x + c f(x).
#pragma once

#include "../activations.hpp"
#include "elementwise.hpp"

namespace lightmlp::LIGHTMLP_ISA::layers {

template <class T>
struct ParametricActivation {
  ChainPlace<T> place;

  void forward(const Tile& tile, const T* x, T* y) const {
    const T* const blend = place.parameter(tile);
    with_activation(place.layer.activation, [&]<class F>(F) {
      tile.template for_vectors<T>([=](std::int64_t at, std::int64_t j) LIGHTMLP_INLINED {
        const Vec<T> z = load(x + at);
        store(y + at, fma(load(blend + j), F::template forward<T>(z) - z, z));
      });
    });
  }

  void backward(const Tile& tile, const T* x, const T*, T* deltas, T* products) const {
    const T* const blend = place.parameter(tile);
    const bool of_z = reads_z(place.layer.activation);
    with_activation(place.layer.activation, [&]<class F>(F) {
      tile.template for_vectors<T>([=](std::int64_t at, std::int64_t j) LIGHTMLP_INLINED {
        const Vec<T> z = load(x + at), delta = load(deltas + at);
        const Vec<T> a = F::template forward<T>(z);
        const Vec<T> through = F::template backward<T>(of_z ? z : a, delta);
        store(products + at, delta * (a - z));
        store(deltas + at, fma(load(blend + j), through - delta, delta));
      });
    });
  }
};

}  // namespace lightmlp::LIGHTMLP_ISA::layers
