"""The learning-rate range test."""

import subprocess
import sys

import numpy as np
import pytest
from scipy import sparse
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lightmlp import MLPClassifier, MLPRegressor, find_learning_rate
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
            {"estimator": make_pipeline(StandardScaler(), linear_model())},
            TypeError,
            "Pass the last step of a pipeline",
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
