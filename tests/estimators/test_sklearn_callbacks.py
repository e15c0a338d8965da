"""Callbacks of sklearn.callback, new in scikit-learn 1.9."""

import warnings

import numpy as np
import pandas as pd
import pytest

from lightmlp import MLPRegressor
from lightmlp.callbacks import Callback, History

rng = np.random.RandomState(0)
X = rng.normal(size=(60, 4))
target = X[:, 0] - X[:, 1] ** 2

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def regressor(*callbacks, **settings):
    settings = {"hidden_layer_sizes": (6,), "max_iter": 5, "random_state": 0, **settings}
    return MLPRegressor(**settings, callbacks=list(callbacks))


class StopAtOnce(Callback):
    def on_epoch_end(self, state):
        return True


@pytest.fixture
def sklearn_callback():
    return pytest.importorskip("sklearn.callback")


@pytest.fixture
def recording(sklearn_callback):
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
def test_the_fit_is_a_task_and_so_is_each_epoch(recording, solver):
    callback = recording()
    model = regressor(solver=solver, max_iter=3)
    assert model.set_callbacks(callback) is model
    model.fit(X, target)
    epochs = ["begin epoch", "end epoch"] * 3
    assert callback.hooks == ["setup", "begin fit", *epochs, "end fit", "teardown"]
    assert np.array_equal(callback.models[-1].predict(X), model.predict(X))
    model.set_callbacks().fit(X, target)
    assert len(callback.hooks) == 10


def test_it_may_stop_training(recording):
    model = regressor().set_callbacks(recording(stop_at=2)).fit(X, target)
    assert model.n_iter_ == 2


def test_it_is_torn_down_after_an_error(recording):
    callback = recording()
    model = regressor(validation_split=[]).set_callbacks(callback)
    with pytest.raises(ValueError, match="makes no split"):
        model.fit(X, target)
    assert callback.hooks == ["setup", "teardown"]
    assert set(vars(model)) == {*model.get_params(), "_skl_callbacks"}


def test_an_epoch_that_never_ran_is_closed(recording):
    callback = recording()
    regressor(StopAtOnce()).set_callbacks(callback).fit(X, target)
    assert callback.hooks.count("begin epoch") == callback.hooks.count("end epoch")


def test_scikit_learns_scoring_monitor(sklearn_callback):
    monitor = sklearn_callback.ScoringMonitor(scoring="r2")
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = regressor().set_callbacks(monitor).fit(frame, target)
    scores = [row["r2"] for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert len(scores) == 5
    assert scores[-1] == pytest.approx(model.score(frame, target))


def test_in_a_pipeline_with_a_progress_bar(sklearn_callback, capsys):
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    pipeline = make_pipeline(StandardScaler(), regressor())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # other steps support no callbacks
        pipeline.set_callbacks(sklearn_callback.ProgressBar()).fit(X, target)
    assert "MLPRegressor" in capsys.readouterr().out


def test_only_callbacks_are_accepted(sklearn_callback):
    with pytest.raises(TypeError, match="FitCallback"):
        regressor().set_callbacks(History())


def test_set_callbacks_is_absent_where_scikit_learn_lacks_it(monkeypatch):
    import lightmlp.estimators.learning

    monkeypatch.setattr(lightmlp.estimators.learning, "find_spec", lambda name: None)
    assert not hasattr(MLPRegressor(), "set_callbacks")
