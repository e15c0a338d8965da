"""Who takes part: scikit-learn and LightMLP."""

import os
from dataclasses import dataclass
from typing import Any

__all__ = ["BASELINE", "OURS", "Rival", "all_rivals", "usable_cores"]

BASELINE = "scikit-learn"
OURS = "LightMLP"


@dataclass(frozen=True)
class Rival:
    """A library that can be measured.

    Parameters
    ----------
    estimators : dict
        The estimator class of each kind, ``"classifier"`` and ``"regressor"``.
    thread_limits : tuple of int or None
        Settings to try; the best one counts. None leaves the choice to the library.
    """

    name: str
    version: str
    estimators: dict[str, Any]
    thread_limits: tuple[int | None, ...]

    def train(self, kind: str, settings: dict[str, Any], X: Any, y: Any) -> list[float]:
        """Fit with scikit-learn's settings and return the mean loss of each epoch."""
        return [float(loss) for loss in self.estimators[kind](**settings).fit(X, y).loss_curve_]


def all_rivals() -> list[Rival]:
    """Return the baseline, with one BLAS thread and with one a core, and LightMLP."""
    import sklearn
    from sklearn import neural_network

    import lightmlp

    limits = tuple(sorted({1, usable_cores()}))
    return [
        Rival(BASELINE, sklearn.__version__, _estimators(neural_network), limits),
        Rival(OURS, lightmlp.__version__, _estimators(lightmlp), (None,)),
    ]


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _estimators(module: Any) -> dict[str, Any]:
    return {"classifier": module.MLPClassifier, "regressor": module.MLPRegressor}
