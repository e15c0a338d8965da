"""What all augmentations share: the rows that they change, and the protocol."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...settings import Settings

__all__ = ["Augmentation", "Chunk"]

Array = NDArray[Any]


@dataclass
class Chunk:
    """The rows of some whole batches, which augmentations change.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features)
        The rows, a copy of its own, float32 or float64.
    parts : list of (targets, sample_weight or None)
        One pair for each share of a row's target: a row of which two classes each are a
        part has two. They are as engines take them.
    batch_size : int
        Rows of each batch but the last.
    column_means : callable
        ``column_means() -> (n_features,)`` of the rows that train.
    shares_apart : bool, default=False
        Whether mixed targets are kept as parts, and not mixed as numbers.
    n_classes : tuple of int or None, default=None
        The number of classes of each output, where targets are class codes.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.training.augmentations import Chunk
    >>> chunk = Chunk(np.eye(3), [(np.ones((3, 1)), None)], 2, lambda: np.zeros(3))
    >>> [(batch.start, batch.stop) for batch in chunk.batches()]
    [(0, 2), (2, 3)]
    """

    X: Array
    parts: list[tuple[Array, Array | None]]
    batch_size: int
    column_means: Callable[[], Array]
    shares_apart: bool = False
    n_classes: tuple[int, ...] | None = None

    def __len__(self) -> int:
        return len(self.X)

    def batches(self) -> Iterator[slice]:
        """Yield the rows of each batch."""
        for start in range(0, len(self), self.batch_size):
            yield slice(start, min(start + self.batch_size, len(self)))

    def partners(self, generator: np.random.Generator) -> NDArray[np.int64]:
        """Draw a permutation of the rows of each batch: a partner for every row."""
        batch = np.arange(len(self)) // self.batch_size
        order: NDArray[np.int64] = np.lexsort((generator.random(len(self)), batch))
        return order

    def others(
        self, rows: NDArray[np.int64], generator: np.random.Generator
    ) -> NDArray[np.int64]:
        """Draw for each of these rows another one of its batch, itself if it is alone."""
        start = rows // self.batch_size * self.batch_size
        size = np.minimum(start + self.batch_size, len(self)) - start
        steps = 1 + (generator.random(len(rows)) * (size - 1)).astype(np.int64)
        others: NDArray[np.int64] = start + (rows - start + steps) % size
        return others

    def mix_targets(self, partners: NDArray[np.int64], share: Array) -> None:
        """Leave each row a share (n_rows,) of its target; the rest is its partner's.

        Each target keeps the weight of the row that it comes from.
        """
        share = share.astype(self.X.dtype, copy=False)
        if self.shares_apart:
            own = [_scaled(part, share) for part in self.parts]
            theirs = [
                _scaled((targets[partners], _at(weight, partners)), 1 - share)
                for targets, weight in self.parts
            ]
            self.parts = own + theirs
            return
        [(targets, weight)] = self.parts
        self.parts = [_mixed(targets, weight, partners, share)]


def _at(weight: Array | None, rows: NDArray[np.int64]) -> Array | None:
    return None if weight is None else weight[rows]


def _scaled(part: tuple[Array, Array | None], share: Array) -> tuple[Array, Array | None]:
    targets, weight = part
    return targets, share if weight is None else share * weight


def _mixed(
    targets: Array, weight: Array | None, partners: NDArray[np.int64], share: Array
) -> tuple[Array, Array | None]:
    """Mix numbers in the proportion of share times weight."""
    if weight is None:
        rest = (1 - share)[:, np.newaxis]
        return share[:, np.newaxis] * targets + rest * targets[partners], None
    own = share * weight
    total = own + (1 - share) * weight[partners]
    # A row that weighs nothing has the target of either: nobody reads it.
    share = np.divide(own, total, out=np.ones_like(total), where=total > 0)
    return _mixed(targets, None, partners, share)[0], total


class Augmentation(Settings, ABC):
    """Base of all augmentations: how rows are changed, anew in every epoch, to train on.

    An augmentation holds settings only; its draws come from a generator that the trainer
    seeds. Partners of a row are of the same batch.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}

    @abstractmethod
    def augment(self, chunk: Chunk, generator: np.random.Generator) -> None:
        """Change the rows, and their targets, in place.

        Parameters
        ----------
        chunk : Chunk
            Whole batches.
        generator : numpy.random.Generator
            Source of all draws.
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
        means: Array = X.mean(axis=0)
        chunk = Chunk(
            X, [(np.zeros((len(X), 1), X.dtype), None)], max(1, len(X)), lambda: means
        )
        self.augment(chunk, np.random.default_rng(random_state))
        return chunk.X
