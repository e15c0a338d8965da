"""Every kind of layer by itself: derivatives, parameters, and how it is written down."""

import json
from dataclasses import replace

import numpy as np
import pytest

from lightmlp.network import (
    LAYERS,
    Activation,
    BatchNorm,
    CustomLoss,
    Dropout,
    LayerNorm,
    Linear,
    LossSettings,
    Network,
    Parameters,
    Place,
    TrainingStep,
    layer_from_dict,
)
from lightmlp.network.layers import ROLES

LAYERS_TO_TEST = {
    "linear": Linear(3, 4),
    "without bias": Linear(3, 4, bias=False),
    "batch": BatchNorm(3),
    "layer": LayerNorm(3),
    "gelu": Activation(3, "gelu"),
    "tanh": Activation(3, "tanh"),
    "dropout": Dropout(3, 0.4),
}
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


def test_every_kind_is_tested():
    assert {type(layer) for layer in LAYERS_TO_TEST.values()} == set(LAYERS.values())


@layers
@places
def test_derivatives_are_central_differences(layer, place):
    rng = np.random.default_rng(0)
    own, inputs = own_parameters(layer, rng), rng.normal(size=(6, 3))
    outputs, memory = layer.forward(own, inputs, place)
    direction = rng.normal(size=outputs.shape)
    found = layer.gradients(own, memory, direction, place)
    found["inputs"] = layer.backward(own, memory, direction, place)
    trained = {spec.name for spec in layer.parameters if spec.trained}
    assert set(found) == trained | {"inputs"}
    for name, gradient in found.items():
        array = inputs if name == "inputs" else own[name]
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
    inputs = rng.normal(size=(6, 3)).astype(np.float32)
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
    outputs, _ = layer.forward(
        own_parameters(layer, np.random.default_rng(0)), np.ones((2, layer.n_inputs)), Place(1)
    )
    assert outputs.shape == (2, layer.n_outputs)


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
