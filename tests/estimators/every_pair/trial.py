"""A case of options, made into a model, data and calls."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from lightmlp import MLPClassifier

from .covering_array import Case
from .options import PARAMETERS

N_ROWS = 40


def _rows(kind: str, dtype: str, rng: np.random.RandomState) -> Any:
    X = rng.normal(size=(N_ROWS, 4)).astype(dtype)
    if kind == "Fortran":
        return np.asfortranarray(X)
    if kind == "CSR":
        return sparse.csr_matrix(X * (rng.random_sample(X.shape) < 0.6).astype(dtype))
    return pd.DataFrame(X, columns=list("abcd")) if kind == "pandas" else X


def _targets(kind: str) -> np.ndarray:
    """Of both parts of a split, all classes are."""
    i = np.arange(N_ROWS)
    one, other = i % 2, i // 2 % 2
    return {
        "binary": one,
        "three classes": i % 3,
        "labels": np.column_stack([one, other, one & other]),
        "columns": np.column_stack([5 + i % 3, 2 + other]),
        "one": 0.5 + i % 5,
        "two": np.column_stack([0.5 + i % 5, 0.2 + other]),
    }[kind]


@dataclass
class Trial:
    """One case: what to construct, and what to call it with."""

    cls: type
    case: Case

    def __post_init__(self) -> None:
        rng = np.random.RandomState(0)
        self.X = _rows(self.case["X"], self.case["dtype"], rng)
        self.X_val = _rows(self.case["X"], self.case["dtype"], rng)
        self.y = _targets(self.case["y"])
        weights = 0.5 + np.arange(N_ROWS) % 3
        self.sample_weight = weights if self.case["weights"] == "some" else None
        self.fit_arguments: dict[str, Any] = {}
        if self.case["rows to validate"] != "none":
            self.fit_arguments |= {"X_val": self.X_val, "y_val": self.y}
        if self.case["rows to validate"] == "weighted":
            self.fit_arguments["sample_weight_val"] = weights
        if self.case["validation_split"] == "by_group":
            self.fit_arguments["groups"] = np.arange(N_ROWS) // 4

    def model(self, **replaced: Any) -> Any:
        values = PARAMETERS[self.cls]
        parameters = {name: row[self.case[name]] for name, row in values.items()}
        return self.cls(**deepcopy(parameters | replaced))

    def fitted(self, **replaced: Any) -> Any:
        """Return a model after the case's calls."""
        model, calls = self.model(**replaced), self.case["calls"]
        np.random.seed(0)  # what random_state=None draws from
        if calls == "partial_fit":
            return self._partial_fit(model)
        more = self.fit_arguments
        if calls == "init_from":
            source = self.cls(
                hidden_layer_sizes=model.hidden_layer_sizes,
                loss=model.loss,
                activation=model.activation,
                normalization=model.normalization,
                max_iter=1,
                tol=10,
                random_state=5,
                solver="sgd",
            )
            more = more | {"init_from": source.fit(self.X, self.y)}
        model.fit(self.X, self.y, self.sample_weight, **more)
        if calls == "fit, fit":
            model.fit(self.X, self.y, self.sample_weight, **more)
        return self._partial_fit(model) if calls == "fit, partial_fit" else model

    def _partial_fit(self, model: Any) -> Any:
        more: dict[str, Any] = {}
        if self.cls is MLPClassifier:
            columns = self.y.T if self.case["y"] == "columns" else [self.y]
            classes = [np.unique(column) for column in columns]
            more["classes"] = classes if self.case["y"] == "columns" else classes[0]
            if self.case["y"] == "labels":
                more["classes"] = np.arange(3)
        return model.partial_fit(self.X, self.y, self.sample_weight, **more)
