import math

import numpy as np
import pytest

from lightmlp.engines.base import OptimizerState
from lightmlp.schedules import Adaptive, Constant, Cosine, InverseScaling, Linear, Plateau
from lightmlp.training.optimizers import SGD
from lightmlp.training.plan import EpochPlan, Names, Spectators
from lightmlp.training.schedules import Progress
from lightmlp.training.stopping import LossStopping, ScoreStopping
from lightmlp.training.train_state import TrainState
from lightmlp.training.trainer import Trainer


class Recording:
    """A training whose losses are given and whose parameter is the epoch's number."""

    def __init__(self, losses):
        self.losses = list(losses)
        self.epoch, self.best = 0, None
        self.orders, self.rates = [], []

    def train_epoch(self, order, learning_rate, factors):
        loss = self.losses[self.epoch]
        if isinstance(loss, BaseException):
            raise loss
        self.orders.append(order.tolist())
        self.rates.append(
            learning_rate if np.ndim(learning_rate) == 0 else learning_rate.tolist()
        )
        self.epoch += 1
        return loss

    def shuffle(self, order, random_state):
        random_state.shuffle(order)

    def keep_best(self):
        self.best = self.epoch

    def restore_best(self):
        self.epoch = self.best

    def parameters(self):
        return self.epoch

    def share_optimizer_state(self):
        return OptimizerState(n_steps=len(self.orders))


class Engine:
    """An engine whose runs are :class:`Recording`."""

    def __init__(self, losses):
        self.losses = losses

    def start_training(self, *args, **settings):
        return Recording(self.losses)


def trainer(
    losses, *, schedule=None, rate=0.1, progress=None, stopping=None, batch_size=3, seed=None,
    max_iter=None, **settings,
):  # fmt: skip
    max_iter = max_iter or len(losses)
    progress = progress or Progress(rate)
    end = progress.n_epochs + max_iter
    plan = EpochPlan(
        network=None,
        parameters=None,
        data=None,
        engine=Engine(losses),
        spectators=Spectators([], None, None, None),
        names=Names("MLPRegressor", True, False, "sgd", "constant", rate, max_iter, None),
        state=TrainState(SGD(), schedule or Constant(), progress, end),
        stopping=stopping or LossStopping(tol=0.0, n_iter_no_change=math.inf),
        rows=np.arange(4, dtype=np.int64),
        batch_size=batch_size,
        random_state=None if seed is None else np.random.RandomState(seed),
        max_iter=max_iter,
        **settings,
    )
    return Trainer(plan)


def validated(losses, score, *, n_iter_no_change=math.inf, **settings):
    """Return a trainer as early stopping sets it up."""
    return trainer(
        losses,
        stopping=ScoreStopping(0.0, n_iter_no_change),
        validate=lambda training: (0.5, score()),
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
    progress = Progress(1.0, n_samples=4)
    run = trainer([1.0] * 3, schedule=InverseScaling(0.5), progress=progress)
    run.run()
    assert run.training.rates == [1.0, 1 / 9**0.5, 1 / 13**0.5]
    assert run.state.progress.n_samples == 16
    assert run.state.next_rates(2) == 1 / 17**0.5


def test_training_ends_when_it_stalls(capsys):
    run = trainer([1.0, 0.5] + [0.6] * 9, stopping=LossStopping(0.0, 2), verbose=True)
    run.run()
    assert run.stop_reason == "stalled"
    assert run.curves.losses == [1.0, 0.5, 0.6, 0.6, 0.6]
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
    run = trainer([1.0] * 6, schedule=Adaptive(), rate=1.0, stopping=LossStopping(0.1, 1))
    run.run()
    assert run.training.rates == [1.0, 1.0, 1.0, 0.2, 0.2, 0.2 / 5]
    assert run.stop_reason == "max_iter"
    assert run.stopping.count == 1


def test_the_best_scored_parameters_come_back():
    scores = iter([0.1, 0.9, 0.9, 0.5])
    run = validated([1.0] * 4, lambda: next(scores))
    run.run()
    assert run.curves.validation_scores == [0.1, 0.9, 0.9, 0.5]
    assert run.training.epoch == 2


@pytest.mark.parametrize(("first_pass", "epoch"), [(True, 0), (False, 3)])
def test_where_no_score_improves(first_pass, epoch):
    run = validated([1.0] * 3, lambda: math.nan, first_pass=first_pass)
    run.run()
    assert run.training.epoch == epoch


def test_an_interrupt_keeps_what_was_learnt():
    run = trainer([1.0, 0.9, KeyboardInterrupt(), 0.8])
    run.run()
    assert run.stop_reason == "interrupted"
    assert (run.n_iter, run.curves.losses) == (2, [1.0, 0.9])
    assert run.state.progress == Progress(0.1, n_epochs=2, n_steps=4, n_samples=8)
    assert run.state.state.n_steps == 2


def test_losses_have_the_asked_type():
    run = trainer([1.0], loss_type=np.float32)
    run.run()
    assert type(run.curves.losses[0]) is np.float32


def test_rates_by_step_are_given_to_the_engine_one_a_batch():
    run = trainer([1.0] * 2, schedule=Linear(per="step"), rate=1.0, batch_size=3)
    run.run()
    assert run.training.rates == [[1.0, 0.75], [0.5, 0.25]]
    assert run.curves.learning_rates == [0.75, 0.25]
    assert run.state.schedule_ended


def test_a_schedule_goes_on_after_an_interrupt():
    whole = trainer([1.0] * 6, schedule=Cosine(per="step"), rate=1.0)
    whole.run()
    first = trainer([1.0, 1.0, KeyboardInterrupt()], schedule=Cosine(per="step"), rate=1.0)
    first.state.end = 6
    first.run()
    assert not first.state.schedule_ended
    second = trainer(
        [1.0] * 4, schedule=Cosine(per="step"), progress=first.state.progress.restarted(1.0)
    )
    second.run()
    assert first.training.rates + second.training.rates == whole.training.rates


@pytest.mark.parametrize("scored", [False, True])
def test_plateau_watches_the_loss_or_the_score(scored):
    values = [3.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0]
    schedule = Plateau(factor=0.5, patience=1)
    if scored:
        scores = iter([-value for value in values])
        stopping = ScoreStopping(0.0, math.inf)
        settings = {"validate": lambda training: (9.0, next(scores)), "watch_score": True}
        run = trainer([9.0] * 8, schedule=schedule, rate=1.0, stopping=stopping, **settings)
    else:
        run = trainer(values, schedule=schedule, rate=1.0)
    run.run()
    assert run.training.rates == [1.0] * 4 + [0.5] * 3 + [0.25]
