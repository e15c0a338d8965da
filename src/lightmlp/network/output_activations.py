"""Output activations by name, for users who edit ``out_activation_``.

Each loss has its own inverse link; ``out_activation_`` of a fitted estimator may be set to
another one.
"""

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from .activations import ACTIVATIONS
from .losses import LOSSES, LossSettings

__all__ = ["output_activation", "output_activation_names"]

Array = NDArray[Any]


def output_activation_names() -> tuple[str, ...]:
    """Return the names of the inverse links, then of the activations of hidden layers.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> from lightmlp.network import output_activation_names
    >>> output_activation_names()[:5]
    ('identity', 'increasing', 'exp', 'logistic', 'softmax')
    """
    links = [row.inverse_link_name for row in LOSSES.values()]
    return tuple(dict.fromkeys([*links, *ACTIVATIONS]))


def output_activation(name: str, settings: LossSettings) -> Callable[[Array], Array]:
    """Return the function of this name, which maps raw scores to outputs.

    Parameters
    ----------
    name : str
        One of :func:`output_activation_names`.
    settings : LossSettings
        Settings of the network's loss: the groups of 'softmax', the levels of 'increasing'.

    Returns
    -------
    callable
        ``function(scores) -> outputs``, both of shape (n_samples, n_columns).

    Raises
    ------
    ValueError
        If the name is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import LossSettings, output_activation
    >>> output_activation("relu", LossSettings())(np.array([[-1.0, 2.0]]))
    array([[0., 2.]])
    """
    for row in LOSSES.values():
        if row.inverse_link_name == name:
            inverse_link: Callable[[Array], Array] = row.with_settings(settings).inverse_link
            return inverse_link
    if isinstance(name, str) and name in ACTIVATIONS:
        return ACTIVATIONS[name].forward
    raise ValueError(
        f"out_activation_={name!r} is unknown: set it to one of "
        f"{', '.join(map(repr, output_activation_names()))}."
    )
