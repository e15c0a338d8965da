"""Epochs over augmented rows: chunk after chunk is copied, changed and trained on."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from ..engines.base import Array, Rates, Training, TrainingData
from ..network import LOSSES, Network
from .augmentations import Augmentation, Chunk

__all__ = ["AugmentedEpochs"]

_CHUNK_BYTES = 8 << 20


@dataclass(frozen=True)
class AugmentedEpochs:
    """What an epoch over augmented rows needs beside the engine's run.

    Rows are dense in it: those of a sparse table are made dense chunk by chunk.

    Parameters
    ----------
    augmentation : Augmentation
        What changes the rows.
    network : Network
        Its loss decides how targets are mixed.
    data : TrainingData
        All rows, as they are.
    rows : ndarray of shape (n_rows,), int64
        Those that train.
    batch_size : int
        Rows a step.
    seed : int
        The draws of an epoch depend on it and the epoch's number alone, so that a resumed
        run goes on with the same ones.
    """

    augmentation: Augmentation
    network: Network
    data: TrainingData
    rows: NDArray[np.int64]
    batch_size: int
    seed: int

    @cached_property
    def shares_apart(self) -> bool:
        """Whether a mixed row is passed once for each of its targets, by its share."""
        loss, settings = LOSSES[self.network.loss], self.network.loss_settings
        return not loss.takes_shares or settings.class_weight is not None

    @cached_property
    def longest_batch(self) -> int:
        """Rows of a batch as the engine sees it."""
        n_mixes = self.augmentation.n_mixes() if self.shares_apart else 0
        return self.batch_size * (1 << n_mixes)

    @cached_property
    def column_means(self) -> Array:
        """Means of the columns over the rows that train, in an order of rows that is fixed."""
        rows = np.sort(self.rows)
        size = self._rows_per_chunk()
        blocks = (rows[start : start + size] for start in range(0, len(rows), size))
        total: Array = sum(_dense(self.data.X[b]).sum(axis=0, dtype=float) for b in blocks)
        return total / len(rows)

    def first_data(self) -> TrainingData:
        """Return data of the kind of the chunks, to begin the engine's run with."""
        return self._taken(self.rows[:1])

    def train_epoch(
        self, training: Training, order: NDArray[np.int64], rates: Rates, epoch: int
    ) -> float:
        """Do what ``training.train_epoch(order, rates)`` does, with augmented rows.

        Parameters
        ----------
        training : Training
            The engine's run, begun with :meth:`first_data` and ``longest_batch``.
        order : ndarray of shape (n_rows,), int64
            Order of the rows.
        rates : float or ndarray
            Learning rate, or those of the steps.
        epoch : int
            Number of the epoch.

        Returns
        -------
        float
            Mean loss of the augmented rows, each counted once.
        """
        generator = np.random.default_rng((self.seed, epoch))
        size = self._rows_per_chunk()
        n_steps = -(-len(order) // self.batch_size)
        rates = np.broadcast_to(rates, n_steps)
        loss = 0.0
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            data = self._augmented(rows, generator)
            training.set_data(data, self.longest_batch)
            first, end = (at // self.batch_size for at in (start, start + size))
            everything = np.arange(len(data.X), dtype=np.int64)
            loss += len(rows) * training.train_epoch(everything, rates[first:end])
        return loss / len(order)

    def _rows_per_chunk(self) -> int:
        """Return the rows of as many whole batches as fit, one at least."""
        X = self.data.X
        batch_bytes: int = self.longest_batch * X.shape[1] * X.dtype.itemsize
        return self.batch_size * max(1, _CHUNK_BYTES // batch_bytes)

    def _taken(self, rows: NDArray[np.int64]) -> TrainingData:
        taken = self.data.take(rows)
        return replace(taken, X=_dense(taken.X))

    def _augmented(
        self, rows: NDArray[np.int64], generator: np.random.Generator
    ) -> TrainingData:
        taken = self._taken(rows)
        chunk = Chunk(
            taken.X,
            [(taken.targets, taken.sample_weight)],
            self.batch_size,
            lambda: self.column_means,
            self.shares_apart,
            self._n_classes(),
        )
        self.augmentation.augment(chunk, generator)
        return _joined(chunk)

    def _n_classes(self) -> tuple[int, ...] | None:
        if not LOSSES[self.network.loss].takes_codes:
            return None
        return self.network.loss_settings.groups or (self.network.n_outputs,)


def _dense(X: Any) -> Array:
    result: Array = X.toarray() if issparse(X) else X
    return result


def _joined(chunk: Chunk) -> TrainingData:
    """Put the parts below each other, batch by batch: each row with each of its targets."""
    if len(chunk.parts) == 1:
        return TrainingData(chunk.X, *chunk.parts[0])
    picked, number = [], []
    for batch in chunk.batches():
        rows = np.arange(batch.start, batch.stop)
        picked.append(np.tile(rows, len(chunk.parts)))
        number.append(np.repeat(np.arange(len(chunk.parts)), len(rows)))
    row, part = np.concatenate(picked), np.concatenate(number)
    targets = np.stack([targets for targets, _ in chunk.parts])
    weights = np.stack([weight for _, weight in chunk.parts if weight is not None])
    return TrainingData(chunk.X[row], targets[part, row], weights[part, row])
