"""Base of all augmentations, and the rows that they draw for."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...engines.augmenting import TransformedBatch
from ...engines.base import Stage, TrainingData
from ...settings import Settings

__all__ = ["Augmentation", "AugmentationRows", "draw_seed"]

Array = NDArray[Any]


@dataclass
class AugmentationRows:
    """Some whole batches of rows, for which augmentations draw.

    Parameters
    ----------
    n_rows : int
        Number of rows.
    batch_size : int
        Rows of each batch except the last.
    generator : numpy.random.Generator
        Generator of the draws per row.
    column_means : callable
        ``column_means() -> (n_features,)`` of the training rows.
    n_features : int
        Number of columns.
    mixes_losses : bool, default=False
        Whether the losses of both targets are mixed, instead of the targets themselves.
    n_classes : tuple of int or None, default=None
        Number of classes per output, if targets are class indices.
    lowest_target : float, default=-inf
        Lower bound of the loss's targets.
    above_lowest : bool, default=False
        Whether the bound itself is excluded.
    """

    n_rows: int
    batch_size: int
    generator: np.random.Generator
    column_means: Callable[[], Array]
    n_features: int
    mixes_losses: bool = False
    n_classes: tuple[int, ...] | None = None
    lowest_target: float = -np.inf
    above_lowest: bool = False

    def permutation(self) -> NDArray[np.int64]:
        """Draw a permutation within each batch: a partner for every row."""
        batch = np.arange(self.n_rows) // self.batch_size
        order: NDArray[np.int64] = np.lexsort((self.generator.random(self.n_rows), batch))
        return order - batch * self.batch_size


class Augmentation(Settings, ABC):
    """Base of all augmentations: random transforms of the training rows in every epoch.

    An augmentation holds only settings. Coefficients per row come from a generator seeded by
    the trainer, draws per value from a counter-based generator. The row that another one is
    mixed with belongs to the same batch.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}

    @abstractmethod
    def draw(self, rows: AugmentationRows) -> list[Stage]:
        """Draw for these rows, and return the transforms that engines apply.

        Parameters
        ----------
        rows : AugmentationRows
            Whole batches.

        Returns
        -------
        list of Stage
            Applied in this order.
        """

    def n_mixes(self) -> int:
        """Return how many times a row's target is mixed with another one."""
        return 0

    def check_columns(self, n_features: int) -> None:
        """Raise ValueError if the augmentation does not fit this number of columns."""

    def preview(self, X: Any, random_state: int | None = None) -> Array:
        """Return the rows as transformed for training, as a single batch.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        random_state : int or None, default=None
            Seed of the draws.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            The transformed rows, float32 if X is, else float64.

        Raises
        ------
        ValueError
            If a parameter is invalid, or image_shape does not match the columns.

        Examples
        --------
        >>> from lightmlp import augmentations
        >>> augmentations.GaussianNoise(std=0).preview([[1.0, 2.0]])
        array([[1., 2.]])
        """
        self.validate()
        X = np.asarray(X)
        X = np.array(X, dtype=np.float32 if X.dtype == np.float32 else np.float64, order="C")
        self.check_columns(X.shape[1])
        generator = np.random.default_rng(random_state)
        batch = TransformedBatch(
            TrainingData(X, np.zeros((len(X), 1), X.dtype)), draw_seed(generator), number=0
        )
        rows = AugmentationRows(
            len(X), max(1, len(X)), generator, lambda: X.mean(axis=0), X.shape[1]
        )
        batch.transform(self.draw(rows))
        return batch.X


def draw_seed(generator: np.random.Generator) -> int:
    """Draw a seed for the counter-based generator."""
    return int(generator.integers(2**63))
