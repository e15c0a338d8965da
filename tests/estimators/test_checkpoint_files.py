"""Checkpoints, and fits that go on from them to the same bits."""

import hashlib
import json
import os

import numpy as np
import pytest

from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.callbacks import (
    Callback,
    Checkpoint,
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


class TestFile:
    def test_it_is_a_text_and_numbers(self, tmp_path):
        path = tmp_path / "no_suffix"
        model = regressor(callbacks=[Checkpoint(str(path))]).fit(X, target)
        content = path.read_bytes()
        magic = b"LightMLP checkpoint\n"
        assert content.startswith(magic)
        start = len(magic) + 8 + 32
        end = start + int.from_bytes(content[len(magic) : len(magic) + 8], "little")
        header = json.loads(content[start:end])
        assert header["arrays"][0] == ["parameters.layers.0.weight", "float64", [4, 6]]
        assert content[end : end + 4 * 6 * 8] == model.coefs_[0].tobytes()
        assert header["digest"] == hashlib.blake2b(content[end:], digest_size=32).hexdigest()

    def test_a_failure_while_writing_leaves_the_old_file(self, tmp_path, monkeypatch):
        path = tmp_path / "run.npz"
        regressor(max_iter=3, callbacks=[Checkpoint(path)]).fit(X, target)
        before = path.read_bytes()

        def fail(descriptor):
            raise OSError("no space left")

        monkeypatch.setattr(os, "fsync", fail)
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
        with path.open("wb") as file:
            np.savez(file, other=np.zeros(3))
        with pytest.raises(ValueError, match="is not a checkpoint of LightMLP"):
            regressor().fit(X, target, resume_from=path)

    def test_another_format(self, tmp_path, monkeypatch):
        import lightmlp.training.saving

        path = tmp_path / "run.npz"
        monkeypatch.setattr(lightmlp.training.saving, "FORMAT", 99)
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
    with pytest.raises(ValueError, match="resume_from cannot act with"):
        regressor(solver="lbfgs").fit(X, target, resume_from=path)
