"""What all augmentations share: the rows that they change, and the protocol."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...engines.augmenting import ChangedBatch
from ...engines.base import Stage, TrainingData
from ...settings import Settings

__all__ = ["Augmentation", "Drawing", "draw_seed"]

Array = NDArray[Any]


@dataclass
class Drawing:
    """The rows of some whole batches, for which augmentations draw.

    Parameters
    ----------
    n_rows : int
        Rows.
    batch_size : int
        Rows of each batch but the last.
    generator : numpy.random.Generator
        Source of what is drawn for each row.
    column_means : callable
        ``column_means() -> (n_features,)`` of the rows that train.
    n_features : int
        Columns.
    shares_apart : bool, default=False
        Whether mixed targets are kept as parts, and not mixed as numbers.
    n_classes : tuple of int or None, default=None
        The number of classes of each output, where targets are class codes.
    lowest_target : float, default=-inf
        Bound of the loss's targets from below.
    above_lowest : bool, default=False
        Whether they must be above it.
    """

    n_rows: int
    batch_size: int
    generator: np.random.Generator
    column_means: Callable[[], Array]
    n_features: int
    shares_apart: bool = False
    n_classes: tuple[int, ...] | None = None
    lowest_target: float = -np.inf
    above_lowest: bool = False

    def partners(self) -> NDArray[np.int64]:
        """Draw a permutation of the rows of each batch: a partner for every row."""
        batch = np.arange(self.n_rows) // self.batch_size
        order: NDArray[np.int64] = np.lexsort((self.generator.random(self.n_rows), batch))
        return order - batch * self.batch_size


class Augmentation(Settings, ABC):
    """Base of all augmentations: how rows are changed, anew in every epoch, to train on.

    An augmentation holds settings only; its draws come from a generator that the trainer
    seeds, by row, and from counters, by value. Partners of a row are of the same batch.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}

    @abstractmethod
    def draw(self, rows: Drawing) -> list[Stage]:
        """Draw for these rows, and say how engines are to change them.

        Parameters
        ----------
        rows : Drawing
            Whole batches.

        Returns
        -------
        list of Stage
            One after the other.
        """

    def n_mixes(self) -> int:
        """Return how often a row's target is mixed with another's."""
        return 0

    def check_columns(self, n_features: int) -> None:
        """Raise ValueError if the augmentation is not for rows of so many columns."""

    def preview(self, X: Any, random_state: int | None = None) -> Array:
        """Return rows as one batch of them would train.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        random_state : int or None, default=None
            Seed of the draws.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            The rows changed, float32 if X is, else float64.

        Raises
        ------
        ValueError
            If a parameter is wrong, or image_shape is not that of the rows.

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
        batch = ChangedBatch(
            TrainingData(X, np.zeros((len(X), 1), X.dtype)), draw_seed(generator), number=0
        )
        rows = Drawing(len(X), max(1, len(X)), generator, lambda: X.mean(axis=0), X.shape[1])
        batch.change(self.draw(rows))
        return batch.X


def draw_seed(generator: np.random.Generator) -> int:
    """Draw a seed of counters."""
    return int(generator.integers(2**63))
