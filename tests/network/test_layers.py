"""Every kind of layer by itself: derivatives, parameters, and how it is written down."""

import json
from dataclasses import replace

import numpy as np
import pytest

from lightmlp.network import (
    LAYERS,
    Activation,
    BatchNorm,
    CategoricalEmbedding,
    Columns,
    CustomLoss,
    Dropout,
    LayerNorm,
    Linear,
    LossSettings,
    MixedTable,
    Network,
    OneHot,
    Parameters,
    ParametricActivation,
    Part,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
    Place,
    Scale,
    TrainingStep,
    layer_from_dict,
)
from lightmlp.network.layers import ROLES

EDGES = ((-1.0, 0.25), (-0.5, 0.0, 1.0), (-1.5, -0.7, -0.1, 0.3, 0.6))
ENCODERS = (
    Part((1,)),
    Part((0, 2), PiecewiseLinearEmbedding(EDGES[1:], 2, "tanh")),
    Part((2,), PeriodicEmbedding(1, 2, 3)),
    Part((1,), CategoricalEmbedding(4, 2)),
    Part((0,), OneHot(4)),
    Part((2, 1), BatchNorm(2)),
    Part((0,), Linear(1, 2)),
)
LAYERS_TO_TEST = {
    "linear": Linear(3, 4),
    "without bias": Linear(3, 4, bias=False),
    "batch": BatchNorm(3),
    "layer": LayerNorm(3),
    "gelu": Activation(3, "gelu"),
    "tanh": Activation(3, "tanh"),
    "dropout": Dropout(3, 0.4),
    "scale": Scale(3),
    "blended relu": ParametricActivation(3, "relu"),
    "blended mish": ParametricActivation(3, "mish"),
    "piecewise linear": PiecewiseLinearEmbedding(EDGES, 2),
    "piecewise linear, tanh": PiecewiseLinearEmbedding(EDGES, 3, "tanh"),
    "periodic": PeriodicEmbedding(3, 4, 2, 0.5),
    "periodic, identity": PeriodicEmbedding(3, 1, 2, activation="identity"),
    "categorical": CategoricalEmbedding(4, 3),
    "one hot": OneHot(4),
    "columns": Columns(3, 2, ENCODERS),
    "columns of numbers": Columns(3, 0, ENCODERS[:3]),
}
MORE = (Linear(18, 4), ParametricActivation(4, "relu"), Linear(4, 2))
layers = pytest.mark.parametrize("layer", LAYERS_TO_TEST.values(), ids=LAYERS_TO_TEST)
weight = np.array([1.0, 0.5, 2.0, 0.0, 1.5, 1.0])
STEP = TrainingStep(3, 5, weight)
PLACES = {
    "predicts": Place(1),
    "trains": Place(1, STEP),
    "frozen": Place(1, STEP, is_frozen=True),
}
places = pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)


def own_parameters(layer, rng):
    return {spec.name: rng.uniform(0.5, 1.5, spec.shape) for spec in layer.parameters}


def draw_inputs(layer, rng, dtype=float, n_rows=6):
    if layer.reads_codes:
        return rng.integers(0, layer.n_categories, (n_rows, 1), dtype=np.int32)
    if not isinstance(layer, Columns):
        return rng.normal(size=(n_rows, layer.n_inputs)).astype(dtype)
    numbers = rng.normal(size=(n_rows, layer.n_numbers)).astype(dtype)
    codes = rng.integers(0, 4, (n_rows, layer.n_codes), dtype=np.int32)
    return MixedTable(numbers, codes) if layer.n_codes else numbers


def test_every_kind_is_tested():
    assert {type(layer) for layer in LAYERS_TO_TEST.values()} == set(LAYERS.values())


@layers
@places
def test_derivatives_are_central_differences(layer, place):
    rng = np.random.default_rng(0)
    own, inputs = own_parameters(layer, rng), draw_inputs(layer, rng)
    outputs, memory = layer.forward(own, inputs, place)
    direction = rng.normal(size=outputs.shape)
    found = layer.gradients(own, memory, direction, place)
    found["inputs"] = layer.backward(own, memory, direction, place)
    trained = {spec.name for spec in layer.parameters if spec.trained}
    assert set(found) == trained | {"inputs"}
    for name, gradient in found.items():
        array = own.get(name, getattr(inputs, "numbers", inputs))
        if array.dtype == np.int32:
            assert (gradient == 0).all()
            continue
        for index in np.ndindex(*array.shape):
            kept, sums = array[index], []
            for value in (kept - 1e-6, kept + 1e-6):
                array[index] = value
                sums.append((layer.forward(own, inputs, place)[0] * direction).sum())
            array[index] = kept
            slope = (sums[1] - sums[0]) / 2e-6
            np.testing.assert_allclose(gradient[index], slope, rtol=1e-6, atol=1e-8)


@layers
def test_float32_stays_float32(layer):
    rng = np.random.default_rng(0)
    own = {name: array.astype(np.float32) for name, array in own_parameters(layer, rng).items()}
    inputs = draw_inputs(layer, rng, np.float32)
    place = Place(1, replace(STEP, sample_weight=weight.astype(np.float32)))
    outputs, memory = layer.forward(own, inputs, place)
    back = layer.backward(own, memory, outputs, place)
    gradients = layer.gradients(own, memory, outputs, place).values()
    assert {array.dtype for array in (outputs, back, *gradients)} == {np.dtype(np.float32)}


@layers
def test_what_is_written_down_comes_back_through_json(layer):
    assert layer_from_dict(json.loads(json.dumps(layer.to_dict()))) == layer


@layers
def test_parameters_have_a_role_and_the_layers_widths(layer):
    assert all(spec.role in ROLES for spec in layer.parameters)
    rng = np.random.default_rng(0)
    own = own_parameters(layer, rng)
    outputs, _ = layer.forward(own, draw_inputs(layer, rng, n_rows=2), Place(1))
    assert outputs.shape == (2, layer.n_outputs)


@layers
def test_draws_of_a_start_have_the_parameters_shape(layer):
    for spec in layer.parameters:
        if not isinstance(spec.start, float):
            draws = [spec.start.draw(np.random.RandomState(0), spec.shape) for _ in range(2)]
            assert draws[0].shape == spec.shape
            np.testing.assert_array_equal(*draws)


def test_running_statistics_follow_trained_batches_alone():
    layer, rng = BatchNorm(3), np.random.default_rng(0)
    for place in PLACES.values():
        own = own_parameters(layer, rng)
        before = {name: array.copy() for name, array in own.items()}
        layer.follow(own, layer.forward(own, rng.normal(size=(6, 3)), place)[1])
        moved = {name for name in own if (own[name] != before[name]).any()}
        follows = place.step is not None and not place.is_frozen
        assert moved == ({"running_mean", "running_variance"} if follows else set())


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"kind": "Convolution"}, "kind='Convolution' is no kind of layer, expected .* Linear"),
        ({"n_inputs": 3}, "kind=None is no kind of layer"),
        (
            {"kind": "Columns", "n_numbers": 1, "n_codes": 0, "parts": [{"column": [0]}]},
            "Columns has other settings: .*'column'",
        ),
        ({"kind": "Dropout", "width": 3, "p": 0.5}, "Dropout has other settings: .*'p'"),
    ],
)
def test_what_is_no_layer(written, message):
    with pytest.raises(ValueError, match=message):
        layer_from_dict(written)


class TestNetwork:
    network = Network.dense(
        [4, 3, 2, 5],
        ("tanh", "relu"),
        "log_loss",
        alpha=0.1,
        loss_settings=LossSettings(label_smoothing=0.1, groups=(2, 3)),
        normalization="batch",
        dropout=(0.0, 0.5),
        input_dropout=0.1,
    )

    def test_it_comes_back_through_json(self):
        written = json.loads(json.dumps(self.network.to_dict()))
        assert Network.from_dict(written) == self.network

    def test_layers_before_the_first_linear_one(self):
        network = Network((Columns(3, 2, ENCODERS), Scale(18), *MORE), "log_loss", 0.1)
        assert (network.n_features, network.widths, network.linear_layers) == (
            5, (5, 4, 2), (2, 4),
        )  # fmt: skip
        assert network.depths["layers.0.parts.2.frequencies"] == 0
        assert network.depths["layers.1.scale"] == 0
        assert network.depths["layers.3.blend"] == 0
        assert Network.from_dict(json.loads(json.dumps(network.to_dict()))) == network
        assert list(Parameters.zeros(network.parameters, float).of_layer(0))[:2] == [
            "parts.1.weight", "parts.1.bias",
        ]  # fmt: skip

    def test_columns_are_the_first_layer(self):
        with pytest.raises(ValueError, match=r"layers\[1\] is Columns, which has to be layers"):
            Network((Linear(3, 3), Columns(3, 0, ENCODERS[:3])), "squared_error", 0.0)

    @pytest.mark.parametrize(
        ("layers", "message"),
        [
            ((Linear(3, 4), Linear(5, 1)), r"layers\[1\].* has 4 outputs"),
            ((Linear(3, 4), Scale(1), Linear(4, 1)), r"layers\[1\].* has 4 outputs"),
            ((Columns(3, 2, ENCODERS), Linear(4, 1)), r"layers\[1\].* has 18 outputs"),
            ((), "must have a Linear"),
            ((Scale(3),), "must have a Linear"),
        ],
    )
    def test_layers_that_do_not_match(self, layers, message):
        with pytest.raises(ValueError, match=message):
            Network(layers, "squared_error", 0.0)

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: Linear(0, 2), "n_inputs=0 must be an integer"),
            (lambda: Linear(2, "a"), "n_outputs='a' must be an integer"),
            (lambda: Scale(True), "width=True must be an integer"),
            (lambda: BatchNorm(-1), "width=-1 must be an integer"),
            (lambda: Dropout(3, 1.5), "rate=1.5 must be a number"),
            (lambda: Activation(3, "nope"), "activation='nope' is unknown"),
            (lambda: ParametricActivation(3, "nope"), "activation='nope' is unknown"),
            (lambda: OneHot(3.5), "n_categories=3.5 must be an integer"),
        ],
    )
    def test_settings_out_of_range(self, make, message):
        with pytest.raises(ValueError, match=message):
            make()

    @pytest.mark.parametrize(
        "change",
        [
            {"loss": "nope"},
            {"alpha": "x"},
            {"loss_settings": {"nope": 1}},
            {"loss_settings": 3},
            {"layers": [3]},
            {"layers": [{"kind": ["Linear"]}]},
            {"layers": [{"kind": "Linear", "n_inputs": 2, "parts": [[0]]}]},
            {"layers": []},
        ],
    )
    def test_dictionaries_of_no_network(self, change):
        with pytest.raises(ValueError):  # noqa: PT011  each has words of its own
            Network.from_dict({**self.network.to_dict(), **change})
        with pytest.raises(ValueError, match=r"is not as Network\.to_dict"):
            Network.from_dict({})

    def test_functions_of_a_user_cannot_be_written_down(self):
        function = CustomLoss(lambda y, raw_scores, sample_weight: (0.0, raw_scores))
        settings = LossSettings(function=function)
        with pytest.raises(TypeError, match="loss that is a function"):
            replace(self.network, loss="custom", loss_settings=settings).to_dict()
        own = Network.dense([1, 1, 1], [(np.sin, np.cos)], "squared_error")
        with pytest.raises(TypeError, match=r"function=.* of Activation cannot be written"):
            own.to_dict()

    def test_names_and_depths(self):
        assert list(self.network.parameters)[:3] == [
            "layers.1.weight", "layers.2.shift", "layers.2.scale",
        ]  # fmt: skip
        assert list(self.network.depths.values()) == [0] * 5 + [1] * 5 + [2] * 2


class TestParameters:
    specs = Network.dense([2, 3, 1], "relu", "squared_error").parameters

    def test_arrays_are_views_of_the_buffer(self):
        parameters = Parameters.of_buffer(self.specs, np.arange(13.0))
        parameters["layers.2.bias"][0] = 7
        assert parameters.flatten()[-1] == 7
        assert parameters.copy().flatten() is not parameters.flatten()

    def test_arrays_of_their_own_are_joined(self):
        arrays = [np.full(spec.shape, i) for i, spec in enumerate(self.specs.values())]
        joined = Parameters(self.specs, arrays).flatten(np.float32)
        assert joined.dtype == np.float32
        assert joined.tolist() == [0] * 6 + [1] * 3 + [2] * 3 + [3]

    def test_by_role_and_by_layer(self):
        parameters = Parameters.zeros(self.specs, float)
        assert [W.shape for W in parameters.of_role("weight")] == [(2, 3), (3, 1)]
        assert list(parameters.of_layer(2)) == ["weight", "bias"]
        assert parameters.of_layer(1) == {}
