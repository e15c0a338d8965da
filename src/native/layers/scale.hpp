// One factor per column: y = s x.
#pragma once

#include "elementwise.hpp"

namespace lightmlp::LIGHTMLP_ISA::layers {

template <class T>
struct Scale {
  ChainPlace<T> place;

  void forward(const Tile& tile, const T* x, T* y) const {
    const T* const scale = place.parameter(tile);
    tile.template for_vectors<T>([=](std::int64_t at, std::int64_t j) LIGHTMLP_INLINED {
      store(y + at, load(scale + j) * load(x + at));
    });
  }

  void backward(const Tile& tile, const T* x, const T*, T* deltas, T* products) const {
    const T* const scale = place.parameter(tile);
    tile.template for_vectors<T>([=](std::int64_t at, std::int64_t j) LIGHTMLP_INLINED {
      const Vec<T> delta = load(deltas + at);
      store(products + at, delta * load(x + at));
      store(deltas + at, delta * load(scale + j));
    });
  }
};

}  // namespace lightmlp::LIGHTMLP_ISA::layers
