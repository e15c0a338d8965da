"""The estimators' lists of biases, scales and running statistics, as engines take them.

An engine has one array of biases a layer, with rows where the layer is normalised; users
read and edit one list for each kind of row.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..network.layers import BIAS_ROWS

__all__ = ["ROW_NAMES", "fitted_attributes", "fitted_normalization", "join_biases"]

Array = NDArray[Any]

ROW_NAMES = ("scales_", "running_means_", "running_variances_")
"""Attributes with the rows after the bias, one array a normalised layer."""


def fitted_attributes(coefs: list[Array], intercepts: list[Array]) -> dict[str, list[Array]]:
    """Split an engine's parameters into a fitted estimator's attributes.

    Parameters
    ----------
    coefs : list of ndarray of shape (n_inputs, n_outputs)
    intercepts : list of ndarray of shape (n_outputs,) or (n_rows, n_outputs)

    Returns
    -------
    dict
        ``coefs_``, ``intercepts_`` and those of :data:`ROW_NAMES`.
    """
    with_rows = [b for b in intercepts if b.ndim == 2]
    return {
        "coefs_": coefs,
        "intercepts_": [b if b.ndim == 1 else b[0] for b in intercepts],
        **{
            name: [b[row] for b in with_rows if len(b) > row]
            for row, name in enumerate(ROW_NAMES, start=1)
        },
    }


def fitted_normalization(estimator: Any) -> str | None:
    """Name the normalisation of the hidden layers, which the fitted attributes tell."""
    lists = [getattr(estimator, name, ()) for name in ROW_NAMES]
    if len(lists[1]) or len(lists[2]):
        return "batch"
    return "layer" if len(lists[0]) else None


def join_biases(estimator: Any, intercepts: list[Array]) -> list[Array]:
    """Put the rows of each layer together, as engines take them.

    Parameters
    ----------
    estimator : object
        A fitted one, whose attributes of :data:`ROW_NAMES` are read.
    intercepts : list of ndarray of shape (n_outputs,)

    Returns
    -------
    list of ndarray of shape (n_outputs,) or (n_rows, n_outputs)

    Raises
    ------
    ValueError
        If a list has not one entry a hidden layer, or an entry another shape than the
        biases, or no numbers.
    """
    normalization = fitted_normalization(estimator)
    if normalization is None:
        return intercepts
    names = ROW_NAMES[: BIAS_ROWS[normalization] - 1]
    *hidden, last = intercepts
    lists = [_checked(estimator, name, hidden) for name in names]
    return [np.stack(rows) for rows in zip(hidden, *lists, strict=True)] + [last]


def _checked(estimator: Any, name: str, hidden: Sequence[Array]) -> list[Array]:
    arrays = [np.asarray(row) for row in getattr(estimator, name, ())]
    if len(arrays) != len(hidden):
        raise ValueError(
            f"{name} must have one array a hidden layer, {len(hidden)}, got {len(arrays)}. "
            "Assign a list of that length."
        )
    for index, (row, b) in enumerate(zip(arrays, hidden, strict=True)):
        if row.shape != b.shape or row.dtype.kind not in "fiub":
            raise ValueError(
                f"{name}[{index}] must be an array of real numbers of the shape {b.shape} of "
                f"intercepts_[{index}], got shape {row.shape} and dtype {row.dtype}. Replace "
                "both together."
            )
    return arrays
