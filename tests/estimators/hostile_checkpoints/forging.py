"""Checkpoints as somebody else could write them: taken apart, changed, with right digests."""

import copy
import hashlib
import json
import math
import warnings

import numpy as np

from lightmlp import MLPRegressor
from lightmlp.callbacks import Callback, Checkpoint
from lightmlp.exceptions import InconsistentVersionWarning

rng = np.random.RandomState(0)
X = rng.normal(size=(30, 3))
target = X[:, 0] - X[:, 1] ** 2

MAGIC = b"LightMLP checkpoint\n"
START = len(MAGIC) + 8 + 32

HOSTILE = [
    None, True, False, "x", "", -1, 0, 1.5, 2**28, -(2**28), 2**63, 2**70, 10**400,
    math.nan, math.inf, -math.inf, [], {}, [[[[]]]], [1, "x", None], {"x": {}},
]  # fmt: skip


NO_CHECKPOINT = r"run\.ckpt' is (damaged|not a checkpoint of LightMLP)"


class Anything:
    """Expects nothing of a checkpoint: what is found without it is found at once."""

    def check_header(self, header, table):
        pass

    def check_arrays(self, saved):
        pass


def blake(data):
    return hashlib.blake2b(data, digest_size=32)


def unpack(path):
    """Take a file apart: its header, and the bytes of its arrays."""
    content = path.read_bytes()
    assert content.startswith(MAGIC)
    length = int.from_bytes(content[len(MAGIC) : len(MAGIC) + 8], "little")
    return json.loads(content[START : START + length]), content[START + length :]


def pack(path, header, data, text=None):
    """Put a file together, with the digests that it should have."""
    if isinstance(header, dict) and "digest" in header:
        header = {**header, "digest": blake(data).hexdigest()}
    text = json.dumps(header).encode() if text is None else text
    path.write_bytes(
        MAGIC + len(text).to_bytes(8, "little") + blake(text).digest() + text + data
    )


def split(header, data):
    """Return the arrays by name."""
    arrays = {}
    for name, dtype, shape in header["arrays"]:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        arrays[name], data = np.frombuffer(data[:size], dtype).reshape(shape), data[size:]
    return arrays


def pack_arrays(path, header, arrays):
    table = [[name, array.dtype.name, list(array.shape)] for name, array in arrays.items()]
    data = b"".join(array.tobytes() for array in arrays.values())
    pack(path, {**header, "arrays": table}, data)


def model(**settings):
    settings = {"max_iter": 4, "random_state": 0, "early_stopping": True, **settings}
    return MLPRegressor(hidden_layer_sizes=(3,), **settings)


class StopAt(Callback):
    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_end(self, state):
        return state.epoch == self.epoch


def bits(fitted):
    state = fitted._optimizer.state
    arrays = [*fitted.coefs_, *fitted.intercepts_, *(slot.flatten() for slot in state.slots)]
    curves = fitted.loss_curve_, fitted.validation_scores_, fitted.validation_loss_curve_
    counts = fitted.n_iter_, fitted.t_, state.n_steps, fitted.best_validation_score_
    return [a.tobytes() for a in arrays], curves, counts


class Run:
    """A fit of four epochs, and its checkpoint of the second."""

    def __init__(self, path, **settings):
        self.path, self.settings = path, settings
        self.right = bits(model(**settings).fit(X, target))
        cut = model(**settings, callbacks=[Checkpoint(path), StopAt(2)])
        cut.fit(X, target)
        self.header, self.data = unpack(path)
        self.content = path.read_bytes()

    def resume(self, **settings):
        with warnings.catch_warnings():  # a hostile version is another version
            warnings.simplefilter("ignore", InconsistentVersionWarning)
            return model(**self.settings, **settings).fit(X, target, resume_from=self.path)

    def named(self, error):
        """Return what the error says, which must name the file."""
        assert repr(str(self.path)) in str(error)
        return str(error)

    def is_refused_or_right(self):
        """Resume; return the error, None if the bits are the right ones."""
        try:
            resumed = self.resume()
        except ValueError as error:
            return self.named(error)
        return None if bits(resumed) == self.right else "other bits"


def paths_into(value, path=()):
    """Yield the path of each member of nested dicts and lists; of long lists, three."""
    if path:
        yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths_into(inner, (*path, name))
    elif isinstance(value, list):
        for index in sorted({0, len(value) // 2, len(value) - 1} & set(range(len(value)))):
            yield from paths_into(value[index], (*path, index))


def with_value(header, path, value, remove=False):
    changed = copy.deepcopy(header)
    place = changed
    for step in path[:-1]:
        place = place[step]
    if remove:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed
