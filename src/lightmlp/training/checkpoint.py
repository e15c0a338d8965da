"""Checkpoints: a training run in one file, written so that a crash cannot spoil it.

The file is a NumPy archive (``.npz``) of plain arrays, one of which is a JSON text with
everything else. Reading it runs no code, as unpickling would.
"""

import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .callbacks import Callback, TrainingState

__all__ = ["FORMAT", "Checkpoint", "Saved", "read_checkpoint", "write_checkpoint"]

Array = NDArray[Any]

FORMAT = 1
_HEADER = "header"


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

    def family(self, prefix: str) -> list[Array]:
        """Return the arrays ``prefix0``, ``prefix1`` and so on."""
        found: list[Array] = []
        while (array := self.arrays.get(f"{prefix}{len(found)}")) is not None:
            found.append(array)
        return found


class Checkpoint(Callback):
    """Writes the state of training to a file, from which ``fit`` can go on.

    After a crash, a power cut or ``kill -9``, ``fit(X, y, resume_from=path)`` with the same
    data and parameters arrives at the same bits as a run without interruption: the file
    has the parameters, the best ones so far, the solver's state, the random stream, the
    order of rows, learning rate, curves, counts, and what the other callbacks recorded.
    ``max_iter``, ``max_time``, ``verbose``, ``n_threads`` and ``callbacks`` may differ.

    A new file takes the place of the old one at once: it is written beside it, forced to
    the disk and renamed. It is a NumPy archive with JSON, not a pickle: reading a file of
    doubtful origin runs no code. For 'sgd' and 'adam', in ``fit``.

    Parameters
    ----------
    path : str or os.PathLike
        The file, in an existing directory. Fits that run at the same time (``n_jobs``)
        need files of their own.
    every : int, default=1
        Epochs from file to file, >= 1. The last epoch is always written, unless training
        diverged in it.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from lightmlp import MLPRegressor
    >>> from lightmlp.callbacks import Checkpoint
    >>> path = Path(tempfile.mkdtemp()) / "model.ckpt"
    >>> X, y = [[0.0], [1.0], [2.0]], [0.0, 1.0, 4.0]
    >>> model = MLPRegressor(tol=1e-3, n_iter_no_change=3, random_state=0)
    >>> _ = model.set_params(max_time=1e-9, callbacks=[Checkpoint(path)])
    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):  # it ends before it has converged
    ...     model.fit(X, y).n_iter_
    1
    >>> _ = model.set_params(max_time=None)
    >>> model.fit(X, y, resume_from=path).n_iter_ > 1
    True
    """

    def __init__(self, path: str | os.PathLike[str], every: int = 1) -> None:
        if every < 1:
            raise ValueError(f"every={every} must be >= 1: the epochs from file to file.")
        self.path, self.every = Path(path), every

    def on_fit_begin(self, state: TrainingState) -> None:
        """Refuse what could not be written, before any time is spent."""
        state.check_can_save()
        if not self.path.absolute().parent.is_dir():
            raise FileNotFoundError(
                f"Checkpoint(path={str(self.path)!r}): there is no directory "
                f"{str(self.path.absolute().parent)!r}. Create it."
            )

    def on_epoch_end(self, state: TrainingState) -> None:
        """Write, if it is the epoch's turn; what diverged leaves the earlier file alone."""
        if state.stop_reason == "diverged":
            return
        if state.epoch % self.every == 0 or state.stop_reason is not None:
            state.save(self.path)


def write_checkpoint(path: Path, saved: Saved) -> None:
    """Write a file that is either the old one or the new one, whatever happens."""
    header = np.frombuffer(json.dumps(saved.header).encode(), dtype=np.uint8)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            np.savez(file, **{_HEADER: header}, **saved.arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    if os.name == "posix":  # the rename itself must reach the disk
        directory = os.open(path.absolute().parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def read_checkpoint(path: str | os.PathLike[str]) -> Saved:
    """Read a file of :class:`Checkpoint`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no checkpoint, or one of another format.
    """
    if not Path(path).exists():
        raise FileNotFoundError(
            f"resume_from={str(path)!r}: there is no such file. Check the path, or leave "
            "resume_from out to start anew."
        )
    try:
        # Opened here, since NumPy leaves open what turns out to be no archive.
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        header = json.loads(arrays.pop(_HEADER).tobytes())
        version = header["format"]
    except (ValueError, KeyError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"resume_from={str(path)!r} is not a checkpoint of LightMLP: {error}"
        ) from error
    if version != FORMAT:
        raise ValueError(
            f"resume_from={str(path)!r} has format {version}, and this version of LightMLP "
            f"reads format {FORMAT}. Resume with the version that wrote it: "
            f"{header.get('lightmlp')}."
        )
    return Saved(header, arrays)
