"""The learning-rate range test."""

import subprocess
import sys

import numpy as np
import pytest
from scipy import sparse
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.model_selection import ShuffleSplit
from sklearn.neural_network import MLPRegressor as SklearnRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from lightmlp import MLPClassifier, MLPRegressor, find_learning_rate
from lightmlp.callbacks import Callback
from lightmlp.tuning import RangeTest

rng = np.random.RandomState(0)
X = rng.normal(size=(60, 3))
y = X @ [1.0, -2.0, 0.5]


def linear_model(**parameters):
    settings = {"hidden_layer_sizes": (), "solver": "sgd", "momentum": 0, "alpha": 0}
    settings |= {"batch_size": "full", "random_state": 0}
    return MLPRegressor(**{**settings, **parameters})


def test_losses_are_those_of_steps_of_growing_rates():
    found = find_learning_rate(
        linear_model(), X, y, start=0.001, end=0.1, n_steps=3, smoothing=0.5
    )
    np.testing.assert_allclose(found.rates, [0.001, 0.01, 0.1])
    model = linear_model(learning_rate=lambda t: float(found.rates[t]))
    losses = [model.partial_fit(X, y).loss_ for _ in range(3)]
    np.testing.assert_allclose(found.losses, losses, rtol=1e-12)
    a, b, c = losses
    np.testing.assert_allclose(
        found.smoothed_losses, [a, (a + 2 * b) / 3, (a + 2 * b + 4 * c) / 7]
    )


def test_it_ends_where_descent_diverges_and_suggests_less():
    """Gradient descent on a quadratic diverges above 2 / its largest curvature."""
    found = find_learning_rate(linear_model(), X, y, n_steps=300, smoothing=0)
    rows = np.column_stack([X, np.ones(len(X))])
    limit = 2 / np.linalg.eigvalsh(rows.T @ rows / len(X)).max()
    assert len(found.rates) < 300
    assert limit < found.rates[-1] < 10 * limit
    assert found.losses[-1] > found.losses[0]
    best = found.rates[found.smoothed_losses.argmin()]
    assert found.suggestion == best / 10
    assert limit / 10 < best < 1.5 * limit


@pytest.mark.parametrize("engine", ["auto", "reference"])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel"])
def test_every_kind_of_target_and_storage(solver, kind, engine):
    codes = np.digitize(y, [-1, 1])
    targets = {"binary": y > 0, "multiclass": codes, "multilabel": np.eye(3, dtype=int)[codes]}
    model = MLPClassifier((8,), solver=solver, batch_size=16, early_stopping=True)
    model.set_params(random_state=0, engine=engine, learning_rate="cosine")
    before = model.get_params()
    found = find_learning_rate(model, X, targets[kind])
    again = find_learning_rate(model, sparse.csr_matrix(X), targets[kind])
    np.testing.assert_allclose(found.losses, again.losses, rtol=1e-6)
    assert 1e-5 < found.suggestion < 2
    assert model.get_params() == before
    assert not hasattr(model, "coefs_")


def test_rows_without_weight_do_not_matter():
    weights = np.ones(60)
    weights[30:] = 0
    model = linear_model(batch_size=10, shuffle=False)
    weighted = find_learning_rate(model, X, y, weights, n_steps=20)
    half = find_learning_rate(model, X[:30], y[:30], n_steps=20)
    np.testing.assert_allclose(weighted.losses, half.losses)


class Unheard(Callback):
    def on_fit_begin(self, state):
        raise AssertionError("no fit begins")


@pytest.mark.parametrize(
    "settings",
    [
        {"scoring": "loss", "early_stopping": True},
        {"scoring": "r2"},
        {"restore_best_weights": True},
        {"validation_split": ShuffleSplit(1)},
        {"early_stopping": True, "validation_fraction": 0.0},
        {"callbacks": [Unheard()]},
        {"frozen_layers": 1, "hidden_layer_sizes": (4,)},
        {"warm_start": True, "max_time": 1e-9, "verbose": True},
    ],
)
def test_what_belongs_to_whole_fits_does_not_matter(settings, capsys):
    sizes = {name: settings[name] for name in settings if name == "hidden_layer_sizes"}
    model, plain = linear_model(**settings), linear_model(**sizes)
    before = model.get_params()
    found, expected = (find_learning_rate(each, X, y, n_steps=20) for each in (model, plain))
    np.testing.assert_array_equal(found.losses, expected.losses)
    assert model.get_params() == before
    assert not capsys.readouterr().out


def test_a_generator_and_what_was_fitted_stay():
    model = linear_model(random_state=np.random.RandomState(0), max_iter=5, tol=9)
    model.set_params(n_iter_no_change=1).fit(X, y)
    state, predicted = model.random_state.get_state()[1].copy(), model.predict(X)
    find_learning_rate(model, X, y, n_steps=20)
    np.testing.assert_array_equal(model.random_state.get_state()[1], state)
    np.testing.assert_array_equal(model.predict(X), predicted)


def test_a_class_of_ones_own():
    class Small(MLPRegressor):
        def __init__(self, width=4):
            super().__init__(hidden_layer_sizes=(width,), random_state=0)
            self.width = width

    expected = find_learning_rate(MLPRegressor(hidden_layer_sizes=(4,), random_state=0), X, y)
    np.testing.assert_array_equal(find_learning_rate(Small(), X, y).losses, expected.losses)


class TestPipeline:
    def test_the_steps_before_transform(self):
        weights = 1.0 + np.arange(60) % 3
        pipeline = make_pipeline(StandardScaler(), linear_model())
        found = find_learning_rate(pipeline, 100 + 7 * X, y, weights, n_steps=30)
        scaled = StandardScaler().fit_transform(100 + 7 * X)
        expected = find_learning_rate(linear_model(), scaled, y, weights, n_steps=30)
        np.testing.assert_array_equal(found.losses, expected.losses)
        assert not hasattr(pipeline[0], "mean_")

    def test_pipelines_in_pipelines_and_steps_that_do_nothing(self):
        inner = make_pipeline(FunctionTransformer(np.square), linear_model())
        outer = make_pipeline("passthrough", StandardScaler(), inner)
        found = find_learning_rate(outer, X, y, n_steps=30)
        squares = np.square(StandardScaler().fit_transform(X))
        expected = find_learning_rate(linear_model(), squares, y, n_steps=30)
        np.testing.assert_array_equal(found.losses, expected.losses)
        alone = find_learning_rate(make_pipeline(linear_model()), squares, y, n_steps=30)
        np.testing.assert_array_equal(alone.losses, expected.losses)

    def test_tables_with_names(self):
        pandas = pytest.importorskip("pandas")
        table = pandas.DataFrame(X, columns=list("abc"))
        columns = make_column_transformer((StandardScaler(), ["a", "c"]))
        found = find_learning_rate(make_pipeline(columns, linear_model()), table, y, n_steps=30)
        scaled = StandardScaler().fit_transform(X[:, [0, 2]])
        expected = find_learning_rate(linear_model(), scaled, y, n_steps=30)
        np.testing.assert_array_equal(found.losses, expected.losses)

    def test_it_must_end_with_one_of_lightmlp(self):
        with pytest.raises(TypeError, match=r"estimator=MLPRegressor\(\) must be"):
            find_learning_rate(make_pipeline(StandardScaler(), SklearnRegressor()), X, y)


def test_the_result_is_short_to_read():
    found = find_learning_rate(linear_model(), X, y, end=0.01, n_steps=50)
    shown = f"RangeTest(suggestion={found.suggestion:.3g}, 50 steps from rate 1e-06 to 0.01)"
    assert repr(found) == shown
    assert repr(RangeTest(*3 * [np.ones(1)], None)).startswith("RangeTest(suggestion=None, 1")
    assert (found == RangeTest(found.rates, found.losses, found.losses, None)) is False


def test_no_suggestion_where_the_loss_never_falls():
    with pytest.warns(UserWarning, match="The loss never fell .* Lower start"):
        found = find_learning_rate(linear_model(), X, y, start=100, end=1000, n_steps=5)
    assert found.suggestion is None


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"start": 1.0, "end": 1.0}, ValueError, "start=1.0 must be below end=1.0"),
        ({"start": 0}, ValueError, "The 'start' parameter of find_learning_rate"),
        ({"n_steps": 1}, ValueError, "The 'n_steps' parameter of find_learning_rate"),
        ({"estimator": linear_model(solver="lbfgs")}, ValueError, "no learning rate to find"),
        ({"estimator": linear_model(alpha=-1)}, ValueError, "The 'alpha' parameter of MLPReg"),
        (
            {"estimator": make_pipeline(linear_model(), StandardScaler())},
            TypeError,
            "StandardScaler.. must be .*a pipeline that ends with one",
        ),
        (
            {"estimator": TransformedTargetRegressor(linear_model())},
            TypeError,
            "For a TransformedTargetRegressor, pass its regressor",
        ),
        ({"y": y[:-1]}, ValueError, "inconsistent numbers of samples"),
    ],
)
def test_wrong_arguments(changes, error, message):
    arguments = {"estimator": linear_model(), "X": X, "y": y} | changes
    with pytest.raises(error, match=message):
        find_learning_rate(**arguments)


def test_the_plot_shows_losses_and_suggestion():
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    found = find_learning_rate(linear_model(), X, y, n_steps=50)
    ax = found.plot(Figure().subplots())
    losses, smoothed, line = ax.lines
    np.testing.assert_array_equal(losses.get_ydata(), found.losses)
    np.testing.assert_array_equal(smoothed.get_xdata(), found.rates)
    assert line.get_xdata()[0] == found.suggestion
    assert len(RangeTest(found.rates, found.losses, found.losses, None).plot(ax).lines) == 5


def test_the_plot_names_what_to_install():
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import numpy as np\n"
        "from lightmlp.tuning import RangeTest\n"
        "try:\n    RangeTest(*3 * [np.ones(2)], None).plot()\n"
        "except ImportError as error:\n    print(error)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert 'pip install "lightmlp[plot]"' in run.stdout
