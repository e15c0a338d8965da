"""Parameters and optimiser state as the compiled engine hands them out."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from ..network import Network
from .base import Array, Parameters

__all__ = ["EngineSlots", "share_slots", "split"]

# Padded slots may take so many times the memory of arrays.
MOST_PADDING = 1.25


def split(flat: Array, network: Network) -> Parameters:
    """Views of a flat vector: the weights and the biases of each layer."""
    coefs, intercepts, start = [], [], 0
    for layer in network.layers:
        middle = start + layer.n_inputs * layer.n_outputs
        coefs.append(flat[start:middle].reshape(layer.n_inputs, layer.n_outputs))
        start = middle + layer.n_bias_rows * layer.n_outputs
        intercepts.append(flat[middle:start].reshape(layer.bias_shape))
    return coefs, intercepts


class _Slots(Protocol):
    """Float32Slots and Float64Slots of the compiled module."""

    @property
    def n_padded(self) -> int: ...

    def __len__(self) -> int: ...

    def get(self, slot: int, out: Any) -> None: ...


class EngineSlots(Sequence[list[Array]]):
    """Slots of an optimiser, copied out of the engine when the first of them is read.

    After most fits none ever is, and those of a wide network take as long as a step.
    """

    def __init__(self, source: _Slots, network: Network, dtype: Any) -> None:
        self._source: _Slots | list[list[Array]] = source
        self._network = network
        self._dtype = dtype

    def __len__(self) -> int:
        return len(self._source)

    def __getitem__(self, index: Any) -> Any:
        source = self._source
        if not isinstance(source, list):
            source = self._source = self._read(source)
        return source[index]

    def _read(self, source: _Slots) -> list[list[Array]]:
        slots = []
        for index in range(len(source)):
            flat = np.empty(self._network.n_values, dtype=self._dtype)
            source.get(index, flat)
            coefs, intercepts = split(flat, self._network)
            slots.append([*coefs, *intercepts])
        return slots

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (list(self),)


def share_slots(source: _Slots, network: Network, dtype: Any) -> Sequence[list[Array]]:
    """Leave slots in the engine, but for those of narrow layers, which padding makes large."""
    slots = EngineSlots(source, network, dtype)
    is_compact = source.n_padded <= MOST_PADDING * network.n_values
    return slots if is_compact else list(slots)
