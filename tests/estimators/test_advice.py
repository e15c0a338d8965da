"""What a fit that did not converge says about the scales of its data."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lightmlp import MLPClassifier, MLPRegressor, callbacks, losses

rng = np.random.RandomState(0)
X = rng.normal(size=(60, 3))
WIDE = X * [1, 10, 1000]
y = X[:, 0] + X[:, 1] * X[:, 2]
labels = np.arange(60) % 3


def said(model, *data, **more):
    """Fit; return the advice, an empty text where there is none."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(*data, **more)
    texts = [str(warning.message) for warning in caught]
    advice = [text for text in texts if text.startswith("Scales can be why")]
    assert len(advice) <= 1
    for warning in caught:
        if str(warning.message) in advice:
            assert warning.category is ConvergenceWarning
            assert warning.filename == __file__
            assert len(texts) > 1, "the advice comes beside the warning that it is about"
    return advice[0] if advice else ""


def unfinished(cls=MLPRegressor, **parameters):
    chosen = {"hidden_layer_sizes": (5,), "max_iter": 3, "random_state": 0} | parameters
    return cls(**chosen)


ways_to_stop_early = pytest.mark.parametrize(
    "parameters",
    [{}, {"solver": "lbfgs"}, {"max_time": 1e-9}, {"early_stopping": True}],
    ids=str,
)


@ways_to_stop_early
def test_a_target_far_from_standard(engine, parameters):
    text = said(
        unfinished(engine=engine, **parameters), X, 181_234 + 79_442 * (y - y.mean()) / y.std()
    )
    assert "y has the mean 180,000 and the standard deviation 79,000" in text
    assert "scale_target=True" in text
    assert "TransformedTargetRegressor" in text
    assert "columns" not in text


@ways_to_stop_early
@pytest.mark.parametrize("cls", [MLPRegressor, MLPClassifier])
def test_columns_of_different_orders(engine, cls, parameters):
    text = said(unfinished(cls, engine=engine, **parameters), WIDE, labels)
    low, high = (f"{float(f'{WIDE[:, i].std():.1e}'):,g}" for i in (0, 2))
    assert f"from {low} (column 0) to {high} (column 2), a ratio of" in text
    assert f"make_pipeline(StandardScaler(), {cls.__name__}(...))" in text
    assert "y has" not in text


def test_both_in_one_warning_with_names_of_columns():
    text = said(unfinished(), pd.DataFrame(WIDE, columns=["rooms", "age", "area"]), 100 * y)
    assert "y has the mean" in text
    assert "('rooms') to" in text
    assert "('area'), a ratio of" in text


def test_doing_as_it_says_ends_it():
    assert said(unfinished(), WIDE, 100 * y)
    scaled = make_pipeline(StandardScaler(), unfinished(scale_target=True))
    assert not said(scaled, WIDE, 100 * y)
    text = said(unfinished(scale_target=True), WIDE, 100 * y)
    assert "columns" in text
    assert "scale_target" not in text


def test_data_of_moderate_scales(engine):
    for targets in (y, 10 * y, y + 3, 15 + 20 * y, np.zeros(60)):
        assert not said(unfinished(engine=engine), X * [1, 1, 30], targets)
    assert not said(unfinished(engine=engine), X / [1, 1, 1e6], y)  # as rare words are
    assert not said(unfinished(engine=engine), np.full((60, 2), 1e9), y)  # constants


@pytest.mark.parametrize("factor", [0.05, 1e-12])
def test_a_narrow_target(factor):
    text = said(unfinished(tol=0), X, 0.5 + factor * y)
    assert f"the standard deviation {float(f'{factor * y.std():.1e}'):g}," in text


def test_a_mean_far_from_zero_alone():
    assert "y has the mean 2,000" in said(unfinished(), X, 2000 + y)


def test_the_worst_of_several_outputs():
    text = said(unfinished(), X, np.column_stack([y, 1000 * y, 30 * y]))
    assert "y[:, 1] has the mean" in text


@pytest.mark.parametrize("loss", ["poisson", "gamma", losses.Tweedie(1.5)], ids=str)
def test_losses_that_follow_the_unit_of_y(loss):
    text = said(unfinished(loss=loss), WIDE / 50, 1000 * np.exp(y))
    assert "columns" in text
    assert "y has" not in text


def test_no_word_where_training_converged(engine):
    stalled = unfinished(engine=engine, tol=1e12, n_iter_no_change=1, max_iter=9)
    flat = unfinished(engine=engine, solver="lbfgs", tol=1e20, max_iter=500)
    annealed = unfinished(engine=engine, learning_rate="cosine")
    stopped = unfinished(engine=engine, callbacks=[callbacks.EarlyStopping("loss", patience=1)])
    stopped.set_params(learning_rate_init=1e-12, max_iter=50)
    for model in (stalled, flat, annealed, stopped):
        assert not said(model, WIDE, 1000 * y)


@pytest.mark.parametrize("parameters", [{}, {"solver": "lbfgs", "tol": 1e20}], ids=str)
def test_partial_fit_has_no_end_to_converge_to(parameters):
    model = unfinished(**parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.partial_fit(WIDE, 1000 * y)


def test_sparse_rows():
    rows = sparse.csr_matrix(np.where(X > 0, WIDE, 0))
    text = said(unfinished(MLPClassifier), rows, labels)
    assert "StandardScaler(with_mean=False)" in text
    dense = said(unfinished(MLPClassifier), rows.toarray(), labels)
    figures = r"from .* a ratio of [\d,]+"
    assert re.findall(figures, text) == re.findall(figures, dense)


def test_rows_without_weight_do_not_count():
    far = np.append(y, 1e9)
    rows = np.vstack([X, [[1e9, 0, 0]]])
    assert said(unfinished(), rows, far)
    assert not said(unfinished(), rows, far, np.append(np.ones(60), 0))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_whose_squares_overflow(dtype):
    huge = 1e30 if dtype == "float32" else 1e300
    rows = (X * [1, 1, huge]).astype(dtype)
    still = unfinished(solver="sgd", learning_rate_init=1e-30, gradient_clip_value=1e-30)
    with np.errstate(all="ignore"):
        text = said(still.set_params(loss="absolute_error", tol=0), rows, huge * y)
    assert "a ratio of" in text
    assert "y has the mean" in text


def test_who_ignores_convergence_hears_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        unfinished().fit(WIDE, 1000 * y)
