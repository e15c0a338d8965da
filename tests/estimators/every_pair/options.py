"""Values of every parameter, and kinds of data and of training, each under a short name.

The first value of a row is the default. A name is what a case and the conflicts say.
"""

from typing import Any

import numpy as np
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit

from lightmlp import (
    MLPClassifier,
    MLPRegressor,
    augmentations,
    callbacks,
    embeddings,
    losses,
    schedules,
    solvers,
)
from lightmlp.initializers import Normal


def rate_of_epoch(epoch):
    return 0.01 / (1 + epoch)


def small_weights(random_state, n_inputs, n_outputs):
    return random_state.normal(scale=0.3, size=(n_inputs, n_outputs))


def small_biases(random_state, n_inputs, n_outputs):
    return random_state.normal(scale=0.1, size=n_outputs)


def own_loss(y, raw_scores, sample_weight):
    """All scores are to be what the first column of y says."""
    weights = np.ones(len(y)) if sample_weight is None else sample_weight
    share = (weights / weights.sum())[:, np.newaxis]
    error = raw_scores - y.reshape(len(y), -1)[:, :1]
    return 0.5 * (share * error**2).sum(), share * error


def slope_of_arctan(z):
    return 1 / (1 + z**2)


def own_score(model, X, y, sample_weight=None):
    return model.score(X, y, sample_weight)


def named(*values: Any, **more: Any) -> dict[str, Any]:
    """Name values by what they look like, others by keyword."""
    return {str(value): value for value in values} | more


SHARED: dict[str, dict[str, Any]] = {
    "hidden_layer_sizes": {"(4,)": (4,), "(5, 3)": (5, 3), "4": 4, "[6, 2]": [6, 2], "()": ()},
    "activation": named(
        "relu", "tanh", "selu", "gelu", per_layer=("silu", "logistic"),
        functions=(np.arctan, slope_of_arctan),
    ),
    "solver": named(
        "adam", "sgd", "lbfgs", "rmsprop", "adadelta", "lion", "muon",
        AdamW=solvers.AdamW(weight_decay=0.1), NAdam=solvers.NAdam(beta_1=0.8),
    ),
    "alpha": named(1e-4, 0, 0.5),
    "batch_size": named("auto", "full", 7, 16),
    "learning_rate": named(
        "constant", "adaptive", "one_cycle",
        Cosine=schedules.Cosine(restarts=1, warmup=1, per="step"), function=rate_of_epoch,
    ),
    "learning_rate_init": named(1e-3, 0.02),
    "power_t": named(0.5, 1.5),
    "max_iter": named(3, 2),
    "shuffle": named(True, False),
    "random_state": {"0": 0, "None": None, "RandomState": np.random.RandomState(1)},
    "tol": named(1e-4, 0, 10.0),
    "verbose": named(False, True, "bar", "log"),
    "warm_start": named(False, True),
    "momentum": named(0.9, 0),
    "nesterovs_momentum": named(True, False),
    "early_stopping": named(False, True),
    "validation_fraction": named(0.1, 0.3),
    "beta_1": named(0.9, 0.5),
    "beta_2": named(0.999, 0.9),
    "epsilon": named(1e-8, 1e-3),
    "n_iter_no_change": named(10, 1, np.inf),
    "max_fun": named(15000, 2),
    "initialization": named(
        "auto", "he_normal", "zeros", "unit_deviation", "ntk", Normal=Normal(std=0.2),
        function=small_weights,
    ),
    "bias_initialization": named("auto", 0.1, "zeros", "he+5", function=small_biases),
    "engine": named("auto", "reference"),
    "n_threads": named(None, 1, 2),
    "validation_split": named(
        None,
        splitter=ShuffleSplit(n_splits=1, test_size=0.2, random_state=0),
        by_group=GroupShuffleSplit(n_splits=1, test_size=0.4, random_state=0),
        pairs=[(np.arange(30), np.arange(30, 40))],
    ),
    "restore_best_weights": named("auto", True, False),
    "max_time": named(None, 3600),
    "callbacks": {
        "None": None,
        "History": [callbacks.History(), callbacks.LearningRateMonitor()],
        "EarlyStopping": (callbacks.EarlyStopping("loss", patience=1), callbacks.PrintLoss()),
    },
    "dropout": {
        "0.0": 0.0, "0.5": 0.5, "per_layer": (0.2, 0),
        "scheduled": schedules.Scheduled(0.4, schedules.FlatCosine(per="step")),
    },
    "input_dropout": named(0.0, 0.3),
    "normalization": named(None, "batch", "layer"),
    "l1": named(0.0, 0.01),
    "weight_decay": named(None, 0.1, scheduled=schedules.Scheduled(0.2, "linear")),
    "max_norm": named(None, 0.5),
    "gradient_clip": named(None, 0.1),
    "gradient_clip_value": named(None, 0.01),
    "frozen_layers": named(0, 1),
    "layer_learning_rates": {"None": None, "two": [0.1, 1], "three": (0, 0.5, 1.5)},
    "numeric_embedding": named(
        None, "piecewise_linear", Periodic=embeddings.Periodic(4, 2, activation="silu"),
        tree=embeddings.PiecewiseLinear(4, "tree", 3),
    ),
    "categorical_features": {"None": None, "one": [3], "mask": [True, False, False, True]},
    "role_learning_rates": {
        "None": None, "linear": {"bias": 0, "weight": 0.5}, "scale": {"scale": 6.0},
    },
}  # fmt: skip

CLASSIFIER = SHARED | {
    "loss": named(
        "log_loss", "squared_error", "hinge", Focal=losses.Focal(gamma=1.5), function=own_loss
    ),
    "label_smoothing": named(0.0, 0.2),
    "class_weight": {"None": None, "balanced": "balanced", "weights": {0: 1.0, 1: 2.5}},
    "scoring": named(None, "loss", "accuracy", "neg_log_loss", function=own_score),
}

REGRESSOR = SHARED | {
    "loss": named(
        "squared_error", "absolute_error", "poisson", "log_cosh",
        Huber=losses.Huber(delta=0.5), Tweedie=losses.Tweedie(power=1.8),
        quantiles=losses.Quantile((0.2, 0.5, 0.9)), function=own_loss,
    ),
    "scoring": named(None, "loss", "neg_mean_absolute_error", function=own_score),
    "scale_target": named(False, True),
}  # fmt: skip

CLASSIFIER["augmentation"] = REGRESSOR["augmentation"] = {
    "None": None,
    "GaussianNoise": augmentations.GaussianNoise(),
    "Mixup": augmentations.Mixup(),
}


PARAMETERS = {MLPClassifier: CLASSIFIER, MLPRegressor: REGRESSOR}

_AROUND = {
    "X": ("dense", "Fortran", "CSR", "pandas"),
    "dtype": ("float64", "float32"),
    "weights": ("none", "some"),
    "rows to validate": ("none", "given", "weighted"),
    "calls": ("fit", "fit, fit", "fit, partial_fit", "partial_fit", "init_from"),
}
AROUND = {
    MLPClassifier: _AROUND | {"y": ("binary", "three classes", "labels", "columns")},
    MLPRegressor: _AROUND | {"y": ("one", "two")},
}


def options_of(cls: type) -> dict[str, tuple[str, ...]]:
    """Names of all values, by parameter, and of what is around them."""
    values = {name: tuple(row) for name, row in PARAMETERS[cls].items()}
    return values | AROUND[cls]
