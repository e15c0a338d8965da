"""Columns of classes: targets whose columns have classes of their own."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse

__all__ = ["ColumnClasses", "find_categories", "is_indicator", "read_columns"]

Array = NDArray[Any]
Names = Sequence[Iterable[Any] | None]

# In this order: a bool is an Integral too, and an int a Real.
_KINDS: tuple[tuple[Any, Any], ...] = (
    ((bool, np.bool_), np.bool_),
    (Integral, np.int64),
    (Real, np.float64),
    (str, object),
)


class ColumnClasses:
    """The classes of each column of y, for targets with a column of classes per output.

    It stands where other targets have scikit-learn's ``LabelBinarizer``.

    Parameters
    ----------
    classes : sequence of array-like
        Labels of each column; each keeps its own dtype.
    is_sparse : bool, default=False
        Whether predictions are to be sparse, as y was.

    Raises
    ------
    ValueError
        If a column has no label, or labels of several types.
    """

    y_type_ = "multiclass-multioutput"

    def __init__(self, classes: Any, *, is_sparse: bool = False) -> None:
        self.classes_ = [_unique(labels, k, "classes") for k, labels in enumerate(classes)]
        self.is_sparse = is_sparse

    @classmethod
    def of(cls, y: Any, named: Sequence[Names] = ()) -> Self:
        """Find the classes in the columns of y, and those that are known by name.

        Parameters
        ----------
        y : {ndarray, sparse matrix} of shape (n_samples, n_columns)
            As :func:`read_columns` returns it.
        named : sequence of sequences
            Labels of each column, from several sources. One that has all labels of the
            column in y tells of others that y does not have; else it tells nothing.
        """
        from sklearn.utils.multiclass import check_classification_targets

        dense = _dense(y)
        if dense.dtype != object:
            check_classification_targets(dense)
        classes = []
        for k in range(dense.shape[1]):
            column = _plain(dense[:, k], k, "y")
            if dense.dtype == object:
                check_classification_targets(column)
            labels = _unique(column, k, "y")
            for names in named:
                labels = _with_names(labels, names[k] if k < len(names) else None, k)
            classes.append(labels)
        return cls(classes, is_sparse=issparse(y))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of classes of each column."""
        return tuple(len(labels) for labels in self.classes_)

    def split(self, columns: Array) -> list[Array]:
        """Cut (n_samples, sum of sizes) into one array per column of y."""
        bounds = np.cumsum([0, *self.sizes]).tolist()
        return [columns[:, start:stop] for start, stop in pairwise(bounds)]

    def read(self, y: Any) -> Array:
        """Return y as a dense array, if it has as many columns as there are here."""
        table = _dense(y)
        if table.ndim != 2 or table.shape[1] != len(self.classes_):
            raise ValueError(
                f"y has the shape {table.shape}, expected {len(self.classes_)} columns of "
                "classes as in fit. Pass one column per output."
            )
        return table

    def encode(self, y: Any) -> Array:
        """Positions (n_samples, n_columns) of the labels among their column's classes."""
        y = self.read(y)
        codes = np.empty(y.shape, dtype=np.int32)
        for k, labels in enumerate(self.classes_):
            column = _plain(y[:, k], k, "y")
            positions = _positions(labels, column)
            if positions is None:
                raise ValueError(
                    "`y` has classes not in `self.classes_`. "
                    f"`self.classes_[{k}]` has {labels}, column {k} of 'y' has "
                    f"{np.unique(column)}."
                )
            codes[:, k] = positions
        return codes

    def decode(self, codes: Array) -> Any:
        """Labels (n_samples, n_columns) at these positions, sparse if y was."""
        labels = _join([labels[codes[:, k]] for k, labels in enumerate(self.classes_)])
        return csr_matrix(labels) if self.is_sparse else labels

    def are_right(self, predicted: Any, y: Any) -> Array:
        """Tell for each row whether the labels of all columns are those of y."""
        predicted, y = _dense(predicted), self.read(y)
        right: Array = np.all([predicted[:, k] == y[:, k] for k in range(y.shape[1])], axis=0)
        return right


def is_indicator(y: Any) -> bool:
    """Whether y has the numbers 0 and 1 alone, as the matrix of a multi-label target."""
    values = y.tocsr().data if issparse(y) else np.asarray(y)
    return values.dtype.kind in "biuf" and bool(((values == 0) | (values == 1)).all())


def read_columns(y: Any) -> Any:
    """Return a table of columns of several types as an array of objects.

    Each column keeps its labels as they are, where NumPy would make all of them text.
    Whatever NumPy and scikit-learn read rightly is returned as it came.

    Raises
    ------
    ValueError
        If a column has labels of several types, or gaps.
    """
    if hasattr(y, "iloc") and hasattr(y, "columns"):
        if y.shape[1] < 2 or _is_plain_table(y.dtypes) or hasattr(y, "sparse"):
            return y
        columns = [np.asarray(y.iloc[:, k]) for k in range(y.shape[1])]
    elif isinstance(y, list | tuple) and _mixes_text(y):
        columns = list(np.array(y, dtype=object).T)
    elif isinstance(y, np.ndarray) and y.dtype == object and y.ndim == 2 and y.shape[1] > 1:
        columns = list(y.T)
    else:
        return y
    plain = [_plain(column, k, "y") for k, column in enumerate(columns)]
    for k, column in enumerate(plain):
        _check_finite(column, k, "y")
    if all(column.dtype.kind in "biuf" and is_indicator(column) for column in plain):
        return np.stack(plain, axis=1)
    return _join(plain)


def find_categories(y: Any) -> Names:
    """Return the categories of each column of a table, None for one that has none."""
    if not (hasattr(y, "dtypes") and hasattr(y, "columns")):
        return ()
    return [getattr(dtype, "categories", None) for dtype in y.dtypes]


def _is_plain_table(dtypes: Any) -> bool:
    """Whether all columns are numbers, or all are bools, of NumPy's types."""
    kinds = {dtype.kind if isinstance(dtype, np.dtype) else "?" for dtype in dtypes}
    return kinds <= set("iuf") or kinds == {"b"}


def _mixes_text(rows: Any) -> bool:
    """Whether NumPy would turn numbers in these rows into text."""
    if len(rows) == 0 or isinstance(rows[0], str) or not hasattr(rows[0], "__len__"):
        return False
    try:
        table = np.asarray(rows)
    except ValueError:  # rows of different lengths, which scikit-learn refuses in its words
        return False
    if table.dtype.kind != "U" or table.ndim != 2:
        return False
    return not all(isinstance(label, str) for row in rows for label in row)


def _dense(y: Any) -> Array:
    dense: Array = y.toarray() if issparse(y) else np.asarray(y)
    return dense


def _join(columns: Sequence[Array]) -> Array:
    """Put columns side by side, as objects where one dtype cannot hold them all."""
    kinds = {column.dtype.kind for column in columns}
    if len(kinds) == 1 or kinds <= set("iuf"):
        return np.stack(columns, axis=1)
    return np.stack([column.astype(object) for column in columns], axis=1)


def _plain(column: Any, k: int, name: str) -> Array:
    """Give a column of objects the dtype that its labels have; text stays objects."""
    labels: Array = np.asarray(column)
    if labels.dtype != object:
        return labels
    types = set(map(type, labels))
    found = {_dtype_of(each) for each in types}
    if found == {np.int64, np.float64}:
        found = {np.float64}
    dtype = found.pop() if len(found) == 1 else None
    if dtype is None:
        names = ", ".join(sorted(each.__name__ for each in types)) or "no label"
        raise ValueError(
            f"Column {k} of {name} has {names}: the labels of a column must all be of one "
            "type (str, int, float or bool), and none may be missing. Convert the column, and "
            "fill its gaps or leave these rows out."
        )
    return labels.astype(dtype)


def _dtype_of(label_type: type) -> Any:
    matches = (dtype for types, dtype in _KINDS if issubclass(label_type, types))
    return next(matches, None)


def _unique(labels: Any, k: int, name: str) -> Array:
    found = np.unique(_plain(labels, k, name))
    if len(found) == 0:
        raise ValueError(f"Column {k} of {name} must have labels. Name every class of it.")
    _check_finite(found, k, name)
    return found


def _check_finite(labels: Array, k: int, name: str) -> None:
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise ValueError(
            f"Column {k} of {name} has NaN or infinity, which is no label. Fill its gaps with "
            "a label, or leave these rows out."
        )


def _with_names(labels: Array, names: Iterable[Any] | None, k: int) -> Array:
    """Add the labels that are known by name to those found in a column."""
    if names is None or not set(labels.tolist()) <= set(names):
        return labels
    more = _unique(np.array(list(names), dtype=object), k, "the named classes")
    if labels.dtype.kind in "biuf":
        same = more.astype(labels.dtype)
        return same if np.array_equal(same, more) else more
    return more if labels.dtype == object else more.astype(str)


def _positions(labels: Array, column: Array) -> Array | None:
    """Positions of a column's labels, None where one is unknown."""
    if _family(labels) != _family(column):
        return None
    positions: Array = np.minimum(np.searchsorted(labels, column), len(labels) - 1)
    return positions if np.array_equal(labels[positions], column) else None


def _family(column: Array) -> str:
    """Name the kind of labels that compare with each other: numbers, text or another."""
    kind = column.dtype.kind
    return "number" if kind in "biuf" else "text" if kind in "OU" else kind
