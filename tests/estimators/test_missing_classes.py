"""Rows that lack a class: folds of a cross-validation, and rows to validate with."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    cross_val_predict,
    cross_val_score,
)

from lightmlp import MLPClassifier

rng = np.random.RandomState(0)
X = rng.normal(size=(60, 3))
Y = np.stack([X[:, 0] > 0, X[:, 1] > 0], axis=1).astype(int)
Y[40:, 1] = 2  # the last of three folds has all rows of this class
TABLE = pd.DataFrame(Y)
FOLDS = KFold(3)
METHODS = ["predict_proba", "predict_log_proba", "decision_function"]
NAMED = [{}, {0: 1, 1: 1, 2: 1}]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def make(**parameters):
    return MLPClassifier((8,), solver="lbfgs", max_iter=60, random_state=0, **parameters)


def test_a_fold_without_a_class_is_scored_and_predicted(engine):
    scores = cross_val_score(make(engine=engine), X, Y, cv=FOLDS, error_score="raise")
    predicted = cross_val_predict(make(engine=engine), X, Y, cv=FOLDS)
    right = (predicted == Y).all(axis=1).reshape(3, 20).mean(axis=1)
    np.testing.assert_array_equal(scores, right)
    search = GridSearchCV(make(engine=engine), {"alpha": [1e-4]}, cv=FOLDS)
    assert search.set_params(error_score="raise").fit(X, Y).best_score_ == scores.mean()


@pytest.mark.parametrize("method", METHODS)
def test_weights_name_the_classes_of_every_fold(method):
    model = make(class_weight=NAMED, alpha=10.0)
    parts = cross_val_predict(model, X, Y, cv=FOLDS, method=method)
    assert [part.shape for part in parts] == [(60, 2), (60, 3)]
    one = model.fit(X[:40], Y[:40])
    for whole, part in zip(parts, getattr(one, method)(X[40:]), strict=True):
        np.testing.assert_array_equal(whole[40:], part)


def test_categories_name_the_classes_of_every_fold():
    y = TABLE.astype("category")
    for weight in (None, "balanced"):
        model = make(class_weight=weight).fit(X[:40], y[:40])
        assert [c.tolist() for c in model.classes_] == [[0, 1], [0, 1, 2]]
        assert [p.shape for p in model.predict_proba(X)] == [(60, 2), (60, 3)]
    scores = cross_val_score(make(), X, y, cv=FOLDS, error_score="raise")
    assert np.isfinite(scores).all()


def test_named_classes_are_rare_to_the_model_and_change_no_type():
    y = np.array([["a", "x"], ["b", "y"]])[rng.randint(2, size=60)]
    model = make(class_weight=[{"a": 1, "b": 1, "longer": 1}, {}]).fit(X, y)
    assert model.classes_[0].tolist() == ["a", "b", "longer"]
    assert model.predict(X).dtype.kind == "U"
    assert model.predict_proba(X)[0][:, 2].max() < 0.5
    numbers = np.where(Y > 0, 255, 0).astype(np.uint8)
    model = make(class_weight=[{0: 1, 255: 1, 7: 1}, {}]).fit(X, numbers)
    assert model.predict(X).dtype == np.uint8


def test_categories_0_and_1_are_multilabel():
    model = make().fit(X[:40], pd.DataFrame(Y[:40]).astype("category"))
    assert model.predict_proba(X).shape == (60, 2)
    weighted = make(class_weight=[{0: 1, 1: 2}, {0: 1}]).fit(X[:40], Y[:40])
    assert weighted.predict_proba(X).shape == (60, 2)


def test_a_weight_of_a_class_that_is_not_there_needs_all_the_others():
    with pytest.raises(ValueError, match=r"names \[2\].*name every class"):
        make(class_weight=[{}, {2: 3.0}]).fit(X[:40], Y[:40])


def test_declared_classes_hold_for_a_stream_and_its_validation():
    model = make().set_params(solver="adam")
    model.partial_fit(X[:40], Y[:40], classes=[[0, 1], [0, 1, 2]])
    assert [p.shape for p in model.partial_fit(X, Y).predict_proba(X)] == [(60, 2), (60, 3)]
    rows = {"X_val": X[40:], "y_val": Y[40:]}
    with pytest.raises(ValueError, match=r"(?s)y has labels other than 0 and 1.*name them"):
        make().set_params(solver="adam").fit(X[:40], Y[:40], **rows)
    model = make(class_weight=NAMED).set_params(solver="adam").fit(X[:40], Y[:40], **rows)
    assert np.isfinite(model.validation_loss_curve_).all()


def test_a_multilabel_model_scores_rows_with_other_labels_as_wrong():
    model = make().fit(X[:40], Y[:40])
    assert model.score(X, Y) == (model.predict(X) == Y).all(axis=1).mean()
    assert model.score(X[40:], Y[40:]) == 0.0


@pytest.mark.parametrize("early_stopping", [False, True])
def test_one_output_whose_fold_lacks_a_class(early_stopping, engine):
    """As everywhere in scikit-learn: the classes are those of the rows, others get zero."""
    model = make(engine=engine, early_stopping=early_stopping).set_params(solver="adam")
    with pytest.warns(RuntimeWarning, match="Number of classes in training fold"):
        whole = cross_val_predict(model, X, Y[:, 1], cv=FOLDS, method="predict_proba")
    assert whole.shape == (60, 3)
    assert (whole[40:, 2] == 0).all()
    assert np.isfinite(cross_val_score(model, X, Y[:, 1], cv=FOLDS)).all()


def test_validation_rows_of_one_output_may_lack_a_class_and_training_rows_not(engine):
    model = make(engine=engine).set_params(solver="adam")
    model.fit(X, Y[:, 1], X_val=X[:20], y_val=Y[:20, 1])
    assert np.isfinite(model.validation_scores_).all()
    with pytest.raises(ValueError, match=r"X_val, y_val .* classes not in .* has \[2\]"):
        model.fit(X[:40], Y[:40, 1], X_val=X[40:], y_val=Y[40:, 1])
    lacking = [(np.arange(40), np.arange(40, 60))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.set_params(validation_split=lacking).fit(X, Y[:, 1])
    assert model.classes_.tolist() == [0, 1, 2]
