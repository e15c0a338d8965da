"""Callbacks: what they see, what they may do, and what they must not change."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from lightmlp import MLPRegressor
from lightmlp.callbacks import (
    Callback,
    EarlyStopping,
    GradientHealth,
    History,
    LearningRateMonitor,
    PrintLoss,
    TrainingState,
)

rng = np.random.RandomState(0)
X = rng.normal(size=(60, 4))
y = np.arange(60) % 3
target = X[:, 0] - X[:, 1] ** 2

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def regressor(*callbacks, **settings):
    settings = {"hidden_layer_sizes": (6,), "max_iter": 5, "random_state": 0, **settings}
    return MLPRegressor(**settings, callbacks=list(callbacks))


class Recorder(Callback):
    """Keeps all states and calls functions on them in the hook."""

    def __init__(self, look=lambda state: None, stop_at=None, interrupt_at=None):
        self.look, self.stop_at, self.interrupt_at = look, stop_at, interrupt_at
        self.calls, self.states, self.seen = [], [], []

    def _take(self, name, state):
        self.calls.append(name)
        self.states.append(state)
        self.seen.append(self.look(state))

    def on_fit_begin(self, state):
        self._take("begin", state)

    def on_epoch_end(self, state):
        self._take("epoch", state)
        if state.epoch == self.interrupt_at:
            raise KeyboardInterrupt
        return state.epoch == self.stop_at

    def on_fit_end(self, state):
        self._take("end", state)


class TestProtocol:
    def test_hooks_and_states(self, engine):
        recorder = Recorder()
        model = regressor(
            recorder, engine=engine, validation_split=[(range(40), range(40, 60))]
        )
        model.fit(X, target)
        assert recorder.calls == ["begin", *["epoch"] * 5, "end"]
        epochs = recorder.states[1:-1]
        assert [state.epoch for state in recorder.states] == [0, 1, 2, 3, 4, 5, 5]
        assert [state.loss for state in epochs] == model.loss_curve_
        assert [state.validation_loss for state in epochs] == model.validation_loss_curve_
        assert [state.validation_score for state in epochs] == model.validation_scores_
        assert {state.learning_rate for state in epochs} == {0.001}
        assert {(state.n_samples, state.max_epochs) for state in epochs} == {(40, 5)}
        assert all(state.samples_per_second > 0 for state in epochs)
        times = [state.time for state in recorder.states]
        assert times == sorted(times)
        assert recorder.states[0].loss is None
        assert [state.stop_reason for state in recorder.states[-3:]] == [
            None, "max_iter", "max_iter",
        ]  # fmt: skip

    def test_states_cannot_be_changed(self):
        recorder = Recorder()
        regressor(recorder).fit(X, target)
        with pytest.raises(AttributeError):
            recorder.states[1].loss = 0.0

    def test_parameters_are_those_of_the_epoch(self, engine):
        recorder = Recorder(lambda state: state.model)
        model = regressor(recorder, engine=engine).fit(X, target)
        for n_epochs, seen in enumerate(recorder.seen[1:-1], start=1):
            shorter = regressor(max_iter=n_epochs, engine=engine).fit(X, target)
            assert np.array_equal(seen.predict(X), shorter.predict(X))
        for W, final in zip(recorder.states[-1].coefs, model.coefs_, strict=True):
            assert np.array_equal(W, final)

    def test_parameters_asked_for_too_late_are_an_error(self):
        recorder = Recorder()
        regressor(recorder).fit(X, target)
        with pytest.raises(
            RuntimeError, match="after epoch 2 are gone: training is at epoch 5"
        ):
            recorder.states[2].coefs  # noqa: B018

    def test_the_end_sees_the_best_parameters(self, engine):
        recorder = Recorder(lambda state: state.coefs[0].copy())
        noise = np.random.RandomState(9).normal(size=60)
        model = regressor(recorder, early_stopping=True, learning_rate_init=0.3, engine=engine)
        model.set_params(max_iter=30).fit(X, noise)
        best = int(np.argmax(model.validation_scores_))
        assert best < model.n_iter_ - 1
        assert np.array_equal(recorder.seen[-1], recorder.seen[1 + best])
        assert np.array_equal(recorder.seen[-1], model.coefs_[0])

    def test_sample_takes_rows_that_train(self):
        frame = pd.DataFrame(X, columns=list("abcd"))
        recorder = Recorder(lambda state: state.sample(7))
        split = [(np.arange(40), np.arange(40, 60))]
        regressor(recorder, validation_split=split).fit(frame, target)
        rows, targets = recorder.seen[0]
        assert list(rows.columns) == list("abcd")
        assert rows.index[[0, -1]].tolist() == [0, 39]
        assert np.array_equal(targets, target[rows.index])

    @pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
    def test_looking_changes_no_bit(self, solver, engine):
        settings = {"solver": solver, "engine": engine}
        plain = regressor(**settings).fit(X, target)
        watchers = [Recorder(lambda state: state.model), History(), GradientHealth()]
        watched = regressor(*watchers, **settings).fit(X, target)
        assert all(np.array_equal(a, b) for a, b in zip(plain.coefs_, watched.coefs_,
                                                        strict=True))  # fmt: skip
        assert plain.n_iter_ == watched.n_iter_

    def test_a_callback_stops_without_a_warning_and_all_hear_of_the_epoch(self, engine):
        first, second = Recorder(stop_at=2), Recorder()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model = regressor(first, second, engine=engine).fit(X, target)
        assert model.n_iter_ == 2
        assert second.calls == ["begin", "epoch", "epoch", "end"]
        assert second.states[-1].stop_reason == "callback"

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [(History, r"class History, expected an object"), (print, "lacks on_fit_begin")],
    )
    def test_what_is_no_callback(self, wrong, message):
        with pytest.raises(ValueError, match=message):
            regressor(wrong).fit(X, target)
        with pytest.raises(ValueError, match="callbacks"):
            MLPRegressor(callbacks=History()).fit(X, target)

    def test_partial_fit_is_a_fit_of_one_epoch(self, engine):
        recorder = Recorder()
        model = regressor(recorder, engine=engine)
        for _ in range(2):
            model.partial_fit(X, target)
        assert recorder.calls == ["begin", "epoch", "end"] * 2


class TestLbfgs:
    def test_iterations_are_epochs(self, engine):
        recorder = Recorder(lambda state: state.model)
        model = regressor(recorder, solver="lbfgs", engine=engine).fit(X, target)
        assert recorder.calls == ["begin", *["epoch"] * model.n_iter_, "end"]
        for state, seen in list(zip(recorder.states, recorder.seen, strict=True))[1:-1]:
            assert state.loss == pytest.approx(seen.loss_and_gradients(X, target)[0])
        assert recorder.states[-1].stop_reason == "max_iter"
        assert np.array_equal(recorder.states[-1].coefs[0], model.coefs_[0])

    def test_a_callback_may_stop_it(self, engine):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model = regressor(Recorder(stop_at=3), solver="lbfgs", engine=engine)
            model.fit(X, target)
        assert model.n_iter_ == 3

    def test_max_time_ends_it(self, engine):
        model = regressor(solver="lbfgs", max_time=1e-9, engine=engine)
        with pytest.warns(UserWarning, match="max_time=1e-09 seconds passed after 1 iter"):
            model.fit(X, target)
        assert model.n_iter_ == 1

    def test_an_interrupt_passes_on_and_ends_the_callbacks(self):
        recorder = Recorder(interrupt_at=3)
        model = regressor(recorder, solver="lbfgs")
        with pytest.raises(KeyboardInterrupt):
            model.fit(X, target)
        assert recorder.states[-1].stop_reason == "interrupted"
        assert model.predict(X).shape == (60,)


class TestEndings:
    def test_an_interrupt_keeps_the_parameters_reached(self, engine):
        recorder = Recorder(lambda state: state.coefs[0].copy(), interrupt_at=3)
        model = regressor(recorder, engine=engine)
        with pytest.warns(UserWarning, match="Training interrupted by user"):
            model.fit(X, target)
        assert model.n_iter_ == 3
        assert recorder.calls[-1] == "end"
        assert recorder.states[-1].stop_reason == "interrupted"
        assert np.array_equal(model.coefs_[0], recorder.seen[3])

    def test_an_error_ends_the_callbacks_and_leaves_the_model(self, engine):
        class Failing(Callback):
            def on_epoch_end(self, state):
                raise OSError("no space left")

        recorder = Recorder()
        model = regressor(engine=engine).fit(X, target)
        before = model.coefs_
        with pytest.raises(OSError, match="no space left"):
            model.set_params(callbacks=[recorder, Failing()]).fit(X, target)
        assert recorder.states[-1].stop_reason == "error"
        assert model.coefs_ is before


class TestSklearnTools:
    def test_clones_have_callbacks_of_their_own(self):
        history = History()
        model = regressor(history).fit(X, target)
        copy = clone(model)
        assert copy.callbacks[0] is not history
        copy.set_params(max_iter=2).fit(X, target)
        assert (len(history.rows), len(copy.callbacks[0].rows)) == (5, 2)

    def test_a_pickle_keeps_what_they_recorded(self):
        callbacks = [History(), EarlyStopping("loss"), LearningRateMonitor(), GradientHealth()]
        model = regressor(*callbacks, PrintLoss(100)).fit(X, target)
        copy = pickle.loads(pickle.dumps(model))
        assert copy.callbacks[0].rows == callbacks[0].rows
        assert np.array_equal(copy.fit(X, target).predict(X), model.predict(X))

    def test_grid_search(self):
        grid = GridSearchCV(regressor(History()), {"alpha": [0.0, 0.1]}, cv=2).fit(X, target)
        assert len(grid.best_estimator_.callbacks[0].rows) == 5


def test_a_state_is_what_the_documentation_lists():
    for name in TrainingState.__dataclass_fields__:
        assert name.startswith("_") or f"{name}" in TrainingState.__doc__
