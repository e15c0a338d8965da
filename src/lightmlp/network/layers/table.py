"""The table of all kinds of layers, which engines and tests read."""

from collections.abc import Mapping
from typing import Any

from . import kinds
from .base import Layer
from .columns import Part

__all__ = ["LAYERS", "layer_from_dict"]

LAYERS: dict[str, type[Layer]] = {name: getattr(kinds, name) for name in kinds.__all__}
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
    name = written.get("kind") if isinstance(written, Mapping) else None
    kind = LAYERS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ValueError(
            f"kind={name!r} is no kind of layer, expected one of {', '.join(LAYERS)}, and the "
            f"settings of the layer beside it, got {written!r}."
        )
    try:
        return kind(**{name: _read(value) for name, value in written.items() if name != "kind"})
    except (AttributeError, TypeError) as error:
        raise ValueError(f"{kind.__name__} has other settings: {error}.") from error


def _read(value: Any) -> Any:
    """Return a setting as it was before JSON, which makes lists of tuples."""
    if isinstance(value, list | tuple):
        return tuple(map(_read, value))
    if isinstance(value, Mapping) and "kind" in value:
        return layer_from_dict(value)
    if isinstance(value, Mapping):
        return Part(**{name: _read(setting) for name, setting in value.items()})
    return value
