"""scikit-learn and LightMLP, which have the same estimators."""

import warnings
from functools import partial
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..problems import (
    ITERATION_SETTINGS,
    OPTIONS,
    FitProblem,
    PredictionProblem,
    SearchProblem,
    TrainingProblem,
)
from .base import Run

__all__ = ["Contestant"]


class Contestant:
    """Either library, through its public estimators."""

    def __init__(self, name: str) -> None:
        self._name = name
        if name == "scikit-learn":
            from sklearn import neural_network as module
        else:
            import lightmlp as module  # type: ignore[no-redef]
        self._estimators = {
            "classifier": module.MLPClassifier,
            "regressor": module.MLPRegressor,
        }
        # Fits end at max_iter on purpose here; worker processes of a search inherit the
        # filter through the environment.
        warnings.filterwarnings("ignore", category=ConvergenceWarning)

    def training(self, problem: TrainingProblem) -> Run:
        """Fit from scratch in every run."""
        estimator = self._estimators[problem.kind]

        def run() -> float:
            model = estimator(**problem.estimator_settings()).fit(problem.X, problem.y)
            return float(model.loss_curve_[-1])

        return run

    def regularized(self, problem: TrainingProblem) -> Run:
        """Fit from scratch in every run."""
        if self._name.endswith("plain"):
            return self.training(problem)
        settings = {
            **problem.estimator_settings(),
            "solver": "adamw",
            "learning_rate": "cosine",
            "dropout": OPTIONS["dropout"],
            "normalization": "batch",
            "gradient_clip": OPTIONS["clip_norm"],
        }
        model = self._estimators[problem.kind](**settings)
        return lambda: float(model.fit(problem.X, problem.y).loss_curve_[-1])

    def whole_fit(self, problem: FitProblem) -> Run:
        """Fit from scratch in every run."""
        model = self._estimators["classifier"](**problem.settings)
        return lambda: float(model.fit(problem.X, problem.y).loss_)

    def prediction(self, problem: PredictionProblem) -> Run:
        """Predict with the given weights, which users may assign in both libraries."""
        n_classes = problem.widths[-1]
        y = np.arange(len(problem.X_fit)) % n_classes
        if problem.kind == "regressor":
            y = problem.X_fit[:, 0]
        model = self._estimators[problem.kind](
            hidden_layer_sizes=problem.widths[1:-1], **ITERATION_SETTINGS, max_iter=1
        )
        model.fit(problem.X_fit, y)
        model.coefs_, model.intercepts_ = problem.coefs, problem.intercepts

        def run() -> Any:
            for _ in range(problem.calls):
                predictions = model.predict(problem.X)
            return predictions

        return run

    def search(self, problem: SearchProblem) -> Run:
        """Search with scikit-learn's GridSearchCV."""
        from sklearn.model_selection import GridSearchCV

        search = GridSearchCV(
            self._estimators["classifier"](**problem.settings),
            problem.grid,
            cv=problem.n_folds,
            n_jobs=problem.n_jobs,
        )
        return partial(_best_score, search, problem.X, problem.y)


def _best_score(search: Any, X: Any, y: Any) -> float:
    return float(search.fit(X, y).best_score_)
