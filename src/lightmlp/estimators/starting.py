"""What training begins with: the solver, its state and the parameters."""

from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from ..engines.base import OptimizerState
from ..network import Parameters, ParameterSpec
from ..settings import choose
from ..training.checkpoint_file import Saved
from ..training.optimizers import OPTIMIZERS, SGD, Adam, Optimizer
from ..training.schedules import Progress, choose_schedule
from ..training.snapshot import saved_parameters, saved_solver
from ..training.trainer import Solver
from .resuming import read_run
from .task import FittingTask
from .versions import warn_of_other_version

__all__ = ["start"]

Array = NDArray[Any]


def start(estimator: Any, task: FittingTask) -> tuple[Solver, Parameters, Saved | None]:
    """Return solver and parameters to begin with: a checkpoint's, which is the third."""
    solver = _solver(estimator, task)
    if task.extras.resume_from is None:
        return solver, task.parameters, None
    saved = read_run(estimator, task, solver)
    subject = f"resume_from={str(task.extras.resume_from)!r} was written"
    warn_of_other_version(subject, saved.header["lightmlp"], verbose=estimator.verbose)
    network = task.network
    return saved_solver(saved, solver, network), saved_parameters(saved, network), saved


def _solver(estimator: Any, task: FittingTask) -> Solver:
    """Go on with the earlier solver, or make one; a state that no longer fits is left."""
    if task.incremental and hasattr(estimator, "_optimizer"):
        earlier: Solver = estimator._optimizer
        state, progress = _fitting(earlier.state, task), copy(earlier.progress)
        progress.n_samples = estimator.t_
        seed = earlier.seed or _mask_seed(task)
        solver = replace(earlier, progress=progress, state=state, seed=seed)
        return _with_useful_rate(solver, estimator.max_iter)
    # An SGD object is as much 'sgd' as the name: 'invscaling' and 'adaptive' act with it.
    name = "sgd" if isinstance(estimator.solver, SGD) else estimator.solver
    schedule = choose_schedule(estimator.learning_rate, solver=name, power_t=estimator.power_t)
    progress = _progress(estimator, task.first_pass)
    end = estimator.max_iter if task.incremental else progress.n_epochs + estimator.max_iter
    solver = Solver(_optimizer(estimator), schedule, progress, end, seed=_mask_seed(task))
    return _with_useful_rate(solver, estimator.max_iter)


def _with_useful_rate(solver: Solver, max_iter: int) -> Solver:
    """Start a schedule anew that has ended, and whose last rate is too low to learn."""
    over = solver.schedule.ended(solver.progress, solver.end)
    if over and solver.is_idle(solver.next_rates(1)):
        solver.progress.start_schedule()
        solver.end = solver.progress.n_epochs + max_iter
    return solver


def _mask_seed(task: FittingTask) -> int:
    """Draw the seed of the dropout masks; without dropout nothing is drawn."""
    if not task.network.drops:
        return 0
    return int(task.random_state.randint(2**63 - 1, dtype=np.int64))


def _optimizer(estimator: Any) -> Optimizer:
    """Return the rule of the solver, out of the user's reach for the time of the training."""
    if estimator.solver == "sgd":
        return SGD(estimator.momentum, estimator.nesterovs_momentum)
    if estimator.solver == "adam":
        return Adam(estimator.beta_1, estimator.beta_2, estimator.epsilon)
    chosen = choose("solver", estimator.solver, OPTIMIZERS, Optimizer)
    optimizer: Optimizer = clone(chosen)
    return optimizer


def _progress(estimator: Any, first_pass: bool) -> Progress:
    """Return where the schedule is; ``warm_start`` goes on with its counts."""
    rate = float(estimator.learning_rate_init)
    progress = Progress(rate)
    if not first_pass and hasattr(estimator, "_progress"):
        progress = estimator._progress.restarted(rate)
    progress.n_samples = getattr(estimator, "t_", 0)
    return progress


def _fitting(state: OptimizerState | None, task: FittingTask) -> OptimizerState | None:
    """Return the state if it is of parameters of these shapes, by their names here."""
    if state is None:
        return None
    specs, dtype = task.network.parameters, task.parameters.dtype
    slots = []
    for slot in state.slots:
        named = slot if slot.specs == specs else _renamed(slot, specs)
        if named is None or named.dtype != dtype:
            return None
        slots.append(named)
    return OptimizerState(state.n_steps, slots)


def _renamed(slot: Parameters, specs: dict[str, ParameterSpec]) -> Parameters | None:
    """Name arrays anew where dropout was put between the layers, or taken away."""
    if list(slot.specs.values()) != list(specs.values()):
        return None
    return Parameters(specs, list(slot.values()))
