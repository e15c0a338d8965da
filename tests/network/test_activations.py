"""Every row of ACTIVATIONS, whatever it is."""

import numpy as np
import pytest

from lightmlp.network import ACTIVATIONS

rows = pytest.mark.parametrize("row", ACTIVATIONS.values(), ids=ACTIVATIONS)
GATED = {"silu", "gelu", "gelu_tanh", "mish", "hard_silu"}
RANGES = {
    "identity": (-30, np.inf),
    "leaky_relu": (-0.3, np.inf),
    "relu6": (0, 6),
    "selu": (-1.7581, np.inf),
    "softplus": (0, np.inf),
    "silu": (-0.2785, np.inf),
    "gelu": (-0.1700, np.inf),
    "gelu_tanh": (-0.1700, np.inf),
    "mish": (-0.3088, np.inf),
    "hard_silu": (-0.375, np.inf),
    "logistic": (0, 1),
    "hard_sigmoid": (0, 1),
    "tanh": (-1, 1),
    "hard_tanh": (-1, 1),
    "softsign": (-1, 1),
    "lecun_tanh": (-1.7159, 1.7159),
}
# f(-2.5), f(-0.5), f(0.75) and f(4), as PyTorch 2.13 computes them.
KNOWN = {
    "identity": (-2.5, -0.5, 0.75, 4),
    "logistic": (0.0758581800212, 0.377540668798, 0.679178699175, 0.982013790038),
    "tanh": (-0.986614298151, -0.46211715726, 0.635148952387, 0.999329299739),
    "relu": (0, 0, 0.75, 4),
    "leaky_relu": (-0.025, -0.005, 0.75, 4),
    "relu6": (0, 0, 0.75, 4),
    "squared_relu": (0, 0, 0.5625, 16),
    "elu": (-0.917915001376, -0.393469340287, 0.75, 4),
    "selu": (-1.61378575887, -0.691758187803, 0.788025740517, 4.20280394942),
    "celu": (-0.917915001376, -0.393469340287, 0.75, 4),
    "softplus": (0.0788897342925, 0.47407698418, 1.13687100611, 4.01814992792),
    "silu": (-0.189645450053, -0.188770334399, 0.509384024382, 3.92805516015),
    "gelu": (-0.0155241633144, -0.154268769363, 0.580029485717, 3.99987331503),
    "gelu_tanh": (-0.01508426609, -0.154285990175, 0.579960555166, 3.99992975405),
    "mish": (-0.196816203907, -0.220743774652, 0.610018335218, 3.99741280698),
    "hard_silu": (-0.208333333333, -0.208333333333, 0.46875, 4),
    "softsign": (-0.714285714286, -0.333333333333, 0.428571428571, 0.8),
    "hard_tanh": (-1, -0.5, 0.75, 1),
    "hard_sigmoid": (0.0833333333333, 0.416666666667, 0.625, 1),
    # PyTorch has none: from the paper's formula in decimal arithmetic.
    "lecun_tanh": (-1.59769097751, -0.551683706331, 0.792946830142, 1.69941104904),
}
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@rows
def test_known_values(row):
    values = row.forward(np.array([-2.5, -0.5, 0.75, 4.0]))
    np.testing.assert_allclose(values, KNOWN[row.name], rtol=1e-11)


@rows
def test_derivative_is_the_slope_of_forward(row):
    z = np.linspace(-7.1, 7.1, 100)  # on none of the kinks -3, -1, 0, 1, 3 and 6
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
    z = np.linspace(-20, 20, 401)
    if row.name in GATED:  # they dip below zero on the left
        z = z[z >= 0]
    assert (np.diff(row.forward(z)) >= 0).all()


@rows
def test_documented_range_holds(row):
    """The bounds that the docstrings give, found anew on a fine grid."""
    lowest, highest = RANGES.get(row.name, (0 if "relu" in row.name else -1, np.inf))
    a = row.forward(np.linspace(-30, 30, 60001))
    assert lowest - 1e-4 <= a.min() <= lowest + (0.05 if row.name == "softsign" else 1e-4)
    assert np.isinf(highest) or highest - 0.05 <= a.max() <= highest


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
    # 1 - a, 1 - a^2 and 1 + erf cancel where they are near 0: some units of rounding of 1
    # remain, which gelu multiplies by z and its tanh's derivative by z^2.
    slack = 1e-6 if row.name in GATED else 0.0
    np.testing.assert_allclose(row.forward(z), row.forward(wide), rtol=1e-6, atol=slack)
    slack = max(slack, 3e-7)
    np.testing.assert_allclose(row.derivative(z), row.derivative(wide), rtol=1e-6, atol=slack)
