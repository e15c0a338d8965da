"""The table of losses, each with its inverse link, which maps raw scores to outputs.

Shapes: ``scores`` and ``outputs`` are (n_samples, n_columns), ``sample_weight`` is
(n_samples,) or None for equal weights. ``targets`` are (n_samples, n_targets); class indices
are integers, (n_samples,) or (n_samples, n_groups) for several outputs. float32 and float64
are preserved.

The derivative of one row's loss with respect to its scores, the "delta" from which
backpropagation starts, is a function of targets and outputs. The formulas are in
``regression_losses.py``, ``quantiles.py``, ``deviances.py``, ``log_losses.py``,
``brier.py``, ``focal.py`` and ``hinge.py``. :data:`LOSSES` is the table that engines and
tests read.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Any

from numpy.typing import NDArray

from .activations import identity, logistic
from .brier import binary_brier, binary_brier_delta, brier, brier_delta
from .custom_loss import CustomLoss
from .deviances import (
    gamma_deviance,
    gamma_deviance_delta,
    poisson,
    tweedie,
    tweedie_delta,
)
from .focal import binary_focal, binary_focal_delta, focal, focal_delta
from .hinge import binary_hinge, binary_hinge_delta, hinge, hinge_delta
from .links import exponential, softmax
from .log_losses import binary_log_loss, binary_log_loss_delta, log_loss, log_loss_delta
from .quantiles import increasing, quantile, quantile_delta
from .regression_losses import (
    absolute_error,
    absolute_error_delta,
    canonical_delta,
    huber,
    huber_delta,
    log_cosh,
    log_cosh_delta,
    squared_error,
)

__all__ = ["LOSSES", "Loss", "LossSettings", "find_loss"]

Array = NDArray[Any]
Formula = Callable[..., Any]

_REAL = "any real number"
_CLASS_INDICES = "class indices 0 to n_classes - 1"


@dataclass(frozen=True)
class LossSettings:
    """The parameters of all losses; each loss reads the keywords of its formulas.

    Parameters
    ----------
    delta : float, default=1.35
        See :func:`lightmlp.network.huber`, > 0.
    levels : tuple of float, default=(0.5,)
        See :func:`lightmlp.network.quantile`: increasing, each between 0 and 1.
    power : float, default=1.5
        See :func:`lightmlp.network.tweedie`: > 1 and not 2.
    gamma : float, default=2.0
        See :func:`lightmlp.network.focal`, >= 0.
    label_smoothing : float, default=0.0
        See :func:`lightmlp.network.smooth_labels`, in [0, 1).
    groups : tuple of int or None, default=None
        Number of columns per output, each with its own classes; None means one output.
    class_weight : tuple of float or None, default=None
        Factors of the loss by true class: one per column for class indices; for binary
        targets two per column, for 0 and for 1.
    function : CustomLoss or None, default=None
        Computes the loss named "custom".

    Examples
    --------
    >>> from lightmlp.network import LossSettings
    >>> LossSettings(delta=2.0).delta
    2.0
    """

    delta: float = 1.35
    levels: tuple[float, ...] = (0.5,)
    power: float = 1.5
    gamma: float = 2.0
    label_smoothing: float = 0.0
    groups: tuple[int, ...] | None = None
    class_weight: tuple[float, ...] | None = None
    function: CustomLoss | None = None


@cache
def _keywords(formula: Formula) -> tuple[str, ...]:
    parameters = inspect.signature(formula).parameters.values()
    return tuple(p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY)


def _with_settings(formula: Formula, settings: LossSettings) -> Formula:
    return partial(formula, **{name: getattr(settings, name) for name in _keywords(formula)})


@dataclass(frozen=True)
class Loss:
    """One row of :data:`LOSSES`.

    Parameters
    ----------
    name : str
        Name of the loss in a :class:`lightmlp.network.Network`.
    inverse_link_name : str
        Name of the inverse link, the estimators' ``out_activation_``.
    inverse_link : callable
        Inverse link, ``inverse_link(scores) -> outputs``.
    value : callable
        ``value(targets, outputs, sample_weight) -> float``.
    delta : callable
        ``delta(targets, outputs)``, the derivative of one row's loss with respect to its
        scores, (n_samples, n_columns), as used in scikit-learn's training.
    target_range : str
        Which targets are allowed.
    source : str
        Where the loss is described.
    variant : str
        Which of the common variants this is.
    is_mean_over_outputs : bool, default=False
        Whether ``value`` is a mean over the outputs; otherwise it is a sum.
    needs_binary_targets : bool, default=False
        Whether binary targets must be 0 or 1; otherwise they may be fractional.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import LOSSES, LossSettings
    >>> loss = LOSSES["binary_log_loss"].with_settings(LossSettings())
    >>> outputs = loss.inverse_link(np.array([[0.0]]))
    >>> loss.delta(np.array([[1.0]]), outputs)
    array([[-0.5]])
    """

    name: str
    inverse_link_name: str
    inverse_link: Formula
    value: Formula
    delta: Formula
    target_range: str
    source: str
    variant: str
    is_mean_over_outputs: bool = False
    needs_binary_targets: bool = False

    def mean_factor(self, n_outputs: int) -> float:
        """Return the factor that makes ``delta`` the true derivative of ``value``."""
        return 1.0 / n_outputs if self.is_mean_over_outputs else 1.0

    @property
    def takes_class_indices(self) -> bool:
        """Whether targets are class indices."""
        return self.target_range == _CLASS_INDICES

    @property
    def allows_fractional_targets(self) -> bool:
        """Whether targets may be mixed as numbers."""
        return not (self.takes_class_indices or self.needs_binary_targets)

    @property
    def is_probabilistic(self) -> bool:
        """Whether the outputs are probabilities."""
        return self.inverse_link_name in ("logistic", "softmax")

    @property
    def keywords(self) -> tuple[str, ...]:
        """Fields of :class:`LossSettings` that the loss reads."""
        return _keywords(self.value)

    def with_settings(self, settings: LossSettings) -> "Loss":
        """Return the row with these settings bound to its formulas."""
        formulas = (
            _with_settings(f, settings) for f in (self.inverse_link, self.value, self.delta)
        )
        inverse_link, value, delta = formulas
        return Loss(
            **{**vars(self), "inverse_link": inverse_link, "value": value, "delta": delta}
        )


_SUM = "a sum over the outputs"

LOSSES: dict[str, Loss] = {
    row.name: row
    for row in (
        Loss(
            "squared_error",
            "identity",
            identity,
            squared_error,
            canonical_delta,
            _REAL,
            "Bishop (2006), equation 5.14",
            "halved, a mean over the outputs, whose delta lacks the factor 1 / n_outputs",
            is_mean_over_outputs=True,
        ),
        Loss(
            "absolute_error",
            "identity",
            identity,
            absolute_error,
            absolute_error_delta,
            _REAL,
            "Bloomfield and Steiger (1983)",
            f"{_SUM}; derivative 0 at the kink",
        ),
        Loss(
            "huber",
            "identity",
            identity,
            huber,
            huber_delta,
            _REAL,
            "Huber (1964), section 1",
            f"fixed delta in the unit of the targets; {_SUM}",
        ),
        Loss(
            "quantile",
            "increasing",
            increasing,
            quantile,
            quantile_delta,
            _REAL,
            "Koenker and Bassett (1978); Park et al. (2022)",
            "sum over targets and levels; distances of levels are a softplus",
        ),
        Loss(
            "log_cosh",
            "identity",
            identity,
            log_cosh,
            log_cosh_delta,
            _REAL,
            "Saleh and Saleh (2022)",
            f"of the error in the unit of the targets; {_SUM}",
        ),
        Loss(
            "poisson",
            "exp",
            exponential,
            poisson,
            canonical_delta,
            "0 or above",
            "McCullagh and Nelder (1989), section 2.3.1",
            f"half the deviance; {_SUM}",
        ),
        Loss(
            "gamma",
            "exp",
            exponential,
            gamma_deviance,
            gamma_deviance_delta,
            "above 0",
            "McCullagh and Nelder (1989), sections 2.3.1 and 8.3.2",
            f"half the deviance, with the log link; {_SUM}",
        ),
        Loss(
            "tweedie",
            "exp",
            exponential,
            tweedie,
            tweedie_delta,
            "0 or above, above 0 if power > 2",
            "Jørgensen (1987), section 4; Dunn and Smyth (2005)",
            f"half the deviance, with the log link; {_SUM}",
        ),
        Loss(
            "binary_log_loss",
            "logistic",
            logistic,
            binary_log_loss,
            binary_log_loss_delta,
            "0 or 1",
            "Bishop (2006), equations 5.21 and 5.23",
            f"probabilities clipped only in the value; {_SUM}",
        ),
        Loss(
            "log_loss",
            "softmax",
            softmax,
            log_loss,
            log_loss_delta,
            _CLASS_INDICES,
            "Bishop (2006), equation 5.24; Bridle (1990)",
            f"probabilities clipped only in the value; {_SUM}",
        ),
        Loss(
            "binary_brier",
            "logistic",
            logistic,
            binary_brier,
            binary_brier_delta,
            "0 or 1",
            "Brier (1950); Rumelhart, Hinton and Williams (1986)",
            f"half the square, one term per output; {_SUM}",
        ),
        Loss(
            "brier",
            "softmax",
            softmax,
            brier,
            brier_delta,
            _CLASS_INDICES,
            "Brier (1950), equation 2",
            f"half the sum of squares over the classes; {_SUM}",
        ),
        Loss(
            "binary_focal",
            "logistic",
            logistic,
            binary_focal,
            binary_focal_delta,
            "0 or 1",
            "Lin et al. (2017), equation 4",
            f"their alpha is the class weight; {_SUM}",
            needs_binary_targets=True,
        ),
        Loss(
            "focal",
            "softmax",
            softmax,
            focal,
            focal_delta,
            _CLASS_INDICES,
            "Lin et al. (2017), equation 4",
            f"softmax probabilities; their alpha is the class weight; {_SUM}",
        ),
        Loss(
            "binary_hinge",
            "identity",
            identity,
            binary_hinge,
            binary_hinge_delta,
            "0 or 1",
            "Cortes and Vapnik (1995), equation 15",
            f"not squared, derivative 0 at the kink; {_SUM}",
            needs_binary_targets=True,
        ),
        Loss(
            "hinge",
            "identity",
            identity,
            hinge,
            hinge_delta,
            _CLASS_INDICES,
            "Crammer and Singer (2001), equation 4",
            f"not squared, derivative 0 at the kink; {_SUM}",
        ),
    )
}


def find_loss(name: str, settings: LossSettings) -> Loss:
    """Return a loss with its parameters bound.

    Parameters
    ----------
    name : str
        A name of :data:`LOSSES`, or "custom".
    settings : LossSettings
        The parameters, including the function of "custom".

    Returns
    -------
    Loss

    Examples
    --------
    >>> from lightmlp.network import LossSettings, find_loss
    >>> find_loss("huber", LossSettings(delta=2.0)).inverse_link_name
    'identity'
    """
    function = settings.function
    if function is None:
        return _find_named(name, settings)
    return Loss(  # not cached: the cache would keep the user's function alive
        name, "identity", identity, function.value, function.delta, function.target_range,
        "the user", "a mean over the rows",
        needs_binary_targets=function.target_range == "0 or 1",
    )  # fmt: skip


@lru_cache(maxsize=128)
def _find_named(name: str, settings: LossSettings) -> Loss:
    return LOSSES[name].with_settings(settings)
