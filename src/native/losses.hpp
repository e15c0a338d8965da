// Losses with their links: from raw scores to outputs, loss values and deltas.
//
// A row's loss is summed over the outputs in their order, in double precision. The delta is
// d loss / d score (scikit-learn's convention: for the squared error, of the sum over the
// outputs). Each loss is a struct of the name that it has in Python, with an inverse link and
// evaluate(outputs, results, truth); truth(row) points to the row's targets or class indices.
#pragma once

#include <type_traits>

#include "losses/brier.hpp"
#include "losses/deviances.hpp"
#include "losses/focal.hpp"
#include "losses/given.hpp"
#include "losses/hinge.hpp"
#include "losses/log_losses.hpp"
#include "losses/quantiles.hpp"
#include "losses/regression_losses.hpp"

namespace lightmlp::LIGHTMLP_ISA {

template <class L>
inline constexpr bool takes_class_indices =
    std::is_same_v<L, LogLoss> || std::is_same_v<L, Brier> || std::is_same_v<L, Focal> ||
    std::is_same_v<L, Hinge>;

// Call function(struct) for the chosen loss.
template <class Function>
LIGHTMLP_INLINE void with_loss(Loss loss, Function function) {
#define LIGHTMLP_CASE(name, structure) \
  case Loss::name:                     \
    return function(structure{});
  switch (loss) { LIGHTMLP_LOSSES(LIGHTMLP_CASE) }
#undef LIGHTMLP_CASE
}

// Replace scores (rows, n) by outputs.
template <class T>
void apply_inverse_link(const Outputs<T>& out) {
  with_loss(out.settings.kind, [&]<class L>(L) { L::template inverse_link<T>(out); });
}

// Losses and deltas of the outputs; the targets are target_row(row) or classes_of(row).
template <class T, class TargetRow, class ClassesOf>
void evaluate_loss(const Outputs<T>& out, const Results<T>& results, TargetRow target_row,
                   ClassesOf classes_of) {
  with_loss(out.settings.kind, [&]<class L>(L) {
    if constexpr (takes_class_indices<L>)
      L::evaluate(out, results, classes_of);
    else
      L::evaluate(out, results, target_row);
  });
}

}  // namespace lightmlp::LIGHTMLP_ISA
