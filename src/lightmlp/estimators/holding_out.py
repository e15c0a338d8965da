"""Which rows are held out of training."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from ..engines.base import Training, TrainingData
from ..training.checkpoint_file import AnyCheckpoint, read_checkpoint
from .fit_options import ValidationOptions
from .inputs import row_blocks
from .target_encoder import TargetEncoder

if TYPE_CHECKING:
    from .problem import Problem

__all__ = [
    "DividedRows",
    "Division",
    "HeldOut",
    "check_parts",
    "divide_rows",
    "earlier_division",
    "rows_to_read",
]

Array = NDArray[Any]
Rows = NDArray[np.int64]
Division = tuple[Rows, Rows]
"""Which rows train, and which of X are held out."""


@dataclass(frozen=True)
class HeldOut:
    """Rows that are scored and do not train.

    Parameters
    ----------
    data : TrainingData
        As the engine takes them; ``data.X`` may be the whole table.
    X : callable
        ``X()`` returns the same rows as the user passed them, with the names of columns.
    y : array
        Their checked targets, for scorers.
    sample_weight : ndarray or None
        The user's weights of the rows, for scorers; those of ``data`` count classes too.
    rows : ndarray or None, default=None
        Which rows of ``data.X`` they are; None: all.
    """

    data: TrainingData
    X: Callable[[], Any]
    y: Any
    sample_weight: Array | None
    rows: Rows | None = None

    def outputs(self, training: Training) -> Array:
        """Return the network's outputs, without a copy of many rows."""
        X = self.data.X
        if self.rows is None:
            return training.forward(X)
        n_values = X.nnz if issparse(X) else X.size
        blocks = row_blocks(len(self.rows), n_values * X.dtype.itemsize // X.shape[0])
        return np.concatenate([training.forward(X[self.rows[block]]) for block in blocks])


@dataclass(frozen=True)
class DividedRows:
    """Rows that are to be divided, and how.

    Parameters
    ----------
    options : ValidationOptions
        Whether and how rows are held out.
    X, y, groups
        The rows as the user passed them, their checked targets and their groups.
    targets : ndarray
        The encoded targets.
    n_outputs : int
        Columns of the output layer.
    encoder : TargetEncoder
        What made the targets.
    random_state : numpy.random.RandomState
        Source of the split; it moves on.
    """

    options: ValidationOptions
    X: Any
    y: Any
    groups: Any
    targets: Array
    n_outputs: int
    encoder: TargetEncoder
    random_state: np.random.RandomState

    def divide(self) -> Division | None:
        """Return a division, None if no rows of X are to be held out.

        Raises
        ------
        ValueError
            If there is none as asked for.
        """
        if self.options.validation_split is not None:
            splitter = self.options.validation_split
            return _split_by(splitter, self.X, self.y, self.groups)
        return self._split_off() if self.options.early_stopping else None

    def _split_off(self) -> Division:
        """Set ``validation_fraction`` of the rows aside, as scikit-learn draws them.

        scikit-learn stratifies binary targets alone; whoever asks for more than it offers
        gets all classes stratified.
        """
        from sklearn.model_selection import train_test_split

        options, stratify = self.options, None
        beyond = options.scoring is not None or options.restore_best_weights != "auto"
        if beyond or self.n_outputs == 1:
            stratify = self.encoder.stratification(self.targets)
        try:
            train, validation = train_test_split(
                np.arange(len(self.targets), dtype=np.int64),
                random_state=self.random_state,
                test_size=options.validation_fraction,
                stratify=stratify,
            )
        except ValueError as error:
            if not beyond or stratify is None:
                raise
            raise ValueError(
                f"The split of early_stopping cannot be stratified: {error} Pass "
                "validation_split=ShuffleSplit(n_splits=1, test_size=0.1) for one that is "
                "not, or X_val and y_val to fit."
            ) from error
        return train, validation


def divide_rows(
    problem: "Problem", again: Division | None = None
) -> tuple[Rows, HeldOut | None, Rows | None]:
    """Divide the rows into those that train and those held out, if any are to be.

    Parameters
    ----------
    problem : Problem
        All rows, the source of random numbers, and whether and how rows are held out.
    again : pair of ndarray, default=None
        A division of X made earlier, to be made again.

    Returns
    -------
    train_rows : ndarray of shape (n_train,), int64
    held_out : HeldOut or None
    validation_rows : ndarray of shape (n_validation,), int64, or None
        Which rows of X are held out.
    """
    division = None
    if problem.held_out is None and not problem.incremental:
        division = again or _rows_of(problem).divide()
    if division is None:
        rows = np.arange(problem.data.X.shape[0], dtype=np.int64)
        return rows, problem.held_out, None
    check_parts(problem.data.sample_weight, division)
    train_rows, validation_rows = division
    return train_rows, _held_out(problem, validation_rows), validation_rows


def _rows_of(problem: "Problem") -> DividedRows:
    return DividedRows(
        problem.options.validation,
        problem.X,
        problem.y,
        problem.arguments.groups,
        problem.data.targets,
        problem.network.n_outputs,
        problem.encoder,
        problem.random_state,
    )


def rows_to_read(weights: Array | None, division: Division | None) -> Rows | None:
    """Return the rows that a start may read: those that train and count; None for all."""
    if division is None:
        return None if weights is None else np.flatnonzero(weights)
    rows = np.sort(division[0])
    return rows if weights is None else rows[weights[rows] != 0]


def earlier_division(path: Any, n_rows: int) -> Division | None:
    """Return the division of an interrupted fit, if its checkpoint has one.

    What else is wrong with the file is found when all of it is read.
    """
    saved = read_checkpoint(path, AnyCheckpoint()).arrays
    division = tuple(saved[name] for name in ("rows", "validation_rows") if name in saved)
    for part in division:
        if part.dtype != np.int64 or part.ndim != 1 or part.size == 0:
            return None
        if part.min() < 0 or part.max() >= n_rows:
            return None
    return division if len(division) == 2 else None


def _held_out(problem: "Problem", rows: Rows) -> HeldOut:
    """Hold rows of X out, without a copy of them."""
    data, X = problem.data, problem.X
    part = TrainingData(data.X, data.targets[rows], _part_of(data.sample_weight, rows))

    def rows_of_user() -> Any:
        from sklearn.utils import _safe_indexing

        return _safe_indexing(X, rows)

    weights = _part_of(problem.sample_weight, rows)
    return HeldOut(part, rows_of_user, problem.y[rows], weights, rows)


def _part_of(weights: Array | None, rows: Rows) -> Array | None:
    return None if weights is None else weights[rows]


def _split_by(splitter: Any, X: Any, y: Any, groups: Any) -> tuple[Rows, Rows]:
    """Take the last split, which for ``TimeSeriesSplit`` trains on the most rows."""
    from sklearn.model_selection import check_cv
    from sklearn.utils.validation import _num_samples

    try:
        splits = list(check_cv(splitter).split(X, y, groups))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"validation_split={splitter!r} cannot split the rows: {str(error).rstrip('.')}. "
            "Pass a splitter, or a list of pairs (train rows, validation rows)."
        ) from error
    if not splits:
        raise ValueError(
            f"validation_split={splitter!r} makes no split. Pass a splitter, or a list of "
            "pairs (train rows, validation rows)."
        )
    n_rows = _num_samples(X)
    try:
        parts = [np.arange(n_rows)[np.asarray(part)] for part in splits[-1]]
        train, validation = (part[:] for part in parts)  # of a single number an IndexError
    except (IndexError, ValueError, TypeError) as error:
        raise ValueError(
            f"validation_split must give pairs (train rows, validation rows) of row numbers "
            f"below {n_rows}; its last entry does not: {error}."
        ) from error
    common = np.intersect1d(train, validation)
    if len(common):
        raise ValueError(
            f"validation_split uses {len(common)} row(s) both to train and to validate, the "
            f"first of them row {common[0]}. Make the two parts disjoint."
        )
    return train, validation


def check_parts(weights: Array | None, division: Division) -> None:
    """Check that both parts of a division have rows that count.

    Parameters
    ----------
    weights : ndarray of shape (n_rows,) or None
        Weights of all rows.
    division : pair of ndarray
        Which rows train and which are held out.

    Raises
    ------
    ValueError
        If a part is too small, or all of its weights are zero.
    """
    train_rows, validation_rows = division
    if len(train_rows) == 0 or len(validation_rows) == 0:
        raise ValueError(
            f"validation_split gives {len(train_rows)} row(s) to train and "
            f"{len(validation_rows)} to validate; both parts need some. Pass another one."
        )
    if len(validation_rows) < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' "
            "or the size of your dataset."
        )
    if weights is None:
        return
    for name, part in (("training", train_rows), ("validation", validation_rows)):
        if not weights[part].any():
            raise ValueError(
                f"sample_weight is zero in all {len(part)} rows of the {name} part. Leave "
                "out the rows of weight 0, or divide the rows otherwise: "
                "validation_fraction, random_state or validation_split."
            )
