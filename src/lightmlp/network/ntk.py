"""The NTK parametrisation, as initial weights and as factors of the learning rate."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .description import Network
from .initializers import POSITIVE, Initializer

__all__ = ["NTK", "ntk_factors"]

Array = NDArray[Any]


class NTK(Initializer):
    r"""The initial values of the parametrisation of the neural tangent kernel.

    That one writes a layer with weights U of standard deviation 1, whatever its width, and
    divides by the root of the number n of inputs in every pass:

    .. math:: z = \frac{x U}{\sqrt n} + b, \quad U, b \sim N(0, g^2)

    Here the weights are stored as :math:`W = U / \sqrt n`, of variance :math:`g^2 / n`, and
    the layer is an ordinary one. What remains is that U changes by other steps than W: the
    factors of :func:`lightmlp.network.ntk_factors` make them the same.

    Parameters
    ----------
    gain : float, default=1.0
        The standard deviation g > 0 of U and of b.

    References
    ----------
    Jacot, Gabriel and Hongler (2018), "Neural Tangent Kernel: Convergence and Generalization in
    Neural Networks", section 2.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network.ntk import NTK
    >>> W = NTK().draw(np.random.RandomState(0), 100, 50, (100, 50))
    >>> b = NTK().draw(np.random.RandomState(0), 100, 50, (50,))
    >>> print(W.std().round(2), b.std().round(1))
    0.1 1.1
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
        """Draw W = U / sqrt(n_inputs), or b."""
        divisor = n_inputs**0.5 if len(shape) == 2 else 1.0
        return random_state.normal(0.0, self.gain / divisor, shape)


def ntk_factors(network: Network, power: float) -> dict[str, float]:
    r"""Factors of the learning rate with which a network trains as if parametrised by NTK.

    .. math:: f = n_{in}^{-p} \text{ for weights}, \quad f = 1 \text{ for all others}

    The gradients are :math:`\partial L / \partial U = \partial L / \partial W / \sqrt n`, and
    a step of U is one of :math:`\sqrt n W`. So the power p is

    1 for steps that are proportional to the gradient (SGD, with or without momentum):
        :math:`\Delta W = \Delta U / \sqrt n = - \eta \, \partial L / \partial W / n`.
    1/2 for steps of the same size however large the gradient (Adam and its kin, Lion):
        :math:`\Delta W = - \eta / \sqrt n` times the direction, which is the same. Adam's
        :math:`\epsilon` for U acts as :math:`\sqrt n \epsilon` would for W.

    The factors say nothing of penalties: an L2 penalty :math:`\alpha` on U is
    :math:`n \alpha` on W, and a decay that is multiplied by the learning rate has to be
    :math:`n^p` times as large to shrink U and W alike.

    Parameters
    ----------
    network : Network
        The layers.
    power : float
        p, 1/2 or 1 as above.

    Returns
    -------
    dict of str to float
        The factor of each trained parameter by its name.

    References
    ----------
    Jacot, Gabriel and Hongler (2018), "Neural Tangent Kernel: Convergence and Generalization in
    Neural Networks", section 2; Yang and Hu (2021), "Tensor Programs IV: Feature Learning in
    Infinite-Width Neural Networks", on what parametrisations have in common.

    Examples
    --------
    >>> from lightmlp.network import Network, ntk_factors
    >>> network = Network.dense([4, 25, 1], "relu", "squared_error")
    >>> ntk_factors(network, power=0.5)
    {'layers.0.weight': 0.5, 'layers.0.bias': 1.0, 'layers.2.weight': 0.2, 'layers.2.bias': 1.0}
    """
    return {
        name: float(spec.shape[0] ** -power) if spec.role == "weight" else 1.0
        for name, spec in network.parameters.items()
        if spec.trained
    }
