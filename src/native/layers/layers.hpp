// The structs of all kinds of layers that kinds.hpp lists.
#pragma once

#include "activation.hpp"
#include "batch_norm.hpp"
#include "categorical_embedding.hpp"
#include "dropout.hpp"
#include "identity.hpp"
#include "layer_norm.hpp"
#include "linear.hpp"
#include "one_hot.hpp"
#include "parametric_activation.hpp"
#include "periodic_embedding.hpp"
#include "piecewise_linear_embedding.hpp"
#include "scale.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// Call function(struct) for a layer of a chain.
template <class T, class Function>
LIGHTMLP_INLINE void with_elementwise(const ChainPlace<T>& place, const Function& function) {
#define LIGHTMLP_CASE(kind) \
  case Elementwise::kind:   \
    return function(layers::kind<T>{place});
  switch (place.layer.kind) { LIGHTMLP_ELEMENTWISE(LIGHTMLP_CASE) }
#undef LIGHTMLP_CASE
}

// Call function(struct) for an encoder.
template <class T, class Function>
LIGHTMLP_INLINE void with_encoding(const EncoderPlace<T>& place, const Function& function) {
#define LIGHTMLP_CASE(kind) \
  case Encoding::kind:      \
    return function(layers::kind<T>{place});
  switch (place.encoder.kind) { LIGHTMLP_ENCODINGS(LIGHTMLP_CASE) }
#undef LIGHTMLP_CASE
}

}  // namespace lightmlp::LIGHTMLP_ISA
