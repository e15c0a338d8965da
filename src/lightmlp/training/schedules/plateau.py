"""The schedule that lowers the rate on a plateau."""

from numbers import Integral, Real
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval

from .base import Progress, Schedule

__all__ = ["Plateau"]


class Plateau(Schedule):
    """A rate multiplied by a factor on a plateau, after some epochs without improvement.

    After every epoch it monitors the training loss or, with early stopping, the validation
    score. ``n_iter_no_change`` still ends training, so ``patience`` should be smaller.

    Parameters
    ----------
    factor : float, default=0.1
        Factor of the rate, in (0, 1).
    patience : int, default=5
        Number of bad epochs (without improvement) that are tolerated, >= 0; the next one
        lowers the rate.
    threshold : float, default=1e-4
        Smallest change that counts as an improvement, >= 0, in units of loss or score.
    cooldown : int, default=0
        Number of epochs after a change in which bad epochs are not counted, >= 0.
    end : float, default=0.0
        Lowest rate, as a fraction of the initial rate, in [0, 1].
    per, warmup, length
        As for every schedule: see :class:`Schedule`.

    References
    ----------
    He, Zhang, Ren and Sun (2016), "Deep Residual Learning for Image Recognition", section
    3.4, describe the practice. The rule is that of PyTorch's ReduceLROnPlateau with
    ``threshold_mode='abs'``.

    Examples
    --------
    >>> from lightmlp.training.schedules import Plateau, Progress
    >>> plateau, progress = Plateau(factor=0.5, patience=1), Progress(0.1)
    >>> for loss in (1.0, 0.8, 0.9, 0.9):
    ...     plateau.after_epoch(progress, loss)
    ...     print(plateau.next_rates(progress, n_steps=1, end=9))
    0.1
    0.1
    0.1
    0.05
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Schedule._parameter_constraints,
        "factor": [Interval(Real, 0, 1, closed="neither")],
        "patience": [Interval(Integral, 0, None, closed="left")],
        "threshold": [Interval(Real, 0, None, closed="left")],
        "cooldown": [Interval(Integral, 0, None, closed="left")],
        "end": [Interval(Real, 0, 1, closed="both")],
    }
    decays = True

    def __init__(
        self,
        factor: float = 0.1,
        patience: int = 5,
        threshold: float = 1e-4,
        cooldown: int = 0,
        end: float = 0.0,
        *,
        per: str = "epoch",
        warmup: float = 0,
        length: int | None = None,
    ) -> None:
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.cooldown = cooldown
        self.end = end
        self.per = per
        self.warmup = warmup
        self.length = length

    def rate(self, start: float, t: int, length: int) -> float:
        """Return the rate after the plateaus so far."""
        return start

    def after_epoch(self, progress: Progress, value: float) -> None:
        """Lower the rate after too many bad epochs."""
        if value < progress.best - self.threshold:
            progress.best, progress.n_bad_epochs = value, 0
        else:
            progress.n_bad_epochs += 1
        if progress.cooldown_left > 0:
            progress.cooldown_left -= 1
            progress.n_bad_epochs = 0
        if progress.n_bad_epochs > self.patience:
            progress.scale = max(progress.scale * self.factor, self.end)
            progress.cooldown_left, progress.n_bad_epochs = self.cooldown, 0
