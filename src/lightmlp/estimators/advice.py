"""What to do about a fit that did not converge, where the scales of y or X can be the reason.

The thresholds come from tables of real data, scaled, whose columns and targets were then
multiplied and shifted. The default network loses nothing with a target whose deviation or mean
is 3 and little with a deviation of 10. It loses some of its score with a deviation of 30 or 0.1
or a mean of 10, and all of it with a mean of 30. Columns a hundred times as wide as others cost
a fifth of the score or more. Narrow columns beside those of deviation 1 cost little, and often
are rare categories, words or pixels.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.exceptions import ConvergenceWarning

from .. import reporting
from ..engines.base import TrainingData
from ..network import Columns, MixedTable, Network
from ..training.callbacks import evenly_spaced
from ..training.plan import FitPlan, Names
from .moments import column_moments

__all__ = ["warn_of_scales"]

Array = NDArray[Any]

_WIDE_TARGET, _NARROW_TARGET, _FAR_MEAN = 30.0, 0.1, 10.0
_WIDE_COLUMN, _WIDE_RATIO = 10.0, 100.0
_MOST_ROWS, _LEAST_ROWS, _MOST_ENTRIES = 1000, 100, 200_000  # a fit may be one short epoch


def warn_of_scales(plan: FitPlan) -> None:
    """Advise, in one warning, on scales that can have kept a fit from converging.

    Parameters
    ----------
    plan : FitPlan
        What was fitted, without having converged.

    Warns
    -----
    ConvergenceWarning
        Whoever silences those does not ask for the reasons either.
    """
    X, targets, weights = _sample(plan.data)
    found = []
    if _reads_unit(plan):
        found.append(_on_targets(*column_moments(targets, weights)))
    if _reads_numbers(plan.network):
        numbers = X.numbers if isinstance(X, MixedTable) else X
        found.append(_on_columns(plan.names, numbers, column_moments(numbers, weights)[1]))
    if any(found):
        reporting.warn(
            f"Scales can be why training did not converge. {' '.join(filter(None, found))}",
            ConvergenceWarning,
            verbose=plan.verbose,
        )


def _sample(data: TrainingData) -> tuple[Any, Array, Array | None]:
    """Return rows that count, evenly spaced: X, targets and weights."""
    X, targets, weights = data.X, data.targets, data.sample_weight
    n_rows = min(_MOST_ROWS, max(_LEAST_ROWS, _MOST_ENTRIES // X.shape[1]))
    if weights is None:  # without a list of all rows, which takes memory
        last = X.shape[0] - 1
        rows = np.linspace(0, last, min(n_rows, last + 1)).astype(np.int64)
        return X[rows], targets[rows], None
    rows = evenly_spaced(np.flatnonzero(weights > 0), n_rows)
    return X[rows], targets[rows], weights[rows]


def _reads_numbers(network: Network) -> bool:
    """Whether numbers of X enter the first weights as they are."""
    first = network.layers[0]
    if not isinstance(first, Columns):
        return True
    return any(part.encoder is None for part in first.parts)


def _reads_unit(plan: FitPlan) -> bool:
    """Whether the outputs have to come to the unit of y; exp does so by the intercept."""
    names = plan.names
    is_free = plan.network.formulas.inverse_link_name != "exp"
    return names.is_regressor and is_free and not names.scales_target


def _on_targets(means: Array, deviations: Array) -> str | None:
    """Advise on a target that lies far from where the outputs of a new network do."""
    offsets = np.abs(means)
    far = (deviations >= _WIDE_TARGET) | (offsets >= np.maximum(_FAR_MEAN, deviations))
    narrow = (deviations > 0) & (deviations <= _NARROW_TARGET)
    if far.any():
        worst = int((far * np.maximum(offsets, deviations)).argmax())
    elif narrow.any():
        worst = int(np.where(narrow, deviations, np.inf).argmin())
    else:
        return None
    which = "y" if len(means) == 1 else f"y[:, {worst}]"
    return (
        f"{which} has the mean {_text(means[worst])} and the standard deviation "
        f"{_text(deviations[worst])}, far from the 0 and 1 that suit a network: set "
        "scale_target=True, or wrap the regressor in TransformedTargetRegressor(..., "
        "transformer=StandardScaler())."
    )


def _on_columns(names: Names, X: Any, deviations: Array) -> str | None:
    """Advise on columns that are much wider than others; constant ones do not count."""
    varying = np.flatnonzero(deviations)
    if len(varying) == 0:
        return None
    low, high = (varying[pick(deviations[varying])] for pick in (np.argmin, np.argmax))
    if deviations[high] < max(_WIDE_COLUMN, _WIDE_RATIO * deviations[low]):
        return None
    features = names.features
    low_name, high_name = (
        f"column {index}" if features is None else _name(features[index])
        for index in (low, high)
    )
    ratio = deviations[high] / deviations[low]
    scaler = "StandardScaler(with_mean=False)" if issparse(X) else "StandardScaler()"
    return (
        f"The columns of X have standard deviations from {_text(deviations[low])} ({low_name}) "
        f"to {_text(deviations[high])} ({high_name}), a ratio of {_text(ratio)}: scale them, "
        f"as by make_pipeline({scaler}, {names.estimator}(...))."
    )


def _name(feature: Any) -> str:
    """Name a column by its name, or by its number where categories stand between."""
    return f"column {feature}" if isinstance(feature, int) else repr(str(feature))


def _text(value: float) -> str:
    """Write two digits, which are enough to see the order."""
    return f"{float(f'{value:.1e}'):,g}"
