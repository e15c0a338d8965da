"""Every value of every parameter beside every value of every other one.

The cases are few, yet every pair of values occurs in one of them that learns; or the pair
is a conflict of the table, and raises the error that it says.
"""

import pickle
import re
import warnings
from inspect import signature

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from lightmlp import MLPClassifier, MLPRegressor

from .conflicts import CONFLICTS, rules_of, seeds
from .covering_array import all_pairs, complete, covering_array, pairs_of
from .options import PARAMETERS, options_of
from .trial import Trial

REFUSALS = (ValueError, AttributeError, UserWarning)
ESTIMATORS = [MLPClassifier, MLPRegressor]
CASES = [
    Trial(cls, case)
    for cls in ESTIMATORS
    for case in covering_array(options_of(cls), rules_of(cls))
]
REFUSED = [
    (cls, seed, index)
    for cls in ESTIMATORS
    for index, (rule, _) in enumerate(CONFLICTS[cls])
    for seed in seeds(rule)
]


@pytest.fixture(autouse=True)
def _few_epochs_are_enough():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings(
            "ignore", "learning_rate=.* (schedule restarts|next to nothing)"
        )
        yield


def _name(value):
    return f"{value.cls.__name__}" if isinstance(value, Trial) else None


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_every_parameter_is_in_the_table(cls):
    assert set(PARAMETERS[cls]) == set(signature(cls).parameters)


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_a_pair_that_no_case_has_is_refused_beside_defaults(cls):
    options = options_of(cls)
    defaults = {name: values[0] for name, values in options.items()}
    learns = set().union(*(pairs_of(trial.case) for trial in CASES if trial.cls is cls))
    errors = "|".join(error for _, error in CONFLICTS[cls])
    for pair in all_pairs(options):
        if pair not in learns:
            with pytest.raises(REFUSALS, match=errors):
                Trial(cls, defaults | dict(pair)).fitted()


@pytest.mark.parametrize(("cls", "seed", "index"), REFUSED)
def test_a_conflict_raises_its_error(cls, seed, index):
    others = [rule for i, (rule, _) in enumerate(CONFLICTS[cls]) if i != index]
    case = complete(seed, options_of(cls), others)
    assert case is not None, "no case has this conflict alone: is it another one's?"
    with pytest.raises(
        (ValueError, AttributeError, UserWarning), match=CONFLICTS[cls][index][1]
    ):
        Trial(cls, case).fitted()


@pytest.mark.parametrize("trial", CASES, ids=_name)
def test_all_else_works_together(trial):
    model = trial.fitted()
    _check_outputs(model, trial)
    _check_parameters(trial.model())
    _check_copies(model, trial)
    _check_gradients(model, trial)
    _check_other_engine(model, trial)


def _as_list(values):
    return values if isinstance(values, list) else [values]


def _check_outputs(model, trial):
    predicted, y = model.predict(trial.X), trial.y
    dtype = "float64" if trial.case["solver"] == "lbfgs" else trial.case["dtype"]
    quantiles = trial.case["loss"] == "quantiles"
    assert predicted.shape == (*y.shape, 3) if quantiles else y.shape
    assert np.isfinite(predicted).all()
    assert np.isfinite(model.score(trial.X, y))
    if trial.cls is MLPRegressor:
        assert predicted.dtype == dtype
    elif trial.case["loss"] not in ("hinge", "function"):
        for part in _as_list(model.predict_proba(trial.X)):
            assert part.dtype == dtype
            assert ((part >= 0) & (part <= 1)).all()
            if trial.case["y"] != "labels":
                np.testing.assert_allclose(part.sum(axis=1), 1, rtol=1e-5)
    assert model.n_iter_ <= model.max_iter


def _shown(model):
    text = {name: repr(value) for name, value in model.get_params().items()}
    return {name: re.sub(r"0x\w+", "", value) for name, value in text.items()}


def _check_parameters(model):
    assert _shown(clone(model)) == _shown(model)
    again = type(model)().set_params(**model.get_params(deep=False))
    assert _shown(again) == _shown(model)


def _check_copies(model, trial):
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(trial.X), model.predict(trial.X))
    assert _shown(again) == _shown(model)


def _check_gradients(model, trial):
    loss, *gradients = model.loss_and_gradients(trial.X, trial.y, trial.sample_weight)
    assert np.isfinite(loss)
    for arrays, values in zip(gradients, (model.coefs_, model.intercepts_), strict=True):
        assert [a.shape for a in arrays] == [v.shape for v in values]
        assert all(np.isfinite(a).all() for a in arrays)
    hidden = sum(b.size for b in model.intercepts_[:-1])
    n_scales = 0 if trial.case["normalization"] == "None" else hidden
    n_weights = sum(a.size + b.size for a, b in zip(*gradients, strict=True))
    n_embedded = sum(array.size for array in getattr(model, "embeddings_", ()))
    assert model.n_parameters_ == n_weights + n_scales + n_embedded


def _check_other_engine(model, trial):
    """Rounding of float32 may turn the sign by which lion steps: compare in float64."""
    if trial.case["dtype"] == "float32":
        return
    # Batch normalisation takes what the bias of an embedding adds to all rows away again: its
    # gradient is zero but for rounding.
    is_normalized = trial.case["normalization"] == "batch"
    if trial.case["solver"] == "lion" and is_normalized and hasattr(model, "embeddings_"):
        return
    other = trial.fitted(engine="auto" if model.engine == "reference" else "reference")
    if trial.cls is MLPRegressor:
        predicted = other.predict(trial.X), model.predict(trial.X)
        np.testing.assert_allclose(*predicted, rtol=1e-5, atol=1e-9)
        return
    scores = zip(
        _as_list(model.decision_function(trial.X)),
        _as_list(other.decision_function(trial.X)),
        strict=True,
    )
    # Weights of zero have gradients of zero but for rounding, of which Adam makes a step.
    atol = 1e-7 if trial.case["initialization"] == "zeros" else 1e-9
    for one, another in scores:
        np.testing.assert_allclose(one, another, rtol=1e-5, atol=atol)
