"""Errors of the project's own exp, log, tanh, erf and their like, in units of rounding."""

import numpy as np
import pytest
from scipy.special import erf

pytest.importorskip("lightmlp._native")

from lightmlp.engines.base import TrainingData
from lightmlp.engines.native import NativeEngine
from lightmlp.network import Network, Parameters

SCALES = (1e-3, 0.1, 0.7, 1.5, 20.0, 80.0)


def points(dtype):
    rng = np.random.default_rng(0)
    values = [rng.uniform(-scale, scale, 20_000) for scale in SCALES]
    if dtype == np.float64:
        values.append(rng.uniform(-700, 700, 20_000))
    return np.concatenate(values).astype(dtype)


def activation(name, x):
    network = Network.dense([1, 1, 1], name, "squared_error")
    parameters = Parameters.of_buffer(network.parameters, np.array([1, 0, 1, 0], x.dtype))
    return NativeEngine().hidden_activations(network, parameters, x[:, None])[0][:, 0]


def link(loss, x):
    network = Network.dense([1, 1], "identity", loss)
    parameters = Parameters.of_buffer(network.parameters, np.array([1, 0], x.dtype))
    return NativeEngine().forward(network, parameters, x[:, None])[:, 0]


def largest_error(values, exact):
    """Largest error in ULP of the values' own precision, where exact is a normal number."""
    rounded = exact.astype(values.dtype)
    normal = np.abs(exact) > np.finfo(values.dtype).tiny
    error = np.abs(values[normal].astype(np.longdouble) - exact[normal])
    return float((error / np.spacing(np.abs(rounded[normal]))).max())


needs_long_double = pytest.mark.skipif(
    np.finfo(np.longdouble).nmant <= np.finfo(np.float64).nmant,
    reason="long double is no wider than double here",
)


@needs_long_double
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_errors_stay_below_the_stated_bounds(dtype):
    x = points(dtype)
    exact = x.astype(np.longdouble)
    assert largest_error(link("poisson", x), np.exp(exact)) < 1.1
    assert largest_error(activation("tanh", x), np.tanh(exact)) < 1.5
    assert largest_error(activation("logistic", x), 1 / (1 + np.exp(-exact))) < 3
    assert largest_error(link("binary_log_loss", x), 1 / (1 + np.exp(-exact))) < 3


@needs_long_double
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_errors_of_elu_and_softplus(dtype):
    x = points(dtype)
    exact = x.astype(np.longdouble)
    negative = np.minimum(exact, 0)
    assert largest_error(activation("elu", x), np.where(x > 0, exact, np.expm1(negative))) < 2
    softplus = np.maximum(exact, 0) + np.log1p(np.exp(-np.abs(exact)))
    assert largest_error(activation("softplus", x), softplus) < 2


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_error_function_in_gelu(dtype):
    """2 gelu(z) / z is 1 + erf(z / sqrt(2)), a number from 0 to 2.

    z / sqrt(2) is rounded, which erf amplifies by up to 0.5, a sum and a product round too, and
    so does the erf compared with.
    """
    z = np.concatenate([points(dtype), np.linspace(-9, 9, 20_001).astype(dtype)])
    z = z[np.abs(z) > 1e-3]
    wide = z.astype(np.longdouble)
    found = activation("gelu", z) / wide * 2
    exact = 1 + erf((wide / np.sqrt(np.longdouble(2))).astype(np.float64))
    unit = np.finfo(dtype).eps
    assert np.abs(found - exact).max() < 3 * unit
    assert np.abs((found - exact)[z < -1.5]).max() < 1.5 * unit
    np.testing.assert_array_equal(activation("gelu", np.array([-1e4, -100, -50], dtype)), 0)


@needs_long_double
def test_logarithm_in_the_poisson_loss():
    """With one row, target y and score 0 the loss is y log(y) - y + 1."""
    network = Network.dense([1, 1], "identity", "poisson")
    parameters = Parameters.zeros(network.parameters, float)
    for y in (1e-300, 1e-5, 0.5, 0.70710678, 1.0, 1.41421356, 3.0, 1e5, 1e200):
        data = TrainingData(np.zeros((1, 1)), np.array([[y]]))
        loss, _ = NativeEngine().loss_and_gradients(network, parameters, data)
        exact = np.longdouble(y)
        expected = exact * np.log(exact) - exact + 1
        assert loss == pytest.approx(float(expected), rel=1e-15, abs=3e-16)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_special_values(dtype):
    x = np.array([0.0, np.inf, -np.inf, np.nan, 1e4, -1e4], dtype)
    np.testing.assert_array_equal(activation("tanh", x), [0, 1, -1, np.nan, 1, -1])
    np.testing.assert_array_equal(activation("logistic", x), [0.5, 1, 0, np.nan, 1, 0])
    np.testing.assert_array_equal(activation("relu", x), [0, np.inf, 0, np.nan, 1e4, 0])
    np.testing.assert_array_equal(link("poisson", x), [1, np.inf, 0, np.nan, np.inf, 0])
