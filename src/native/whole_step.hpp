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
  return memory.settings.kind == Optimizer::muon || net.clipping.norm < __builtin_inf() ||
         net.limits_norms;
}

template <class T>
class WholeStep {
 public:
  WholeStep(const Team& team, const Network<T>& net, const OptimizerMemory<T>& memory,
            const StepValues& values)
      : team_(team), net_(net), memory_(memory), values_(values) {}

  // Scale the gradient of all parameters that move to at most this norm.
  void clip(double largest) const {
    for (int s = 0; s < net_.n_spans; ++s) sum_squares(net_.spans[s]);
    team_.synchronize();
    const double norm = __builtin_sqrt(total_of_squares());
    // Also if the norm is no number: divergence must not be hidden.
    if (norm <= largest) return team_.synchronize();
    const Vec<T> factor = broadcast(static_cast<T>(largest / norm));
    for_moving([&](const Span& span) {
      for_vectors<T>(span, own_part_of(span),
                     [&](std::int64_t at, std::int64_t, std::int64_t) LIGHTMLP_INLINED {
                       store(net_.gradients + at, load(net_.gradients + at) * factor);
                     });
    });
    team_.synchronize();
  }

  // Muon's step for hidden weights, which is made by all threads together, comes last: those
  // weights alone are orthogonal.
  void update() const {
    with_optimizer<T>(memory_.settings, [&]<class Optimizer>(Kind<Optimizer>) {
      for_moving([&](const Span& span) {
        if (makes_orthogonal(span)) return;
        const Optimizer optimizer(memory_.settings, values_.rate(span.rule), values_.number);
        const T shrink = values_.shrinkage<T>(span.rule);
        for_vectors<T>(span, own_part_of(span),
                       [&](std::int64_t at, std::int64_t, std::int64_t) LIGHTMLP_INLINED {
                         store(net_.parameters + at,
                               optimizer.step(load(net_.parameters + at) * shrink,
                                              load(net_.gradients + at), memory_.slots, at));
                       });
      });
    });
    const MuonStep<T> muon(team_, net_, memory_, values_);
    for_moving([&](const Span& span) {
      if (makes_orthogonal(span)) muon.run(span);
    });
  }

  // Scale the weights that enter a neuron to at most the norm of their rule.
  void limit_norms() const {
    for_moving([&](const Span& span) {
      if (span.rule.max_norm == __builtin_inf()) return;
      T* const sums = net_.squared_columns + span.sums;
      const Vec<T> limit = broadcast(static_cast<T>(span.rule.max_norm));
      sum_own_columns<Square>(team_, span, net_.parameters, net_.squared_columns);
      const Part own = own_part_of(span);
      for (std::int64_t j = own.columns.begin; j < own.columns.end; j += lanes<T>) {
        const Vec<T> norm = square_root(load(sums + j));
        store(sums + j, norm > limit ? limit / norm : broadcast(T(1)));
      }
      for_vectors<T>(span, own,
                     [&](std::int64_t at, std::int64_t, std::int64_t j) LIGHTMLP_INLINED {
                       store(net_.parameters + at, load(net_.parameters + at) * load(sums + j));
                     });
    });
  }

  void renew_transposed() const {
    for (int l = 0; l < net_.n_layers; ++l) {
      const Span& weights = net_.layers[l].weights();
      if (weights.moves()) transpose_part(net_, l, own_part_of(weights));
    }
  }

 private:
  // The own columns: what a norm is summed over stays with one thread.
  Part own_part_of(const Span& span) const {
    return {{0, span.panels.rows}, own_columns<T>(team_, span.columns())};
  }

  bool makes_orthogonal(const Span& span) const {
    return memory_.settings.kind == Optimizer::muon && span.rule.is_orthogonal;
  }

  template <class Function>
  LIGHTMLP_INLINE void for_moving(const Function& function) const {
    for (int s = 0; s < net_.n_spans; ++s)
      if (net_.spans[s].moves()) function(net_.spans[s]);
  }

  // Of the gradient; what shares its columns is added to zeros if this one does not move.
  void sum_squares(const Span& span) const {
    if (span.moves())
      return sum_own_columns<Square>(team_, span, net_.gradients, net_.squared_columns);
    if (span.adds_to_sums) return;
    const Range own = own_columns<T>(team_, span.columns());
    for (std::int64_t j = own.begin; j < own.end; ++j)
      net_.squared_columns[span.sums + j] = T(0);
  }

  // Arrays that share columns have their sums in the same place.
  double total_of_squares() const {
    double total = 0.0;
    std::int64_t added = -1;
    for_moving([&](const Span& span) {
      if (span.sums == added) return;
      added = span.sums;
      total = total_of_columns(span, net_.squared_columns, total);
    });
    return total;
  }

  const Team& team_;
  const Network<T>& net_;
  const OptimizerMemory<T>& memory_;
  const StepValues& values_;
};

// From the complete gradients of a batch; the loss is no longer needed.
template <class T>
void step_by_whole_gradients(const Team& team, const Network<T>& net,
                             const OptimizerMemory<T>& memory, const StepValues& values) {
  const WholeStep<T> step(team, net, memory, values);
  if (net.clipping.norm < __builtin_inf()) step.clip(net.clipping.norm);
  step.update();
  if (memory.settings.kind == Optimizer::muon) team.synchronize();  // it divides rows
  if (net.limits_norms) step.limit_norms();
  step.renew_transposed();
}

}  // namespace lightmlp::LIGHTMLP_ISA
