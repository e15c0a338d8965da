"""Augmentation inside the estimators: losses, weights, engines, ways of going on, errors."""

import pickle

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from lightmlp import MLPClassifier, MLPRegressor, augmentations, find_learning_rate, schedules
from lightmlp.augmentations import (
    AUGMENTATIONS,
    CutMix,
    FeatureDropout,
    GaussianNoise,
    Mixup,
    Rotate,
    Shift,
    SwapNoise,
)
from lightmlp.callbacks import Callback, Checkpoint
from lightmlp.engines.base import Stage
from lightmlp.losses import Tweedie
from lightmlp.training import augmented

rng = np.random.RandomState(0)
X = rng.normal(size=(50, 6))
TARGETS = {
    "regression": (MLPRegressor, X[:, 0] - X[:, 1] ** 2),
    "outputs": (MLPRegressor, X[:, :2] ** 2),
    "binary": (MLPClassifier, (X[:, 0] > 0).astype(int)),
    "classes": (MLPClassifier, np.digitize(X[:, 0], [-0.5, 0.5])),
    "labels": (MLPClassifier, (X[:, :2] > 0).astype(int)),
    "columns": (MLPClassifier, np.column_stack([np.arange(50) % 3, X[:, 0] > 0]).astype(int)),
}
ALL = [*AUGMENTATIONS, Shift((2, 3)), Rotate((3, 2)), ["mixup", "cutmix", "swap_noise"]]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def model(kind, **parameters):
    settings = {
        "hidden_layer_sizes": (5,), "max_iter": 4, "random_state": 0, "batch_size": 12,
        "learning_rate_init": 0.01, **parameters,
    }  # fmt: skip
    return TARGETS[kind][0](**settings)


def fitted(kind, rows=X, sample_weight=None, **parameters):
    return model(kind, **parameters).fit(rows, TARGETS[kind][1], sample_weight)


def assert_same(one, other, rtol=0.0):
    compare = np.testing.assert_array_equal
    if rtol:
        compare = lambda a, b: np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)  # noqa: E731
    compare(one.loss_curve_, other.loss_curve_)
    for a, b in zip(
        one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True
    ):
        assert a.dtype == b.dtype
        compare(a, b)


class StopAt(Callback):
    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_end(self, state):
        return state.epoch == self.epoch


def keep(X, y, random_state):
    return X, y


def name_of(augmentation):
    return getattr(augmentation, "__name__", None) or str(augmentation)


@pytest.mark.parametrize("kind", TARGETS)
class TestEveryKindOfTarget:
    @pytest.mark.parametrize("augmentation", ALL, ids=name_of)
    def test_both_engines_train_alike(self, kind, augmentation):
        pytest.importorskip("lightmlp._native")
        native, reference = (
            fitted(kind, augmentation=augmentation, engine=name)
            for name in ("native", "reference")
        )
        assert_same(native, reference, rtol=1e-9)
        assert_changed = np.abs(native.coefs_[0] - fitted(kind).coefs_[0]).max()
        assert assert_changed > 1e-6

    @pytest.mark.parametrize(
        "augmentation", [[], keep, GaussianNoise(0), SwapNoise(0)], ids=name_of
    )
    def test_without_a_change_the_same_rows_are_split_off_and_learned(
        self, kind, augmentation, engine
    ):
        """With the weights and one schedule a step; only the shuffles have other draws."""
        weight = np.random.RandomState(1).uniform(size=50)
        settings = {
            "shuffle": False, "engine": engine, "solver": "sgd",
            "learning_rate": schedules.Cosine(per="step", warmup=3),
            "early_stopping": True, "n_iter_no_change": 9,
        }  # fmt: skip
        plain = fitted(kind, sample_weight=weight, **settings)
        changed = fitted(kind, sample_weight=weight, augmentation=augmentation, **settings)
        assert_same(plain, changed, rtol=1e-12)
        assert changed.validation_scores_ == plain.validation_scores_
        assert changed.t_ == plain.t_

    def test_calls_are_seams_without_traces(self, kind, engine, monkeypatch):
        """Rates by step and the mean loss, for calls of one, two and all batches."""
        settings = {"learning_rate": schedules.Linear(per="step"), "engine": engine}
        settings["augmentation"] = [GaussianNoise(0.1), SwapNoise(0.2)]
        runs = []
        for size in (1, 2 * 12, 1 << 16):
            monkeypatch.setattr(augmented, "_MOST_ROWS", size)
            runs.append(fitted(kind, **settings))
        for run in runs[1:]:
            assert_same(run, runs[0], rtol=1e-12)

    def test_sparse_rows_train_as_dense_ones(self, kind, engine):
        rows = np.where(np.abs(X) > 0.5, X, 0)
        settings = {"augmentation": ["cutmix", FeatureDropout(fill="mean")], "engine": engine}
        settings |= {"early_stopping": True, "hidden_layer_sizes": (100,)}
        dense = fitted(kind, rows, **settings)
        assert_same(dense, fitted(kind, sparse.csr_matrix(rows), **settings), rtol=1e-12)

    @pytest.mark.parametrize("augmentation", ["mixup", "cutmix"])
    def test_rows_of_weight_zero_teach_nothing_of_their_targets(
        self, kind, augmentation, engine
    ):
        weight = np.tile([1.0, 0.0], 25)
        y = TARGETS[kind][1]
        other = y.copy()
        other[1::2] = np.roll(y[1::2], 2, axis=0)
        runs = [
            model(kind, augmentation=augmentation, engine=engine).fit(X, targets, weight)
            for targets in (y, other)
        ]
        assert (y != other).any()
        assert_same(*runs, rtol=1e-12)

    def test_float32_stays_float32(self, kind, engine):
        run = fitted(kind, X.astype(np.float32), augmentation=ALL[-1], engine=engine)
        assert all(W.dtype == np.float32 for W in run.coefs_ + run.intercepts_)

    def test_a_resumed_fit_is_the_uninterrupted_one(self, kind, engine, tmp_path):
        settings = {"augmentation": ALL[-1], "engine": engine, "early_stopping": True}
        path = tmp_path / "run.npz"
        fitted(kind, callbacks=[Checkpoint(path), StopAt(2)], **settings)
        resumed = model(kind, **settings).fit(X, TARGETS[kind][1], resume_from=path)
        assert_same(resumed, fitted(kind, **settings))


LOSSES = {
    "log_loss": {"loss": "log_loss"},
    "smoothed": {"loss": "log_loss", "label_smoothing": 0.1},
    "squared_error": {"loss": "squared_error"},
    "focal": {"loss": "focal"},
    "hinge": {"loss": "hinge"},
    "class weights": {"class_weight": "balanced"},
}


@pytest.mark.parametrize("kind", ["binary", "classes", "labels", "columns"])
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("weighted", [False, True])
def test_a_step_follows_the_mixed_loss(kind, loss, weighted, engine, monkeypatch):
    """One step of gradient descent against the mean of the losses of both targets."""
    partners = np.roll(np.arange(50), 1)
    share = np.random.RandomState(2).uniform(size=50)
    monkeypatch.setattr(augmentations.Mixup, "draw", _mix_as_told(partners, share))
    weight = np.random.RandomState(3).uniform(0.5, 2, size=50) if weighted else None
    settings = {
        "batch_size": "full", "solver": "sgd", "momentum": 0, "shuffle": False, "alpha": 0.1,
        "learning_rate_init": 0.1, "max_iter": 1, "engine": engine, **loss,
    }  # fmt: skip
    y = TARGETS[kind][1]
    start = fitted(kind, sample_weight=weight, **settings | {"learning_rate_init": 1e-300})
    stepped = fitted(kind, sample_weight=weight, augmentation="mixup", **settings)
    rows = share[:, np.newaxis] * X + (1 - share)[:, np.newaxis] * X[partners]
    weight = np.ones(50) if weight is None else weight
    expected, gradients, _ = start.loss_and_gradients(
        np.vstack([rows, rows]),
        np.concatenate([y, y[partners]]),
        np.concatenate([share * weight, (1 - share) * weight[partners]]),
    )
    for before, after, gradient in zip(start.coefs_, stepped.coefs_, gradients, strict=True):
        np.testing.assert_allclose(after, before - 0.1 * gradient, rtol=1e-9, atol=1e-12)
    if loss != {"loss": "squared_error"} or kind in ("classes", "columns"):
        # Mixed numbers have another Brier score than mixed losses, by a constant.
        np.testing.assert_allclose(stepped.loss_, expected, rtol=1e-10)


def _mix_as_told(partners, share):
    stage = Stage("mixup", coefficients=share[:, np.newaxis], permutation=partners)
    return lambda self, rows: [stage]


@pytest.mark.parametrize(
    "loss", ["absolute_error", "huber", "quantile", "poisson", "gamma", "tweedie", "log_cosh"]
)
def test_every_loss_of_the_regressor_takes_mixed_numbers(loss, engine):
    y = np.abs(TARGETS["regression"][1]) + 0.1
    run = model("regression", loss=loss, augmentation=ALL[-1], engine=engine).fit(X, y)
    assert np.isfinite(run.loss_curve_).all()


class TestRandomness:
    def test_the_seed_is_a_single_draw_made_only_where_it_is_needed(self):
        """After the initial parameters and the split, which so stay what they are."""
        drawn = []
        for augmentation in (None, GaussianNoise(0)):
            settings = {"shuffle": False, "early_stopping": True, "augmentation": augmentation}
            random_state = np.random.RandomState(0)
            run = fitted("regression", random_state=random_state, **settings)
            drawn.append(random_state)
            assert (run._optimizer.augmentation_seed is None) == (augmentation is None)
        drawn[0].randint(np.iinfo(np.int32).max)
        assert drawn[0].uniform() == drawn[1].uniform()

    def test_epochs_and_seeds_differ_and_repeat(self):
        seen = []

        def look(X, y, random_state):
            seen.append(random_state.uniform())
            return X, y

        for seed in (0, 0, 1):
            fitted("regression", augmentation=look, max_iter=3, random_state=seed)
        assert seen[:15] == seen[15:30]
        assert len(set(seen)) == 30

    def test_all_threads_give_the_same_bits(self):
        pytest.importorskip("lightmlp._native")
        runs = [
            fitted("classes", augmentation=ALL[-1], engine="native", n_threads=n)
            for n in (1, 2)
        ]
        assert_same(*runs)

    def test_partial_fit_goes_on_and_survives_a_pickle(self, engine):
        seen = []

        def look(X, y, random_state):
            seen.append(random_state.uniform())
            return X, y

        y = TARGETS["regression"][1]
        run = model("regression", augmentation=[look, "mixup"], engine=engine)
        for _ in range(3):
            run.partial_fit(X, y)
        assert len(set(seen)) == 15  # batches of three epochs
        one = model("regression", augmentation="mixup", engine=engine).partial_fit(X, y)
        two = pickle.loads(pickle.dumps(one)).partial_fit(X, y)
        assert_same(one.partial_fit(X, y), two)

    def test_it_may_begin_in_the_middle(self, engine):
        run = model("regression", engine=engine)
        run.partial_fit(X, TARGETS["regression"][1]).set_params(augmentation="swap_noise")
        assert np.isfinite(run.partial_fit(X, TARGETS["regression"][1]).loss_)


class TestWithEverythingElse:
    def test_rows_to_validate_with_and_predictions_stay_as_they_are(self, engine):
        y = TARGETS["regression"][1]
        run = model("regression", augmentation=GaussianNoise(5.0), engine=engine)
        run.fit(X, y, X_val=X, y_val=y)
        error = run.predict(X) - y
        np.testing.assert_allclose(run.validation_loss_curve_[-1], (error**2).mean() / 2)
        assert run.loss_ > run.validation_loss_curve_[-1]

    def test_the_users_rows_stay_as_they_are(self, engine):
        rows, y = X.copy(), TARGETS["regression"][1].copy()

        def spoil(X, y, random_state):
            X *= 0
            y *= 0
            return X, y

        model("regression", augmentation=spoil, batch_size="full", engine=engine).fit(rows, y)
        np.testing.assert_array_equal(rows, X)
        np.testing.assert_array_equal(y, TARGETS["regression"][1])

    def test_searches_reach_parameters(self):
        search = GridSearchCV(
            model("regression", augmentation=GaussianNoise()),
            {"augmentation__std": [0.1, 9]},
            cv=2,
        ).fit(X, TARGETS["regression"][1])
        assert search.best_estimator_.augmentation == GaussianNoise(
            search.best_params_["augmentation__std"]
        )
        copy = clone(model("classes", augmentation=["mixup", Shift((2, 3))]))
        assert copy.augmentation == ["mixup", Shift((2, 3))]

    def test_the_range_test_augments_too(self):
        found = [
            find_learning_rate(
                model("regression", augmentation=augmentation),
                X,
                TARGETS["regression"][1],
                n_steps=20,
            ).losses
            for augmentation in (None, GaussianNoise(2.0))
        ]
        assert len(found[0]) == len(found[1]) or not np.array_equal(*found)
        assert found[1][0] != found[0][0]

    def test_noise_is_the_ridge_of_a_linear_model(self):
        """Bishop (1995): the squared error plus std^2 / 2 |W|^2 in the mean."""
        y = X @ np.arange(1.0, 7.0)
        settings = {"hidden_layer_sizes": (), "alpha": 0, "max_iter": 2000, "tol": 0}
        settings |= {
            "learning_rate": "linear",
            "n_iter_no_change": np.inf,
            "batch_size": "full",
        }
        settings |= {"learning_rate_init": 0.05}
        noisy = model("regression", augmentation=GaussianNoise(1.0), **settings).fit(X, y)
        ridge = MLPRegressor(
            hidden_layer_sizes=(), alpha=50.0, solver="lbfgs", max_iter=999, tol=1e-9
        ).fit(X, y)
        np.testing.assert_allclose(noisy.coefs_[0], ridge.coefs_[0], atol=0.25)
        assert np.abs(ridge.coefs_[0][:, 0] - np.arange(1.0, 7.0)).max() > 2


class TestErrors:
    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            (
                {"solver": "lbfgs", "augmentation": "mixup"},
                "augmentation='mixup' is incompatible with solver='lbfgs'",
            ),
            ({"augmentation": Shift((4, 4))}, r"image_shape=\(4, 4\) of Shift .* X has 6"),
            ({"augmentation": GaussianNoise(std=-1)}, "'std' parameter of GaussianNoise"),
            ({"augmentation": "mixdown"}, "'augmentation' parameter of MLPClassifier"),
            ({"augmentation": 0.1}, "'augmentation' parameter of MLPClassifier"),
            ({"augmentation": Mixup}, r"write Mixup\(\)"),
            ({"augmentation": schedules.Cosine()}, "object of the class Augmentation"),
            ({"augmentation": lambda X, y, r: (X * np.nan, y)}, "not finite"),
            ({"augmentation": lambda X, y, r: (X, y + 3)}, "in classes_, from 0 to 2"),
            ({"augmentation": [CutMix(), keep]}, "Put the function first"),
        ],
    )  # fmt: skip
    def test_conflicts_and_bad_values(self, settings, message):
        run = model("classes", **settings)
        with pytest.raises(ValueError, match=message):
            run.fit(X, TARGETS["classes"][1])
        assert not hasattr(run, "coefs_")

    def test_another_augmentation_is_another_run(self, tmp_path):
        path = tmp_path / "run.npz"
        fitted("regression", augmentation="mixup", callbacks=[Checkpoint(path)])
        with pytest.raises(ValueError, match="augmentation is 'cutmix', was 'mixup'"):
            model("regression", augmentation="cutmix").fit(
                X, TARGETS["regression"][1], resume_from=path
            )


@pytest.mark.parametrize(
    ("loss", "lowest", "message"),
    [
        ("gamma", 0.0, "defined for y > 0 alone"),
        (Tweedie(power=3.0), 0.0, "defined for y > 0 alone"),
        ("poisson", -0.5, "defined for y >= 0 alone"),
        ("tweedie", -0.5, "defined for y >= 0 alone"),
    ],
    ids=name_of,
)
def test_a_function_stays_in_the_range_of_the_loss(loss, lowest, message, engine):
    def lower(X, y, random_state):
        return X, np.where(np.arange(len(y)) == 3, lowest, y)

    model = MLPRegressor(loss, (3,), augmentation=lower, engine=engine)
    with pytest.raises(ValueError, match=message):
        model.fit(X, np.ones(len(X)))
    model.set_params(loss="squared_error", max_iter=1).fit(X, np.ones(len(X)))
