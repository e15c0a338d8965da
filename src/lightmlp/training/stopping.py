"""When to stop: the count of bad epochs (without improvement), in both variants.

Both count **more than** ``n_iter_no_change`` epochs before they call a stall. A value
that is not a number compares false with everything and so resets the count, as in
scikit-learn: it may become one again, as long as the parameters are finite.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

__all__ = ["LossStopping", "ScoreStopping", "Stopping"]


@dataclass
class Stopping(ABC):
    """What both variants share.

    Parameters
    ----------
    tol : float
        Smallest change for the better that counts as an improvement, >= 0.
    n_iter_no_change : float
        Bad epochs that are tolerated, an integer >= 1 or infinity.
    best : float
        Best value so far.
    count : int, default=0
        Bad epochs so far.
    """

    subject: ClassVar[str]

    tol: float
    n_iter_no_change: float
    best: float
    count: int = 0

    @abstractmethod
    def observe(self, value: float) -> bool:
        """Take in an epoch's value; return whether it is the best so far."""

    @property
    def stalled(self) -> bool:
        """Whether the patience is used up."""
        return self.count > self.n_iter_no_change

    @property
    def reason(self) -> str:
        """What ``verbose`` prints about a stall."""
        return (
            f"{self.subject} did not improve more than tol={self.tol:f} for "
            f"{self.n_iter_no_change:.0f} consecutive epochs."
        )


@dataclass
class LossStopping(Stopping):
    """Watches the training loss: lower is better.

    Examples
    --------
    >>> from lightmlp.training.stopping import LossStopping
    >>> stopping = LossStopping(tol=0.1, n_iter_no_change=1)
    >>> [stopping.observe(loss) for loss in [1.0, 0.95, 0.94]]
    [True, True, True]
    >>> stopping.best, stopping.count, stopping.stalled
    (0.94, 2, True)
    """

    subject: ClassVar[str] = "Training loss"

    best: float = math.inf

    def observe(self, value: float) -> bool:
        """Take in an epoch's loss; return whether it is the lowest so far."""
        self.count = self.count + 1 if value > self.best - self.tol else 0
        improved = bool(value < self.best)
        if improved:
            self.best = value
        return improved


@dataclass
class ScoreStopping(Stopping):
    """Watches the score on held-out rows (early stopping): higher is better.

    Examples
    --------
    >>> from lightmlp.training.stopping import ScoreStopping
    >>> stopping = ScoreStopping(tol=0.1, n_iter_no_change=1)
    >>> [stopping.observe(score) for score in [0.5, 0.55, 0.54]]
    [True, True, False]
    >>> stopping.best, stopping.count, stopping.stalled
    (0.55, 2, True)
    """

    subject: ClassVar[str] = "Validation score"

    best: float = -math.inf

    def observe(self, value: float) -> bool:
        """Take in an epoch's score; return whether it is the highest so far."""
        self.count = self.count + 1 if value < self.best + self.tol else 0
        improved = bool(value > self.best)
        if improved:
            self.best = value
        return improved
