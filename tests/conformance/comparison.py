"""Plays the same scenario with scikit-learn and with LightMLP and compares all it shows.

A scenario is a list of calls on one estimator. After each call a snapshot is taken: public
attributes with their types, predictions, printed text, warnings, the error if one was
raised, and the states of the random generators.
"""

import contextlib
import io
import re
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import sklearn.neural_network

import lightmlp

GLOBAL_SEED = 5
PREDICTIONS = ["predict", "predict_proba", "predict_log_proba"]


@dataclass(frozen=True)
class Call:
    """One method call of a scenario."""

    method: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)

    def __str__(self):
        shapes = [arg.shape if hasattr(arg, "shape") else np.shape(arg) for arg in self.args]
        return f"{self.method}({shapes}, {sorted(self.kwargs)})"


@dataclass(frozen=True)
class Scenario:
    """An estimator, its parameters and what is done with it.

    ``parameters`` may hold ``random_state=np.random.RandomState``: each side then gets its
    own generator with the same seed. ``X_new`` is what is predicted after each call.
    """

    estimator: str
    parameters: dict[str, Any]
    calls: list[Call]
    X_new: Any
    rtol: float = 1e-7

    def __str__(self):
        lines = [f"{self.estimator}({self.parameters})", *map(str, self.calls)]
        return "\n".join(lines)


@dataclass
class Snapshot:
    """What one side shows after a call."""

    printed: str
    warnings: list[tuple[type, str]]
    error: tuple[type, str] | None
    attributes: dict[str, Any]
    predictions: dict[str, Any]
    generators: list[Any]


def play(module: Any, scenario: Scenario, **more: Any) -> list[Snapshot]:
    """Run the scenario with the estimators of this module, and more parameters."""
    np.random.seed(GLOBAL_SEED)
    parameters = {**scenario.parameters, **more}
    if parameters.get("random_state") is np.random.RandomState:
        parameters["random_state"] = np.random.RandomState(GLOBAL_SEED)
    estimator = getattr(module, scenario.estimator)(**parameters)
    return [snapshot(estimator, call, scenario.X_new) for call in scenario.calls]


def snapshot(estimator: Any, call: Call, X_new: Any) -> Snapshot:
    """Make one call and record everything that it leaves behind."""
    error = None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            getattr(estimator, call.method)(*call.args, **call.kwargs)
        except Exception as raised:
            error = type(raised), with_sorted_options(str(raised))
        predictions = {} if error else predict(estimator, X_new)
    generators = [np.random.get_state()]
    if isinstance(estimator.random_state, np.random.RandomState):
        generators.append(estimator.random_state.get_state())
    return Snapshot(
        printed.getvalue(),
        [(w.category, str(w.message)) for w in caught if not is_our_own(w)],
        error,
        {} if error else public_attributes(estimator),
        predictions,
        [state[1:] for state in generators],
    )


def is_our_own(warning: warnings.WarningMessage) -> bool:
    """Whether only one side warns so: of overflows, or of parameters that nothing reads."""
    unread = str(warning.message).startswith("These parameters have no effect: ")
    return unread or warning.category is RuntimeWarning


def with_sorted_options(message: str) -> str:
    """Sort the options that a message lists: upstream lists a set, in any order."""
    return re.sub(
        r"\{[^}]*\}", lambda found: str(sorted(re.findall(r"\w+", found[0]))), message
    )


def predict(estimator: Any, X_new: Any) -> dict[str, Any]:
    """Collect every kind of prediction that the estimator offers."""
    return {
        method: getattr(estimator, method)(X_new)
        for method in PREDICTIONS
        if hasattr(estimator, method)
    }


def public_attributes(estimator: Any) -> dict[str, Any]:
    """Copy the fitted attributes; ``copy`` matters, since a later call changes them."""
    return {
        name: copy_of(value)
        for name, value in vars(estimator).items()
        if name.endswith("_") and not name.startswith("_")
    }


def copy_of(value: Any) -> Any:
    """Copy a list or array."""
    if isinstance(value, list):
        return [copy_of(item) for item in value]
    return value.copy() if isinstance(value, np.ndarray) else value


def assert_same(scenario: Scenario, engine: str = "auto") -> None:
    """Play the scenario on both sides; every snapshot must agree.

    After a divergence upstream holds spoiled parameters where LightMLP takes back the
    earlier ones, so the comparison ends there.
    """
    theirs = play(sklearn.neural_network, scenario)
    ours = play(lightmlp, scenario, engine=engine)
    for call, expected, actual in zip(scenario.calls, theirs, ours, strict=True):
        where = f"\nafter {call} in\n{scenario}"
        if expected.error and "non-finite parameter" in expected.error[1]:
            assert_same_divergence(actual, expected, where)
            return
        assert actual.error == expected.error, where
        assert actual.warnings == expected.warnings, where
        if not expected.error:
            assert_same_text(actual.printed, expected.printed, scenario.rtol, where)
            assert_same_attributes(actual, expected, scenario.rtol, where)
            assert_same_predictions(actual, expected, scenario.rtol, where)
            for state, expected_state in zip(
                actual.generators, expected.generators, strict=True
            ):
                np.testing.assert_equal(state, expected_state, where)


def assert_same_divergence(actual: Snapshot, expected: Snapshot, where: str) -> None:
    """Compare the error; ours comes sooner, and goes on to name the usual causes."""
    assert actual.error is not None, where
    assert expected.error is not None, where
    assert actual.error[0] is expected.error[0], where
    assert actual.error[1].startswith(expected.error[1]), where


def assert_same_text(actual: str, expected: str, rtol: float, where: str) -> None:
    """Compare what was printed; to the last digit, unless the scenario is in float32."""
    if rtol <= 1e-6:
        assert actual == expected, where
        return
    assert len(actual.splitlines()) == len(expected.splitlines()), where
    for line, expected_line in zip(actual.splitlines(), expected.splitlines(), strict=True):
        words, expected_words = line.split(), expected_line.split()
        assert words[:-1] == expected_words[:-1], where
        with contextlib.suppress(ValueError):
            assert float(words[-1]) == pytest.approx(
                float(expected_words[-1]), rtol, nan_ok=True
            ), where


def assert_same_attributes(
    actual: Snapshot, expected: Snapshot, rtol: float, where: str
) -> None:
    """Compare the public attributes by name, type, dtype and value."""
    missing = expected.attributes.keys() - actual.attributes.keys()
    assert not missing, f"without {sorted(missing)}{where}"
    for name, value in expected.attributes.items():
        assert_same_value(actual.attributes[name], value, rtol, f": {name}{where}")


def assert_same_value(actual: Any, expected: Any, rtol: float, where: str) -> None:
    """Compare two values and their types, lists entry by entry."""
    assert type(actual) is type(expected), f"{type(actual)} instead of {type(expected)}{where}"
    if isinstance(expected, list):
        assert len(actual) == len(expected), f"{len(actual)}, {len(expected)}{where}"
        for index, (one, other) in enumerate(zip(actual, expected, strict=True)):
            assert_same_value(one, other, rtol, f"[{index}]{where}")
    elif isinstance(expected, np.ndarray) and expected.dtype.kind == "f":
        assert actual.dtype == expected.dtype, where
        scale = np.abs(expected).max(initial=0)
        np.testing.assert_allclose(actual, expected, rtol, atol=rtol * scale, err_msg=where)
    elif isinstance(expected, float | np.floating):
        np.testing.assert_allclose(actual, expected, rtol, err_msg=where)
    else:
        np.testing.assert_equal(actual, expected, where)


def assert_same_predictions(
    actual: Snapshot, expected: Snapshot, rtol: float, where: str
) -> None:
    """Compare labels exactly, probabilities and numbers closely."""
    assert actual.predictions.keys() == expected.predictions.keys(), where
    for method, values in expected.predictions.items():
        assert_same_value(actual.predictions[method], values, rtol, f": {method}{where}")
