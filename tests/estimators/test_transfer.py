"""Beginning with the layers of another model."""

import numpy as np
import pandas as pd
import pytest
import sklearn.neural_network
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.callbacks import Callback

rng = np.random.RandomState(0)
X = rng.normal(size=(60, 4))
y = np.arange(60) % 3
target = X[:, 0] - X[:, 1] ** 2

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Start(Callback):
    """Keeps the parameters that a fit begins with."""

    def on_fit_begin(self, state):
        self.coefs = [W.copy() for W in state.coefs]
        self.intercepts = [b.copy() for b in state.intercepts]


def taken(model, source, X, y, **given):
    """Return for each layer of the model whether it begins with that of the source."""
    start = Start()
    model.set_params(callbacks=[start], max_iter=2)
    model.fit(X, y, init_from=source, **given)
    pairs = zip(start.coefs, start.intercepts, source.coefs_, source.intercepts_, strict=False)
    return [np.array_equal(W, V) and np.array_equal(b, c) for W, b, V, c in pairs]


@pytest.fixture
def source(engine):
    """Return a classifier of three classes with two hidden layers."""
    model = MLPClassifier((6, 5), max_iter=3, random_state=1, engine=engine)
    return model.fit(X, y)


def test_everything_where_both_predict_the_same(source):
    assert taken(MLPClassifier((6, 5)), source, X, y) == [True, True, True]


@pytest.mark.parametrize("labels", [np.arange(60) % 3 + 1, np.arange(60) % 4, y > 0, target])
def test_a_fresh_output_layer_for_other_targets(source, labels):
    model = MLPRegressor(hidden_layer_sizes=(6, 5)) if labels is target else None
    model = model or MLPClassifier((6, 5))
    assert taken(model, source, X, labels)[:3] == [True, True, False]
    fresh = type(model)(**model.get_params()).set_params(random_state=3)
    plain = Start()
    fresh.set_params(callbacks=[plain]).fit(X, labels)
    model.set_params(random_state=3).fit(X, labels, init_from=source)
    assert np.array_equal(model.callbacks[0].coefs[-1], plain.coefs[-1])


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((6,), [True, False]),
        ((6, 7), [True, False, False]),
        ((6, 5, 3), [True, True, False]),  # its output layer does not become a hidden one
        ((6, 5, 3, 3), [True, True, False]),
    ],
)
def test_matching_shapes_from_the_input_side(source, sizes, expected):
    assert taken(MLPClassifier(sizes), source, X, y) == expected


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_training_goes_on_from_there(source, solver):
    before = source.loss_and_gradients(X, y)[0]
    model = MLPClassifier((6, 5), solver=solver, learning_rate_init=1e-12, max_iter=1)
    model.fit(X, y, init_from=source)
    if solver == "lbfgs":
        assert model.loss_ < before
    else:
        assert model.loss_ == pytest.approx(before)


def test_the_source_stays_as_it_is(source):
    before = [W.copy() for W in source.coefs_]
    MLPClassifier((6, 5), max_iter=5).fit(X, y, init_from=source)
    assert all(np.array_equal(a, b) for a, b in zip(source.coefs_, before, strict=True))


def test_a_scikit_learn_model_and_another_precision():
    theirs = sklearn.neural_network.MLPRegressor(
        hidden_layer_sizes=(6,), max_iter=3, random_state=0
    )
    theirs.fit(X, target)
    assert taken(MLPRegressor(hidden_layer_sizes=(6,)), theirs, X, target) == [True, True]
    single = MLPRegressor(hidden_layer_sizes=(6,), max_iter=1, learning_rate_init=1e-12)
    single.fit(X.astype(np.float32), target, init_from=theirs)
    assert single.coefs_[0].dtype == np.float32
    np.testing.assert_allclose(single.predict(X), theirs.predict(X), rtol=1e-4, atol=1e-5)


def test_a_linear_model_and_edited_weights(engine):
    source = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", engine=engine).fit(X, target)
    source.coefs_, source.intercepts_ = [np.ones((4, 1))], [[0.5]]
    model = MLPRegressor(hidden_layer_sizes=(), max_iter=1, learning_rate_init=1e-12)
    model.fit(X, target, init_from=source)
    np.testing.assert_allclose(model.predict(X), X.sum(axis=1) + 0.5)


def test_a_search_passes_it_on(source):
    search = GridSearchCV(MLPClassifier((6, 5), max_iter=2), {"alpha": [0.0, 1.0]}, cv=2)
    assert search.fit(X, y, init_from=source).best_estimator_.n_iter_ == 2


class TestErrors:
    @pytest.mark.parametrize("wrong", [3, MLPClassifier, "model", np.zeros(3)])
    def test_what_is_no_model(self, wrong):
        with pytest.raises(ValueError, match="init_from must be a fitted MLPClassifier"):
            MLPClassifier().fit(X, y, init_from=wrong)

    def test_a_pipeline_or_a_model_that_is_not_fitted(self, source):
        with pytest.raises(ValueError, match=r"pipeline\[-1\]"):
            MLPClassifier().fit(X, y, init_from=make_pipeline(source))
        with pytest.raises(NotFittedError):
            MLPClassifier().fit(X, y, init_from=MLPClassifier())

    @pytest.mark.parametrize(
        ("sizes", "rows"), [((7, 5), X), ((6, 5), X[:, :3]), ((), X), ((5, 6), X)]
    )
    def test_no_layer_fits(self, source, sizes, rows):
        model = MLPClassifier(sizes)
        with pytest.raises(ValueError, match=r"init_from has the layers \[4, 6, 5, 3\]"):
            model.fit(rows, y, init_from=source)
        assert not hasattr(model, "coefs_")

    def test_another_activation(self, source):
        with pytest.raises(ValueError, match="Set activation='relu'"):
            MLPClassifier((6, 5), activation="tanh").fit(X, y, init_from=source)

    def test_other_columns(self):
        frame = pd.DataFrame(X, columns=list("abcd"))
        source = MLPClassifier((6,), max_iter=2).fit(frame, y)
        with pytest.raises(ValueError, match="other columns of X, or in another order"):
            MLPClassifier((6,)).fit(frame[list("badc")], y, init_from=source)
        MLPClassifier((6,), max_iter=2).fit(frame, y, init_from=source)

    def test_two_ways_to_begin(self, source, tmp_path):
        model = MLPClassifier((6, 5), max_iter=2, warm_start=True)
        model.fit(X, y, init_from=source)
        with pytest.raises(ValueError, match="init_from and warm_start=True"):
            model.fit(X, y, init_from=source)
        with pytest.raises(ValueError, match="init_from and resume_from both"):
            MLPClassifier().fit(X, y, init_from=source, resume_from=tmp_path / "run")


def test_digits_learnt_help_with_digits_unseen():
    images, digits = load_digits(return_X_y=True)
    images = images / 16
    known = digits < 8
    source = MLPClassifier((32,), max_iter=30, random_state=0)
    source.fit(images[known], digits[known])
    rows = np.flatnonzero(~known)
    few, rest = rows[:20], rows[20:]
    settings = {"max_iter": 10, "learning_rate_init": 0.003}
    helped, alone = [], []
    for seed in range(5):
        model = MLPClassifier((32,), **settings, random_state=seed)
        model.fit(images[few], digits[few], init_from=source)
        helped.append(model.score(images[rest], digits[rest]))
        model.fit(images[few], digits[few])
        alone.append(model.score(images[rest], digits[rest]))
    assert np.mean(helped) > np.mean(alone)
