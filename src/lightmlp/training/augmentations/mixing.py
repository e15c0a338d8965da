"""Augmentations that mix a row with another one, targets included: mixup and cutmix."""

from numbers import Real
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval

from ...engines.base import Stage
from .base import Augmentation, Drawing

__all__ = ["CutMix", "Mixup"]

_POSITIVE = [Interval(Real, 0, None, closed="neither")]


class Mixup(Augmentation):
    r"""Draws rows towards each other, and their targets in the same proportion.

    .. math:: \tilde x_i = \lambda_i x_i + (1 - \lambda_i) x_{p(i)}, \quad
              \tilde L_i = \lambda_i L(\tilde x_i, y_i) +
              (1 - \lambda_i) L(\tilde x_i, y_{p(i)}), \quad
              \lambda_i \sim \mathrm{Beta}(\alpha, \alpha)

    with p a random permutation of the batch. Where the targets are numbers (of a regressor,
    of two classes or several labels), they are mixed instead of the losses, which for the
    log-loss is the same. Class codes, and the losses 'focal' and 'hinge', take the mixed
    loss as it is: a step then computes twice the rows.

    Parameters
    ----------
    alpha : float, default=0.2
        :math:`\alpha` > 0: near 0 a row stays almost itself (or becomes its partner), at 1
        all mixtures are alike.

    Notes
    -----
    Each target keeps the weight of its row: with weights w the two shares are
    :math:`\lambda_i w_i` and :math:`(1 - \lambda_i) w_{p(i)}`.

    References
    ----------
    Zhang, Cisse, Dauphin and Lopez-Paz (2018), "mixup: Beyond Empirical Risk
    Minimization", ICLR; with a :math:`\lambda` for every row, as in the paper's equation,
    where its program draws one a batch.

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

    def draw(self, rows: Drawing) -> list[Stage]:
        """Draw partners and shares."""
        return [_stage("mixup", self.alpha, rows)]

    def n_mixes(self) -> int:
        """Return how often a row's target is mixed with another's."""
        return 1


class CutMix(Augmentation):
    r"""Takes some columns from another row, and the target in the same proportion.

    .. math:: \tilde x_{ij} = \begin{cases} x_{p(i) j} & j \in C_i \\ x_{ij} & \text{else}
              \end{cases}, \quad \tilde L_i = (1 - s_i) L(\tilde x_i, y_i) +
              s_i L(\tilde x_i, y_{p(i)}), \quad s_i = |C_i| / n_{columns}

    with p a random permutation of the batch and :math:`C_i` a random set of columns, each
    with the probability :math:`1 - \lambda_i`, :math:`\lambda_i \sim \mathrm{Beta}(\alpha,
    \alpha)`. How targets are mixed: see :class:`Mixup`.

    Parameters
    ----------
    alpha : float, default=1.0
        :math:`\alpha` > 0: at 1 all proportions are alike, above the halves prevail.

    References
    ----------
    Yun, Han, Oh, Chun, Choe and Yoo (2019), "CutMix: Regularization Strategy to Train
    Strong Classifiers with Localizable Features", ICCV; with random columns of a table in
    the place of a rectangle of an image.

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

    def draw(self, rows: Drawing) -> list[Stage]:
        """Draw partners and shares."""
        return [_stage("cutmix", self.alpha, rows)]

    def n_mixes(self) -> int:
        """Return how often a row's target is mixed with another's."""
        return 1


def _stage(kind: str, alpha: float, rows: Drawing) -> Stage:
    partners = rows.partners()
    shares = rows.generator.beta(alpha, alpha, (rows.n_rows, 1))
    return Stage(kind, draws=shares, partners=partners)
