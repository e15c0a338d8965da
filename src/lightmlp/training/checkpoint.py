"""The callback that writes a training run to a file, from which a fit can go on."""

import os
from numbers import Integral
from pathlib import Path

from .callbacks import Callback, TrainingState

__all__ = ["Checkpoint"]


class Checkpoint(Callback):
    """Writes the state of training to a file, from which ``fit`` can go on.

    After a crash, a power cut or ``kill -9``, ``fit(X, y, resume_from=path)`` with the same
    data and parameters arrives at the same bits as a run without interruption: the file
    has the parameters, the best ones so far, the solver's state, the random stream, the
    order of rows, learning rate, curves, counts, and what the other callbacks recorded.
    ``max_iter``, ``max_time``, ``verbose``, ``n_threads`` and ``callbacks`` may differ.

    A new file takes the place of the old one at once: it is written beside it, forced to
    the disk and renamed. The begin of a fit tries all of this but the renaming, so that
    what cannot be written fails before time is spent. Reading a file of doubtful origin
    runs no code, and whatever is not as this fit would have written it is refused. A file
    that was written with an instruction set that rounds otherwise (``LIGHTMLP_ISA=baseline``
    against the others) is taken with a warning. For
    'sgd' and 'adam', in ``fit``.

    Parameters
    ----------
    path : str or os.PathLike
        The file, in an existing directory; a relative path starts from the working
        directory of the moment in which this object is made. A symbolic link is followed,
        an earlier file's mode is kept. Fits that run at the same time (``n_jobs``) need
        files of their own.
    every : int, default=1
        Epochs from file to file, >= 1. The last epoch is always written, unless training
        diverged in it.

    Raises
    ------
    OSError
        At the begin of a fit, if the path cannot be written or is no regular file.
    ValueError
        There too, if the fit cannot be resumed ('lbfgs', ``partial_fit``).

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
        if not isinstance(every, Integral) or isinstance(every, bool) or every < 1:
            raise ValueError(
                f"every={every!r} must be >= 1, an integer: the epochs from file to file."
            )
        self.path: Path = Path(path).absolute()
        self.every: int = int(every)

    def on_fit_begin(self, state: TrainingState) -> None:
        """Refuse what could not be written, before any time is spent."""
        state.check_can_save(self.path)

    def on_epoch_end(self, state: TrainingState) -> None:
        """Write, if it is the epoch's turn; what diverged leaves the earlier file alone."""
        if state.stop_reason == "diverged":
            return
        if state.epoch % self.every == 0 or state.stop_reason is not None:
            state.save(self.path)
