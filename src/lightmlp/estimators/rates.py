"""Learning rates that have become too low to learn: the warnings about them."""

from .. import reporting
from ..training.plan import EpochPlan
from ..training.result import EpochResult

__all__ = ["warn_of_rates"]

_STREAM = (
    "For a stream set learning_rate='constant', or an object of lightmlp.schedules with a "
    "longer length= or an end= of 0.001 or more, the share at which the rate then stays."
)


def warn_of_rates(plan: EpochPlan, result: EpochResult) -> None:
    """Warn where nothing, or next to nothing, was learned.

    Parameters
    ----------
    plan : EpochPlan
        What was carried out.
    result : EpochResult
        What came of it.

    Warns
    -----
    UserWarning
        Says what the schedule has come to.
    """
    if plan.restarts_schedule:
        _warn_of_start(plan)
    elif plan.incremental:
        _warn_in_stream(plan, result)
    elif result.n_idle:
        _warn_of_idle_epochs(plan, result)


def _warn_of_start(plan: EpochPlan) -> None:
    schedule = plan.state.schedule
    length = f"max_iter={plan.names.max_iter} epochs"
    if schedule.length is not None:
        length = f"its length of {schedule.length} {schedule.per}s"
    reporting.warn(
        f"learning_rate={plan.names.learning_rate!r} has ended, and its last rate, below a "
        "thousandth of learning_rate_init, is too low to learn. The schedule restarts, for "
        f"{length}. {_STREAM}",
        verbose=plan.verbose,
    )


def _warn_in_stream(plan: EpochPlan, result: EpochResult) -> None:
    """Warn of a rate that is zero, or one that has become too low to learn in this epoch."""
    state, progress = result.state, result.state.progress
    next_rates = state.next_rates(1) if state.schedule.decays else progress.initial
    faded = state.schedule.is_useless(progress, next_rates)
    was_useful = not state.schedule.is_useless(progress, result.last_rates)
    # A function that begins with 0 wants it so.
    is_idle = result.n_idle > 0 and progress.n_epochs > result.n_iter
    if is_idle or (faded and (was_useful or not plan.in_stream)):
        reporting.warn(
            f"learning_rate={plan.names.learning_rate!r} has fallen to less than a thousandth "
            f"of its rate at the start: partial_fit changes next to nothing. {_STREAM}",
            verbose=plan.verbose,
        )


def _warn_of_idle_epochs(plan: EpochPlan, result: EpochResult) -> None:
    useful = result.n_iter - result.n_idle
    reporting.warn(
        f"learning_rate={plan.names.learning_rate!r} had decayed to almost 0, and the last "
        f"{result.n_idle} of {result.n_iter} epochs changed next to nothing. Set "
        f"max_iter={max(useful, 1)}, a longer length= or none, an end= of 0.001 or more, or "
        "learning_rate='constant'.",
        verbose=plan.verbose,
    )
