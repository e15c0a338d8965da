"""Muon: orthogonalised momentum for weight matrices."""

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from .adam import AdamW
from .base import Optimizer

__all__ = ["Muon", "orthogonalize"]

Array = NDArray[Any]

_QUINTIC = (3.4445, -4.7750, 2.0315)


def orthogonalize(matrix: Array, n_iterations: int = 5) -> Array:
    r"""Bring all singular values of a matrix near 1, by Newton-Schulz iterations.

    .. math:: X &\leftarrow M / \lVert M \rVert_F \\
              X &\leftarrow a X + \left(b A + c A^2\right) X, \quad A = X X^T

    with a = 3.4445, b = -4.7750 and c = 2.0315, applied to M or its transpose, whichever is
    wider.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_columns)
        M; zeros stay zeros.
    n_iterations : int, default=5
        Number of iterations, >= 1. After five, singular values that were not tiny are in
        [0.68, 1.14].

    Returns
    -------
    ndarray of the shape and dtype of matrix

    References
    ----------
    Jordan et al. (2024), "Muon: An optimizer for hidden layers in neural networks"; here
    in the dtype of the matrix, not in bfloat16.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.solvers import orthogonalize
    >>> orthogonalize(np.diag([3.0, 1.0, 0.0])).diagonal().round(2)
    array([0.75, 1.13, 0.  ])
    """
    a, b, c = _QUINTIC
    tall = matrix.shape[0] > matrix.shape[1]
    X = matrix.T if tall else matrix
    X = X / max(float(np.linalg.norm(X)), 1e-7)
    for _ in range(n_iterations):
        A = X @ X.T
        X = a * X + (b * A + c * (A @ A)) @ X
    return X.T if tall else X


class Muon(Optimizer):
    r"""Momentum orthogonalised by Newton-Schulz iterations, for hidden weights.

    One step of a hidden layer's weights W (n_inputs, n_outputs) with the gradient G, the
    learning rate :math:`\eta` and the momentum M:

    .. math:: M &\leftarrow \mu M + (1 - \mu) G \\
              U &= \mu M + (1 - \mu) G \quad\text{(Nesterov), else } M \\
              W &\leftarrow (1 - \eta \lambda) W - 0.2\, \eta
              \sqrt{\max(n_{in}, n_{out})}\; \operatorname{orthogonalize}(U)

    Biases and the output layer use :class:`AdamW` with the same rate and decay.

    Parameters
    ----------
    momentum : float, default=0.95
        :math:`\mu`, in [0, 1).
    nesterov : bool, default=True
        Whether to look ahead along the momentum.
    weight_decay : float, default=0.0
        :math:`\lambda`, >= 0, decoupled.
    n_iterations : int, default=5
        Newton-Schulz iterations, see :func:`orthogonalize`, >= 1.
    beta_1, beta_2 : float, default=0.9, 0.999
        Decay rates of AdamW's moments, in [0, 1).
    epsilon : float, default=1e-8
        Keeps AdamW's step finite, > 0.

    References
    ----------
    Jordan et al. (2024), "Muon: An optimizer for hidden layers in neural networks", which
    leaves biases and output layer to AdamW. The factor 0.2 sqrt(max) is that of Liu et al.
    (2025), "Muon is Scalable for LLM Training", equation 4, and of PyTorch's
    ``adjust_lr_fn="match_rms_adamw"``: with it the same learning rate suits both.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.solvers import Muon
    >>> W, slots = np.zeros((2, 2)), [np.zeros((2, 2)), np.zeros((2, 2))]
    >>> Muon().update(W, np.diag([3.0, 1.0]), slots, 0.1, 1)
    >>> W.diagonal().round(4)
    array([-0.0213, -0.0321])
    """

    name = "muon"
    n_slots = 2
    squares = (1,)

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **AdamW._parameter_constraints,
        "momentum": [Interval(Real, 0, 1, closed="left")],
        "nesterov": ["boolean"],
        "n_iterations": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        momentum: float = 0.95,
        nesterov: bool = True,
        weight_decay: float = 0.0,
        n_iterations: int = 5,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        self.momentum = momentum
        self.nesterov = nesterov
        self.weight_decay = weight_decay
        self.n_iterations = n_iterations
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def of_other_parameters(self) -> Optimizer:
        """Return the AdamW that updates the output layer."""
        return AdamW(self.beta_1, self.beta_2, self.epsilon, self.weight_decay)

    def update(
        self,
        parameter: Array,
        gradient: Array,
        slots: Sequence[Array],
        learning_rate: float,
        n_steps: int,
    ) -> None:
        """Change the parameter in place by one step; weights use only the first slot."""
        momentum = slots[0]
        momentum *= self.momentum
        momentum += (1 - self.momentum) * gradient
        ahead = self.momentum * momentum + (1 - self.momentum) * gradient
        direction = orthogonalize(ahead if self.nesterov else momentum, self.n_iterations)
        parameter -= 0.2 * learning_rate * math.sqrt(max(parameter.shape)) * direction
