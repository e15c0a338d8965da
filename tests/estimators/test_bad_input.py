"""Input that must be refused, and the estimator that must survive it."""

import warnings

import numpy as np
import pytest
from scipy.sparse import csc_matrix, csr_matrix
from sklearn.exceptions import NotFittedError

from lightmlp import MLPClassifier, MLPRegressor

X = np.random.RandomState(0).normal(size=(20, 3))
y = np.arange(20) % 2
NAN_X, INF_X = X.copy(), X.copy()
NAN_X[3, 1], INF_X[3, 1] = np.nan, np.inf


def make(estimator, engine, **parameters):
    settings = {"hidden_layer_sizes": (4,), "max_iter": 3, "tol": 10, "n_iter_no_change": 1}
    return estimator(**settings, random_state=0, engine=engine, **parameters)


REFUSED_BY_BOTH = {
    "X has one dimension": (X[0], y[:3], None, "Expected 2D array"),
    "X has three dimensions": (X.reshape(5, 4, 3), y, None, "dim 3"),
    "lengths differ": (X, y[:-1], None, "inconsistent numbers of samples"),
    "X has no rows": (X[:0], y[:0], None, "0 sample"),
    "X has no columns": (X[:, :0], y, None, "0 feature"),
    "NaN in X": (NAN_X, y, None, "contains NaN"),
    "infinity in X": (INF_X, y, None, "infinity"),
    "NaN in CSR": (csr_matrix(NAN_X), y, None, "contains NaN"),
    "infinity in CSC": (csc_matrix(INF_X), y, None, "infinity"),
    "X of strings": (np.full((20, 3), "a"), y, None, "could not convert|dtype='numeric'"),
    "complex X": (X + 1j, y, None, "Complex data not supported"),
    "NaN in y": (X, np.where(y == 1, np.nan, 0.0), None, "NaN"),
    "y is missing": (X, None, None, "y cannot be None|requires y to be passed"),
    "too few weights": (X, y, np.ones(5), "sample_weight.shape"),
    "weights in two dimensions": (X, y, np.ones((20, 2)), "Sample weights must be 1D"),
    "negative weight": (X, y, -np.ones(20), "sample_weight must be >= 0, got a minimum of -1"),
    "all weights zero": (X, y, np.zeros(20), "at least one non-zero"),
    "NaN in weights": (X, y, np.full(20, np.nan), "sample_weight contains NaN"),
}


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("case", REFUSED_BY_BOTH)
def test_fit_refuses(estimator, case, engine):
    bad_X, bad_y, weights, message = REFUSED_BY_BOTH[case]
    model = make(estimator, engine)
    with pytest.raises(ValueError, match=message):
        model.fit(bad_X, bad_y, sample_weight=weights)
    with pytest.raises(NotFittedError):
        model.predict(X)
    model.fit(X, y)
    before = model.predict(X)
    with pytest.raises(ValueError, match=message):
        model.fit(bad_X, bad_y, sample_weight=weights)
    assert np.array_equal(model.predict(X), before)


def test_fit_refuses_text_in_an_object_column(engine):
    mixed = X.astype(object)
    mixed[2, 1] = "seven"
    with pytest.raises(ValueError, match="seven"):
        make(MLPClassifier, engine).fit(mixed, y)


@pytest.mark.parametrize(
    ("bad_X", "message"),
    [
        (X[:, :2], "X has 2 features, but MLPClassifier is expecting 3 features as input"),
        (X[0], "Expected 2D array"),
        (X[:0], "0 sample"),
        (NAN_X, "contains NaN"),
        (INF_X, "infinity"),
        (NAN_X.astype(np.float32), "contains NaN"),
        (csr_matrix(NAN_X), "contains NaN"),
        (csr_matrix(X[:, :2]), "X has 2 features"),
        (np.full((2, 3), "a"), "could not convert|dtype='numeric'"),
    ],
)
def test_predict_refuses(bad_X, message, engine):
    model = make(MLPClassifier, engine).fit(X, y)
    for method in (model.predict, model.predict_proba, model.hidden_activations):
        with pytest.raises(ValueError, match=message):
            method(bad_X)


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_an_unfitted_estimator_says_so(estimator):
    for method in ("predict", "hidden_activations"):
        with pytest.raises(NotFittedError, match="is not fitted yet"):
            getattr(estimator(), method)(X)
    with pytest.raises(NotFittedError):
        estimator().loss_and_gradients(X, y)
    assert not hasattr(estimator(), "n_parameters_")


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_one_row_is_enough(estimator, engine):
    model = make(estimator, engine).fit(X[:1], y[:1])
    assert model.predict(X[:2]).shape == (2,)


def test_one_class_has_two_columns_of_probability(engine):
    model = make(MLPClassifier, engine).fit(X, np.full(20, "only"))
    assert model.predict_proba(X).shape == (20, 2)
    assert set(model.predict(X)) == {"only"}
    stopped = make(MLPClassifier, engine, early_stopping=True, validation_fraction=0.2)
    assert stopped.fit(X, np.full(20, "only")).validation_scores_[0] == 1.0


def test_continuous_targets_are_no_classes(engine):
    with pytest.raises(ValueError, match="Unknown label type"):
        make(MLPClassifier, engine).fit(X, X[:, 0])


def test_regressor_refuses_sparse_targets(engine):
    with pytest.raises(ValueError, match=r"y must be dense.*toarray"):
        make(MLPRegressor, engine).fit(X, csr_matrix(X))


@pytest.mark.parametrize("dtype", [str, bytes, "datetime64[D]"])
def test_regressor_refuses_targets_that_are_no_numbers(engine, dtype):
    model = make(MLPRegressor, engine)
    with pytest.raises(ValueError, match=r"y must be real numbers for a regressor, got the dt"):
        model.fit(X, np.arange(20).astype(dtype))
    with pytest.raises(ValueError, match=r"y must be real numbers"):
        model.fit(X, y).loss_and_gradients(X, np.arange(20).astype(dtype))


def test_poisson_refuses_negative_targets(engine):
    model = make(MLPRegressor, engine, loss="poisson")
    with pytest.raises(ValueError, match=r"y must be >= 0 for loss='poisson'.*-2"):
        model.fit(X, y - 2)
    assert np.isfinite(model.fit(X, y).loss_)


def test_partial_fit_refuses_unseen_classes(engine):
    model = make(MLPClassifier, engine).partial_fit(X, y, classes=[0, 1])
    before = [W.copy() for W in model.coefs_]
    with pytest.raises(ValueError, match=r"`y` has classes not in `self\.classes_`"):
        model.partial_fit(X, y + 1)
    assert all(np.array_equal(a, b) for a, b in zip(model.coefs_, before, strict=True))
    assert model.partial_fit(X, y).t_ == 40


def test_first_partial_fit_that_fails_declares_no_classes(engine):
    model = make(MLPClassifier, engine)
    with pytest.raises(ValueError, match="contains NaN"):
        model.partial_fit(NAN_X, y, classes=[0, 1])
    assert not hasattr(model, "classes_")
    model.partial_fit(X, y, classes=[0, 1, 2])
    assert model.n_outputs_ == 3


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_partial_fit_refuses_other_features(estimator, engine):
    model = make(estimator, engine).fit(X, y)
    with pytest.raises(ValueError, match="X has 2 features"):
        model.partial_fit(X[:, :2], y)


def test_partial_fit_refuses_another_number_of_outputs(engine):
    model = make(MLPRegressor, engine).fit(X, y)
    with pytest.raises(ValueError, match=r"y has 2 output\(s\), expected 1"):
        model.partial_fit(X, X[:, :2])
    with pytest.raises(ValueError, match=r"y must have 1 output\(s\) as in fit, got 2"):
        model.loss_and_gradients(X, X[:, :2])


@pytest.mark.parametrize("go_on", ["warm_start", "partial_fit"])
def test_changed_hidden_sizes_are_refused_where_training_goes_on(go_on, engine):
    model = make(MLPRegressor, engine, warm_start=go_on == "warm_start").fit(X, y)
    model.set_params(hidden_layer_sizes=(7,))
    with pytest.raises(ValueError, match=r"hidden_layer_sizes=\(7,\) differs from the \(4,\)"):
        (model.fit if model.warm_start else model.partial_fit)(X, y)
    assert model.set_params(warm_start=False).fit(X, y).coefs_[0].shape == (3, 7)


def test_changed_loss_is_refused_where_training_goes_on(engine):
    model = make(MLPRegressor, engine).fit(X, y)
    with pytest.raises(ValueError, match="'poisson' does not belong to out_activation_"):
        model.set_params(loss="poisson").partial_fit(X, y)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
class TestDivergence:
    def test_a_diverging_fit_is_an_error_and_changes_nothing(self, engine):
        model = make(MLPRegressor, engine, solver="sgd").fit(X, y)
        before = dict(vars(model))
        model.set_params(learning_rate_init=1e10, activation="identity")
        model.set_params(max_iter=200, n_iter_no_change=200)
        with pytest.raises(ValueError, match="non-finite parameter weights"):
            model.fit(X, y)
        for name in ("coefs_", "loss_curve_", "_optimizer", "n_iter_"):
            assert vars(model)[name] is before[name]
        model.set_params(learning_rate_init=1e-3, max_iter=3, n_iter_no_change=1)
        assert np.isfinite(model.fit(X, y).predict(X)).all()

    def test_a_diverging_partial_fit_can_be_continued(self, engine):
        model = make(MLPRegressor, engine, solver="sgd").partial_fit(X, y)
        twin = make(MLPRegressor, engine, solver="sgd").partial_fit(X, y)
        with pytest.raises(ValueError, match="non-finite parameter weights"):
            model.partial_fit(X * 1e300, np.full(20, 1e300))
        assert len(model.loss_curve_) == 1
        model.partial_fit(X, y)
        assert np.array_equal(model.predict(X), twin.partial_fit(X, y).predict(X))

    @pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
    @pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
    def test_rows_of_1e12_leave_a_usable_estimator(self, estimator, solver, engine):
        model = make(estimator, engine, solver=solver)
        try:
            finite = np.isfinite(model.fit(X * 1e12, y).coefs_[0]).all()
        except ValueError as error:
            finite = "non-finite parameter weights" in error.args[0]
        assert finite
        assert np.isfinite(model.fit(X, y).predict(X)).all()


def test_float32_rows_refuse_targets_beyond_float32(engine):
    model = make(MLPRegressor, engine)
    with pytest.raises(ValueError, match="y contains values too large for float32"):
        model.fit(X.astype(np.float32), np.full(20, 1e300))
    with pytest.raises(ValueError, match="sample_weight contains values too large"):
        model.fit(X.astype(np.float32), y, sample_weight=np.full(20, 1e300))
    model.fit(X.astype(np.float32), y)
    with pytest.raises(ValueError, match="X contains values too large for float32"):
        model.partial_fit(X * 1e300, y)


def test_early_stopping_needs_two_rows_and_two_members_a_class(engine):
    with pytest.raises(ValueError, match="The validation set is too small"):
        make(MLPRegressor, engine, early_stopping=True).fit(X[:5], y[:5])
    with pytest.raises(ValueError, match="least populated class"):
        make(MLPClassifier, engine, early_stopping=True).fit(X[:4], [0, 0, 0, 1])
    model = make(MLPRegressor, engine, early_stopping=True)
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping=True"):
        model.partial_fit(X, y)
    assert not hasattr(model, "coefs_")


def test_early_stopping_refuses_a_part_without_weight(engine):
    weights = np.zeros(20)
    weights[0] = 1
    with pytest.raises(ValueError, match="sample_weight is zero in all"):
        make(MLPRegressor, engine, early_stopping=True).fit(X, y, sample_weight=weights)


def test_a_batch_without_weight_changes_nothing(engine):
    weights = np.r_[np.zeros(10), np.ones(10)]
    settings = {"batch_size": 10, "shuffle": False, "alpha": 0.1}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        half = make(MLPRegressor, engine, **settings).fit(X, y, sample_weight=weights)
    only = make(MLPRegressor, engine, **settings).fit(X[10:], y[10:])
    for a, b in zip(half.coefs_, only.coefs_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
