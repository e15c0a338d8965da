"""The layer that turns the code of a category into zeros and a one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .base import Array, Layer, Place, check_counts

__all__ = ["OneHot", "codes_of_column"]


@dataclass(frozen=True)
class OneHot(Layer):
    r"""Turn the code of a category into zeros, and a one at its place.

    .. math:: A_{ik} = 1 \text{ if } k = k_i, \text{ else } 0

    where :math:`k_i` is the code of row i. A linear layer that follows is one of the
    categories themselves.

    Parameters
    ----------
    n_categories : int
        Number of categories, whose codes are 0, 1, ..., n_categories - 1.

    References
    ----------
    Bishop (2006), "Pattern Recognition and Machine Learning", section 4.1.2, the 1-of-K
    coding.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import OneHot, Place
    >>> codes = np.array([[2], [0]], dtype=np.int32)
    >>> print(OneHot(3).forward({}, codes, Place(depth=0))[0])
    [[0. 0. 1.]
     [1. 0. 0.]]
    """

    n_categories: int
    reads_codes: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_counts(self, "n_categories")

    @property
    def n_inputs(self) -> int:  # type: ignore[override]
        """One column of codes."""
        return 1

    @property
    def n_outputs(self) -> int:  # type: ignore[override]
        """Number of categories."""
        return self.n_categories

    def forward(self, own: Mapping[str, Array], inputs: Any, place: Place) -> tuple[Array, Any]:
        """Zeros and a one for each code (n_rows, 1), (n_rows, n_categories).

        In float32, which adapts to the dtype of what it meets.
        """
        codes = codes_of_column(self, inputs, self.n_categories)
        outputs = np.zeros((len(codes), self.n_categories), np.float32)
        outputs[np.arange(len(codes)), codes] = 1
        return outputs, None

    def backward(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> Array:
        """Zeros (n_rows, 1): nothing is between one code and the next."""
        return np.zeros((len(delta), 1), delta.dtype)


def codes_of_column(layer: Layer, inputs: Array, n_categories: int) -> Array:
    """Return the codes (n_rows,) of a column (n_rows, 1), checked.

    Raises
    ------
    ValueError
        If they are no whole numbers, or out of range.
    """
    if inputs.dtype.kind not in "iu":
        raise ValueError(f"{layer!r} takes codes of int32, got numbers of {inputs.dtype}.")
    codes: Array = inputs[:, 0]
    wrong = codes[(codes < 0) | (codes >= n_categories)]
    if wrong.size:
        raise ValueError(
            f"{layer!r} has the codes 0 to {n_categories - 1}, got {wrong[0]} "
            f"({wrong.size} of {codes.size} codes are out of range)."
        )
    return codes
