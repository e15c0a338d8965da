"""Callbacks: what they see, what they may do, and what they must not change."""

import pickle
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.callbacks import (
    Callback,
    EarlyStopping,
    GradientHealth,
    GradientHealthWarning,
    History,
    LearningRateMonitor,
    PrintLoss,
    TrainingState,
)

rng = np.random.RandomState(0)
X = rng.normal(size=(60, 4))
y = np.arange(60) % 3
target = X[:, 0] - X[:, 1] ** 2

ignore_convergence = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
pytestmark = ignore_convergence


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


class TestBuiltIn:
    def test_history(self, engine):
        history = History()
        model = regressor(history, engine=engine).fit(X, target)
        assert history["epoch"] == [1, 2, 3, 4, 5]
        assert history["loss"] == model.loss_curve_
        assert "validation_loss" not in history.rows[0]
        model.fit(X, target)
        assert len(pd.DataFrame(history.rows)) == 5

    def test_early_stopping_counts_as_its_patience_says(self, engine):
        noise = np.random.RandomState(9).normal(size=60)
        stop = EarlyStopping(patience=4)
        settings = {"max_iter": 500, "learning_rate_init": 0.1, "n_iter_no_change": 500}
        split = [(np.arange(40), np.arange(40, 60))]
        model = regressor(stop, engine=engine, validation_split=split, **settings)
        model.fit(X, noise)
        best = int(np.argmin(model.validation_loss_curve_))
        assert model.n_iter_ == best + 1 + 4 < 500
        assert stop.best == min(model.validation_loss_curve_)

    def test_early_stopping_by_a_score_that_rises(self):
        stop = EarlyStopping("validation_score", patience=1, min_delta=0.0)
        split = [(np.arange(40), np.arange(40, 60))]
        model = regressor(stop, validation_split=split, max_iter=300).fit(X, target)
        scores = model.validation_scores_
        assert all(np.diff(scores[:-1]) > 0)
        assert model.n_iter_ == 300 or scores[-1] <= scores[-2]

    def test_early_stopping_needs_something_to_watch(self):
        with pytest.raises(ValueError, match=r"validation_loss.*Pass X_val"):
            regressor(EarlyStopping()).fit(X, target)

    @pytest.mark.parametrize(
        "make",
        [
            lambda: EarlyStopping("accuracy"),
            lambda: EarlyStopping(patience=0),
            lambda: PrintLoss(every=0),
            lambda: GradientHealth(n_rows=0),
        ],
    )
    def test_bad_settings(self, make):
        with pytest.raises(ValueError, match="must be"):
            make()

    def test_learning_rates(self, engine):
        monitor = LearningRateMonitor()
        model = regressor(monitor, solver="sgd", learning_rate="adaptive", engine=engine)
        model.set_params(tol=10, n_iter_no_change=1).fit(X, target)
        assert monitor.learning_rates == [1e-3, 1e-3, 1e-3, 2e-4, 2e-4]

    def test_print_loss(self, capsys):
        split = [(np.arange(40), np.arange(40, 60))]
        model = regressor(PrintLoss(every=2), validation_split=split).fit(X, target)
        lines = capsys.readouterr().out.splitlines()
        assert [line.split(":")[0] for line in lines] == ["Epoch 2/5", "Epoch 4/5", "Epoch 5/5"]
        assert lines[-1] == (
            f"Epoch 5/5: loss {model.loss_:.6g}, validation loss "
            f"{model.validation_loss_curve_[-1]:.6g}, validation score "
            f"{model.validation_scores_[-1]:.6g}"
        )


class TestGradientHealth:
    def test_figures_are_those_of_the_public_methods(self, engine):
        health = GradientHealth(n_rows=1000)
        model = MLPClassifier((6, 3), activation="tanh", max_iter=2, random_state=0)
        model.set_params(engine=engine, callbacks=[health]).fit(X, y)
        _, gradients, _ = model.loss_and_gradients(X, y)
        hidden = model.hidden_activations(X)
        for layer, row in enumerate(health.rows[-3:]):
            assert (row["epoch"], row["layer"]) == (2, layer)
            assert row["gradient_norm"] == pytest.approx(np.linalg.norm(gradients[layer]))
            assert row["weight_norm"] == pytest.approx(np.linalg.norm(model.coefs_[layer]))
            share = (abs(hidden[layer]) > 0.98).mean() if layer < 2 else 0.0
            assert row["saturated_share"] == pytest.approx(share)

    @pytest.mark.parametrize(
        ("kind", "settings", "scale"),
        [
            ("vanishing", {"activation": "logistic", "hidden_layer_sizes": (8,) * 8}, 1.0),
            ("exploding", {"activation": "identity"}, 1e4),
            ("saturated", {"activation": "tanh"}, 1e3),
        ],
    )
    def test_warns_with_advice_once(self, kind, settings, scale):
        model = regressor(GradientHealth(), **settings, learning_rate_init=1e-9)
        with pytest.warns(GradientHealthWarning) as caught:
            model.fit(X * scale, target)
        about = [str(w.message) for w in caught if f" is {kind} in epoch 1" in str(w.message)]
        assert about
        assert all(text.endswith(".") and text.count(".") >= 2 for text in about)
        assert len(about) == len({text[:9] for text in about})

    def test_warns_of_dead_units(self, engine):
        model = regressor(GradientHealth(), warm_start=True, engine=engine).fit(X, target)
        model.intercepts_[0] -= 1e3
        with pytest.warns(GradientHealthWarning, match="Layer 0 is dead .*100% units never"):
            model.fit(X, target)

    def test_a_healthy_network_is_left_in_peace(self, engine):
        with warnings.catch_warnings():
            warnings.simplefilter("error", GradientHealthWarning)
            regressor(GradientHealth(every=2), engine=engine).fit(X, target)

    def test_sparse_rows_and_names(self):
        frame = pd.DataFrame(X, columns=list("abcd"))
        for rows in (sparse.csr_matrix(X), frame):
            health = GradientHealth(n_rows=10)
            regressor(health).fit(rows, target)
            assert len(health.rows) == 10


class TestProgress:
    @pytest.mark.parametrize("solver", ["adam", "lbfgs"])
    def test_plain_lines_where_there_is_no_terminal(self, solver, capsys):
        model = regressor(verbose="bar", solver=solver, max_iter=40, tol=0.0)
        model.fit(X, target)
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith("Epoch 2/40: loss ")
        assert len(lines) == 20
        assert lines[-1].endswith("0:00 left")
        if solver == "adam":
            assert "learning rate 0.001" in lines[0]
            assert " samples/s, " in lines[0]

    def test_a_bar_on_a_terminal(self, capsys, monkeypatch):
        pytest.importorskip("rich")
        for name, value in {"FORCE_COLOR": "1", "COLUMNS": "150", "TERM": "xterm"}.items():
            monkeypatch.setenv(name, value)
        split = [(np.arange(40), np.arange(40, 60))]
        model = regressor(verbose="bar", validation_split=split).fit(X, target)
        out = capsys.readouterr().out
        assert "epoch 5/5" in out
        for figure in (model.loss_, model.validation_scores_[-1]):
            assert f"{figure:.6g}" in out
        assert "samples/s" in out
        assert "Iteration" not in out

    def test_without_rich_the_error_names_the_extra(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "rich", None)
        monkeypatch.setitem(sys.modules, "rich.console", None)
        with pytest.raises(ImportError, match=r"lightmlp\[progress\]"):
            regressor(verbose="bar").fit(X, target)

    def test_other_words_are_refused(self):
        with pytest.raises(ValueError, match="verbose"):
            regressor(verbose="line").fit(X, target)


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


class TestSklearnsOwnCallbacks:
    """Of sklearn.callback, new in scikit-learn 1.9."""

    @pytest.fixture
    def sklearn_callback(self):
        return pytest.importorskip("sklearn.callback")

    @pytest.fixture
    def recording(self, sklearn_callback):
        class Recording:
            def __init__(self, stop_at=None):
                self.stop_at, self.hooks, self.models = stop_at, [], []

            def setup(self, estimator, context):
                self.hooks.append("setup")

            def teardown(self, estimator, context):
                self.hooks.append("teardown")

            def on_fit_task_begin(self, estimator, context):
                self.hooks.append(f"begin {context.task_name}")

            def on_fit_task_end(self, estimator, context, *, X, y, metadata, fitted_estimator):
                self.hooks.append(f"end {context.task_name}")
                if fitted_estimator is not None:
                    self.models.append(fitted_estimator)
                return context.task_name == "epoch" and context.task_id + 1 == self.stop_at

        return Recording

    @pytest.mark.parametrize("solver", ["adam", "lbfgs"])
    def test_the_fit_is_a_task_and_so_is_each_epoch(self, recording, solver):
        callback = recording()
        model = regressor(solver=solver, max_iter=3)
        assert model.set_callbacks(callback) is model
        model.fit(X, target)
        epochs = ["begin epoch", "end epoch"] * 3
        assert callback.hooks == ["setup", "begin fit", *epochs, "end fit", "teardown"]
        assert np.array_equal(callback.models[-1].predict(X), model.predict(X))
        model.set_callbacks().fit(X, target)
        assert len(callback.hooks) == 10

    def test_it_may_stop_training(self, recording):
        model = regressor().set_callbacks(recording(stop_at=2)).fit(X, target)
        assert model.n_iter_ == 2

    def test_it_is_torn_down_after_an_error(self, recording):
        callback = recording()
        model = regressor(validation_split=[]).set_callbacks(callback)
        with pytest.raises(ValueError, match="makes no split"):
            model.fit(X, target)
        assert callback.hooks == ["setup", "teardown"]
        assert set(vars(model)) == {*model.get_params(), "_skl_callbacks"}

    def test_an_epoch_that_never_ran_is_closed(self, recording):
        callback = recording()
        regressor(Recorder(stop_at=1)).set_callbacks(callback).fit(X, target)
        assert callback.hooks.count("begin epoch") == callback.hooks.count("end epoch")

    def test_scikit_learns_scoring_monitor(self, sklearn_callback):
        monitor = sklearn_callback.ScoringMonitor(scoring="r2")
        frame = pd.DataFrame(X, columns=list("abcd"))
        model = regressor().set_callbacks(monitor).fit(frame, target)
        scores = [row["r2"] for row in monitor.get_logs().data if row["task_name"] == "epoch"]
        assert len(scores) == 5
        assert scores[-1] == pytest.approx(model.score(frame, target))

    def test_in_a_pipeline_with_a_progress_bar(self, sklearn_callback, capsys):
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        pipeline = make_pipeline(StandardScaler(), regressor())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # other steps support no callbacks
            pipeline.set_callbacks(sklearn_callback.ProgressBar()).fit(X, target)
        assert "MLPRegressor" in capsys.readouterr().out

    def test_only_callbacks_are_accepted(self, sklearn_callback):
        with pytest.raises(TypeError, match="FitCallback"):
            regressor().set_callbacks(History())


def test_set_callbacks_is_absent_where_scikit_learn_lacks_it(monkeypatch):
    import lightmlp.estimators.learning

    monkeypatch.setattr(lightmlp.estimators.learning, "find_spec", lambda name: None)
    assert not hasattr(MLPRegressor(), "set_callbacks")


def test_a_state_is_what_the_documentation_lists():
    for name in TrainingState.__dataclass_fields__:
        assert name.startswith("_") or f"{name}" in TrainingState.__doc__
