"""The file of a checkpoint: written so that a crash cannot spoil it, read with suspicion.

The parts of the file, one after the other:

- ``LightMLP checkpoint`` and a line feed;
- the length of the header in bytes, 8 bytes, little end first;
- the header's digest, 32 bytes of BLAKE2b;
- the header, a JSON object in UTF-8; ``arrays`` lists name, dtype and shape of the arrays,
  ``digest`` is that of their bytes;
- the bytes of the arrays, in that order, rows first and little end first.

Reading runs no code, and asks for memory only once it is known what for.
"""

import hashlib
import json
import math
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from .fields import FieldError, integer, items, refuse, text
from .replacing import replaced

__all__ = [
    "FORMAT",
    "Expected",
    "Saved",
    "Table",
    "naming_file",
    "read_checkpoint",
    "write_checkpoint",
]

Array = NDArray[Any]
Table = dict[str, tuple[str, tuple[int, ...]]]
"""Dtype and shape of each array, by its name."""

FORMAT = 1
_MAGIC = b"LightMLP checkpoint\n"
_DIGEST_SIZE = 32
_START = len(_MAGIC) + 8 + _DIGEST_SIZE
_CHUNK = 1 << 20
_DTYPES = ("float32", "float64", "int64", "uint32", "uint64")
_MOST_DIMENSIONS = 3


@dataclass(frozen=True)
class Saved:
    """What a checkpoint holds.

    Parameters
    ----------
    header : dict
        Numbers and texts, of the types that JSON knows.
    arrays : dict of str to ndarray
        Parameters, the solver's state, orders of rows and curves.
    """

    header: dict[str, Any]
    arrays: dict[str, Array]


class Expected(Protocol):
    """What the reader of a checkpoint demands of it, by raising FieldError."""

    def check_header(self, header: dict[str, Any], table: Table) -> None:
        """Check the header, and the arrays' dtypes and shapes, before the arrays are read."""
        ...

    def check_arrays(self, saved: Saved) -> None:
        """Check the arrays' values."""
        ...


class AnyCheckpoint:
    """Demands nothing but an undamaged file."""

    def check_header(self, header: dict[str, Any], table: Table) -> None:
        """Accept every header."""

    def check_arrays(self, saved: Saved) -> None:
        """Accept all arrays."""


def write_checkpoint(path: Path, saved: Saved, *, rehearse: bool = False) -> None:
    """Write a file that is either the old one or the new one, whatever happens.

    Parameters
    ----------
    path : Path
        Where to.
    saved : Saved
        What to write.
    rehearse : bool, default=False
        Whether to do all of it but the replacement of the old file, to find out whether
        it can be done.

    Raises
    ------
    OSError
        If it cannot be written there.
    ValueError
        If the header has what JSON does not know.
    """
    arrays = [
        np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")
        for array in saved.arrays.values()
    ]
    digest = _new_digest()
    for array in arrays:
        digest.update(_bytes(array))
    table = [
        [name, array.dtype.name, list(array.shape)] for name, array in saved.arrays.items()
    ]
    header = _to_json({**saved.header, "arrays": table, "digest": digest.hexdigest()})
    with replaced(path, rehearse=rehearse) as file:
        file.write(_MAGIC + len(header).to_bytes(8, "little"))
        file.write(_new_digest(header).digest())
        file.write(header)
        for array in arrays:
            file.write(_bytes(array))


def _bytes(array: Array) -> memoryview:
    """Return the bytes of an array, not copied."""
    return array.reshape(-1).view(np.uint8).data


def _to_json(header: dict[str, Any]) -> bytes:
    try:
        return json.dumps(header).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"Checkpoint cannot write what get_state() of a callback returned: {error}. Let it "
            "return numbers, texts, lists and dicts of them."
        ) from error


def _new_digest(data: bytes = b"") -> "hashlib.blake2b":
    return hashlib.blake2b(data, digest_size=_DIGEST_SIZE)


def read_checkpoint(path: str | os.PathLike[str], expected: Expected) -> Saved:
    """Read and check a file of :class:`Checkpoint`.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    expected : Expected
        What is demanded of it.

    Returns
    -------
    Saved

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no checkpoint, one of another format, damaged or not as expected.
    """
    with naming_file(path), _opened(path) as (file, size):
        header = _read_header(path, file, size)
        table = _read_table(header)
        expected.check_header(header, table)
        saved = Saved(header, _read_arrays(path, file, table, header["digest"], size))
        expected.check_arrays(saved)
        return saved


@contextmanager
def naming_file(path: Any) -> Iterator[None]:
    """Add the name of the file to errors about its fields."""
    try:
        yield
    except FieldError as error:
        raise ValueError(
            f"resume_from={str(path)!r} has a field that no checkpoint of this fit has: "
            f"{error}. Resume from another file, or start again without resume_from."
        ) from error


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[tuple[BufferedReader, int]]:
    """Open a regular file; anything else might never end, or never begin."""
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        is_file = stat.S_ISREG(os.stat(os.fspath(path)).st_mode)
        descriptor = os.open(path, flags) if is_file else None
    except (TypeError, ValueError) as error:
        raise ValueError(f"resume_from={path!r} must be the path of a file.") from error
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"resume_from={str(path)!r}: there is no such file. Check the path, or leave "
            "resume_from out to start again."
        ) from error
    if descriptor is None:
        _no_checkpoint(path, "it is not a regular file")
    with os.fdopen(descriptor, "rb") as file:
        yield file, os.fstat(descriptor).st_size


def _no_checkpoint(path: Any, reason: str) -> NoReturn:
    raise ValueError(
        f"resume_from={str(path)!r} is not a checkpoint of LightMLP: {reason}. Pass a file "
        "that lightmlp.callbacks.Checkpoint wrote."
    )


def _damaged(path: Any, reason: str) -> NoReturn:
    raise ValueError(
        f"resume_from={str(path)!r} is damaged: {reason}. Resume from a copy of it, or start "
        "again without resume_from."
    )


def _read_header(path: Any, file: BufferedReader, size: int) -> dict[str, Any]:
    start = file.read(_START)
    if not start.startswith(_MAGIC):
        _no_checkpoint(
            path, "it is empty" if not start else f"it does not begin with {_MAGIC!r}"
        )
    length = int.from_bytes(start[len(_MAGIC) : len(_MAGIC) + 8], "little")
    if len(start) < _START or length > size - _START:
        _damaged(path, f"it ends after {size} bytes, within its header")
    content = _read_text(path, file, length)
    if _new_digest(content).digest() != start[-_DIGEST_SIZE:]:
        _damaged(path, "its header has another digest than the one written with it")
    try:
        header = json.loads(content.decode(), object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        _no_checkpoint(path, f"its header is not JSON ({error})")
    if not isinstance(header, dict):
        refuse("the header", header, "an object with named members")
    if "format" not in header:
        raise FieldError(f"the header lacks 'format', expected {FORMAT}")
    if integer("format", header["format"]) != FORMAT:
        raise ValueError(
            f"resume_from={str(path)!r} has format {header['format']}, and this version of "
            f"LightMLP reads format {FORMAT}. Resume with the version that wrote it: "
            f"{text('lightmlp', header.get('lightmlp'))[:40]}."
        )
    return header


def _read_text(path: Any, file: BufferedReader, length: int) -> bytes:
    """Read a text piece by piece: a file with holes may claim any size, and holes are zeros."""
    pieces: list[bytes] = []
    while length > 0:
        piece = file.read(min(length, _CHUNK))
        if not piece or b"\0" in piece:
            _damaged(path, "its header is not a text")
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise FieldError("an object of the header has a member twice, expected once")
    return found


def _read_table(header: dict[str, Any]) -> Table:
    table: Table = {}
    for index, entry in enumerate(items("arrays", header.get("arrays"))):
        label = f"arrays[{index}]"
        if len(items(label, entry)) != 3:
            refuse(label, entry, "name, dtype and shape")
        name = text(f"the name in {label}", entry[0])
        dtype = text(f"the dtype in {label}", entry[1], _DTYPES)
        shape = items(f"the shape in {label}", entry[2])
        if name in table or len(shape) > _MOST_DIMENSIONS:
            refuse(label, entry, "another name in each, and three dimensions at most")
        table[name] = dtype, tuple(integer(f"a length in {label}", n) for n in shape)
    text("digest", header.get("digest"))
    return table


def _read_arrays(
    path: Any, file: BufferedReader, table: Table, digest: str, size: int
) -> dict[str, Array]:
    n_bytes = sum(math.prod(shape) * np.dtype(name).itemsize for name, shape in table.values())
    if (wanted := file.tell() + n_bytes) != size:
        _damaged(path, f"it has {size} bytes, expected {wanted}")
    found, arrays = _new_digest(), {}
    for name, (dtype, shape) in table.items():
        array = np.empty(shape, dtype=np.dtype(dtype).newbyteorder("<"))
        if file.readinto(_bytes(array)) != array.nbytes:
            _damaged(path, f"it ends within {name}")
        found.update(_bytes(array))
        arrays[name] = array.astype(dtype, copy=False)
    if found.hexdigest() != digest:
        _damaged(path, "its arrays have another digest than the one written with them")
    return arrays
