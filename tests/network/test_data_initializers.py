"""Initial weights and biases that fit training rows."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone

from lightmlp.network import (
    BatchNorm,
    CategoricalEmbedding,
    Columns,
    Dropout,
    LayerNorm,
    Linear,
    MixedTable,
    Network,
    ParametricActivation,
    Part,
    PeriodicEmbedding,
    Scale,
    initialize,
)
from lightmlp.network.activations import find_activation
from lightmlp.network.data_initializers import HePlus, UnitDeviation

NETWORK = Network.dense([6, 30, 20, 2], "relu", "squared_error")
BOTH = {"initialization": UnitDeviation(), "bias_initialization": HePlus()}
OF_ROUNDING = 2e-6  # 20 bits


def draw_rows(n_rows=40, n_columns=6, seed=1):
    rng = np.random.default_rng(seed)
    return rng.normal(3.0, np.logspace(-3, 3, n_columns), (n_rows, n_columns))


def draw(network=NETWORK, rows=None, seed=0, **options):
    options = BOTH | options
    rows = draw_rows() if rows is None else rows
    return initialize(network, "relu", np.random.RandomState(seed), rows=rows, **options)


def pre_activations(parameters, rows, network=NETWORK):
    """Those of each linear layer without its bias, and the outputs of the layers before."""
    found, values = [], rows
    for index in range(0, len(network.layers), 2):
        own = parameters.of_layer(index)
        found.append(values @ own["weight"])
        values = find_activation("relu").forward(found[-1] + own["bias"])
    return found


def test_pre_activations_of_every_layer_have_unit_deviation():
    for Z in pre_activations(draw(), draw_rows()):
        np.testing.assert_allclose(Z.std(axis=0), 1, rtol=OF_ROUNDING)


def test_gain():
    parameters = draw(initialization=UnitDeviation(gain=0.25))
    for Z in pre_activations(parameters, draw_rows()):
        np.testing.assert_allclose(Z.std(axis=0), 0.25, rtol=OF_ROUNDING)


def test_directions_are_the_normal_draws():
    drawn = np.random.RandomState(0).normal(0, 6**-0.5, (6, 30))
    ratios = draw()["layers.0.weight"] / drawn
    np.testing.assert_allclose(ratios, np.tile(ratios[0], (6, 1)), rtol=1e-12)


def test_every_neuron_changes_its_sign_within_the_rows():
    parameters = draw()
    sums = pre_activations(parameters, draw_rows())
    for Z, b in zip(sums, parameters.of_role("bias"), strict=True):
        assert (Z.min(axis=0) <= -b * (1 + OF_ROUNDING)).all()
        assert (-b <= Z.max(axis=0) * (1 + OF_ROUNDING)).all()


def test_one_point_is_a_row():
    parameters = draw(bias_initialization=HePlus(n_points=1))
    sums = pre_activations(parameters, draw_rows())
    for Z, b in zip(sums, parameters.of_role("bias"), strict=True):
        assert abs(Z + b).min(axis=0).max() < 1e-5


def test_points_are_uniform_in_the_simplex():
    """Of three points each share follows Beta(1, 2), and two together Beta(2, 1)."""
    outputs = np.tile(np.array([[0.0], [1.0]]), 20000)
    b = HePlus(3).adapt(np.random.RandomState(0), np.zeros(20000), outputs)
    # Whether one or two of the points are at 1, each in 3 of 8 cases: both distributions
    # together are uniform.
    assert -b.mean() == pytest.approx(0.5, abs=0.01)
    inner = -b[(b < 0) & (b > -1)]
    assert len(inner) / len(b) == pytest.approx(6 / 8, abs=0.02)
    assert inner.var() == pytest.approx(1 / 12, rel=0.03)


@pytest.mark.parametrize(
    ("options", "reads"),
    [
        ({"initialization": "he_normal", "bias_initialization": HePlus()}, "bias"),
        ({"initialization": UnitDeviation(), "bias_initialization": "auto"}, "weight"),
        ({"initialization": UnitDeviation(), "bias_initialization": 0.5}, "weight"),
    ],
)
def test_each_goes_with_other_initialisers(options, reads):
    parameters = draw(**options)
    other = draw(rows=10 * draw_rows(), **options)
    is_same = [(parameters[name] == other[name]).all() for name in parameters]
    assert is_same == [reads == "bias", reads == "weight"] * 3


def test_the_other_bits_of_the_draws_do_not_depend_on_rows():
    """What reads no rows draws the same with them as without."""
    options = {"initialization": "glorot_normal", "bias_initialization": 0.0}
    without = initialize(NETWORK, "relu", np.random.RandomState(0), **options)
    np.testing.assert_array_equal(draw(**options).flatten(), without.flatten())


def test_both_dtypes_start_from_the_same_numbers():
    one, other = draw(dtype=np.float32), draw()
    assert one.dtype == np.float32
    np.testing.assert_array_equal(one.flatten(), other.flatten().astype(np.float32))


def test_sparse_rows_give_what_dense_ones_give():
    X = np.where(np.random.default_rng(0).random((40, 6)) < 0.5, draw_rows(), 0)
    np.testing.assert_array_equal(
        draw(rows=sparse.csr_matrix(X)).flatten(), draw(rows=X).flatten()
    )


def test_last_bits_of_sums_do_not_matter():
    """Another order of the rows adds them up otherwise; the weights stay the same."""
    rows = draw_rows()
    options = {"bias_initialization": 0.0}
    np.testing.assert_array_equal(
        draw(rows=rows, **options).flatten(), draw(rows=rows[::-1], **options).flatten()
    )


@pytest.mark.parametrize("n_rows", [1, 2, 3])
def test_few_rows(n_rows):
    rows = draw_rows(n_rows)
    parameters = draw(rows=rows)
    assert parameters.are_finite()
    if n_rows == 1:  # every point is the row, at which all pre-activations are then zero
        drawn = np.random.RandomState(0).normal(0, 6**-0.5, (6, 30))
        np.testing.assert_array_equal(parameters["layers.0.weight"], drawn)
        Z = rows @ parameters["layers.0.weight"] + parameters["layers.0.bias"]
        np.testing.assert_allclose(Z, 0, atol=1e-5 * abs(rows).max())


@pytest.mark.parametrize("value", [0.0, 0.1, 1e300])
def test_constant_rows_keep_the_weights_as_drawn(value):
    parameters = draw(rows=np.full((50, 6), value))
    drawn = np.random.RandomState(0).normal(0, 6**-0.5, (6, 30))
    np.testing.assert_array_equal(parameters["layers.0.weight"], drawn)
    assert parameters.are_finite()


def test_a_neuron_behind_a_dead_layer_keeps_its_weights():
    """With biases far below the pre-activations no rectifier is active."""
    parameters = draw(bias_initialization=-1e9)
    assert parameters.are_finite()
    np.testing.assert_allclose(parameters["layers.2.weight"].std(), 30**-0.5, rtol=0.1)


def test_features_of_any_scale():
    for scale in (1e-150, 1e-30, 1e30, 1e150):
        for Z in pre_activations(draw(rows=scale * draw_rows()), scale * draw_rows())[:1]:
            np.testing.assert_allclose(Z.std(axis=0), 1, rtol=OF_ROUNDING)


@pytest.mark.parametrize("norm", [BatchNorm, LayerNorm])
def test_shifts_in_place_of_biases(norm):
    layers = (
        Linear(6, 9, bias=False), norm(9), ParametricActivation(9, "relu"), Dropout(9, 0.5),
        Linear(9, 2),
    )  # fmt: skip
    network, rows = Network(layers, "squared_error", 0.0), draw_rows()
    parameters = draw(network, rows)
    Z = rows @ parameters["layers.0.weight"]
    np.testing.assert_allclose(Z.std(axis=0), 1, rtol=OF_ROUNDING)
    axis = 0 if norm is BatchNorm else 1
    normed = (Z - Z.mean(axis, keepdims=True)) / np.sqrt(Z.var(axis, keepdims=True) + 1e-5)
    shift = parameters["layers.1.shift"]
    assert (normed.min(axis=0) <= -shift).all()
    assert (-shift <= normed.max(axis=0)).all()
    assert (parameters["layers.1.scale"] == 1).all()
    last = np.maximum(normed + shift, 0) @ parameters["layers.4.weight"]  # nothing is dropped
    np.testing.assert_allclose(last.std(axis=0), 1, rtol=OF_ROUNDING)


COLUMNS = Columns(
    6, 1, (Part((0, 1, 2)), Part((3,), PeriodicEmbedding(1, 3, 4)),
           Part((0,), CategoricalEmbedding(3, 2))),
)  # fmt: skip


def test_rows_pass_through_embeddings():
    network = Network((COLUMNS, Scale(9), Linear(9, 5)), "squared_error", 0.0)
    rows = MixedTable(draw_rows(), np.arange(40, dtype=np.int32)[:, np.newaxis] % 3)
    parameters = draw(network, rows)
    entered = COLUMNS.forward(parameters.of_layer(0), rows, None)[0]
    deviations = (entered @ parameters["layers.2.weight"]).std(axis=0)
    np.testing.assert_allclose(deviations, 1, rtol=OF_ROUNDING)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rows": draw_rows()[:0]}, r"rows has the shape \(0, 6\), expected one row or more"),
        ({"rows": draw_rows(5, 4)}, r"rows has the shape \(5, 4\), expected .* 6 columns"),
        (
            {"rows": np.full((5, 6), np.inf)},
            r"UnitDeviation\(\): rows make layers.0. comp",
        ),
        ({"rows": np.full((5, 6), np.nan)}, "not finite. Scale the features"),
        ({"initialization": HePlus()}, r"initialization=HePlus\(\) makes biases only"),
        ({"bias_initialization": UnitDeviation()}, "bias_initialization=Unit.* weights only"),
        ({"bias_initialization": HePlus(0)}, "'n_points' parameter of HePlus"),
        ({"initialization": UnitDeviation(0)}, "'gain' parameter of UnitDeviation"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        draw(**options)


def test_missing_rows():
    message = r"initialization='zeros' with bias_initialization=HePlus\(\) reads .*: pass rows"
    with pytest.raises(ValueError, match=message):
        initialize(
            NETWORK, "relu", np.random.RandomState(0),
            initialization="zeros", bias_initialization=HePlus(),
        )  # fmt: skip


def test_linear_layers_among_other_parts():
    columns = Columns(6, 0, (Part((0, 1), Linear(2, 4)), Part((2,))))
    network = Network((columns, Linear(5, 1)), "squared_error", 0.0)
    message = r"cannot initialise layers.0.parts.0.weight, a part among others"
    with pytest.raises(ValueError, match=message):
        draw(network)


@pytest.mark.parametrize("initializer", [UnitDeviation(2.0), HePlus(3)])
def test_they_are_settings(initializer):
    initializer.validate()
    assert clone(initializer) == initializer
    for section in ("References\n", "Examples\n", ".. math::"):
        assert section in type(initializer).__doc__
