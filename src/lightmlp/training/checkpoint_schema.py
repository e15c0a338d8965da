"""What the checkpoint of a fit must hold, so that nothing in it can surprise who reads on."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..network import Network
from .checkpoint_arrays import MOST_ENTRIES, check_table, check_values, wanted_arrays
from .checkpoint_file import Saved, Table
from .fields import LARGEST_COUNT, integer, items, members, number, refuse, text
from .random_streams import check_stream
from .train_state import TrainState

__all__ = ["Division", "ExpectedCheckpoint"]

_HEADER = (
    "format", "lightmlp", "isa", "run", "arrays", "digest", "start", "n_iter", "n_steps",
    "seed", "augmentation_seed", "seconds", "random_state", "callbacks", "stopped_by",
)  # fmt: skip
_START = (
    "first_pass", "n_epochs", "n_steps", "n_samples", "scale", "first_epoch", "first_step",
    "count", "best_score",
)  # fmt: skip
_ISAS = ("avx512", "avx2", "neon", "baseline")
_LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class Division:
    """How the rows of a fit are divided.

    Parameters
    ----------
    n_rows : int
        Rows of X.
    validates : bool
        Whether rows are held out.
    of_X : bool
        Whether these are rows of X, so that a checkpoint tells which.
    by_splitter : bool
        Whether a splitter of the user's chose them, which may leave rows out or repeat
        them.
    """

    n_rows: int
    validates: bool
    of_X: bool
    by_splitter: bool


@dataclass(frozen=True)
class ExpectedCheckpoint:
    """What a fit expects of the checkpoint that it resumes.

    Parameters
    ----------
    run : dict
        Whose members the checkpoint's ``run`` must have.
    network : Network
        What is computed.
    state : TrainState
        As at the begin of a fit.
    dtype : dtype
        Of the parameters.
    loss_type : type
        NumPy scalar type of the losses.
    division : Division
        Of the rows.
    watch_score, restore_best : bool
        As :class:`~lightmlp.training.trainer.Trainer` has them.
    random_state : numpy.random.RandomState or None
        A stream of the kind that is expected; None: nothing is shuffled.
    seeded : bool
        Whether the stream begins at a seed, so that this fit has drawn what the other did.
    augments : bool
        Whether rows are augmented.
    compiled : bool
        Whether the compiled engine computes.
    """

    run: dict[str, Any]
    network: Network
    state: TrainState
    dtype: np.dtype[Any]
    loss_type: type[np.floating[Any]]
    division: Division
    watch_score: bool
    restore_best: bool
    random_state: np.random.RandomState | None
    seeded: bool
    augments: bool
    compiled: bool

    def check_header(self, header: dict[str, Any], table: Table) -> None:
        """Check all but the arrays' content.

        Raises
        ------
        FieldError
            Names the first field that is not as expected.
        """
        members("the header", header, _HEADER)
        text("lightmlp", header["lightmlp"])
        if self.compiled:
            text("isa", header["isa"], _ISAS)
        elif header["isa"] is not None:
            refuse("isa", header["isa"], "null, since the reference engine computes")
        members("run", header["run"], self.run)
        self._check_start(header["start"])
        integer("n_iter", header["n_iter"], 1, MOST_ENTRIES)
        integer("n_steps", header["n_steps"])
        self._check_seeds(header)
        number("seconds", header["seconds"], low=0.0)
        check_stream(header["random_state"], self.random_state)
        _check_callbacks(header)
        check_table(wanted_arrays(self, header, table), table)

    def check_arrays(self, saved: Saved) -> None:
        """Check what the arrays hold.

        Raises
        ------
        FieldError
            Names the first array that is not as expected.
        """
        check_values(self, saved)

    def _check_start(self, start: Any) -> None:
        members("start", start, _START)
        if type(start["first_pass"]) is not bool:
            refuse("start['first_pass']", start["first_pass"], "true or false")
        most = 0 if start["first_pass"] else LARGEST_COUNT
        for name in ("n_epochs", "n_steps", "n_samples", "count"):
            integer(f"start[{name!r}]", start[name], 0, most)
        integer("start['first_epoch']", start["first_epoch"], 0, start["n_epochs"])
        integer("start['first_step']", start["first_step"], 0, start["n_steps"])
        number("start['scale']", start["scale"], 1.0 if start["first_pass"] else 0.0, 1.0)
        if start["best_score"] is not None:
            if start["first_pass"] or not self.division.validates:
                refuse("start['best_score']", start["best_score"], "null")
            number("start['best_score']", start["best_score"])

    def _check_seeds(self, header: dict[str, Any]) -> None:
        drawn = not self.network.drops or (self.seeded and header["start"]["first_pass"])
        least, most = (self.state.seed,) * 2 if drawn else (0, _LARGEST_SEED)
        integer("seed", header["seed"], least, most)
        if self.augments:
            integer("augmentation_seed", header["augmentation_seed"], 0, 2**31 - 1)
        elif header["augmentation_seed"] is not None:
            refuse("augmentation_seed", header["augmentation_seed"], "null: no augmentation")


def _check_callbacks(header: dict[str, Any]) -> None:
    names = []
    for index, entry in enumerate(items("callbacks", header["callbacks"])):
        if len(items(f"callbacks[{index}]", entry)) != 2:
            refuse(f"callbacks[{index}]", entry, "a name and a state")
        names.append(text(f"the name in callbacks[{index}]", entry[0]))
        members(f"the state in callbacks[{index}]", entry[1])
    for index, name in enumerate(items("stopped_by", header["stopped_by"])):
        text(f"stopped_by[{index}]", name, names)
