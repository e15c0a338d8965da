"""Epochs over augmented rows."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..engines.base import Array, AugmentedRows, Rates, StepFactors, Training, TrainingData
from ..network import Network
from .augmentations import Augmentation, AugmentationRows, draw_seed

__all__ = ["AugmentedEpochs"]

_MOST_ROWS = 1 << 16
_BLOCK_BYTES = 8 << 20


@dataclass(frozen=True)
class AugmentedEpochs:
    """What an epoch over augmented rows needs beside the engine's run.

    Rows are dense in it: those of a sparse table are made dense batch by batch.

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
        Rows per step.
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
    def mixes_losses(self) -> bool:
        """Whether a mixed row is passed once for each of its targets, by its share."""
        weighted = self.network.loss_settings.class_weight is not None
        return weighted or not self.network.formulas.allows_fractional_targets

    @cached_property
    def longest_batch(self) -> int:
        """Rows of a batch as the engine sees it."""
        n_mixes = self.augmentation.n_mixes() if self.mixes_losses else 0
        return self.batch_size * (1 << n_mixes)

    @cached_property
    def column_means(self) -> Array:
        """Means of the columns over the rows that train, in an order of rows that is fixed."""
        rows = np.sort(self.rows)
        X = self.data.X
        size = max(1, _BLOCK_BYTES // (X.shape[1] * X.dtype.itemsize))
        blocks = (rows[start : start + size] for start in range(0, len(rows), size))
        total = np.zeros(X.shape[1])
        for block in blocks:
            total += np.ravel(X[block].sum(axis=0, dtype=float))
        return total / len(rows)

    def first_data(self) -> TrainingData:
        """Return data as the changed rows are, to begin the engine's run with."""
        return self.data.take_dense(self.rows[:1])

    def train_epoch(
        self,
        training: Training,
        order: NDArray[np.int64],
        rates: Rates,
        epoch: int,
        factors: StepFactors = StepFactors(),
    ) -> float:
        """Do what ``training.train_epoch(order, rates, factors)`` does, with augmented rows.

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
        factors : StepFactors, default=StepFactors()
            What schedules multiply besides the learning rate.

        Returns
        -------
        float
            Mean loss of the augmented rows, each counted once.
        """
        generator = np.random.default_rng((self.seed, epoch))
        seed, size = draw_seed(generator), self._rows_at_once()
        n_steps = -(-len(order) // self.batch_size)
        rates = np.broadcast_to(rates, n_steps)
        loss = 0.0
        for start in range(0, len(order), size):
            part = order[start : start + size]
            first, end = (at // self.batch_size for at in (start, start + size))
            rows = AugmentedRows(
                self.data,
                self.augmentation.draw(self._drawing(len(part), generator)),
                self.batch_size,
                seed,
                first,
                self.mixes_losses,
            )
            of_part = _of_steps(factors, slice(first, end))
            loss += len(part) * training.train_augmented(rows, part, rates[first:end], of_part)
        return loss / len(order)

    def _rows_at_once(self) -> int:
        """Return the rows of as many whole batches as are drawn for together, one at least."""
        return self.batch_size * max(1, _MOST_ROWS // self.batch_size)

    def _drawing(self, n_rows: int, generator: np.random.Generator) -> AugmentationRows:
        return AugmentationRows(
            n_rows,
            self.batch_size,
            generator,
            lambda: self.column_means,
            self.data.X.shape[1],
            self.mixes_losses,
            self._n_classes(),
            *self._lowest_target(),
        )

    def _lowest_target(self) -> tuple[float, bool]:
        """Return the bound of the targets from below, and whether they must be above it."""
        allowed = self.network.formulas.target_range
        if not (allowed == "above 0" or allowed.startswith("0 or above")):
            return -np.inf, False
        return 0.0, allowed == "above 0" or self.network.loss_settings.power > 2

    def _n_classes(self) -> tuple[int, ...] | None:
        if not self.network.formulas.takes_class_indices:
            return None
        return self.network.loss_settings.groups or (self.network.n_outputs,)


def _of_steps(factors: StepFactors, steps: slice) -> StepFactors:
    """Return the factors of some of the epoch's steps."""
    values = factors.weight_decay, factors.dropout
    return StepFactors(*(v if np.ndim(v) == 0 else np.asarray(v)[steps] for v in values))
