"""A trainer's state as a checkpoint holds it, and back.

Curves, and what the run took over from an earlier one, are all that is written of how the
run is going: learning rate, patience and best score follow from them, by the same code.
"""

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..engines.base import Array, OptimizerState
from ..network import Network, Parameters
from .checkpoint_file import Saved, naming_file
from .fields import FieldError, integer, refuse
from .random_streams import restore_stream, saved_stream, stream_arrays
from .result import Curves
from .schedules import Progress
from .train_state import TrainState

if TYPE_CHECKING:
    from .trainer import Trainer

__all__ = ["resume", "saved_parameters", "saved_state", "snapshot"]

_PROGRESS = ("n_epochs", "n_steps", "n_samples", "scale", "first_epoch", "first_step")


def snapshot(trainer: "Trainer") -> Saved:
    """Copy all that the next epochs depend on, at the end of an epoch."""
    training, curves, plan = trainer.training, trainer.curves, trainer.plan
    current, state = training.parameters(), training.optimizer_state()
    arrays = {
        **_named("parameters", current),
        **_best_arrays(trainer, current),
        "rows": plan.rows,
        "losses": np.array(curves.losses, dtype=plan.loss_type),
        "learning_rates": np.array(curves.learning_rates, dtype=float),
        "validation_losses": np.array(curves.validation_losses, dtype=float),
        "validation_scores": np.array(curves.validation_scores, dtype=float),
        **stream_arrays(plan.random_state),
    }
    for index, slot in enumerate(state.slots):
        arrays |= _named(f"slot{index}", slot)
    if not plan.watch_score and np.isfinite(trainer.start.best):
        arrays["start_best"] = np.asarray(trainer.start.best)
    header = {
        "start": _start_header(trainer),
        "n_iter": trainer.n_iter,
        "n_steps": state.n_steps,
        "seed": trainer.state.seed,
        "augmentation_seed": trainer.state.augmentation_seed,
        "seconds": time.perf_counter() - trainer.start_time,
        "random_state": saved_stream(plan.random_state),
    }
    return Saved(header, arrays)


def _start_header(trainer: "Trainer") -> dict[str, Any]:
    start = trainer.start
    return {
        "first_pass": start.first_pass,
        "n_epochs": start.n_epochs,
        "n_steps": start.n_steps,
        "n_samples": int(start.n_samples),
        "scale": float(start.scale),
        "first_epoch": start.first_epoch,
        "first_step": start.first_step,
        "count": start.count,
        "best_score": float(start.best_score) if np.isfinite(start.best_score) else None,
    }


def _named(prefix: str, parameters: Parameters) -> dict[str, Array]:
    return {f"{prefix}.{name}": array for name, array in parameters.items()}


def _parameters(saved: Saved, prefix: str, network: Network) -> Parameters:
    names = [f"{prefix}.{name}" for name in network.parameters]
    return Parameters(network.parameters, [saved.arrays[name] for name in names])


def _best_arrays(trainer: "Trainer", current: Parameters) -> dict[str, Array]:
    """Take the best parameters out of the engine, which then goes on with the current."""
    if not trainer.has_best:
        return {}
    training = trainer.training
    training.restore_best()
    best = training.parameters()
    training.set_parameters(current)
    return _named("best", best)


def saved_parameters(saved: Saved, network: Network) -> Parameters:
    """Return the parameters at the end of the last epoch."""
    return _parameters(saved, "parameters", network)


def saved_state(saved: Saved, state: TrainState, network: Network) -> TrainState:
    """Return the saved train state, with the schedule's progress when the run began."""
    header, start = saved.header, saved.header["start"]
    slots = [
        _parameters(saved, f"slot{index}", network) for index in range(state.optimizer.n_slots)
    ]
    return replace(
        state,
        progress=Progress(state.progress.initial, **{name: start[name] for name in _PROGRESS}),
        end=state.end - state.progress.n_epochs + start["n_epochs"],
        state=OptimizerState(header["n_steps"], slots),
        seed=header["seed"],
        augmentation_seed=header["augmentation_seed"],
    )


def resume(trainer: "Trainer", saved: Saved) -> None:
    """Bring a new trainer, begun with saved parameters and train state, to where it was.

    Raises
    ------
    ValueError
        If the file's curves and counts do not match, or a callback refuses its state.
    """
    path = None if trainer.plan.checkpoint is None else trainer.plan.checkpoint.path
    with naming_file(path):
        _restore(trainer, saved)
    dispatcher = trainer.dispatcher
    if dispatcher is not None and dispatcher.resume(saved.header, path):
        trainer.stop_reason = "callback"


def _restore(trainer: "Trainer", saved: Saved) -> None:
    """Restore all but the callbacks.

    Raises
    ------
    FieldError
        If curves and counts do not match.
    """
    header, arrays, plan = saved.header, saved.arrays, trainer.plan
    plan.rows[:] = arrays["rows"]
    _restore_start(trainer, saved)
    _replay(trainer, saved)
    has_best = any(name.startswith("best.") for name in arrays)
    improved = trainer.best_score > trainer.start.best_score
    if plan.restore_best and has_best != (improved or trainer.start.first_pass):
        wanted = "some where a score was better than before, and none elsewhere"
        refuse("the arrays best", "there" if has_best else "absent", wanted)
    weights, most = plan.data.sample_weight, trainer.n_iter * trainer.steps_per_epoch
    may_skip = weights is not None and not weights.all()  # a batch without weight is no step
    integer("n_steps", header["n_steps"], 0 if may_skip else most, most)
    if has_best:
        trainer.training.set_parameters(_parameters(saved, "best", plan.network))
        trainer.keep_best()
        trainer.training.set_parameters(saved_parameters(saved, plan.network))
    trainer.seconds_before = header["seconds"]
    if plan.random_state is not None:
        restore_stream(plan.random_state, header["random_state"], arrays)


def _restore_start(trainer: "Trainer", saved: Saved) -> None:
    """Go back to where the run began."""
    start = saved.header["start"]
    best_score = -math.inf if start["best_score"] is None else start["best_score"]
    # A loss keeps its NumPy type, in whose precision the next one is compared.
    best: Any = saved.arrays["start_best"][()] if "start_best" in saved.arrays else math.inf
    best = best_score if trainer.plan.watch_score else best
    trainer.best_score = best_score
    trainer.stopping.best, trainer.stopping.count = best, start["count"]
    restored = {**start, "best": best, "best_score": best_score}
    trainer.start = replace(trainer.start, **restored)


def _replay(trainer: "Trainer", saved: Saved) -> None:
    """Let stopping and schedule answer the epochs of the curves again."""
    arrays = saved.arrays
    curves = Curves(
        losses=list(arrays["losses"]),
        validation_losses=arrays["validation_losses"].tolist(),
        validation_scores=arrays["validation_scores"].tolist(),
        learning_rates=arrays["learning_rates"].tolist(),
    )
    n_epochs = trainer.replay(curves)
    if n_epochs < len(curves.losses):
        raise FieldError(
            f"n_iter is {len(curves.losses)}, expected {n_epochs}: losses and scores end the "
            "fit then"
        )
