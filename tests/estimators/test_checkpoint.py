"""Checkpoints, and fits that go on from them to the same bits."""

import os
import signal
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from scipy import sparse
from sklearn.model_selection import ShuffleSplit

from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.callbacks import (
    Callback,
    Checkpoint,
    EarlyStopping,
    GradientHealth,
    History,
    LearningRateMonitor,
)

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
    for name in ("coefs_", "intercepts_"):
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
    states = [model._optimizer.state for model in (one, other)]
    assert states[0].n_steps == states[1].n_steps
    assert one._optimizer.learning_rate == other._optimizer.learning_rate
    for slot, other_slot in zip(*(state.slots for state in states), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(slot, other_slot, strict=True))


SETTINGS = {
    "adam": {},
    "momentum": {"solver": "sgd"},
    "invscaling": {"solver": "sgd", "learning_rate": "invscaling"},
    "adaptive": {"solver": "sgd", "learning_rate": "adaptive", "tol": 9, "n_iter_no_change": 1},
    "no shuffle": {"shuffle": False},
    "early stopping": {"early_stopping": True, "learning_rate_init": 0.3},
    "stalls": {"tol": 9, "n_iter_no_change": 3},
    "best of a split": {
        "restore_best_weights": True,
        "validation_split": ShuffleSplit(1, test_size=0.3),
        "scoring": "loss",
    },
}


class TestSameBits:
    @pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
    @pytest.mark.parametrize("stop_at", [1, 4, 5])
    def test_a_resumed_fit_is_the_uninterrupted_one(self, settings, stop_at, tmp_path, engine):
        settings = {**settings, "engine": engine}
        if "validation_split" in settings:
            settings["validation_split"] = ShuffleSplit(1, test_size=0.3, random_state=1)
        noise = np.random.RandomState(9).normal(size=60)
        whole = regressor(**settings).fit(X, noise)
        path = tmp_path / "run.npz"
        cut = regressor(**settings, callbacks=[Checkpoint(path), StopAt(stop_at)])
        assert cut.fit(X, noise).n_iter_ == stop_at < whole.n_iter_ or stop_at == 5
        resumed = regressor(**settings).fit(X, noise, resume_from=path)
        assert_same_fit(resumed, whole)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    @pytest.mark.parametrize("csr", [False, True])
    def test_classifiers_of_both_types_dense_and_sparse(self, dtype, csr, tmp_path, engine):
        rows = X.astype(dtype)
        rows = sparse.csr_matrix(rows) if csr else rows
        weights = rng.uniform(size=60)
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


class TestFile:
    def test_it_is_an_archive_without_pickles(self, tmp_path):
        path = tmp_path / "no_suffix"
        regressor(callbacks=[Checkpoint(str(path))]).fit(X, target)
        with np.load(path, allow_pickle=False) as archive:
            assert all(archive[name].dtype != object for name in archive.files)

    def test_a_failure_while_writing_leaves_the_old_file(self, tmp_path, monkeypatch):
        path = tmp_path / "run.npz"
        regressor(max_iter=3, callbacks=[Checkpoint(path)]).fit(X, target)
        before = path.read_bytes()

        def fail(file, **arrays):
            file.write(b"half")
            raise OSError("no space left")

        monkeypatch.setattr(np, "savez", fail)
        with pytest.raises(OSError, match="no space left"):
            regressor(callbacks=[Checkpoint(path)]).fit(X, target)
        assert path.read_bytes() == before
        assert os.listdir(tmp_path) == ["run.npz"]

    def test_written_every_few_epochs_and_at_the_end(self, tmp_path):
        epochs = []

        class Spy(Checkpoint):
            def on_epoch_end(self, state):
                self.path.unlink(missing_ok=True)
                super().on_epoch_end(state)
                if self.path.exists():
                    epochs.append(state.epoch)

        regressor(max_iter=8, callbacks=[Spy(tmp_path / "a", every=3)]).fit(X, target)
        assert epochs == [3, 6, 8]

    @pytest.mark.parametrize("content", [b"", b"words", b"PK\x03\x04 and no more"])
    def test_what_is_no_checkpoint(self, content, tmp_path):
        path = tmp_path / "run.npz"
        path.write_bytes(content)
        with pytest.raises(ValueError, match="is not a checkpoint of LightMLP"):
            regressor().fit(X, target, resume_from=path)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("header.npy", b"no array")
        with pytest.raises(ValueError, match="is not a checkpoint of LightMLP"):
            regressor().fit(X, target, resume_from=path)
        with path.open("wb") as file:
            np.savez(file, other=np.zeros(3))
        with pytest.raises(ValueError, match="is not a checkpoint of LightMLP"):
            regressor().fit(X, target, resume_from=path)

    def test_another_format(self, tmp_path, monkeypatch):
        import lightmlp.estimators.resuming

        path = tmp_path / "run.npz"
        monkeypatch.setattr(lightmlp.estimators.resuming, "FORMAT", 99)
        regressor(callbacks=[Checkpoint(path)]).fit(X, target)
        with pytest.raises(ValueError, match=r"has format 99, .* Resume with the version"):
            regressor().fit(X, target, resume_from=path)

    def test_missing_files_and_directories(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"resume_from=.*no such file"):
            regressor().fit(X, target, resume_from=tmp_path / "none")
        with pytest.raises(FileNotFoundError, match="there is no directory"):
            regressor(callbacks=[Checkpoint(tmp_path / "no" / "run")]).fit(X, target)
        with pytest.raises(ValueError, match="every=0 must be >= 1"):
            Checkpoint(tmp_path / "run", every=0)


class TestOtherRuns:
    @pytest.fixture
    def path(self, tmp_path):
        path = tmp_path / "run.npz"
        regressor(callbacks=[Checkpoint(path), StopAt(3)]).fit(X, target)
        return path

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"hidden_layer_sizes": (7,)}, r"network's widths is \[4, 7, 1\], was \[4, 6, 1\]"),
            ({"alpha": 0.1}, r"alpha is 0\.1, was 0\.0001"),
            ({"activation": "tanh", "solver": "sgd"}, "activation is .*solver is 'sgd', was"),
            ({"random_state": 1}, "random_state is 1, was 0"),
            ({"early_stopping": True}, "early_stopping is True, was False"),
            ({"scoring": "loss", "early_stopping": True}, "scoring is 'loss', was None"),
            ({"loss": "poisson"}, "the network's loss is 'poisson', was 'squared_error'"),
        ],
    )
    def test_other_settings(self, path, settings, message):
        values = abs(target) if "loss" in settings else target
        with pytest.raises(ValueError, match=f"belongs to another run: .*{message}"):
            regressor(**settings).fit(X, values, resume_from=path)

    @pytest.mark.parametrize(
        ("rows", "targets", "message"),
        [
            (X[:50], target[:50], r"the shape of X is \[50, 4\], was \[60, 4\]; the|\. Pass"),
            (X[:, :3], target, r"the shape of X is \[60, 3\], was \[60, 4\]"),
            (X.astype(np.float32), target, "the dtype of X is 'float32', was 'float64'"),
            (X + 1, target, "the content of X, y and the weights is not what it was"),
            (X, target + 1, "the content of X, y and the weights is not what it was"),
        ],
    )
    def test_other_data(self, path, rows, targets, message):
        with pytest.raises(ValueError, match=message):
            regressor().fit(rows, targets, resume_from=path)

    def test_rows_to_validate_with(self, path):
        with pytest.raises(ValueError, match="the content of X_val and y_val is"):
            regressor().fit(X, target, X_val=X, y_val=target, resume_from=path)

    def test_another_estimator_and_engine(self, path):
        with pytest.raises(ValueError, match="estimator is 'MLPClassifier'"):
            MLPClassifier((6,)).fit(X, y, resume_from=path)
        pytest.importorskip("lightmlp._native")
        with pytest.raises(ValueError, match="engine is 'reference', was 'native'"):
            regressor(engine="reference").fit(X, target, resume_from=path)

    def test_what_may_differ(self, path):
        model = regressor(n_threads=1, verbose=0, max_time=1e6, warm_start=True, max_iter=5)
        assert model.fit(X, target, resume_from=path).n_iter_ == 5

    def test_the_model_stays_as_it_was(self, path):
        model = regressor(alpha=1.0).fit(X, target)
        before = model.coefs_
        with pytest.raises(ValueError, match="another run"):
            model.fit(X, target, resume_from=path)
        assert model.coefs_ is before


def test_no_checkpoint_of_lbfgs_nor_of_partial_fit(tmp_path):
    path = tmp_path / "run.npz"
    model = regressor(solver="lbfgs", callbacks=[Checkpoint(path)])
    with pytest.raises(ValueError, match="solver='lbfgs' keeps its state inside SciPy"):
        model.fit(X, target)
    with pytest.raises(ValueError, match="after partial_fit, pickle the estimator"):
        model.set_params(solver="adam").partial_fit(X, target)
    model.fit(X, target)
    with pytest.raises(ValueError, match="resume_from needs training by epochs"):
        regressor(solver="lbfgs").fit(X, target, resume_from=path)
