"""The rows that a run reads, and how augmentation transforms them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

__all__ = ["AugmentedRows", "Stage", "TrainingData"]

Array = NDArray[Any]


@dataclass(frozen=True)
class TrainingData:
    """What a training run reads: all rows, the batches being picked by index."""

    X: Any
    targets: Array
    sample_weight: Array | None = None

    def take(self, rows: NDArray[np.int64]) -> "TrainingData":
        """Copy these rows."""
        weight = self.sample_weight
        return TrainingData(
            self.X[rows], self.targets[rows], None if weight is None else weight[rows]
        )

    def take_dense(self, rows: NDArray[np.int64]) -> "TrainingData":
        """Copy these rows to a dense table."""
        taken = self.take(rows)
        return replace(taken, X=taken.X.toarray()) if issparse(taken.X) else taken


@dataclass(frozen=True)
class Stage:
    """One transform of the rows.

    Parameters
    ----------
    kind : str
        A key of ``TRANSFORMS`` in ``engines/augmenting.py``.
    amount : float, default=0.0
        Standard deviation, rate, or fill of an image.
    coefficients : ndarray of shape (n_rows, n) or None, default=None
        By row, in the order of the rows: the share that stays (mixup, cutmix), pixels down
        and to the right (shift), cosine and sine (rotate).
    permutation : ndarray of shape (n_rows,), int64, or None, default=None
        The row of the batch that each one is mixed with.
    fill_values : ndarray of shape (n_features,) or None, default=None
        What takes the place of a value (feature_dropout).
    image_shape : tuple of int, default=()
        Height, width and channels of a row.
    function : callable or None, default=None
        ``function(X, targets) -> (X, targets)`` of a batch.
    """

    kind: str
    amount: float = 0.0
    coefficients: NDArray[np.float64] | None = None
    permutation: NDArray[np.int64] | None = None
    fill_values: NDArray[np.float64] | None = None
    image_shape: tuple[int, ...] = ()
    function: Callable[[Array, Array], tuple[Array, Array]] | None = None

    def of_rows(self, rows: slice) -> "Stage":
        """Return the stage for some of the rows."""
        coefficients, permutation = self.coefficients, self.permutation
        return replace(
            self,
            coefficients=None if coefficients is None else coefficients[rows],
            permutation=None if permutation is None else permutation[rows],
        )


@dataclass(frozen=True)
class AugmentedRows:
    """Rows to train on, and how they are transformed.

    Parameters
    ----------
    data : TrainingData
        The rows as they are.
    stages : sequence of Stage
        What transforms them, one after the other.
    batch_size : int
        Rows per step.
    seed : int
        Of the words, 0 <= seed < 2**63.
    first_batch : int, default=0
        Number of the first batch.
    mixes_losses : bool, default=False
        Whether a mixed row trains once for each of its targets, by its share, and targets
        are not mixed as numbers.
    """

    data: TrainingData
    stages: Sequence[Stage]
    batch_size: int
    seed: int
    first_batch: int = 0
    mixes_losses: bool = False
