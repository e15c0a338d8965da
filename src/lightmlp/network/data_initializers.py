"""Initial weights and biases that fit training rows, layer after layer.

:func:`lightmlp.network.initialize` lets the rows pass through the layers that are initialised
already, and these initialisers adapt what they draw to what the next layer computes from them.
"""

from abc import abstractmethod
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from .description import Network
from .initializers import POSITIVE, Initializer
from .layers import Dropout, Place, TrainingStep
from .parameters import Parameters

__all__ = ["DataInitializer", "HePlus", "PassingRows", "UnitDeviation"]

Array = NDArray[Any]

_STEP = TrainingStep(number=1, seed=0, sample_weight=None)


class DataInitializer(Initializer):
    """Base of the initialisers that read rows: drawn first, adapted then."""

    @abstractmethod
    def adapt(
        self, random_state: np.random.RandomState, values: Array, outputs: Array
    ) -> Array:
        """Fit a parameter to rows.

        Parameters
        ----------
        random_state : numpy.random.RandomState
            Source of further draws; it moves on.
        values : ndarray
            The parameter as :meth:`draw` returned it.
        outputs : ndarray of shape (n_rows, n_outputs)
            What the layer computes from the rows with it.

        Returns
        -------
        ndarray of the parameter's shape
        """


class UnitDeviation(DataInitializer):
    r"""Normal weights, each neuron's divided by the deviation of its pre-activations.

    .. math:: w = g \frac{v}{\operatorname{std}_i (x_i^T v)}, \quad v \sim N(0, I / n_{in})

    over the rows :math:`x_i` as they enter the layer, so that the pre-activations of every
    neuron spread as widely, whatever the scale of the features and the layers before it. A
    neuron whose pre-activations are the same for all rows keeps v. Only for weights.

    Parameters
    ----------
    gain : float, default=1.0
        The standard deviation g > 0 of the pre-activations.

    References
    ----------
    Holzmüller, Grinsztajn and Steinwart (2024), "Better by Default: Strong Pre-Tuned MLPs and
    Boosted Trees on Tabular Data", on the weights of RealMLP; earlier Salimans and Kingma
    (2016), "Weight Normalization", section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import Network, initialize
    >>> from lightmlp.network.data_initializers import UnitDeviation
    >>> random_state = np.random.RandomState(0)
    >>> X = random_state.normal(100.0, 30.0, size=(50, 4))
    >>> network = Network.dense([4, 3, 1], "relu", "squared_error")
    >>> parameters = initialize(
    ...     network, "relu", random_state, initialization=UnitDeviation(), rows=X
    ... )
    >>> print((X @ parameters["layers.0.weight"]).std(axis=0).round(3))
    [1. 1. 1.]
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
        """Draw the directions v."""
        if len(shape) != 2:
            raise ValueError(
                f"bias_initialization={self!r} makes weights only. Choose HePlus() or another "
                "initialiser for the biases."
            )
        return random_state.normal(0.0, n_inputs**-0.5, shape)

    def adapt(
        self, random_state: np.random.RandomState, values: Array, outputs: Array
    ) -> Array:
        """Divide by the deviations of the pre-activations."""
        sizes = np.abs(outputs).max(axis=0)  # (n_outputs,)
        sizes[sizes == 0] = 1.0
        shares = (outputs / sizes).std(axis=0)  # whose squares neither overflow nor vanish
        # Of equal numbers rounding can leave a deviation that is not quite zero.
        are_equal = shares <= 1e-12
        deviations = np.where(are_equal, 1.0, sizes * shares)
        return values * np.where(are_equal, 1.0, self.gain / _rounded(deviations))


class HePlus(DataInitializer):
    r"""Biases by which each neuron changes its sign at a random point among the rows.

    .. math:: b = -w^T \sum_{k=1}^{K} s_k x_{i_k}

    where K rows :math:`x_{i_k}` are drawn for each neuron, with replacement, and their shares s
    uniformly among those of sum 1: a point of the simplex that the rows span. So no rectifier
    starts with all rows on one side, as many do whose biases are zero or far from the data.
    Only for biases, or the shifts in their place.

    Parameters
    ----------
    n_points : int, default=5
        The number K >= 1 of rows; 1 places each neuron at a row.

    References
    ----------
    Steinwart (2019), "A Sober Look at Neural Network Initializations"; with five points, as
    "he+5", in Holzmüller, Grinsztajn and Steinwart (2024), "Better by Default: Strong Pre-Tuned
    MLPs and Boosted Trees on Tabular Data". Shares that are exponential draws divided by their
    sum are uniform (Devroye, 1986, "Non-Uniform Random Variate Generation", chapter V.2).

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import Network, initialize
    >>> from lightmlp.network.data_initializers import HePlus
    >>> random_state = np.random.RandomState(0)
    >>> X = random_state.normal(100.0, 30.0, size=(50, 4))
    >>> network = Network.dense([4, 3, 1], "relu", "squared_error")
    >>> parameters = initialize(
    ...     network, "relu", random_state, bias_initialization=HePlus(), rows=X
    ... )
    >>> Z = X @ parameters["layers.0.weight"] + parameters["layers.0.bias"]
    >>> (Z.min(axis=0) < 0) & (Z.max(axis=0) > 0)
    array([ True,  True,  True])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_points": [Interval(Integral, 1, 2**16, closed="both")]
    }

    def __init__(self, n_points: int = 5) -> None:
        self.n_points = n_points

    def draw(
        self,
        random_state: np.random.RandomState,
        n_inputs: int,
        n_outputs: int,
        shape: tuple[int, ...],
    ) -> Array:
        """Return zeros; what is drawn are the points."""
        if len(shape) != 1:
            raise ValueError(
                f"initialization={self!r} makes biases only. Choose UnitDeviation() or another "
                "initialiser for the weights."
            )
        return np.zeros(shape)

    def adapt(
        self, random_state: np.random.RandomState, values: Array, outputs: Array
    ) -> Array:
        """Place each neuron at a point of its own."""
        n_rows, n_outputs = outputs.shape
        shape = self.n_points, n_outputs
        rows = random_state.randint(n_rows, size=shape, dtype=np.int64)
        shares = random_state.standard_exponential(shape)
        shares /= shares.sum(axis=0)
        # Pre-activations are linear in x: those of the point are the points' weighted ones.
        at_points = (shares * outputs[rows, np.arange(n_outputs)]).sum(axis=0)
        return -_rounded(at_points)


class PassingRows:
    """Rows on their way through the layers of a network that is being initialised.

    Normalisations take the statistics of these rows, as in training; nothing is dropped.

    Parameters
    ----------
    network : Network
        The layers.
    parameters : Parameters
        Their parameters in float64, which are filled in meanwhile.
    rows : ndarray, CSR matrix or MixedTable of shape (n_rows, n_features)
        What enters the first layer.

    Raises
    ------
    ValueError
        If there are no rows, or they have another number of columns.
    """

    def __init__(self, network: Network, parameters: Parameters, rows: Any) -> None:
        if rows.shape[0] == 0 or rows.shape[1] != network.n_features:
            raise ValueError(
                f"rows has the shape {rows.shape}, expected one row or more of "
                f"{network.n_features} columns."
            )
        self._network, self._parameters = network, parameters
        self._rows = rows.astype(np.float64)

    def outputs(self, index: int) -> Any:
        """Return what the layer of this number computes from the rows."""
        layer = self._network.layers[index]
        place = Place(0, None if isinstance(layer, Dropout) else _STEP)
        with np.errstate(over="ignore", invalid="ignore"):
            return layer.forward(self._parameters.of_layer(index), self._rows, place)[0]

    def adapt(
        self,
        initializer: DataInitializer,
        random_state: np.random.RandomState,
        index: int,
        name: str,
    ) -> None:
        """Fit a parameter of the layer of this number to the rows.

        Raises
        ------
        ValueError
            If what the layer computes is not the parameter's alone, or not finite.
        """
        values, outputs = self._parameters.of_layer(index)[name], self.outputs(index)
        if outputs.shape[1] != values.shape[-1]:
            raise ValueError(
                f"{initializer!r} cannot initialise layers.{index}.{name}, a part among others "
                "of its layer. Put the linear layer behind Columns, or choose another "
                "initialiser."
            )
        if not np.isfinite(outputs).all():
            raise ValueError(
                f"{initializer!r}: rows make layers[{index}] compute numbers that are not "
                "finite. Scale the features, to a deviation of 1 for instance."
            )
        values[...] = initializer.adapt(random_state, values, outputs)

    def move_on(self, index: int) -> None:
        """Let the rows pass through the layer of this number."""
        self._rows = self.outputs(index)


def _rounded(values: Array) -> Array:
    """Round to 20 bits: the last ones of sums and functions depend on the processor."""
    fraction, exponent = np.frexp(values)
    rounded: Array = np.ldexp(np.rint(fraction * 2**20), exponent - 20)
    return rounded
