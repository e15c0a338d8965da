"""When to stop: the count of epochs without improvement, in both variants.

Both count **more than** ``n_iter_no_change`` epochs before they call a stall. A value
that is not a number compares false with everything and so resets the count, as in
scikit-learn: a diverging run goes on until ``max_iter``.
"""

import math
from dataclasses import dataclass

__all__ = ["LossStopping", "ScoreStopping"]


@dataclass
class LossStopping:
    """Watches the training loss.

    Parameters
    ----------
    tol : float
        Smallest decrease that counts as an improvement, >= 0.
    n_iter_no_change : float
        Epochs without improvement that are tolerated, an integer >= 1 or infinity.
    best : float, default=inf
        Lowest loss so far.
    count : int, default=0
        Epochs without improvement so far.

    Examples
    --------
    >>> from lightmlp.training.stopping import LossStopping
    >>> stopping = LossStopping(tol=0.1, n_iter_no_change=1)
    >>> for loss in [1.0, 0.95, 0.94]:
    ...     _ = stopping.observe(loss)
    >>> stopping.best, stopping.count, stopping.stalled
    (0.94, 2, True)
    """

    tol: float
    n_iter_no_change: float
    best: float = math.inf
    count: int = 0

    def observe(self, loss: float) -> bool:
        """Take in an epoch's loss; return whether it is the lowest so far."""
        self.count = self.count + 1 if loss > self.best - self.tol else 0
        improved = bool(loss < self.best)
        if improved:
            self.best = loss
        return improved

    @property
    def stalled(self) -> bool:
        """Whether the patience is used up."""
        return self.count > self.n_iter_no_change

    @property
    def reason(self) -> str:
        """What ``verbose`` prints about a stall."""
        return (
            f"Training loss did not improve more than tol={self.tol:f} for "
            f"{self.n_iter_no_change:.0f} consecutive epochs."
        )


@dataclass
class ScoreStopping:
    """Watches the score on held-out rows (early stopping).

    Parameters
    ----------
    tol : float
        Smallest increase that counts as an improvement, >= 0.
    n_iter_no_change : float
        Epochs without improvement that are tolerated, an integer >= 1 or infinity.
    best : float, default=-inf
        Highest score so far.
    count : int, default=0
        Epochs without improvement so far.

    Examples
    --------
    >>> from lightmlp.training.stopping import ScoreStopping
    >>> stopping = ScoreStopping(tol=0.1, n_iter_no_change=1)
    >>> [stopping.observe(score) for score in [0.5, 0.55, 0.54]]
    [True, True, False]
    >>> stopping.best, stopping.count, stopping.stalled
    (0.55, 2, True)
    """

    tol: float
    n_iter_no_change: float
    best: float = -math.inf
    count: int = 0

    def observe(self, score: float) -> bool:
        """Take in an epoch's score; return whether it is the highest so far."""
        self.count = self.count + 1 if score < self.best + self.tol else 0
        improved = bool(score > self.best)
        if improved:
            self.best = score
        return improved

    @property
    def stalled(self) -> bool:
        """Whether the patience is used up."""
        return self.count > self.n_iter_no_change

    @property
    def reason(self) -> str:
        """What ``verbose`` prints about a stall."""
        return (
            f"Validation score did not improve more than tol={self.tol:f} for "
            f"{self.n_iter_no_change:.0f} consecutive epochs."
        )
