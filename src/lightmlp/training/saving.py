"""Writing checkpoints of a run: its state, and which run it is of."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import reporting
from .._version import __version__
from .callback_dispatcher import Save
from .checkpoint_arrays import CURVES, not_finite
from .checkpoint_file import FORMAT, Saved, write_checkpoint
from .plan import CheckpointPlan
from .snapshot import snapshot

if TYPE_CHECKING:
    from .trainer import Trainer

__all__ = ["make_saver"]


def make_saver(trainer: "Trainer") -> Save | None:
    """Return ``save(path, more, rehearse)``; None where the run cannot be resumed."""
    checkpoint = trainer.plan.checkpoint
    if checkpoint is None:
        return None
    known: dict[str, Any] = {}
    warned: list[str] = []

    def save(path: Path, more: dict[str, Any], rehearse: bool) -> None:
        if not known:
            known.update(checkpoint.run())
        saved = _saved(trainer, checkpoint, known, more)
        if (broken := not_finite(saved.arrays)) is None:
            write_checkpoint(path, saved, rehearse=rehearse)
        elif not warned:
            warned.append(broken)
            _warn_of_no_file(path, trainer, broken)

    return save


def _saved(
    trainer: "Trainer", checkpoint: CheckpointPlan, run: dict[str, Any], more: dict[str, Any]
) -> Saved:
    """Return all that the file is to have."""
    state = snapshot(trainer)
    header = {
        "format": FORMAT,
        "lightmlp": __version__,
        "isa": checkpoint.isa(),
        "run": run,
        **state.header,
        **more,
    }
    arrays = dict(state.arrays)
    for name in CURVES:
        if curve := trainer.plan.earlier_curves.get(name):
            arrays[f"earlier_{name}"] = np.array(curve)
    if trainer.plan.validation_rows is not None:
        arrays["validation_rows"] = trainer.plan.validation_rows
    return Saved(header, arrays)


def _warn_of_no_file(path: Path, trainer: "Trainer", name: str) -> None:
    """Warn of a fit that cannot be resumed, and whose earlier file is left for that."""
    reporting.warn(
        f"Checkpoint(path={str(path)!r}) writes nothing after epoch {trainer.n_iter}: {name} "
        "is not finite, and no fit can go on from there. A file of an earlier epoch stays.",
        verbose=trainer.plan.verbose,
    )
