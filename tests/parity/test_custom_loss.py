"""A loss that is a function: both engines give it the same scores, and do the same with it."""

from dataclasses import replace

import numpy as np
import pytest

from lightmlp.engines.base import StepRules
from lightmlp.network import CustomLoss, LossSettings, Network, Parameters
from lightmlp.solvers import SGD, Adam, Muon

pytest.importorskip("lightmlp._native")

dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["f32", "f64"])
LAYERS = {
    "plain": {},
    "dropout": {"dropout": 0.3, "input_dropout": 0.2, "l1": 0.01},
    "batch": {"normalization": "batch", "dropout": 0.2},
    "layer": {"normalization": "layer"},
}


def log_cosh(y, raw_scores, sample_weight):
    """Not a mean of rows that are apart: the weights are shares of the batch."""
    weight = np.ones(len(raw_scores)) if sample_weight is None else sample_weight
    share = (weight / weight.sum())[:, np.newaxis]
    error = raw_scores - y.reshape(raw_scores.shape)
    return (share * np.logaddexp(error, -error)).sum(), share * np.tanh(error)


@pytest.fixture
def make_custom(make_problem):
    """Build a problem of a custom loss, with layers of any kind."""

    def make(layers, *args, **more):
        problem = make_problem("squared_error", "tanh", *args, **more)
        network = Network.dense(
            problem.network.widths, "tanh", "custom", alpha=0.1,
            loss_settings=LossSettings(function=CustomLoss(log_cosh)), **LAYERS[layers],
        )  # fmt: skip
        rng = np.random.default_rng(1)
        values = Parameters.zeros(network.parameters, problem.values.dtype)
        given = iter(problem.coefs)
        for name, array in values.items():
            is_weight = network.parameters[name].role == "weight"
            array[...] = next(given) if is_weight else np.abs(rng.normal(size=array.shape))
        return replace(problem, network=network, values=values)

    return make


layers = pytest.mark.parametrize("kind", LAYERS)


@layers
@dtypes
@pytest.mark.parametrize("csr", [False, True], ids=["dense", "csr"])
@pytest.mark.parametrize("step", [None, 3])
@pytest.mark.parametrize("weighted", [False, True], ids=["equal", "weighted"])
def test_loss_and_gradients(make_custom, both, assert_close, kind, dtype, csr, step, weighted):
    problem = make_custom(kind, dtype=dtype, csr=csr, weighted=weighted)
    results = [
        engine.loss_and_gradients(*problem.parameters, problem.data, step=step, seed=5)
        for engine in both
    ]
    assert_close(*results, rtol=1e-5 if dtype == np.float32 else 1e-12)


@layers
@dtypes
@pytest.mark.parametrize("optimizer", [SGD(), Adam(), Muon()], ids=str)
@pytest.mark.parametrize("weighted", [False, True], ids=["equal", "weighted"])
def test_ten_steps(make_custom, both, assert_close, kind, dtype, optimizer, weighted):
    problem = make_custom(kind, dtype=dtype, weighted=weighted)
    runs = [
        engine.start_training(
            *problem.parameters, problem.data, optimizer, None, batch_size=7, seed=3
        )
        for engine in both
    ]
    rng = np.random.default_rng(0)
    rates = np.array([0.02, 0.01, 0.03, 0.02, 0.01])
    for order in (rng.permutation(33), rng.permutation(33)):
        losses = [run.train_epoch(order, rates) for run in runs]
        assert_close(*losses, rtol=1e-4 if dtype == np.float32 else 1e-10)
    assert_close(
        *(run.parameters() for run in runs), rtol=1e-3 if dtype == np.float32 else 1e-9
    )
    assert runs[0].optimizer_state().n_steps == runs[1].optimizer_state().n_steps == 10


@layers
@dtypes
def test_same_bits_for_any_number_of_threads(make_custom, both, kind, dtype):
    problem = make_custom(kind, (40, 129, 65, 3), 1100, dtype=dtype, weighted=True)
    runs = [
        both[0].start_training(
            *problem.parameters, problem.data, Adam(), None, batch_size=333,
            n_threads=n_threads, rules=StepRules(clip_norm=1.0), seed=3,
        )
        for n_threads in (1, 2, 3)
    ]  # fmt: skip
    losses = {run.train_epoch(np.arange(1100), 1e-3) for run in runs}
    assert len(losses) == 1
    for other in runs[1:]:
        ends = [run.parameters().flatten().tobytes() for run in (runs[0], other)]
        assert ends[0] == ends[1]


@layers
def test_scores_are_those_of_the_step(make_custom, both, assert_close, kind):
    """More rows than pass at once, in any order; the run stays as it is."""
    problem = make_custom(kind, (40, 129, 65, 3), 2100)
    seen = []

    def look(y, raw_scores, sample_weight):
        seen.append(raw_scores)
        return log_cosh(y, raw_scores, sample_weight)

    function = CustomLoss(look)
    problem.network = replace(problem.network, loss_settings=LossSettings(function=function))
    order = np.random.default_rng(0).permutation(2100)
    for engine in both:
        run = engine.start_training(
            *problem.parameters, problem.data, SGD(), None, batch_size=2000, seed=3
        )
        run.train_epoch(order, 0.0)
    first, second = (seen[i] for i in (0, len(seen) - 2))
    assert first.shape == second.shape == (2000, 3)
    assert_close(first, second, rtol=1e-11)


def test_batches_without_weight_make_no_step(make_custom, both):
    problem = make_custom("plain")
    problem.data = replace(problem.data, sample_weight=np.repeat([0.0, 1.0], [14, 19]))
    for engine in both:
        run = engine.start_training(
            *problem.parameters, problem.data, SGD(), None, batch_size=7
        )
        run.train_epoch(np.arange(33), 0.1)
        assert run.optimizer_state().n_steps == 3
