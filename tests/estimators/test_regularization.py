"""Dropout, l1, decay, norms, clipping, and rates by layer as parameters of the estimators."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import scale

from lightmlp import MLPClassifier, MLPRegressor, solvers
from lightmlp.callbacks import Callback

rng = np.random.RandomState(0)
X = rng.normal(size=(50, 4))
y = np.arange(50) % 3
target = X[:, 0] - X[:, 1] ** 2

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

EVERYTHING = {
    "dropout": (0.3, 0.1),
    "input_dropout": 0.2,
    "normalization": "batch",
    "l1": 0.01,
    "weight_decay": 0.01,
    "max_norm": 2.0,
    "gradient_clip": 1.0,
    "gradient_clip_value": 0.5,
    "frozen_layers": 1,
    "layer_learning_rates": (0.0, 0.5, 1.0),
    "role_learning_rates": {"bias": 0.1, "weight": 0.5},
}
OFF = {
    "dropout": (0, 0),
    "input_dropout": 0,
    "normalization": None,
    "l1": 0,
    "weight_decay": 0.0,
    "max_norm": 1e9,
    "gradient_clip": 1e9,
    "gradient_clip_value": 1e9,
    "frozen_layers": 0,
    "layer_learning_rates": [1, 1, 1],
    "role_learning_rates": {"weight": 1, "bias": 1.0},
}


def classifier(engine, **settings):
    settings = {"max_iter": 5, "random_state": 0, "batch_size": 16, **settings}
    return MLPClassifier((8, 6), engine=engine, **settings)


def same(one, other):
    names = ("coefs_", "intercepts_", "scales_", "running_means_", "running_variances_")
    return all(
        np.array_equal(a, b)
        for name in names
        for a, b in zip(getattr(one, name), getattr(other, name), strict=True)
    )


@pytest.mark.parametrize("name", OFF)
def test_values_that_mean_nothing_change_no_bit(engine, name):
    plain = classifier(engine).fit(X, y)
    assert same(classifier(engine, **{name: OFF[name]}).fit(X, y), plain)


@pytest.mark.parametrize("name", [name for name in EVERYTHING if name != "frozen_layers"])
def test_each_does_something(engine, name):
    plain = classifier(engine).fit(X, y)
    model = classifier(engine, **{name: EVERYTHING[name]})
    if name in {"gradient_clip_value", "gradient_clip"}:
        model.set_params(solver="sgd", learning_rate_init=0.5, **{name: 1e-3})
        plain = classifier(engine, solver="sgd", learning_rate_init=0.5).fit(X, y)
    if name == "max_norm":
        model.max_norm = 0.5
    model.fit(X, y)
    assert not np.array_equal(model.coefs_[-1], plain.coefs_[-1])
    assert model.predict_proba(X).shape == (50, 3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("csr", [False, True])
def test_everything_at_once(engine, dtype, csr):
    rows = sparse.csr_matrix(X.astype(dtype)) if csr else X.astype(dtype)
    model = classifier(engine, **EVERYTHING)
    trained = classifier(engine, normalization="batch").fit(rows, y)
    once, again = (clone(model).fit(rows, y, init_from=trained) for _ in range(2))
    assert same(once, again)
    other = clone(model).set_params(random_state=1).fit(rows, y, init_from=trained)
    assert not same(once, other)
    assert {array.dtype for array in (*once.coefs_, *once.scales_)} == {np.dtype(dtype)}
    weighted = clone(model).fit(rows, y, sample_weight=np.ones(50), init_from=trained)
    np.testing.assert_allclose(weighted.coefs_[-1], once.coefs_[-1], rtol=1e-3, atol=1e-5)


def test_in_a_search(engine):
    grid = {"dropout": [0.0, (0.1, 0.2)], "normalization": [None, "batch", "layer"]}
    search = GridSearchCV(classifier(engine), grid, cv=2).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


class TestDropout:
    def test_predictions_drop_nothing(self, engine):
        model = classifier(engine, dropout=0.5, input_dropout=0.5).fit(X, y)
        assert np.array_equal(model.predict_proba(X), model.predict_proba(X))
        plain = classifier(engine, max_iter=1).fit(X, y)
        plain.coefs_, plain.intercepts_ = model.coefs_, model.intercepts_
        assert np.array_equal(model.predict_proba(X), plain.predict_proba(X))
        losses = [m.loss_and_gradients(X, y)[0] for m in (model, plain)]
        assert losses[0] == losses[1]

    def test_one_rate_is_that_of_every_hidden_layer(self, engine):
        one, two = (classifier(engine, dropout=d).fit(X, y) for d in (0.3, [0.3, 0.3]))
        assert same(one, two)
        other = classifier(engine, dropout=(0.3, 0.0)).fit(X, y)
        assert not np.array_equal(one.coefs_[0], other.coefs_[0])

    def test_without_dropout_the_random_stream_is_untouched(self, engine):
        states = []
        for dropout in (0.0, (0.0, 0.0), 0.5):
            stream = np.random.RandomState(3)
            classifier(engine, dropout=dropout, shuffle=False, random_state=stream).fit(X, y)
            states.append(stream.get_state()[2])
        assert states[0] == states[1] != states[2]

    def test_initial_weights_stay(self, engine):
        class Start(Callback):
            def on_fit_begin(self, state):
                self.coefs = [W.copy() for W in state.coefs]

        starts = [Start(), Start()]
        for start, dropout in zip(starts, (0.0, 0.5), strict=True):
            classifier(engine, dropout=dropout, callbacks=[start]).fit(X, y)
        assert all(map(np.array_equal, starts[0].coefs, starts[1].coefs))

    def test_partial_fit_goes_on_with_the_seed_and_new_masks(self, engine):
        settings = {"dropout": 0.5, "shuffle": False, "batch_size": "full"}
        whole = classifier(engine, **settings, max_iter=3).fit(X, y)
        steps = classifier(engine, **settings)
        for _ in range(3):
            steps.partial_fit(X, y, classes=[0, 1, 2])
        assert same(whole, steps)

    def test_it_lessens_the_gap_between_training_and_test(self, engine):
        rows, labels = load_breast_cancer(return_X_y=True)
        rows = scale(rows)
        settings = {"max_iter": 60, "learning_rate_init": 0.01, "tol": 0, "alpha": 0}
        gaps = []
        for dropout in (0.0, 0.6):
            model = classifier(engine, dropout=dropout, **settings).fit(rows[:80], labels[:80])
            seen, unseen = (
                model.loss_and_gradients(rows[part], labels[part])[0]
                for part in (slice(80), slice(80, None))
            )
            gaps.append(unseen - seen)
        assert gaps[1] < gaps[0]


def test_l1_drives_weights_to_zero(engine):
    settings = {"max_iter": 150, "learning_rate_init": 0.01, "tol": 0, "alpha": 0}
    settings = {**settings, "hidden_layer_sizes": (10,), "random_state": 0, "engine": engine}
    useless = np.hstack([X[:, :1], np.random.RandomState(1).normal(size=(50, 5))])
    free, sparse_one = (
        MLPRegressor(**settings, l1=l1).fit(useless, 2 * X[:, 0]) for l1 in (0.0, 2.0)
    )
    share = [
        np.abs(m.coefs_[0][1:]).sum() / np.abs(m.coefs_[0]).sum() for m in (free, sparse_one)
    ]
    assert share[1] < 0.3 * share[0]
    assert sparse_one.score(useless, 2 * X[:, 0]) > 0.9


def test_the_loss_has_the_l1_term(engine):
    model = classifier(engine, l1=0.5, alpha=0.0).fit(X, y)
    penalized = model.loss_and_gradients(X, y)[0]
    plain = model.set_params(l1=0.0).loss_and_gradients(X, y)[0]
    magnitude = sum(np.abs(W).sum() for W in model.coefs_)
    assert penalized - plain == pytest.approx(0.5 * magnitude / 50, rel=1e-9)


def test_max_norm_holds_after_fit(engine):
    model = classifier(engine, max_norm=0.3, learning_rate_init=0.1).fit(X, y)
    norms = np.concatenate([np.linalg.norm(W, axis=0) for W in model.coefs_])
    assert norms.max() == pytest.approx(0.3, rel=1e-12)


def test_weight_decay_of_a_string_takes_the_place_of_the_default(engine):
    named = classifier(engine, solver="adamw", weight_decay=0.3).fit(X, y)
    made = classifier(engine, solver=solvers.AdamW(weight_decay=0.3)).fit(X, y)
    default = classifier(engine, solver="adamw").fit(X, y)
    for one, other in zip(named.coefs_, made.coefs_, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    assert not np.allclose(named.coefs_[0], default.coefs_[0], rtol=1e-12)


class TestLayers:
    def test_frozen_layers_of_another_model(self, engine):
        source = classifier(engine, normalization="batch").fit(X, y)
        model = MLPRegressor(hidden_layer_sizes=(8, 6), normalization="batch", engine=engine)
        model.set_params(frozen_layers=2, max_iter=5, dropout=0.2, random_state=0)
        model.fit(X, target, init_from=source)
        for name in (
            "coefs_", "intercepts_", "scales_", "running_means_", "running_variances_",
        ):  # fmt: skip
            pairs = zip(getattr(model, name)[:2], getattr(source, name)[:2], strict=True)
            assert all(np.array_equal(a, b) for a, b in pairs), name
        assert model.coefs_[2].shape == (6, 1)

    def test_frozen_layers_of_the_fit_before(self, engine):
        model = classifier(engine, warm_start=True).fit(X, y)
        before = [W.copy() for W in model.coefs_]
        model.set_params(frozen_layers=1).fit(X, y)
        kept = [np.array_equal(a, b) for a, b in zip(model.coefs_, before, strict=True)]
        assert kept == [True, False, False]

    def test_partial_fit_too(self, engine):
        model = classifier(engine).partial_fit(X, y, classes=[0, 1, 2])
        before = [W.copy() for W in model.coefs_]
        model.set_params(layer_learning_rates=[1, 0, 1]).partial_fit(X, y)
        kept = [np.array_equal(a, b) for a, b in zip(model.coefs_, before, strict=True)]
        assert kept == [False, True, False]

    def test_a_factor_for_all_is_another_learning_rate(self, engine):
        settings = {"solver": "sgd", "learning_rate_init": 0.25}
        half = classifier(engine, **settings, layer_learning_rates=[0.5] * 3).fit(X, y)
        settings["learning_rate_init"] = 0.125
        assert same(half, classifier(engine, **settings).fit(X, y))


def check_error(match, **settings):
    model = classifier("reference", **settings)
    with pytest.raises(ValueError, match=match):
        model.fit(X, y)
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dropout", 0.5), ("dropout", (0.0, 0.1)), ("input_dropout", 0.1),
        ("normalization", "batch"), ("l1", 0.1), ("weight_decay", 0.1), ("max_norm", 1.0),
        ("gradient_clip", 1.0), ("gradient_clip_value", 1.0), ("frozen_layers", 1),
        ("layer_learning_rates", (1, 1, 1)), ("role_learning_rates", {"bias": 1}),
    ],
)  # fmt: skip
def test_lbfgs_refuses_what_it_cannot_follow(name, value):
    match = rf"solver='lbfgs' does not support .*{name}.*solver='adam'"
    check_error(match, solver="lbfgs", **{name: value})


def test_lbfgs_names_all_at_once():
    check_error("l1, max_norm:", solver="lbfgs", l1=0.1, max_norm=1.0)


@pytest.mark.parametrize("solver", [solvers.AdamW(), solvers.Lion(), solvers.Muon()])
def test_two_weight_decays_contradict_each_other(solver):
    check_error("weight_decay=0.1 and solver=.*solver__weight_decay", solver=solver,
                weight_decay=0.1)  # fmt: skip


@pytest.mark.parametrize("n_frozen", [3, 4, 100])
def test_something_must_be_left_to_learn(n_frozen):
    check_error(rf"frozen_layers={n_frozen} .* 3 layer.*at most 2", frozen_layers=n_frozen)


@pytest.mark.parametrize("rates", [[1.0], [1, 1], [1, 1, 1, 1], ()])
def test_one_factor_a_layer(rates):
    check_error(rf"layer_learning_rates.* {len(rates)} factor.* 3 layer",
                layer_learning_rates=rates)  # fmt: skip


@pytest.mark.parametrize("factor", [-0.1, np.inf, np.nan, "fast", None])
def test_factors_are_finite_and_not_negative(factor):
    check_error(r"layer_learning_rates\[1\]", layer_learning_rates=[1.0, factor, 1.0])


@pytest.mark.parametrize("rates", [[0.1], (0.1, 0.2, 0.3), []])
def test_one_rate_a_hidden_layer(rates):
    check_error(rf"dropout.* {len(rates)} rate.* 2 hidden", dropout=rates)


@pytest.mark.parametrize("rate", [1.0, -0.1, np.nan, "half", None])
def test_rates_are_shares(rate):
    check_error(r"dropout\[1\]", dropout=(0.1, rate))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dropout", 1.0), ("dropout", -0.1), ("dropout", "half"), ("input_dropout", 1),
        ("input_dropout", (0.1,)), ("normalization", "group"), ("l1", -1), ("l1", None),
        ("weight_decay", -0.1), ("max_norm", 0), ("gradient_clip", 0), ("gradient_clip", -1),
        ("gradient_clip_value", 0), ("frozen_layers", -1), ("frozen_layers", 1.5),
        ("layer_learning_rates", 0.5), ("role_learning_rates", 0.5),
        ("role_learning_rates", ("bias", 0.1)),
    ],
)  # fmt: skip
def test_wrong_values_name_the_parameter(name, value):
    check_error(f"'{name}' parameter of MLPClassifier", **{name: value})
