"""Models with batch or layer normalisation: what is fitted, edited, kept and gone on with."""

import pickle
from copy import deepcopy

import numpy as np
import pytest
import sklearn.neural_network
from sklearn.base import clone

from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.callbacks import Callback, GradientHealth

rng = np.random.RandomState(0)
X = 5 + 3 * rng.normal(size=(50, 4))
y = np.arange(50) % 3
target = X[:, 0] - X[:, 1] ** 2

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
kinds = pytest.mark.parametrize("kind", ["batch", "layer"])

LISTS = ("coefs_", "intercepts_", "scales_", "running_means_", "running_variances_")


def regressor(engine, kind="batch", **settings):
    settings = {"max_iter": 5, "random_state": 0, "batch_size": 16, **settings}
    model = MLPRegressor(hidden_layer_sizes=(8, 6), engine=engine, **settings)
    return model.set_params(normalization=kind)


def lists(model):
    return {name: [array.copy() for array in getattr(model, name)] for name in LISTS}


def same(one, other):
    return all(
        np.array_equal(a, b)
        for name in LISTS
        for a, b in zip(one[name], other[name], strict=True)
    )


@kinds
def test_attributes(engine, kind):
    model = regressor(engine, kind).fit(X, target)
    widths = [8, 6]
    assert [b.shape for b in model.intercepts_] == [(8,), (6,), (1,)]
    assert [s.shape[0] for s in model.scales_] == widths
    of_batch = widths if kind == "batch" else []
    assert [m.shape[0] for m in model.running_means_] == of_batch
    assert [v.shape[0] for v in model.running_variances_] == of_batch
    assert model.n_parameters_ == 5 * 8 + 9 * 6 + 7 + 14
    assert [a.shape for a in model.hidden_activations(X)] == [(50, 8), (50, 6)]
    gradients = model.loss_and_gradients(X, target)
    assert [g.shape for g in gradients[2]] == [(8,), (6,), (1,)]


def test_without_normalisation_the_lists_are_empty(engine):
    model = regressor(engine).fit(X, target)
    model.set_params(normalization=None).fit(X, target)
    assert (model.scales_, model.running_means_, model.running_variances_) == ([], [], [])


@kinds
def test_it_starts_from_the_same_draws(engine, kind):
    class Start(Callback):
        def on_fit_begin(self, state):
            self.of_model = lists(state.model)

    starts = {}
    for name in (None, kind):
        start = Start()
        regressor(engine, name, callbacks=[start]).fit(X, target)
        starts[name] = start.of_model
    for name in ("coefs_", "intercepts_"):
        assert all(map(np.array_equal, starts[None][name], starts[kind][name]))
    assert all((scale == 1).all() for scale in starts[kind]["scales_"])
    assert not any(mean.any() for mean in starts[kind]["running_means_"])
    assert all((variance == 1).all() for variance in starts[kind]["running_variances_"])


def test_predictions_come_from_the_lists(engine):
    model = regressor(engine, activation="relu").fit(X, target)
    values = X
    for layer in (0, 1):
        values = (values @ model.coefs_[layer] - model.running_means_[layer]) / np.sqrt(
            model.running_variances_[layer] + 1e-5
        )
        values = np.maximum(values * model.scales_[layer] + model.intercepts_[layer], 0)
    expected = (values @ model.coefs_[2] + model.intercepts_[2]).ravel()
    np.testing.assert_allclose(model.predict(X), expected, rtol=1e-10)
    one_by_one = np.concatenate([model.predict(row[None]) for row in X])
    np.testing.assert_allclose(model.predict(X), one_by_one, rtol=1e-10)


def test_running_statistics_come_to_those_of_the_rows(engine):
    # Almost without learning they converge to the statistics of the full batch.
    model = regressor(engine, batch_size="full", max_iter=200, learning_rate_init=1e-12)
    model.set_params(tol=0, n_iter_no_change=np.inf).fit(X, target)
    sums = X @ model.coefs_[0]
    np.testing.assert_allclose(model.running_means_[0], sums.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(model.running_variances_[0], sums.var(axis=0), rtol=1e-6)


@kinds
def test_shifted_and_scaled_columns_learn_as_well(engine, kind):
    settings = {"max_iter": 200, "learning_rate_init": 0.03, "tol": 0}
    wild = 1000 * X + 5000
    scores = [
        regressor(engine, name, **settings).fit(wild, target).score(wild, target)
        for name in (None, kind)
    ]
    assert scores[1] > 0.5 > scores[0]


@pytest.mark.parametrize("n_rows", [33, 1])
def test_a_last_batch_of_one_row(engine, n_rows):
    model = regressor(engine, batch_size=min(n_rows, 16))  # batches of 16, 16 and 1
    model.fit(X[:n_rows], target[:n_rows])
    assert np.isfinite(model.predict(X)).all()


class TestEditing:
    @pytest.mark.parametrize("name", ["scales_", "running_means_", "running_variances_"])
    def test_what_is_there_counts(self, engine, name):
        model = regressor(engine).fit(X, target)
        before = model.predict(X)
        getattr(model, name)[0] += 1
        in_place = model.predict(X)
        assert not np.allclose(before, in_place)
        setattr(model, name, [array.tolist() for array in getattr(model, name)])
        np.testing.assert_allclose(model.predict(X), in_place, rtol=1e-12)
        assert np.isfinite(model.partial_fit(X, target).loss_)

    def test_partial_fit_writes_into_the_arrays(self, engine):
        model = regressor(engine).fit(X, target)
        before, held = lists(model), {name: getattr(model, name)[0] for name in LISTS}
        model.partial_fit(X, target)
        for name, array in held.items():
            assert getattr(model, name)[0] is array
            assert not np.array_equal(array, before[name][0]), name

    @pytest.mark.parametrize("name", ["scales_", "running_means_", "running_variances_"])
    def test_wrong_shapes_are_named(self, engine, name):
        model = regressor(engine).fit(X, target)
        kept = getattr(model, name)
        setattr(model, name, kept[:1])
        with pytest.raises(ValueError, match=f"{name} must have one array per hidden layer, 2"):
            model.predict(X)
        setattr(model, name, [kept[0], kept[1][:3]])
        with pytest.raises(ValueError, match=rf"{name}\[1\] must be .*\(6,\)"):
            model.predict(X)
        setattr(model, name, [kept[0], np.array(["a"] * 6)])
        with pytest.raises(ValueError, match=rf"{name}\[1\] must be .*real numbers"):
            model.predict(X)

    def test_the_parameter_is_that_of_the_next_fit(self, engine):
        model = regressor(engine).fit(X, target)
        before = model.predict(X)
        assert np.array_equal(model.set_params(normalization=None).predict(X), before)


@kinds
class TestKeeping:
    def test_pickles_and_copies(self, engine, kind):
        model = regressor(engine, kind, dropout=0.2).fit(X, target)
        for copy in (pickle.loads(pickle.dumps(model)), deepcopy(model)):
            assert same(lists(copy), lists(model))
            assert np.array_equal(copy.predict(X), model.predict(X))
        assert not hasattr(clone(model), "scales_")

    def test_a_pickle_between_partial_fits_changes_nothing(self, engine, kind):
        model = regressor(engine, kind, dropout=0.2, random_state=None)
        model.partial_fit(X, target)
        copy = pickle.loads(pickle.dumps(model))
        results = []
        for one in (model, copy):
            one.set_params(shuffle=False).partial_fit(X, target)
            results.append(lists(one))
        assert same(*results)

    def test_early_stopping_puts_all_back(self, engine, kind):
        model = regressor(engine, kind, early_stopping=True, learning_rate_init=0.3)
        model.set_params(max_iter=31, n_iter_no_change=40)
        kept = []

        class Best(Callback):
            def on_epoch_end(self, state):
                kept.append((state.validation_score, lists(state.model)))

        model.set_params(callbacks=[Best()]).fit(X, np.random.RandomState(1).normal(size=50))
        best = max(kept, key=lambda pair: pair[0])[1]
        assert same(lists(model), best)
        assert not same(best, kept[-1][1])

    def test_callbacks_see_scales_too(self, engine, kind):
        model = regressor(engine, kind, callbacks=[GradientHealth()])
        model.fit(X, target)
        assert len(model.callbacks[0].rows) == 15

    def test_warm_start_goes_on(self, engine, kind):
        model = regressor(engine, kind, warm_start=True).fit(X, target)
        before = lists(model)
        model.fit(X, target)
        assert not same(before, lists(model))
        assert len(model.loss_curve_) == 10


@pytest.mark.parametrize("kinds", [("batch", None), (None, "layer"), ("layer", "batch")])
@pytest.mark.parametrize("how", ["warm_start", "partial_fit"])
def test_going_on_needs_the_same_normalisation(engine, kinds, how):
    model = regressor(engine, kinds[0]).fit(X, target)
    model.set_params(normalization=kinds[1], warm_start=True)
    learn = model.fit if how == "warm_start" else model.partial_fit
    with pytest.raises(ValueError, match=rf"normalization={kinds[1]!r} differs.*{kinds[0]!r}"):
        learn(X, target)


class TestTransfer:
    @kinds
    def test_scales_and_statistics_come_along(self, engine, kind):
        source = regressor(engine, kind).fit(X, target)
        seen = []

        class Start(Callback):
            def on_fit_begin(self, state):
                seen.append(lists(state.model))

        model = MLPClassifier((8, 6), normalization=kind, max_iter=1, engine=engine)
        model.set_params(callbacks=[Start()]).fit(X, y, init_from=source)
        for name in LISTS:
            pairs = zip(seen[0][name][:2], getattr(source, name)[:2], strict=True)
            assert all(np.array_equal(a, b) for a, b in pairs), name

    def test_the_source_stays_as_it_is(self, engine):
        source = regressor(engine).fit(X, target)
        before = lists(source)
        regressor(engine).fit(X, target, init_from=source)
        assert same(lists(source), before)

    def test_layers_of_another_normalisation_are_refused(self, engine):
        source = regressor(engine, None).fit(X, target)
        with pytest.raises(ValueError, match=r"normalization=None.*'batch'.*Set normalization"):
            regressor(engine).fit(X, target, init_from=source)
        theirs = sklearn.neural_network.MLPRegressor(hidden_layer_sizes=(8, 6), max_iter=1)
        theirs.fit(X, target)
        with pytest.raises(ValueError, match="Set normalization=None"):
            regressor(engine, "layer").fit(X, target, init_from=theirs)


def test_layer_normalisation_with_lbfgs(engine):
    settings = {"solver": "lbfgs", "activation": "tanh", "max_iter": 100}
    model = regressor(engine, "layer", **settings).fit(X, target)
    assert model.score(X, target) > 0.5
    assert not any((scale == 1).any() for scale in model.scales_)
    plain = regressor(engine, None, **settings).fit(X, target)
    assert plain.scales_ == []
