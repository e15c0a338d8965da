"""Checks and conversions of what a user passes in."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.utils import check_array, check_X_y, column_or_1d
from sklearn.utils.validation import _check_sample_weight, validate_data

from ..engines.base import TrainingData
from .categories import CategoryEncoder, split_columns
from .parameter_lists import embedding_list, norm_lists

if TYPE_CHECKING:
    from .base import BaseMultilayerPerceptron

__all__ = [
    "FittedModel",
    "cast",
    "check_rows",
    "check_rows_and_targets",
    "check_sample_weight",
    "computing_dtype",
    "list_of_arrays",
    "read_parameters",
    "row_blocks",
    "to_engine",
    "training_data",
]

Array = NDArray[Any]

_FLOAT32 = np.dtype(np.float32)
_FLOAT64 = np.dtype(np.float64)
_BLOCK_BYTES = 8 << 20


def row_blocks(n_rows: int, bytes_per_row: int) -> Iterator[slice]:
    """Cut rows into blocks that need about 8 MiB of working memory each."""
    size = max(1, _BLOCK_BYTES // max(1, bytes_per_row))
    return (slice(start, start + size) for start in range(0, n_rows, size))


def check_rows(estimator: "BaseMultilayerPerceptron", X: Any) -> Any:
    """Return the rows to predict for, checked against the fitted estimator.

    A finite float array of the right width needs nothing more; scikit-learn's own
    check takes several times as long as the prediction of one row.
    """
    encoder = estimator._category_encoder()
    if encoder is not None:
        validate_data(estimator, X, skip_check_array=True, reset=False)
        return check_array(encoder.encode(X))
    refuse_sparse(estimator, X)
    if (
        type(X) is np.ndarray
        and X.dtype in (_FLOAT64, _FLOAT32)
        and X.ndim == 2
        and X.shape[0] > 0
        and X.shape[1] == estimator.n_features_in_
        and "feature_names_in_" not in vars(estimator)
        and _is_finite(X)
    ):
        return X
    return validate_data(estimator, X, accept_sparse=["csr", "csc"], reset=False)


def refuse_sparse(estimator: "BaseMultilayerPerceptron", X: Any) -> None:
    """Refuse a sparse X where the fitted model embeds its columns.

    Raises
    ------
    ValueError
        If it is one.
    """
    if issparse(X) and hasattr(estimator, "input_layer_"):
        raise ValueError(
            f"numeric_embedding={estimator.numeric_embedding!r} needs a dense X, got a sparse "
            "one. Pass X.toarray()."
        )


def _is_finite(X: Array) -> bool:
    """Look at X in blocks: the answers for all of it would be an array as long as X."""
    if X.size <= _BLOCK_BYTES:
        return bool(np.isfinite(X).all())
    return all(np.isfinite(X[block]).all() for block in row_blocks(*X.shape))


def check_rows_and_targets(
    estimator: "BaseMultilayerPerceptron", X: Any, y: Any, *, y_numeric: bool, reset: bool
) -> tuple[Any, Any]:
    """Return rows and targets to learn from, checked as scikit-learn does."""
    rules = {
        "accept_sparse": ["csr", "csc"],
        "multi_output": True,
        "y_numeric": y_numeric,
        "dtype": (np.float64, np.float32),
    }
    encoder = estimator._learn_categories(X) if reset else estimator._category_encoder()
    if encoder is None:
        if not reset:
            refuse_sparse(estimator, X)
        X, y = validate_data(estimator, X, y, reset=reset, **rules)
    else:
        validate_data(estimator, X, y, reset=reset, skip_check_array=True)
        X, y = check_X_y(encoder.encode(X), y, **rules)
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    return X, y


def check_sample_weight(sample_weight: Any, X: Any) -> Array | None:
    """Return the weights (n_samples,), or None.

    Raises
    ------
    ValueError
        If a weight is negative or not finite, if all are zero, or if their number is
        not that of the rows.
    """
    if sample_weight is None:
        return None
    weights: Array = _check_sample_weight(sample_weight, X)
    if weights.min() < 0:
        raise ValueError(
            f"sample_weight must be >= 0, got a minimum of {weights.min()}. Leave out the "
            "rows that should not count, or give them the weight 0."
        )
    if not weights.any():
        # The text of scikit-learn >= 1.8, which earlier versions do not have.
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return weights


def computing_dtype(*dtypes: np.dtype[Any]) -> np.dtype[Any]:
    """Return float32 where these types fit into it together, else float64."""
    return _FLOAT32 if np.result_type(*dtypes) == _FLOAT32 else _FLOAT64


def cast(values: Any, dtype: np.dtype[Any], name: str) -> Array:
    """Return the values as a C-contiguous array of this dtype.

    Raises
    ------
    ValueError
        If a value is too large for the dtype.
    """
    if values.dtype == dtype:
        return np.ascontiguousarray(values)
    with np.errstate(over="ignore"):
        result = np.ascontiguousarray(values, dtype=dtype)
    if dtype == _FLOAT32 and not np.isfinite(result).all():
        raise ValueError(
            f"{name} contains values too large for float32, the dtype in which this "
            "network computes. Scale them down, or fit with X in float64."
        )
    return result


def to_engine(X: Any, dtype: np.dtype[Any], encoder: CategoryEncoder | None = None) -> Any:
    """Return X as engines take it: C-contiguous, or CSR in canonical format.

    Categories that an encoder has made codes are put beside the numbers.

    The user's matrix stays as it is. Which columns a sparse one has is copied and checked:
    the engines go by it, and a callback or another thread may write into the user's.

    Raises
    ------
    ValueError
        If a value is too large for the dtype, or the matrix names columns that it lacks.
    """
    if encoder is not None:
        return split_columns(cast(X, dtype, "X"), encoder.is_categorical)
    if not issparse(X):
        return cast(X, dtype, "X")
    X.check_format(full_check=True)
    own = X.tocsr()
    if not own.has_canonical_format:
        own = own.copy()
        own.sum_duplicates()
    values = cast(own.data, dtype, "X")
    own = type(own)((values, own.indices.copy(), own.indptr.copy()), shape=own.shape)
    own.check_format(full_check=True)
    return own


def training_data(
    X: Any,
    targets: Array,
    weights: Array | None,
    dtype: np.dtype[Any],
    encoder: CategoryEncoder | None = None,
) -> TrainingData:
    """Return everything in the computing dtype; class indices stay integers."""
    return TrainingData(
        to_engine(X, dtype, encoder),
        targets if targets.dtype == np.int32 else cast(targets, dtype, "y"),
        None if weights is None else cast(weights, dtype, "sample_weight"),
    )


class FittedModel(Protocol):
    """What every fitted perceptron has, scikit-learn's too."""

    coefs_: Any
    intercepts_: Any
    n_features_in_: int
    n_outputs_: int


def read_parameters(model: FittedModel) -> tuple[dict[str, list[Array]], tuple[int, ...]]:
    """Read a fitted model's parameters again, since a user may have edited them.

    Returns
    -------
    lists : dict of str to list of ndarray
        ``coefs_``, ``intercepts_`` and the lists of normalised layers: C-contiguous arrays,
        all float32 or all float64.
    widths : tuple of int
        Widths of all layers, the input first.

    Raises
    ------
    ValueError
        If the shapes do not make a network, or if the arrays are not numbers.
    """
    coefs = list_of_arrays(model, "coefs_")
    intercepts = list_of_arrays(model, "intercepts_")
    _check_numbers("coefs_", coefs)
    _check_numbers("intercepts_", intercepts)
    widths = _check_shapes(model, coefs, intercepts)
    lists = {
        "coefs_": coefs, "intercepts_": intercepts, **norm_lists(model, intercepts),
        **embedding_list(model),
    }  # fmt: skip
    dtype = computing_dtype(*{array.dtype for arrays in lists.values() for array in arrays})
    contiguous = {
        name: [np.ascontiguousarray(array, dtype=dtype) for array in arrays]
        for name, arrays in lists.items()
    }
    return contiguous, widths


def list_of_arrays(model: object, name: str) -> list[Array]:
    """Return an attribute that has one array per layer, which a user may have set.

    Raises
    ------
    ValueError
        If it is something else.
    """
    try:
        return [np.asarray(array) for array in getattr(model, name)]
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be a list of arrays, one per layer: {error}. Assign such a list."
        ) from error


def _check_numbers(name: str, arrays: Sequence[Array]) -> None:
    for index, array in enumerate(arrays):
        if array.dtype.kind not in "fiub":
            raise ValueError(
                f"{name}[{index}] must be an array of real numbers, got dtype "
                f"{array.dtype}. Assign a float32 or float64 array."
            )


def _check_shapes(
    model: FittedModel, coefs: Sequence[Array], intercepts: Sequence[Array]
) -> tuple[int, ...]:
    if not coefs or len(coefs) != len(intercepts):
        raise ValueError(
            f"coefs_ and intercepts_ must have one entry per layer, got {len(coefs)} and "
            f"{len(intercepts)}. Assign lists of equal length."
        )
    first = getattr(model, "input_layer_", None)
    widths = [model.n_features_in_ if first is None else first.n_outputs]
    for index, (W, b) in enumerate(zip(coefs, intercepts, strict=True)):
        if W.ndim != 2 or W.shape[0] != widths[-1] or W.shape[1] == 0:
            raise ValueError(
                f"coefs_[{index}] must have the shape ({widths[-1]}, n_outputs) to follow "
                f"the {widths[-1]} values that enter the layer, got {W.shape}. Assign a "
                "matrix of that shape, or change the layer before too."
            )
        if b.shape != W.shape[1:]:
            raise ValueError(
                f"intercepts_[{index}] must have the shape {W.shape[1:]} to match "
                f"coefs_[{index}] of shape {W.shape}, got {b.shape}. Replace both together."
            )
        widths.append(W.shape[1])
    if widths[-1] != model.n_outputs_:
        raise ValueError(
            f"coefs_[{len(coefs) - 1}] must have {model.n_outputs_} columns, one per "
            f"output, got {widths[-1]}. Fit again for another number of outputs."
        )
    return (model.n_features_in_, *widths[1:])
