// Losses with their links: from raw scores to outputs, loss values and deltas.
//
// A row's loss is summed over the outputs in their order, in double precision. The delta is
// d loss / d score (scikit-learn's convention: for the squared error, of the sum over the
// outputs). Each loss is a struct of the name that it has in Python, with a link and
// evaluate(outputs, results, truth); truth(row) points to the row's targets or class codes.
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
inline constexpr bool takes_codes = std::is_same_v<L, LogLoss> || std::is_same_v<L, Brier> ||
                                    std::is_same_v<L, Focal> || std::is_same_v<L, Hinge>;

// Call function(struct) for the chosen loss.
template <class Function>
LIGHTMLP_INLINE void with_loss(Loss loss, Function function) {
  switch (loss) {
    case Loss::squared_error:
      return function(SquaredError{});
    case Loss::absolute_error:
      return function(AbsoluteError{});
    case Loss::huber:
      return function(Huber{});
    case Loss::quantile:
      return function(Quantile{});
    case Loss::log_cosh:
      return function(LogCosh{});
    case Loss::poisson:
      return function(Poisson{});
    case Loss::gamma:
      return function(Gamma{});
    case Loss::tweedie:
      return function(Tweedie{});
    case Loss::binary_log_loss:
      return function(BinaryLogLoss{});
    case Loss::log_loss:
      return function(LogLoss{});
    case Loss::binary_brier:
      return function(BinaryBrier{});
    case Loss::brier:
      return function(Brier{});
    case Loss::binary_focal:
      return function(BinaryFocal{});
    case Loss::focal:
      return function(Focal{});
    case Loss::binary_hinge:
      return function(BinaryHinge{});
    case Loss::hinge:
      return function(Hinge{});
    case Loss::given:
      return function(Given{});
  }
}

// Replace scores (rows, n) by outputs.
template <class T>
void apply_link(const Outputs<T>& out) {
  with_loss(out.settings.kind, [&]<class L>(L) { L::template link<T>(out); });
}

// Losses and deltas of the outputs; the targets are target_row(row) or codes_of(row).
template <class T, class TargetRow, class CodesOf>
void evaluate_loss(const Outputs<T>& out, const Results<T>& results, TargetRow target_row,
                   CodesOf codes_of) {
  with_loss(out.settings.kind, [&]<class L>(L) {
    if constexpr (takes_codes<L>)
      L::evaluate(out, results, codes_of);
    else
      L::evaluate(out, results, target_row);
  });
}

}  // namespace lightmlp::LIGHTMLP_ISA
