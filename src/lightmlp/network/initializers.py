"""Initial weights and biases: NumPy draws, shared by every engine.

:data:`lightmlp.network.INITIALIZERS` is the table; :func:`lightmlp.network.initialize` draws a
whole network.
The draws use no linear algebra of NumPy, whose last bits depend on library, processor and
threads.
"""

import math
from abc import ABC, abstractmethod
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from ..names import Names
from ..settings import Settings

__all__ = [
    "Glorot",
    "He",
    "Initializer",
    "LeCun",
    "Normal",
    "Orthogonal",
    "Zeros",
]

Array = NDArray[Any]
POSITIVE = [Interval(Real, 0, None, closed="neither")]


class Initializer(Settings, ABC):
    """Base of all initialisers: how a layer's weights, or its biases, are drawn."""

    @abstractmethod
    def draw(
        self,
        random_state: np.random.RandomState,
        n_inputs: int,
        n_outputs: int,
        shape: tuple[int, ...],
    ) -> Array:
        """Draw the weights or the biases of one layer.

        Parameters
        ----------
        random_state : numpy.random.RandomState
            Source of the draws; it moves on.
        n_inputs, n_outputs : int
            Numbers of values that enter and leave the layer (fan-in, fan-out), >= 1.
        shape : tuple of int
            (n_inputs, n_outputs) for weights, (n_outputs,) for biases.

        Returns
        -------
        ndarray of that shape, float64
        """


class _VarianceScaling(Initializer):
    """Draws of a variance that depends on the layer's widths."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "distribution": [Names(["uniform", "normal"])],
        "gain": POSITIVE,
    }

    def __init__(self, distribution: str = "uniform", gain: float = 1.0) -> None:
        self.distribution = distribution
        self.gain = gain

    @abstractmethod
    def variance(self, n_inputs: int, n_outputs: int) -> float:
        """Return the variance for ``gain=1``."""

    def draw(
        self,
        random_state: np.random.RandomState,
        n_inputs: int,
        n_outputs: int,
        shape: tuple[int, ...],
    ) -> Array:
        """Draw the weights or the biases of one layer."""
        std = self.gain * math.sqrt(self.variance(n_inputs, n_outputs))
        if self.distribution == "normal":
            return random_state.normal(0.0, std, shape)
        bound = math.sqrt(3.0) * std
        return random_state.uniform(-bound, bound, shape)


class Glorot(_VarianceScaling):
    r"""Variance that keeps activations and gradients alike, for tanh-like functions.

    .. math:: \operatorname{Var} W = g^2 \frac{2}{n_{in} + n_{out}}

    uniformly (``'glorot_uniform'``, to
    :math:`\pm g \sqrt{6 / (n_{in} + n_{out})}`) or normally (``'glorot_normal'``).

    Parameters
    ----------
    distribution : {'uniform', 'normal'}, default='uniform'
        What is drawn from; the normal distribution is not truncated.
    gain : float, default=1.0
        g > 0.

    References
    ----------
    Glorot and Bengio (2010), "Understanding the difficulty of training deep feedforward
    neural networks", equations 12 and 16; also called Xavier initialisation.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp import initializers
    >>> W = initializers.Glorot().draw(np.random.RandomState(0), 2, 4, (2, 4))
    >>> W.shape, bool(abs(W).max() < 1)
    ((2, 4), True)
    """

    def variance(self, n_inputs: int, n_outputs: int) -> float:
        """Return 2 / (n_inputs + n_outputs)."""
        return 2.0 / (n_inputs + n_outputs)


class He(_VarianceScaling):
    r"""Variance that keeps activations alike behind rectifiers (relu and its kin).

    .. math:: \operatorname{Var} W = g^2 \frac{2}{n_{in}}

    uniformly (``'he_uniform'``) or normally (``'he_normal'``).

    Parameters
    ----------
    distribution : {'uniform', 'normal'}, default='uniform'
        What is drawn from; the normal distribution is not truncated.
    gain : float, default=1.0
        g > 0.

    References
    ----------
    He, Zhang, Ren and Sun (2015), "Delving Deep into Rectifiers", equation 10, with the
    fan-in; also called Kaiming initialisation.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp import initializers
    >>> he = initializers.He("normal")
    >>> print(he.draw(np.random.RandomState(0), 50, 200, (50, 200)).std().round(2))
    0.2
    """

    def variance(self, n_inputs: int, n_outputs: int) -> float:
        """Return 2 / n_inputs."""
        return 2.0 / n_inputs


class LeCun(_VarianceScaling):
    r"""Variance that keeps activations alike behind linear functions; the one for selu.

    .. math:: \operatorname{Var} W = g^2 \frac{1}{n_{in}}

    uniformly (``'lecun_uniform'``) or normally (``'lecun_normal'``). With
    :math:`g = 1/\sqrt{3}` the uniform bound is :math:`1/\sqrt{n_{in}}`, PyTorch's default
    for weights and biases.

    Parameters
    ----------
    distribution : {'uniform', 'normal'}, default='uniform'
        What is drawn from; the normal distribution is not truncated.
    gain : float, default=1.0
        g > 0.

    References
    ----------
    LeCun, Bottou, Orr and Mueller (1998), "Efficient BackProp", equation 16; Klambauer,
    Unterthiner, Mayr and Hochreiter (2017), "Self-Normalizing Neural Networks".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp import initializers
    >>> lecun = initializers.LeCun("normal")
    >>> print(lecun.draw(np.random.RandomState(0), 100, 100, (100, 100)).std().round(2))
    0.1
    """

    def variance(self, n_inputs: int, n_outputs: int) -> float:
        """Return 1 / n_inputs."""
        return 1.0 / n_inputs


class Orthogonal(Initializer):
    """Orthonormal columns, or rows where there are fewer of them, times a gain.

    The matrix is uniformly distributed among all such ones. Only for weights.

    Parameters
    ----------
    gain : float, default=1.0
        Length of each of these columns or rows, > 0.

    References
    ----------
    Saxe, McClelland and Ganguli (2014), "Exact solutions to the nonlinear dynamics of
    learning in deep linear neural networks". Normal draws are orthogonalised by the
    modified method of Gram and Schmidt, twice (Giraud, Langou and Rozloznik, 2005), whose
    positive diagonal gives the uniform distribution (Mezzadri, 2007).

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp import initializers
    >>> W = initializers.Orthogonal().draw(np.random.RandomState(0), 3, 2, (3, 2))
    >>> np.allclose(W.T @ W, np.eye(2))
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"gain": POSITIVE}

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def draw(
        self,
        random_state: np.random.RandomState,
        n_inputs: int,
        n_outputs: int,
        shape: tuple[int, ...],
    ) -> Array:
        """Draw the weights of one layer."""
        if len(shape) != 2:
            raise ValueError(
                f"bias_initialization={self!r} makes matrices only. Choose 'auto', 'zeros' "
                "or another initialiser for the biases."
            )
        draws = random_state.normal(size=(min(shape), max(shape)))
        rows = self.gain * _orthonormal_rows(_orthonormal_rows(draws))
        return rows if n_inputs <= n_outputs else np.ascontiguousarray(rows.T)


def _orthonormal_rows(rows: Array) -> Array:
    rows = rows.copy()
    for index in range(len(rows)):
        row, below = rows[index], rows[index + 1 :]
        row /= math.sqrt((row * row).sum())
        below -= (below * row).sum(axis=1, keepdims=True) * row
    return rows


class Normal(Initializer):
    r"""Normal draws of one standard deviation, whatever the layer's widths.

    .. math:: W \sim N(0, \sigma^2)

    Parameters
    ----------
    std : float, default=0.01
        :math:`\sigma > 0`.

    References
    ----------
    Krizhevsky, Sutskever and Hinton (2012), "ImageNet Classification with Deep
    Convolutional Neural Networks", section 5, with a standard deviation of 0.01.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp import initializers
    >>> normal = initializers.Normal(std=0.5)
    >>> print(normal.draw(np.random.RandomState(0), 100, 100, (100, 100)).std().round(1))
    0.5
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"std": POSITIVE}

    def __init__(self, std: float = 0.01) -> None:
        self.std = std

    def draw(
        self,
        random_state: np.random.RandomState,
        n_inputs: int,
        n_outputs: int,
        shape: tuple[int, ...],
    ) -> Array:
        """Draw the weights or the biases of one layer."""
        return random_state.normal(0.0, self.std, shape)


class Zeros(Initializer):
    """All zero: usual for biases. With zero weights, the neurons of a layer stay alike.

    References
    ----------
    Goodfellow, Bengio and Courville (2016), "Deep Learning", section 8.4, on the symmetry
    that random weights have to break.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp import initializers
    >>> initializers.Zeros().draw(np.random.RandomState(0), 3, 2, (2,))
    array([0., 0.])
    """

    def draw(
        self,
        random_state: np.random.RandomState,
        n_inputs: int,
        n_outputs: int,
        shape: tuple[int, ...],
    ) -> Array:
        """Return zeros; nothing is drawn."""
        return np.zeros(shape)
