"""Learning rates that have become too low to learn: the warnings about them."""

from collections.abc import Callable
from typing import Any

from .. import reporting
from ..training.trainer import Trainer

__all__ = ["rate_watch"]

_STREAM = (
    "For a stream set learning_rate='constant', or an object of lightmlp.schedules with a "
    "longer length= or an end= of 0.001 or more, the share at which the rate then stays."
)


def rate_watch(estimator: Any, trainer: Trainer, incremental: bool) -> Callable[[], None]:
    """Look at the schedule before training; return what warns of it afterwards.

    Parameters
    ----------
    estimator : object
        As the last call left it.
    trainer : Trainer
        Put together, not yet run.
    incremental : bool
        Whether it is a ``partial_fit``.
    """
    progress = trainer.solver.progress
    earlier = getattr(estimator, "_progress", progress)
    starts_anew = progress.first_epoch > earlier.first_epoch
    is_stream = bool(getattr(estimator, "_continues", False))

    def warn() -> None:
        if starts_anew:
            _warn_of_start(estimator, trainer)
        elif incremental:
            _warn_in_stream(estimator, trainer, is_stream)
        elif trainer.n_idle:
            _warn_of_idle_epochs(estimator, trainer)

    return warn


def _warn_of_start(estimator: Any, trainer: Trainer) -> None:
    solver = trainer.solver
    length = f"max_iter={estimator.max_iter} epochs"
    if solver.schedule.length is not None:
        length = f"its length of {solver.schedule.length} {solver.schedule.per}s"
    reporting.warn(
        f"learning_rate={estimator.learning_rate!r} has ended, and its last rate, below a "
        "thousandth of learning_rate_init, is too low to learn. It starts anew, for "
        f"{length}. {_STREAM}",
        verbose=estimator.verbose,
    )


def _warn_in_stream(estimator: Any, trainer: Trainer, is_stream: bool) -> None:
    """Warn of a rate that is zero, or one that has become too low to learn in this epoch."""
    solver = trainer.solver
    next_rates = solver.next_rates(1) if solver.schedule.decays else solver.progress.initial
    faded = solver.schedule.is_useless(solver.progress, next_rates)
    was_useful = not solver.schedule.is_useless(solver.progress, trainer.rates)
    # A function that begins with 0 wants it so.
    is_idle = trainer.n_idle > 0 and solver.progress.n_epochs > trainer.n_iter
    if is_idle or (faded and (was_useful or not is_stream)):
        reporting.warn(
            f"learning_rate={estimator.learning_rate!r} has fallen to less than a thousandth "
            f"of its rate at the start: partial_fit changes next to nothing. {_STREAM}",
            verbose=estimator.verbose,
        )


def _warn_of_idle_epochs(estimator: Any, trainer: Trainer) -> None:
    useful = trainer.n_iter - trainer.n_idle
    reporting.warn(
        f"learning_rate={estimator.learning_rate!r} had decayed to almost 0, and the last "
        f"{trainer.n_idle} of {trainer.n_iter} epochs changed next to nothing. Set "
        f"max_iter={max(useful, 1)}, a longer length= or none, an end= of 0.001 or more, or "
        "learning_rate='constant'.",
        verbose=estimator.verbose,
    )
