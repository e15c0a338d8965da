"""What the classifier's losses do to training, scores and probabilities."""

import warnings
from contextlib import suppress

import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import brier_score_loss, hinge_loss, log_loss
from sklearn.model_selection import GridSearchCV

from lightmlp import MLPClassifier, losses
from lightmlp.losses import CLASSIFICATION_LOSSES

names = pytest.mark.parametrize("name", CLASSIFICATION_LOSSES)
X, iris = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
KINDS = {
    "binary": (iris == 1).astype(int),
    "text": np.array(["no", "yes"])[(iris == 1).astype(int)],
    "multiclass": iris,
    "multilabel": np.stack([iris == 1, iris > 0, X[:, 0] > 0], axis=1).astype(int),
    "columns": np.stack([iris, (X[:, 0] > 0) + 5], axis=1),
    "one class": np.full(150, 7),
}
kinds = pytest.mark.parametrize("kind", KINDS)


def make(loss="log_loss", **parameters):
    model = MLPClassifier((8,), loss=loss, max_iter=60, learning_rate_init=0.05)
    return model.set_params(random_state=0, **parameters)


def fit(model, *data, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(*data, **kwargs)


@names
@kinds
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_every_loss_learns_every_kind_of_target(name, kind, solver, engine):
    y = KINDS[kind]
    model = fit(make(name, solver=solver, engine=engine), X, y)
    predicted = model.predict(X)
    assert predicted.shape == y.shape
    assert predicted.dtype.kind == y.dtype.kind
    assert (predicted == y).mean() > 0.9
    assert model.score(X, y) > 0.75
    np.testing.assert_array_equal(
        predicted,
        fit(clone(model).set_params(loss=CLASSIFICATION_LOSSES[name]()), X, y).predict(X),
    )


@names
@kinds
def test_early_stopping_and_float32(name, kind, engine):
    y = KINDS[kind]
    model = make(name, early_stopping=True, engine=engine)
    fit(model, X.astype(np.float32), y)
    assert model.coefs_[0].dtype == np.float32
    assert 0 <= model.best_validation_score_ <= 1


@pytest.mark.parametrize("name", ["log_loss", "squared_error", "focal"])
@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel", "one class"])
def test_probabilities_follow_from_the_scores(name, kind, engine):
    model = fit(make(name, engine=engine), X, KINDS[kind])
    scores, probabilities = model.decision_function(X), model.predict_proba(X)
    if kind == "multiclass":
        expected = softmax(scores, axis=1)
    elif kind == "multilabel":
        expected = expit(scores)
    else:
        expected = np.stack([1 - expit(scores), expit(scores)], axis=1)
    np.testing.assert_allclose(probabilities, expected, rtol=1e-10)
    np.testing.assert_allclose(model.predict_log_proba(X), np.log(expected), rtol=1e-8)


@kinds
def test_hinge_predicts_by_the_sign_or_the_highest_score_and_has_no_probabilities(kind, engine):
    y = KINDS[kind]
    model = fit(make("hinge", engine=engine), X, y)
    scores = model.decision_function(X)
    assert model.out_activation_ == "identity"
    if kind == "multiclass":
        np.testing.assert_array_equal(model.predict(X), scores.argmax(axis=1))
    if kind in ("binary", "multilabel"):
        np.testing.assert_array_equal(model.predict(X), scores > 0)
    for method in ("predict_proba", "predict_log_proba"):
        assert not hasattr(model, method)
        with pytest.raises(AttributeError) as caught:
            getattr(model, method)
        told = f"{caught.value} {caught.value.__cause__}"
        assert method in told
        assert "decision_function" in told
        assert "loss='log_loss'" in told
    assert not hasattr(MLPClassifier(loss=losses.Hinge()), "predict_proba")


def loss_without_penalty(model, y):
    return model.set_params(alpha=0).loss_and_gradients(X, y)[0]


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_losses_are_those_of_scikit_learns_metrics(kind, engine):
    y = KINDS[kind]
    model = fit(make(engine=engine), X, y)
    assert loss_without_penalty(model, y) == pytest.approx(log_loss(y, model.predict_proba(X)))
    model = fit(make("hinge", engine=engine), X, y)
    expected = hinge_loss(y, model.decision_function(X))
    assert loss_without_penalty(model, y) == pytest.approx(expected)
    model = fit(make(losses.Focal(gamma=0), engine=engine), X, y)
    assert loss_without_penalty(model, y) == pytest.approx(log_loss(y, model.predict_proba(X)))


def test_squared_error_is_half_the_brier_score(engine):
    model = fit(make("squared_error", engine=engine), X, KINDS["binary"])
    brier = brier_score_loss(KINDS["binary"], model.predict_proba(X)[:, 1])
    assert loss_without_penalty(model, KINDS["binary"]) == pytest.approx(brier / 2)
    model = fit(make("squared_error", engine=engine), X, iris)
    squares = (model.predict_proba(X) - np.eye(3)[iris]) ** 2
    assert loss_without_penalty(model, iris) == pytest.approx(squares.sum(axis=1).mean() / 2)


def test_sigmoid_under_a_squared_error_by_hand(engine):
    """One step of gradient descent, as an exercise asks for it."""
    rows, y = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([0, 1])
    w, b = np.array([[0.5], [-0.25]]), np.array([0.1])
    model = MLPClassifier((), loss="squared_error", solver="sgd", momentum=0, alpha=0)
    model.set_params(learning_rate_init=0.5, shuffle=False, batch_size=2, engine=engine)
    model.set_params(random_state=0).partial_fit(rows, y, classes=[0, 1])
    model.coefs_, model.intercepts_ = [w.copy()], [b.copy()]
    model.partial_fit(rows, y)
    # Scores 0.1 and 1.85, p = 0.52497919 and 0.8641271, deltas 0.13091723 and -0.01595303.
    np.testing.assert_allclose(model.coefs_[0], [[0.47923547], [-0.31944687]], rtol=1e-7)
    np.testing.assert_allclose(model.intercepts_[0], [0.07125895], rtol=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_smoothed_labels_are_what_a_saturated_model_tends_to(smoothing, engine):
    """Of a constant feature: probabilities become the softened class frequencies."""
    rows, y = np.zeros((40, 1)), np.repeat([0, 1, 2], [20, 12, 8])
    model = MLPClassifier((), solver="lbfgs", alpha=0, tol=1e-9, engine=engine)
    model.set_params(label_smoothing=smoothing).fit(rows, y)
    expected = np.array([0.5, 0.3, 0.2]) * (1 - smoothing) + smoothing / 3
    np.testing.assert_allclose(model.predict_proba(rows[:1])[0], expected, atol=1e-5)
    model.fit(rows, y > 0)
    expected = 0.5 * (1 - smoothing) + smoothing / 2
    np.testing.assert_allclose(model.predict_proba(rows[:1])[0, 1], expected, atol=1e-5)


def test_label_smoothing_by_hand(engine):
    """Targets 0.8, 0.1, 0.1 and probabilities 1/2, 1/4, 1/4: the loss is 1.2 ln 2."""
    model = fit(make(hidden_layer_sizes=(), label_smoothing=0.3, engine=engine), X, iris)
    model.coefs_ = [np.zeros((4, 3))]
    model.intercepts_ = [np.log([0.5, 0.25, 0.25])]
    loss = model.set_params(alpha=0).loss_and_gradients(X[:1], iris[:1])[0]
    assert iris[0] == 0
    assert loss == pytest.approx(0.83177662, rel=1e-7)


def test_no_smoothing_changes_nothing(engine):
    plain = fit(make(engine=engine), X, iris)
    zero = fit(make(losses.LogLoss(), label_smoothing=0, engine=engine), X, iris)
    np.testing.assert_array_equal(plain.coefs_[0], zero.coefs_[0])


@pytest.mark.parametrize("loss", ["focal", "hinge", losses.Hinge()])
def test_smoothing_needs_a_loss_of_probabilities(loss):
    with pytest.raises(ValueError, match=r"label_smoothing=0.1 needs loss='log_loss' or"):
        make(loss, label_smoothing=0.1).fit(X, iris)


@pytest.mark.parametrize("wrong", [-0.1, 1.0, "much"])
def test_smoothing_lies_between_0_and_1(wrong):
    with pytest.raises(ValueError, match="label_smoothing"):
        make(label_smoothing=wrong).fit(X, iris)


@pytest.mark.parametrize(
    "loss", ["huber", losses.Huber(), losses.Focal(gamma=-1), losses.Focal, None]
)
def test_wrong_losses_are_named(loss):
    with pytest.raises(ValueError, match=r"loss|Focal"):
        make(loss).fit(X, iris)


def test_focus_takes_weight_from_easy_rows(engine):
    """The gradient of a row falls, against the log-loss's, the surer the row is."""
    rows, y = np.array([[-3.0], [-1.0], [0.0]]), np.array([1, 1, 1])
    model = fit(make(hidden_layer_sizes=(), engine=engine), X[:, :1], KINDS["binary"])
    model.coefs_, model.intercepts_ = [np.array([[-1.0]])], [np.zeros(1)]
    model.set_params(alpha=0)
    shares = []
    for i in range(3):
        plain = model.loss_and_gradients(rows[i : i + 1], y[i : i + 1])[2][0][0]
        model._fitted_loss = losses.Focal(gamma=2).resolve_for(False)
        focused = model.loss_and_gradients(rows[i : i + 1], y[i : i + 1])[2][0][0]
        model._fitted_loss = losses.LogLoss().resolve_for(False)
        shares.append(focused / plain)
    assert shares[0] < shares[1] < shares[2]


def test_parameters_are_searched(engine):
    search = GridSearchCV(
        make(losses.Focal(), engine=engine),
        {"loss__gamma": [0.5, 2.0], "class_weight": [None, "balanced"]},
        cv=2,
    )
    fit(search, X, iris)
    assert search.best_score_ > 0.8


@names
def test_partial_fit_trains_any_loss(name, engine):
    model = make(name, engine=engine)
    for _ in range(3):
        model.partial_fit(X, iris, classes=[0, 1, 2])
    assert model.t_ == 450
    with suppress(AttributeError):
        assert model.predict_proba(X).shape == (150, 3)
