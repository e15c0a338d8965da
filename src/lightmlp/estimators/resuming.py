"""Which run a checkpoint belongs to: written beside its state, compared before it goes on."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from .._version import __version__
from ..engines import get_engine
from ..engines.base import TrainingData
from ..training.checkpoint import FORMAT, Saved, write_checkpoint
from ..training.snapshot import snapshot
from ..training.trainer import Solver, Trainer

if TYPE_CHECKING:
    from .task import FittingTask

__all__ = ["CURVES", "check_same_run", "describe_run", "make_saver"]

CURVES = ("loss_curve_", "validation_loss_curve_", "validation_scores_")

# They change no bit of what the next epochs compute; the network's widths are compared
# apart, and the engine by the name of the one that "auto" stands for.
_MAY_DIFFER = {
    "callbacks", "engine", "hidden_layer_sizes", "max_iter", "max_time", "n_threads",
    "verbose", "warm_start",
}  # fmt: skip


def describe_run(estimator: Any, task: "FittingTask", solver: Solver) -> dict[str, Any]:
    """Describe estimator, data and settings, by the names that an error would use."""
    schedule = solver.schedule
    may_differ = _MAY_DIFFER
    if schedule.has_end and schedule.length is None:  # max_iter is its length
        may_differ = _MAY_DIFFER - {"max_iter"}
    settings = {
        name: _text(value)
        for name, value in estimator.get_params(deep=False).items()
        if name not in may_differ
    }
    return {
        "estimator": type(estimator).__name__,
        "engine": get_engine(estimator.engine).name,
        "the shape of X": list(task.data.X.shape),
        "the dtype of X": str(task.data.X.dtype),
        "the network's widths": list(task.network.widths),
        "the network's loss": task.network.loss,
        **settings,
        "the content of X, y and the weights": _digest(task.data),
        "the content of X_val and y_val": (
            None if task.held_out is None else _digest(task.held_out.data)
        ),
    }


def _text(value: Any) -> Any:
    """Return a value in a form that survives JSON and knows no memory address."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | np.number):
        return float(value)
    text = repr(value)
    if " at 0x" in text or isinstance(value, np.random.RandomState):
        name = getattr(value, "__qualname__", type(value).__qualname__)
        return f"<{name}>"
    return text


def _digest(data: TrainingData) -> str:
    digest = hashlib.blake2b(digest_size=16)
    parts = [data.X.data, data.X.indices, data.X.indptr] if issparse(data.X) else [data.X]
    for array in (*parts, data.targets, data.sample_weight):
        if array is not None:
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def check_same_run(path: Any, saved: Saved, run: dict[str, Any]) -> None:
    """Refuse to go on with a checkpoint of another run.

    Raises
    ------
    ValueError
        Lists what differs.
    """
    then = saved.header["run"]
    differing = [name for name in run if name in then and run[name] != then[name]]
    contents = [name for name in differing if name.startswith("the content of")]
    # Other shapes have other contents: that needs no mention.
    if "the shape of X" in differing or "the dtype of X" in differing:
        differing = [name for name in differing if name not in contents]
    if differing:
        listed = "; ".join(
            f"{name} is not what it was" if name in contents
            else f"{name} is {run[name]!r}, was {then[name]!r}"
            for name in differing
        )  # fmt: skip
        raise ValueError(
            f"resume_from={str(path)!r} belongs to another run: {listed}. Pass what it was, "
            "or start anew without resume_from (init_from and warm_start go on with other "
            "data or settings)."
        )


def make_saver(
    estimator: Any,
    task: "FittingTask",
    trainer: Trainer,
    validation_rows: NDArray[np.int64] | None,
    earlier: dict[str, Any],
) -> Callable[[Path, dict[str, Any]], None]:
    """Return ``save(path, more)``, which writes the trainer's state and the run's identity."""
    known: dict[str, Any] = {}

    def save(path: Path, more: dict[str, Any]) -> None:
        if not known:
            known.update(describe_run(estimator, task, trainer.solver))
        state = snapshot(trainer)
        header = {
            "format": FORMAT,
            "lightmlp": __version__,
            "run": known,
            **state.header,
            **more,
        }
        arrays = dict(state.arrays)
        for name in CURVES:
            if earlier.get(name):
                arrays[f"earlier_{name}"] = np.array(earlier[name])
        if validation_rows is not None:
            arrays["validation_rows"] = validation_rows
        write_checkpoint(path, Saved(header, arrays))

    return save
