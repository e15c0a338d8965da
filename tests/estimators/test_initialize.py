"""initialize: the parameters with which a fit would begin, and no step."""

import pickle

import numpy as np
import pytest
from scipy import sparse

from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.callbacks import Callback

rng = np.random.RandomState(0)
X = rng.normal(size=(40, 4))
targets = {
    "binary": np.where(X[:, 0] > 0, "yes", "no"),
    "multiclass": np.arange(40) % 3,
    "multilabel": (X[:, :3] > 0).astype(int),
    "columns": np.column_stack([np.arange(40) % 2, np.arange(40) % 3]),
    "regression": X[:, 0],
    "outputs": X[:, :2],
}
kinds = pytest.mark.parametrize("kind", targets)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Start(Callback):
    """Keeps what a fit begins with."""

    def on_fit_begin(self, state):
        self.coefs = [W.copy() for W in state.coefs]
        self.intercepts = [b.copy() for b in state.intercepts]


def estimator(kind, engine, **settings):
    cls = MLPRegressor if kind in ("regression", "outputs") else MLPClassifier
    settings = {"max_iter": 3, "random_state": 0, "engine": engine, **settings}
    return cls(hidden_layer_sizes=(5, 3), **settings)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"solver": "sgd", "initialization": "he_normal"},
        {"solver": "lbfgs"},
        {"normalization": "batch", "dropout": 0.3},
        {"early_stopping": True, "scoring": "loss"},
        {"scoring": "loss", "restore_best_weights": True},  # fit would get X_val
    ],
)
@kinds
def test_parameters_are_those_of_the_beginning_of_fit(engine, kind, settings):
    y, start = targets[kind], Start()
    model = estimator(kind, engine, **settings)
    assert model.initialize(X, y) is model
    parts = {"X_val": X[:8], "y_val": y[:8]} if "restore_best_weights" in settings else {}
    fitted = estimator(kind, engine, callbacks=[start], **settings).fit(X, y, **parts)
    for one, other in zip(
        model.coefs_ + model.intercepts_, start.coefs + start.intercepts, strict=True
    ):
        np.testing.assert_array_equal(one, other)
    assert (model.n_iter_, model.t_) == (0, 0)
    assert not hasattr(model, "loss_curve_")
    for name in ("n_features_in_", "n_outputs_", "n_layers_", "out_activation_"):
        assert getattr(model, name) == getattr(fitted, name)


@kinds
def test_everything_works_on_it(engine, kind):
    y = targets[kind]
    model = estimator(kind, engine).initialize(X, y)
    assert len(model.predict(X)) == 40
    assert np.isfinite(model.score(X, y))
    assert np.isfinite(model.loss_and_gradients(X, y)[0])
    assert [a.shape for a in model.hidden_activations(X)] == [(40, 5), (40, 3)]
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert model.partial_fit(X, y).t_ == 40


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
@kinds
def test_a_warm_fit_goes_on_from_it(engine, kind, solver):
    """Without shuffling a fit draws nothing else."""
    y, settings = targets[kind], {"solver": solver, "shuffle": False}
    fitted = estimator(kind, engine, **settings).fit(X, y)
    model = estimator(kind, engine, **settings, warm_start=True).initialize(X, y).fit(X, y)
    for one, other in zip(fitted.coefs_, model.coefs_, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_was_learned_before_is_forgotten(engine):
    model = estimator("multiclass", engine, warm_start=True, early_stopping=True)
    model.fit(X, targets["multiclass"]).set_params(early_stopping=False)
    model.partial_fit(X, targets["multiclass"])
    fresh = estimator("multiclass", engine, warm_start=True)
    letters = np.array(["a", "b", "c"])[targets["multiclass"]]
    for each in (model, fresh):
        each.initialize(X, letters)
    assert set(vars(model)) == set(vars(fresh))
    for each in (model, fresh):
        each.partial_fit(X, letters)
    assert model.loss_curve_ == fresh.loss_curve_
    np.testing.assert_array_equal(model.predict_proba(X), fresh.predict_proba(X))


def test_a_generator_moves_on_as_in_fit(engine):
    one, other = np.random.RandomState(3), np.random.RandomState(3)
    model = estimator("regression", engine, random_state=one).initialize(X, X[:, 0])
    assert model.random_state is one
    estimator("regression", engine, random_state=other, solver="lbfgs").fit(X, X[:, 0])
    assert one.randint(2**30) == other.randint(2**30)


def test_dtype_sparse_rows_and_names(engine):
    model = estimator("regression", engine).initialize(X.astype(np.float32), X[:, 0])
    assert {W.dtype for W in model.coefs_} == {np.dtype(np.float32)}
    model.initialize(sparse.csr_matrix(X), X[:, 0])
    assert model.n_features_in_ == 4
    pandas = pytest.importorskip("pandas")
    model.initialize(pandas.DataFrame(X, columns=list("abcd")), X[:, 0])
    assert model.feature_names_in_.tolist() == list("abcd")


def test_balanced_classes(engine):
    y = np.repeat([0, 1], [30, 10])
    model = estimator("binary", engine, class_weight="balanced", alpha=0).initialize(X, y)
    plain = estimator("binary", engine, alpha=0).initialize(X, y)
    weights = np.where(y == 0, 40 / 60, 40 / 20)
    expected = plain.loss_and_gradients(X, y, sample_weight=weights)[0]
    assert model.loss_and_gradients(X, y)[0] == pytest.approx(expected)


def test_layers_of_another_model(engine):
    source = estimator("regression", engine).fit(X, X[:, 0])
    model = estimator("multiclass", engine, frozen_layers=2, random_state=5)
    model.initialize(X, targets["multiclass"], init_from=source)
    for own, taken in zip(model.coefs_[:2], source.coefs_[:2], strict=True):
        np.testing.assert_array_equal(own, taken)
    model.partial_fit(X, targets["multiclass"])
    np.testing.assert_array_equal(model.coefs_[1], source.coefs_[1])


@pytest.mark.parametrize(
    ("changes", "arguments", "message"),
    [
        ({"alpha": -1}, {}, "The 'alpha' parameter of MLPRegressor"),
        ({}, {"y": X[:-1, 0]}, "inconsistent numbers of samples"),
        ({"loss": "gamma"}, {}, "y must be > 0 for loss='gamma'"),
        ({}, {"init_from": "model"}, "init_from must be a fitted"),
    ],
)
def test_errors_leave_the_model_as_it_was(engine, changes, arguments, message):
    model = estimator("regression", engine).fit(X, X[:, 0]).set_params(**changes)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=message):
        model.initialize(**({"X": X, "y": X[:, 0]} | arguments))
    assert vars(model) == before
