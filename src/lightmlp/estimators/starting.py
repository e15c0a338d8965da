"""What training by epochs begins with: optimiser, schedule and where both are."""

from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from ..engines.base import OptimizerState
from ..network import Parameters, ParameterSpec
from ..settings import choose
from ..training.optimizers import OPTIMIZERS, SGD, Adam, Optimizer
from ..training.schedules import Progress, choose_schedule
from ..training.train_state import TrainState
from .earlier_fit import EarlierFit
from .fit_options import SolverOptions
from .problem import Problem

__all__ = ["start_state"]

Array = NDArray[Any]


def start_state(problem: Problem, earlier: EarlierFit) -> TrainState:
    """Continue the earlier run, or begin with a new one; a state that no longer fits is left.

    Parameters
    ----------
    problem : Problem
        What is learned, and by which solver and schedule.
    earlier : EarlierFit
        What the fit before left.
    """
    options = problem.options.steps
    max_iter = problem.options.stopping.max_iter  # the length of a schedule without its own
    if problem.incremental and earlier.state is not None:
        state, progress = earlier.state, copy(earlier.state.progress)
        progress.n_samples = earlier.n_samples
        continued = replace(
            state,
            progress=progress,
            state=_fitting(state.state, problem),
            seed=state.seed or _mask_seed(problem),
        )
        return _with_useful_rate(continued, max_iter)
    # An SGD object is as much 'sgd' as the name: 'invscaling' and 'adaptive' act with it.
    name = "sgd" if isinstance(options.solver, SGD) else options.solver
    schedule = choose_schedule(options.learning_rate, solver=name, power_t=options.power_t)
    progress = _progress(problem, float(options.learning_rate_init), earlier)
    end = max_iter if problem.incremental else progress.n_epochs + max_iter
    seed = _mask_seed(problem)
    state = TrainState(_optimizer(options), schedule, progress, end, seed=seed)
    return _with_useful_rate(state, max_iter)


def _with_useful_rate(state: TrainState, max_iter: int) -> TrainState:
    """Restart a schedule that has ended, and whose last rate is too low to learn."""
    if state.schedule_ended and state.is_idle(state.next_rates(1)):
        state.progress.start_schedule()
        state.end = state.progress.n_epochs + max_iter
    return state


def _mask_seed(problem: Problem) -> int:
    """Draw the seed of the dropout masks; without dropout nothing is drawn."""
    if not problem.network.drops:
        return 0
    return int(problem.random_state.randint(2**63 - 1, dtype=np.int64))


def _optimizer(options: SolverOptions) -> Optimizer:
    """Return the update rule: a private copy, which the user cannot change in training."""
    if options.solver == "sgd":
        return SGD(options.momentum, options.nesterovs_momentum)
    if options.solver == "adam":
        return Adam(options.beta_1, options.beta_2, options.epsilon)
    chosen = choose("solver", options.solver, OPTIMIZERS, Optimizer)
    optimizer: Optimizer = clone(chosen)
    return optimizer


def _progress(problem: Problem, rate: float, earlier: EarlierFit) -> Progress:
    """Return where the schedule is; ``warm_start`` goes on with its counts."""
    progress = Progress(rate)
    if not problem.first_pass and earlier.progress is not None:
        progress = earlier.progress.restarted(rate)
    progress.n_samples = earlier.n_samples
    return progress


def _fitting(state: OptimizerState | None, problem: Problem) -> OptimizerState | None:
    """Return the state if it is of parameters of these shapes, by their names here."""
    if state is None:
        return None
    specs, dtype = problem.network.parameters, problem.parameters.dtype
    slots = []
    for slot in state.slots:
        named = slot if slot.specs == specs else _renamed(slot, specs)
        if named is None or named.dtype != dtype:
            return None
        slots.append(named)
    return OptimizerState(state.n_steps, slots)


def _renamed(slot: Parameters, specs: dict[str, ParameterSpec]) -> Parameters | None:
    """Rename arrays where dropout was put between the layers, or taken away."""
    if list(slot.specs.values()) != list(specs.values()):
        return None
    return Parameters(specs, list(slot.values()))
