"""Checkpoints, and fits that go on from them to the same bits."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from scipy import sparse
from sklearn.model_selection import ShuffleSplit

from lightmlp import MLPClassifier, MLPRegressor, schedules
from lightmlp.callbacks import (
    Callback,
    Checkpoint,
    EarlyStopping,
    GradientHealth,
    History,
    LearningRateMonitor,
)
from lightmlp.training.optimizers import OPTIMIZERS

rng = np.random.RandomState(0)
X = rng.normal(size=(60, 4))
y = np.arange(60) % 3
target = X[:, 0] - X[:, 1] ** 2
X_val, target_val = rng.normal(size=(20, 4)), rng.normal(size=20)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class StopAt(Callback):
    """Stands for the kill."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_end(self, state):
        return state.epoch == self.epoch


def regressor(**settings):
    settings = {"hidden_layer_sizes": (6,), "max_iter": 9, "random_state": 0, **settings}
    return MLPRegressor(**settings)


def assert_same_fit(one, other):
    for name in (
        "coefs_", "intercepts_", "scales_", "running_means_", "running_variances_",
    ):  # fmt: skip
        for a, b in zip(getattr(one, name), getattr(other, name), strict=True):
            assert a.dtype == b.dtype
            assert np.array_equal(a, b), name
    for name in (
        "loss_curve_", "validation_loss_curve_", "validation_scores_", "best_loss_",
        "best_validation_score_", "n_iter_", "t_", "_no_improvement_count",
    ):  # fmt: skip
        a, b = getattr(one, name), getattr(other, name)
        assert type(a) is type(b), name
        assert a == b, name
    assert [type(loss) for loss in one.loss_curve_] == [
        type(loss) for loss in other.loss_curve_
    ]
    assert one._optimizer.seed == other._optimizer.seed
    states = [model._optimizer.state for model in (one, other)]
    assert states[0].n_steps == states[1].n_steps
    assert one._optimizer.progress == other._optimizer.progress
    for slot, other_slot in zip(*(state.slots for state in states), strict=True):
        assert np.array_equal(slot.flatten(), other_slot.flatten())


SETTINGS = {
    "adam": {},
    "momentum": {"solver": "sgd"},
    "invscaling": {"solver": "sgd", "learning_rate": "invscaling"},
    "adaptive": {"solver": "sgd", "learning_rate": "adaptive", "tol": 9, "n_iter_no_change": 1},
    "plateau": {"learning_rate": schedules.Plateau(patience=0), "solver": "rmsprop"},
    "cosine": {"learning_rate": schedules.Cosine(per="step", warmup=3), "solver": "muon"},
    "no shuffle": {"shuffle": False},
    "early stopping": {"early_stopping": True, "learning_rate_init": 0.3},
    "stalls": {"tol": 9, "n_iter_no_change": 3},
    "best of a split": {
        "restore_best_weights": True,
        "validation_split": ShuffleSplit(1, test_size=0.3),
        "scoring": "loss",
    },
}


REGULARIZED = {
    "dropout": {"dropout": 0.3, "input_dropout": 0.1},
    "dropout without shuffle": {"dropout": 0.3, "shuffle": False},
    "batch norm": {"normalization": "batch", "batch_size": 16},
    "layer norm": {"normalization": "layer", "solver": "muon", "weight_decay": 0.1},
    "best of batch norm": {
        "normalization": "batch",
        "dropout": 0.2,
        "early_stopping": True,
        "learning_rate_init": 0.3,
    },
    "rules": {
        "l1": 0.1,
        "max_norm": 1.0,
        "gradient_clip": 0.5,
        "gradient_clip_value": 0.1,
        "layer_learning_rates": (0.0, 0.5),
        "role_learning_rates": {"bias": 0.5},
    },
}


def check_same_bits(settings, stop_at, tmp_path):
    if "validation_split" in settings:
        settings["validation_split"] = ShuffleSplit(1, test_size=0.3, random_state=1)
    noise = np.random.RandomState(9).normal(size=60)
    whole = regressor(**settings).fit(X, noise)
    path = tmp_path / "run.npz"
    cut = regressor(**settings, callbacks=[Checkpoint(path), StopAt(stop_at)])
    assert cut.fit(X, noise).n_iter_ == stop_at < whole.n_iter_ or stop_at == 5
    resumed = regressor(**settings).fit(X, noise, resume_from=path)
    assert_same_fit(resumed, whole)


class TestSameBits:
    @pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
    @pytest.mark.parametrize("stop_at", [1, 4, 5])
    def test_a_resumed_fit_is_the_uninterrupted_one(self, settings, stop_at, tmp_path, engine):
        check_same_bits({**settings, "engine": engine}, stop_at, tmp_path)

    @pytest.mark.parametrize("settings", REGULARIZED.values(), ids=REGULARIZED)
    @pytest.mark.parametrize("stop_at", [1, 4, 5])
    def test_masks_and_running_statistics_go_on(self, settings, stop_at, tmp_path, engine):
        check_same_bits({**settings, "engine": engine}, stop_at, tmp_path)

    @pytest.mark.parametrize("solver", OPTIMIZERS)
    def test_every_solver_goes_on(self, solver, tmp_path, engine):
        check_same_bits({"solver": solver, "engine": engine}, 4, tmp_path)

    def test_rows_without_weight_make_no_steps(self, tmp_path, engine):
        weights = np.r_[np.zeros(20), np.ones(40)]
        settings = {"batch_size": 5, "shuffle": False, "engine": engine}
        whole = regressor(**settings).fit(X, target, weights)
        path = tmp_path / "run.npz"
        regressor(**settings, callbacks=[Checkpoint(path), StopAt(3)]).fit(X, target, weights)
        resumed = regressor(**settings).fit(X, target, weights, resume_from=path)
        assert_same_fit(resumed, whole)
        assert resumed._optimizer.state.n_steps == 9 * 8

    def test_augmented_rows_of_a_splitter_that_repeats_them(self, tmp_path, engine):
        split = [(np.r_[0:30, 0:30, 0:30], np.r_[40:50, 40:50])]
        settings = {"validation_split": split, "augmentation": "mixup", "engine": engine}
        whole = regressor(**settings).fit(X, target)
        path = tmp_path / "run.npz"
        regressor(**settings, callbacks=[Checkpoint(path), StopAt(3)]).fit(X, target)
        assert_same_fit(regressor(**settings).fit(X, target, resume_from=path), whole)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    @pytest.mark.parametrize("csr", [False, True])
    def test_classifiers_of_both_types_dense_and_sparse(self, dtype, csr, tmp_path, engine):
        rows = X.astype(dtype)
        rows = sparse.csr_matrix(rows) if csr else rows
        weights = np.random.RandomState(9).uniform(size=60)
        model = MLPClassifier((5,), max_iter=6, random_state=3, engine=engine)
        whole = model.fit(rows, y, sample_weight=weights)
        path = tmp_path / "run.npz"
        cut = MLPClassifier(**model.get_params())
        cut.set_params(callbacks=[Checkpoint(path, every=2), StopAt(4)])
        cut.fit(rows, y, sample_weight=weights)
        cut.set_params(callbacks=None).fit(rows, y, sample_weight=weights, resume_from=path)
        assert_same_fit(cut, whole)
        assert cut.classes_.tolist() == [0, 1, 2]

    def test_rows_to_validate_with_of_ones_own(self, tmp_path, engine):
        given = {"X_val": X_val, "y_val": target_val}
        settings = {"early_stopping": True, "engine": engine}
        whole = regressor(**settings).fit(X, target, **given)
        path = tmp_path / "run.npz"
        regressor(**settings, callbacks=[Checkpoint(path), StopAt(3)]).fit(X, target, **given)
        resumed = regressor(**settings).fit(X, target, **given, resume_from=path)
        assert_same_fit(resumed, whole)

    def test_without_a_seed_the_masks_go_on(self, tmp_path, engine):
        third = tmp_path / "third"

        class SaveThird(Callback):
            def on_epoch_end(self, state):
                if state.epoch == 3:
                    state.save(third)

        settings = {"random_state": None, "dropout": 0.4, "shuffle": False, "engine": engine}
        whole = regressor(**settings, callbacks=[SaveThird()]).fit(X, target)
        assert_same_fit(regressor(**settings).fit(X, target, resume_from=third), whole)

    def test_without_a_seed_the_stream_goes_on(self, tmp_path, engine):
        paths = [tmp_path / "third", tmp_path / "last"]

        class Both(Checkpoint):
            def on_epoch_end(self, state):
                if state.epoch == 3:
                    state.save(paths[0])
                super().on_epoch_end(state)

        settings = {"random_state": None, "early_stopping": True, "engine": engine}
        whole = regressor(**settings, callbacks=[Both(paths[1])]).fit(X, target)
        before = np.random.get_state()[1].copy()
        resumed = regressor(**settings).fit(X, target, resume_from=paths[0])
        assert_same_fit(resumed, whole)
        assert np.array_equal(np.random.get_state()[1], before)

    @pytest.mark.parametrize("make", [
        np.random.RandomState, lambda seed: np.random.RandomState(np.random.PCG64(seed)),
    ])  # fmt: skip
    def test_a_generator_is_left_where_the_fit_would_leave_it(self, make, tmp_path):
        generators = [make(7) for _ in range(3)]
        whole = regressor(random_state=generators[0]).fit(X, target)
        path = tmp_path / "run.npz"
        cut = regressor(random_state=generators[1], callbacks=[Checkpoint(path), StopAt(4)])
        cut.fit(X, target)
        resumed = regressor(random_state=generators[2]).fit(X, target, resume_from=path)
        assert_same_fit(resumed, whole)
        assert generators[2].uniform() == generators[0].uniform()

    def test_a_warm_start_keeps_its_earlier_curves(self, tmp_path, engine):
        settings = {"warm_start": True, "early_stopping": True, "engine": engine}
        whole = regressor(**settings).fit(X, target).fit(X, target)
        path = tmp_path / "run.npz"
        cut = regressor(**settings).fit(X, target)
        cut.set_params(callbacks=[Checkpoint(path), StopAt(4)]).fit(X, target)
        resumed = regressor(**settings, callbacks=[Checkpoint(path)])
        resumed.fit(X, target, resume_from=path)
        assert_same_fit(resumed, whole)
        assert len(resumed.loss_curve_) == 18
        again = regressor(**settings).fit(X, target, resume_from=path)
        assert_same_fit(again, whole)

    def test_partial_fit_goes_on_after_it(self, tmp_path, engine):
        path = tmp_path / "run.npz"
        whole = regressor(engine=engine, callbacks=[Checkpoint(path)]).fit(X, target)
        resumed = regressor(engine=engine).fit(X, target, resume_from=path)
        for model in (whole, resumed):
            model.set_params(callbacks=None).partial_fit(X, target)
        assert_same_fit(resumed, whole)

    def test_more_epochs_than_at_first(self, tmp_path, engine):
        path = tmp_path / "run.npz"
        regressor(max_iter=4, callbacks=[Checkpoint(path, every=3)], engine=engine).fit(
            X, target
        )
        resumed = regressor(engine=engine).fit(X, target, resume_from=path)
        assert_same_fit(resumed, regressor(engine=engine).fit(X, target))

    def test_a_schedule_that_max_iter_ends_keeps_its_max_iter(self, tmp_path):
        path = tmp_path / "run.npz"
        settings = {"learning_rate": "cosine", "callbacks": [Checkpoint(path)]}
        regressor(max_iter=4, **settings).fit(X, target)
        with pytest.raises(ValueError, match="max_iter is 9, was 4"):
            regressor(**settings).fit(X, target, resume_from=path)

    def test_a_warm_up_that_is_a_share_of_max_iter_keeps_it_too(self, tmp_path):
        path = tmp_path / "run.npz"
        settings = {"learning_rate": schedules.Constant(warmup=0.5)}
        regressor(max_iter=4, **settings, callbacks=[Checkpoint(path)]).fit(X, target)
        with pytest.raises(ValueError, match="max_iter is 9, was 4"):
            regressor(**settings).fit(X, target, resume_from=path)
        settings["learning_rate"].set_params(warmup=2)
        regressor(max_iter=4, **settings, callbacks=[Checkpoint(path)]).fit(X, target)
        resumed = regressor(**settings).fit(X, target, resume_from=path)
        assert_same_fit(resumed, regressor(**settings).fit(X, target))

    def test_callbacks_go_on_too(self, tmp_path, engine):
        def callbacks():
            stop = EarlyStopping("loss", patience=2, min_delta=0.012)
            return [stop, History(), LearningRateMonitor(), GradientHealth(n_rows=10)]

        first, path = callbacks(), tmp_path / "run.npz"
        settings = {"max_iter": 200, "n_iter_no_change": 200, "engine": engine}
        settings |= {"learning_rate_init": 0.01}
        whole = regressor(**settings, callbacks=first).fit(X, target)
        assert 3 < whole.n_iter_ < 200
        cut = regressor(**settings, callbacks=[Checkpoint(path), *callbacks(), StopAt(3)])
        cut.fit(X, target)
        second = callbacks()
        resumed = regressor(**settings, callbacks=[*second, Checkpoint(path)])
        assert_same_fit(resumed.fit(X, target, resume_from=path), whole)
        for name in ("epoch", "loss"):
            assert second[1][name] == first[1][name]
        assert second[1]["time"] == sorted(second[1]["time"])
        assert second[2].learning_rates == first[2].learning_rates
        assert second[3].rows == first[3].rows
        # What EarlyStopping ended is over.
        third = callbacks()
        over = regressor(**settings, callbacks=third).fit(X, target, resume_from=path)
        assert_same_fit(over, whole)

    def test_a_fit_that_was_over_is_over(self, tmp_path, engine):
        path = tmp_path / "run.npz"
        settings = {"early_stopping": True, "tol": 9, "n_iter_no_change": 2, "engine": engine}
        whole = regressor(**settings, callbacks=[Checkpoint(path, every=100)]).fit(X, target)
        assert whole.n_iter_ == 4
        assert_same_fit(regressor(**settings).fit(X, target, resume_from=path), whole)


KILLED = """
import os, signal, sys
import numpy as np
from lightmlp import MLPClassifier
from lightmlp.callbacks import Callback, Checkpoint

class Kill(Checkpoint):
    def on_epoch_end(self, state):
        super().on_epoch_end(state)
        if state.epoch == 7:
            os.kill(os.getpid(), signal.SIGKILL)

rng = np.random.RandomState(0)
X, y = rng.normal(size=(200, 5)), rng.randint(0, 3, 200)
callbacks = [Kill(sys.argv[1], every=3)]
model = MLPClassifier((8,), max_iter=15, early_stopping=True, random_state=0)
model.set_params(callbacks=callbacks, engine=sys.argv[2]).fit(X, y)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the signal is of POSIX")
def test_a_killed_process_is_resumed_to_the_same_bits(tmp_path, engine):
    path = tmp_path / "run.npz"
    run = subprocess.run([sys.executable, "-c", KILLED, str(path), engine], check=False)
    assert run.returncode == -signal.SIGKILL
    assert os.listdir(tmp_path) == ["run.npz"]
    rng = np.random.RandomState(0)
    X, y = rng.normal(size=(200, 5)), rng.randint(0, 3, 200)
    settings = {"max_iter": 15, "early_stopping": True, "random_state": 0, "engine": engine}
    whole = MLPClassifier((8,), **settings).fit(X, y)
    history = History()
    resumed = MLPClassifier((8,), **settings, callbacks=[history])
    assert_same_fit(resumed.fit(X, y, resume_from=path), whole)
    assert history["epoch"] == list(range(7, whole.n_iter_ + 1))  # the file is of epoch 6
