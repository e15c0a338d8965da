"""The same numbers in another container give the same model."""

import numpy as np
import pytest
import scipy.sparse

from lightmlp import MLPClassifier, MLPRegressor

X = np.random.RandomState(0).normal(size=(30, 4)).round(3)
X[X < 0] = 0
y = np.arange(30) % 3


def read_only(array):
    copy = array.copy()
    copy.flags.writeable = False
    return copy


def with_duplicates(array):
    """Write every entry as two halves, in descending order of columns."""
    rows, columns = np.nonzero(array)
    order = np.lexsort((-columns, rows))
    rows, columns = np.repeat(rows[order], 2), np.repeat(columns[order], 2)
    indptr = np.searchsorted(rows, np.arange(len(array) + 1))
    return scipy.sparse.csr_matrix((array[rows, columns] / 2, columns, indptr), array.shape)


KINDS = {
    "Fortran order": np.asfortranarray,
    "every second column": lambda array: np.repeat(array, 2, axis=1)[:, ::2],
    "reversed rows": lambda array: array[::-1].copy()[::-1],
    "read-only": read_only,
    "big-endian": lambda array: array.astype(">f8"),
    "list": lambda array: array.tolist(),
    "object": lambda array: array.astype(object),
    "CSR": scipy.sparse.csr_matrix,
    "CSC": scipy.sparse.csc_matrix,
    "CSR array": scipy.sparse.csr_array,
    "COO": scipy.sparse.coo_matrix,
    "CSR with unsorted duplicates": with_duplicates,
}


@pytest.fixture(params=[*KINDS, "memory-mapped"])
def container(request, tmp_path):
    """Return a function that stores an array in one of these ways."""
    if request.param != "memory-mapped":
        return KINDS[request.param]

    def store(array):
        np.save(tmp_path / "array.npy", array)
        return np.load(tmp_path / "array.npy", mmap_mode="r")

    return store


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_containers_make_no_difference(container, solver, engine):
    settings = {"solver": solver, "max_iter": 5, "tol": 1, "random_state": 0}
    plain = MLPClassifier((5,), engine=engine, **settings, n_iter_no_change=1).fit(X, y)
    other = MLPClassifier((5,), engine=engine, **settings, n_iter_no_change=1)
    other.fit(container(X), y)
    for a, b in zip(plain.coefs_, other.coefs_, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-9)
    expected = plain.predict_proba(X)
    np.testing.assert_allclose(plain.predict_proba(container(X)), expected, rtol=1e-9)
    np.testing.assert_allclose(
        plain.loss_and_gradients(container(X), y)[0], plain.loss_and_gradients(X, y)[0]
    )


def test_a_users_sparse_matrix_is_left_as_it_is(engine):
    sparse = with_duplicates(X)
    data, indices = sparse.data.copy(), sparse.indices.copy()
    model = MLPRegressor(hidden_layer_sizes=(3,), max_iter=3, tol=10, n_iter_no_change=1)
    model.set_params(engine=engine).fit(sparse, y).predict(sparse)
    assert np.array_equal(sparse.data, data)
    assert np.array_equal(sparse.indices, indices)


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize(
    ("given", "trained"),
    [("f4", "f4"), ("f8", "f8"), ("i4", "f8"), ("f2", "f8"), (">f4", "f8"), ("?", "f8")],
)
def test_training_keeps_float32_and_makes_all_else_float64(estimator, given, trained, engine):
    model = estimator(hidden_layer_sizes=(3,), max_iter=3, tol=10, n_iter_no_change=1)
    model.set_params(engine=engine, solver="sgd").fit(X.astype(given), y)
    assert {a.dtype for a in model.coefs_ + model.intercepts_} == {np.dtype(trained)}


def test_predictions_have_the_common_type_of_rows_and_parameters(regressor):
    rows = X.astype(np.float32)
    assert regressor.predict(rows).dtype == np.float64
    regressor.coefs_ = [W.astype(np.float32) for W in regressor.coefs_]
    regressor.intercepts_ = [b.astype(np.float32) for b in regressor.intercepts_]
    assert regressor.predict(rows).dtype == np.float32
    assert regressor.predict(X).dtype == np.float64
    assert regressor.predict(X.astype(int)).dtype == np.float64


def test_lbfgs_gives_float64_parameters_for_float32_rows(engine):
    model = MLPRegressor(hidden_layer_sizes=(3,), solver="lbfgs", tol=10, engine=engine)
    assert model.fit(X.astype(np.float32), y).coefs_[0].dtype == np.float64


@pytest.mark.parametrize(
    ("settings", "dtypes", "expected"),
    [
        ({}, ("f4", "f4", None), np.float32),
        ({}, ("f4", "f8", None), np.float64),
        ({}, ("f4", "f4", "f4"), np.float32),
        ({}, ("f4", "f4", "f8"), np.float64),
        ({"batch_size": 10}, ("f4", "f4", None), np.float64),
        ({}, ("f8", "f4", None), np.float64),
    ],
)
def test_losses_have_the_scalar_type_that_scikit_learn_prints(
    settings, dtypes, expected, engine
):
    model = MLPRegressor(
        hidden_layer_sizes=(3,), max_iter=3, tol=10, n_iter_no_change=1, **settings
    ).set_params(engine=engine)
    rows, targets, weights = dtypes
    model.fit(
        X.astype(rows),
        y.astype(targets),
        sample_weight=None if weights is None else np.ones(30, weights),
    )
    assert {type(loss) for loss in model.loss_curve_} == {expected}


def test_feature_names_are_kept_and_compared(engine):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = MLPClassifier((3,), max_iter=3, tol=10, n_iter_no_change=1, engine=engine)
    model.fit(frame, y)
    assert list(model.feature_names_in_) == list("abcd")
    assert model.predict(frame).shape == (30,)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        model.predict(X)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[["b", "a", "c", "d"]])


def test_a_column_of_targets_is_flattened_with_a_warning(engine):
    from sklearn.exceptions import DataConversionWarning

    model = MLPRegressor(hidden_layer_sizes=(3,), max_iter=3, tol=10, n_iter_no_change=1)
    with pytest.warns(DataConversionWarning):
        model.set_params(engine=engine).fit(X, y.reshape(-1, 1).astype(float))
    assert model.predict(X).shape == (30,)


@pytest.mark.parametrize("kind", ["int32", "int64", "uint8", "bool"])
def test_integer_targets_of_a_regressor_are_numbers_not_codes(kind):
    model = MLPRegressor(hidden_layer_sizes=(5,), solver="lbfgs", random_state=0)
    counts = np.arange(30) % 2
    expected = model.fit(X, counts.astype(float)).predict(X)
    np.testing.assert_array_equal(model.fit(X, counts.astype(kind)).predict(X), expected)
