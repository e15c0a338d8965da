"""Fits whose parameters are no longer finite: they end at once, and say why."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.callbacks import Callback, Checkpoint

rng = np.random.RandomState(0)
X = rng.normal(size=(60, 4))
y = np.arange(60) % 3
target = X[:, 0] - X[:, 1] ** 2

OF_SKLEARN = (
    "Solver produced non-finite parameter weights. The input data may contain large values "
    "and need to be preprocessed."
)


class Losses(Callback):
    def on_fit_begin(self, state):
        self.seen, self.reason = [], None

    def on_epoch_end(self, state):
        self.seen.append(state.loss)

    def on_fit_end(self, state):
        self.reason = state.stop_reason


def diverging(cls, engine, **settings):
    settings = {"solver": "sgd", "learning_rate_init": 1e200, "max_iter": 500, **settings}
    return cls(hidden_layer_sizes=(5,), activation="identity", random_state=0, engine=engine,
               callbacks=[Losses()], **settings)  # fmt: skip


@pytest.mark.parametrize("csr", [False, True])
@pytest.mark.parametrize("cls", [MLPClassifier, MLPRegressor])
def test_it_ends_in_the_epoch_that_shows_it(engine, cls, csr):
    model = diverging(cls, engine)
    rows = sparse.csr_matrix(1e3 * X) if csr else 1e3 * X
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="Training div") as raised:
        model.fit(rows, y)
    losses = model.callbacks[0]
    n = len(losses.seen)
    assert n < 5
    assert losses.reason == "diverged"
    message = str(raised.value)
    assert message.startswith(OF_SKLEARN)
    causes = [f"diverged in epoch {n}.", "columns of X", f"{abs(1e3 * X).max():.3g}",
              "learning_rate_init=1e+200", "StandardScaler"]  # fmt: skip
    causes += ["target y", "TransformedTargetRegressor"] * (cls is MLPRegressor)
    assert all(cause in message for cause in causes)
    assert ("target y" in message) == (cls is MLPRegressor)
    assert not hasattr(model, "coefs_")


def test_the_best_parameters_are_kept_with_a_warning(engine):
    """As scikit-learn keeps them, which goes on to the last epoch."""
    scores = iter([0.5, 0.7, 0.6, *[0.1] * 500])
    rates = [1e-3, 1e-3, 1e-3, 1e200]
    kept = []

    def score(model, rows, targets):
        kept.append(model.coefs_[0].copy())
        return next(scores)

    model = diverging(MLPRegressor, engine, early_stopping=True, scoring=score)
    model.set_params(learning_rate=lambda epoch: rates[min(epoch, 3)], learning_rate_init=1e-3)
    with (
        np.errstate(all="ignore"),
        pytest.warns(
            ConvergenceWarning, match="Training diverged: .*score, 0.7, are kept.*Usu"
        ),
    ):
        model.fit(X, target)
    assert model.n_iter_ < 10
    np.testing.assert_array_equal(model.coefs_[0], kept[1])


def test_the_first_parameters_are_never_kept_in_silence(engine):
    model = diverging(MLPRegressor, engine, early_stopping=True, scoring="loss")
    with (
        np.errstate(all="ignore"),
        pytest.warns(ConvergenceWarning, match="No epoch has a score, and the parameters that"),
    ):
        model.fit(1e200 * X, target)
    assert np.isfinite(model.coefs_[0]).all()


@pytest.mark.filterwarnings("ignore:Scales can be why")
def test_a_loss_that_overflows_with_finite_parameters_goes_on(engine):
    """Half of (1e160) ** 2 is infinite, its gradient is not."""
    model = MLPRegressor(
        hidden_layer_sizes=(), solver="sgd", momentum=0, max_iter=4, engine=engine
    )
    model.set_params(learning_rate_init=1e-9, n_iter_no_change=9, random_state=0)
    with np.errstate(all="ignore"), pytest.warns(ConvergenceWarning, match="Maximum iter"):
        model.fit(X, np.full(60, 1e160))
    assert model.loss_curve_ == [np.inf] * 4
    assert np.isfinite(model.coefs_[0]).all()


def test_partial_fit_and_lbfgs_name_the_causes_too(engine):
    model = diverging(MLPRegressor, engine, learning_rate_init=1e300)
    with (
        np.errstate(all="ignore"),
        pytest.raises(ValueError, match=f"{OF_SKLEARN}.*columns of"),
    ):
        model.partial_fit(1e100 * X, target)
    model = MLPRegressor(hidden_layer_sizes=(5,), solver="lbfgs", engine=engine, random_state=0)
    with np.errstate(all="ignore"), pytest.warns(ConvergenceWarning) as caught:
        model.fit(1e200 * X, target)
    assert any("The loss is not finite: " in str(w.message) for w in caught)
    assert not any("learning_rate_init" in str(w.message) for w in caught)


def test_a_checkpoint_from_before_stays(engine, tmp_path):
    path = tmp_path / "run.ckpt"
    model = diverging(MLPRegressor, engine, learning_rate_init=1e-3, momentum=0)
    model.set_params(learning_rate=lambda epoch: 1e-3 if epoch < 3 else 1e200)
    model.set_params(callbacks=[Checkpoint(path)])
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="diverged in epoch"):
        model.fit(X, target)
    model.set_params(max_iter=4, callbacks=None)  # the last epoch with finite parameters
    with pytest.warns(ConvergenceWarning, match="Maximum iter"):
        resumed = model.fit(X, target, resume_from=path)
    assert resumed.n_iter_ == 4
    assert np.isfinite(resumed.coefs_[0]).all()
