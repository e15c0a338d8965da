"""Both engines through the same steps, and how close they must stay."""

from functools import partial

import numpy as np
import pytest

from lightmlp.engines import get_engine
from lightmlp.network import Parameters


@pytest.fixture
def both():
    """The native engine, then the reference."""
    return get_engine("native"), get_engine("reference")


@pytest.fixture
def assert_close():
    return _assert_close


@pytest.fixture
def assert_same_run(both):
    return partial(_assert_same_run, both)


def _assert_close(native, reference, *, rtol=None, atol=0.0):
    """Compare nested lists of arrays and numbers.

    The engines add in different orders and have different exp, tanh and log, so that they
    differ by some units of rounding from the first step on, and each step amplifies that.
    After ten steps differences below 1e-13 of the largest entry are observed in float64,
    which is 450 units of rounding; 450 units of float32 are 5e-5. The absolute part is for
    entries that cancel to about zero; ``atol`` is added to it.
    """
    if isinstance(native, Parameters):
        assert list(native) == list(reference)
        native, reference = list(native.values()), list(reference.values())
    if isinstance(native, (list, tuple)):
        assert len(native) == len(reference)
        for one, two in zip(native, reference, strict=True):
            _assert_close(one, two, rtol=rtol, atol=atol)
        return
    native, reference = np.asarray(native), np.asarray(reference)
    assert native.dtype == reference.dtype
    assert native.shape == reference.shape
    if rtol is None:
        rtol = 1e-10 if native.dtype == np.float64 else 1e-4
    scale = np.abs(reference).max(initial=0.0)
    np.testing.assert_allclose(native, reference, rtol=rtol, atol=rtol * scale + atol)


def _assert_same_run(
    engines, problem, optimizer, orders, *, batch_size, learning_rate=0.05, n_threads=None
):
    """Train with both engines; compare losses, parameters, state and, at the end, gradients."""
    single = problem.values.dtype == np.float32
    runs = [
        engine.start_training(
            *problem.parameters,
            problem.data,
            optimizer,
            None,
            batch_size=batch_size,
            n_threads=n_threads,
        )
        for engine in engines
    ]
    for order in orders:
        losses = [run.train_epoch(order, learning_rate) for run in runs]
        _assert_close(*losses, rtol=1e-4 if single else 1e-10)
    _assert_close(*(run.parameters() for run in runs))
    states = [run.optimizer_state() for run in runs]
    assert states[0].n_steps == states[1].n_steps
    _assert_close(*(state.slots for state in states))
    _assert_close(*(run.forward(problem.data.X) for run in runs))

    parameters = runs[1].parameters()
    results = [
        engine.loss_and_gradients(
            problem.network, parameters, problem.data, n_threads=n_threads
        )
        for engine in engines
    ]
    _assert_close(results[0][0], results[1][0], rtol=1e-5 if single else 1e-12)
    # Gradients of biases are sums that may cancel: the largest entry of all is the measure.
    rtol = 1e-4 if single else 1e-10
    largest = max(np.abs(array).max() for array in results[1][1].values())
    _assert_close(results[0][1:], results[1][1:], rtol=rtol, atol=rtol * largest)
