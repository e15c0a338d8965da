// The kinds of everything that a network and its training consist of. Each list is the one
// place where a kind is named: the enumeration, the names that Python uses and the switches
// that pick a struct are made of it.
#pragma once

#include <cstdint>

#include "panels.hpp"

namespace lightmlp {

// X(name, struct, whether the derivative is a function of z and not of a = f(z))
#define LIGHTMLP_ACTIVATIONS(X)       \
  X(identity, Identity, false)        \
  X(logistic, Logistic, false)        \
  X(tanh, Tanh, false)                \
  X(relu, Relu, false)                \
  X(leaky_relu, LeakyRelu, false)     \
  X(relu6, Relu6, false)              \
  X(squared_relu, SquaredRelu, true)  \
  X(elu, Elu, false)                  \
  X(selu, Selu, false)                \
  X(celu, Celu, false)                \
  X(softplus, Softplus, true)         \
  X(silu, Silu, true)                 \
  X(gelu, Gelu, true)                 \
  X(gelu_tanh, GeluTanh, true)        \
  X(mish, Mish, true)                 \
  X(hard_silu, HardSilu, true)        \
  X(softsign, Softsign, false)        \
  X(hard_tanh, HardTanh, false)       \
  X(hard_sigmoid, HardSigmoid, false) \
  X(lecun_tanh, LecunTanh, false)

// X(name, struct)
#define LIGHTMLP_LOSSES(X)          \
  X(squared_error, SquaredError)    \
  X(absolute_error, AbsoluteError)  \
  X(huber, Huber)                   \
  X(quantile, Quantile)             \
  X(log_cosh, LogCosh)              \
  X(poisson, Poisson)               \
  X(gamma, Gamma)                   \
  X(tweedie, Tweedie)               \
  X(binary_log_loss, BinaryLogLoss) \
  X(log_loss, LogLoss)              \
  X(binary_brier, BinaryBrier)      \
  X(brier, Brier)                   \
  X(binary_focal, BinaryFocal)      \
  X(focal, Focal)                   \
  X(binary_hinge, BinaryHinge)      \
  X(hinge, Hinge)                   \
  X(given, Given)

// X(name, struct, values that it remembers of each parameter)
#define LIGHTMLP_OPTIMIZERS(X) \
  X(sgd, Sgd, 1)               \
  X(adam, Adam, 2)             \
  X(adamw, AdamW, 2)           \
  X(nadam, NAdam, 2)           \
  X(amsgrad, AmsGrad, 3)       \
  X(rmsprop, RmsProp, 2)       \
  X(adagrad, Adagrad, 1)       \
  X(adadelta, Adadelta, 2)     \
  X(lion, Lion, 1)             \
  X(muon, AdamW, 2) /* AdamW for all but hidden weights, whose steps are in muon.hpp */

// Kinds of layers have the names that they have in Python, and a struct in layers/.
#define LIGHTMLP_NORMALIZATIONS(X) \
  X(none)                          \
  X(BatchNorm)                     \
  X(LayerNorm)

// Layers that compute each value from one value.
#define LIGHTMLP_ELEMENTWISE(X) \
  X(Activation)                 \
  X(Dropout)                    \
  X(Scale)                      \
  X(ParametricActivation)

// Layers that encode columns of a table.
#define LIGHTMLP_ENCODINGS(X) \
  X(Identity)                 \
  X(OneHot)                   \
  X(CategoricalEmbedding)     \
  X(PeriodicEmbedding)        \
  X(PiecewiseLinearEmbedding)

#define LIGHTMLP_ENUMERATOR(name, ...) name,
enum class Activation { LIGHTMLP_ACTIVATIONS(LIGHTMLP_ENUMERATOR) };
enum class Loss { LIGHTMLP_LOSSES(LIGHTMLP_ENUMERATOR) };
enum class Optimizer { LIGHTMLP_OPTIMIZERS(LIGHTMLP_ENUMERATOR) };
enum class Normalization { LIGHTMLP_NORMALIZATIONS(LIGHTMLP_ENUMERATOR) };
enum class Elementwise { LIGHTMLP_ELEMENTWISE(LIGHTMLP_ENUMERATOR) };
enum class Encoding { LIGHTMLP_ENCODINGS(LIGHTMLP_ENUMERATOR) };
#undef LIGHTMLP_ENUMERATOR

// Whether z = inputs . W + b has to be kept for the derivative.
LIGHTMLP_EVERYWHERE constexpr bool reads_z(Activation activation) {
#define LIGHTMLP_READS_Z(name, structure, reads) reads,
  constexpr bool reads[] = {LIGHTMLP_ACTIVATIONS(LIGHTMLP_READS_Z)};
#undef LIGHTMLP_READS_Z
  return reads[static_cast<int>(activation)];
}

// Quantities that an optimiser remembers of each parameter.
inline constexpr int most_slots = 3;

LIGHTMLP_EVERYWHERE constexpr int n_slots(Optimizer kind) {
#define LIGHTMLP_SLOTS(name, structure, n) n,
  constexpr int n[] = {LIGHTMLP_OPTIMIZERS(LIGHTMLP_SLOTS)};
#undef LIGHTMLP_SLOTS
  return n[static_cast<int>(kind)];
}

}  // namespace lightmlp
