"""Initialisers that read training rows, and the one that sets learning rates."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from lightmlp import MLPClassifier, MLPRegressor, initializers, solvers
from lightmlp.network import initialize
from lightmlp.training.optimizers import OPTIMIZERS

rng = np.random.RandomState(0)
X = rng.normal(50.0, 20.0, size=(60, 4))
y = X[:, 0] - X[:, 1]
READING = {"initialization": "unit_deviation", "bias_initialization": "he+5"}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def regressor(**settings):
    return MLPRegressor(**{"hidden_layer_sizes": (8, 6), "random_state": 0, **settings})


def same(one, other):
    pairs = zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def check_close(one, other):
    """The roots of NTK and LeCun are rounded apart."""
    pairs = zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True)
    for a, b in pairs:
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-10)


class TestRows:
    @pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix, np.asfortranarray])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_neurons_have_deviation_1_and_change_their_sign(self, kind, dtype):
        model = regressor(**READING).initialize(kind(X.astype(dtype)), y)
        inputs = X
        for W, b in zip(model.coefs_, model.intercepts_, strict=True):
            assert W.dtype == b.dtype == dtype
            sums = inputs @ W
            spread = sums.std(axis=0)
            np.testing.assert_allclose(spread[spread > 0], 1, rtol=1e-3)
            # The point lies amid the rows, so that its sum is between theirs.
            assert (sums.min(axis=0) - 1e-3 <= -b).all()
            assert (-b <= sums.max(axis=0) + 1e-3).all()
            inputs = np.maximum(sums + b, 0)

    def test_fit_begins_with_what_initialize_says(self, engine):
        start = regressor(**READING, engine=engine).initialize(X, y)
        still = regressor(**READING, engine=engine, learning_rate=lambda epoch: 0.0)
        assert same(still.partial_fit(X, y), start)
        assert not same(regressor(**READING, random_state=1).initialize(X, y), start)

    def test_sparse_rows_are_the_same_rows(self):
        rows = X * (rng.uniform(size=X.shape) < 0.5)
        dense = regressor(**READING).initialize(rows, y)
        other = regressor(**READING).initialize(sparse.csr_matrix(rows), y)
        for a, b in zip(dense.coefs_, other.coefs_, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5)

    def test_of_many_rows_a_part_is_drawn_by_the_seed(self, monkeypatch):
        monkeypatch.setattr("lightmlp.estimators.beginning._MOST_ROWS", 20)
        models = [regressor(**READING).initialize(X, y) for _ in range(2)]
        assert same(*models)
        part = [(X @ model.coefs_[0]).std(axis=0) for model in models]
        np.testing.assert_allclose(part[0], 1, rtol=0.6)
        assert not np.allclose(part[0], 1, rtol=1e-3)

    def test_of_wide_networks_fewer_rows_are_read(self, monkeypatch):
        read = []

        def spy(*args, rows, **kwargs):
            read.append(rows.shape[0])
            return initialize(*args, rows=rows, **kwargs)

        monkeypatch.setattr("lightmlp.estimators.beginning.initialize", spy)
        rows = np.random.RandomState(0).normal(size=(5000, 2))
        for width in (8, 5000):
            settings = {"hidden_layer_sizes": (width,), **READING}
            regressor(**settings).initialize(rows, rows[:, 0])
        assert read == [4096, 2**22 // 5000]

    def test_rows_without_weight_are_not_read(self):
        weights = (np.arange(60) < 40).astype(float)
        odd = np.where(weights[:, np.newaxis] > 0, X, 1e6)
        settings = {**READING, "max_iter": 3}
        one = regressor(**settings).fit(X, y, weights)
        assert same(one, regressor(**settings).fit(odd, y, weights))

    def test_other_initialisers_draw_as_before(self, monkeypatch):
        monkeypatch.setattr("lightmlp.estimators.beginning._MOST_ROWS", 20)
        model = regressor(initialization="normal").initialize(X, y)
        expected = np.random.RandomState(0).normal(0, 0.01, (4, 8))
        np.testing.assert_array_equal(model.coefs_[0], expected)

    @pytest.mark.parametrize("rows", [np.ones((10, 3)), np.zeros((10, 3)), np.ones((1, 3))])
    def test_rows_that_are_all_the_same(self, rows, engine):
        model = regressor(**READING, engine=engine, max_iter=2)
        model.fit(rows, np.arange(float(len(rows))))
        assert all(np.isfinite(W).all() for W in model.coefs_)

    def test_warm_fits_and_classifiers(self):
        settings = {"max_iter": 5, "random_state": 0, "warm_start": True, **READING}
        model = MLPClassifier((5,), **settings).fit(X, y > 0)
        assert model.fit(X, y > 0).score(X, y > 0) >= 0.5

    @pytest.mark.parametrize(
        ("parameters", "message"),
        [
            ({"initialization": "he+5"}, r"initialization=HePlus\(\) makes biases only"),
            (
                {"bias_initialization": "unit_deviation"},
                r"UnitDeviation\(\) makes weights only",
            ),
            (
                {"initialization": initializers.UnitDeviation(gain=0)},
                "'gain' parameter of Unit",
            ),
        ],
    )
    def test_errors(self, parameters, message):
        with pytest.raises(ValueError, match=message):
            regressor(**parameters).fit(X, y)


class TestNTK:
    @pytest.mark.parametrize("ntk", ["ntk", initializers.NTK()])
    @pytest.mark.parametrize("solver", [name for name in OPTIMIZERS if name != "muon"])
    def test_it_is_a_learning_rate_by_layer(self, ntk, solver, engine):
        """Weights alone are trained: biases have the same rate whatever the width."""
        power = 1.0 if solver == "sgd" else 0.5
        settings = {
            "solver": solver,
            "engine": engine,
            "learning_rate_init": 0.01,
            "max_iter": 3,
            "role_learning_rates": {"bias": 0},
        }
        rows = (X - 50) / 20
        model = regressor(initialization=ntk, **settings).fit(rows, y)
        factors = [n**-power for n in (4, 8, 6)]
        settings["layer_learning_rates"] = factors
        other = regressor(initialization=initializers.LeCun("normal"), **settings)
        check_close(other.fit(rows, y), model)

    def test_objects_of_solvers_too(self):
        named = regressor(initialization="ntk", solver="sgd", learning_rate_init=1e-5)
        made = clone(named).set_params(solver=solvers.SGD())
        assert same(named.fit(X, y), made.fit(X, y))

    def test_a_stream_goes_on_with_the_rates(self, engine):
        settings = {"shuffle": False, "batch_size": "full", "engine": engine}
        whole = regressor(initialization="ntk", max_iter=3, **settings).fit(X, y)
        steps = regressor(initialization="ntk", **settings)
        for _ in range(3):
            steps.partial_fit(X, y)
        assert same(whole, steps)

    def test_biases_are_normal_where_asked(self):
        settings = {"initialization": "ntk", "hidden_layer_sizes": (400,)}
        model = regressor(**settings).initialize(X, y)
        assert not model.intercepts_[0].any()
        model.set_params(bias_initialization="ntk").initialize(X, y)
        assert model.intercepts_[0].std() == pytest.approx(1, rel=0.15)
        assert model.coefs_[0].std() == pytest.approx(0.5, rel=0.15)

    def test_biases_alone_set_no_rates(self):
        """The first step of Adam is the learning rate."""
        model = regressor(bias_initialization="ntk", max_iter=1).fit(X, y)
        step = model.coefs_[1] - clone(model).initialize(X, y).coefs_[1]
        assert abs(step).max() == pytest.approx(1e-3, rel=1e-3)

    def test_lbfgs_takes_the_initial_values(self):
        model = regressor(initialization="ntk", solver="lbfgs", max_iter=2)
        other = regressor(initialization=initializers.LeCun("normal"), solver="lbfgs")
        with pytest.warns(ConvergenceWarning):
            check_close(model.fit(X, y), other.set_params(max_iter=2).fit(X, y))
