"""The unit of a regressor's targets: ``scale_target=True`` trains in standard units.

A target in standard units has mean 0 and deviation 1. Engines see only those; what users pass
and get is in the unit of y.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import reporting
from ..network import LossSettings, find_loss
from .moments import column_moments

__all__ = [
    "ScalingOptions",
    "Unit",
    "can_convert",
    "check_scalable",
    "convert_output_layer",
    "fitted_unit",
    "learn_unit",
]

Array = NDArray[Any]


@dataclass(frozen=True)
class Unit:
    """Mean and deviation by which targets are standardised.

    Parameters
    ----------
    mean, scale : ndarray of shape (n_targets,), float64
        What is subtracted from each target, and what it is then divided by.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.estimators.target_scaling import Unit
    >>> unit = Unit(np.array([10.0]), np.array([2.0]))
    >>> unit.standardize(np.array([[8.0], [10.0]])).ravel().tolist()
    [-1.0, 0.0]
    >>> unit.restore(np.array([[-1.0], [0.0]])).ravel().tolist()
    [8.0, 10.0]
    """

    mean: Array
    scale: Array

    def standardize(self, targets: Array) -> Array:
        """Return targets of shape (n_samples, n_targets) in standard units.

        Raises
        ------
        ValueError
            If there are more or fewer targets than this unit is of.
        """
        if targets.shape[1] != len(self.scale):
            raise ValueError(
                f"y has {targets.shape[1]} output(s), expected {len(self.scale)} as in the fit."
            )
        # Halves: a difference of two large numbers may not overflow.
        return (0.5 * targets - 0.5 * self.mean) / (0.5 * self.scale)

    def restore(self, outputs: Array) -> Array:
        """Return outputs of shape (n_samples, n_targets * n_levels) in the unit of y.

        float32 stays float32 where the unit fits into it.

        Raises
        ------
        ValueError
            If the number of outputs is no multiple of that of the targets.
        """
        if outputs.shape[1] % len(self.scale):
            raise ValueError(
                f"target_mean_ and target_scale_ must have one entry a target, got "
                f"{len(self.scale)} for {outputs.shape[1]} output(s)."
            )
        n_levels = outputs.shape[1] // len(self.scale)
        mean, scale = (np.repeat(part, n_levels) for part in (self.mean, self.scale))
        largest = np.abs([mean, scale]).max()
        dtype = np.result_type(outputs.dtype, np.min_scalar_type(float(largest)))
        with np.errstate(over="ignore"):  # as in the network's own outputs
            restored: Array = (outputs * scale + mean).astype(dtype, copy=False)
        return restored


def fitted_unit(model: object) -> Unit | None:
    """Return the unit in which a fitted model predicts; None if it does not scale.

    Raises
    ------
    ValueError
        If ``target_mean_`` and ``target_scale_`` were edited into what is no unit.
    """
    fitted = vars(model)
    if fitted.get("target_scale_") is None:
        return None
    mean, scale = (
        np.asarray(fitted[name], dtype=np.float64) for name in ("target_mean_", "target_scale_")
    )
    if mean.shape != scale.shape or mean.ndim != 1:
        raise ValueError(
            "target_mean_ and target_scale_ must have one entry a target each, got the "
            f"shapes {mean.shape} and {scale.shape}. Assign two arrays of one axis."
        )
    return Unit(mean, scale)


class ScalingOptions(NamedTuple):
    """What a fit needs to know to learn the unit of its targets.

    Parameters
    ----------
    scale_target, verbose
        The regressor's parameters.
    loss : object, default=None
        Its loss, as an error would name it.
    """

    scale_target: bool = False
    verbose: Any = False
    loss: Any = None


def learn_unit(
    options: ScalingOptions,
    y: Array,
    weights: Array | None,
    *,
    earlier: Unit | None,
    first_pass: bool,
    incremental: bool,
) -> Unit | None:
    """Return the unit in which targets are encoded; None: that of y.

    Parameters
    ----------
    options : ScalingOptions
        Whether targets are scaled.
    y : ndarray of shape (n_samples,) or (n_samples, n_targets)
        All targets of the fit, those of rows that it holds out included.
    weights : ndarray of shape (n_samples,) or None
        Weights of the rows.
    earlier : Unit or None
        That of the fit before, which is kept where training goes on.
    first_pass : bool
        Whether training starts from new parameters.
    incremental : bool
        Whether it is a ``partial_fit``.

    Raises
    ------
    ValueError
        If the fit before had another ``scale_target``.

    Warns
    -----
    UserWarning
        If a stream begins with a constant, whose unit the targets to come would have.
    """
    if not first_pass:
        _check_unchanged(options.scale_target, earlier is not None)
        return earlier
    if not options.scale_target:
        return None
    mean, deviation = column_moments(y.reshape(len(y), -1), weights)
    if incremental and not deviation.all():
        reporting.warn(
            "scale_target=True learns the scale of y in the first call of partial_fit and "
            f"keeps it, and all targets of this call are {mean[deviation == 0][0]:g}: the "
            "scale is 1. Begin with a call of fit, or of partial_fit, with rows of several "
            "targets.",
            verbose=options.verbose,
        )
    return Unit(mean, np.where(deviation == 0, 1.0, deviation))


def check_scalable(options: ScalingOptions, loss: tuple[str, LossSettings]) -> None:
    """Refuse to scale the targets of a loss that predicts exp(score).

    Raises
    ------
    ValueError
        Names the loss, and what to do.
    """
    if find_loss(*loss).inverse_link_name == "exp":
        raise ValueError(
            f"scale_target=True is incompatible with loss={options.loss!r}, which needs "
            "positive targets and predicts exp(score): it adapts to the unit of y by the "
            "intercept. Set scale_target=False (divide y by its mean if training does not "
            "converge), or use another loss, such as 'squared_error'."
        )


def _check_unchanged(scale_target: bool, scaled: bool) -> None:
    if scaled != scale_target:
        raise ValueError(
            f"scale_target={scale_target} differs from the {scaled} of the fit "
            "before, in whose units the parameters are: warm_start and partial_fit go on "
            f"with the fitted network. Set scale_target={scaled}, or fit again with "
            "warm_start=False."
        )


def can_convert(source: Unit | None, target: Unit | None, n_outputs: int) -> bool:
    """Whether :func:`convert_output_layer` can: several quantile levels must share a unit."""
    units = [unit for unit in (source, target) if unit is not None]
    return _agree(source, target) or all(len(unit.scale) == n_outputs for unit in units)


def _agree(one: Unit | None, other: Unit | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one.mean, other.mean) and np.array_equal(one.scale, other.scale)


def convert_output_layer(
    W: Array, b: Array, source: Unit | None, target: Unit | None
) -> tuple[Array, Array]:
    """Return weights and biases whose outputs, in another unit, mean the same.

    Parameters
    ----------
    W : ndarray of shape (n_inputs, n_targets)
    b : ndarray of shape (n_targets,)
        An output layer whose output activation is the identity.
    source, target : Unit or None
        The unit in which its outputs are, and the one that is wanted; None: that of y.

    Returns
    -------
    W, b : ndarray
        Of the same shapes and dtypes.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.estimators.target_scaling import Unit, convert_output_layer
    >>> unit = Unit(np.array([10.0]), np.array([2.0]))
    >>> W, b = convert_output_layer(np.array([[3.0]]), np.array([1.0]), unit, None)
    >>> W.tolist(), b.tolist()
    ([[6.0]], [12.0])
    """
    if _agree(source, target):
        return W, b
    unit_of_y = Unit(np.zeros(len(b)), np.ones(len(b)))
    source, target = source or unit_of_y, target or unit_of_y
    factor = source.scale / target.scale
    shift = target.standardize(source.mean[np.newaxis])[0]
    return (W * factor).astype(W.dtype), (b * factor + shift).astype(b.dtype)
