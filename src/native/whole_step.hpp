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
      sum_squares(l, net_.gradients, sums);
    team_.synchronize();
    const double norm = __builtin_sqrt(total_of_columns(net_, net_.squared_columns));
    // Also if the norm is no number: divergence must not be hidden.
    if (norm <= largest) return team_.synchronize();
    const Vec<T> factor = broadcast(static_cast<T>(largest / norm));
    for (int l = net_.rules.n_frozen; l < net_.n_layers; ++l)
      for_own_vectors(l, [&](std::int64_t at) LIGHTMLP_INLINED {
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
        for_own_vectors(l, [&](std::int64_t at) LIGHTMLP_INLINED {
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
      sum_own_columns<Square>(team_, layer, net_.parameters, sums);
      const Part own = own_part_of(layer);
      for (std::int64_t j = own.columns.begin; j < own.columns.end; j += lanes<T>) {
        const Vec<T> norm = square_root(load(sums + j));
        const Vec<T> limit = broadcast(static_cast<T>(largest));
        store(sums + j, norm > limit ? limit / norm : broadcast(T(1)));
      }
      for_weights(layer, own,
                  [&](std::int64_t at, std::int64_t, std::int64_t j) LIGHTMLP_INLINED {
                    store(net_.parameters + at, load(net_.parameters + at) * load(sums + j));
                  });
    }
  }

  void renew_transposed() const {
    for (int l = net_.rules.n_frozen; l < net_.n_layers; ++l)
      if (l > 0) transpose_part(net_, l, own_part_of(net_.layers[l]));
  }

 private:
  Part own_part_of(const Layer<T>& layer) const {
    return {{0, layer.n_inputs}, own_columns(team_, layer)};
  }

  // function(offset) for each vector of this thread's columns of W, of the bias or shift, and
  // of the scale.
  template <class Function>
  LIGHTMLP_INLINE void for_own_vectors(int l, const Function& function) const {
    const Layer<T>& layer = net_.layers[l];
    const Part own = own_part_of(layer);
    for_weights(layer, own, [&](std::int64_t at, std::int64_t, std::int64_t) LIGHTMLP_INLINED {
      function(at);
    });
    for_trained_bias(layer, own.columns, function);
  }

  // Over the own columns of W, of the bias or shift and of the scale; zeros for frozen layers.
  void sum_squares(int l, const T* values, T* sums) const {
    const Layer<T>& layer = net_.layers[l];
    const Range columns = own_columns(team_, layer);
    if (l < net_.rules.n_frozen) {
      for (std::int64_t j = columns.begin; j < columns.end; ++j) sums[j] = T(0);
      return;
    }
    sum_own_columns<Square>(team_, layer, values, sums);
    T* const own = sums + columns.begin;
    sum_columns<Square>(values + layer.bias + columns.begin, layer.stride,
                        n_trained_bias_rows(layer.normalization), columns.size(), own,
                        [=](std::int64_t j, Vec<T> sum)
                            LIGHTMLP_INLINED { store(own + j, sum); });
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
