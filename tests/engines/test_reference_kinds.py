"""Networks with embeddings, scales and parametric activations on the reference engine."""

import numpy as np
import pytest

from lightmlp.engines import TrainingData, get_engine
from lightmlp.engines.base import StepRules
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
from lightmlp.solvers import SGD, Adam

PARTS = (
    Part((0,)),
    Part((0, 2), PiecewiseLinearEmbedding(((-1.0, 0.0, 0.5), (0.0, 1.0)), 2, "tanh")),
    Part((1, 2), PeriodicEmbedding(2, 2, 3, activation="silu")),
    Part((1,), CategoricalEmbedding(4, 2)),
    Part((0,), OneHot(4)),
    Part((2,), BatchNorm(1)),
)
SEQUENCE = (
    Columns(3, 2, PARTS),
    Scale(18),
    Linear(18, 5),
    ParametricActivation(5, "mish"),
    Dropout(5, 0.2),
    Linear(5, 4, bias=False),
    LayerNorm(4),
    Activation(4, "tanh"),
    Linear(4, 3),
)
NETWORK = Network(SEQUENCE, "log_loss", 0.1)
TRAINED = [name for name, spec in NETWORK.parameters.items() if spec.trained]
EMBEDDINGS = [name for name in TRAINED if name.startswith(("layers.0.", "layers.1."))]
engine = get_engine("reference")


def test_every_kind_is_in_the_network():
    kinds = {type(layer) for layer in SEQUENCE} | {type(part.encoder) for part in PARTS}
    assert kinds >= set(LAYERS.values())


def draw_data(dtype=float, n_rows=20):
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(n_rows, 3)).astype(dtype)
    X = MixedTable(numbers, rng.integers(0, 4, (n_rows, 2), dtype=np.int32))
    weight = rng.integers(1, 4, n_rows).astype(dtype)
    return TrainingData(X, rng.integers(0, 3, n_rows).astype(np.int32), weight)


def draw_parameters(dtype=float):
    return initialize(NETWORK, "mish", np.random.RandomState(0), dtype=dtype)


def train(dtype=float, optimizer=None, **rules):
    data, parameters = draw_data(dtype), draw_parameters(dtype)
    run = engine.start_training(
        NETWORK, parameters, data, optimizer or Adam(), None,
        batch_size=8, rules=StepRules(**rules), seed=3,
    )  # fmt: skip
    losses = [run.train_epoch(np.arange(20), 0.01) for _ in range(3)]
    return parameters, run.parameters(), losses


@pytest.mark.parametrize("step", [None, 2], ids=["predicts", "trains"])
def test_gradients_of_a_whole_network_are_central_differences(step):
    data, parameters = draw_data(), draw_parameters()
    _, gradients = engine.loss_and_gradients(NETWORK, parameters, data, step=step)
    buffer, found = parameters.flatten(), gradients.flatten()
    trained = np.concatenate(
        [np.full(spec.size, spec.trained) for spec in NETWORK.parameters.values()]
    )
    assert (found[~trained] == 0).all()
    for index in np.flatnonzero(trained):
        kept, losses = buffer[index], []
        for value in (kept + 1e-6, kept - 1e-6):
            buffer[index] = value
            losses.append(engine.loss_and_gradients(NETWORK, parameters, data, step=step)[0])
        buffer[index] = kept
        assert found[index] == pytest.approx((losses[0] - losses[1]) / 2e-6, 1e-5, 1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("optimizer", [SGD(), Adam()])
def test_three_epochs_change_every_trained_parameter(dtype, optimizer):
    before, after, losses = train(dtype, optimizer)
    assert np.isfinite(losses).all()
    assert after.dtype == dtype
    for name in TRAINED:
        assert (before[name] != after[name]).any(), name
    assert losses[-1] < losses[0]
    running = "layers.0.parts.5.running_mean"
    assert (before[running] != after[running]).any()


def test_codes_that_do_not_occur_have_no_gradient():
    data = draw_data()
    data.X.codes[data.X.codes == 3] = 2
    _, gradients = engine.loss_and_gradients(NETWORK, draw_parameters(), data)
    assert (gradients["layers.0.parts.3.weight"][3] == 0).all()
    assert (gradients["layers.0.parts.3.weight"][:3] != 0).all()


def test_embeddings_are_frozen_with_the_first_linear_layer():
    before, after, _ = train(n_frozen=1)
    moved = {name for name in before if (before[name] != after[name]).any()}
    assert moved == {name for name in before if NETWORK.depths[name] > 0}


def test_embeddings_learn_at_the_rate_of_the_first_linear_layer():
    before, after, _ = train(layer_rates=(0.0, 1.0, 1.0))
    moved = {name for name in TRAINED if (before[name] != after[name]).any()}
    assert moved == {name for name in TRAINED if NETWORK.depths[name] > 0}


def test_predictions_of_some_rows():
    data, parameters = draw_data(), draw_parameters()
    outputs = engine.forward(NETWORK, parameters, data.X)
    assert outputs.shape == (20, 3)
    rows = np.array([3, 0, 19])
    taken = data.take(rows)
    np.testing.assert_allclose(
        engine.forward(NETWORK, parameters, taken.X), outputs[rows], rtol=1e-12
    )
    hidden = engine.hidden_activations(NETWORK, parameters, data.X)
    assert [layer.shape for layer in hidden] == [(20, 5), (20, 4)]


def test_a_code_out_of_range_is_an_error():
    data = draw_data()
    data.X.codes[4, 1] = 4
    with pytest.raises(ValueError, match=r"CategoricalEmbedding.* has the codes 0 to 3, got 4"):
        engine.forward(NETWORK, draw_parameters(), data.X)
