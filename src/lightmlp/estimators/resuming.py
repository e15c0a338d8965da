"""Which run a checkpoint belongs to: written beside its state, compared when it is resumed."""

import hashlib
import re
import reprlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import issparse

from .. import reporting
from ..engines.base import Engine, TrainingData
from ..network import MixedTable
from ..training.checkpoint_file import Saved, Table, read_checkpoint
from ..training.checkpoint_schema import Division, ExpectedCheckpoint
from ..training.fields import members
from ..training.train_state import TrainState
from .model_template import ModelTemplate
from .problem import Problem
from .real_targets import RealTargetEncoder
from .target_encoder import TargetEncoder
from .versions import warn_of_other_version

__all__ = ["describe_run", "instruction_set", "read_run"]

# They change no bit of what the next epochs compute; the network's widths are compared
# apart, and the engine by the name of the one that "auto" stands for.
_MAY_DIFFER = {
    "callbacks", "engine", "hidden_layer_sizes", "max_iter", "max_time", "n_threads",
    "verbose", "warm_start",
}  # fmt: skip


def describe_run(
    problem: Problem, template: ModelTemplate, engine: Engine, state: TrainState
) -> dict[str, Any]:
    """Describe options, data and network, by the names that an error would use."""
    needs_end = state.schedule.needs_end or problem.factors.needs_end
    may_differ = _MAY_DIFFER - ({"max_iter"} if needs_end else set())
    model = template.model()
    settings = {
        name: _text(value)
        for name, value in model.get_params(deep=False).items()
        if name not in may_differ
    }
    data, network, held_out = problem.data, problem.network, problem.held_out
    return {
        "estimator": type(model).__name__,
        "engine": engine.name,
        "the shape of X": list(data.X.shape),
        "the dtype of X": str(data.X.dtype),
        "the network's widths": list(network.widths),
        "the network's loss": network.loss,
        **settings,
        "the mean and deviation of y": _unit(problem.encoder),
        "the content of X, y and the weights": _digest(data),
        "the content of X_val and y_val": (
            None if held_out is None else _digest(held_out.data)
        ),
    }


def _text(value: Any) -> Any:
    """Return a value in a form that survives JSON and knows no memory address."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | np.number):
        return float(value)
    return re.sub(r" at 0x\w+", "", repr(value))


def _unit(encoder: TargetEncoder) -> list[list[float]] | None:
    """Return what the targets of the content were standardised by."""
    unit = encoder.unit if isinstance(encoder, RealTargetEncoder) else None
    return None if unit is None else [unit.mean.tolist(), unit.scale.tolist()]


def _digest(data: TrainingData) -> str:
    digest = hashlib.blake2b(digest_size=16)
    X = data.X
    parts = [X]
    if issparse(X):
        parts = [X.data, X.indices, X.indptr]
    elif isinstance(X, MixedTable):
        parts = [X.numbers, X.codes]
    for array in (*parts, data.targets, data.sample_weight):
        if array is not None:
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def read_run(
    problem: Problem,
    template: ModelTemplate,
    engine: Engine,
    state: TrainState,
) -> Saved:
    """Read the checkpoint that the user passed, all of it checked.

    Parameters
    ----------
    problem, template, engine, state
        Of the fit that is to go on from there.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is none, damaged, of another run, or has what no checkpoint of this fit has.
    """
    path, options = problem.arguments.resume_from, problem.options
    validation = options.validation
    given, by_splitter = problem.held_out is not None, validation.validation_split is not None
    validates = given or by_splitter or validation.early_stopping
    expected = _ExpectedRun(
        describe_run(problem, template, engine, state),
        problem.network,
        state,
        problem.parameters.dtype,
        problem.loss_type,
        Division(
            n_rows=problem.data.X.shape[0],
            validates=validates,
            of_X=validates and not given,
            by_splitter=not given and by_splitter,
        ),
        watch_score=validation.early_stopping,
        restore_best=validates and validation.restores_best,
        random_state=problem.random_state if options.batches.shuffle else None,
        seeded=options.is_seeded,
        augments=options.batches.augmentation is not None,
        compiled=engine.name == "native",
        path=path,
    )
    saved = read_checkpoint(path, expected)
    if expected.compiled:
        _warn_of_other_bits(path, saved.header["isa"], options.verbose)
    subject = f"resume_from={str(path)!r} was written"
    warn_of_other_version(subject, saved.header["lightmlp"], verbose=options.verbose)
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
    """Refuse to resume a checkpoint of another run.

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
            "or start again without resume_from (init_from and warm_start go on with other "
            "data or settings)."
        )


def instruction_set(engine: Engine) -> str | None:
    """Name what the compiled engine computes with; None for the other one."""
    if engine.name != "native":
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
