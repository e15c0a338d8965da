"""Fitted perceptrons of scikit-learn that become LightMLP's."""

import pickle

import numpy as np
import pytest
import sklearn.neural_network as theirs
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from lightmlp import MLPClassifier, MLPRegressor

rng = np.random.RandomState(0)
X = rng.normal(size=(60, 4))
targets = {
    "binary": np.where(X[:, 0] > 0, "yes", "no"),
    "multiclass": np.arange(60) % 3,
    "multilabel": (X[:, :3] > 0).astype(int),
    "one class": np.ones(60, dtype=int),
    "regression": X[:, 0] ** 2,
    "outputs": X[:, :2],
}
kinds = pytest.mark.parametrize("kind", targets)
solvers = pytest.mark.parametrize(
    "solver",
    [
        {"solver": "adam", "beta_1": 0.8, "epsilon": 1e-6},
        {"solver": "sgd", "momentum": 0.8},
        {"solver": "sgd", "nesterovs_momentum": False, "learning_rate": "invscaling"},
        {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.5, "n_iter_no_change": 1},
        {"solver": "adam", "early_stopping": True},
        {"solver": "lbfgs"},
    ],
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def classes_of(kind):
    if kind in ("regression", "outputs"):
        return theirs.MLPRegressor, MLPRegressor
    return theirs.MLPClassifier, MLPClassifier


def pair(kind, engine, **settings):
    """Return a fitted model of scikit-learn and LightMLP's copy of it."""
    settings = {"hidden_layer_sizes": (6,), "max_iter": 7, "random_state": 0, **settings}
    source, ours = classes_of(kind)
    fitted = source(**settings).fit(X, targets[kind])
    return fitted, ours.from_sklearn(fitted).set_params(engine=engine)


def same_predictions(ours, source):
    method = "predict_proba" if hasattr(source, "predict_proba") else "predict"
    np.testing.assert_allclose(
        getattr(ours, method)(X), getattr(source, method)(X), rtol=1e-7, atol=1e-10
    )


@solvers
@kinds
def test_predictions_and_attributes(engine, kind, solver):
    source, ours = pair(kind, engine, **solver)
    same_predictions(ours, source)
    if kind not in ("regression", "outputs"):
        np.testing.assert_array_equal(ours.predict(X), source.predict(X))
    assert ours.score(X, targets[kind]) == pytest.approx(source.score(X, targets[kind]))
    public = [name for name in vars(source) if name.endswith("_")]
    for name in public:
        np.testing.assert_equal(getattr(ours, name), getattr(source, name))
    for name, value in source.get_params().items():
        assert getattr(ours, name) == value
    assert np.isfinite(ours.loss_and_gradients(X, targets[kind])[0])


@solvers
@kinds
def test_learning_goes_on_as_there(engine, kind, solver):
    source, ours = pair(kind, engine, **solver)
    by_epochs = solver["solver"] != "lbfgs" and "early_stopping" not in solver
    for each in (source, ours):
        if by_epochs:
            for _ in range(6):
                each.partial_fit(X, targets[kind])
        else:
            each.set_params(warm_start=True).fit(X, targets[kind])
    same_predictions(ours, source)
    assert ours.loss_ == pytest.approx(source.loss_)
    if by_epochs:
        assert ours.t_ == source.t_
        np.testing.assert_allclose(ours.loss_curve_, source.loss_curve_)


def test_scores_of_early_stopping_go_on(engine):
    source, ours = pair("multiclass", engine, early_stopping=True)
    for each in (source, ours):
        each.set_params(warm_start=True).fit(X, targets["multiclass"])
    np.testing.assert_allclose(ours.validation_scores_, source.validation_scores_)
    assert ours.best_validation_score_ == source.best_validation_score_


def test_single_precision(engine):
    rows = X.astype(np.float32)
    source = theirs.MLPClassifier((6,), max_iter=7, random_state=0)
    source.fit(rows, targets["multiclass"])
    ours = MLPClassifier.from_sklearn(source).set_params(engine=engine)
    for each in (source, ours):
        each.partial_fit(rows, targets["multiclass"])
    assert {W.dtype for W in ours.coefs_} == {np.dtype(np.float32)}
    np.testing.assert_allclose(ours.predict_proba(rows), source.predict_proba(rows), rtol=1e-4)


def test_the_copy_shares_nothing(engine):
    source, ours = pair("multiclass", engine, random_state=np.random.RandomState(0))
    expected, state = source.predict_proba(X), source.random_state.get_state()[1].copy()
    ours.partial_fit(X, targets["multiclass"])
    ours.coefs_[0][:] = 0
    np.testing.assert_array_equal(source.predict_proba(X), expected)
    np.testing.assert_array_equal(source.random_state.get_state()[1], state)
    assert len(source.loss_curve_) == 7


def test_a_pickle_goes_on_too(engine):
    source, ours = pair("binary", engine)
    again = pickle.loads(pickle.dumps(ours))
    for each in (source, again):
        each.partial_fit(X, targets["binary"])
    same_predictions(again, source)


def test_names_of_columns(engine):
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(X, columns=list("abcd"))
    source = theirs.MLPRegressor(hidden_layer_sizes=(4,), max_iter=2).fit(table, X[:, 0])
    ours = MLPRegressor.from_sklearn(source).set_params(engine=engine)
    np.testing.assert_allclose(ours.predict(table), source.predict(table))
    with pytest.raises(ValueError, match="feature names should match"):
        ours.predict(table[list("dcba")])


def test_poisson_regression(engine):
    source = theirs.MLPRegressor(loss="poisson", hidden_layer_sizes=(4,), max_iter=5)
    source.fit(X, targets["regression"])
    ours = MLPRegressor.from_sklearn(source).set_params(engine=engine)
    assert (ours.loss, ours.out_activation_) == ("poisson", "exp")
    same_predictions(ours, source)


def test_a_subclass_makes_its_own():
    class Mine(MLPRegressor):
        pass

    class Theirs(theirs.MLPRegressor):
        pass

    source = Theirs(max_iter=2).fit(X, X[:, 0])
    assert type(Mine.from_sklearn(source)) is Mine


class TestRefusals:
    @pytest.mark.parametrize(
        "model",
        [
            theirs.MLPRegressor(),
            make_pipeline(theirs.MLPClassifier()),
            MLPClassifier(),
            theirs.MLPClassifier,
            None,
        ],
    )
    def test_other_classes(self, model):
        with pytest.raises(TypeError, match=r"takes a fitted sklearn\.neural_network\.MLPC"):
            MLPClassifier.from_sklearn(model)

    def test_not_fitted(self):
        with pytest.raises(NotFittedError):
            MLPRegressor.from_sklearn(theirs.MLPRegressor())

    def test_inconsistent_weights(self):
        source = theirs.MLPRegressor(hidden_layer_sizes=(4,), max_iter=2).fit(X, X[:, 0])
        source.intercepts_[0] = np.ones(3)
        with pytest.raises(ValueError, match=r"intercepts_\[0\] must have the shape \(4,\)"):
            MLPRegressor.from_sklearn(source)
