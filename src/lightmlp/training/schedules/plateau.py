"""The schedule that lowers the rate where training no longer improves."""

from numbers import Integral, Real
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval

from .base import Progress, Schedule

__all__ = ["Plateau"]


class Plateau(Schedule):
    """A rate multiplied by a factor after some epochs without improvement.

    It watches the training loss, or the validation score with early stopping, after every
    epoch, beside the count of ``n_iter_no_change``, which still ends the training:
    ``patience`` should be the smaller one.

    Parameters
    ----------
    factor : float, default=0.1
        What the rate is multiplied by, in (0, 1).
    patience : int, default=5
        Epochs without improvement that are tolerated, >= 0: at one more the rate falls.
    threshold : float, default=1e-4
        Smallest change for the better that counts, >= 0, in units of loss or score.
    cooldown : int, default=0
        Epochs after a change, >= 0, that are not counted.
    end : float, default=0.0
        Smallest share of the rate at the start, in [0, 1].
    per, warmup, length
        As for every schedule: see :class:`Schedule`.

    References
    ----------
    The practice of He, Zhang, Ren and Sun (2016), "Deep Residual Learning for Image
    Recognition", section 3.4; the rule of PyTorch's ReduceLROnPlateau with
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
        """Lower the rate if too many epochs brought no improvement."""
        if value < progress.best - self.threshold:
            progress.best, progress.n_bad = value, 0
        else:
            progress.n_bad += 1
        if progress.n_resting > 0:
            progress.n_resting -= 1
            progress.n_bad = 0
        if progress.n_bad > self.patience:
            progress.scale = max(progress.scale * self.factor, self.end)
            progress.n_resting, progress.n_bad = self.cooldown, 0
