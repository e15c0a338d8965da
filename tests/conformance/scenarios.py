"""Random scenarios: every parameter, many kinds of data, several orders of calls."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import sklearn
from scipy import sparse
from sklearn.utils.fixes import parse_version

from .comparison import Call, Scenario

N_FEATURES = 4
# Before, upstream failed on the validation score of labels that are text.
TEXT_STOPS_EARLY = parse_version(sklearn.__version__) >= parse_version("1.9")
PARAMETER_CHOICES: dict[str, list[Any]] = {
    "hidden_layer_sizes": [(), (5,), 4, [3, 2], np.array([4, 3]), (6, 3, 2), np.int64(7)],
    "activation": ["identity", "logistic", "tanh", "relu"],
    "solver": ["adam", "adam", "sgd", "sgd", "lbfgs"],
    "alpha": [0, 1e-4, 0.1, 10],
    "batch_size": ["auto", 1, 7, 16, "n_samples", "more than n_samples"],
    "learning_rate": ["constant", "invscaling", "adaptive"],
    "learning_rate_init": [1e-3, 1e-2, 0.05],
    "power_t": [0, 0.25, 0.5, 1.5],
    "max_iter": [1, 4, 12, 30],
    "shuffle": [True, True, False],
    "random_state": [0, 1, np.int64(2), None, np.random.RandomState],
    "tol": [0, 1e-4, 1e-2, 0.5],
    "verbose": [False, True, 0, 2],
    "warm_start": [False, True],
    "momentum": [0, 0.5, 0.9, 1],
    "nesterovs_momentum": [True, False],
    "early_stopping": [False, False, True],
    "validation_fraction": [0.1, 0.3],
    "beta_1": [0, 0.5, 0.9],
    "beta_2": [0.9, 0.999],
    "epsilon": [1e-8, 1e-3],
    "n_iter_no_change": [1, 2, 10, np.inf],
    "max_fun": [3, 15000],
}


def choose(rng: np.random.RandomState, options: Sequence[Any]) -> Any:
    """Pick one option without turning it into an array."""
    return options[rng.randint(len(options))]


def random_parameters(rng: np.random.RandomState, n_samples: int) -> dict[str, Any]:
    """Draw a value for most parameters; the others keep their defaults."""
    parameters = {
        name: choose(rng, options)
        for name, options in PARAMETER_CHOICES.items()
        if rng.rand() < 0.8
    }
    sizes = {"n_samples": n_samples, "more than n_samples": n_samples + 5}
    if parameters.get("batch_size") in sizes:
        parameters["batch_size"] = sizes[parameters["batch_size"]]
    parameters.setdefault("max_iter", 10)
    return parameters


def random_rows(rng: np.random.RandomState, n_samples: int, dtype: Any) -> Any:
    """Draw X in one of the containers that people pass."""
    X = rng.normal(size=(n_samples, N_FEATURES)).astype(dtype)
    container = choose(rng, ["dense", "dense", "fortran", "csr", "csc", "list", "frame"])
    if container in ("csr", "csc"):
        X[rng.rand(*X.shape) < 0.5] = 0
        return getattr(sparse, f"{container}_{choose(rng, ['matrix', 'array'])}")(X)
    if container == "fortran":
        return np.asfortranarray(X)
    if container == "list" and dtype is np.float64:
        return X.tolist()
    if container == "frame":
        return as_frame(X)
    return X


def as_frame(X: Any) -> Any:
    """Return X with column names, or as it is where pandas is not installed."""
    try:
        import pandas as pd
    except ImportError:
        return X
    return pd.DataFrame(X, columns=[f"column {index}" for index in range(X.shape[1])])


def random_labels(rng: np.random.RandomState, n_samples: int) -> Any:
    """Draw a classifier's targets, each class at least twice."""
    codes = np.resize(np.arange(3), n_samples)
    rng.shuffle(codes)
    binary = codes % 2
    kinds = [
        binary,
        codes,
        np.array(["no", "yes"])[binary],
        np.array(["red", "green", "blue"], dtype=object)[codes],
        binary == 1,
        np.where(binary, 1.0, -1.0),
        binary.reshape(-1, 1),
        np.full(n_samples, 3),
        (rng.rand(n_samples, 3) < 0.5).astype(int),
    ]
    return choose(rng, kinds)


def random_targets(rng: np.random.RandomState, n_samples: int, loss: str) -> Any:
    """Draw a regressor's targets, counts for the poisson loss."""
    n_outputs = choose(rng, [None, None, 1, 3])
    shape = (n_samples,) if n_outputs is None else (n_samples, n_outputs)
    if loss == "poisson":
        return rng.poisson(2.0, size=shape)
    y = rng.normal(size=shape)
    return choose(rng, [y, (10 * y).astype(int), y.tolist()])


def random_calls(
    rng: np.random.RandomState, parameters: dict[str, Any], X: Any, y: Any
) -> list[Call]:
    """Draw an order of calls that the parameters allow."""
    weights: dict[str, Any] = {}
    if rng.rand() < 0.4:
        weights["sample_weight"] = random_weights(rng, parameters, len(y))
    fit = Call("fit", (X, y), weights)
    if parameters.get("solver") == "lbfgs" or parameters.get("early_stopping"):
        return [fit] * choose(rng, [1, 1, 2])
    partial_fit = Call("partial_fit", (X, y), weights)
    return choose(rng, [[fit], [fit, fit], [fit, partial_fit, partial_fit], [fit] * 3])


def random_weights(
    rng: np.random.RandomState, parameters: dict[str, Any], n_samples: int
) -> Any:
    """Draw weights; some are zero where no batch can consist of these alone."""
    weights = rng.uniform(0.1, 3, size=n_samples)
    kind = choose(rng, ["real", "integer", "float32", "list", "with zeros"])
    if kind == "integer":
        return rng.randint(1, 4, size=n_samples)
    if kind == "float32":
        return weights.astype(np.float32)
    if kind == "with zeros" and parameters.get("batch_size", "auto") == "auto":
        weights[::5] = 0
    return weights.tolist() if kind == "list" else weights


def random_partial_fits(rng: np.random.RandomState, X: Any, y: Any) -> list[Call]:
    """Begin with partial_fit: classes are announced, the first batch lacks some."""
    classes = np.arange(y.shape[1]) if y.ndim == 2 else np.unique(y)
    first = Call("partial_fit", (X[:5], y[:5]), {"classes": classes})
    return [first, Call("partial_fit", (X[5:], y[5:])), Call("partial_fit", (X, y))]


def tolerance(parameters: dict[str, Any], dtype: Any, calls: list[Call]) -> float:
    """Rounding grows along the line search of lbfgs, and float32 has seven digits.

    Weights in float32 count as well: upstream adds them up in float32, whatever X is.
    """
    weights = calls[0].kwargs.get("sample_weight")
    if dtype is np.float32 or getattr(weights, "dtype", None) == np.float32:
        return 2e-3
    return 1e-5 if parameters.get("solver") == "lbfgs" else 1e-7


def random_scenario(estimator: str, seed: int) -> Scenario:
    """Draw a scenario; the seed tells all."""
    rng = np.random.RandomState(seed)
    n_samples = rng.randint(20, 50)
    parameters = random_parameters(rng, n_samples)
    dtype = choose(rng, [np.float64, np.float64, np.float64, np.float32])
    X = random_rows(rng, n_samples, dtype)
    if estimator == "MLPClassifier":
        y = random_labels(rng, n_samples)
        if y.dtype.kind in "OU" and not TEXT_STOPS_EARLY:
            parameters["early_stopping"] = False
    else:
        parameters["loss"] = choose(rng, ["squared_error", "squared_error", "poisson"])
        y = random_targets(rng, n_samples, parameters["loss"])
    calls = random_calls(rng, parameters, X, y)
    return Scenario(estimator, parameters, calls, X, tolerance(parameters, dtype, calls))
