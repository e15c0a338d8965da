"""Custom activations: a pair of NumPy functions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arguments import check_arguments
from .table import ACTIVATIONS, ActivationFunction

__all__ = ["activation_per_layer", "check_derivative", "find_activation", "is_pair"]

Array = NDArray[Any]

# Irregular, so that kinks at round numbers lie between the points.
_POINTS = np.concatenate([np.linspace(-8.13, 8.29, 48), np.linspace(-1.017, 1.031, 17)])
_STEPS = (1e-6, 1e-3)  # the second is for functions that compute in float32
_TOLERANCE = 1e-3


@dataclass(frozen=True)
class _Checked:
    """A user's element-wise function whose result is checked."""

    function: Callable[[Array], Any]
    role: str

    def __call__(self, z: Array, a: Array | None = None) -> Array:
        """Return f(z) in the dtype of z; the activations ``a`` are not used."""
        view = z.view()
        view.flags.writeable = False
        values = np.asarray(self.function(view))
        if values.shape != z.shape or values.dtype.kind not in "fiub":
            raise ValueError(
                f"activation: the {self.role} {_name(self.function)} returned an array of "
                f"shape {values.shape} and dtype {values.dtype}, expected real numbers of "
                f"shape {z.shape}. Let it work on each entry of an array of any shape."
            )
        return np.array(values, dtype=z.dtype)


def is_pair(activation: Any) -> bool:
    """Whether a value is a pair of functions, not a name or one entry per layer.

    Parameters
    ----------
    activation : object
        The user's value.

    Returns
    -------
    bool

    Examples
    --------
    >>> from lightmlp.network.activations.custom import is_pair
    >>> is_pair((abs, abs)), is_pair(("relu", "tanh")), is_pair([(abs, abs), (abs, abs)])
    (True, False, False)
    """
    return (
        isinstance(activation, tuple | list)
        and len(activation) == 2
        and all(callable(function) for function in activation)
    )


def activation_per_layer(activation: Any, n_hidden: int) -> tuple[Any, ...]:
    """Return one entry per hidden layer, given one for all or one per layer."""
    if isinstance(activation, str) or is_pair(activation):
        return (activation,) * n_hidden
    return tuple(activation)


def find_activation(activation: Any) -> ActivationFunction:
    """Return the row of a name, or a new row for a pair of functions (f, derivative).

    Parameters
    ----------
    activation : str, pair of callable or ActivationFunction
        A name of :data:`ACTIVATIONS`, ``(f, derivative)``, both functions of z, or a row.

    Returns
    -------
    ActivationFunction
        The row of a pair has the ``glorot_factor`` of most activations.

    Raises
    ------
    ValueError
        If there is no such name.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network.activations.custom import find_activation
    >>> sine = find_activation((np.sin, np.cos))
    >>> sine.name, sine.derivative(np.zeros(1), np.zeros(1))
    ('sin', array([1.]))
    """
    if isinstance(activation, ActivationFunction):
        return activation
    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"activation={activation!r} is unknown: choose one of {', '.join(ACTIVATIONS)}."
            )
        return ACTIVATIONS[activation]
    function, derivative = activation
    return ActivationFunction(
        _name(function),
        _Checked(function, "function"),
        _Checked(derivative, "derivative"),
        glorot_factor=6.0,
        source="the user",
    )


def check_derivative(activation: ActivationFunction) -> None:
    """Compare a derivative with central differences of its function.

    Parameters
    ----------
    activation : ActivationFunction
        Made from a user's functions.

    Raises
    ------
    ValueError
        If the derivative does not match, naming the function, the largest difference and
        its position; or if a function does not take one argument.
    """
    for checked in (activation.forward, activation.derivative):
        if isinstance(checked, _Checked):
            check_arguments("activation", checked.function, "z")
    z = _POINTS
    with np.errstate(all="ignore"):
        expected = activation.derivative(z, activation.forward(z))
        allowed = _TOLERANCE * np.maximum(1.0, np.abs(expected))
        measured = [
            (activation.forward(z + step) - activation.forward(z - step)) / (2 * step)
            for step in _STEPS
        ]
        gaps = np.abs(np.stack(measured) - expected)
        gaps[np.isnan(gaps)] = np.inf
    gap = gaps.min(axis=0)
    worst = int(np.argmax(gap / allowed))
    if gap[worst] <= allowed[worst]:
        return
    raise ValueError(
        f"activation: the derivative of {activation.name} is not that of the function, by "
        f"central differences. The largest difference is {gap[worst]:.3g} at z = "
        f"{z[worst]:.6g}, where it returns {expected[worst]:.6g} and the differences give "
        f"{measured[0][worst]:.6g}. Pass a pair (f, derivative) of functions of z that work on "
        "each entry of an array, finite for -10 < z < 10."
    )


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))
