"""The optimiser's state as the compiled engine hands it out."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..network import Parameters, ParameterSpec

__all__ = ["EngineSlots", "share_slots"]

# Padded slots may take so many times the memory of arrays.
MOST_PADDING = 1.25


class _Slots(Protocol):
    """Float32Slots and Float64Slots of the compiled module."""

    @property
    def n_padded(self) -> int: ...

    def __len__(self) -> int: ...

    def get(self, slot: int, out: Any) -> None: ...


class EngineSlots(Sequence[Parameters]):
    """Slots of an optimiser, copied out of the engine when the first of them is read.

    After most fits none ever is, and those of a wide network take as long as a step.
    """

    def __init__(self, source: _Slots, specs: Mapping[str, ParameterSpec], dtype: Any) -> None:
        self._source: _Slots | list[Parameters] = source
        self._specs = specs
        self._dtype = dtype

    def __len__(self) -> int:
        return len(self._source)

    def __getitem__(self, index: Any) -> Any:
        source = self._source
        if not isinstance(source, list):
            source = self._source = self._read(source)
        return source[index]

    def _read(self, source: _Slots) -> list[Parameters]:
        slots = [Parameters.zeros(self._specs, self._dtype) for _ in range(len(source))]
        for index, slot in enumerate(slots):
            source.get(index, slot.flatten())
        return slots

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (list(self),)


def share_slots(
    source: _Slots, specs: Mapping[str, ParameterSpec], dtype: Any
) -> Sequence[Parameters]:
    """Leave slots in the engine, but for those of narrow layers, which padding makes large."""
    slots = EngineSlots(source, specs, dtype)
    n_values = sum(spec.size for spec in specs.values())
    return slots if source.n_padded <= MOST_PADDING * n_values else list(slots)
