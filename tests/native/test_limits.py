"""Sizes beyond all memory, absurd numbers of threads, and the end of the process."""

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("lightmlp._native")

from lightmlp import _native
from lightmlp.engines import get_engine
from lightmlp.engines.base import TrainingData
from lightmlp.network import Network, Parameters

SQUARED_ERROR = _native.Loss(
    "squared_error",
    delta=1.0,
    power=1.5,
    gamma=2.0,
    label_smoothing=0.0,
    levels=(0.5,),
    groups=(),
    class_weight=(),
)
SETTINGS = {
    "optimizer": "adam",
    "optimizer_parameters": {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8},
    "batch_size": 1,
    "n_threads": 1,
    "adapts": False,
}


def layer(kind, n_inputs, n_outputs, **settings):
    defaults = {
        "parameters": [],
        "activation": "identity",
        "rate": 0.0,
        "n_categories": 0,
        "lists": [],
    }
    return _native.Layer(kind, n_inputs, n_outputs, **{**defaults, **settings})


def linear(n_inputs, n_outputs):
    shapes = [(n_inputs, n_outputs, True, True), (1, n_outputs, True, False)]
    return layer("Linear", n_inputs, n_outputs, parameters=shapes)


def network(widths, parts=(), n_categories=0):
    layers = []
    for n_inputs, n_outputs in pairwise(widths):
        layers += [linear(n_inputs, n_outputs), layer("Activation", n_outputs, n_outputs)]
    return _native.Network(
        widths[0], n_categories, list(parts), layers[:-1], SQUARED_ERROR, 0.0, 0.0
    )


def rule(**settings):
    defaults = {
        "lr_factor": 1.0,
        "weight_decay": 0.0,
        "max_norm": np.inf,
        "is_orthogonal": False,
        "is_frozen": False,
    }
    return _native.Rule(**{**defaults, **settings})


def rules(*parameters):
    return _native.Rules(np.inf, np.inf, list(parameters), 0)


@pytest.mark.parametrize("widths", [[2**58, 1], [2, 2**63 - 1, 1], [2**40, 2**24, 1]])
def test_widths_whose_product_overflows_are_refused(widths):
    table = _native.Float32Table.dense(np.zeros((1, 2), np.float32))
    table.set_targets(np.zeros((1, 1), np.float32))
    with pytest.raises(ValueError, match=r"more memory than there is|X has 2 columns"):
        _native.Float32Training(network(widths), table, rules=rules(), **SETTINGS)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"activation": "swish"}, "activation is 'swish', expected one of: identity, logistic"),
        ({"rate": 1.0}, "must be at least 0 and below 1"),
        ({"n_outputs": 0}, "widths must be positive"),
        ({"parameters": [(0, 2, True, True)]}, "Shapes must be positive"),
    ],
)
def test_wrong_layers_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        layer(**{"kind": "Scale", "n_inputs": 2, "n_outputs": 2, **settings})


EMBEDDING = {"n_categories": 3, "parameters": [(3, 2, True, False)]}


@pytest.mark.parametrize(
    ("columns", "encoder", "message"),
    [
        (
            [0],
            layer("Convolution", 1, 2),
            "encoder is 'Convolution', expected one of: Identity",
        ),
        ([2], layer("Identity", 1, 1), "columns must be in the table"),
        ([-1], layer("Identity", 1, 1), "columns must be in the table"),
        ([0, 1], layer("Identity", 1, 1), "has other columns than inputs"),
        ([1], layer("CategoricalEmbedding", 1, 2, **EMBEDDING), "must be in the table"),
        ([0, 0], layer("CategoricalEmbedding", 2, 2, **EMBEDDING), "has one column"),
    ],
)
def test_wrong_encoders_are_refused(columns, encoder, message):
    with pytest.raises(ValueError, match=message):
        network([2, 1], [(columns, encoder)], n_categories=1)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"optimizer": "newton"}, "optimizer is 'newton', expected one of: sgd, adam"),
        ({"optimizer_parameters": {"speed": 1.0}}, "parameter 'speed' is unknown"),
        ({"rules": rules(*[rule(is_frozen=True)] * 4)}, "must leave a parameter to train"),
        ({"rules": rules(rule())}, "Rules need one rule per parameter"),
    ],
)
def test_wrong_settings_of_a_run_are_refused(wrong, message):
    table = _native.Float32Table.dense(np.zeros((1, 2), np.float32))
    table.set_targets(np.zeros((1, 1), np.float32))
    with pytest.raises(ValueError, match=message):
        _native.Float32Training(
            network([2, 3, 1]), table, **{"rules": rules(), **SETTINGS, **wrong}
        )


def test_runs_refuse_rows_that_they_have_no_memory_for():
    table = _native.Float32Table.dense(np.ones((4, 2), np.float32))
    table.set_targets(np.ones((4, 1), np.float32))
    run = _native.Float32Training(
        network([2, 1]), table, rules=rules(), **{**SETTINGS, "batch_size": 2}
    )
    for size in (0, 3):
        with pytest.raises(ValueError, match="batch_size must be positive and at most"):
            run.set_data(table, size)
    with pytest.raises(ValueError, match="targets"):
        run.set_data(_native.Float32Table.dense(np.ones((4, 2), np.float32)), 2)
    other = _native.Float32Table.csr(
        np.array([0, 1]), np.array([0], np.int32), np.ones(1, np.float32), 2
    )
    other.set_targets(np.ones((1, 1), np.float32))
    with pytest.raises(ValueError, match="dense if it was dense"):
        run.set_data(other, 2)
    run.set_data(table, 1)


def stage(kind, **arrays):
    settings = {"amount": 0.1, "coefficients": None, "permutation": None, "fill_values": None}
    return _native.Stage(kind, **{**settings, "image_shape": [], **arrays})


MIXED = {"coefficients": np.ones((4, 1)), "permutation": np.array([0, 1, 1, 0])}


@pytest.mark.parametrize(
    ("order", "shape", "message"),
    [
        ([], (0, 1), "order must not be empty"),
        ([0, 4], (2, 1), "order must name rows of X"),
        ([-1, 0], (2, 1), "order must name rows of X"),
        ([0, 1, 2], (3, 1), "order must not be longer than a batch"),
        ([0, 1], (1, 1), "An output array has the wrong shape"),
        ([0, 1], (2, 2), "An output array has the wrong shape"),
    ],
)
def test_scores_refuse_rows_and_arrays_that_do_not_fit(order, shape, message):
    table = _native.Float32Table.dense(np.ones((4, 2), np.float32))
    table.set_targets(np.ones((4, 1), np.float32))
    run = _native.Float32Training(
        network([2, 1]), table, rules=rules(), **{**SETTINGS, "batch_size": 2}
    )
    with pytest.raises(ValueError, match=message):
        run.scores(np.array(order, np.int64), 1.0, np.zeros(shape, np.float32))


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        (lambda: [stage("blur")], "kind is 'blur', expected one of: gaussian_noise, swap"),
        (lambda: [stage("mixup")], "needs coefficients"),
        (
            lambda: [stage("mixup", coefficients=np.ones((3, 1)))],
            "coefficients has 3 values, expected 4",
        ),
        (lambda: [stage("cutmix", coefficients=np.ones((4, 1)))], "needs a permutation"),
        (
            lambda: [stage("mixup", **MIXED | {"permutation": np.arange(4)})],
            "rows of the batch",
        ),
        (
            lambda: [stage("mixup", **MIXED | {"permutation": np.full(4, -1)})],
            "rows of the batch",
        ),
        (lambda: [stage("feature_dropout")], "needs fill values"),
        (
            lambda: [stage("feature_dropout", fill_values=np.ones(3))],
            "fill_values has 3 values",
        ),
        (lambda: [stage("shift")], "image_shape needs height, width and channels"),
        (lambda: [stage("rotate", image_shape=[2, 0, 1])], "image_shape must be positive"),
        (
            lambda: [stage("shift", coefficients=np.ones((4, 2)), image_shape=[3, 1, 1])],
            "does not stand for the columns",
        ),
        (lambda: [stage("mixup", **MIXED)] * 11, "At most ten stages"),
        (lambda: [stage("mixup", **MIXED)] * 2, "batch_size times copies"),
    ],
)
def test_stages_refuse_arrays_that_do_not_fit(stages, message):
    table = _native.Float32Table.dense(np.ones((4, 2), np.float32))
    table.set_targets(np.ones((4, 1), np.float32))
    run = _native.Float32Training(
        network([2, 1]), table, rules=rules(), **{**SETTINGS, "batch_size": 4}
    )
    rows = {"mixes_losses": True, "seed": 0, "first_batch": 0, "batch_size": 2}
    values = ("learning_rates", "decay_factors", "dropout_factors")
    rows |= {"order": np.arange(4), **{name: np.ones(1) for name in values}}
    with pytest.raises(ValueError, match=message):
        run.train_augmented(table, stages(), **rows)
    assert np.isfinite(run.train_augmented(table, [stage("mixup", **MIXED)], **rows))


def test_predict_refuses_widths_that_overflow():
    table = _native.Float32Table.csr(
        np.array([0, 1]), np.zeros(1, np.int32), np.ones(1, np.float32), 2**62
    )
    empty, bias = np.zeros((0, 0), np.float32), np.zeros(4, np.float32)
    out = np.zeros((1, 4), np.float32)
    with pytest.raises(ValueError, match="more memory than there is"):
        _native.predict(network([2**62, 4]), [empty, bias], table, True, 1, out, [])


def test_any_number_of_threads_may_be_asked_for():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 64))
    described = Network.dense([64, 128, 1], "relu", "squared_error")
    parameters = Parameters.zeros(described.parameters, float)
    for W in parameters.of_role("weight"):
        W[...] = rng.standard_normal(W.shape)
    data = TrainingData(X, rng.standard_normal((200, 1)))
    losses = {
        get_engine("native").loss_and_gradients(
            described, parameters, data, n_threads=n_threads
        )[0]
        for n_threads in (1, 100_000)
    }
    assert len(losses) == 1


KEEPS_CORES = """
import os, sys
allowed = sorted(os.sched_getaffinity(0))[:int(sys.argv[1])]
os.sched_setaffinity(0, allowed)
from lightmlp import _native
for _ in range(20):
    _native.multiply_add_peak("float32", 3, 0.001)
tasks = [int(task) for task in os.listdir("/proc/self/task")]
assert len(tasks) >= 3
assert all(sorted(os.sched_getaffinity(task)) == allowed for task in tasks)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="threads are moved on Linux alone")
@pytest.mark.parametrize("n_cores", ["1", "1000"])
def test_threads_that_are_moved_keep_the_cores_that_they_may_use(n_cores):
    subprocess.run([sys.executable, "-c", KEEPS_CORES, n_cores], check=True)


def test_an_infinite_bias_leaves_finite_gradients_where_they_are():
    network = Network.dense([1, 2, 1], "logistic", "squared_error", alpha=0.1)
    buffer = np.array([1.0, -1.0, np.inf, 0.0, 0.5, 2.0, 0.0])
    parameters = Parameters.of_buffer(network.parameters, buffer)
    data = TrainingData(np.array([[0.3], [1.0]]), np.ones((2, 1)))
    native, reference = (
        get_engine(name).loss_and_gradients(network, parameters, data)
        for name in ("native", "reference")
    )
    assert native[0] == pytest.approx(reference[0], rel=1e-14)
    np.testing.assert_allclose(native[1].flatten(), reference[1].flatten(), rtol=1e-13)


@pytest.mark.parametrize(
    "work", ["model.fit(X, y)", "model.predict(X[:1])", "_native.shuffle(order, generator)"]
)
def test_daemon_threads_at_work_do_not_abort_the_process(work):
    script = (
        "import threading, time, warnings, numpy as np\n"
        "from lightmlp import MLPRegressor, _native\n"
        "warnings.simplefilter('ignore')\n"
        "random = np.random.RandomState(0)\n"
        "X, order = random.standard_normal((20000, 50)), np.arange(1000000)\n"
        "y, generator = X[:, 0], random._bit_generator.capsule\n"
        "model = MLPRegressor(max_iter=1).fit(X, y)\n"
        "model.set_params(max_iter=100000, tol=0, n_iter_no_change=100000)\n"
        f"def repeat():\n  while True:\n    {work}\n"
        "threading.Thread(target=repeat, daemon=True).start()\n"
        "time.sleep(1.5)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
