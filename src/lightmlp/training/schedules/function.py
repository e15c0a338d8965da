"""A custom schedule, given by a function."""

import math
from collections.abc import Callable
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .base import Progress, Schedule

__all__ = ["Function"]


class Function(Schedule):
    """A schedule given by a function; ``learning_rate=function`` is short for it.

    Parameters
    ----------
    function : callable
        ``function(t) -> rate``: t counts epochs (or steps) from 0; the rate is a finite
        number >= 0. It is the rate itself: ``learning_rate_init`` is not used.
        ``partial_fit`` warns in every epoch with rate 0, ``fit`` if the last epochs have
        rate 0.
    per, warmup, length
        As for every schedule: see :class:`Schedule`.

    Examples
    --------
    >>> from lightmlp import schedules
    >>> schedules.Function(lambda epoch: 0.1 / (1 + epoch)).preview(1.0, n_epochs=3)
    array([0.1       , 0.05      , 0.03333333])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Schedule._parameter_constraints,
        "function": [callable],
    }

    _subject: ClassVar[str] = "learning_rate"
    _result: ClassVar[str] = "the learning rate itself"

    def __init__(
        self,
        function: Callable[[int], float],
        *,
        per: str = "epoch",
        warmup: float = 0,
        length: int | None = None,
    ) -> None:
        self.function = function
        self.per = per
        self.warmup = warmup
        self.length = length

    def is_idle(self, progress: Progress, rates: float | NDArray[np.float64], end: int) -> bool:
        """Return whether the rate is 0; small rates are taken as intended."""
        return bool(np.max(rates) == 0)

    def rate(self, start: float, t: int, length: int) -> float:
        """Return the checked result of the function."""
        rate = self.function(t)
        if not isinstance(rate, Real) or not math.isfinite(rate) or rate < 0:
            raise ValueError(
                f"{self._subject}: the function returned {rate!r} for {self.per} {t}, expected "
                f"a finite number >= 0. Let it return {self._result}."
            )
        return float(rate)
