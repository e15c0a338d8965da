"""A trainer's state as a checkpoint holds it, and back.

Curves, and what the run took over from an earlier one, are all that is written of how the
run is going: learning rate, patience and best score follow from them, by the same code.
"""

import math
import time
from dataclasses import replace
from typing import Any

import numpy as np

from ..engines.base import Array, OptimizerState
from ..network import Network, Parameters
from .checkpoint_file import Saved
from .fields import FieldError, integer, refuse
from .random_streams import restore_stream, saved_stream, stream_arrays
from .schedules import Progress
from .trainer import Solver, Start, Trainer

__all__ = ["restore_trainer", "saved_parameters", "saved_solver", "snapshot"]

_PROGRESS = ("n_epochs", "n_steps", "n_samples", "scale", "first_epoch", "first_step")


def snapshot(trainer: Trainer) -> Saved:
    """Copy all that the next epochs depend on, at the end of an epoch."""
    training, solver = trainer.training, trainer.solver
    current, state = training.parameters(), training.optimizer_state()
    arrays = {
        **_named("parameters", current),
        **_best_arrays(trainer, current),
        "rows": trainer.rows,
        "losses": np.array(trainer.losses, dtype=trainer.loss_type),
        "learning_rates": np.array(trainer.learning_rates, dtype=float),
        "validation_losses": np.array(trainer.validation_losses, dtype=float),
        "validation_scores": np.array(trainer.validation_scores, dtype=float),
        **stream_arrays(trainer.random_state),
    }
    for index, slot in enumerate(state.slots):
        arrays |= _named(f"slot{index}", slot)
    if not trainer.watch_score and np.isfinite(trainer.start.best):
        arrays["start_best"] = np.asarray(trainer.start.best)
    header = {
        "start": _start_header(trainer),
        "n_iter": trainer.n_iter,
        "n_steps": state.n_steps,
        "seed": solver.seed,
        "augmentation_seed": solver.augmentation_seed,
        "seconds": time.perf_counter() - trainer.start_time,
        "random_state": saved_stream(trainer.random_state),
    }
    return Saved(header, arrays)


def _start_header(trainer: Trainer) -> dict[str, Any]:
    start = trainer.start
    return {
        "first_pass": trainer.first_pass,
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


def _best_arrays(trainer: Trainer, current: Parameters) -> dict[str, Array]:
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


def saved_solver(saved: Saved, solver: Solver, network: Network) -> Solver:
    """Return the solver with its state of then, and its schedule's progress at the begin."""
    header, start = saved.header, saved.header["start"]
    slots = [
        _parameters(saved, f"slot{index}", network) for index in range(solver.optimizer.n_slots)
    ]
    return replace(
        solver,
        progress=Progress(solver.progress.initial, **{name: start[name] for name in _PROGRESS}),
        end=solver.end - solver.progress.n_epochs + start["n_epochs"],
        state=OptimizerState(header["n_steps"], slots),
        seed=header["seed"],
        augmentation_seed=header["augmentation_seed"],
    )


def restore_trainer(
    trainer: Trainer, saved: Saved, network: Network, *, may_skip: bool
) -> None:
    """Bring a new trainer, begun with saved parameters and solver, to where it was.

    ``may_skip`` tells whether a batch may be without weight, and so no step.

    Raises
    ------
    FieldError
        If curves and counts do not go together.
    """
    header, arrays = saved.header, saved.arrays
    trainer.rows[:] = arrays["rows"]
    _restore_start(trainer, saved)
    _replay(trainer, saved)
    has_best = any(name.startswith("best.") for name in arrays)
    improved = trainer.best_score > trainer.start.best_score
    if trainer.restore_best and has_best != (improved or trainer.first_pass):
        wanted = "some where a score was better than before, and none elsewhere"
        refuse("the arrays best", "there" if has_best else "absent", wanted)
    most = trainer.n_iter * trainer.steps_per_epoch
    integer("n_steps", header["n_steps"], 0 if may_skip else most, most)
    if has_best:
        trainer.training.set_parameters(_parameters(saved, "best", network))
        trainer.keep_best()
        trainer.training.set_parameters(saved_parameters(saved, network))
    trainer.seconds_before = header["seconds"]
    if trainer.random_state is not None:
        restore_stream(trainer.random_state, header["random_state"], arrays)


def _restore_start(trainer: Trainer, saved: Saved) -> None:
    """Go back to where the run began."""
    start = saved.header["start"]
    best_score = -math.inf if start["best_score"] is None else start["best_score"]
    # A loss keeps its NumPy type, in whose precision the next one is compared.
    best: Any = saved.arrays["start_best"][()] if "start_best" in saved.arrays else math.inf
    trainer.first_pass, trainer.best_score = start["first_pass"], best_score
    trainer.stopping.best = best_score if trainer.watch_score else best
    trainer.stopping.count = start["count"]
    progress = {name: start[name] for name in _PROGRESS}
    trainer.start = Start(
        **progress, best=trainer.stopping.best, count=start["count"], best_score=best_score
    )


def _replay(trainer: Trainer, saved: Saved) -> None:
    """Let stopping and schedule answer the epochs of the curves again."""
    arrays, progress = saved.arrays, trainer.solver.progress
    losses, scores = list(arrays["losses"]), arrays["validation_scores"].tolist()
    verbose, trainer.verbose = trainer.verbose, False
    for epoch, loss in enumerate(losses):
        if trainer.stop_reason is not None:
            raise FieldError(
                f"n_iter is {len(losses)}, expected {epoch}: losses and scores end the fit then"
            )
        progress.count_epoch(trainer.steps_per_epoch, len(trainer.rows))
        score = scores[epoch] if scores else math.nan
        trainer.best_score = max(trainer.best_score, score) if scores else trainer.best_score
        trainer.observe(loss, score)
    trainer.verbose, trainer.n_iter = verbose, len(losses)
    trainer.losses, trainer.validation_scores = losses, scores
    trainer.learning_rates = arrays["learning_rates"].tolist()
    trainer.validation_losses = arrays["validation_losses"].tolist()
