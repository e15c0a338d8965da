"""A network as the compiled engine is told of it: its layers by their names and shapes."""

from functools import lru_cache
from typing import Any

from .. import _native
from ..network import Columns, Layer, LossSettings, Network, ParameterSpec
from ..network.description import kept_with_network

__all__ = ["lower"]

# The same values for every column of the table, before a first layer reads them.
_AS_IT_IS = "Identity"


@lru_cache(maxsize=128)
def _loss(name: str, settings: LossSettings) -> _native.Loss:
    return _native.Loss(
        name,
        delta=settings.delta,
        power=settings.power,
        gamma=settings.gamma,
        label_smoothing=settings.label_smoothing,
        levels=settings.levels,
        groups=settings.groups or (),
        class_weight=settings.class_weight or (),
    )


@kept_with_network
def lower(network: Network) -> _native.Network:
    """Describe a network to the compiled engine, which puts its layers into steps.

    Raises
    ------
    ValueError
        If layers follow each other in an order that no step has.

    Examples
    --------
    >>> from lightmlp.engines.lowering import lower
    >>> from lightmlp.network import Dropout, Linear, Network
    >>> lower(Network((Linear(2, 1), Dropout(1, 0.5)), "squared_error", alpha=0.0))
    Traceback (most recent call last):
        ...
    ValueError: The compiled engine has no step in which the loss follows Dropout. Use \
engine='reference'.
    """
    first, n_numbers, n_codes = network.layers[0], network.n_features, 0
    parts: list[tuple[Any, _native.Layer]] = []
    layers = network.layers
    if isinstance(first, Columns):
        n_numbers, n_codes = first.n_numbers, first.n_codes
        parts = [(part.columns, _layer(part.encoder, part.columns)) for part in first.parts]
    elif _reads_columns(first):
        parts = [(range(first.n_inputs), _layer(first, ()))]
    return _native.Network(
        n_numbers,
        n_codes,
        parts,
        [_layer(layer, ()) for layer in (layers[1:] if parts else layers)],
        _loss(network.loss, network.loss_settings),
        network.alpha,
        network.l1,
    )


def _reads_columns(layer: Layer) -> bool:
    """Whether a layer encodes each column of a table by values of its own."""
    return _native.is_encoder(type(layer).__name__)


def _layer(layer: Layer | None, columns: tuple[int, ...]) -> _native.Layer:
    """Describe a layer; None: columns of numbers as they are."""
    if layer is None:
        width = len(columns)
        return _native.Layer(_AS_IT_IS, width, width, [], "identity", 0.0, 0, [])
    function = getattr(layer, "function", getattr(layer, "activation", "identity"))
    return _native.Layer(
        type(layer).__name__,
        layer.n_inputs,
        layer.n_outputs,
        [_shape(spec) for spec in layer.parameters],
        str(function),
        getattr(layer, "rate", 0.0),
        getattr(layer, "n_categories", 0),
        getattr(layer, "edges", ()),
    )


def _shape(spec: ParameterSpec) -> tuple[int, int, bool, bool]:
    """Rows and columns of a parameter, whether it is trained, and penalised."""
    n_columns = spec.shape[-1]
    return spec.size // n_columns, n_columns, spec.trained, spec.role == "weight"
