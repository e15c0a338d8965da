"""A trainer's state as a checkpoint holds it, and back."""

import time
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from ..engines.base import Array, OptimizerState
from .checkpoint import Saved
from .schedules import Progress
from .trainer import Solver, Trainer

__all__ = ["restore_trainer", "saved_parameters", "saved_solver", "snapshot"]


def snapshot(trainer: Trainer) -> Saved:
    """Copy all that the next epochs depend on, at the end of an epoch."""
    training, solver = trainer.training, trainer.solver
    current, state = training.parameters(), training.optimizer_state()
    arrays = {
        **_numbered("coefs", current[0]),
        **_numbered("intercepts", current[1]),
        **_best_arrays(trainer, current),
        "rows": trainer.rows,
        "losses": np.array(trainer.losses, dtype=trainer.loss_type),
        "learning_rates": np.array(trainer.learning_rates),
        "validation_losses": np.array(trainer.validation_losses),
        "validation_scores": np.array(trainer.validation_scores),
        "stopping_best": np.asarray(trainer.stopping.best),
    }
    for index, slot in enumerate(state.slots):
        arrays |= _numbered(f"slot{index}_", slot)
    header = {
        "n_iter": trainer.n_iter,
        "progress": asdict(solver.progress),
        "end": solver.end,
        "augmentation_seed": solver.augmentation_seed,
        "n_steps": state.n_steps,
        "seed": solver.seed,
        "best_score": float(trainer.best_score),
        "stopping_count": trainer.stopping.count,
        "seconds": time.perf_counter() - trainer.start_time,
        "random_state": _random_state(trainer.random_state),
    }
    return Saved(header, arrays)


def _numbered(prefix: str, arrays: list[Array]) -> dict[str, Array]:
    return {f"{prefix}{index}": array for index, array in enumerate(arrays)}


def _best_arrays(trainer: Trainer, current: tuple[list[Array], list[Array]]) -> dict[str, Any]:
    """Take the best parameters out of the engine, which then goes on with the current."""
    if not trainer.has_best:
        return {}
    training = trainer.training
    training.restore_best()
    coefs, intercepts = training.parameters()
    training.set_parameters(*current)
    return {**_numbered("best_coefs", coefs), **_numbered("best_intercepts", intercepts)}


def _random_state(random_state: np.random.RandomState | None) -> dict[str, Any] | None:
    """Return the generator's state in types that JSON knows."""
    if random_state is None:
        return None
    state: dict[str, Any] = random_state.get_state(legacy=False)
    inner = {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in state["state"].items()
    }
    return {**state, "state": inner}


def saved_parameters(saved: Saved) -> tuple[list[Array], list[Array]]:
    """Return the parameters at the end of the last epoch."""
    return saved.family("coefs"), saved.family("intercepts")


def saved_solver(saved: Saved, solver: Solver) -> Solver:
    """Return the solver with its schedule's progress and its state of then."""
    slots = [saved.family(f"slot{index}_") for index in range(solver.optimizer.n_slots)]
    state = OptimizerState(saved.header["n_steps"], slots)
    fields = dict(saved.header["progress"])
    rate = fields.pop("rate")
    progress = Progress(**fields)
    progress.rate = rate
    header = saved.header
    return replace(
        solver,
        progress=progress,
        end=header["end"],
        state=state,
        seed=header["seed"],
        augmentation_seed=header["augmentation_seed"],
    )


def restore_trainer(trainer: Trainer, saved: Saved) -> None:
    """Bring a new trainer, begun with saved parameters and solver, to where it was."""
    header, arrays = saved.header, saved.arrays
    best = saved.family("best_coefs"), saved.family("best_intercepts")
    if best[0]:
        trainer.training.set_parameters(*best)
        trainer.keep_best()
        trainer.training.set_parameters(*saved_parameters(saved))
    trainer.rows[:] = arrays["rows"]
    trainer.losses = list(arrays["losses"])
    trainer.learning_rates = arrays["learning_rates"].tolist()
    trainer.validation_losses = arrays["validation_losses"].tolist()
    trainer.validation_scores = arrays["validation_scores"].tolist()
    # A loss keeps its NumPy type, in whose precision the next one is compared.
    value: Any = arrays["stopping_best"][()]
    trainer.stopping.best = float(value) if trainer.watch_score else value
    trainer.stopping.count = header["stopping_count"]
    trainer.best_score = header["best_score"]
    trainer.n_iter = header["n_iter"]
    trainer.seconds_before = header["seconds"]
    if header["stop_reason"] == "stalled":
        trainer.stop_reason = "stalled"
    if trainer.random_state is not None:
        _restore_random_state(trainer.random_state, header["random_state"])


def _restore_random_state(random_state: np.random.RandomState, state: dict[str, Any]) -> None:
    inner = dict(state["state"])
    if "key" in inner:
        inner["key"] = np.array(inner["key"], dtype=np.uint32)
    random_state.set_state({**state, "state": inner})
