import math

import numpy as np
import pytest

from lightmlp.engines.base import OptimizerState
from lightmlp.training.optimizers import SGD, Adam
from lightmlp.training.schedules import Adaptive, Constant, InverseScaling
from lightmlp.training.stopping import LossStopping, ScoreStopping
from lightmlp.training.trainer import Solver, Trainer


class Recording:
    """A training whose losses are given and whose parameter is the epoch's number."""

    def __init__(self, losses):
        self.losses = list(losses)
        self.epoch, self.best = 0, None
        self.orders, self.rates = [], []

    def train_epoch(self, order, learning_rate):
        loss = self.losses[self.epoch]
        if isinstance(loss, BaseException):
            raise loss
        self.orders.append(order.tolist())
        self.rates.append(learning_rate)
        self.epoch += 1
        return loss

    def shuffle(self, order, random_state):
        random_state.shuffle(order)

    def keep_best(self):
        self.best = self.epoch

    def restore_best(self):
        self.epoch = self.best

    def optimizer_state(self):
        return OptimizerState(n_steps=len(self.orders))


def trainer(losses, *, schedule=None, stopping=None, seed=None, max_iter=None, **settings):
    schedule = schedule or Constant(0.1)
    return Trainer(
        Recording(losses),
        Solver(SGD(), schedule, schedule.learning_rate_init),
        stopping or LossStopping(tol=0.0, n_iter_no_change=math.inf),
        np.arange(4, dtype=np.int64),
        None if seed is None else np.random.RandomState(seed),
        max_iter=max_iter or len(losses),
        **settings,
    )


def validated(losses, score, *, n_iter_no_change=math.inf, **settings):
    """Return a trainer as early stopping sets it up."""
    return trainer(
        losses,
        stopping=ScoreStopping(0.0, n_iter_no_change),
        validate=lambda: (0.5, score()),
        watch_score=True,
        restore_best=True,
        **settings,
    )


def test_every_epoch_permutes_the_order_of_the_one_before():
    run = trainer([1.0, 1.0, 1.0], seed=0)
    run.run()
    expected, order, random_state = [], np.arange(4), np.random.RandomState(0)
    for _ in range(3):
        permutation = np.arange(4)
        random_state.shuffle(permutation)
        order = order[permutation]
        expected.append(order.tolist())
    assert run.training.orders == expected


def test_without_a_random_state_the_order_stays():
    run = trainer([1.0, 1.0])
    run.run()
    assert run.training.orders == [[0, 1, 2, 3]] * 2


def test_inverse_scaling_starts_with_the_second_epoch():
    run = trainer([1.0] * 3, schedule=InverseScaling(1.0, 0.5), n_samples_seen=4)
    run.run()
    assert run.training.rates == [1.0, 1 / 9**0.5, 1 / 13**0.5]
    assert run.n_samples_seen == 16
    assert run.solver.learning_rate == 1 / 17**0.5


def test_training_ends_when_it_stalls(capsys):
    run = trainer([1.0, 0.5] + [0.6] * 9, stopping=LossStopping(0.0, 2), verbose=True)
    run.run()
    assert run.stop_reason == "stalled"
    assert run.losses == [1.0, 0.5, 0.6, 0.6, 0.6]
    assert run.n_iter == 5
    assert run.stopping.count == 3
    assert capsys.readouterr().out.splitlines() == [
        "Iteration 1, loss = 1.00000000",
        "Iteration 2, loss = 0.50000000",
        "Iteration 3, loss = 0.60000000",
        "Iteration 4, loss = 0.60000000",
        "Iteration 5, loss = 0.60000000",
        "Training loss did not improve more than tol=0.000000 for 2 consecutive epochs."
        " Stopping.",
    ]


def test_adaptive_goes_on_with_a_fifth_and_counts_anew():
    run = trainer([1.0] * 6, schedule=Adaptive(1.0), stopping=LossStopping(0.1, 1))
    run.run()
    assert run.training.rates == [1.0, 1.0, 1.0, 0.2, 0.2, 0.2 / 5]
    assert run.stop_reason == "max_iter"
    assert run.stopping.count == 1


def test_the_best_scored_parameters_come_back():
    scores = iter([0.1, 0.9, 0.9, 0.5])
    run = validated([1.0] * 4, lambda: next(scores))
    run.run()
    assert run.validation_scores == [0.1, 0.9, 0.9, 0.5]
    assert run.training.epoch == 2


@pytest.mark.parametrize(("keep_initial", "epoch"), [(True, 0), (False, 3)])
def test_where_no_score_improves(keep_initial, epoch):
    run = validated([1.0] * 3, lambda: math.nan)
    run.run(keep_initial=keep_initial)
    assert run.training.epoch == epoch


def test_an_interrupt_keeps_what_was_learnt():
    run = trainer([1.0, 0.9, KeyboardInterrupt(), 0.8])
    run.run()
    assert run.stop_reason == "interrupted"
    assert (run.n_iter, run.losses, run.n_samples_seen) == (2, [1.0, 0.9], 8)
    assert run.solver.state.n_steps == 2


def test_losses_have_the_asked_type():
    run = trainer([1.0], loss_type=np.float32)
    run.run()
    assert type(run.losses[0]) is np.float32


def test_a_solvers_learning_rate_is_that_of_its_last_step():
    adam = Adam()
    fresh = Solver(adam, Constant(0.01), 0.01)
    assert fresh.learning_rate == 0.01
    later = Solver(adam, Constant(0.01), 0.01, OptimizerState(n_steps=3))
    assert later.learning_rate == adam.step_size(0.01, 3) != 0.01
