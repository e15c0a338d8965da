"""Who takes part. A new rival is one function here and one row in ``RIVALS``.

A function imports its library, so that a missing one is skipped, and returns a
:class:`Rival`. One that has no estimators of scikit-learn's kind gives ``estimators=None``
and takes part in the training steps only.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["BASELINE", "OURS", "RIVALS", "Rival", "available_rivals"]

BASELINE = "scikit-learn"
OURS = "LightMLP"


@dataclass(frozen=True)
class Rival:
    """A library that can be measured.

    Parameters
    ----------
    train : callable
        ``train(kind, settings, X, y)``, a whole fit with scikit-learn's settings, returns
        the mean loss of each epoch. ``kind`` is ``"classifier"`` or ``"regressor"``.
    thread_limits : tuple of int or None
        Settings to try; the best one counts. None leaves the choice to the library.
    estimators : dict or None
        The estimator class of each kind.
    """

    name: str
    version: str
    train: Callable[[str, dict[str, Any], Any, Any], list[float]]
    thread_limits: tuple[int | None, ...]
    estimators: dict[str, Any] | None


def scikit_learn() -> Rival:
    """The baseline, with one BLAS thread and with one a core."""
    import sklearn
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    estimators = {"classifier": MLPClassifier, "regressor": MLPRegressor}
    limits = tuple(sorted({1, usable_cores()}))
    return Rival(BASELINE, sklearn.__version__, _fit_with(estimators), limits, estimators)


def lightmlp() -> Rival:
    """This package, choosing its threads itself."""
    import lightmlp
    from lightmlp import MLPClassifier, MLPRegressor

    estimators = {"classifier": MLPClassifier, "regressor": MLPRegressor}
    return Rival(OURS, lightmlp.__version__, _fit_with(estimators), (None,), estimators)


RIVALS = {BASELINE: scikit_learn, OURS: lightmlp}


def available_rivals() -> list[Rival]:
    """Return the rivals whose library is installed."""
    rivals = []
    for name, load in RIVALS.items():
        try:
            rivals.append(load())
        except ImportError as error:
            if name in (BASELINE, OURS):
                raise
            print(f"{name} does not take part: {error}")
    return rivals


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _fit_with(
    estimators: dict[str, Any],
) -> Callable[[str, dict[str, Any], Any, Any], list[float]]:
    def train(kind: str, settings: dict[str, Any], X: Any, y: Any) -> list[float]:
        return [float(loss) for loss in estimators[kind](**settings).fit(X, y).loss_curve_]

    return train
