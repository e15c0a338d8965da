"""A fit with nothing left open: what is trained, on what, how, and who is shown it.

Who makes a plan has checked and resolved all of it: carrying it out needs nothing else.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..engines.base import Engine, StepRules, Training, TrainingData
from ..network import Network, Parameters
from .augmented import AugmentedEpochs
from .callbacks import Callback
from .checkpoint_file import Saved
from .factor_schedules import FactorSchedules
from .stopping import Stopping
from .train_state import TrainState

__all__ = ["CheckpointPlan", "EpochPlan", "FitPlan", "LbfgsPlan", "Names", "Spectators"]

Rows = NDArray[np.int64]


class Spectators(NamedTuple):
    """Who is shown a fit, and what they may look at.

    Parameters
    ----------
    callbacks : sequence of Callback
        In the order in which they are called.
    model : callable
        ``model(parameters)`` returns a model of the user's with these parameters.
    X, y
        The rows as the user passed them, and their checked targets.
    """

    callbacks: Sequence[Callback]
    model: Callable[[Parameters], Any]
    X: Any
    y: Any


class Names(NamedTuple):
    """What messages about a fit call things, and what they say of the options.

    Parameters
    ----------
    estimator : str
        Name of the class.
    is_regressor : bool
        Whether targets are numbers.
    scales_target : bool
        Whether these are in standard units.
    solver, learning_rate, learning_rate_init, max_iter
        As the user passed them.
    features : sequence of (str or int) or None
        Names, or positions, of the columns of numbers.
    """

    estimator: str
    is_regressor: bool
    scales_target: bool
    solver: Any
    learning_rate: Any
    learning_rate_init: float
    max_iter: int
    features: Sequence[Any] | None


@dataclass(frozen=True, kw_only=True)
class FitPlan:
    """What every fit has.

    Parameters
    ----------
    network : Network
        What is computed.
    parameters : Parameters
        Where to start.
    data : TrainingData
        All rows, in the dtype in which the solver computes. Plans may share it: nothing
        writes into it.
    engine : Engine
        Who computes.
    n_threads : int or None
        Its threads.
    max_iter : int
        Most epochs or iterations, >= 1.
    max_time : float, default=inf
        Seconds after which no new one begins.
    verbose : bool, int or "log", default=False
        Whether to print, or to log, a line per epoch.
    spectators : Spectators
        Who is shown the fit.
    names : Names
        For messages.
    first_pass : bool, default=True
        Whether the parameters are new ones.
    incremental : bool, default=False
        Whether it is a ``partial_fit``.
    """

    network: Network
    parameters: Parameters
    data: TrainingData
    engine: Engine
    n_threads: int | None = None
    max_iter: int
    max_time: float = math.inf
    verbose: bool | int | str = False
    spectators: Spectators
    names: Names
    first_pass: bool = True
    incremental: bool = False


@dataclass(frozen=True, kw_only=True)
class LbfgsPlan(FitPlan):
    """A minimisation over all rows.

    Parameters
    ----------
    max_fun : int
        Most evaluations of the loss.
    tol : float
        Largest entry of the gradient at which it ends.
    """

    max_fun: int
    tol: float


class CheckpointPlan(NamedTuple):
    """What a checkpoint holds of its run, beside the state of training.

    Parameters
    ----------
    run : callable
        ``run()`` describes the run, by the names that an error would use.
    isa : callable
        ``isa()`` names the instruction set with which the compiled engine computes; None for
        the other engine.
    resumed : Saved or None, default=None
        The checkpoint that this run resumes.
    path : object, default=None
        Where that was read.
    """

    run: Callable[[], dict[str, Any]]
    isa: Callable[[], str | None]
    resumed: Saved | None = None
    path: Any = None


@dataclass(frozen=True, kw_only=True)
class EpochPlan(FitPlan):
    """Training by epochs, for one :class:`~lightmlp.training.trainer.Trainer`.

    Parameters
    ----------
    state : TrainState
        Where it starts; it moves on with the training.
    stopping : Stopping
        The count of bad epochs, carried over from earlier runs; it moves on.
    rows : ndarray of shape (n_rows,), int64
        The rows of the data to train on, in the order used without shuffling; shuffled
        in place.
    batch_size : int
        Rows per step.
    random_state : numpy.random.RandomState or None
        Source of each epoch's permutation; None keeps the order.
    rules : StepRules, default=StepRules()
        What is done around each step.
    factors : FactorSchedules, default=FactorSchedules()
        Schedules of weight decay and dropout, which go by the counts of ``state``.
    validate : callable or None, default=None
        ``validate(training) -> (loss, score)`` of held-out rows.
    validation_rows : ndarray or None, default=None
        Which rows of the data these are, if they are.
    watch_score : bool, default=False
        Whether ``stopping`` counts the score of the held-out rows, not the training loss.
    restore_best : bool, default=False
        Whether the parameters with the best score are kept, and put back at the end.
    best_score : float, default=-inf
        Best score of earlier runs.
    loss_type : type, default=numpy.float64
        NumPy scalar type of the recorded losses.
    augmented : AugmentedEpochs or None, default=None
        What changes the rows that train; None: they train as they are.
    restarts_schedule : bool, default=False
        Whether the schedule of the run before has ended and restarts.
    in_stream : bool, default=False
        Whether the run before was a ``partial_fit``.
    earlier_curves : mapping of str to list, default={}
        Curves of earlier runs by the names of the attributes, which this run extends.
    checkpoint : CheckpointPlan or None, default=None
        What checkpoints hold of the run; None: it cannot be resumed.
    """

    state: TrainState
    stopping: Stopping
    rows: Rows
    batch_size: int
    random_state: np.random.RandomState | None
    rules: StepRules = StepRules()
    factors: FactorSchedules = FactorSchedules()
    validate: Callable[[Training], tuple[float, float]] | None = None
    validation_rows: Rows | None = None
    watch_score: bool = False
    restore_best: bool = False
    best_score: float = -math.inf
    loss_type: type[np.floating[Any]] = np.float64
    augmented: AugmentedEpochs | None = None
    restarts_schedule: bool = False
    in_stream: bool = False
    earlier_curves: Mapping[str, list[Any]] = field(default_factory=dict)
    checkpoint: CheckpointPlan | None = None

    @property
    def resumed(self) -> Saved | None:
        """The checkpoint that the run resumes."""
        return None if self.checkpoint is None else self.checkpoint.resumed
