"""A loss of the user's own: the same training as with LightMLP's, and errors that help."""

import pickle
from functools import partial

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from lightmlp import MLPClassifier, MLPRegressor, find_learning_rate, losses
from lightmlp.callbacks import Callback, Checkpoint

rng = np.random.RandomState(0)
X = rng.normal(size=(120, 4))
target = X[:, 0] - X[:, 1] ** 2
codes = np.arange(120) % 3
weight = rng.randint(0, 3, 120) / 2

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def row_weights(scores, sample_weight):
    """Return weights (n_rows, 1) that add up to 1."""
    weights = np.ones(len(scores)) if sample_weight is None else sample_weight
    return (weights / weights.sum())[:, np.newaxis]


def half_square(y, raw_scores, sample_weight):
    share = row_weights(raw_scores, sample_weight)
    error = raw_scores - y.reshape(raw_scores.shape)
    return 0.5 * (share * error**2).sum(), share * error


def binary_cross_entropy(y, raw_scores, sample_weight):
    share = row_weights(raw_scores, sample_weight)
    y = y.reshape(raw_scores.shape)
    terms = np.logaddexp(0, raw_scores) - y * raw_scores
    return (share * terms).sum(), share * (1 / (1 + np.exp(-raw_scores)) - y)


def cross_entropy(y, raw_scores, sample_weight):
    share = row_weights(raw_scores, sample_weight)
    powers = np.exp(raw_scores - raw_scores.max(axis=1, keepdims=True))
    p = powers / powers.sum(axis=1, keepdims=True)
    indicators = np.eye(raw_scores.shape[1])[y]
    return -(share * np.log((p * indicators).sum(axis=1, keepdims=True))).sum(), share * (
        p - indicators
    )


def absolute(y, raw_scores, sample_weight):
    """Kinks at every target."""
    share = row_weights(raw_scores, sample_weight)
    error = raw_scores - y.reshape(raw_scores.shape)
    return (share * np.abs(error)).sum(), share * np.sign(error)


SETTINGS = {
    "plain": {},
    "sgd": {"solver": "sgd", "learning_rate_init": 0.01},
    "muon": {"solver": "muon"},
    "lbfgs": {"solver": "lbfgs"},
    "full batch, adaptive": {"batch_size": "full", "learning_rate": "adaptive"},
    "per step": {"learning_rate": "one_cycle"},
    "penalties": {"alpha": 0.1, "l1": 0.01, "gradient_clip": 0.1, "max_norm": 1.0},
    "dropout": {"dropout": 0.3, "input_dropout": 0.2},
    "batch": {"normalization": "batch"},
    "layer": {"normalization": "layer", "frozen_layers": 0},
    "early stopping": {"early_stopping": True, "scoring": "loss", "max_iter": 20},
    "mixup": {"augmentation": "mixup"},
    "augmented": {"augmentation": ["cutmix", "gaussian_noise"]},
}
settings = pytest.mark.parametrize("options", SETTINGS.values(), ids=SETTINGS)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["f32", "f64"])
weighting = pytest.mark.parametrize("weights", [None, weight], ids=["equal", "weighted"])


def assert_same(one, other, dtype):
    """Compare two fits; their losses are added up in other orders."""
    rtol = 1e-10 if dtype == np.float64 else 2e-4
    for name in ("coefs_", "intercepts_"):
        for a, b in zip(getattr(one, name), getattr(other, name), strict=True):
            np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)
    assert one.loss_ == pytest.approx(other.loss_, rel=rtol)
    if hasattr(one, "loss_curve_"):
        np.testing.assert_allclose(one.loss_curve_, other.loss_curve_, rtol=rtol)
    if getattr(one, "validation_scores_", None):
        np.testing.assert_allclose(one.validation_scores_, other.validation_scores_, rtol=rtol)


@settings
@dtypes
@weighting
@pytest.mark.parametrize("csr", [False, True], ids=["dense", "csr"])
def test_squared_error_written_again_trains_the_same(engine, options, dtype, weights, csr):
    options = {"max_iter": 4, "random_state": 0, "batch_size": 50, "engine": engine} | options
    rows = X.astype(dtype)
    rows = sparse.csr_matrix(rows) if csr else rows
    models = [
        MLPRegressor(loss, (5, 4), **options).fit(rows, target, weights)
        for loss in (half_square, "squared_error")
    ]
    assert_same(*models, dtype)
    assert models[0].out_activation_ == "identity"
    results = [model.loss_and_gradients(rows, target, weights) for model in models]
    rtol = 1e-10 if dtype == np.float64 else 1e-3
    for a, b in zip(*(result[1] + result[2] for result in results), strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)
    assert results[0][0] == pytest.approx(results[1][0], rel=rtol)


def class_targets():
    labels = np.column_stack([codes == 0, X[:, 0] > 0, X[:, 1] > 1]).astype(int)
    return {
        "binary": (np.array(["no", "yes"])[codes % 2], binary_cross_entropy),
        "three classes": (codes + 7, cross_entropy),
        "labels": (labels, binary_cross_entropy),
    }


@settings
@weighting
@pytest.mark.parametrize(("y", "function"), class_targets().values(), ids=class_targets())
def test_log_loss_written_again_trains_the_same(engine, options, weights, y, function):
    options = {"max_iter": 4, "random_state": 0, "batch_size": 50, "engine": engine} | options
    models = [
        MLPClassifier((5,), loss=loss, **options).fit(X, y, weights)
        for loss in (function, "log_loss")
    ]
    assert_same(*models, np.float64)
    scores = [model.decision_function(X) for model in models]
    np.testing.assert_allclose(*scores, rtol=1e-8, atol=1e-8)
    np.testing.assert_array_equal(*(model.predict(X) for model in models))
    assert models[0].score(X, y) == models[1].score(X, y)
    assert not hasattr(models[0], "predict_proba")
    for changed in (function, "log_loss"):  # the error is about the loss of the fit
        with pytest.raises(AttributeError) as error:
            models[0].set_params(loss=changed).predict_log_proba(X)
        says = f"loss={function.__name__}, whose outputs are scores. Use decision_function"
        assert says in str(error.value.__cause__)


def test_columns_of_classes(engine):
    """Each column has scores of its own: the sum of two losses."""
    y = np.column_stack([codes, np.arange(120) // 4 % 2 + 5])

    def both(y, raw_scores, sample_weight):
        parts = [
            cross_entropy(y[:, k], scores, sample_weight)
            for k, scores in enumerate((raw_scores[:, :3], raw_scores[:, 3:]))
        ]
        return sum(loss for loss, _ in parts), np.hstack([slope for _, slope in parts])

    models = [
        MLPClassifier((5,), loss=loss, max_iter=3, random_state=0, engine=engine).fit(X, y)
        for loss in (both, "log_loss")
    ]
    assert_same(*models, np.float64)
    np.testing.assert_array_equal(*(model.predict(X) for model in models))
    with pytest.raises(ValueError, match=r"class_weight=.* weighs the classes of each output"):
        models[0].set_params(class_weight=[{0: 2.0}, {5: 2.0}]).fit(X, y)


def test_class_weights_multiply_the_weights_of_rows(engine):
    fit = {"class_weight": {0: 3.0, 1: 0.5, 2: 1.0}, "max_iter": 3, "random_state": 0}
    models = [
        MLPClassifier((5,), loss=loss, engine=engine, **fit).fit(X, codes, weight)
        for loss in (cross_entropy, "log_loss")
    ]
    assert_same(*models, np.float64)


def test_labels_cannot_be_smoothed():
    model = MLPClassifier(loss=cross_entropy, label_smoothing=0.1)
    with pytest.raises(ValueError, match=r"label_smoothing=0.1 needs loss="):
        model.fit(X, codes)


@pytest.mark.parametrize("n_outputs", [1, 2])
@dtypes
def test_what_the_function_is_given(engine, n_outputs, dtype):
    calls = []

    def look(y, raw_scores, sample_weight):
        calls.append((y, raw_scores, sample_weight))
        return half_square(y, raw_scores, sample_weight)

    y = target if n_outputs == 1 else np.column_stack([target, -target])
    model = MLPRegressor(look, (3,), max_iter=2, batch_size=50, random_state=0, engine=engine)
    model.fit(X.astype(dtype), y, weight)
    trained = calls[:1] + calls[-5:]  # the check comes between
    for y, raw_scores, sample_weight in trained:
        assert len(raw_scores) in (50, 20)
        assert y.shape == raw_scores.shape[:1] + raw_scores.shape[1:][n_outputs == 1 :]
        assert sample_weight.shape == raw_scores.shape[:1]
        assert y.dtype == raw_scores.dtype == sample_weight.dtype == dtype
        assert not any(array.flags.writeable for array in (y, raw_scores, sample_weight))
    checked = calls[1:-5]
    assert 3 <= len(checked) <= 8
    assert {scores.dtype for _, scores, _ in checked} == {np.dtype(np.float64)}
    assert model.predict(X).shape == (120,) if n_outputs == 1 else (120, 2)


def test_a_classifier_gives_positions_of_classes(engine):
    seen = []

    def look(y, raw_scores, sample_weight):
        seen.append(y)
        return cross_entropy(y, raw_scores, sample_weight)

    MLPClassifier((3,), loss=look, max_iter=1, engine=engine).fit(X, codes + 7)
    assert seen[0].dtype == np.intp
    assert set(np.concatenate(seen)) == {0, 1, 2}


def off_by_the_mean(y, raw_scores, sample_weight):
    error = raw_scores - y[:, np.newaxis]
    return 0.5 * (error**2).mean(), error


def wrong_in_one_row(y, raw_scores, sample_weight):
    loss, gradient = half_square(y, raw_scores, sample_weight)
    gradient[7] *= -1
    return loss, gradient


def loss_by_row(y, raw_scores, sample_weight):
    loss, gradient = half_square(y, raw_scores, sample_weight)
    return np.full(len(y), loss), gradient


def flat_gradient(y, raw_scores, sample_weight):
    loss, gradient = half_square(y, raw_scores, sample_weight)
    return loss, gradient.ravel()


def infinite(y, raw_scores, sample_weight):
    return np.inf, np.zeros_like(raw_scores)


def keras_style(y, y_pred):
    return half_square(y, y_pred, None)


def alone(y, raw_scores, sample_weight):
    return half_square(y, raw_scores, sample_weight)[0]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            off_by_the_mean,
            r"loss=off_by_the_mean: .* largest difference .* at \[\d+, 0\]",
        ),
        (wrong_in_one_row, r"loss=wrong_in_one_row: .* at \[7, 0\], where the gradient is"),
        (loss_by_row, r"loss=loss_by_row: .* a loss of shape \(120,\)"),
        (flat_gradient, r"shape \(120,\) and dtype float64, expected .* \(120, 1\)"),
        (infinite, r"loss=infinite: .* not finite \(loss inf, 0 entries"),
        (keras_style, r"loss: .* cannot be called as .*\(y, raw_scores, sample_weight\)"),
        (alone, r"must return a pair \(loss, gradient\), got float64"),
    ],
)
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_what_is_wrong_with_a_function(engine, function, message, solver):
    model = MLPRegressor(function, (3,), engine=engine, solver=solver, random_state=0)
    with pytest.raises(ValueError, match=message):
        model.fit(X, target)
    assert not hasattr(model, "coefs_")


def scaled(function, factor, y, raw_scores, sample_weight):
    return function(factor * y, raw_scores, sample_weight)


def in_float32(y, raw_scores, sample_weight):
    return half_square(y.astype("f4"), raw_scores.astype("f4"), sample_weight)


def flat(y, raw_scores, sample_weight):
    return 1.0, np.zeros_like(raw_scores)


@pytest.mark.parametrize(
    "function",
    [absolute, in_float32, flat, *(
        partial(scaled, function, factor)
        for function in (half_square, absolute, in_float32)
        for factor in (1e-6, 1e6)
    )],
)  # fmt: skip
@pytest.mark.parametrize("initialization", ["auto", "zeros"])
@dtypes
def test_right_gradients_pass_the_check(engine, function, initialization, dtype):
    """Also at kinks (scores and targets of zero), of any scale, computed in float32."""
    y = np.where(codes == 0, 0.0, target)
    fit = {"initialization": initialization, "max_iter": 1, "random_state": 0}
    MLPRegressor(function, (3,), engine=engine, **fit).fit(X.astype(dtype), y)


def unweighted(y, raw_scores, sample_weight):
    return half_square(y, raw_scores, None)


def test_weights_that_a_function_ignores(engine):
    model = MLPRegressor(unweighted, (3,), max_iter=1, engine=engine)
    with pytest.warns(
        UserWarning, match="loss=unweighted: .* sample_weight.* have no effect"
    ) as caught:
        model.fit(X, target, weight)
    assert {warning.filename for warning in caught} == {__file__}
    model.fit(X, target).fit(X, target, np.full(120, 2.0))


def test_the_warning_about_weights_is_the_users_and_is_logged(engine, caplog):
    model = MLPRegressor(unweighted, (3,), max_iter=1, engine=engine, verbose="log")
    with pytest.warns(UserWarning, match="loss=unweighted") as caught:
        model.fit(X, target, weight)
    assert {warning.filename for warning in caught} == {__file__}
    assert "loss=unweighted" in caplog.text


def test_errors_of_the_function_pass_through(engine):
    class OwnError(Exception):
        pass

    def fails(y, raw_scores, sample_weight):
        raise OwnError("as it is")

    with pytest.raises(OwnError, match=r"^as it is$"):
        MLPRegressor(fails, engine=engine).fit(X, target)


def test_arrays_cannot_be_changed(engine):
    def changes(y, raw_scores, sample_weight):
        raw_scores -= y[:, np.newaxis]

    with pytest.raises(ValueError, match="read-only"):
        MLPRegressor(changes, engine=engine).fit(X, target)


def test_goes_on_by_partial_fit_and_warm_start(engine):
    for again in ("partial_fit", "fit"):
        models = [
            MLPRegressor(loss, (3,), warm_start=True, max_iter=2, random_state=0, engine=engine)
            for loss in (half_square, "squared_error")
        ]
        for model in models:
            model.fit(X, target)
            getattr(model, again)(X, target)
        assert_same(*models, np.float64)


def test_pickled_cloned_and_searched(engine):
    model = MLPRegressor(half_square, (3,), max_iter=3, random_state=0, engine=engine)
    model.fit(X, target)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert clone(model).loss is half_square
    function = losses.Function(half_square)
    assert clone(function) == function
    model.set_params(loss=function, loss__function=absolute).fit(X, target)
    assert model.loss_ != again.loss_
    search = GridSearchCV(
        MLPRegressor(max_iter=2, random_state=0, engine=engine),
        {"loss": [half_square, losses.Function(absolute), "huber"]},
        cv=2,
    )
    assert np.isfinite(search.fit(X, target).best_score_)


def test_range_test(engine):
    found = [
        find_learning_rate(
            MLPRegressor(loss, (3,), random_state=0, engine=engine), X, target, n_steps=30
        )
        for loss in (half_square, "squared_error")
    ]
    np.testing.assert_allclose(found[0].losses, found[1].losses, rtol=1e-10)


def test_checkpoint_knows_the_function_by_its_name(engine, tmp_path):
    class StopAtTwo(Callback):
        def on_epoch_end(self, state):
            return state.epoch == 2

    path, fit = tmp_path / "run.npz", {"max_iter": 5, "random_state": 0, "engine": engine}
    whole = MLPRegressor(half_square, (3,), **fit).fit(X, target)
    MLPRegressor(half_square, (3,), callbacks=[Checkpoint(path), StopAtTwo()], **fit).fit(
        X, target
    )
    resumed = MLPRegressor(half_square, (3,), **fit).fit(X, target, resume_from=path)
    for a, b in zip(whole.coefs_, resumed.coefs_, strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="loss is '<function absolute>', was"):
        MLPRegressor(absolute, (3,), **fit).fit(X, target, resume_from=path)
    with pytest.raises(ValueError, match=r"loss is 'Function\(function=<function absolute>\)'"):
        MLPRegressor(losses.Function(absolute), (3,), **fit).fit(X, target, resume_from=path)
