"""Every row of ACTIVATIONS, whatever it is."""

import numpy as np
import pytest

from lightmlp.network import ACTIVATIONS

rows = pytest.mark.parametrize("row", ACTIVATIONS.values(), ids=ACTIVATIONS)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@rows
def test_name_is_the_key(row):
    assert ACTIVATIONS[row.name] is row


@rows
def test_derivative_is_the_slope_of_forward(row):
    z = np.linspace(-6, 6, 100)  # without 0, the kink of relu
    h = 1e-6
    slope = (row.forward(z + h) - row.forward(z - h)) / (2 * h)
    np.testing.assert_allclose(row.derivative(z, row.forward(z)), slope, rtol=1e-7, atol=1e-9)


@rows
def test_derivative_finds_the_activation_itself(row):
    z = np.linspace(-6, 6, 13)
    np.testing.assert_array_equal(row.derivative(z), row.derivative(z, row.forward(z)))


@rows
@dtypes
def test_extreme_inputs_stay_finite_and_keep_their_dtype(row, dtype):
    z = np.array([[-1e4, -1e2, 0.0], [1e-30, 1e2, 1e4]], dtype=dtype)
    for values in (row.forward(z), row.derivative(z, row.forward(z))):
        assert values.dtype == dtype
        assert values.shape == z.shape
        assert np.isfinite(values).all()


@rows
def test_forward_is_increasing(row):
    assert (np.diff(row.forward(np.linspace(-20, 20, 401))) >= 0).all()


@rows
def test_nan_is_not_hidden(row):
    assert np.isnan(row.forward(np.array([np.nan])))


@rows
def test_input_is_left_alone(row):
    z = np.linspace(-2, 2, 5)
    before = z.copy()
    row.derivative(z, row.forward(z))
    np.testing.assert_array_equal(z, before)


def test_relu_has_slope_zero_at_its_kink():
    assert ACTIVATIONS["relu"].derivative(np.array([-0.0, 0.0])).tolist() == [0.0, 0.0]


@rows
def test_float32_agrees_with_float64(row):
    z = np.linspace(-20, 20, 101, dtype=np.float32)
    wide = z.astype(np.float64)
    np.testing.assert_allclose(row.forward(z), row.forward(wide), rtol=1e-6)
    # 1 - a and 1 - a^2 cancel where a is near 1: half a unit of rounding of 1 remains.
    np.testing.assert_allclose(row.derivative(z), row.derivative(wide), rtol=1e-6, atol=2e-7)
