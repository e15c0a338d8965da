"""Which labels a matrix y may have, and in which form they come back."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import KFold
from sklearn.neural_network import MLPClassifier as SklearnClassifier

from lightmlp import MLPClassifier

rng = np.random.RandomState(0)
X = rng.normal(size=(60, 3))
ONES = np.stack([X[:, 0] > 0, X[:, 1] > 0], axis=1)
PAIRS = [(-1, 1), (1, 2), (0, 5), (0, 255), (-1, 0), (5, 7), (-1.0, 1.0)]
SIGNS = np.where(ONES, 1, -1)
TABLE = pd.DataFrame({"text": np.array(["no", "yes"])[ONES[:, 0] * 1], "code": ONES[:, 1] + 3})


def make(**parameters):
    model = MLPClassifier((16,), solver="lbfgs", max_iter=300, random_state=0)
    return model.set_params(**parameters)


def fit(model, *data, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(*data, **kwargs)


def fit_epochs(*data, **parameters):
    return fit(make(solver="adam", max_iter=60, learning_rate_init=0.02, **parameters), *data)


# Labels other than 0 and 1


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_matrix, sparse.csc_array])
def test_labels_come_back_as_they_were_given(pair, storage, engine):
    labels = np.where(ONES, pair[1], pair[0])
    y = storage(labels)
    model = fit(make(engine=engine), X, y)
    predicted = model.predict(X)
    assert sparse.issparse(predicted) == sparse.issparse(y)
    dense = predicted.toarray() if sparse.issparse(predicted) else predicted
    assert dense.dtype == labels.dtype
    np.testing.assert_array_equal(dense, labels)
    assert model.score(X, y) == 1.0
    assert [c.tolist() for c in model.classes_] == [sorted(pair)] * 2
    assert [p.shape for p in model.predict_proba(X)] == [(60, 2)] * 2
    assert [s.shape for s in model.decision_function(X)] == [(60, 2)] * 2


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int32, np.float32])
def test_the_dtype_of_labels_is_kept(dtype):
    y = np.where(ONES, 100, 0).astype(dtype)
    predicted = fit(make(), X, y).predict(X)
    assert predicted.dtype == dtype
    np.testing.assert_array_equal(predicted, y)


def test_classes_and_predictions_have_the_form_of_a_forest():
    labels = SIGNS.copy()
    labels[:, 1] = -1  # a column of a single class
    ours = fit(make(), X, labels)
    theirs = ExtraTreesClassifier(5, random_state=0).fit(X, labels)
    for a, b in zip(ours.classes_, theirs.classes_, strict=True):
        np.testing.assert_array_equal(a, b)
    assert ours.predict(X).dtype == theirs.predict(X).dtype
    shapes = [p.shape for p in theirs.predict_proba(X)]
    assert [p.shape for p in ours.predict_proba(X)] == shapes


@pytest.mark.parametrize("dtype", [bool, int, np.uint8, float])
@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize("constant", [None, 0, 1])
def test_matrices_of_0_and_1_are_multilabel_as_in_scikit_learn(dtype, storage, constant):
    labels = ONES.astype(dtype)
    if constant is not None:
        labels[:, 1] = constant
    parameters = {"max_iter": 4, "random_state": 0}
    ours = fit(MLPClassifier((6,), **parameters), X, storage(labels))
    theirs = fit(SklearnClassifier((6,), **parameters), X, storage(labels))
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-6)
    assert type(ours.predict(X)) is type(theirs.predict(X))


def test_stored_zeros_of_a_sparse_matrix_are_zeros():
    y = sparse.csr_matrix(ONES.astype(int))
    y.data[:5] = 0
    model = fit(make(max_iter=1000), X, y)
    assert model.classes_.tolist() == [0, 1]
    plain = fit(make(max_iter=1000), X, y.toarray())
    np.testing.assert_array_equal(model.predict_proba(X), plain.predict_proba(X))


def test_every_way_to_validate_reads_the_labels_alike(engine):
    shift = fit_epochs(X, SIGNS * 2 + 1, early_stopping=True, engine=engine)
    signs = fit_epochs(X, SIGNS, early_stopping=True, engine=engine)
    assert signs.validation_scores_ == shift.validation_scores_
    assert signs.best_validation_score_ > 0.5
    by_name = fit_epochs(X, SIGNS, early_stopping=True, scoring="accuracy", engine=engine)
    assert by_name.validation_scores_ == signs.validation_scores_
    split = fit_epochs(X, SIGNS, validation_split=KFold(3), engine=engine)
    model = make(solver="adam", max_iter=60, learning_rate_init=0.02, engine=engine)
    given = fit(model, X[:40], SIGNS[:40], X_val=X[40:], y_val=SIGNS[40:])
    assert given.validation_scores_ == split.validation_scores_
    with pytest.raises(ValueError, match=r"(?s)X_val, y_val .* classes not in"):
        model.fit(X[:40], SIGNS[:40], X_val=X[40:], y_val=ONES[40:] * 1)


@pytest.mark.parametrize("loss", ["log_loss", "squared_error", "focal", "hinge"])
def test_every_loss_takes_them(loss, engine):
    model = fit(make(loss=loss, engine=engine), X, SIGNS)
    assert model.score(X, SIGNS) == 1.0
    coded = fit(make(loss=loss, engine=engine), X, SIGNS + 9)
    assert model.loss_and_gradients(X, SIGNS)[0] == coded.loss_and_gradients(X, SIGNS + 9)[0]


def test_class_weights_are_by_label():
    given = fit(make(class_weight=[{-1: 2.0, 1: 3.0}, {-1: 0.5}], max_iter=5), X, SIGNS)
    assert [w.tolist() for w in given._class_weights] == [[2.0, 3.0], [0.5, 1.0]]
    balanced = fit(make(class_weight="balanced", max_iter=5), X, SIGNS)
    for k, weights in enumerate(balanced._class_weights):
        counts = [(SIGNS[:, k] == label).sum() for label in (-1, 1)]
        np.testing.assert_allclose(weights, 60 / (2 * np.array(counts)))
    with pytest.raises(ValueError, match=r"class_weight=.* names \[2\], and the classes"):
        make(class_weight=[{-1: 2.0, 2: 1.0}, {}]).fit(X, SIGNS)


def test_partial_fit_takes_the_labels_of_each_column(engine):
    model = make(solver="adam", learning_rate_init=0.02, engine=engine)
    for _ in range(80):
        model.partial_fit(X, SIGNS, classes=[[-1, 1], [-1, 1]])
    np.testing.assert_array_equal(np.unique(model.predict(X)), [-1, 1])
    assert model.score(X, SIGNS) > 0.9
    with pytest.raises(ValueError, match="classes not in"):
        model.partial_fit(X, ONES * 1)


def test_a_sparse_stream_predicts_sparse_labels():
    y = sparse.csr_matrix(ONES * 5)
    model = make(solver="adam").partial_fit(X, y, classes=[[0, 5], [0, 5]])
    predicted = model.predict(X)
    assert sparse.issparse(predicted)
    assert model.score(X, y) == (predicted.toarray() == ONES * 5).all(axis=1).mean()


def test_partial_fit_of_0_and_1_is_multilabel_unless_columns_are_declared():
    flat = make(solver="adam").partial_fit(X, ONES * 1, classes=[0, 1])
    columns = make(solver="adam").partial_fit(X, ONES * 1, classes=[[0, 1], [0, 1]])
    assert flat.predict_proba(X).shape == (60, 2)
    assert [p.shape for p in columns.predict_proba(X)] == [(60, 2)] * 2


@pytest.mark.parametrize("classes", [[-1, 1], [0, 1]])
def test_partial_fit_refuses_one_list_for_several_columns(classes):
    model = make(solver="adam")
    with pytest.raises(ValueError, match="Pass a list of arrays, the labels of each column"):
        model.partial_fit(X, SIGNS, classes=classes)
    assert not hasattr(model, "classes_")


@pytest.mark.parametrize("classes", [[[], [0, 1]], [[0, np.nan], [0, 1]], [[0, "a"], [0, 1]]])
def test_partial_fit_refuses_classes_that_are_none(classes):
    classes = [np.array(labels, dtype=object) for labels in classes]
    with pytest.raises(ValueError, match="Column 0 of classes"):
        make(solver="adam").partial_fit(X, SIGNS, classes=classes)


def test_a_single_list_in_a_list_is_told_from_flat_classes():
    with pytest.raises(ValueError, match=r"Pass them flat, as classes=\[0, 1\]"):
        make(solver="adam").partial_fit(X, ONES[:, 0] * 1, classes=[[0, 1]])


@pytest.mark.parametrize("y", [SIGNS, SIGNS + 1, sparse.csr_matrix(ONES * 5), TABLE])
def test_a_multilabel_model_refuses_other_labels(y):
    model = fit(make(warm_start=True), X, ONES * 1)
    for call in (model.fit, model.loss_and_gradients):
        with pytest.raises(ValueError, match="y has labels other than 0 and 1"):
            call(X, y)
    stream = make(solver="adam").partial_fit(X, ONES * 1, classes=[0, 1])
    with pytest.raises(ValueError, match="y has labels other than 0 and 1"):
        stream.partial_fit(X, y)


@pytest.mark.parametrize("y", [SIGNS, SIGNS + 1, sparse.csr_matrix(ONES * 5), TABLE])
@pytest.mark.parametrize(
    "labels", [ONES[:, 0] * 1, np.array(["a", "b", "c"])[np.arange(60) % 3]]
)
def test_a_model_of_a_single_column_refuses_several(labels, y):
    model = fit(make(solver="adam", max_iter=2, warm_start=True), X, labels)
    calls = [model.fit, model.partial_fit, model.loss_and_gradients]
    if y is TABLE:  # the others are refused by scikit-learn's metric
        calls.append(model.score)
    for call in calls:
        with pytest.raises(ValueError, match="y has 2 columns of classes, and the model was"):
            call(X, y)
    with pytest.raises(ValueError, match=r"X_val, .* y has 2 columns of classes"):
        fit(make(solver="adam"), X, labels, X_val=X, y_val=y)


def test_a_warm_fit_keeps_the_classes():
    model = fit(make(warm_start=True), X, SIGNS)
    assert fit(model, X, SIGNS).score(X, SIGNS) == 1.0
    with pytest.raises(ValueError, match="classes not in"):
        model.fit(X, ONES * 1)
    assert fit(make(max_iter=1), X, SIGNS, init_from=model).score(X, SIGNS) == 1.0


@pytest.mark.parametrize("y", [np.where(ONES, 0.5, 1.5), X[:, :2]])
def test_numbers_that_are_no_classes_are_refused(y):
    with pytest.raises(ValueError, match="Unknown label type: continuous-multioutput"):
        make().fit(X, y)


def test_a_score_needs_a_column_an_output():
    with pytest.raises(ValueError, match="expected 2 columns"):
        fit(make(), X, SIGNS).score(X, SIGNS[:, 0])


# Columns of several types


@pytest.mark.parametrize("order", [["text", "code"], ["code", "text"]])
@pytest.mark.parametrize(
    "convert",
    [
        lambda t: t,
        lambda t: t.to_numpy(dtype=object),
        lambda t: t.to_numpy(dtype=object).tolist(),
        lambda t: t.astype("category"),
        lambda t: t.astype({"code": "Int64", "text": "string"}),
        lambda t: t.astype({"text": object}),
    ],
    ids=["frame", "objects", "lists", "categories", "nullable", "object column"],
)
def test_each_column_keeps_its_type(order, convert, engine):
    table = TABLE[order]
    y = convert(table)
    model = fit(make(engine=engine), X, y)
    predicted = model.predict(X)
    assert predicted.dtype == object
    assert predicted.tolist() == table.to_numpy(dtype=object).tolist()
    assert model.score(X, y) == 1.0
    assert model.score(X, table) == 1.0
    assert [c.tolist() for c in model.classes_] == [
        sorted(set(table[name])) for name in table.columns
    ]


@pytest.mark.parametrize(
    ("first", "second", "dtype"),
    [
        (ONES[:, 0], ONES[:, 1] + 1, object),
        (ONES[:, 0], ONES[:, 1] * 1, int),  # 0 and 1 alone: multi-label
        (ONES[:, 0] + 1, ONES[:, 1] + 5, int),
        (ONES[:, 0] + 1, ONES[:, 1] + 5.0, float),
        (pd.array(ONES[:, 0], dtype="boolean"), pd.array(ONES[:, 1], dtype="boolean"), int),
        (pd.array(ONES[:, 0] + 1, dtype="Int64"), ONES[:, 1] * 2, int),
    ],
)
def test_one_dtype_holds_columns_that_agree(first, second, dtype):
    y = pd.DataFrame({"a": first, "b": second})
    model = fit(make(), X, y)
    predicted = model.predict(X)
    assert predicted.dtype == dtype
    assert (predicted == y.to_numpy(dtype=object)).all()
    assert model.score(X, y) == 1.0


def test_columns_of_several_types_validate_and_go_on(engine):
    model = make(solver="adam", max_iter=60, learning_rate_init=0.02, engine=engine)
    fit(model, X, TABLE, X_val=X, y_val=TABLE)
    assert model.validation_scores_[-1] == model.score(X, TABLE) > 0.5
    stream = make(solver="adam", learning_rate_init=0.02, engine=engine)
    for _ in range(80):
        stream.partial_fit(X, TABLE, classes=[["no", "yes"], [3, 4]])
    assert stream.score(X, TABLE) > 0.9
    weights = [{"no": 2.0}, {4: 3.0}]
    weighted = fit(make(class_weight=weights), X, TABLE)
    assert [w.tolist() for w in weighted._class_weights] == [[2.0, 1.0], [1.0, 3.0]]


def test_text_and_numbers_are_never_equal():
    model = fit(make(), X, TABLE)
    with pytest.raises(ValueError, match=r"`self.classes_\[1\]` has"):
        model.loss_and_gradients(X, TABLE.astype({"code": str}))
    assert model.score(X, TABLE.astype({"code": str})) == 0.0


@pytest.mark.parametrize(
    ("column", "named"),
    [
        (["a", 1] * 30, "int, str"),
        ([True, 2] * 30, "bool, int"),
        (["a", None] * 30, "NoneType, str"),
        (["a", np.nan] * 30, "float, str"),
        (pd.array([1, None] * 30, dtype="Int64"), None),
        (np.array([1, np.nan] * 30), "NaN or infinity"),
        (pd.Categorical(["a", None] * 30), "float, str"),
        ([b"a", b"b"] * 30, "bytes"),
    ],
)
def test_a_column_of_mixed_labels_or_with_gaps_is_refused(column, named):
    y = pd.DataFrame({"a": pd.Series(column), "b": TABLE["text"]})
    if not isinstance(column, list):
        y["a"] = column
    else:
        y["a"] = pd.Series(column, dtype=object)
    message = "contains NaN|Column 0" if named is None else f"Column 0 of y has {named}"
    with pytest.raises(ValueError, match=message):
        make().fit(X, y)


def test_a_column_of_measurements_is_refused():
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        make().fit(X, TABLE.assign(code=X[:, 0]))
