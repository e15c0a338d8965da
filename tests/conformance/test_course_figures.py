"""Figures printed by the courses whose data are in scikit-learn or are generated."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris, make_circles, make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.neural_network import MLPClassifier as UpstreamClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler


def scaled_split(X, y, *, test_size, random_state, stratify=None):
    """Split, then scale both parts by the training part, as the courses do."""
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=test_size, random_state=random_state, stratify=stratify
    )
    scaler = StandardScaler()
    return scaler.fit_transform(X_train), scaler.transform(X_test), y_train, y_test


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return scaled_split(X, y, test_size=0.25, random_state=42, stratify=y)


@pytest.mark.parametrize(
    ("hidden_layer_sizes", "train_accuracy", "test_accuracy", "n_iter"),
    [
        pytest.param((), 0.997, 0.964, 400, id="no-hidden-layer"),
        pytest.param((64,), 1.000, 0.980, 164, id="64"),
        pytest.param((128, 64), 1.000, 0.973, 80, id="128-64"),
        pytest.param((256, 128, 64), 1.000, 0.982, 48, id="256-128-64"),
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_digits_by_depth(
    long_course, digits, hidden_layer_sizes, train_accuracy, test_accuracy, n_iter
):
    X_train, X_test, y_train, y_test = digits
    mlp = long_course.MLPClassifier(
        hidden_layer_sizes=hidden_layer_sizes,
        activation="relu",
        solver="adam",
        alpha=1e-4,
        max_iter=400,
        random_state=42,
    )
    mlp.fit(X_train, y_train)
    assert round(accuracy_score(y_train, mlp.predict(X_train)), 3) == train_accuracy
    assert round(accuracy_score(y_test, mlp.predict(X_test)), 3) == test_accuracy
    assert mlp.n_iter_ == n_iter


def test_digits_without_hidden_layer_warn_as_printed(long_course, digits):
    X_train, _, y_train, _ = digits
    mlp = long_course.MLPClassifier(hidden_layer_sizes=(), max_iter=400, random_state=42)
    with pytest.warns(
        ConvergenceWarning,
        match=r"^Stochastic Optimizer: Maximum iterations \(400\) reached and the "
        r"optimization hasn't converged yet\.$",
    ):
        mlp.fit(X_train, y_train)


def test_digits_two_hidden_layers(long_course, digits):
    X_train, X_test, y_train, y_test = digits
    mlp = long_course.MLPClassifier(
        hidden_layer_sizes=(128, 64),
        activation="relu",
        solver="adam",
        alpha=1e-4,
        learning_rate_init=0.001,
        max_iter=300,
        random_state=42,
    )
    mlp.fit(X_train, y_train)
    assert f"{accuracy_score(y_test, mlp.predict(X_test)):.3f}" == "0.973"
    assert accuracy_score(y_train, mlp.predict(X_train)) == 1.0


def test_circles_coefficients_after_413_epochs(course):
    X, y = make_circles(n_samples=1000, factor=0.2, noise=0.15, random_state=2024)
    X_train, _, y_train, _ = scaled_split(X, y, test_size=0.2, random_state=1, stratify=y)
    mlp = course.MLPClassifier(
        hidden_layer_sizes=(8, 6), activation="relu", max_iter=10000, random_state=2024
    )
    mlp.fit(X_train, y_train)
    printed = """
        1.14338008  0.20405062 -0.61077927 -0.62307275 -1.23623175
       -0.55252571  1.02855366  0.18325872
        0.50417409 -0.01189684 -0.627055    0.65451109 -0.99809363
        1.63383212 -0.40492698  0.06554955
    """
    assert mlp.n_iter_ == 413
    assert [layer.shape for layer in mlp.coefs_] == [(2, 8), (8, 6), (6, 1)]
    assert_printed(mlp.coefs_[0].ravel(), printed)


def test_iris(course):
    pd = pytest.importorskip("pandas")
    iris = load_iris()
    names = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    df = pd.DataFrame(iris["data"], columns=names)
    df["species"] = iris["target"]
    X_train, X_test, y_train, y_test = scaled_split(
        df[names], df["species"], test_size=0.2, random_state=1, stratify=df["species"]
    )
    mlp = course.MLPClassifier(
        hidden_layer_sizes=(3, 2), activation="relu", max_iter=6000, random_state=2024
    )
    mlp.fit(X_train, y_train)
    assert [layer.shape for layer in mlp.coefs_] == [(4, 3), (3, 2), (2, 3)]
    assert np.round(mlp.predict_proba(X_test)[0, :], 3).tolist() == [0.0, 0.001, 0.999]
    predicted_class = mlp.predict(X_test)[0]
    assert iris["target_names"][predicted_class] == "virginica"
    cross_table = pd.crosstab(mlp.predict(X_test), y_test)
    assert cross_table.to_numpy().tolist() == [[10, 0, 0], [0, 10, 1], [0, 0, 9]]


@pytest.fixture(scope="module")
def sine():
    """The data of the regression example, and the generator in the state after them."""
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(2024)
    x = np.linspace(start=0, stop=5, num=1000)
    y = x / 2 + np.sin(x) * np.cos(2 * x) + 0.3 * rng.normal(size=1000)
    df = pd.DataFrame({"X": x, "Y": y})
    X_train, _, y_train, _ = train_test_split(df[["X"]], df["Y"], test_size=0.2, random_state=1)
    X_new = np.random.default_rng(2024).normal(size=10).reshape(-1, 1)
    y_new = X_new / 2 + np.sin(X_new) * np.cos(2 * X_new) + 0.3 * rng.normal(size=10)
    return X_train, y_train, X_new, y_new


def half_mean_squared_error(predictions, targets):
    return (1 / 2) * ((predictions - targets) ** 2).mean()


def assert_printed(values, printed):
    """Compare with an array that NumPy printed with eight decimals."""
    np.testing.assert_array_equal(np.round(values, 8), [float(n) for n in printed.split()])


def assert_same_to_nine_digits(value, printed):
    assert f"{value:.9g}" == f"{printed:.9g}"
    assert value == pytest.approx(printed, rel=1e-9)


PRINTED_OUTER_WEIGHTS = [
    *["-5.25548563e-01", "-1.82610993e-01", "-2.07258451e-02", "5.01400632e-01"],
    *["-2.10009181e-01", "1.33174938e-02", "-4.89055375e-01", "2.01155719e-02"],
    *["2.95700964e-01", "-1.40096016e-01", "-2.77540400e-01", "1.99960980e-09"],
    *["-3.39275348e-07", "-3.11143961e-01", "4.89647944e-01", "5.74968143e-01"],
    *["-4.48779105e-01", "4.07173610e-01", "1.26540951e-06", "-4.77446082e-01"],
]


def fit_regression_example(estimators, X, y):
    """Scale and fit as the course does."""
    scaler = StandardScaler()
    scaler.set_output(transform="pandas")
    mlp = estimators.MLPRegressor(
        hidden_layer_sizes=(80, 20), activation="relu", random_state=2024, max_iter=2000
    )
    return Pipeline(steps=[("scaler", scaler), ("mlp", mlp)]).fit(X, y)


def test_regression_and_edited_weights(course, sine):
    X_train, y_train, X_new, y_new = sine
    model = fit_regression_example(course, X_train, y_train)
    predictions = model.predict(X_train)
    assert_printed(
        predictions[:10],
        "0.26670396 3.69201112 3.6049855 0.37045803 1.58530131 "
        "1.54973299 0.36139089 0.0949725 -0.18409113 3.38742146",
    )
    loss = half_mean_squared_error(predictions, y_train)
    assert_same_to_nine_digits(loss, 0.04931940119577732)

    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        predictions_new = model.predict(X_new)
    assert_printed(
        predictions_new,
        "0.14799548 -0.2376762 0.05769325 0.31106307 0.2932709 "
        "0.35958583 0.27633267 0.38818285 0.04876662 0.36026116",
    )
    loss_new = half_mean_squared_error(predictions_new, y_new)
    assert_same_to_nine_digits(loss_new, 0.09540873679602235)

    outer_weights = model["mlp"].coefs_[2]
    assert [f"{weight:.8e}" for weight in outer_weights.ravel()] == PRINTED_OUTER_WEIGHTS

    rng = np.random.default_rng(2024)
    model["mlp"].coefs_[2] = rng.uniform(low=0, high=0.1, size=20).reshape(-1, 1)
    predictions = model.predict(X_train)
    assert_printed(
        predictions[:10],
        "0.39286751 0.56660871 0.55717158 0.47475645 0.3529616 "
        "0.34419725 0.48586723 0.39680396 0.4032007 0.53357875",
    )
    loss_of_edited = half_mean_squared_error(predictions, y_train)
    assert_same_to_nine_digits(loss_of_edited, 0.9872144488030443)

    model["mlp"].coefs_[2] = outer_weights
    assert half_mean_squared_error(model.predict(X_train), y_train) == loss


def test_generated_classification_example(course):
    """The guide prints no output of its example: scikit-learn's score stands for it."""
    X, y = make_classification(n_samples=1000, n_features=10, random_state=42)
    X_train, X_test, y_train, y_test = scaled_split(X, y, test_size=0.2, random_state=42)
    parameters = {
        "hidden_layer_sizes": (10,),
        "activation": "relu",
        "solver": "adam",
        "learning_rate_init": 0.01,
        "max_iter": 1000,
        "random_state": 42,
    }
    upstream = UpstreamClassifier(**parameters).fit(X_train, y_train)
    mlp = course.MLPClassifier(**parameters).fit(X_train, y_train)
    assert f"{mlp.score(X_test, y_test):.4f}" == "0.9050"
    assert mlp.score(X_test, y_test) == upstream.score(X_test, y_test)
    assert mlp.n_iter_ == upstream.n_iter_
    assert f"{mlp.loss_:.8f}" == f"{upstream.loss_:.8f}"


@pytest.mark.parametrize(("momentum", "n_warnings"), [(0, 6), (0.9, 0)])
def test_learning_rates_warn_as_printed(long_course, sine, momentum, n_warnings):
    """Six fits warn under the smallest rate without momentum, and none with it."""
    X_train, y_train, _, _ = sine
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for learning_rate_init in [0.00001, 0.005, 0.01, 0.05, 0.1, 0.5]:
            mlp = long_course.MLPRegressor(
                hidden_layer_sizes=(80, 20),
                learning_rate="constant",
                solver="sgd",
                learning_rate_init=learning_rate_init,
                momentum=momentum,
                activation="relu",
                random_state=2024,
                max_iter=2000,
            )
            model = Pipeline(steps=[("scaler", StandardScaler()), ("mlp", mlp)])
            model.fit(X_train, y_train)
            cross_val_score(model, X_train, y_train, scoring="neg_mean_squared_error")
    assert [str(warning.message) for warning in caught] == n_warnings * [
        "Stochastic Optimizer: Maximum iterations (2000) reached and the optimization "
        "hasn't converged yet."
    ]
