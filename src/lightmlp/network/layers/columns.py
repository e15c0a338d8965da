"""A first layer that gives parts of the table encoders of their own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import numpy as np

from ..mixed_table import MixedTable
from .base import Array, Layer, ParameterSpec, Place
from .dropout import Dropout

__all__ = ["Columns", "Part"]


@dataclass(frozen=True)
class Part:
    """Some columns of the table, and what becomes of them.

    Parameters
    ----------
    columns : tuple of int
        Which ones: of the codes where the encoder reads those, else of the numbers.
    encoder : Layer or None, default=None
        The layer that they enter, in this order; None: they stay as they are.

    Examples
    --------
    >>> from lightmlp.network import OneHot, Part
    >>> Part((0, 2)).n_outputs, Part((1,), OneHot(5)).n_outputs
    (2, 5)
    """

    columns: tuple[int, ...]
    encoder: Layer | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(map(int, self.columns)))

    @property
    def reads_codes(self) -> bool:
        """Whether the columns are codes."""
        return self.encoder is not None and self.encoder.reads_codes

    @property
    def n_outputs(self) -> int:
        """Number of values that leave."""
        return len(self.columns) if self.encoder is None else self.encoder.n_outputs

    @property
    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Those of the encoder."""
        return () if self.encoder is None else self.encoder.parameters

    def to_dict(self) -> dict[str, Any]:
        """Write the part down in numbers, lists and what the encoder needs."""
        encoder = None if self.encoder is None else self.encoder.to_dict()
        return {"columns": list(self.columns), "encoder": encoder}


@dataclass(frozen=True)
class Columns(Layer):
    r"""Let each part of the table enter an encoder of its own; join what leaves them.

    .. math:: A = [g_1(X_{C_1}), \ldots, g_P(X_{C_P})]

    A column may be in several parts, or in none, which leaves it out. The layer has to be the
    first of the network.

    Parameters
    ----------
    n_numbers : int
        Number of columns of numbers.
    n_codes : int
        Number of columns of codes of categories.
    parts : tuple of Part
        The columns :math:`C_p` and the encoders :math:`g_p`. The parameters of the p-th
        encoder are named ``parts.p.weight`` and so on.

    References
    ----------
    Gorishniy, Rubachev, Khrulkov and Babenko (2021), "Revisiting Deep Learning Models for
    Tabular Data", section 3.3, the feature tokenizer.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import Columns, MixedTable, OneHot, Part, Place
    >>> layer = Columns(2, 1, (Part((1,)), Part((0,), OneHot(3))))
    >>> X = MixedTable(np.array([[0.5, 7.0]]), np.array([[2]], np.int32))
    >>> print(layer.forward({}, X, Place(depth=0))[0])
    [[7. 0. 0. 1.]]
    """

    n_numbers: int
    n_codes: int
    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(self.parts))
        if not self.parts:
            raise ValueError("Columns: parts is empty, expected one part or more.")
        for number, part in enumerate(self.parts):
            self._check(f"Columns: parts[{number}]", part)

    def _check(self, name: str, part: Part) -> None:
        kind, n_columns = (
            ("codes", self.n_codes) if part.reads_codes else ("numbers", self.n_numbers)
        )
        encoder, columns = part.encoder, part.columns
        if isinstance(encoder, Columns | Dropout):
            raise ValueError(
                f"{name}: encoder={encoder!r} cannot be within a part. Columns is the first "
                "layer, and Dropout may follow it."
            )
        if not columns or len(set(columns)) < len(columns):
            raise ValueError(f"{name}: columns={columns} must be one or more, each once.")
        if min(columns) < 0 or max(columns) >= n_columns:
            raise ValueError(
                f"{name}: columns={columns} are out of range; the table has {n_columns} "
                f"columns of {kind}, numbered from 0."
            )
        if encoder is not None and encoder.n_inputs != len(columns):
            raise ValueError(
                f"{name}: columns={columns} does not match its encoder, into which "
                f"{encoder.n_inputs} columns enter: {encoder!r}."
            )

    @property
    def n_inputs(self) -> int:  # type: ignore[override]
        """Number of columns of the table."""
        return self.n_numbers + self.n_codes

    @property
    def n_outputs(self) -> int:  # type: ignore[override]
        """Number of values that leave all encoders."""
        return sum(part.n_outputs for part in self.parts)

    @property
    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Those of the encoders, their names with the part before them."""
        return tuple(
            replace(spec, name=f"parts.{number}.{spec.name}")
            for number, part in enumerate(self.parts)
            for spec in part.parameters
        )

    def forward(self, own: Mapping[str, Array], inputs: Any, place: Place) -> tuple[Array, Any]:
        """A = what leaves the encoders, (n_rows, n_outputs), from a table or its numbers."""
        table = self._table(inputs)
        outputs, memories = [], []
        for part, of_part in self._each(own):
            values = (table.codes if part.reads_codes else table.numbers)[:, part.columns]
            memory = None
            if part.encoder is not None:
                values, memory = part.encoder.forward(of_part, values, place)
            outputs.append(values.astype(table.dtype, copy=False))
            memories.append(memory)
        return np.concatenate(outputs, axis=1), memories

    def backward(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> Array:
        """dL/dX by the numbers, (n_rows, n_numbers): the sum over the parts of each column."""
        back = np.zeros((len(delta), self.n_numbers), delta.dtype)
        for (part, of_part), kept, D in zip(
            self._each(own), memory, self._split(delta), strict=True
        ):
            if part.encoder is None:
                back[:, part.columns] += D
            elif not part.reads_codes:
                back[:, part.columns] += part.encoder.backward(of_part, kept, D, place)
        return back

    def gradients(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> dict[str, Array]:
        """Those of each encoder."""
        gradients: dict[str, Array] = {}
        for number, ((part, of_part), kept, D) in enumerate(
            zip(self._each(own), memory, self._split(delta), strict=True)
        ):
            if part.encoder is not None:
                found = part.encoder.gradients(of_part, kept, D, place)
                gradients |= {f"parts.{number}.{name}": found[name] for name in found}
        return gradients

    def follow(self, own: Mapping[str, Array], memory: Any) -> None:
        """Let running statistics of encoders follow a batch, in place."""
        for (part, of_part), kept in zip(self._each(own), memory, strict=True):
            if part.encoder is not None:
                part.encoder.follow(of_part, kept)

    def to_dict(self) -> dict[str, Any]:
        """Write the layer down in strings, numbers and lists.

        Examples
        --------
        >>> from lightmlp.network import Columns, Part
        >>> Columns(2, 0, (Part((1,)),)).to_dict()
        {'kind': 'Columns', 'n_numbers': 2, 'n_codes': 0,
         'parts': [{'columns': [1], 'encoder': None}]}
        """
        return {
            "kind": "Columns",
            "n_numbers": self.n_numbers,
            "n_codes": self.n_codes,
            "parts": [part.to_dict() for part in self.parts],
        }

    def _each(self, own: Mapping[str, Array]) -> Iterator[tuple[Part, dict[str, Array]]]:
        """Yield each part with the arrays of its encoder by their names within it."""
        for number, part in enumerate(self.parts):
            names = [spec.name for spec in part.parameters]
            yield part, {name: own[f"parts.{number}.{name}"] for name in names}

    def _split(self, delta: Array) -> list[Array]:
        """Return what of dL/dA belongs to each part."""
        ends = list(accumulate(part.n_outputs for part in self.parts))
        return np.split(delta, ends[:-1], axis=1)

    def _table(self, inputs: Any) -> MixedTable:
        """Return what enters as a table."""
        if isinstance(inputs, np.ndarray) and self.n_codes == 0:
            inputs = MixedTable(inputs, np.empty((len(inputs), 0), np.int32))
        if not isinstance(inputs, MixedTable):
            raise ValueError(
                f"Columns: X is {type(inputs).__name__}, expected a MixedTable of "
                f"{self.n_numbers} columns of numbers and {self.n_codes} of codes."
            )
        found = inputs.numbers.shape[1], inputs.codes.shape[1]
        if found != (self.n_numbers, self.n_codes):
            raise ValueError(
                f"Columns: X has {found[0]} columns of numbers and {found[1]} of codes, "
                f"expected {self.n_numbers} and {self.n_codes}."
            )
        return inputs
