// Steps that need the complete gradients of a batch before the first weight changes: those cut
// to a norm, those that limit the norms of weights afterwards, and muon's. Each thread works on
// columns of its own, so that it has whole columns of weights.
#pragma once

#include "batch.hpp"
#include "muon.hpp"
#include "optimizers.hpp"

namespace lightmlp::LIGHTMLP_ISA {

template <class T>
bool needs_whole_gradients(const Network<T>& net, const OptimizerMemory<T>& memory) {
  return memory.settings.kind == Optimizer::muon || net.rules.clip_norm < __builtin_inf() ||
         net.rules.max_norm < __builtin_inf();
}

template <class T>
class WholeStep {
 public:
  WholeStep(const Team& team, const Network<T>& net, const OptimizerMemory<T>& memory)
      : team_(team), net_(net), memory_(memory) {}

  // Scale the gradient of all trained layers to at most this norm.
  void clip(double largest) const {
    T* sums = net_.squared_columns;
    for (int l = 0; l < net_.n_layers; sums += net_.layers[l].stride, ++l)
      sum_squares(l, net_.gradients, n_trained_rows(l), sums);
    team_.synchronize();
    const double norm = __builtin_sqrt(total_of_columns(net_, net_.squared_columns));
    // Also if the norm is no number: divergence must not be hidden.
    if (norm <= largest) return team_.synchronize();
    const Vec<T> factor = broadcast(static_cast<T>(largest / norm));
    for (int l = net_.rules.n_frozen; l < net_.n_layers; ++l)
      for_own_vectors(l, n_trained_rows(l), [&](std::int64_t at) LIGHTMLP_INLINED {
        store(net_.gradients + at, load(net_.gradients + at) * factor);
      });
    team_.synchronize();
  }

  void update(double learning_rate, std::int64_t n_steps) const {
    with_optimizer<T>(memory_.settings, [&]<class Optimizer>(Kind<Optimizer>) {
      for (int l = net_.rules.n_frozen; l < net_.n_layers; ++l) {
        const Layer<T>& layer = net_.layers[l];
        const double rate = net_.rules.rate(l, learning_rate);
        const Optimizer optimizer(memory_.settings, rate, n_steps);
        const T shrink = shrinkage<T>(memory_.settings, rate);
        for_own_vectors(l, n_trained_rows(l), [&](std::int64_t at) LIGHTMLP_INLINED {
          const T decay = at < layer.bias ? shrink : T(1);
          store(net_.parameters + at,
                optimizer.step(load(net_.parameters + at) * decay, load(net_.gradients + at),
                               memory_.slots, at));
        });
      }
    });
  }

  // Scale the weights that enter a neuron to at most this norm.
  void limit_norms(double largest) const {
    T* sums = net_.squared_columns;
    for (int l = 0; l < net_.n_layers; sums += net_.layers[l].stride, ++l) {
      if (l < net_.rules.n_frozen) continue;
      const Layer<T>& layer = net_.layers[l];
      sum_squares(l, net_.parameters, layer.n_inputs, sums);
      const Range columns = own_columns(l);
      for (std::int64_t j = columns.begin; j < columns.end; j += lanes<T>) {
        const Vec<T> norm = square_root(load(sums + j));
        const Vec<T> limit = broadcast(static_cast<T>(largest));
        store(sums + j, norm > limit ? limit / norm : broadcast(T(1)));
      }
      for_own_vectors(l, layer.n_inputs, [&](std::int64_t at) LIGHTMLP_INLINED {
        const std::int64_t column = (at - layer.weights) % layer.stride;
        store(net_.parameters + at, load(net_.parameters + at) * load(sums + column));
      });
    }
  }

  void renew_transposed() const {
    for (int l = net_.rules.n_frozen; l < net_.n_layers; ++l)
      if (l > 0) transpose_part(net_, l, Part{{0, net_.layers[l].n_inputs}, own_columns(l)});
  }

 private:
  Range own_columns(int l) const { return team_.share(net_.layers[l].stride, line<T>); }

  // Rows of W, of the bias or shift, and of the scale.
  std::int64_t n_trained_rows(int l) const {
    const Layer<T>& layer = net_.layers[l];
    return layer.n_inputs + n_trained_bias_rows(layer.normalization);
  }

  template <class Function>
  LIGHTMLP_INLINE void for_own_vectors(int l, std::int64_t rows, Function function) const {
    const Layer<T>& layer = net_.layers[l];
    const Range columns = own_columns(l);
    for (std::int64_t k = 0; k < rows; ++k)
      for (std::int64_t j = columns.begin; j < columns.end; j += lanes<T>)
        function(layer.weights + k * layer.stride + j);
  }

  // Zeros for frozen layers.
  void sum_squares(int l, const T* values, std::int64_t rows, T* sums) const {
    const Layer<T>& layer = net_.layers[l];
    const Range columns = own_columns(l);
    const bool is_frozen = l < net_.rules.n_frozen;
    sum_columns<Square>(values + layer.weights + columns.begin, layer.stride,
                        is_frozen ? 0 : rows, columns.size(), sums + columns.begin);
  }

  const Team& team_;
  const Network<T>& net_;
  const OptimizerMemory<T>& memory_;
};

// From the complete gradients of a batch; the loss is no longer needed.
template <class T>
void step_by_whole_gradients(const Team& team, const Network<T>& net,
                             const OptimizerMemory<T>& memory, double learning_rate,
                             std::int64_t n_steps) {
  const WholeStep<T> step(team, net, memory);
  const bool is_muon = memory.settings.kind == Optimizer::muon;
  const bool is_limited = net.rules.max_norm < __builtin_inf();
  if (net.rules.clip_norm < __builtin_inf()) step.clip(net.rules.clip_norm);
  if (is_muon)
    MuonStep<T>(team, net, memory, learning_rate, n_steps).run();
  else
    step.update(learning_rate, n_steps);
  if (is_limited) {
    team.synchronize();
    step.limit_norms(net.rules.max_norm);
  }
  if (is_limited || !is_muon) step.renew_transposed();
}

}  // namespace lightmlp::LIGHTMLP_ISA
