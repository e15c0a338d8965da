"""Class weights: those of one output are row weights, those of several belong to the loss."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.class_weight import compute_sample_weight

from lightmlp import MLPClassifier

rng = np.random.RandomState(0)
X = rng.normal(size=(80, 4))
SCORES = X[:, 0] + 0.5 * rng.normal(size=80)
BINARY = (SCORES > 1).astype(int)
TARGETS = {
    "binary": BINARY,
    "text": np.array(["no", "yes"])[BINARY],
    "multiclass": np.digitize(SCORES, [-1.5, 1.0]) + 3,
}
LABELS = np.stack([BINARY, (SCORES < 0).astype(int), np.zeros(80, dtype=int)], axis=1)
COLUMNS = np.stack([TARGETS["multiclass"], (X[:, 1] > 0.5) + 7], axis=1)


def make(**parameters):
    model = MLPClassifier((6,), max_iter=15, tol=0, n_iter_no_change=15, random_state=0)
    return model.set_params(**parameters)


def fit(model, *data, **kwargs):
    with pytest.warns(match="hasn't converged"):
        return model.fit(*data, **kwargs)


def same(one, two, rtol=0.0):
    for a, b in zip(one.coefs_ + one.intercepts_, two.coefs_ + two.intercepts_, strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_balanced_weights_are_those_of_scikit_learn(kind, dtype, early_stopping, engine):
    y, rows = TARGETS[kind], X.astype(dtype)
    model = make(engine=engine, early_stopping=early_stopping, batch_size=20)
    weighted = fit(clone(model), rows, y, sample_weight=compute_sample_weight("balanced", y))
    same(fit(clone(model).set_params(class_weight="balanced"), rows, y), weighted)


def test_given_weights_multiply_those_of_the_rows(engine):
    y, weights = TARGETS["text"], np.arange(80) % 3 + 0.5
    factors = np.where(y == "yes", 3.0, 1.0)
    model = make(engine=engine)
    by_class = fit(
        clone(model).set_params(class_weight={"yes": 3}), X, y, sample_weight=weights
    )
    same(by_class, fit(model, X, y, sample_weight=factors * weights))


def test_balance_counts_rows_by_their_weights(engine):
    """Weighted rows are repeated rows, for "balanced" too."""
    y, counts = TARGETS["multiclass"], np.arange(80) % 3
    model = make(solver="lbfgs", class_weight="balanced", max_iter=300, engine=engine)
    model.set_params(alpha=1.0)
    one = clone(model).fit(X, y, sample_weight=counts)
    two = model.fit(np.repeat(X, counts, axis=0), np.repeat(y, counts))
    # alpha is divided by the sum of all weights, which is the number of rows either way
    np.testing.assert_allclose(one.predict_proba(X), two.predict_proba(X), atol=1e-4)


def test_balance_moves_predictions_to_the_rare_class(engine):
    plain = fit(make(engine=engine, learning_rate_init=0.01), X, BINARY)
    balanced = fit(clone(plain).set_params(class_weight="balanced"), X, BINARY)
    assert balanced.predict(X).sum() > plain.predict(X).sum()


def test_the_loss_of_a_fitted_model_has_the_weights_of_its_fit(engine):
    y = TARGETS["binary"]
    model = fit(make(class_weight={0: 2.0}, engine=engine), X, y)
    plain = clone(model).set_params(class_weight=None)
    fit(plain, X, y, sample_weight=np.where(y == 0, 2.0, 1.0))
    ours = model.loss_and_gradients(X[:9], y[:9])
    theirs = plain.loss_and_gradients(X[:9], y[:9], np.where(y[:9] == 0, 2.0, 1.0))
    assert ours[0] == theirs[0]


def test_labels_are_balanced_one_by_one(engine):
    """Linear models of several labels are those of each label alone."""
    model = make(hidden_layer_sizes=(), solver="lbfgs", alpha=0, tol=1e-10, max_iter=2000)
    model.set_params(class_weight="balanced", engine=engine)
    y = LABELS[:, :2]
    together = clone(model).fit(X, y).predict_proba(X)
    for k in range(2):
        alone = clone(model).fit(X, y[:, k]).predict_proba(X)[:, 1]
        np.testing.assert_allclose(together[:, k], alone, atol=1e-4)


def test_weights_of_labels_by_hand(engine):
    """Where all probabilities are 1/2, every label costs ln 2 times its weight."""
    weights = [{0: 2.0, 1: 3.0}, {1: 0.5}, {}]
    model = fit(make(class_weight=weights, engine=engine, alpha=0), X, LABELS)
    model.coefs_[-1][:], model.intercepts_[-1][:] = 0, 0
    for labels, expected in (([0, 1, 0], 2.42601513), ([1, 0, 0], 3.46573590)):  # 3.5, 5 ln 2
        assert model.loss_and_gradients(X[:1], [labels])[0] == pytest.approx(expected, rel=1e-8)


def test_a_label_that_never_occurs_has_weight_one(engine):
    model = fit(make(class_weight="balanced", engine=engine), X, LABELS)
    assert np.isfinite(model.loss_)
    assert model._class_weights[2].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("loss", ["log_loss", "squared_error", "focal", "hinge"])
def test_columns_of_classes_are_balanced_one_by_one(loss, engine):
    model = make(class_weight="balanced", loss=loss, engine=engine, alpha=0)
    fit(model, X, COLUMNS)
    for k in range(2):
        expected = compute_sample_weight("balanced", COLUMNS[:, k])
        codes = np.searchsorted(model.classes_[k], COLUMNS[:, k])
        np.testing.assert_allclose(model._class_weights[k][codes], expected)
    total = model.loss_and_gradients(X, COLUMNS)[0]
    parts = 0.0
    for k in range(2):
        weights = [{}, {}]
        weights[k] = dict(zip(model.classes_[k], model._class_weights[k], strict=True))
        weights[1 - k] = dict.fromkeys(model.classes_[1 - k], 0.0)
        one = fit(clone(model).set_params(class_weight=weights), X, COLUMNS)
        one.coefs_, one.intercepts_ = model.coefs_, model.intercepts_
        parts += one.loss_and_gradients(X, COLUMNS)[0]
    assert total == pytest.approx(parts)


def test_partial_fit_takes_given_weights_and_refuses_balance(engine):
    factors = np.where(BINARY == 1, 3.0, 1.0)
    one = make(class_weight={1: 3.0}, engine=engine).partial_fit(X, BINARY, classes=[0, 1])
    two = make(engine=engine).partial_fit(X, BINARY, factors, classes=[0, 1])
    same(one, two)
    with pytest.raises(ValueError, match="class_weight='balanced' needs all rows at once"):
        make(class_weight="balanced").partial_fit(X, BINARY, classes=[0, 1])


@pytest.mark.parametrize(
    ("wrong", "y"),
    [
        ("even", BINARY),
        ({0: -1.0}, BINARY),
        ({0: np.nan}, BINARY),
        ({5: 2.0}, BINARY),
        ({0: 0, 1: 0}, BINARY),
        ([{0: 1.0}, {0: 1.0}], BINARY),
        ({0: 2.0}, LABELS),
        ([{0: 2.0}], LABELS),
        (["balanced"] * 3, LABELS),
        ([{0: 2.0}] * 3, COLUMNS),
    ],
)
def test_wrong_weights_are_named(wrong, y):
    with pytest.raises(ValueError, match="class_weight"):
        make(class_weight=wrong).fit(X, y)
