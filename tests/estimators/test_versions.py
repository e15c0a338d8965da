"""Pickles and checkpoints tell which version wrote them; another one's come with a warning."""

import copy
import pickle
import warnings

import joblib
import numpy as np
import pytest
import sklearn.exceptions
from sklearn.base import clone

import lightmlp
from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.callbacks import Checkpoint
from lightmlp.exceptions import InconsistentVersionWarning

X, y = np.arange(12.0).reshape(6, 2), np.array([0, 1, 0, 1, 0, 1])


@pytest.fixture(params=[MLPClassifier, MLPRegressor])
def model(request):
    return request.param(solver="lbfgs", tol=1e3, hidden_layer_sizes=2, random_state=0).fit(
        X, y
    )


def written_by(version, model, monkeypatch):
    """Return a pickle as another version writes it; None: as before versions were recorded."""
    state = model.__getstate__()
    assert state.pop("_lightmlp_version") == lightmlp.__version__
    if version is not None:
        state["_lightmlp_version"] = version
    with monkeypatch.context() as patch:
        patch.setattr(type(model), "__getstate__", lambda self: state)
        return pickle.dumps(model)


@pytest.mark.parametrize("version", ["0.0.1", "99.0"])
def test_a_pickle_of_another_version(version, model, monkeypatch):
    data = written_by(version, model, monkeypatch)
    message = (
        f"^A pickle of {type(model).__name__} was written by LightMLP {version} and is read by "
        f"LightMLP {lightmlp.__version__}. .*invalid results.*install lightmlp=={version}"
    )
    with pytest.warns(InconsistentVersionWarning, match=message) as caught:
        loaded = pickle.loads(data)
    (warning,) = caught
    assert warning.filename == __file__
    assert warning.message.original_version == version
    assert warning.message.current_version == lightmlp.__version__
    assert np.array_equal(loaded.predict(X), model.predict(X))
    with warnings.catch_warnings(action="error"):  # from here on it is this version's
        pickle.loads(pickle.dumps(loaded))


def test_a_pickle_without_a_version(model, monkeypatch):
    data = written_by(None, model, monkeypatch)
    # A filter that is set up for scikit-learn's models holds for these too.
    with pytest.warns(
        sklearn.exceptions.InconsistentVersionWarning, match="by an unknown version of LightMLP"
    ):
        pickle.loads(data)


@pytest.mark.filterwarnings("error")
def test_copies_of_this_version_are_silent_and_complete(model, tmp_path):
    joblib.dump(model, tmp_path / "model.joblib")
    for twin in (
        pickle.loads(pickle.dumps(model)),
        joblib.load(tmp_path / "model.joblib"),
        copy.copy(model),
        copy.deepcopy(model),
        clone(model).fit(X, y),
    ):
        assert vars(twin).keys() == vars(model).keys()
        assert np.array_equal(twin.predict(X), model.predict(X))
    joblib.Parallel(n_jobs=2)(joblib.delayed(len)([model]) for _ in range(2))


def test_a_warning_survives_a_process_boundary():
    sent = InconsistentVersionWarning("message", "1", "2")
    received = pickle.loads(pickle.dumps(sent))
    assert (str(received), received.original_version) == ("message", "1")


@pytest.mark.parametrize("version", ["0.0.1", "99.0"])
def test_a_checkpoint_of_another_version(version, tmp_path, monkeypatch):
    path = tmp_path / "run.ckpt"
    fit = {"max_iter": 3, "tol": 1e9, "n_iter_no_change": 1, "random_state": 0}
    with monkeypatch.context() as patch:
        patch.setattr("lightmlp.training.saving.__version__", version)
        whole = MLPClassifier(**fit, callbacks=[Checkpoint(path)]).fit(X, y)
    message = f"resume_from=.*run.ckpt.*written by LightMLP {version} and is read by LightMLP"
    with pytest.warns(InconsistentVersionWarning, match=message) as caught:
        resumed = MLPClassifier(**fit).fit(X, y, resume_from=path)
    assert [warning.filename for warning in caught] == [__file__]
    assert resumed.loss_curve_ == whole.loss_curve_


@pytest.mark.filterwarnings("error")
def test_a_checkpoint_of_this_version_is_silent(tmp_path):
    path = tmp_path / "run.ckpt"
    fit = {"max_iter": 3, "tol": 1e9, "n_iter_no_change": 1, "random_state": 0}
    MLPClassifier(**fit, callbacks=[Checkpoint(path)]).fit(X, y)
    MLPClassifier(**fit).fit(X, y, resume_from=path)
