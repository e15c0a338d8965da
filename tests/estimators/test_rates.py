"""Schedules that are over, and rates that have come to nothing: never a silent standstill."""

import pickle
import warnings
from contextlib import nullcontext

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from lightmlp import MLPClassifier, MLPRegressor, augmentations, schedules
from lightmlp.callbacks import Callback, Checkpoint, LearningRateMonitor

rng = np.random.RandomState(0)
X = rng.normal(size=(40, 3))
y = X @ [1.0, -2.0, 0.5]

ENDING = {
    "cosine": "cosine",
    "linear": "linear",
    "polynomial": "polynomial",
    "one_cycle": "one_cycle",
    "restarts": schedules.Cosine(restarts=1, warmup=1),
    "small end": schedules.Linear(end=9e-4),
}
restarts = "schedule restarts, for max_iter=4 epochs.*learning_rate='constant'.*end="


def regressor(engine="auto", **settings):
    settings = {"max_iter": 4, "batch_size": 10, "random_state": 0, **settings}
    settings = {"tol": 0, "n_iter_no_change": np.inf, "hidden_layer_sizes": (4,), **settings}
    return MLPRegressor(**settings, engine=engine)


def stream(model, n_calls):
    """Return the calls that warned, counted from 0, and those that moved no weight."""
    warned, idle = [], []
    for call in range(n_calls):
        before = model.coefs_[0].copy() if hasattr(model, "coefs_") else None
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model.partial_fit(X, y)
        if caught:
            (warning,) = caught
            assert warning.category is UserWarning
            assert warning.filename == __file__
            warned.append(call)
        if before is not None and np.array_equal(model.coefs_[0], before):
            idle.append(call)
    return warned, idle


@pytest.mark.parametrize("learning_rate", ENDING.values(), ids=ENDING)
class TestEnding:
    def test_after_a_fit_it_restarts_and_warns(self, learning_rate, engine):
        model = regressor(engine, learning_rate=learning_rate).fit(X, y)
        with pytest.warns(UserWarning, match=restarts):
            model.partial_fit(X, y)
        assert stream(model, 9) == ([3, 7], [])

    def test_a_pure_stream_does_not_freeze(self, learning_rate, engine):
        model = regressor(engine, learning_rate=learning_rate)
        assert stream(model, 10) == ([4, 8], [])

    def test_the_rates_are_those_of_the_first_time(self, learning_rate):
        rates = []
        model = regressor(learning_rate=learning_rate, callbacks=[LearningRateMonitor()])
        for call in range(8):
            expected = pytest.warns(UserWarning, match=restarts) if call == 4 else nullcontext()
            with expected:
                rates += model.partial_fit(X, y).callbacks[0].learning_rates
        np.testing.assert_allclose(rates[4:], rates[:4])


def test_a_classifier_too():
    model = MLPClassifier((3,), learning_rate="cosine", max_iter=2, random_state=0)
    model.fit(X, y > 0)
    with pytest.warns(UserWarning, match="schedule restarts"):
        model.partial_fit(X, y > 0)


def test_a_useful_end_is_kept_in_silence(engine):
    schedule = schedules.Cosine(end=0.001)
    model = regressor(engine, learning_rate=schedule, callbacks=[LearningRateMonitor()])
    assert stream(model.fit(X, y), 5) == ([], [])
    assert model.callbacks[0].learning_rates == [pytest.approx(1e-6)]


def test_counts_and_the_solvers_state_go_on():
    model = regressor(learning_rate="linear", solver="adam").fit(X, y)
    with pytest.warns(UserWarning, match="schedule restarts"):
        model.partial_fit(X, y)
    assert model.t_ == 5 * 40
    assert model._optimizer.state.n_steps == 5 * 4


def test_augmented_rows_are_not_those_of_the_first_time(engine):
    """The draws go on where a schedule restarts."""
    noise = augmentations.GaussianNoise(std=1.0)
    settings = {"learning_rate": schedules.Linear(length=1), "learning_rate_init": 1e-12}
    model = regressor(engine, **settings, augmentation=noise, shuffle=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        losses = [model.partial_fit(X, y).loss_ for _ in range(3)]
    assert np.diff(np.sort(losses)).min() > 1e-4


def test_a_pickle_restarts_as_the_original():
    model = regressor(learning_rate="cosine").partial_fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    assert stream(again, 9) == stream(model, 9) == ([3, 7], [])
    np.testing.assert_array_equal(again.coefs_[0], model.coefs_[0])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_warm_fit_after_a_length(engine):
    schedule = schedules.Linear(length=4)
    monitor = LearningRateMonitor()
    model = regressor(engine, learning_rate=schedule, warm_start=True, callbacks=[monitor])
    model.set_params(max_iter=2).fit(X, y)
    rates = monitor.learning_rates
    rates = rates + model.fit(X, y).callbacks[0].learning_rates
    with pytest.warns(UserWarning, match="schedule restarts, for its length of 4 epochs"):
        model.fit(X, y)
    np.testing.assert_allclose(monitor.learning_rates, rates[:2])
    np.testing.assert_allclose(model.fit(X, y).callbacks[0].learning_rates, rates[2:])


def test_a_fit_that_outlasts_its_schedule_warns(engine):
    model = regressor(engine, learning_rate=schedules.Cosine(length=4), max_iter=10)
    with pytest.warns(UserWarning, match="last 6 of 10 epochs changed .* max_iter=4") as caught:
        model.fit(X, y)
    assert len(caught) == 1
    short = regressor(engine, learning_rate=schedules.Cosine(length=4)).fit(X, y)
    np.testing.assert_array_equal(model.coefs_[0], short.coefs_[0])


@pytest.mark.parametrize("rate", [lambda t: 0.1 * (t < 3), schedules.Exponential(1e-3)])
def test_a_fit_whose_rate_has_come_to_nothing_warns(engine, rate):
    with (
        pytest.warns(ConvergenceWarning),
        pytest.warns(UserWarning, match="of 8 epochs changed next to nothing"),
    ):
        regressor(engine, learning_rate=rate, max_iter=8).fit(X, y)


@pytest.mark.parametrize("name", ["exponential", "cosine", "one_cycle"])
def test_an_annealing_of_the_usual_length_is_silent(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        regressor(learning_rate=name, max_iter=200).fit(X, y)


def test_a_stream_whose_rate_decays_is_warned_of_once(engine):
    model = regressor(engine, learning_rate=schedules.Exponential(0.1))
    assert stream(model, 6) == ([3], [])  # 1, 0.1, 0.01, 0.001; the next one is less
    model = regressor(engine, learning_rate=schedules.Step(1, gamma=0.01), max_iter=2)
    with pytest.warns(ConvergenceWarning):
        model.fit(X, y)
    assert stream(model, 3)[0] == [0]


def test_a_function_that_returns_zero_is_warned_of_in_a_stream(engine):
    model = regressor(engine, learning_rate=lambda t: 0.01 * (t < 2))
    assert stream(model, 4) == ([2, 3], [2, 3])
    begins_with_zero = regressor(engine, learning_rate=lambda t: 0.001 * t)
    assert stream(begins_with_zero, 3) == ([], [])


@pytest.mark.parametrize("learning_rate", ["invscaling", "adaptive", "constant"])
def test_the_schedules_of_scikit_learn_stay_silent(learning_rate):
    settings = {"solver": "sgd", "tol": 0.5, "n_iter_no_change": 1}
    model = regressor(learning_rate=learning_rate, **settings)
    if learning_rate == "invscaling":
        model.set_params(power_t=1.5)
    assert stream(model, 40)[0] == []


class StopAt(Callback):
    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_end(self, state):
        return state.epoch == self.epoch


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_resumed_fit_knows_where_its_schedule_started(engine, tmp_path):
    """A fresh estimator resumes a warm fit that began anew with its schedule."""
    settings = {
        "learning_rate": schedules.Cosine(length=4),
        "warm_start": True,
        "engine": engine,
    }
    path = tmp_path / "run.npz"
    whole, cut = regressor(**settings).fit(X, y), regressor(**settings).fit(X, y)
    cut.set_params(callbacks=[Checkpoint(path), StopAt(2)])
    for model in (whole, cut):
        with pytest.warns(UserWarning, match="schedule restarts"):
            model.fit(X, y)
    resumed = regressor(**settings).fit(X, y, resume_from=path)
    assert cut.n_iter_ == 2
    np.testing.assert_array_equal(resumed.coefs_[0], whole.coefs_[0])
    assert resumed._optimizer.progress == whole._optimizer.progress


def test_a_length_that_nothing_depends_on_is_refused():
    for schedule in (schedules.Constant(length=9), schedules.Exponential(length=9, warmup=2)):
        with pytest.raises(ValueError, match=r"length=9 has no effect.*Leave it out"):
            regressor(learning_rate=schedule).fit(X, y)
    with pytest.warns(ConvergenceWarning):
        regressor(learning_rate=schedules.Constant(length=9, warmup=0.5)).fit(X, y)
