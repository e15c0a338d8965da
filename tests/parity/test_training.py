"""Ten steps of every activation x loss x optimiser, and of each with every kind of data."""

import copy
import pickle

import numpy as np
import pytest

from lightmlp.network import ACTIVATIONS, LOSSES
from lightmlp.solvers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    Lion,
    Muon,
    NAdam,
    RMSprop,
)
from lightmlp.training.optimizers import OPTIMIZERS

pytest.importorskip("lightmlp._native")

SETTINGS = {
    "sgd": SGD(momentum=0.0, nesterov=False),
    "sgd-momentum": SGD(momentum=0.9, nesterov=False),
    "sgd-nesterov": SGD(momentum=0.9, nesterov=True),
    "adam": Adam(),
    "adam-other": Adam(beta_1=0.7, beta_2=0.95, epsilon=1e-3),
    "adamw": AdamW(beta_1=0.7, beta_2=0.95, epsilon=1e-3, weight_decay=0.5),
    "nadam": NAdam(beta_1=0.7, beta_2=0.95, epsilon=1e-3, momentum_decay=0.3),
    "amsgrad": AMSGrad(beta_1=0.7, beta_2=0.6, epsilon=1e-3),
    "rmsprop": RMSprop(rho=0.8, epsilon=1e-3),
    "rmsprop-momentum": RMSprop(rho=0.8, momentum=0.5, epsilon=1e-3),
    "adagrad": Adagrad(epsilon=1e-3),
    "adadelta": Adadelta(rho=0.8, epsilon=1e-3),
    "lion": Lion(beta_1=0.7, beta_2=0.95, weight_decay=0.5),
    "muon": Muon(momentum=0.8, weight_decay=0.5, beta_1=0.7, epsilon=1e-3),
    "muon-plain": Muon(nesterov=False, n_iterations=3, epsilon=1e-3),
}

activations = pytest.mark.parametrize("activation", ACTIVATIONS)
losses = pytest.mark.parametrize("loss", LOSSES)
optimizers = pytest.mark.parametrize("optimizer", SETTINGS.values(), ids=SETTINGS)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["f32", "f64"])
storage = pytest.mark.parametrize("csr", [False, True], ids=["dense", "csr"])
weighting = pytest.mark.parametrize("weighted", [False, True], ids=["equal", "weighted"])


def test_every_optimizer_is_tried():
    assert {type(optimizer) for optimizer in SETTINGS.values()} == set(OPTIMIZERS.values())


def orders(n_rows, n_epochs, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.permutation(n_rows) for _ in range(n_epochs)]


# 33 rows in batches of 7: five steps an epoch, the last with 5 rows


@activations
@losses
@optimizers
def test_ten_steps(make_problem, assert_same_run, activation, loss, optimizer):
    assert_same_run(make_problem(loss, activation), optimizer, orders(33, 2), batch_size=7)


@dtypes
@weighting
@pytest.mark.parametrize("n_features", [300, 384])
def test_long_rows_in_any_order(make_problem, assert_same_run, n_features, dtype, weighted):
    """Rows that are read where they are, and rows that are copied; and panels of weights."""
    widths = (n_features, 130, 40, 3)
    problem = make_problem("log_loss", "relu", widths, 200, dtype=dtype, weighted=weighted)
    assert_same_run(problem, Adam(), orders(200, 2), batch_size=70, learning_rate=1e-3)


@activations
@losses
@dtypes
@storage
@weighting
def test_ten_steps_of_an_activation(
    make_problem, assert_same_run, activation, loss, dtype, csr, weighted
):
    problem = make_problem(loss, activation, dtype=dtype, csr=csr, weighted=weighted)
    assert_same_run(problem, SGD(), orders(33, 2), batch_size=7)


@optimizers
@losses
@dtypes
@storage
@weighting
def test_ten_steps_of_an_optimizer(
    make_problem, assert_same_run, optimizer, loss, dtype, csr, weighted
):
    problem = make_problem(loss, "tanh", dtype=dtype, csr=csr, weighted=weighted)
    assert_same_run(problem, optimizer, orders(33, 2), batch_size=7)


@optimizers
@dtypes
def test_ten_steps_of_every_setting_of_a_loss(
    make_problem, assert_same_run, loss_case, optimizer, dtype
):
    problem = make_problem(loss_case, dtype=dtype, weighted=True)
    assert_same_run(problem, optimizer, orders(33, 2), batch_size=7)


@pytest.mark.parametrize("names", [("gelu", "relu", "mish"), ("logistic", "silu", "elu")])
@dtypes
@storage
@pytest.mark.parametrize("n_threads", [1, 3])
def test_an_activation_for_each_layer(
    make_problem, assert_same_run, names, dtype, csr, n_threads
):
    problem = make_problem("log_loss", names, (5, 17, 40, 9, 3), 150, dtype=dtype, csr=csr)
    assert_same_run(problem, SGD(), orders(150, 2), batch_size=70, n_threads=n_threads)


@pytest.mark.parametrize(
    "widths", [(3, 33, 33, 1), (100, 3, 17, 3), (9, 40, 2), (5, 3)], ids=str
)
@dtypes
@pytest.mark.parametrize("n_threads", [1, 3])
def test_matrices_of_all_shapes_are_made_orthogonal(
    make_problem, assert_same_run, widths, dtype, n_threads
):
    problem = make_problem("squared_error", widths=widths, n_rows=50, dtype=dtype)
    optimizer = Muon(weight_decay=0.1, epsilon=1e-3)
    assert_same_run(problem, optimizer, orders(50, 2), batch_size=11, n_threads=n_threads)


@pytest.mark.parametrize(
    "widths",
    [
        (1, 1, 1),
        (3, 17, 33, 1),
        (100, 3, 17, 3),
        (33, 100, 2),
        (17, 1, 33, 100),
        (2, 33, 33, 33, 5),
        (5, 3),
        (100, 1),
        (1, 17),
        (130, 260, 70, 9),
    ],
    ids=lambda widths: "-".join(map(str, widths)),
)
@dtypes
@storage
@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_odd_widths(make_problem, assert_same_run, widths, dtype, csr, loss):
    if loss == "log_loss" and widths[-1] == 1:
        widths = (*widths[:-1], 2)
    problem = make_problem(loss, widths=widths, n_rows=50, dtype=dtype, csr=csr)
    assert_same_run(problem, SGD(), orders(50, 2), batch_size=11)


# Rows of a page or more, of which products copy panels: 2600 input columns and 1030 neurons
# are wide in both dtypes, 530 in float64; a batch of 101 rows is enough, one of 50 is not.
@pytest.mark.parametrize("widths", [(2600, 130, 1030, 3), (30, 1030, 530, 2)])
@pytest.mark.parametrize("batch_size", [50, 101])
@dtypes
@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_wide_layers(make_problem, assert_same_run, widths, batch_size, dtype, n_threads):
    problem = make_problem("log_loss", "tanh", widths, 202, dtype=dtype)
    assert_same_run(
        problem,
        SGD(),
        orders(202, 1),
        batch_size=batch_size,
        learning_rate=0.01,
        n_threads=n_threads,
    )


@pytest.mark.parametrize("batch_size", [1, 1000, 1024, 1025, 2500])
@dtypes
@storage
@weighting
@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_batches_from_one_row_to_many_blocks(
    make_problem, assert_same_run, batch_size, dtype, csr, weighted, n_threads
):
    n_rows = 20 if batch_size == 1 else 2500
    problem = make_problem(
        "log_loss", "tanh", (9, 33, 4), n_rows, dtype=dtype, csr=csr, weighted=weighted
    )
    assert_same_run(
        problem,
        SGD(),
        orders(n_rows, 2),
        batch_size=batch_size,
        learning_rate=0.01,
        n_threads=n_threads,
    )


@dtypes
@storage
@weighting
def test_an_order_of_some_rows_and_of_repeated_rows(
    make_problem, assert_same_run, dtype, csr, weighted
):
    problem = make_problem("log_loss", dtype=dtype, csr=csr, weighted=weighted)
    some = np.array([30, 2, 17, 5, 9, 11, 32, 0, 8])
    repeated = np.array([4, 4, 4, 31, 4, 31])
    assert_same_run(problem, SGD(), [some, repeated, some], batch_size=4)


@optimizers
@storage
def test_a_batch_of_zero_weight_is_left_out(make_problem, assert_same_run, optimizer, csr):
    problem = make_problem("log_loss", weighted=True, csr=csr)
    problem.data.sample_weight[7:14] = 0
    assert_same_run(problem, optimizer, [np.arange(33)] * 2, batch_size=7)


@optimizers
def test_a_run_continues_from_the_state_of_the_other_engine(
    make_problem, both, assert_close, optimizer
):
    problem = make_problem("log_loss")
    order = np.arange(33)
    native, reference = both
    ends = []
    for first, second in ((native, reference), (reference, native)):
        one = first.start_training(
            *problem.parameters, problem.data, optimizer, None, batch_size=7
        )
        one.train_epoch(order, 0.05)
        two = second.start_training(
            problem.network,
            one.parameters(),
            problem.data,
            optimizer,
            one.optimizer_state(),
            batch_size=7,
        )
        two.train_epoch(order, 0.05)
        assert two.optimizer_state().n_steps == 10
        ends.append(two.parameters())
    assert_close(*ends)


def _pickled(state):
    return pickle.loads(pickle.dumps(state))


# Padding is little on wide layers, whose slots stay in the engine, and much on narrow ones.
@pytest.mark.parametrize("widths", [(5, 4, 2), (64, 48, 32)], ids=["narrow", "wide"])
@pytest.mark.parametrize("read", [lambda state: state, _pickled, copy.deepcopy])
@optimizers
def test_a_shared_state_outlives_its_run(make_problem, both, optimizer, read, widths):
    problem = make_problem("log_loss", widths=widths)
    for engine in both:
        training = engine.start_training(
            *problem.parameters, problem.data, optimizer, None, batch_size=7
        )
        training.train_epoch(np.arange(33), 0.05)
        copied, shared = training.optimizer_state(), training.share_optimizer_state()
        del training
        state = read(shared)
        assert state.n_steps == copied.n_steps
        assert len(state.slots) == len(copied.slots)
        for slot, wanted in zip(state.slots, copied.slots, strict=True):
            assert list(slot) == list(wanted)
            np.testing.assert_array_equal(slot.flatten(), wanted.flatten(), strict=True)


def test_best_parameters_are_kept_alike(make_problem, both, assert_close):
    problem = make_problem("log_loss")
    order = np.arange(33)
    ends = []
    for engine in both:
        training = engine.start_training(
            *problem.parameters, problem.data, SGD(), None, batch_size=7
        )
        training.train_epoch(order, 0.05)
        kept = training.parameters()
        training.restore_best()  # nothing is kept yet
        assert_close(training.parameters(), kept, rtol=0)
        training.keep_best()
        training.train_epoch(order, 0.05)
        training.restore_best()
        assert_close(training.parameters(), kept, rtol=0)
        ends.append(kept)
    assert_close(*ends)


@losses
@dtypes
def test_both_diverge(make_problem, both, loss, dtype):
    problem = make_problem(loss, "identity", dtype=dtype)
    for engine in both:
        training = engine.start_training(
            *problem.parameters, problem.data, SGD(), None, batch_size=7
        )
        for _ in range(20):
            training.train_epoch(np.arange(33), 1e30)
        assert not training.parameters().are_finite()


@optimizers
@dtypes
@pytest.mark.parametrize("n_threads", [1, 2])
def test_each_step_has_its_own_rate(make_problem, assert_same_run, optimizer, dtype, n_threads):
    problem = make_problem("squared_error", dtype=dtype, weighted=True)
    problem.data.sample_weight[:7] = 0  # the first batch makes no step but has its rate
    rates = np.array([0.3, 0.02, 0.0, 0.05, 0.01])
    assert_same_run(
        problem,
        optimizer,
        [np.arange(33)] * 2,
        batch_size=7,
        learning_rate=rates,
        n_threads=n_threads,
    )


def test_as_many_rates_as_steps_are_needed(make_problem, both):
    problem = make_problem("squared_error")
    for engine in both:
        run = engine.start_training(
            *problem.parameters, problem.data, SGD(), None, batch_size=7
        )
        with pytest.raises(ValueError, match=r"rates|broadcast"):
            run.train_epoch(np.arange(33), np.full(4, 0.1))
