"""The parameters of a network by their names."""

from collections.abc import ItemsView, Iterator, Mapping, Sequence, ValuesView
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .layers import ParameterSpec

__all__ = ["Parameters"]

Array = NDArray[Any]


class Parameters(Mapping[str, Array]):
    """Arrays named ``layers.0.weight``, in the order of the layers.

    Gradients, and what an optimiser remembers of each parameter, have the same names.

    Parameters
    ----------
    specs : mapping of str to ParameterSpec
        ``network.parameters``: what each array is.
    arrays : sequence of ndarray
        One for each, of its shape and all of one dtype. They are not copied.

    Attributes
    ----------
    specs : mapping of str to ParameterSpec
        What each array is.
    dtype : dtype
        That of all arrays.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import Network, Parameters
    >>> network = Network.dense([2, 3, 1], "relu", "squared_error")
    >>> parameters = Parameters.of_buffer(network.parameters, np.arange(13.0))
    >>> list(parameters)
    ['layers.0.weight', 'layers.0.bias', 'layers.2.weight', 'layers.2.bias']
    >>> parameters["layers.0.bias"]
    array([6., 7., 8.])
    """

    __slots__ = ("_arrays", "_buffer", "_layers", "dtype", "specs")

    def __init__(self, specs: Mapping[str, ParameterSpec], arrays: Sequence[Array]) -> None:
        self.specs = specs
        self.dtype: np.dtype[Any] = arrays[0].dtype
        self._arrays = dict(zip(specs, arrays, strict=True))
        self._buffer: Array | None = None
        self._layers: dict[int, dict[str, Array]] | None = None

    @classmethod
    def of_buffer(cls, specs: Mapping[str, ParameterSpec], buffer: Array) -> "Parameters":
        """Name the parts of a vector that holds all arrays, row by row; they are views."""
        arrays, start = [], 0
        for spec in specs.values():
            arrays.append(buffer[start : start + spec.size].reshape(spec.shape))
            start += spec.size
        parameters = cls(specs, arrays)
        parameters._buffer = buffer
        return parameters

    @classmethod
    def zeros(cls, specs: Mapping[str, ParameterSpec], dtype: DTypeLike) -> "Parameters":
        """Return arrays of zeros, views of one vector."""
        size = sum(spec.size for spec in specs.values())
        return cls.of_buffer(specs, np.zeros(size, dtype))

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def values(self) -> ValuesView[Array]:
        """Return the arrays; as those of a dict, which are faster than a Mapping's."""
        return self._arrays.values()

    def items(self) -> ItemsView[str, Array]:
        """Return names and arrays."""
        return self._arrays.items()

    def of_layer(self, index: int) -> dict[str, Array]:
        """Return the arrays of a layer by their names within it."""
        if self._layers is None:  # the reference engine asks for each layer in every step
            self._layers = {}
            for name, array in self._arrays.items():
                _, layer, own_name = name.split(".", maxsplit=2)
                self._layers.setdefault(int(layer), {})[own_name] = array
        return self._layers.get(index, {})

    def of_role(self, *roles: str) -> list[Array]:
        """Return the arrays that have one of these roles, in the order of the layers."""
        return [self._arrays[name] for name, spec in self.specs.items() if spec.role in roles]

    def flatten(self, dtype: DTypeLike | None = None) -> Array:
        """Return all values in one vector: the buffer itself where the arrays lie in one."""
        if self._buffer is not None and dtype in (None, self._buffer.dtype):
            return self._buffer
        return np.concatenate([array.ravel() for array in self.values()], dtype=dtype)

    def copy(self) -> "Parameters":
        """Copy all arrays into one vector of its own."""
        return Parameters.of_buffer(self.specs, np.array(self.flatten()))

    def astype(self, dtype: DTypeLike) -> "Parameters":
        """Return the same in another dtype."""
        return Parameters.of_buffer(self.specs, self.flatten().astype(dtype))

    def are_finite(self) -> bool:
        """Whether all values are finite numbers."""
        arrays = self.values() if self._buffer is None else (self._buffer,)
        return all(bool(np.isfinite(array).all()) for array in arrays)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle one vector: views would come back as arrays of their own."""
        return Parameters.of_buffer, (self.specs, self.flatten())
