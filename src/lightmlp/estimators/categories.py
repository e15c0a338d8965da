"""Columns of X that are categories: which they are, and their codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Number, Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from ..network import MixedTable

__all__ = ["CategoryEncoder", "split_columns"]

Array = NDArray[Any]
_LARGEST_NUMBER = 2.0**53
_CATEGORICAL_DTYPES = ("category", "categorical", "enum")


@dataclass(frozen=True)
class CategoryEncoder:
    """The categories of some columns of a table.

    Parameters
    ----------
    is_categorical : ndarray of shape (n_features,), bool
        Which columns they are.
    categories : sequence of ndarray
        The sorted categories of each of these columns. The k-th of them, from 1 on, has the
        code k; what is missing, negative or unknown has the code 0.
    """

    is_categorical: NDArray[np.bool_]
    categories: Sequence[Array]

    @classmethod
    def learn(cls, categorical_features: Any, X: Any) -> "CategoryEncoder":
        """Find the columns, and the categories that they have.

        Raises
        ------
        ValueError
            If ``categorical_features`` names no column, or one that X lacks, or a column has
            labels of several types, or integers that float64 does not tell apart.
        """
        columns, names = _columns_of(X)
        mask = _mask(categorical_features, X, len(columns), names)
        chosen = [k for k in range(len(columns)) if mask[k]]
        categories = [_find_categories(columns[k], _name(k, names)) for k in chosen]
        return cls(mask, categories)

    def encode(self, X: Any) -> Array:
        """Return all columns as numbers (n_rows, n_features), those of categories as codes.

        Raises
        ------
        ValueError
            If X has another number of columns, or text in a column that is no category.
        """
        columns, names = _columns_of(X)
        if len(columns) != len(self.is_categorical):
            raise ValueError(
                f"X has {len(columns)} features, but the model was fitted with "
                f"{len(self.is_categorical)} features as input."
            )
        categories = iter(self.categories)
        encoded = [
            _codes(column, next(categories), _name(k, names))
            if self.is_categorical[k]
            else _numbers(column, _name(k, names))
            for k, column in enumerate(columns)
        ]
        kinds = {
            column.dtype
            for column, is_code in zip(encoded, self.is_categorical, strict=True)
            if not is_code
        }
        dtype = np.float32 if kinds == {np.dtype(np.float32)} else np.float64
        return np.stack(encoded, axis=1).astype(dtype, copy=False)


def _columns_of(X: Any) -> tuple[list[Any], list[str] | None]:
    """Return the columns of a table, and their names if it has them."""
    if issparse(X):
        raise ValueError(
            "categorical_features needs a dense X, got a sparse one. Pass X.toarray(), or "
            "encode the categories beforehand and set categorical_features=None."
        )
    if hasattr(X, "columns"):
        names = list(X.columns)
        return [_column(X[name]) for name in names], [str(name) for name in names]
    table = np.asarray(X)
    if table.dtype.kind in "SU" and not isinstance(X, np.ndarray):
        table = np.asarray(X, dtype=object)  # of lists: NumPy makes text of their numbers
    if table.ndim != 2 or len(table) == 0:
        raise ValueError(
            f"X has the shape {table.shape}, expected (n_samples, n_features) with a row or "
            "more. Pass a table with two dimensions."
        )
    return [_column(values) for values in table.T], None


def _column(values: Any) -> Array:
    column = np.asarray(values)
    return column if column.dtype.kind in "biuf" else column.astype(object)


def _name(index: int, names: list[str] | None) -> str:
    return f"Column {index} of X" if names is None else f"Column {names[index]!r} of X"


def _mask(wanted: Any, X: Any, n_features: int, names: list[str] | None) -> NDArray[np.bool_]:
    """Tell which columns are categories."""
    if isinstance(wanted, str):  # "from_dtype"
        dtypes = getattr(X, "dtypes", None)
        found = [] if dtypes is None or names is None else [_is_category(d) for d in dtypes]
        if not any(found):
            raise ValueError(
                "categorical_features='from_dtype' finds no column with a categorical dtype. "
                "Convert the columns, as by X.astype({'name': 'category'}), list them, or set "
                "categorical_features=None."
            )
        return np.array(found)
    entries = list(wanted)
    if len(entries) == n_features and all(isinstance(e, bool | np.bool_) for e in entries):
        mask = np.array(entries, dtype=bool)
    else:
        mask = np.zeros(n_features, dtype=bool)
        for entry in entries:
            mask[_position(entry, wanted, n_features, names)] = True
    if not mask.any():
        raise ValueError(
            f"categorical_features={wanted!r} names no column. List some, or set None."
        )
    return mask


def _is_category(dtype: Any) -> bool:
    return str(dtype).split("(")[0].lower() in _CATEGORICAL_DTYPES


def _position(entry: Any, wanted: Any, n_features: int, names: list[str] | None) -> int:
    if isinstance(entry, str):
        if names is None or entry not in names:
            known = "X has no names of columns" if names is None else f"X has {names}"
            raise ValueError(
                f"categorical_features={wanted!r} names the column {entry!r}, and {known}. "
                "List columns of X, by name or by number."
            )
        return names.index(entry)
    is_index = isinstance(entry, Integral) and not isinstance(entry, bool | np.bool_)
    if not is_index or not 0 <= entry < n_features:
        raise ValueError(
            f"categorical_features={wanted!r} has the entry {entry!r}, expected a number of a "
            f"column, 0 to {n_features - 1}, a name, or {n_features} booleans."
        )
    return int(entry)


class _Labels(NamedTuple):
    """The labels of a column, of one type, and which rows have one."""

    values: Array  # float64, or objects that are str
    is_there: NDArray[np.bool_]  # neither missing nor a negative number

    @property
    def is_text(self) -> bool:
        return self.values.dtype == object


def _read_labels(column: Array, name: str) -> _Labels:
    """Return what is there of a column of numbers or of text."""
    if column.dtype.kind not in "biuf":
        is_there = ~np.array([_is_none(value) for value in column], dtype=bool)
        labels = column[is_there]
        if all(isinstance(label, str) for label in labels) and len(labels) > 0:
            return _Labels(labels, is_there)
        _require_numbers(labels, name)
        column = np.where(is_there, column, np.nan).astype(np.float64)
    is_there = column >= 0
    return _Labels(column[is_there].astype(np.float64), is_there)


def _is_none(value: Any) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, Number) and bool(value != value)  # noqa: PLR0124  NaN


def _require_numbers(labels: Array, name: str) -> None:
    found = sorted({type(label).__name__ for label in labels if not isinstance(label, Real)})
    if not found:
        return
    types = sorted({type(label).__name__ for label in labels})
    raise ValueError(
        f"{name} has categories of the type{'s' * (len(types) > 1)} {', '.join(types)}, "
        "expected text alone or numbers alone. Convert them to one, as by astype(str)."
    )


def _find_categories(column: Array, name: str) -> Array:
    """Return the sorted labels that a column has."""
    labels = _read_labels(column, name)
    categories: Array = np.unique(labels.values)
    if not labels.is_text and categories[-1:].max(initial=0.0) >= _LARGEST_NUMBER:
        raise ValueError(
            f"{name} has the category {categories[-1]:.0f}: numbers from 2**53 on are no "
            "longer told apart. Convert the column to text, as by astype(str)."
        )
    return categories


def _codes(column: Array, categories: Array, name: str) -> Array:
    """Return the code of each label: 0 where it is missing or unknown."""
    codes = np.zeros(len(column))
    labels = _read_labels(column, name)
    if len(labels.values) == 0 or len(categories) == 0:
        return codes
    if labels.is_text != (categories.dtype == object):
        kinds = "text", "numbers"
        raise ValueError(
            f"{name} has {kinds[not labels.is_text]} as categories, and in the fit it had "
            f"{kinds[labels.is_text]}. Pass labels of the same type."
        )
    if labels.is_text:
        numbers = {label: number for number, label in enumerate(categories, 1)}
        codes[labels.is_there] = [numbers.get(label, 0) for label in labels.values]
        return codes
    positions = np.minimum(np.searchsorted(categories, labels.values), len(categories) - 1)
    is_known = categories[positions] == labels.values
    codes[labels.is_there] = np.where(is_known, positions + 1, 0)
    return codes


def _numbers(column: Any, name: str) -> Array:
    try:
        values = np.asarray(column)
        return values if values.dtype.kind == "f" else values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} is no column of numbers: {error}. Name it in categorical_features, or "
            "convert it."
        ) from error


def split_columns(X: Array, is_categorical: NDArray[np.bool_]) -> MixedTable:
    """Put numbers and codes into tables of their own."""
    codes = X[:, is_categorical].astype(np.int32)
    return MixedTable(np.ascontiguousarray(X[:, ~is_categorical]), codes)
