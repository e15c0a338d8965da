"""Losses of the regressor, except the squared error."""

from collections.abc import Sequence
from numbers import Real
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from ..network import LossSettings
from ..settings import Settings

__all__ = [
    "AbsoluteError",
    "Gamma",
    "Huber",
    "LogCosh",
    "Poisson",
    "Quantile",
    "RegressionLoss",
    "Tweedie",
]

Array = NDArray[Any]


class _PredictsLevels(Protocol):
    """A regressor, or what hands ``level`` on to one."""

    def predict(self, X: Any, *, level: float) -> Any: ...


class RegressionLoss(Settings):
    """Base of the losses of :class:`lightmlp.MLPRegressor`."""

    formula: ClassVar[str]

    def resolve(self) -> tuple[str, LossSettings]:
        """Return the key in :data:`lightmlp.network.LOSSES` and the loss's settings."""
        return self.formula, LossSettings(**self.get_params())

    @property
    def lowest_target(self) -> tuple[float, bool]:
        """Lower bound of the targets, and whether the bound itself is allowed."""
        return -np.inf, True

    def check_targets(self, y: Array) -> None:
        """Raise an error if the loss is undefined for a target.

        Raises
        ------
        ValueError
            If the targets are not real numbers, or one of them is too small.
        """
        if y.dtype.kind not in "fiub":
            raise ValueError(f"y must be real numbers, got the dtype {y.dtype}. Convert it.")
        bound, closed = self.lowest_target
        lowest = y.min()
        if lowest < bound or (lowest == bound and not closed):
            shown = repr(self) if self.get_params() else f"'{self.formula}'"
            raise ValueError(
                f"y must be {'>=' if closed else '>'} {bound:g} for loss={shown}, got a "
                f"minimum of {lowest}. Correct the targets, or use loss='squared_error'."
            )


class AbsoluteError(RegressionLoss):
    """Absolute error: predicts medians. See :func:`lightmlp.network.absolute_error`.

    Examples
    --------
    >>> from lightmlp import MLPRegressor
    >>> reg = MLPRegressor("absolute_error", (), alpha=0, max_iter=3000, random_state=0)
    >>> reg.fit([[0.0]] * 3, [0.0, 0.5, 100.0]).predict([[0.0]]).round(1)
    array([0.5])
    """

    formula = "absolute_error"


class Huber(RegressionLoss):
    """Huber's loss: squared for small, linear for large errors.

    See :func:`lightmlp.network.huber`.

    Parameters
    ----------
    delta : float, default=1.35
        Error at which the loss becomes linear, > 0, in the unit of y: set
        ``scale_target=True``, or choose delta accordingly. The default suits errors with
        standard deviation 1, like the default of scikit-learn's ``HuberRegressor``.

    References
    ----------
    Huber (1964), "Robust Estimation of a Location Parameter", Annals of Mathematical
    Statistics 35.

    Examples
    --------
    >>> from lightmlp import MLPRegressor, losses
    >>> MLPRegressor(loss=losses.Huber(delta=1.5)).set_params(loss__delta=2.0).loss
    Huber(delta=2.0)
    """

    formula = "huber"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "delta": [Interval(Real, 0, None, closed="neither")]
    }

    def __init__(self, delta: float = LossSettings.delta) -> None:
        self.delta = delta


class Quantile(RegressionLoss):
    """Pinball loss: predicts one quantile, or several that cannot cross.

    See :func:`lightmlp.network.quantile` and :func:`lightmlp.network.increasing`. Metrics of
    scikit-learn expect one prediction per target; for several levels, :meth:`score` is a
    scorer.

    Parameters
    ----------
    levels : float or sequence of float, default=0.5
        The levels, strictly between 0 and 1, increasing. A single number gives predictions
        of the usual shape; a sequence adds an axis to them: (n_samples, n_levels), or
        (n_samples, n_outputs, n_levels) if y has several columns.

    References
    ----------
    Koenker and Bassett (1978), "Regression Quantiles", Econometrica 46.
    Park et al. (2022), "Learning Quantile Functions without Quantile Crossing for
    Distribution-free Time Series Forecasting".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp import MLPRegressor, losses
    >>> X, y = np.zeros((100, 1)), np.arange(100.0) / 100
    >>> reg = MLPRegressor(losses.Quantile((0.1, 0.9)), (), alpha=0, random_state=0)
    >>> reg = reg.set_params(max_iter=5000, learning_rate_init=0.01)
    >>> reg.fit(X, y).predict(X[:1]).round(1)
    array([[0.1, 0.9]])
    """

    formula = "quantile"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "levels": ["array-like", Interval(Real, 0, 1, closed="neither")]
    }

    def __init__(self, levels: float | Sequence[float] = LossSettings.levels[0]) -> None:
        self.levels = levels

    def score(
        self, estimator: _PredictsLevels, X: Any, y: Any, sample_weight: Any = None
    ) -> float:
        """Fraction of pinball loss explained (D2), as a scorer for ``scoring=``.

        Parameters
        ----------
        estimator : estimator
            An :class:`lightmlp.MLPRegressor` fitted to these levels, on its own, as the last
            step of a pipeline or as the regressor of a ``TransformedTargetRegressor``, whose
            own ``score`` cannot compare several levels with y.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of finite numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            True targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0.

        Returns
        -------
        score : float
            Average over levels and outputs; at most 1, and about 0 for constant predictions.

        Raises
        ------
        ValueError
            If the estimator does not predict these levels, or if X or y are not as described.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.compose import TransformedTargetRegressor
        >>> from lightmlp import MLPRegressor, losses
        >>> X, loss = np.arange(60.0).reshape(-1, 1) / 30, losses.Quantile((0.1, 0.5, 0.9))
        >>> reg = MLPRegressor(loss, (8,), solver="lbfgs", tol=0.01, random_state=0)
        >>> model = TransformedTargetRegressor(reg, func=np.log, inverse_func=np.exp)
        >>> model = model.fit(X, np.exp(X.ravel()))
        >>> loss.score(model, X, np.exp(X.ravel())) > 0.5
        True
        """
        from sklearn.metrics import d2_pinball_score

        levels = np.atleast_1d(self.levels).tolist()
        scores = [
            d2_pinball_score(
                y, estimator.predict(X, level=level), sample_weight=sample_weight, alpha=level
            )
            for level in levels
        ]
        return float(np.mean(scores))

    @property
    def is_single(self) -> bool:
        """Whether ``levels`` is a number, so that predictions have no axis of levels."""
        return isinstance(self.levels, Real)

    def resolve(self) -> tuple[str, LossSettings]:
        """Return the key in :data:`lightmlp.network.LOSSES` and the loss's settings."""
        levels = np.atleast_1d(self.levels).astype(float)
        return self.formula, LossSettings(levels=tuple(levels.tolist()))

    def validate(self) -> None:
        """Check the levels.

        Raises
        ------
        ValueError
            If there are none, if one is not between 0 and 1, or if they do not increase.
        """
        super().validate()
        levels = np.atleast_1d(self.levels)
        is_numeric = levels.ndim == 1 and levels.dtype.kind in "fiu" and levels.size > 0
        if not (
            is_numeric
            and ((levels > 0) & (levels < 1)).all()
            and (np.diff(levels.astype(float)) > 0).all()
        ):
            raise ValueError(
                f"levels={self.levels!r} of Quantile must be numbers above 0 and below 1 "
                "in increasing order, such as (0.1, 0.5, 0.9)."
            )


class LogCosh(RegressionLoss):
    """Logarithm of the hyperbolic cosine: smooth, and linear for large errors.

    See :func:`lightmlp.network.log_cosh`.

    Examples
    --------
    >>> from lightmlp import MLPRegressor
    >>> MLPRegressor(loss="log_cosh").loss
    'log_cosh'
    """

    formula = "log_cosh"


class Poisson(RegressionLoss):
    """Half the Poisson deviance of counts y >= 0; predicts exp(score).

    See :func:`lightmlp.network.poisson`.

    Examples
    --------
    >>> from lightmlp import losses
    >>> losses.Poisson().lowest_target
    (0.0, True)
    """

    formula = "poisson"

    @property
    def lowest_target(self) -> tuple[float, bool]:
        """Zero, allowed."""
        return 0.0, True


class Gamma(RegressionLoss):
    """Half the gamma deviance of amounts y > 0; predicts exp(score).

    See :func:`lightmlp.network.gamma_deviance`.

    Examples
    --------
    >>> from lightmlp import losses
    >>> losses.Gamma().lowest_target
    (0.0, False)
    """

    formula = "gamma"

    @property
    def lowest_target(self) -> tuple[float, bool]:
        """Zero, not allowed."""
        return 0.0, False


class Tweedie(RegressionLoss):
    """Half the Tweedie deviance, e.g. of amounts that are often zero; predicts exp(score).

    See :func:`lightmlp.network.tweedie`.

    Parameters
    ----------
    power : float, default=1.5
        The variance is proportional to the mean to this power, >= 1: 1 is Poisson, between
        1 and 2 compound Poisson-gamma (amounts y >= 0, some of them zero), 2 gamma and 3
        inverse Gaussian (y > 0). For 0, the normal distribution, use
        ``loss="squared_error"``.

    References
    ----------
    Jørgensen (1987), "Exponential dispersion models", JRSS B 49.

    Examples
    --------
    >>> from lightmlp import losses
    >>> losses.Tweedie(power=1).resolve()[0], losses.Tweedie(power=3).lowest_target
    ('poisson', (0.0, False))
    """

    formula = "tweedie"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "power": [Interval(Real, 1, None, closed="left")]
    }

    def __init__(self, power: float = LossSettings.power) -> None:
        self.power = power

    def resolve(self) -> tuple[str, LossSettings]:
        """Return the key and the settings; the powers 1 and 2 have their own formulas."""
        limits = {1.0: Poisson(), 2.0: Gamma()}
        if self.power in limits:
            return limits[self.power].resolve()
        return super().resolve()

    @property
    def lowest_target(self) -> tuple[float, bool]:
        """Zero, allowed if the power is below 2."""
        return 0.0, self.power < 2
