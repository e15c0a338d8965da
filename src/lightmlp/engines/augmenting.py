"""Augmentation, as engines see it: stages that transform the rows of each batch.

What is drawn for each row comes with the stage; what is drawn for each value is a counter's
word of seed, batch, stage, row of the batch and column. The functions here are the reference
for the compiled ones.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..network.random_bits import bits_threshold, normal_quantiles, random_bits
from .base import Array, AugmentedRows, Rates, Stage, StepFactors, Training, TrainingData
from .images import rotated, shifted

__all__ = ["TRANSFORMS", "TransformedBatch", "train_transformed_batches"]


def transformed_batches(
    rows: AugmentedRows, order: NDArray[np.int64]
) -> Iterator[TrainingData]:
    """Yield each batch as it trains."""
    for number, start in enumerate(range(0, len(order), rows.batch_size)):
        part = slice(start, start + rows.batch_size)
        taken = rows.data.take_dense(order[part])
        batch = TransformedBatch(taken, rows.seed, rows.first_batch + number, rows.mixes_losses)
        batch.transform([stage.of_rows(part) for stage in rows.stages])
        yield batch.joined()


def train_transformed_batches(
    training: Training,
    rows: AugmentedRows,
    order: NDArray[np.int64],
    rates: Rates,
    factors: StepFactors,
) -> float:
    """Do what ``training.train_augmented`` does, batch after batch in NumPy."""
    n_steps = -(-len(order) // rows.batch_size)
    rates = np.broadcast_to(rates, n_steps)
    loss, done = 0.0, 0
    for number, batch in enumerate(transformed_batches(rows, order)):
        n_rows = min(rows.batch_size, len(order) - done)
        training.set_data(batch, len(batch.targets))
        everything = np.arange(len(batch.targets), dtype=np.int64)
        rate, of_step = float(rates[number]), factors.of_step(number)
        loss += n_rows * training.train_epoch(everything, rate, of_step)
        done += n_rows
    return loss / len(order)


class TransformedBatch:
    """The rows of a batch under way through the stages.

    Parameters
    ----------
    data : TrainingData
        The rows, dense, a copy of their own.
    seed, number : int
        Key of the words: seed, and number of the batch.
    mixes_losses : bool, default=False
        As in :class:`AugmentedRows`.

    Attributes
    ----------
    X : ndarray of shape (n_rows, n_features)
        The rows.
    parts : list of (targets, sample_weight or None)
        One pair for each share of a row's target: a row of which two classes each are a
        part has two.
    """

    def __init__(
        self, data: TrainingData, seed: int, number: int, mixes_losses: bool = False
    ) -> None:
        self.X: Array = data.X
        self.parts = [(data.targets, data.sample_weight)]
        self.mixes_losses = mixes_losses
        self._key = (seed, number)

    def transform(self, stages: Sequence[Stage]) -> None:
        """Let one stage after the other transform the rows."""
        for position, stage in enumerate(stages):
            TRANSFORMS[stage.kind](self, stage, position)

    def random_bits(self, stream: int) -> NDArray[np.uint32]:
        """Draw a word for each value."""
        elements = np.arange(self.X.size, dtype=np.uint64)
        return random_bits(elements, *self._key, stream).reshape(self.X.shape)

    def mix_targets(self, permutation: NDArray[np.int64], share: Array) -> None:
        """Leave each row a share (n_rows,) of its target; the rest is its partner's.

        Each target keeps the weight of the row that it comes from.
        """
        share = share.astype(self.X.dtype, copy=False)
        if self.mixes_losses:
            own = [_scaled(part, share) for part in self.parts]
            theirs = [
                _scaled((targets[permutation], _at(weight, permutation)), 1 - share)
                for targets, weight in self.parts
            ]
            self.parts = own + theirs
            return
        [(targets, weight)] = self.parts
        self.parts = [_mixed(targets, weight, permutation, share)]

    def joined(self) -> TrainingData:
        """Put the parts below each other: each row with each of its targets."""
        targets = np.concatenate([targets for targets, _ in self.parts])
        weights = [weight for _, weight in self.parts if weight is not None]
        return TrainingData(
            np.concatenate([self.X] * len(self.parts)),
            targets,
            np.concatenate(weights) if weights else None,
        )


def _at(weight: Array | None, rows: NDArray[np.int64]) -> Array | None:
    return None if weight is None else weight[rows]


def _scaled(part: tuple[Array, Array | None], share: Array) -> tuple[Array, Array | None]:
    targets, weight = part
    return targets, share if weight is None else share * weight


def _mixed(
    targets: Array, weight: Array | None, permutation: NDArray[np.int64], share: Array
) -> tuple[Array, Array | None]:
    """Mix numbers in the proportion of share times weight."""
    if weight is None:
        rest = (1 - share)[:, np.newaxis]
        return share[:, np.newaxis] * targets + rest * targets[permutation], None
    own = share * weight
    total = own + (1 - share) * weight[permutation]
    # A row that weighs nothing has the target of either: nobody reads it.
    share = np.divide(own, total, out=np.ones_like(total), where=total > 0)
    return _mixed(targets, None, permutation, share)[0], total


def _gaussian_noise(batch: TransformedBatch, stage: Stage, position: int) -> None:
    dtype = batch.X.dtype
    noise = normal_quantiles(batch.random_bits(2 * position), dtype)
    batch.X = batch.X + dtype.type(stage.amount) * noise


def _swap_noise(batch: TransformedBatch, stage: Stage, position: int) -> None:
    chosen = batch.random_bits(2 * position) < bits_threshold(stage.amount)
    rows, columns = np.nonzero(chosen)
    n_rows = len(batch.X)
    draws = batch.random_bits(2 * position + 1)[chosen].astype(np.uint64)
    steps = 1 + (draws * np.uint64(n_rows - 1) >> np.uint64(32)).astype(np.int64)
    batch.X[rows, columns] = batch.X[(rows + steps) % n_rows, columns]


def _feature_dropout(batch: TransformedBatch, stage: Stage, position: int) -> None:
    chosen = batch.random_bits(2 * position) < bits_threshold(stage.amount)
    batch.X = np.where(chosen, np.asarray(stage.fill_values, batch.X.dtype), batch.X)


def _mixup(batch: TransformedBatch, stage: Stage, position: int) -> None:
    permutation, share = _permutation_and_shares(stage, batch.X.dtype)
    kept = share[:, np.newaxis]
    batch.X = kept * batch.X + (1 - kept) * batch.X[permutation]
    batch.mix_targets(permutation, share)


def _cutmix(batch: TransformedBatch, stage: Stage, position: int) -> None:
    permutation, share = _permutation_and_shares(stage, np.float64)
    taken = batch.random_bits(2 * position) >= bits_threshold(share)[:, np.newaxis]
    batch.X = np.where(taken, batch.X[permutation], batch.X)
    batch.mix_targets(permutation, 1 - taken.mean(axis=1))


def _permutation_and_shares(stage: Stage, dtype: Any) -> tuple[NDArray[np.int64], Array]:
    assert stage.permutation is not None
    assert stage.coefficients is not None
    return stage.permutation, stage.coefficients[:, 0].astype(dtype)


def _shift(batch: TransformedBatch, stage: Stage, position: int) -> None:
    assert stage.coefficients is not None
    down, right = stage.coefficients.astype(np.int64).T
    images = batch.X.reshape(-1, *stage.image_shape)
    batch.X = shifted(images, down, right, stage.amount).reshape(batch.X.shape)


def _rotate(batch: TransformedBatch, stage: Stage, position: int) -> None:
    assert stage.coefficients is not None
    cosines, sines = stage.coefficients.T
    images = batch.X.reshape(-1, *stage.image_shape)
    batch.X = rotated(images, cosines, sines, stage.amount).reshape(batch.X.shape)


def _function(batch: TransformedBatch, stage: Stage, position: int) -> None:
    if len(batch.parts) > 1:
        raise ValueError(
            "augmentation: a function cannot follow mixup or cutmix here, after which a "
            "row has more than one class. Put the function first."
        )
    assert stage.function is not None
    [(targets, weight)] = batch.parts
    batch.X, targets = stage.function(batch.X, targets)
    batch.parts = [(targets, weight)]


TRANSFORMS: dict[str, Callable[[TransformedBatch, Stage, int], None]] = {
    "gaussian_noise": _gaussian_noise,
    "swap_noise": _swap_noise,
    "feature_dropout": _feature_dropout,
    "mixup": _mixup,
    "cutmix": _cutmix,
    "shift": _shift,
    "rotate": _rotate,
    "function": _function,
}
"""What each kind of stage does; all but a function are compiled as well."""
