"""Augmentations that mix rows and their targets: mixup and cutmix."""

from numbers import Real
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval

from ...engines.base import Stage
from .base import Augmentation, AugmentationRows

__all__ = ["CutMix", "Mixup"]

_POSITIVE = [Interval(Real, 0, None, closed="neither")]


class Mixup(Augmentation):
    r"""Replaces rows by convex combinations of two rows, and mixes their targets alike.

    .. math:: \tilde x_i = \lambda_i x_i + (1 - \lambda_i) x_{p(i)}, \quad
              \tilde L_i = \lambda_i L(\tilde x_i, y_i) +
              (1 - \lambda_i) L(\tilde x_i, y_{p(i)}), \quad
              \lambda_i \sim \mathrm{Beta}(\alpha, \alpha)

    with p a random permutation of the batch and :math:`\lambda_i` the mixing coefficients.
    Real and binary targets (of a regressor, of two classes or several labels) are mixed
    instead of the losses, which is equivalent for the log-loss. For class indices and the
    losses 'focal' and 'hinge' the losses are mixed, so that a step computes twice the rows.

    Parameters
    ----------
    alpha : float, default=0.2
        :math:`\alpha` > 0: near 0 a row hardly changes (or becomes its partner), at 1 the
        mixing coefficients are uniform.

    Notes
    -----
    Each target keeps the weight of its row: with weights w the two losses are weighted by
    :math:`\lambda_i w_i` and :math:`(1 - \lambda_i) w_{p(i)}`.

    References
    ----------
    Zhang, Cisse, Dauphin and Lopez-Paz (2018), "mixup: Beyond Empirical Risk
    Minimization", ICLR; with one :math:`\lambda` per row, as in the paper's equation; their
    code draws one per batch.

    Examples
    --------
    >>> from lightmlp import augmentations
    >>> rows = augmentations.Mixup(alpha=1).preview([[0.0, 1.0], [1.0, 0.0]], 0)
    >>> rows.sum(axis=1)
    array([1., 1.])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"alpha": _POSITIVE}

    def __init__(self, alpha: float = 0.2) -> None:
        self.alpha = alpha

    def draw(self, rows: AugmentationRows) -> list[Stage]:
        """Draw permutation and mixing coefficients."""
        return [_stage("mixup", self.alpha, rows)]

    def n_mixes(self) -> int:
        """Return how many times a row's target is mixed with another one."""
        return 1


class CutMix(Augmentation):
    r"""Takes some columns from another row, and mixes the targets in the same proportion.

    .. math:: \tilde x_{ij} = \begin{cases} x_{p(i) j} & j \in C_i \\ x_{ij} & \text{else}
              \end{cases}, \quad \tilde L_i = (1 - s_i) L(\tilde x_i, y_i) +
              s_i L(\tilde x_i, y_{p(i)}), \quad s_i = |C_i| / n_{columns}

    with p a random permutation of the batch and :math:`C_i` a random set of columns, each
    included with probability :math:`1 - \lambda_i`, :math:`\lambda_i \sim
    \mathrm{Beta}(\alpha, \alpha)`. For how targets are mixed, see :class:`Mixup`.

    Parameters
    ----------
    alpha : float, default=1.0
        :math:`\alpha` > 0: at 1 the proportions are uniform, above 1 they are closer to 1/2.

    References
    ----------
    Yun, Han, Oh, Chun, Choe and Yoo (2019), "CutMix: Regularization Strategy to Train
    Strong Classifiers with Localizable Features", ICCV; with random columns of a table
    instead of a rectangle of an image.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp import augmentations
    >>> rows = augmentations.CutMix().preview([[1.0, 10.0], [2.0, 20.0]], 0)
    >>> bool(np.isin(rows[:, 0], [1, 2]).all() and np.isin(rows[:, 1], [10, 20]).all())
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"alpha": _POSITIVE}

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def draw(self, rows: AugmentationRows) -> list[Stage]:
        """Draw permutation and mixing coefficients."""
        return [_stage("cutmix", self.alpha, rows)]

    def n_mixes(self) -> int:
        """Return how many times a row's target is mixed with another one."""
        return 1


def _stage(kind: str, alpha: float, rows: AugmentationRows) -> Stage:
    permutation = rows.permutation()
    coefficients = rows.generator.beta(alpha, alpha, (rows.n_rows, 1))
    return Stage(kind, coefficients=coefficients, permutation=permutation)
