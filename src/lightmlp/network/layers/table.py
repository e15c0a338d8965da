"""The table of all kinds of layers, which engines and tests read."""

from collections.abc import Mapping
from typing import Any

from .activation import Activation
from .base import Layer
from .batch_norm import BatchNorm
from .dropout import Dropout
from .layer_norm import LayerNorm
from .linear import Linear

__all__ = ["LAYERS", "layer_from_dict"]

LAYERS: dict[str, type[Layer]] = {
    kind.__name__: kind for kind in (Linear, BatchNorm, LayerNorm, Activation, Dropout)
}
"""All kinds of layers by their names."""


def layer_from_dict(written: Mapping[str, Any]) -> Layer:
    """Return the layer that :meth:`Layer.to_dict` wrote down.

    Parameters
    ----------
    written : mapping
        The name of the kind as "kind", and its settings.

    Returns
    -------
    Layer

    Raises
    ------
    ValueError
        If there is no such kind, or it has other settings.

    Examples
    --------
    >>> from lightmlp.network import layer_from_dict
    >>> layer_from_dict({"kind": "Linear", "n_inputs": 2, "n_outputs": 3, "bias": True})
    Linear(n_inputs=2, n_outputs=3, bias=True)
    """
    settings = {name: value for name, value in written.items() if name != "kind"}
    kind = LAYERS.get(written.get("kind", ""))
    if kind is None:
        raise ValueError(
            f"kind={written.get('kind')!r} is no kind of layer, expected one of "
            f"{', '.join(LAYERS)}."
        )
    try:
        return kind(**settings)
    except TypeError as error:
        raise ValueError(f"{kind.__name__} has other settings: {error}.") from error
