"""Which arrays the checkpoint of a fit must hold, and what may be in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .checkpoint_file import Saved, Table
from .fields import FieldError, refuse
from .random_streams import stream_arrays

if TYPE_CHECKING:
    from .checkpoint_schema import Division, ExpectedCheckpoint

__all__ = [
    "CURVES",
    "MOST_ENTRIES",
    "check_table",
    "check_values",
    "not_finite",
    "wanted_arrays",
]

Array = NDArray[Any]

CURVES = ("loss_curve_", "validation_loss_curve_", "validation_scores_")
"""Attributes of an earlier fit that a warm start extends; ``earlier_`` is put before them."""

MOST_ENTRIES = 2**24
"""Most epochs, and rows where a splitter may repeat them.

This fit does not know these lengths: the file tells them, and memory is not asked for by
what a file tells alone.
"""

_FLOATS = ("float32", "float64")


@dataclass(frozen=True)
class _Wanted:
    """Dtypes that are allowed, and the length of each dimension: a number or a range."""

    dtypes: tuple[str, ...]
    shape: tuple[int | range, ...]

    def fits(self, dtype: str, shape: tuple[int, ...]) -> bool:
        return (
            dtype in self.dtypes
            and len(shape) == len(self.shape)
            and all(
                length in wanted if isinstance(wanted, range) else length == wanted
                for length, wanted in zip(shape, self.shape, strict=True)
            )
        )

    def __str__(self) -> str:
        lengths = [
            f"{wanted.start} to {wanted.stop - 1}" if isinstance(wanted, range) else str(wanted)
            for wanted in self.shape
        ]
        return f"{' or '.join(self.dtypes)} of shape ({', '.join(lengths)})"


def wanted_arrays(
    expected: "ExpectedCheckpoint", header: dict[str, Any], table: Table
) -> dict[str, _Wanted]:
    """Return what each array must be; of those that may be absent, the ones that are there."""
    first_pass, n_iter = header["start"]["first_pass"], header["n_iter"]
    wanted = dict(_parameters(expected, "parameters"))
    has_best = any(name.startswith("best.") for name in table)
    if expected.restore_best and (first_pass or has_best):
        wanted.update(_parameters(expected, "best"))
    for slot in range(expected.state.optimizer.n_slots):
        wanted.update(_parameters(expected, f"slot{slot}"))
    n_scores = n_iter if expected.division.validates else 0
    wanted["losses"] = _Wanted((np.dtype(expected.loss_type).name,), (n_iter,))
    wanted["learning_rates"] = _Wanted(("float64",), (n_iter,))
    wanted["validation_losses"] = wanted["validation_scores"] = _Wanted(
        ("float64",), (n_scores,)
    )
    wanted.update(_rows(expected.division, table))
    for name, part in stream_arrays(expected.random_state).items():
        wanted[name] = _Wanted((part.dtype.name,), part.shape)
    if not first_pass:
        wanted.update(_earlier(expected, table))
    return wanted


def _parameters(expected: "ExpectedCheckpoint", prefix: str) -> Iterator[tuple[str, _Wanted]]:
    for name, spec in expected.network.parameters.items():
        yield f"{prefix}.{name}", _Wanted((expected.dtype.name,), spec.shape)


def _rows(division: "Division", table: Table) -> Iterator[tuple[str, _Wanted]]:
    most = max(division.n_rows, MOST_ENTRIES) if division.by_splitter else division.n_rows
    n_held_out = 0
    if division.of_X:
        yield "validation_rows", _Wanted(("int64",), (range(2, most + 1),))
        n_held_out = sum(table.get("validation_rows", ("", ()))[1])
    n_train = division.n_rows - n_held_out
    yield (
        "rows",
        _Wanted(("int64",), (range(1, most + 1) if division.by_splitter else n_train,)),
    )


def _earlier(expected: "ExpectedCheckpoint", table: Table) -> Iterator[tuple[str, _Wanted]]:
    if not expected.watch_score and "start_best" in table:
        yield "start_best", _Wanted(_FLOATS, ())
    for name in CURVES:
        if f"earlier_{name}" in table:
            yield f"earlier_{name}", _Wanted(_FLOATS, (range(1, MOST_ENTRIES + 1),))


def check_table(wanted: dict[str, _Wanted], table: Table) -> None:
    """Compare the arrays that are there with those that must be.

    Raises
    ------
    FieldError
        Names the first array that is missing, too many, or of another dtype or shape.
    """
    for name, array in wanted.items():
        if name not in table:
            raise FieldError(f"the array {name} is missing, expected {array}")
    for name, (dtype, shape) in table.items():
        if name not in wanted:
            refuse("the name of an array", name, f"one of {', '.join(wanted)}")
        if not wanted[name].fits(dtype, shape):
            raise FieldError(
                f"the array {name} is {dtype} of shape {shape}, expected {wanted[name]}"
            )


def check_values(expected: "ExpectedCheckpoint", saved: Saved) -> None:
    """Check what is in the arrays.

    Raises
    ------
    FieldError
        Names the first array that is not as expected.
    """
    if (name := not_finite(saved.arrays)) is not None:
        raise FieldError(
            f"the array {name} has numbers that are not finite, expected finite ones"
        )
    for name, array in _never_negative(expected, saved):
        if (array < 0).any():
            raise FieldError(
                f"the array {name} has {_first(array, array < 0)}, expected numbers >= 0"
            )
    _check_rows(expected.division, saved.arrays)


def not_finite(arrays: dict[str, Array]) -> str | None:
    """Name the first array that has NaN or an infinity, if any."""
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            return name
    return None


def _first(array: Array, where: Array) -> Any:
    return array[where].flat[0]


def _never_negative(
    expected: "ExpectedCheckpoint", saved: Saved
) -> Iterator[tuple[str, Array]]:
    yield "learning_rates", saved.arrays["learning_rates"]
    squares = tuple(f"slot{slot}." for slot in expected.state.optimizer.squares)
    for name, array in saved.arrays.items():
        is_variance = name.endswith(".running_variance") and not name.startswith("slot")
        if is_variance or name.startswith(squares):
            yield name, array


def _check_rows(division: "Division", arrays: dict[str, Array]) -> None:
    """Check that the rows are rows of X, and that none is in both parts, or twice in one."""
    names = [name for name in ("rows", "validation_rows") if name in arrays]
    for name in names:
        rows = arrays[name]
        outside = (rows < 0) | (rows >= division.n_rows)
        if outside.any():
            raise FieldError(
                f"the array {name} has {_first(rows, outside)}, expected rows from 0 to "
                f"{division.n_rows - 1}"
            )
    counts = [np.bincount(arrays[name], minlength=division.n_rows) for name in names]
    if not division.by_splitter and any((count > 1).any() for count in counts):
        raise FieldError("rows or validation_rows has a row twice, expected each of them once")
    if len(counts) == 2 and ((counts[0] > 0) & (counts[1] > 0)).any():
        raise FieldError("rows and validation_rows have a row in common, expected none")
