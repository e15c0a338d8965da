"""The demo's problems: two tables that ship with scikit-learn."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Problem", "diabetes", "digits"]


@dataclass(frozen=True)
class Problem:
    """A table, split and scaled, and the settings that both libraries use.

    ``kind`` is ``"MLPClassifier"`` or ``"MLPRegressor"``: the estimator's name in both.
    ``X_test_unscaled`` is for display.
    """

    title: str
    kind: str
    score_name: str
    X_train: NDArray[Any]
    X_test: NDArray[Any]
    y_train: NDArray[Any]
    y_test: NDArray[Any]
    X_test_unscaled: NDArray[Any]
    settings: dict[str, Any]

    @property
    def short_title(self) -> str:
        """Last word of the title, for the progress line."""
        return self.title.split()[-1]

    @property
    def description(self) -> str:
        """One line with rows, network and batch size."""
        n_outputs = len(np.unique(self.y_train)) if self.kind == "MLPClassifier" else 1
        hidden = self.settings["hidden_layer_sizes"]
        widths = "-".join(map(str, (self.X_train.shape[1], *hidden, n_outputs)))
        batch_size = self.settings["batch_size"]
        early = ", early stopping" if self.settings.get("early_stopping") else ""
        return (
            f"{len(self.X_train)} rows to train, {len(self.X_test)} to test; network "
            f"{widths}, adam, batches of {batch_size}{early}; {self.X_train.dtype}"
        )


def digits() -> Problem:
    """Handwritten digits, 8 x 8 pixels each, in ten classes."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return Problem(
        "Handwritten digits",
        "MLPClassifier",
        "accuracy",
        **_split_and_scale(X, y, stratify=y),
        settings={
            "hidden_layer_sizes": (128, 64),
            "batch_size": 200,
            "max_iter": 300,
            "random_state": 42,
        },
    )


def diabetes() -> Problem:
    """Progress of diabetes after one year, from ten measurements of a patient."""
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True)
    return Problem(
        "Progress of diabetes",
        "MLPRegressor",
        "R2",
        **_split_and_scale(X, y),
        settings={
            "hidden_layer_sizes": (64, 32),
            "batch_size": 32,
            "max_iter": 1000,
            "early_stopping": True,
            "random_state": 42,
        },
    )


def _split_and_scale(
    X: NDArray[Any], y: NDArray[Any], stratify: NDArray[Any] | None = None
) -> dict[str, NDArray[Any]]:
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler

    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.25, random_state=42, stratify=stratify
    )
    scaler = StandardScaler().fit(X_train)
    return {
        "X_train": scaler.transform(X_train),
        "X_test": scaler.transform(X_test),
        "y_train": y_train,
        "y_test": y_test,
        "X_test_unscaled": X_test,
    }
