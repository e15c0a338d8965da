"""Values that are nearly what a parameter takes: errors that name it, none from inside."""

import re

import numpy as np
import pytest

from lightmlp import MLPClassifier, MLPRegressor, augmentations, schedules

X = np.random.RandomState(0).normal(size=(20, 3))
y = np.arange(20) % 2
estimators = pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])


@estimators
@pytest.mark.parametrize(
    ("parameters", "arguments"),
    [
        ({"loss": lambda y, scores: (0.0, scores)}, "y, raw_scores, sample_weight"),
        ({"activation": (lambda: 0, np.cos)}, "z"),
        ({"activation": ("relu", (np.sin, lambda z, a: z)), "hidden_layer_sizes": (3, 3)}, "z"),
        ({"learning_rate": lambda: 0.1}, "epoch"),
        ({"learning_rate": schedules.Function(lambda: 0.1, per="step")}, "step"),
        ({"augmentation": lambda X, y: (X, y)}, "X, y, random_state"),
        ({"augmentation": augmentations.Function(len)}, "X, y, random_state"),
        (
            {"initialization": lambda shape, dtype: np.ones(shape)},
            "random_state, n_inputs, n_outputs",
        ),
        ({"bias_initialization": lambda n, m: np.ones(m)}, "random_state, n_inputs, n_outputs"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_function_of_other_arguments(estimator, parameters, arguments, engine):
    model = estimator(**parameters, engine="auto" if "activation" in parameters else engine)
    message = f"^{next(iter(parameters))}: .*cannot be called as .*({re.escape(arguments)})"
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
    assert not hasattr(model, "coefs_")


@estimators
@pytest.mark.parametrize(
    "parameter", ["activation", "dropout", "layer_learning_rates", "loss", "hidden_layer_sizes"]
)
def test_an_array_without_axes_is_no_list(estimator, parameter):
    with pytest.raises(ValueError, match=parameter):
        estimator(**{parameter: np.array(0.5)}).fit(X, y)


@estimators
@pytest.mark.parametrize("split", [[1], [None], ["ab"], [[1, 2]], "shuffle", [object()]])
def test_what_is_no_split(estimator, split):
    with pytest.raises(ValueError, match="validation_split"):
        estimator(validation_split=split).fit(X, y)


@pytest.mark.parametrize(
    "classes", [0, True, (), [], np.array([]), np.array(3), object, iter([0, 1])]
)
def test_what_lists_no_classes(classes, engine):
    model = MLPClassifier((3,), engine=engine)
    with pytest.raises(ValueError, match=r"classes=.* must list the labels"):
        model.partial_fit(X, y, classes=classes)


def test_dates_are_no_numbers(engine):
    dates = np.array(["2020-01-01", "2021-01-01"] * 10, dtype="datetime64[D]")
    with pytest.raises(
        ValueError, match=r"y must be real numbers for a regressor, got .* datetime64"
    ):
        MLPRegressor(engine=engine).fit(X, dates)
