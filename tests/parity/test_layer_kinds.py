"""Every kind of layer on both engines: outputs, gradients and training."""

import hashlib
import json
import os

import numpy as np
import pytest

from lightmlp.engines import StepRules, TrainingData, get_engine
from lightmlp.network import (
    LAYERS,
    Activation,
    BatchNorm,
    CategoricalEmbedding,
    Columns,
    Dropout,
    LayerNorm,
    Linear,
    MixedTable,
    Network,
    OneHot,
    ParametricActivation,
    Part,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
    Scale,
    initialize,
)
from lightmlp.training.optimizers import SGD, AdamW, Muon

EDGES = ((-2.0, -0.5, 0.1, 0.2, 2.0), (-1.0, 1.0), (-3.0, -1.0, 0.0, 4.0))
MIXED = (
    Part((2, 0), PiecewiseLinearEmbedding(EDGES[:2], 5, "silu")),
    Part((1,)),
    Part((1,), PeriodicEmbedding(1, 3, 4, 0.3, "identity")),
    Part((0,), CategoricalEmbedding(7, 3)),
)
NETWORKS = {
    "piecewise": (PiecewiseLinearEmbedding(EDGES, 6), Linear(18, 5), Activation(5, "tanh"),
                  Linear(5, 2)),
    "piecewise of 17": (PiecewiseLinearEmbedding(EDGES, 17, "gelu"), Linear(51, 2)),
    "periodic": (PeriodicEmbedding(3, 9, 6), Linear(18, 5), Activation(5, "relu"),
                 Linear(5, 2)),
    "periodic of 20": (PeriodicEmbedding(3, 20, 20, 1.0, "softplus"), Linear(60, 2)),
    "scale": (Scale(3), Linear(3, 5), Activation(5, "relu"), Scale(5), Linear(5, 2)),
    "scaled norm": (Linear(3, 5, bias=False), BatchNorm(5), Scale(5), Activation(5, "gelu"),
                    Dropout(5, 0.3), Linear(5, 2)),
    "parametric": (Linear(3, 20), ParametricActivation(20, "selu"), Dropout(20, 0.2),
                   Linear(20, 5, bias=False), LayerNorm(5), ParametricActivation(5, "silu"),
                   Linear(5, 2)),
    "no bias": (Linear(3, 5, bias=False), Activation(5, "relu"), Linear(5, 2, bias=False)),
    "embedded": (Columns(3, 2, MIXED), Linear(18, 5), Activation(5, "tanh"), Linear(5, 2)),
    "dropped": (Columns(3, 2, MIXED), Scale(18), Dropout(18, 0.3), Linear(18, 5),
                Activation(5, "tanh"), Linear(5, 2)),
    "one-hot": (Columns(3, 2, (Part((0, 1, 2)), Part((0,), OneHot(7)), Part((1,), OneHot(40)))),
                Linear(50, 5), Activation(5, "relu"), Linear(5, 2)),
    "one-hot alone": (Columns(0, 2, (Part((0,), OneHot(7)), Part((1,), OneHot(40)))),
                      Linear(47, 5), Activation(5, "relu"), Linear(5, 2)),
    "embedded and one-hot": (Columns(3, 2, (*MIXED, Part((1,), OneHot(40)))), Linear(58, 35),
                             Activation(35, "relu"), Linear(35, 2)),
    "scaled one-hot": (Columns(3, 2, (Part((1,), OneHot(40)), Part((2,)))), Scale(41),
                       Linear(41, 5), Activation(5, "relu"), Linear(5, 2)),
}  # fmt: skip
networks = pytest.mark.parametrize("layers", NETWORKS.values(), ids=NETWORKS)
TOLERANCES = {np.float32: 2e-4, np.float64: 1e-9}
dtypes = pytest.mark.parametrize("dtype", TOLERANCES)
OPTIMIZERS = {"sgd": SGD(), "adamw": AdamW(weight_decay=0.1), "muon": Muon()}
RULES = {
    "none": StepRules(),
    "rates": StepRules(
        weight_decay=0.1, role_rates={"scale": 6.0, "bias": 0.1, "embedding": 0.5}
    ),
    "whole": StepRules(clip_norm=0.05, max_norm=0.8, weight_decay=0.1),
    "values": StepRules(clip_value=0.01),
}


def make(layers, dtype, n_rows=150, weighted=True):
    rng = np.random.default_rng(3)
    network = Network(layers, "squared_error", alpha=0.01, l1=0.002)
    X = rng.normal(size=(n_rows, 3)).astype(dtype)
    first = layers[0]
    if isinstance(first, Columns):
        codes = np.stack([rng.integers(0, 7, n_rows), rng.integers(0, 40, n_rows)], axis=1)
        X = MixedTable(X[:, : first.n_numbers], codes.astype(np.int32))
    targets = rng.normal(size=(n_rows, 2)).astype(dtype)
    weight = rng.integers(0, 3, n_rows).astype(dtype) if weighted else None
    random_state = np.random.RandomState(0)
    parameters = initialize(network, "relu", random_state, dtype=dtype)
    for name, spec in network.parameters.items():
        if spec.role in ("scale", "activation"):
            parameters[name][...] = rng.uniform(0.5, 1.5, spec.shape)
    return network, parameters, TrainingData(X, targets, weight)


def both(function):
    return [function(get_engine(name)) for name in ("native", "reference")]


def test_every_kind_is_in_a_network():
    kinds = {type(layer) for layers in NETWORKS.values() for layer in layers}
    kinds |= {
        type(part.encoder)
        for layers in NETWORKS.values()
        if isinstance(layers[0], Columns)
        for part in layers[0].parts
    }
    assert kinds >= set(LAYERS.values())


@networks
@dtypes
def test_outputs_and_hidden_layers(layers, dtype):
    network, parameters, data = make(layers, dtype)
    outputs = both(lambda engine: engine.forward(network, parameters, data.X))
    np.testing.assert_allclose(*outputs, rtol=TOLERANCES[dtype], atol=TOLERANCES[dtype])
    hidden = both(lambda engine: engine.hidden_activations(network, parameters, data.X))
    for ours, theirs in zip(*hidden, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=TOLERANCES[dtype], atol=TOLERANCES[dtype])
    few = both(lambda engine: engine.forward(network, parameters, data.X[:2]))
    np.testing.assert_allclose(*few, rtol=TOLERANCES[dtype], atol=TOLERANCES[dtype])


@networks
@dtypes
@pytest.mark.parametrize("step", [None, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_loss_and_gradients(layers, dtype, step, weighted):
    network, parameters, data = make(layers, dtype, weighted=weighted)
    (loss, found), (expected, wanted) = both(
        lambda engine: engine.loss_and_gradients(network, parameters, data, step=step, seed=5)
    )
    assert loss == pytest.approx(expected, rel=TOLERANCES[dtype])
    for name, gradient in wanted.items():
        np.testing.assert_allclose(
            found[name], gradient, rtol=20 * TOLERANCES[dtype], atol=TOLERANCES[dtype]
        )


@networks
@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_epochs(layers, n_threads, rules, optimizer):
    network, parameters, data = make(layers, np.float64)
    order = np.arange(150, dtype=np.int64)[::-1].copy()

    def train(engine):
        training = engine.start_training(
            network, parameters, data, optimizer, None,
            batch_size=140, n_threads=n_threads, rules=rules, seed=7,
        )  # fmt: skip
        losses = [training.train_epoch(order, rate) for rate in (0.02, 0.01)]
        return losses, training.parameters()

    (losses, found), (wanted_losses, wanted) = both(train)
    np.testing.assert_allclose(losses, wanted_losses, rtol=1e-9)
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-6, atol=1e-8)


def digest(layers, dtype, n_rows, n_threads):
    """Return a digest of the parameters after two epochs."""
    network, parameters, data = make(layers, dtype, n_rows)
    training = get_engine("native").start_training(
        network, parameters, data, AdamW(), None,
        batch_size=min(n_rows, 300), n_threads=n_threads, seed=7,
    )  # fmt: skip
    for _ in range(2):
        training.train_epoch(np.arange(n_rows, dtype=np.int64), 0.01)
    return hashlib.sha256(training.parameters().flatten().tobytes()).hexdigest()


@networks
@dtypes
@pytest.mark.parametrize("n_rows", [40, 700])
def test_bits_do_not_depend_on_threads(layers, dtype, n_rows):
    assert len({digest(layers, dtype, n_rows, n_threads) for n_threads in (1, 2, 3)}) == 1


def test_bits_do_not_depend_on_the_instruction_set(lines_per_isa):
    script = (
        "import numpy as np; from test_layer_kinds import NETWORKS, digest\n"
        "for layers in NETWORKS.values():\n"
        "    print(*(digest(layers, dtype, 700, 2) for dtype in (np.float32, np.float64)))"
    )
    one, other = lines_per_isa(script, os.path.dirname(__file__))
    assert one == other
    assert len(one) == len(NETWORKS)


@networks
def test_networks_come_back_through_json(layers):
    network = Network(layers, "squared_error", alpha=0.1)
    assert Network.from_dict(json.loads(json.dumps(network.to_dict()))) == network


@pytest.mark.parametrize("n_frozen", [1, 2])
@pytest.mark.parametrize("name", ["embedded", "parametric", "scaled norm", "one-hot"])
def test_frozen_layers_stay(name, n_frozen):
    network, parameters, data = make(NETWORKS[name], np.float64)
    if n_frozen >= len(network.linear_layers):
        n_frozen = len(network.linear_layers) - 1
    training = get_engine("native").start_training(
        network, parameters, data, SGD(), None,
        batch_size=50, rules=StepRules(n_frozen=n_frozen),
    )  # fmt: skip
    training.train_epoch(np.arange(150, dtype=np.int64), 0.1)
    for key, after in training.parameters().items():
        if network.depths[key] < n_frozen:
            assert np.array_equal(after, parameters[key])
        elif network.parameters[key].trained:
            assert (after != parameters[key]).any()


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ((Linear(3, 2), BatchNorm(2), Linear(2, 2)), "BatchNorm follows a Linear with a bias"),
        ((LayerNorm(3), Linear(3, 2)), "LayerNorm follows the input"),
        ((Linear(3, 2), Activation(2, "relu")), "the loss follows Activation"),
        ((Linear(3, 3), PeriodicEmbedding(3, 2, 2), Linear(6, 2)), "PeriodicEmbedding follows"),
    ],
)
def test_what_has_no_step(layers, message):
    network = Network(layers, "squared_error", alpha=0.0)
    parameters = initialize(network, "relu", np.random.RandomState(0))
    with pytest.raises(ValueError, match=message + r".*Use engine='reference'"):
        get_engine("native").forward(network, parameters, np.zeros((9, 3)))


class TestCategories:
    network, parameters, data = make(NETWORKS["embedded"], np.float64)

    @pytest.mark.parametrize("code", [-1, 7, 2**31 - 1])
    def test_codes_out_of_range(self, code):
        codes = self.data.X.codes.copy()
        codes[3, 0] = code
        X = MixedTable(self.data.X.numbers, codes)
        for engine in map(get_engine, ("native", "reference")):
            with pytest.raises(ValueError, match=r"codes|categories"):
                engine.forward(self.network, self.parameters, X)

    def test_another_table(self):
        engine = get_engine("native")
        with pytest.raises(ValueError, match="3 columns of numbers and 2 of categories"):
            engine.forward(self.network, self.parameters, self.data.X.numbers)
