"""The state of a random stream, in parts that a checkpoint holds, and back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .fields import integer, members, number, refuse, text

__all__ = ["check_stream", "restore_stream", "saved_stream", "stream_arrays"]

Array = NDArray[Any]

# Largest values of a state's integers. NumPy does not look: beyond them it reads memory
# that is not its own.
_LARGEST = {
    "state.pos": 624,
    "state.state": 2**128 - 1,
    "state.inc": 2**128 - 1,
    "buffer_pos": 4,
    "has_uint32": 1,
    "uinteger": 2**32 - 1,
    "has_gauss": 1,
}
_KNOWN = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")


def _flat(random_state: np.random.RandomState) -> dict[str, Any]:
    """Return the parts of the state by name, those of ``state`` as ``state.key``."""
    state: dict[str, Any] = random_state.get_state(legacy=False)
    if state["bit_generator"] not in _KNOWN:
        raise ValueError(
            f"Checkpoint cannot write the state of random_state's bit generator "
            f"{state['bit_generator']}. Use one of {', '.join(_KNOWN)}, or an integer."
        )
    inner = {f"state.{name}": value for name, value in state.pop("state").items()}
    return {**state, **inner}


def saved_stream(random_state: np.random.RandomState | None) -> dict[str, Any] | None:
    """Return the numbers and texts of the state; None where nothing is drawn."""
    if random_state is None:
        return None
    parts = _flat(random_state).items()
    return {name: value for name, value in parts if not isinstance(value, np.ndarray)}


def stream_arrays(random_state: np.random.RandomState | None) -> dict[str, Array]:
    """Return the arrays of the state, by the names that they have in a checkpoint."""
    if random_state is None:
        return {}
    parts = _flat(random_state).items()
    return {f"random_{name}": value for name, value in parts if isinstance(value, np.ndarray)}


def check_stream(saved: Any, random_state: np.random.RandomState | None) -> None:
    """Check what :func:`saved_stream` returned, for a stream of the same kind.

    Raises
    ------
    FieldError
        If a part is missing, or not one that the generator can have.
    """
    own = saved_stream(random_state)
    if own is None:
        if saved is not None:
            refuse("random_state", saved, "null, since nothing is shuffled")
        return
    members("random_state", saved, own)
    for name, value in own.items():
        label = f"random_state[{name!r}]"
        if isinstance(value, str):
            text(label, saved[name], [value])
        elif isinstance(value, float):
            number(label, saved[name])
        else:
            integer(label, saved[name], 0, _LARGEST[name])


def restore_stream(
    random_state: np.random.RandomState, saved: dict[str, Any], arrays: dict[str, Array]
) -> None:
    """Bring a stream to a saved state, which has been checked."""
    parts = {
        name: arrays[f"random_{name}"] if isinstance(value, np.ndarray) else saved[name]
        for name, value in _flat(random_state).items()
    }
    inner = {name[6:]: value for name, value in parts.items() if name.startswith("state.")}
    outer = {name: value for name, value in parts.items() if not name.startswith("state.")}
    random_state.set_state({**outer, "state": inner})
