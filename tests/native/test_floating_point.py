"""The caller's floating-point mode, which some libraries set to flush numbers near zero."""

import ctypes
import platform
import struct

import numpy as np
import pytest

pytest.importorskip("lightmlp._native")

from lightmlp.engines import threads
from lightmlp.engines.base import TrainingData
from lightmlp.engines.native import NativeEngine
from lightmlp.network import Network, Parameters, initialize
from lightmlp.solvers import Adam

# Offset of the control word in C's fenv_t, and its bits that flush subnormal numbers to zero.
_CONTROL = {"x86_64": (28, 0x8040), "aarch64": (0, 1 << 24)}

pytestmark = pytest.mark.skipif(
    platform.system() != "Linux" or platform.machine() not in _CONTROL,
    reason="knows the modes of x86-64 and ARM on Linux",
)


@pytest.fixture
def flush_to_zero():
    """Flush numbers near zero while the test runs; return what tells whether it is so."""
    libm = ctypes.CDLL("libm.so.6")
    before, changed = (ctypes.create_string_buffer(64) for _ in range(2))
    offset, bits = _CONTROL[platform.machine()]
    libm.fegetenv(before)
    libm.fegetenv(changed)
    word = struct.unpack_from("<I", changed, offset)[0]
    struct.pack_into("<I", changed, offset, word | bits)
    tiny = np.array([1e-310])

    def begin():
        libm.fesetenv(changed)

    def flushes():
        return (tiny * 0.5)[0] == 0

    begin.flushes = flushes
    yield begin
    libm.fesetenv(before)
    assert not flushes()


def digest(n_threads):
    """Bits of a training in which numbers near zero occur, and of predictions."""
    rng = np.random.RandomState(0)
    network = Network.dense((60, 130, 70, 2), "relu", "squared_error", alpha=1e-3)
    parameters = initialize(network, "relu", rng)
    parameters["layers.0.weight"][...] *= 1e-160
    X = rng.normal(size=(700, 60)) * 1e-150
    data = TrainingData(X, rng.normal(size=(700, 2)))
    training = NativeEngine().start_training(
        network, parameters, data, Adam(), None, batch_size=350, n_threads=n_threads
    )
    loss = training.train_epoch(np.arange(700), 1e-3)
    bits = training.parameters().flatten().tobytes()
    return loss, bits, training.optimizer_state().slots[0]["layers.0.weight"].tobytes()


def test_bits_do_not_depend_on_the_mode(flush_to_zero, monkeypatch):
    monkeypatch.setattr(threads, "available_cores", lambda: 3)
    expected = digest(1)
    flush_to_zero()
    assert flush_to_zero.flushes()
    for n_threads in (1, 2, 3):
        # First weights are drawn by NumPy, in the caller's mode; none of them is near zero.
        assert digest(n_threads) == expected
        assert flush_to_zero.flushes()  # the caller's mode is as it was


def test_products_near_zero_are_kept(flush_to_zero):
    network = Network.dense((1, 1), "relu", "squared_error")
    parameters = Parameters.of_buffer(network.parameters, np.array([1e-160, 0.0]))
    X = np.full((200, 1), 1e-150)
    expected = np.full((200, 1), 1e-310)
    flush_to_zero()
    outputs = NativeEngine().forward(network, parameters, X)
    few = NativeEngine().forward(network, parameters, X[:1])
    assert outputs.tobytes() == expected.tobytes()
    assert few.tobytes() == expected[:1].tobytes()
