"""How parameters start whose layer knows best: draws that no option changes."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["NormalStart", "Start", "UniformStart"]

Array = NDArray[Any]


class Start(ABC):
    """How one parameter is drawn."""

    @abstractmethod
    def draw(self, random_state: np.random.RandomState, shape: tuple[int, ...]) -> Array:
        """Return an array of this shape, float64; ``random_state`` moves on."""


@dataclass(frozen=True)
class UniformStart(Start):
    r"""Uniform draws.

    .. math:: \theta_{i \ldots} \sim U(-b_i, b_i)

    Parameters
    ----------
    bounds : tuple of float
        The bounds b, one for all values, or one for each index i of the first axis.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network.layers import UniformStart
    >>> draws = UniformStart((0.1, 5.0)).draw(np.random.RandomState(0), (2, 3))
    >>> print(abs(draws).round(2))
    [[0.01 0.04 0.02]
     [0.45 0.76 1.46]]
    """

    bounds: tuple[float, ...]

    def draw(self, random_state: np.random.RandomState, shape: tuple[int, ...]) -> Array:
        """Draw uniformly between the bounds."""
        bounds = np.array(self.bounds).reshape(-1, *[1] * (len(shape) - 1))
        draws: Array = random_state.uniform(-1.0, 1.0, shape) * bounds
        return draws


@dataclass(frozen=True)
class NormalStart(Start):
    r"""Normal draws of mean 0.

    .. math:: \theta \sim N(0, \sigma^2)

    Parameters
    ----------
    deviation : float
        The standard deviation :math:`\sigma`.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network.layers import NormalStart
    >>> print(NormalStart(0.1).draw(np.random.RandomState(0), (2,)).round(2))
    [0.18 0.04]
    """

    deviation: float

    def draw(self, random_state: np.random.RandomState, shape: tuple[int, ...]) -> Array:
        """Draw normally."""
        return random_state.normal(0.0, self.deviation, shape)
