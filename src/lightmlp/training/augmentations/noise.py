"""Augmentations that perturb single values: Gaussian noise, swap noise, feature dropout."""

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from ...engines.base import Stage
from ...names import Names
from .base import Augmentation, AugmentationRows

__all__ = ["FeatureDropout", "GaussianNoise", "SwapNoise"]

_FRACTION = [Interval(Real, 0, 1, closed="both")]


class GaussianNoise(Augmentation):
    r"""Adds independent normal noise to every value.

    .. math:: \tilde x_{ij} = x_{ij} + \sigma \epsilon_{ij}, \quad
              \epsilon_{ij} \sim \mathcal N(0, 1)

    Parameters
    ----------
    std : float, default=0.1
        :math:`\sigma`, >= 0, in the unit of X: scale the columns to a standard deviation
        of 1 beforehand.

    References
    ----------
    Bishop (1995), "Training with Noise is Equivalent to Tikhonov Regularization", Neural
    Computation 7.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp import augmentations
    >>> rows = augmentations.GaussianNoise(std=0.5).preview(np.zeros((10000, 1)), 0)
    >>> round(float(rows.std()), 2)
    0.5
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "std": [Interval(Real, 0, None, closed="left")]
    }

    def __init__(self, std: float = 0.1) -> None:
        self.std = std

    def draw(self, rows: AugmentationRows) -> list[Stage]:
        """Draw nothing per row."""
        return [Stage("gaussian_noise", float(self.std))]


class SwapNoise(Augmentation):
    r"""Replaces some values by those of other rows in the same column.

    .. math:: \tilde x_{ij} = \begin{cases} x_{r_{ij} j} & \text{with probability } q \\
              x_{ij} & \text{else} \end{cases}

    with :math:`r_{ij}` any other row of the batch, drawn for every value. The result is
    always a value of the same column, so the scale does not matter: codes, counts and missing
    indicators stay valid.

    Parameters
    ----------
    rate : float, default=0.1
        q, in [0, 1].

    References
    ----------
    Vincent, Larochelle, Lajoie, Bengio and Manzagol (2010), "Stacked Denoising
    Autoencoders", JMLR 11, for training on corrupted rows; swap noise is from Michael
    Jahrer's winning solution of the Porto Seguro competition (2017).

    Examples
    --------
    >>> from lightmlp import augmentations
    >>> augmentations.SwapNoise(rate=1).preview([[1.0, 10.0], [2.0, 20.0]])
    array([[ 2., 20.],
           [ 1., 10.]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"rate": _FRACTION}

    def __init__(self, rate: float = 0.1) -> None:
        self.rate = rate

    def draw(self, rows: AugmentationRows) -> list[Stage]:
        """Draw nothing per row."""
        return [Stage("swap_noise", float(self.rate))]


class FeatureDropout(Augmentation):
    r"""Replaces some values by a fill value: zero, or the mean of their column.

    .. math:: \tilde x_{ij} = \begin{cases} m_j & \text{with probability } q \\
              x_{ij} & \text{else} \end{cases}

    The other values are not scaled up: the fill value imitates an imputed missing value.

    Parameters
    ----------
    rate : float, default=0.1
        q, in [0, 1].
    fill : {'zero', 'mean'}, default='zero'
        m: zero, or the column's unweighted mean over the training rows.

    References
    ----------
    Vincent, Larochelle, Lajoie, Bengio and Manzagol (2010), "Stacked Denoising
    Autoencoders", JMLR 11, section 3.3: masking noise.

    Examples
    --------
    >>> from lightmlp import augmentations
    >>> augmentations.FeatureDropout(rate=1, fill="mean").preview([[1.0, 2.0], [3.0, 2.0]])
    array([[2., 2.],
           [2., 2.]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "rate": _FRACTION,
        "fill": [Names(["zero", "mean"])],
    }

    def __init__(self, rate: float = 0.1, fill: str = "zero") -> None:
        self.rate = rate
        self.fill = fill

    def draw(self, rows: AugmentationRows) -> list[Stage]:
        """Draw nothing per row."""
        is_mean = self.fill == "mean"
        fill_values = rows.column_means() if is_mean else np.zeros(rows.n_features)
        return [
            Stage(
                "feature_dropout", float(self.rate), fill_values=fill_values.astype(np.float64)
            )
        ]
