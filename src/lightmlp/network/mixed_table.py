"""A table of which some columns are numbers, and others codes of categories."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["MixedTable"]

Array = NDArray[Any]


class MixedTable:
    """What an engine takes as X where columns of codes stand beside the numbers.

    Parameters
    ----------
    numbers : ndarray of shape (n_rows, n_numbers)
        The numbers, float32 or float64; there may be none.
    codes : ndarray of shape (n_rows, n_codes), int32
        The codes, from 0; there may be none.

    Attributes
    ----------
    numbers, codes : ndarray
        C-contiguous; copies only where what was given is not.

    Raises
    ------
    ValueError
        If dtypes, dimensions or numbers of rows are wrong.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import MixedTable
    >>> X = MixedTable(np.array([[0.5], [1.5], [2.5]]), np.array([[0], [2], [1]], np.int32))
    >>> X.shape, X.dtype, len(X)
    ((3, 2), dtype('float64'), 3)
    >>> X[[2, 0]].codes
    array([[1],
           [0]], dtype=int32)
    """

    __slots__ = ("codes", "numbers")

    def __init__(self, numbers: Array, codes: Array) -> None:
        for name, array, dtypes in (
            ("numbers", numbers, (np.dtype(np.float32), np.dtype(np.float64))),
            ("codes", codes, (np.dtype(np.int32),)),
        ):
            if array.ndim != 2 or array.dtype not in dtypes:
                raise ValueError(
                    f"MixedTable: {name} of shape {array.shape} and dtype {array.dtype} must "
                    f"have two dimensions and the dtype {' or '.join(map(str, dtypes))}."
                )
        if len(numbers) != len(codes):
            raise ValueError(
                f"MixedTable: numbers has {len(numbers)} rows and codes {len(codes)}; they "
                "must have as many."
            )
        self.numbers = np.ascontiguousarray(numbers)
        self.codes = np.ascontiguousarray(codes)

    @property
    def shape(self) -> tuple[int, int]:
        """(n_rows, n_numbers + n_codes)."""
        return len(self.numbers), self.numbers.shape[1] + self.codes.shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """That of the numbers, in which the network computes."""
        return self.numbers.dtype

    @property
    def size(self) -> int:
        """Number of values, codes included."""
        return self.numbers.size + self.codes.size

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, rows: Any) -> "MixedTable":
        return MixedTable(self.numbers[rows], self.codes[rows])

    def __repr__(self) -> str:
        (n_rows, n_numbers), n_codes = self.numbers.shape, self.codes.shape[1]
        return (
            f"<MixedTable of {n_rows} rows: {n_numbers} columns of {self.dtype}, "
            f"{n_codes} of codes>"
        )

    def astype(self, dtype: DTypeLike, copy: bool = True) -> "MixedTable":
        """Return the same with numbers of another dtype; codes are not copied."""
        return MixedTable(self.numbers.astype(dtype, copy=copy), self.codes)
