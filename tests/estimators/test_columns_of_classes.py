"""Targets with a column of classes per output (multiclass-multioutput)."""

import pickle
import warnings

import numpy as np
import pytest
from scipy import sparse
from scipy.special import softmax
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_val_score

from lightmlp import MLPClassifier

rng = np.random.RandomState(0)
X = rng.normal(size=(90, 3))
CODES = np.stack([np.digitize(X[:, 0], [-0.5, 0.5]), (X[:, 1] > 0) + 4], axis=1)
TEXT = np.array(["low", "middle", "high", "", "off", "on"])[CODES]


def make(**parameters):
    model = MLPClassifier((16,), solver="lbfgs", max_iter=300, random_state=0)
    return model.set_params(**parameters)


def fit(model, *data, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(*data, **kwargs)


@pytest.mark.parametrize("y", [CODES, TEXT, TEXT.astype(object), TEXT[:, :1].repeat(2, axis=1)])
@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_matrix])
def test_predictions_have_the_form_of_the_targets(y, storage, engine):
    model = fit(make(engine=engine), storage(X), y)
    assert isinstance(model.classes_, list)
    for k, classes in enumerate(model.classes_):
        np.testing.assert_array_equal(classes, np.unique(y[:, k]))
    predicted = model.predict(storage(X))
    assert predicted.shape == y.shape
    assert predicted.dtype.kind == y.dtype.kind
    assert (predicted == y).mean() > 0.95
    assert model.score(storage(X), y) == (predicted == y).all(axis=1).mean()


def test_each_output_has_probabilities_of_its_own(engine):
    model = fit(make(engine=engine), X, TEXT)
    probabilities, scores = model.predict_proba(X), model.decision_function(X)
    assert [p.shape for p in probabilities] == [(90, 3), (90, 2)]
    for p, s, log_p in zip(probabilities, scores, model.predict_log_proba(X), strict=True):
        np.testing.assert_allclose(p, softmax(s, axis=1), rtol=1e-10)
        np.testing.assert_allclose(np.log(p), log_p, rtol=1e-10)
    assert model.n_outputs_ == 5


def test_linear_outputs_do_not_influence_each_other(engine):
    model = make(hidden_layer_sizes=(), alpha=0.1, tol=1e-8, max_iter=2000, engine=engine)
    y = np.stack([CODES[:, 0], np.digitize(X[:, 2], [-1, 1])], axis=1)
    together = fit(clone(model), X, y).predict_proba(X)
    for k in range(2):
        alone = fit(clone(model), X, y[:, k]).predict_proba(X)
        np.testing.assert_allclose(together[k], alone, atol=1e-4)


def test_the_loss_is_the_sum_over_the_outputs(engine):
    model = fit(make(alpha=0, max_iter=5, engine=engine), X, CODES)
    loss = model.loss_and_gradients(X, CODES)[0]
    expected = 0.0
    for k, p in enumerate(model.predict_proba(X)):
        codes = np.searchsorted(model.classes_[k], CODES[:, k])
        expected -= np.log(p[np.arange(90), codes]).mean()
    assert loss == pytest.approx(expected, rel=1e-10)


def test_partial_fit_learns_classes_that_come_later(engine):
    model = make(solver="adam", engine=engine)
    classes = [["high", "low", "middle"], ["off", "on"]]
    model.partial_fit(X[:4], TEXT[:4], classes=classes)
    model.partial_fit(X[4:], TEXT[4:])
    model.partial_fit(X[:4], TEXT[:4], classes=classes)
    assert model.predict(X).shape == TEXT.shape
    with pytest.raises(ValueError, match="is not the same as on last call"):
        model.partial_fit(X, TEXT, classes=[["a", "b"], ["off", "on"]])
    with pytest.raises(ValueError, match=r"`self.classes_\[0\]` has"):
        model.partial_fit(X[:1], np.array([["new", "on"]]))
    with pytest.raises(ValueError, match="expected 2 columns"):
        model.partial_fit(X, TEXT[:, 0])


def test_fits_again_warm_and_after_another_kind_of_target(engine):
    model = fit(make(warm_start=True, max_iter=3, engine=engine), X, TEXT)
    fit(model, X, TEXT)
    with pytest.raises(ValueError, match="`y` has classes not in"):
        model.fit(X, CODES)
    fit(model.set_params(warm_start=False), X, CODES)
    fit(model, X, CODES[:, 0])
    assert model.predict(X).shape == (90,)


def test_early_stopping_counts_rows_with_all_columns_right(engine):
    model = make(solver="adam", early_stopping=True, max_iter=30, engine=engine)
    assert 0 <= fit(model, X, TEXT).best_validation_score_ <= 1


def test_cross_validation_and_pickles(engine):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        assert cross_val_score(make(engine=engine), X, CODES, cv=3).mean() > 0.6
    model = fit(make(engine=engine), X, TEXT)
    loaded = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def test_two_dimensional_numbers_that_are_no_classes_are_refused():
    with pytest.raises(ValueError, match="Unknown label type: continuous-multioutput"):
        make().fit(X, X[:, :2])
