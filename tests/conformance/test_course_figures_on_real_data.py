"""Figures printed by the courses from MNIST, California housing and wine quality."""

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    classification_report,
    mean_absolute_error,
    mean_squared_error,
    r2_score,
)
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.preprocessing import MinMaxScaler, StandardScaler

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def mnist_rows():
    """Keeps the 10,000 rows of the course for all tests of this file."""
    return {}


@pytest.fixture
def mnist(data_file, mnist_rows):
    """The course's subset, as ``fetch_openml("mnist_784")`` orders and types it."""
    if not mnist_rows:
        with np.load(data_file("mnist_70000.npz")) as archive:
            X, y = archive["X"].astype(np.int64), archive["y"].astype(int)
        X, _, y, _ = train_test_split(X, y, train_size=10000, stratify=y, random_state=42)
        X_train, X_test, y_train, y_test = train_test_split(
            X, y, test_size=0.2, random_state=42
        )
        mnist_rows["split"] = X_train / 255.0, X_test / 255.0, y_train, y_test
    return mnist_rows["split"]


PRINTED_LOSSES = """\
Iteration 1, loss = 0.71345206
Iteration 2, loss = 0.26439384
Iteration 3, loss = 0.18880844
Iteration 4, loss = 0.14070827
Iteration 5, loss = 0.10813206
Iteration 6, loss = 0.08241134
Iteration 7, loss = 0.06312883
Iteration 8, loss = 0.04742022
Iteration 9, loss = 0.03751731
Iteration 10, loss = 0.02680532
Iteration 11, loss = 0.02321482
Iteration 12, loss = 0.01516949
Iteration 13, loss = 0.01235069
Iteration 14, loss = 0.00823132
Iteration 15, loss = 0.00665425
Iteration 16, loss = 0.00515634
Iteration 17, loss = 0.00431783
Iteration 18, loss = 0.00336489
Iteration 19, loss = 0.00283319
Iteration 20, loss = 0.00253876
"""

PRINTED_REPORT = """\
precision recall f1-score support
0 0.95 0.99 0.97 191
1 0.98 1.00 0.99 226
2 0.94 0.96 0.95 215
3 0.95 0.93 0.94 202
4 0.98 0.94 0.96 206
5 0.96 0.94 0.95 168
6 0.98 0.97 0.98 196
7 0.93 0.96 0.95 185
8 0.96 0.95 0.95 206
9 0.91 0.91 0.91 205
accuracy 0.96 2000
macro avg 0.96 0.96 0.96 2000
weighted avg 0.96 0.96 0.96 2000
"""


def test_mnist_losses_and_report(long_course, mnist, capsys):
    X_train, X_test, y_train, y_test = mnist
    mlp = long_course.MLPClassifier(
        hidden_layer_sizes=(128, 64),
        activation="relu",
        solver="adam",
        alpha=0.0001,
        batch_size=64,
        learning_rate_init=0.001,
        max_iter=20,
        random_state=42,
        verbose=True,
    )
    mlp.fit(X_train, y_train)
    assert capsys.readouterr().out == PRINTED_LOSSES
    assert mlp.n_iter_ == 20
    y_pred = mlp.predict(X_test)
    assert f"{accuracy_score(y_test, y_pred):.4f}" == "0.9555"
    report = classification_report(y_test, y_pred)
    assert report.split() == PRINTED_REPORT.split()


def test_mnist_grid_search(long_course, mnist):
    pd = pytest.importorskip("pandas")
    X_train, _, y_train, _ = mnist
    mlp = long_course.MLPClassifier(
        max_iter=20,
        random_state=42,
        early_stopping=True,
        validation_fraction=0.1,
        n_iter_no_change=5,
        verbose=False,
    )
    param_grid = {
        "hidden_layer_sizes": [(50,), (100,), (50, 50)],
        "activation": ["relu"],
        "alpha": [0.0001, 0.001],
    }
    search = GridSearchCV(mlp, param_grid, cv=3, n_jobs=2, verbose=0)
    search.fit(X_train[:1500], y_train[:1500])
    best = {"activation": "relu", "alpha": 0.001, "hidden_layer_sizes": (50,)}
    assert search.best_params_ == best
    assert f"{search.best_score_:.4f}" == "0.8740"
    top = pd.DataFrame(search.cv_results_).nlargest(6, "mean_test_score")
    assert list(top.index + 1) == [4, 1, 2, 5, 6, 3]
    assert top[["mean_test_score", "std_test_score"]].head().round(6).to_numpy().tolist() == [
        [0.874000, 0.007483],
        [0.872000, 0.008165],
        [0.870667, 0.016357],
        [0.869333, 0.015861],
        [0.869333, 0.010625],
    ]


@pytest.mark.parametrize(
    ("solver", "printed"), [("adam", "0.9000"), ("sgd", "0.8330"), ("lbfgs", "0.8800")]
)
def test_mnist_solvers(long_course, mnist, solver, printed):
    X_train, X_test, y_train, y_test = mnist
    mlp = long_course.MLPClassifier(
        hidden_layer_sizes=(50,), solver=solver, max_iter=50, random_state=42, verbose=False
    )
    mlp.fit(X_train[:2000], y_train[:2000])
    assert f"{mlp.score(X_test, y_test):.4f}" == printed


def test_california_housing(long_course, data_file):
    pd = pytest.importorskip("pandas")
    housing = pd.read_csv(data_file("california_housing.csv.gz"))
    X = housing.drop("MedHouseVal", axis=1).to_numpy()
    y = housing["MedHouseVal"].to_numpy()
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)
    scaler = StandardScaler()
    X_train, X_test = scaler.fit_transform(X_train), scaler.transform(X_test)
    mlp = long_course.MLPRegressor(
        hidden_layer_sizes=(100, 50),
        activation="relu",
        solver="adam",
        alpha=0.001,
        batch_size=32,
        max_iter=100,
        early_stopping=True,
        validation_fraction=0.1,
        n_iter_no_change=10,
        random_state=42,
        verbose=False,
    )
    mlp.fit(X_train, y_train)
    y_pred = mlp.predict(X_test)
    assert mlp.n_iter_ == 76
    assert f"{np.sqrt(mean_squared_error(y_test, y_pred)):.4f}" == "0.5138"
    assert f"{mean_absolute_error(y_test, y_pred):.4f}" == "0.3460"
    assert f"{r2_score(y_test, y_pred):.4f}" == "0.7986"


@pytest.fixture
def wine(data_file):
    """All twelve columns, quality included, scaled to [0, 1]; red is class 1."""
    pd = pytest.importorskip("pandas")
    table = pd.read_csv(data_file("wine_quality.csv.gz"))
    X = table.drop("color", axis=1)
    y = (table["color"] == "red").astype(int)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)
    scaler = MinMaxScaler()
    X_train = pd.DataFrame(scaler.fit_transform(X_train), columns=X.columns)
    X_test = pd.DataFrame(scaler.transform(X_test), columns=X.columns)
    printed_first_row = [0.237288, 0.106667, 0.284553, 0.108896, 0.036545, 0.240550]
    printed_first_row += [0.381657, 0.128976, 0.354331, 0.084270, 0.403226, 0.333333]
    assert X_train.iloc[0].round(6).tolist() == printed_first_row
    return X_train, X_test, y_train.to_numpy(), y_test.to_numpy()


def test_wine(long_course, wine):
    X_train, X_test, y_train, y_test = wine
    mlp = long_course.MLPClassifier(hidden_layer_sizes=(100, 50), max_iter=500, random_state=42)
    mlp.fit(X_train, y_train)
    assert f"{accuracy_score(y_test, mlp.predict(X_test)):.4f}" == "0.9954"


def test_wine_grid_search(long_course, wine):
    X_train, X_test, y_train, y_test = wine
    param_grid = {
        "hidden_layer_sizes": [(50, 25), (100, 50), (100, 100)],
        "learning_rate_init": [0.001, 0.01, 0.1],
    }
    mlp = long_course.MLPClassifier(max_iter=500, random_state=42)
    search = GridSearchCV(mlp, param_grid, cv=5, scoring="accuracy", n_jobs=-1)
    search.fit(X_train, y_train)
    best = {"hidden_layer_sizes": (50, 25), "learning_rate_init": 0.001}
    assert search.best_params_ == best
    y_pred = search.best_estimator_.predict(X_test)
    assert f"{accuracy_score(y_test, y_pred):.4f}" == "0.9923"
