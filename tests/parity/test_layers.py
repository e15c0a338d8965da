"""Dropout, normalisation, penalties and the rules around a step: both engines agree."""

import numpy as np
import pytest

from lightmlp.engines import get_engine
from lightmlp.engines.base import StepRules
from lightmlp.network import Network, Parameters
from lightmlp.solvers import SGD, Adam, AdamW, Lion, Muon

pytest.importorskip("lightmlp._native")

SEED = 5
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["f32", "f64"])
storage = pytest.mark.parametrize("csr", [False, True], ids=["dense", "csr"])
weighting = pytest.mark.parametrize("weighted", [False, True], ids=["equal", "weighted"])
kinds = pytest.mark.parametrize("normalization", [None, "batch", "layer"])
LAYERS = {
    "plain": {},
    "dropout": {"dropout": (0.3, 0.5)},
    "input dropout": {"input_dropout": 0.4},
    "both": {"dropout": 0.25, "input_dropout": 0.1},
    "l1": {"l1": 0.2},
}
layers = pytest.mark.parametrize("more", LAYERS.values(), ids=LAYERS)
activations = pytest.mark.parametrize(
    "activation", ["relu", "tanh", "gelu", ("identity", "mish")]
)


@pytest.fixture
def make_normalized(make_problem):
    """Build a problem whose hidden layers are normalised, or drop, as the arguments say."""

    def make(activation, more, normalization=None, widths=(5, 19, 8, 3), n_rows=33, **kind):
        problem = make_problem("log_loss", activation, widths, n_rows, **kind)
        network = Network.dense(
            widths, activation, "log_loss", alpha=0.1, normalization=normalization, **more
        )
        rng = np.random.default_rng(1)
        values = Parameters.zeros(network.parameters, problem.values.dtype)
        draws = {
            "scale": lambda n: rng.normal(1, 0.2, n),
            "running_mean": lambda n: rng.normal(0, 0.3, n),
            "running_variance": lambda n: rng.uniform(0.5, 2, n),
        }
        given = {role: iter(problem.values.of_role(role)) for role in ("weight", "bias")}
        for name, spec in network.parameters.items():
            draw = draws.get(spec.name)
            values[name][...] = next(given[spec.role]) if draw is None else draw(spec.shape)
        return type(problem)(network, values, problem.data)

    return make


@kinds
@layers
@activations
@dtypes
@storage
@weighting
@pytest.mark.parametrize("step", [None, 3])
def test_loss_and_gradients(
    make_normalized, both, assert_close, normalization, more, activation, dtype, csr, weighted,
    step,
):  # fmt: skip
    problem = make_normalized(
        activation, more, normalization, dtype=dtype, csr=csr, weighted=weighted
    )
    results = [
        engine.loss_and_gradients(*problem.parameters, problem.data, step=step, seed=SEED)
        for engine in both
    ]
    rtol = 1e-5 if dtype == np.float32 else 1e-12
    assert_close(results[0][0], results[1][0], rtol=rtol)
    scale = max(np.abs(array).max() for array in results[1][1].values())
    assert_close(results[0][1:], results[1][1:], rtol=10 * rtol, atol=10 * rtol * scale)


@kinds
@activations
@dtypes
@storage
@pytest.mark.parametrize("n_rows", [1, 7, 100])
def test_predictions(
    make_normalized, both, assert_close, normalization, activation, dtype, csr, n_rows
):
    problem = make_normalized(
        activation, {"dropout": 0.5}, normalization, n_rows=n_rows, dtype=dtype, csr=csr
    )
    rtol = 1e-5 if dtype == np.float32 else 1e-13
    X = problem.data.X
    for method in ("forward", "hidden_activations"):
        one, other = (getattr(engine, method)(*problem.parameters, X) for engine in both)
        assert_close(one, other, rtol=rtol)


RULES = {
    "none": StepRules(),
    "clip": StepRules(clip_norm=0.05, clip_value=0.02),
    "clip nothing": StepRules(clip_norm=100.0),
    "limit": StepRules(max_norm=0.7),
    "decay": StepRules(weight_decay=0.3),
    "frozen": StepRules(n_frozen=2),
    "rates": StepRules(layer_rates=(0.0, 0.5, 2.0)),
    "all": StepRules(0.05, 0.1, 0.2, 0.8, 1, (1.0, 0.5, 2.0)),
}
OPTIMIZERS = {"sgd": SGD(), "adam": Adam(), "adamw": AdamW(), "lion": Lion(), "muon": Muon()}


def run_both(both, problem, optimizer, rules, *, batch_size, n_threads=None):
    rng = np.random.default_rng(0)
    runs = [
        engine.start_training(
            *problem.parameters, problem.data, optimizer, None,
            batch_size=batch_size, n_threads=n_threads, rules=rules, seed=SEED,
        )
        for engine in both
    ]  # fmt: skip
    losses = []
    for _ in range(2):
        order = rng.permutation(problem.data.X.shape[0])
        losses.append([run.train_epoch(order, 0.02) for run in runs])
    return runs, np.array(losses)


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
@kinds
@storage
def test_ten_steps_by_every_rule(
    make_normalized, both, assert_close, rules, optimizer, normalization, csr
):
    """33 rows in batches of 8: the last one has a single row."""
    more = {"dropout": (0.2, 0.0), "input_dropout": 0.1, "l1": 0.05}
    problem = make_normalized("tanh", more, normalization, csr=csr)
    runs, losses = run_both(both, problem, optimizer, rules, batch_size=8)
    np.testing.assert_allclose(losses[:, 0], losses[:, 1], rtol=1e-9)
    assert_close(*(run.parameters() for run in runs), rtol=1e-8)
    assert_close(*(run.optimizer_state().slots for run in runs), rtol=1e-8)
    assert_close(*(run.forward(problem.data.X) for run in runs), rtol=1e-8)


@kinds
@layers
@dtypes
@storage
@weighting
@pytest.mark.parametrize("n_threads", [1, 3])
def test_large_batches_of_several_threads(
    make_normalized, both, assert_close, normalization, more, dtype, csr, weighted, n_threads
):
    problem = make_normalized(
        ("relu", "silu"), more, normalization, (30, 70, 33, 3), 300,
        dtype=dtype, csr=csr, weighted=weighted,
    )  # fmt: skip
    runs, losses = run_both(
        both, problem, SGD(), StepRules(), batch_size=130, n_threads=n_threads
    )
    rtol = 1e-3 if dtype == np.float32 else 1e-9
    np.testing.assert_allclose(losses[:, 0], losses[:, 1], rtol=rtol)
    assert_close(*(run.parameters() for run in runs), rtol=rtol)


@kinds
@pytest.mark.parametrize("rules", [StepRules(), StepRules(clip_norm=0.1, max_norm=1.0)])
def test_same_bits_for_any_number_of_threads(make_normalized, normalization, rules):
    more = {"dropout": 0.3, "input_dropout": 0.1, "l1": 0.01}
    problem = make_normalized("tanh", more, normalization, (40, 130, 65, 3), 700)
    engine = get_engine("native")
    results = []
    for n_threads in (1, 2, 3, 5):
        (run,), losses = run_both(
            [engine], problem, Adam(), rules, batch_size=333, n_threads=n_threads
        )
        results.append([losses, *run.parameters().values()])
    for other in results[1:]:
        for one, two in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(one, two)
