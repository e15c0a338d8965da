"""The smallest tables and networks, those around the width of a vector, and odd arrays."""

import tempfile
from itertools import product
from pathlib import Path

import numpy as np
from scipy import sparse

from lightmlp import MLPClassifier, MLPRegressor

SIZES = (1, 15, 16, 17, 33)


def _check(model, rows, y):
    model.fit(rows, y)
    model.predict(rows)
    model.hidden_activations(rows)
    model.loss_and_gradients(rows, y)


def edges():
    """Rows, columns, layers and outputs from one on."""
    rng = np.random.RandomState(0)
    sizes = product((1, 2, 17, 40), SIZES, SIZES, (np.float32, np.float64))
    for case, (n_rows, n_columns, width, dtype) in enumerate(sizes):
        X = rng.normal(size=(n_rows, n_columns)).astype(dtype)
        n_outputs = SIZES[case % 5]
        y = rng.normal(size=(n_rows, n_outputs)).astype(dtype)
        options = {
            "hidden_layer_sizes": (width, SIZES[case // 3 % 5]), "max_iter": 2, "tol": 0,
            "batch_size": (1, 3, 16, 200)[case % 4], "random_state": 0, "engine": "native",
            "normalization": (None, "batch", "layer")[case % 3], "n_threads": 1 + case % 4,
            "solver": ("adam", "sgd", "muon")[case // 7 % 3],
            "dropout": (0.0, 0.5)[case // 2 % 2],
        }  # fmt: skip
        _check(MLPRegressor(**options), X, y)
        _check(MLPRegressor(**options), sparse.csr_matrix(np.where(X > 0, X, 0)), y)
        if n_rows > 1:
            codes = np.arange(n_rows) % min(n_rows, max(n_outputs, 2))
            _check(MLPClassifier(**options), X, codes)


def _unaligned(X):
    memory = np.empty(X.nbytes + 1, np.uint8)
    view = memory[1:].view(X.dtype).reshape(X.shape)
    view[...] = X
    return view


def _read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


def _with_unused_room(X):
    """Rows without values, explicit zeros, and columns out of order."""
    rows = sparse.csr_matrix(X)
    rows.data[::3] = 0
    for start, stop in zip(rows.indptr[:-1], rows.indptr[1:], strict=True):
        rows.indices[start:stop] = rows.indices[start:stop][::-1].copy()
        rows.data[start:stop] = rows.data[start:stop][::-1].copy()
    rows.has_sorted_indices = False
    return rows


FORMS = {
    "every second row": lambda X: np.repeat(X, 2, axis=0)[::2],
    "every second column": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "backwards": lambda X: X[::-1, ::-1],
    "by columns": np.asfortranarray,
    "one row for all": lambda X: np.broadcast_to(X[:1], X.shape),
    "unaligned": _unaligned,
    "read only": _read_only,
    "other byte order": lambda X: X.astype(X.dtype.newbyteorder()),
    "integers": lambda X: (10 * X).astype(np.int16),
    "half": lambda X: X.astype(np.float16),
    "lists": lambda X: X.tolist(),
    "csr": sparse.csr_matrix,
    "csc": sparse.csc_matrix,
    "coo array": sparse.coo_array,
    "unordered": _with_unused_room,
    "without values": lambda X: sparse.csr_matrix(X.shape, dtype=X.dtype),
}


def kinds_of_arrays():
    """Rows and targets as views, copies and files; parameters as a user replaces them."""
    rng = np.random.RandomState(0)
    for dtype in (np.float32, np.float64):
        X = np.where(rng.uniform(size=(90, 19)) < 0.5, 0, rng.normal(size=(90, 19)))
        y = X[:, :2].astype(dtype)
        X = X.astype(dtype)
        options = {"max_iter": 2, "engine": "native", "n_threads": 3, "random_state": 0}
        for form in FORMS.values():
            _check(MLPRegressor(hidden_layer_sizes=(33,), **options), form(X), y)
        for form in list(FORMS.values())[:7]:
            model = MLPRegressor(hidden_layer_sizes=(33,), **options)
            _check(model, X, form(y))
            model.coefs_ = [form(W) for W in model.coefs_]
            model.intercepts_ = [_unaligned(b) for b in model.intercepts_]
            model.predict(X)
            model.partial_fit(X, y)
            weights = _unaligned(rng.uniform(size=90).astype(dtype))
            model.fit(X, y, sample_weight=weights)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "X.npy"
            np.save(path, X)
            _check(MLPRegressor(**options), np.load(path, mmap_mode="r"), y)
