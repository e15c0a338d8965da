"""Scores that are not defined for the rows held out: an error at the first epoch."""

import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import make_scorer, recall_score, roc_auc_score
from sklearn.model_selection import ShuffleSplit

from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.callbacks import Callback

rng = np.random.RandomState(0)
X = rng.normal(size=(60, 4))
y = (X[:, 0] > 0).astype(int)
target = X[:, 0] - X[:, 1] ** 2
one_class = {"X_val": X[y == 1], "y_val": y[y == 1]}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Epochs(Callback):
    """Counts the epochs that were completed."""

    def __init__(self):
        self.n = 0

    def on_epoch_end(self, state):
        self.n += 1


def classifier(engine="auto", **settings):
    settings = {"hidden_layer_sizes": (6,), "max_iter": 5, "random_state": 0, **settings}
    return MLPClassifier(**settings, engine=engine)


def regressor(engine="auto", **settings):
    settings = {"hidden_layer_sizes": (6,), "max_iter": 5, "random_state": 0, **settings}
    return MLPRegressor(**settings, engine=engine)


def refuse(model, match, *data, **more):
    """Check that the fit ends with this error, in the first epoch, and leaves no model."""
    epochs = Epochs()
    model.set_params(callbacks=[epochs])
    with pytest.raises(ValueError, match=match):  # warnings are errors: none comes with it
        model.fit(*data, **more)
    assert epochs.n == 0
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize(
    "settings", [{"early_stopping": True}, {"restore_best_weights": True}, {}]
)
def test_rows_of_one_class_have_no_area_under_a_curve(engine, settings):
    model = classifier(engine, scoring="roc_auc", **settings)
    match = r"scoring='roc_auc' is nan for .* X_val, .*Only one class.* rows of every class"
    refuse(model, match, X, y, **one_class)
    both = {"X_val": X[:20], "y_val": y[:20]}
    assert model.fit(X, y, **both).best_validation_score_ > 0


def test_weights_that_hide_a_class(engine):
    weights = y.astype(float)
    model = classifier(engine, scoring=make_scorer(roc_auc_score, response_method="predict"))
    refuse(model, "is nan for the 60 row", X, y, X_val=X, y_val=y, sample_weight_val=weights)
    model = classifier(engine, scoring="loss", class_weight={1: 0.0})
    refuse(model, "gives every row the weight 0", X, y, **one_class)
    refuse(model, "weight 0", X, y, X_val=X, y_val=y, sample_weight_val=weights)


def test_a_splitter_that_leaves_a_class_out(engine):
    parts = [(np.flatnonzero(y == 0), np.flatnonzero(y == 1))]
    model = classifier(engine, scoring="roc_auc", validation_split=parts)
    refuse(model, r"29 row.* held out by validation_split, .*StratifiedShuffleSplit", X, y)
    splitters = [ShuffleSplit(1, test_size=2, random_state=seed) for seed in range(9)]
    few = next(s for s in splitters if len(np.unique(y[next(s.split(X))[1]])) == 1)
    refuse(model.set_params(validation_split=few), "2 row.* by validation_split, ", X, y)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_callable_that_returns_no_number(engine, value):
    def score(model, rows, targets):
        return value

    model = regressor(engine, scoring=score, early_stopping=True, validation_fraction=0.2)
    match = f"is {value} for the 12 row.* early_stopping with validation_fraction=0.2"
    refuse(model, match, X, target)
    refuse(model.set_params(scoring=lambda *_: "good"), "must return a number, got 'good'",
           X, target)  # fmt: skip


def test_a_score_that_later_is_none():
    scores = iter([0.5, 0.6, np.nan])
    model = regressor(early_stopping=True, scoring=lambda *_: next(scores))
    with pytest.raises(ValueError, match="is nan for the 6 row"):
        model.fit(X, target)


@pytest.mark.parametrize("settings", [{}, {"early_stopping": True}])
def test_a_single_row_has_no_R2(engine, settings):
    refuse(
        regressor(engine, **settings),
        r"R2 \(scoring=None\) is nan for the 1 row\(s\) held out by X_val.*less than two",
        X, target, X_val=X[:1], y_val=target[:1],
    )  # fmt: skip
    model = regressor(engine, scoring="loss", **settings)
    model.fit(X, target, X_val=X[:1], y_val=target[:1])
    assert np.isfinite(model.validation_scores_).all()


def test_a_loss_that_overflows_is_no_score(engine):
    huge = np.r_[target[:59], 1e200]
    model = regressor(engine, scoring="loss")
    refuse(model, "scoring='loss' is -inf .*check their targets", X, target,
           X_val=X, y_val=huge)  # fmt: skip


@pytest.mark.parametrize("scoring", [None, "loss", "r2"])
def test_outputs_that_overflow_are_no_fault_of_the_score(engine, scoring):
    """They are a fit that diverges, which is judged apart."""
    model = regressor(engine, scoring=scoring, solver="sgd", learning_rate_init=1e100)
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="Solver produced"):
        model.fit(X, target, X_val=X[:20], y_val=target[:20])


def test_warnings_about_a_defined_score_are_heard():
    """Recall of a class that has no row is 0, with a warning of scikit-learn's."""
    model = classifier(scoring=make_scorer(recall_score))
    with pytest.warns(UndefinedMetricWarning, match="Recall is ill-defined"):
        model.fit(X, y, X_val=X[y == 0], y_val=y[y == 0])
    assert model.validation_scores_ == [0.0] * 5


def test_an_undefined_score_is_an_error_where_warnings_are_off():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        refuse(classifier(scoring="roc_auc"), "is nan", X, y, **one_class)


@pytest.mark.parametrize("scoring", ["f1_macro", make_scorer(recall_score, average="macro")])
def test_columns_that_a_metric_would_take_for_labels_are_refused(engine, scoring):
    columns = 2 * np.c_[y, X[:, 1] > 0] - 1
    model = classifier(engine, early_stopping=True, scoring=scoring)
    refuse(model, "would take for a multi-label matrix", X, columns)


@pytest.mark.parametrize("scoring", ["roc_auc", "neg_log_loss"])
def test_metrics_of_probabilities_do_not_read_columns_of_classes(scoring):
    columns = np.c_[y, y + (X[:, 1] > 0)]
    model = classifier(early_stopping=True, scoring=scoring)
    refuse(model, f"scoring='{scoring}' cannot score columns", X, columns)


@pytest.mark.parametrize("labels", [(0, 5), (-1, 1)])
def test_metrics_that_read_columns_score_them(labels):
    columns = np.array(labels)[np.c_[y, X[:, 1] > 0].astype(int)]
    model = classifier(early_stopping=True).fit(X, columns)
    by_default = model.validation_scores_
    assert model.set_params(scoring="accuracy").fit(X, columns).validation_scores_ == by_default


@pytest.mark.parametrize(
    ("scoring", "said"),
    [("roc_auc", "Sparse data"), (lambda model, X, y: np.nan, "is nan for the 6 row")],
)
def test_sparse_targets_that_cannot_be_scored(engine, scoring, said):
    labels = sparse.csr_matrix(np.c_[y, X[:, 1] > 0].astype(int))
    refuse(classifier(engine, early_stopping=True, scoring=scoring), said, X, labels)


def test_a_metric_that_cannot_compare_the_labels_is_named():
    columns = [[("no", "yes")[label], label] for label in y]
    model = classifier(early_stopping=True, scoring="accuracy")
    refuse(model, "scoring='accuracy' cannot score", X, columns)
