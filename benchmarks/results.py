"""What a measurement is: a ratio to a rival, or a cost of our own."""

import statistics
from dataclasses import dataclass
from typing import Any

from .race import Lap
from .rivals import BASELINE, OURS

__all__ = ["Cost", "Ratio", "Result", "ratios_to_rivals"]


@dataclass(frozen=True)
class Ratio:
    """Our time against a rival's for the same work.

    ``per_run`` is the number of units (steps, calls) in one timed run; ``scale`` turns
    seconds into ``unit``; ``target`` is the least ratio wanted, if one is set.
    ``loss_difference`` is relative, and None where nothing is trained.
    """

    name: str
    dtype: str
    ours: Lap
    rival: Lap
    per_run: int
    unit: str
    scale: float
    target: float | None = None
    loss_difference: float | None = None
    loss_tolerance: float = 0.0

    @property
    def ratio(self) -> float:
        """Ratio of the medians: how many times less time we take."""
        return self.rival.median / self.ours.median

    @property
    def spread(self) -> tuple[float, float]:
        """Smallest and largest ratio within one round."""
        pairs = zip(self.rival.seconds, self.ours.seconds, strict=True)
        ratios = [theirs / ours for theirs, ours in pairs]
        return min(ratios), max(ratios)

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        return None if self.target is None else self.ratio >= self.target

    @property
    def same_loss(self) -> bool | None:
        """Whether both reach the same loss; None where nothing is trained."""
        if self.loss_difference is None:
            return None
        return self.loss_difference <= self.loss_tolerance

    def value(self, lap: Lap) -> float:
        """A lap's median for one unit of work, in ``unit``."""
        return lap.median / self.per_run * self.scale

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; seconds are of whole runs."""
        return {
            "name": self.name,
            "dtype": self.dtype,
            "unit": self.unit,
            "ours": self.value(self.ours),
            "rival": self.rival.rival,
            "theirs": self.value(self.rival),
            "rival_threads": self.rival.threads,
            "ratio": self.ratio,
            "spread": self.spread,
            "target": self.target,
            "met": self.met,
            "loss_difference": self.loss_difference,
            "same_loss": self.same_loss,
            "per_run": self.per_run,
            "our_seconds": self.ours.seconds,
            "their_seconds": self.rival.seconds,
        }


@dataclass(frozen=True)
class Cost:
    """A time of ours that must stay below ``limit``; all in ``unit``."""

    name: str
    unit: str
    values: tuple[float, ...]
    limit: float
    same_loss: None = None

    @property
    def median(self) -> float:
        """Median of the rounds."""
        return statistics.median(self.values)

    @property
    def met(self) -> bool:
        """Whether the median is below the limit."""
        return self.median < self.limit

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "values": self.values,
            "limit": self.limit,
            "met": self.met,
        }


Result = Ratio | Cost


def ratios_to_rivals(
    name: str,
    dtype: str,
    laps: dict[str, Lap],
    *,
    per_run: int,
    unit: str,
    scale: float,
    target: float | None = None,
    loss_tolerance: float | None = None,
) -> list[Result]:
    """Compare our lap with each rival's; the target is for scikit-learn alone.

    With a ``loss_tolerance``, a lap's outcome is its list of losses.
    """
    ours = laps[OURS]
    return [
        Ratio(
            name,
            dtype,
            ours,
            lap,
            per_run,
            unit,
            scale,
            target=target if rival == BASELINE else None,
            loss_difference=None if loss_tolerance is None else _loss_difference(ours, lap),
            loss_tolerance=loss_tolerance or 0.0,
        )
        for rival, lap in laps.items()
        if rival != OURS
    ]


def _loss_difference(ours: Lap, rival: Lap) -> float:
    if len(ours.outcome) != len(rival.outcome):
        return float("inf")
    ours_last, rival_last = ours.outcome[-1], rival.outcome[-1]
    return abs(ours_last - rival_last) / max(abs(ours_last), abs(rival_last))
