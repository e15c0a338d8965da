"""Measurements: a rival's time compared with ours, or a cost of our own."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .race import Lap, Race
from .rivals import OURS, RIVALS

__all__ = ["Cost", "Result", "Timing", "timings"]


@dataclass(frozen=True)
class Timing:
    """A rival's time for a task, with ours for comparison; for LightMLP only ours.

    Parameters
    ----------
    per_run : int
        Units (steps, calls) in one timed run.
    unit, scale : str, float
        ``scale`` converts seconds to ``unit``.
    target : float or None
        Target for the ratio, a lower bound.
    difference, tolerance : float or None
        Difference of the outcome (loss, predictions) from ours; None if not comparable.
    flop : float or None
        Counted floating-point operations per unit.
    peak : float or None
        Peak of this rival's threads in GFLOP/s.
    share_target : float or None
        Target for the fraction of the peak, a lower bound.
    sweep, size : str, float
        Curve and position of a point of the plot.
    """

    name: str
    dtype: str
    ours: Lap
    rival: Lap
    per_run: int
    unit: str
    scale: float
    target: float | None = None
    difference: float | None = None
    tolerance: float = 0.0
    flop: float | None = None
    peak: float | None = None
    share_target: float | None = None
    sweep: str | None = None
    size: float | None = None

    @property
    def is_ours(self) -> bool:
        """Whether this is LightMLP's own time."""
        return self.rival is self.ours

    @property
    def ratios(self) -> list[float]:
        """Ratio of the rival's time to ours, in each round."""
        pairs = zip(self.rival.seconds, self.ours.seconds, strict=True)
        return [theirs / ours for theirs, ours in pairs]

    @property
    def ratio(self) -> float:
        """Median of the ratios."""
        return statistics.median(self.ratios)

    @property
    def quartiles(self) -> tuple[float, float]:
        """First and third quartile of the ratios."""
        if len(self.ratios) == 1:
            return self.ratio, self.ratio
        first, _, third = statistics.quantiles(self.ratios, method="inclusive")
        return first, third

    @property
    def value(self) -> float:
        """Median time of one unit of work, in ``unit``."""
        return self.rival.median / self.per_run * self.scale

    @property
    def gflops(self) -> float | None:
        """GFLOP/s, from the median time."""
        if self.flop is None:
            return None
        return self.flop * self.per_run / self.rival.median * 1e-9

    @property
    def share(self) -> float | None:
        """Fraction of the peak."""
        if self.gflops is None or self.peak is None:
            return None
        return self.gflops / self.peak

    @property
    def compilation(self) -> float | None:
        """Extra seconds of the first run, for rivals that compile."""
        rival = RIVALS.get(self.rival.rival)
        if rival is None or not rival.compiles:
            return None
        return max(0.0, self.rival.first - self.rival.median)

    @property
    def met(self) -> bool | None:
        """Whether all targets are reached; None without targets."""
        reached = []
        if self.target is not None and not self.is_ours:
            reached.append(self.ratio >= self.target)
        if self.share_target is not None and self.share is not None:
            reached.append(self.share >= self.share_target)
        return all(reached) if reached else None

    @property
    def same_outcome(self) -> bool | None:
        """Whether the outcome equals ours; None if not comparable."""
        return None if self.difference is None else self.difference <= self.tolerance

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; seconds refer to whole runs."""
        outcome = self.rival.outcome
        return {
            "name": self.name,
            "dtype": self.dtype,
            "rival": self.rival.rival,
            "threads": self.rival.threads,
            "setting": self.rival.setting,
            "unit": self.unit,
            "value": self.value,
            "ours": self.ours.median / self.per_run * self.scale,
            "ratio": self.ratio,
            "quartiles": self.quartiles,
            "target": self.target,
            "gflops": self.gflops,
            "peak": self.peak,
            "share": self.share,
            "share_target": self.share_target,
            "met": self.met,
            "compilation": self.compilation,
            "outcome": outcome if isinstance(outcome, float) else None,
            "difference": self.difference,
            "tolerance": self.tolerance,
            "per_run": self.per_run,
            "seconds": self.rival.seconds,
            "sweep": self.sweep,
            "size": self.size,
        }


@dataclass(frozen=True)
class Cost:
    """One of our times, which must stay below ``limit``; all in ``unit``."""

    name: str
    unit: str
    values: tuple[float, ...]
    limit: float
    same_outcome: None = None

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


Result = Timing | Cost


def timings(
    name: str,
    dtype: str,
    race: Race,
    *,
    per_run: int,
    unit: str,
    scale: float,
    target: Callable[[str], float | None] = lambda rival: None,
    share_target: Callable[[str], float | None] = lambda rival: None,
    difference: Callable[[Any, Any], float] | None = None,
    tolerance: Callable[[str], float] = lambda rival: 0.0,
    flop: float | None = None,
    peak: Callable[[int | None], float] | None = None,
    sweep: str | None = None,
    size: float | None = None,
) -> list[Result]:
    """Compare every lap with ours, ours first; functions are called for each rival."""
    if OURS not in race.laps:
        raise RuntimeError(f"LightMLP did not run: {race.skipped}")
    ours = race.laps[OURS]
    return [
        Timing(
            name,
            dtype,
            ours,
            lap,
            per_run,
            unit,
            scale,
            target=target(rival),
            difference=(
                None
                if difference is None or lap is ours
                else difference(ours.outcome, lap.outcome)
            ),
            tolerance=tolerance(rival),
            flop=flop,
            peak=None if peak is None else peak(lap.threads),
            share_target=share_target(rival),
            sweep=sweep,
            size=size,
        )
        for rival, lap in race.laps.items()
    ]
