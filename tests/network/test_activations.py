"""Every row of ACTIVATIONS, whatever it is."""

import math

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
# Each function as its paper writes it, number by number.
FORMULAS = {
    "identity": lambda z: z,
    "logistic": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "relu": lambda z: max(z, 0),
    "leaky_relu": lambda z: max(z, 0) + 0.01 * min(z, 0),
    "relu6": lambda z: min(max(z, 0), 6),
    "squared_relu": lambda z: max(z, 0) ** 2,
    "elu": lambda z: z if z > 0 else math.exp(z) - 1,
    "selu": lambda z: 1.05070098735548 * (z if z > 0 else 1.67326324235438 * (math.exp(z) - 1)),
    "celu": lambda z: max(0, z) + min(0, math.exp(z) - 1),
    "softplus": lambda z: math.log(1 + math.exp(z)),
    "silu": lambda z: z / (1 + math.exp(-z)),
    "gelu": lambda z: z * (1 + math.erf(z / math.sqrt(2))) / 2,
    "gelu_tanh": lambda z: (
        0.5 * z * (1 + math.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))
    ),
    "mish": lambda z: z * math.tanh(math.log(1 + math.exp(z))),
    "hard_silu": lambda z: z * min(max(z + 3, 0), 6) / 6,
    "softsign": lambda z: z / (1 + abs(z)),
    "hard_tanh": lambda z: max(-1, min(1, z)),
    "hard_sigmoid": lambda z: min(max(z + 3, 0), 6) / 6,
    "lecun_tanh": lambda z: 1.7159 * math.tanh(2 * z / 3),
}
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@rows
def test_name_is_the_key(row):
    assert ACTIVATIONS[row.name] is row


@rows
def test_formula_of_the_paper(row):
    z = np.linspace(-8, 8, 81)
    expected = [FORMULAS[row.name](number) for number in z.tolist()]
    np.testing.assert_allclose(row.forward(z), expected, rtol=1e-13, atol=1e-15)


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
