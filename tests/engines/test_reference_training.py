"""A run of the reference engine: epochs, batches, weights, what is kept and copied."""

import numpy as np
import pytest

from lightmlp.engines import TrainingData, get_engine
from lightmlp.network import LOSSES, Parameters
from lightmlp.training.optimizers import OPTIMIZERS, SGD, Adam

engine = get_engine("reference")
plain = SGD(momentum=0.0, nesterov=False)


def start(problem, optimizer=plain, state=None, batch_size=7):
    return engine.start_training(
        *problem.parameters, problem.data, optimizer, state, batch_size=batch_size
    )


def flat(*parameters):
    return np.concatenate([some.flatten() for some in parameters])


@pytest.mark.parametrize("csr", [False, True])
def test_one_batch_is_one_step_down_the_gradient(make_problem, csr):
    problem = make_problem("log_loss", csr=csr)
    loss, *gradients = engine.loss_and_gradients(*problem.parameters, problem.data)
    training = start(problem, batch_size=33)
    assert training.train_epoch(np.arange(33), 0.5) == pytest.approx(loss, rel=1e-15)
    before = flat(problem.values)
    np.testing.assert_allclose(
        flat(training.parameters()), before - 0.5 * flat(*gradients), rtol=1e-14
    )


def test_batches_follow_the_order_and_the_last_is_smaller(make_problem):
    problem = make_problem("squared_error")
    order = np.random.default_rng(0).permutation(33)[:20]  # a subset of the rows
    training = start(problem, batch_size=8)
    mean = training.train_epoch(order, 0.1)

    X, targets = problem.data.X, problem.data.targets
    parameters, losses = problem.values, []
    for rows in (order[:8], order[8:16], order[16:]):
        batch = TrainingData(X[rows], targets[rows])
        loss, gradients = engine.loss_and_gradients(problem.network, parameters, batch)
        losses.append(loss * len(rows))
        buffer = parameters.flatten() - 0.1 * gradients.flatten()
        parameters = Parameters.of_buffer(problem.network.parameters, buffer)
    assert mean == pytest.approx(sum(losses) / 20, rel=1e-14)
    np.testing.assert_allclose(flat(training.parameters()), flat(parameters))


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_a_batch_of_zero_weight_changes_nothing(make_problem, optimizer):
    problem = make_problem("log_loss", weighted=True)
    problem.data.sample_weight[:] = 1
    problem.data.sample_weight[7:14] = 0
    training = start(problem, optimizer())
    training.train_epoch(np.arange(7), 0.1)
    parameters, state = flat(training.parameters()), training.optimizer_state()

    assert training.train_epoch(np.arange(7, 14), 0.1) == 0.0
    np.testing.assert_array_equal(flat(training.parameters()), parameters)
    after = training.optimizer_state()
    assert after.n_steps == state.n_steps == 1
    np.testing.assert_array_equal(flat(*after.slots), flat(*state.slots))


def test_a_batch_of_zero_weight_counts_its_rows_in_the_mean(make_problem):
    problem = make_problem("log_loss", weighted=True)
    problem.data.sample_weight[:] = 1
    alone = start(problem).train_epoch(np.arange(7), 0.1)
    problem.data.sample_weight[7:14] = 0
    both = start(problem).train_epoch(np.arange(14), 0.1)
    assert both == pytest.approx(alone / 2, rel=1e-15)


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_a_run_can_be_continued(make_problem, optimizer):
    problem = make_problem("log_loss")
    order = np.arange(33)
    whole = start(problem, optimizer())
    for _ in range(4):
        whole.train_epoch(order, 0.1)

    first = start(problem, optimizer())
    for _ in range(2):
        first.train_epoch(order, 0.1)
    problem.values = first.parameters()
    second = start(problem, optimizer(), first.optimizer_state())
    for _ in range(2):
        second.train_epoch(order, 0.1)
    np.testing.assert_array_equal(flat(second.parameters()), flat(whole.parameters()))
    assert second.optimizer_state().n_steps == 20


def test_a_new_optimizers_state_is_zeros(make_problem):
    problem = make_problem("log_loss")
    state = start(problem, Adam()).optimizer_state()
    assert state.n_steps == 0
    assert [len(slot) for slot in state.slots] == [6, 6]
    assert not flat(*state.slots).any()


def test_what_comes_in_and_out_is_copied(make_problem):
    problem = make_problem("log_loss")
    given = flat(problem.values)
    training = start(problem, Adam())
    training.train_epoch(np.arange(33), 0.1)
    np.testing.assert_array_equal(flat(problem.values), given)

    parameters, state = training.parameters(), training.optimizer_state()
    taken, slots = flat(parameters), flat(*state.slots)
    training.train_epoch(np.arange(33), 0.1)
    np.testing.assert_array_equal(flat(parameters), taken)
    np.testing.assert_array_equal(flat(*state.slots), slots)


def test_best_parameters_come_back(make_problem):
    training = start(make_problem("log_loss"))
    training.train_epoch(np.arange(33), 0.1)
    best = flat(training.parameters())
    training.keep_best()
    training.train_epoch(np.arange(33), 0.1)
    assert (flat(training.parameters()) != best).any()
    training.restore_best()
    np.testing.assert_array_equal(flat(training.parameters()), best)
    training.train_epoch(np.arange(33), 0.1)
    training.restore_best()
    np.testing.assert_array_equal(flat(training.parameters()), best)


def test_without_a_best_nothing_changes(make_problem):
    training = start(make_problem("log_loss"))
    training.train_epoch(np.arange(33), 0.1)
    before = flat(training.parameters())
    training.restore_best()
    np.testing.assert_array_equal(flat(training.parameters()), before)


def test_forward_with_and_without_link(make_problem, loss_case):
    problem = make_problem(loss_case)
    scores = engine.forward(*problem.parameters, problem.data.X, inverse_link=False)
    outputs = engine.forward(*problem.parameters, problem.data.X)
    np.testing.assert_array_equal(outputs, loss_case.row.inverse_link(scores))
    np.testing.assert_array_equal(start(problem).forward(problem.data.X), outputs)


def test_hidden_activations_are_one_array_a_hidden_layer(make_problem):
    problem = make_problem("log_loss", "tanh", (5, 4, 3, 2))
    hidden = engine.hidden_activations(*problem.parameters, problem.data.X)
    assert [layer.shape for layer in hidden] == [(33, 4), (33, 3)]
    np.testing.assert_allclose(
        hidden[0], np.tanh(problem.data.X @ problem.coefs[0] + problem.intercepts[0])
    )
    linear = make_problem("log_loss", widths=(5, 2))
    assert engine.hidden_activations(*linear.parameters, linear.data.X) == []


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_divergence_is_silent(make_problem, loss, dtype):
    problem = make_problem(loss, "identity", dtype=dtype)
    training = start(problem)
    for _ in range(20):
        training.train_epoch(np.arange(33), 1e30)
    assert not np.isfinite(flat(training.parameters())).all()


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_float32_stays_float32(make_problem, optimizer):
    training = start(make_problem("log_loss", dtype=np.float32), optimizer())
    assert type(training.train_epoch(np.arange(33), 0.1)) is float
    assert flat(training.parameters()).dtype == np.float32
    assert flat(*training.optimizer_state().slots).dtype == np.float32


def test_rates_by_step_are_those_of_epochs_of_one_step(make_problem):
    problem = make_problem("squared_error")
    rates, order = np.array([0.3, 0.1, 0.2]), np.arange(21)
    together, apart = start(problem), start(problem)
    together.train_epoch(order, rates)
    for rows, rate in zip(order.reshape(3, 7), rates.tolist(), strict=True):
        apart.train_epoch(rows, rate)
    for one, other in zip(
        together.parameters().values(), apart.parameters().values(), strict=True
    ):
        np.testing.assert_array_equal(one, other)
