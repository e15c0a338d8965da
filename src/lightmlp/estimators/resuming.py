"""Which run a checkpoint belongs to: written beside its state, compared before it goes on."""

import hashlib
import re
import reprlib
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from .. import reporting
from .._version import __version__
from ..engines import get_engine
from ..engines.base import TrainingData
from ..training.checkpoint_arrays import CURVES, not_finite
from ..training.checkpoint_file import FORMAT, Saved, Table, read_checkpoint, write_checkpoint
from ..training.checkpoint_schema import Division, ExpectedCheckpoint
from ..training.fields import members
from ..training.snapshot import snapshot
from ..training.trainer import Solver, Trainer
from .parameters import engine_name
from .target_scaling import fitted_unit
from .validation import restores_best

if TYPE_CHECKING:
    from .task import FittingTask

__all__ = ["describe_run", "make_saver", "read_run"]

# They change no bit of what the next epochs compute; the network's widths are compared
# apart, and the engine by the name of the one that "auto" stands for.
_MAY_DIFFER = {
    "callbacks", "engine", "hidden_layer_sizes", "max_iter", "max_time", "n_threads",
    "verbose", "warm_start",
}  # fmt: skip


def describe_run(estimator: Any, task: "FittingTask", solver: Solver) -> dict[str, Any]:
    """Describe estimator, data and settings, by the names that an error would use."""
    may_differ = _MAY_DIFFER - ({"max_iter"} if solver.schedule.needs_end else set())
    settings = {
        name: _text(value)
        for name, value in estimator.get_params(deep=False).items()
        if name not in may_differ
    }
    return {
        "estimator": type(estimator).__name__,
        "engine": get_engine(engine_name(estimator)).name,
        "the shape of X": list(task.data.X.shape),
        "the dtype of X": str(task.data.X.dtype),
        "the network's widths": list(task.network.widths),
        "the network's loss": task.network.loss,
        **settings,
        "the mean and deviation of y": _unit(estimator),
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
    return re.sub(r" at 0x\w+", "", repr(value))


def _unit(estimator: Any) -> list[list[float]] | None:
    """Return what the targets of the content were standardised by."""
    unit = fitted_unit(estimator)
    return None if unit is None else [unit.mean.tolist(), unit.scale.tolist()]


def _digest(data: TrainingData) -> str:
    digest = hashlib.blake2b(digest_size=16)
    parts = [data.X.data, data.X.indices, data.X.indptr] if issparse(data.X) else [data.X]
    for array in (*parts, data.targets, data.sample_weight):
        if array is not None:
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def read_run(estimator: Any, task: "FittingTask", solver: Solver) -> Saved:
    """Read the checkpoint that the user passed, all of it checked.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is none, damaged, of another run, or has what no checkpoint of this fit has.
    """
    path, compiled = (
        task.extras.resume_from,
        get_engine(engine_name(estimator)).name == "native",
    )
    given, splitter = task.held_out is not None, estimator.validation_split
    validates = given or splitter is not None or estimator.early_stopping
    division = Division(
        n_rows=task.data.X.shape[0],
        validates=validates,
        of_X=validates and not given,
        by_splitter=not given and splitter is not None,
    )
    expected = _ExpectedRun(
        describe_run(estimator, task, solver),
        task.network,
        solver,
        task.parameters.dtype,
        task.loss_type,
        division,
        watch_score=estimator.early_stopping,
        restore_best=validates and restores_best(estimator),
        random_state=task.random_state if estimator.shuffle else None,
        seeded=isinstance(estimator.random_state, Integral),
        augments=estimator.augmentation is not None,
        compiled=compiled,
        path=path,
    )
    saved = read_checkpoint(path, expected)
    if compiled:
        _warn_of_other_bits(path, saved.header["isa"], estimator.verbose)
    return saved


@dataclass(frozen=True, kw_only=True)
class _ExpectedRun(ExpectedCheckpoint):
    """What to expect of the file, and that it is of the same run."""

    path: Any

    def check_header(self, header: dict[str, Any], table: Table) -> None:
        """Compare the runs first, since another run explains all else that differs."""
        _check_same_run(self.path, members("run", header.get("run")), self.run)
        super().check_header(header, table)


def _check_same_run(path: Any, then: dict[str, Any], run: dict[str, Any]) -> None:
    """Refuse to go on with a checkpoint of another run.

    Raises
    ------
    ValueError
        Lists what differs.
    """
    differing = [name for name in run if name in then and run[name] != then[name]]
    contents = [name for name in differing if name.startswith("the content of")]
    # Other shapes have other contents: that needs no mention.
    if "the shape of X" in differing or "the dtype of X" in differing:
        differing = [name for name in differing if name not in contents]
    if differing:
        listed = "; ".join(
            f"{name} is not what it was" if name in contents
            else f"{name} is {run[name]!r}, was {reprlib.repr(then[name])}"
            for name in differing
        )  # fmt: skip
        raise ValueError(
            f"resume_from={str(path)!r} belongs to another run: {listed}. Pass what it was, "
            "or start anew without resume_from (init_from and warm_start go on with other "
            "data or settings)."
        )


def _instruction_set(estimator: Any) -> str | None:
    """Name what the compiled engine computes with; None for the other one."""
    if get_engine(engine_name(estimator)).name != "native":
        return None
    from ..engines.native import isa

    return isa()


def _warn_of_other_bits(path: Any, then: str, verbose: Any) -> None:
    """Warn where an instruction set computes that rounds otherwise: baseline does."""
    from ..engines.native import isa

    if then != (now := isa()) and "baseline" in (then, now):
        reporting.warn(
            f"resume_from={str(path)!r} was written with the instruction set {then!r}, and "
            f"{now!r} computes now, which rounds otherwise: the fit goes on, but not to the "
            f"bits of an uninterrupted one. Set LIGHTMLP_ISA={then} for those, where it runs.",
            verbose=verbose,
        )


def make_saver(
    estimator: Any,
    task: "FittingTask",
    trainer: Trainer,
    validation_rows: NDArray[np.int64] | None,
    earlier: dict[str, Any],
) -> Callable[[Path, dict[str, Any], bool], None]:
    """Return ``save(path, more, rehearse)``: it writes the state and the run's identity."""
    known: dict[str, Any] = {}
    warned: list[str] = []

    def save(path: Path, more: dict[str, Any], rehearse: bool) -> None:
        if not known:
            known.update(describe_run(estimator, task, trainer.solver))
        state = snapshot(trainer)
        header = {
            "format": FORMAT,
            "lightmlp": __version__,
            "isa": _instruction_set(estimator),
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
        if (broken := not_finite(arrays)) is None:
            write_checkpoint(path, Saved(header, arrays), rehearse=rehearse)
        elif not warned:
            warned.append(broken)
            _warn_of_no_file(path, trainer.n_iter, broken, estimator.verbose)

    return save


def _warn_of_no_file(path: Path, n_iter: int, name: str, verbose: Any) -> None:
    """Warn of a fit that cannot be resumed, and whose earlier file is left for that."""
    reporting.warn(
        f"Checkpoint(path={str(path)!r}) writes nothing after epoch {n_iter}: {name} is not "
        "finite, and no fit can go on from there. A file of an earlier epoch stays.",
        verbose=verbose,
    )
