"""Wrong parameters and wrong data: the same error, word by word."""

import re

import numpy as np
import pytest
import sklearn.neural_network
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import InvalidParameterError

import lightmlp

from .comparison import Call, Scenario, assert_same, assert_same_divergence, play

NAMES = ["MLPClassifier", "MLPRegressor"]
X = np.random.RandomState(0).normal(size=(20, 3))
Y = np.resize([0, 1], 20)

WRONG_PARAMETERS = {
    "hidden_layer_sizes": [0, -1, (0,), (3, -2), [-1], "many", 2.5, None],
    "alpha": [-1, -1e-9, "small", None, [0.1]],
    "learning_rate_init": [0, -0.1, None, "fast"],
    "power_t": [-1, None],
    "max_iter": [0, -1, 2.5, "long"],
    "shuffle": ["yes", 2, None],
    "random_state": ["seed", -1, 1.5, np.random.default_rng(0)],
    "tol": [-1, None],
    "warm_start": ["yes", 3],
    "momentum": [-0.1, 1.1, None],
    "nesterovs_momentum": ["yes", None],
    "early_stopping": ["no", None],
    "validation_fraction": [-0.1, 1, 1.0, None],
    "beta_1": [-0.1, 1, 1.0],
    "beta_2": [-0.1, 1, 1.0],
    "epsilon": [0, -1e-8, None],
    "n_iter_no_change": [0, -1, 1.5, None],
    "max_fun": [0, -1, 1.5, np.inf],
}
CASES = [
    (name, parameter, value)
    for name in NAMES
    for parameter, values in WRONG_PARAMETERS.items()
    for value in values
]


@pytest.mark.parametrize(
    ("name", "parameter", "value"), CASES, ids=["-".join(map(str, case)) for case in CASES]
)
def test_wrong_parameter(name, parameter, value):
    parameters = {"max_iter": 2, parameter: value}
    assert_same(Scenario(name, parameters, [Call("fit", (X, Y))], X))


# LightMLP offers more of these, so that the errors differ in the list of choices.
WRONG_CHOICES = [
    (name, parameter, value)
    for name in NAMES
    for parameter, values in {
        "batch_size": ["all", 0, -3, 2.5, None],
        "learning_rate": ["exponentially", 0.1],
        "activation": ["swish", None, 1],
        "solver": ["newton", None],
    }.items()
    for value in values
]


@pytest.mark.parametrize(("name", "parameter", "value"), WRONG_CHOICES)
def test_wrong_choice(name, parameter, value):
    messages = []
    for module in (sklearn.neural_network, lightmlp):
        with pytest.raises(InvalidParameterError) as raised:
            getattr(module, name)(**{parameter: value}).fit(X, Y)
        messages.append(re.sub("must be .* Got", "must be ... Got", str(raised.value)))
    assert messages[0] == messages[1]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["loud", -1, None])
def test_wrong_verbose(name, value):
    """Ours may be 'bar' too, and the message says so."""
    messages = []
    for module in (sklearn.neural_network, lightmlp):
        with pytest.raises(ValueError, match=f"verbose.*Got {value!r}") as caught:
            getattr(module, name)(verbose=value).fit(X, Y)
        messages.append(str(caught.value))
    assert [("'bar'" in message) for message in messages] == [False, True]


def with_value(value):
    """X with one entry replaced."""
    changed = X.copy()
    changed[3, 1] = value
    return changed


WRONG_DATA = {
    "NaN": (with_value(np.nan), Y),
    "infinity": (with_value(np.inf), Y),
    "sparse NaN": (sparse.csr_matrix(with_value(np.nan)), Y),
    "one dimension": (X[:, 0], Y),
    "three dimensions": (X[:, :, np.newaxis], Y),
    "scalar": (3.0, Y),
    "no rows": (X[:0], Y[:0]),
    "no columns": (X[:, :0], Y),
    "fewer targets": (X, Y[:-1]),
    "more targets": (X, np.append(Y, 1)),
    "no targets": (X, None),
    "words": (np.full((20, 3), "a"), Y),
    "objects": (np.full((20, 3), object()), Y),
    "complex": (X + 1j, Y),
    "NaN in targets": (X, np.where(Y, np.nan, 0.0)),
    "None in targets": (X, np.where(Y, None, 0)),
    "infinity in targets": (X, np.where(Y, np.inf, 0.0)),
    "targets of three dimensions": (X, np.zeros((20, 2, 2))),
    "continuous targets": (X, X[:, 0]),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("data", WRONG_DATA.values(), ids=WRONG_DATA.keys())
def test_wrong_data(name, data):
    calls = [Call("fit", data), Call("fit", (X, Y))]
    assert_same(Scenario(name, {"max_iter": 2, "random_state": 0}, calls, X))


WRONG_WEIGHTS = {
    "too few": np.ones(19),
    "too many": np.ones(21),
    "two dimensions": np.ones((20, 2)),
    "NaN": np.full(20, np.nan),
    "words": np.full(20, "a"),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("weights", WRONG_WEIGHTS.values(), ids=WRONG_WEIGHTS.keys())
def test_wrong_weights(name, weights):
    calls = [Call("fit", (X, Y), {"sample_weight": weights}), Call("fit", (X, Y))]
    assert_same(Scenario(name, {"max_iter": 2, "random_state": 0}, calls, X))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "score"])
def test_not_fitted(name, method):
    arguments = (X, Y) if method == "score" else (X,)
    assert_same(Scenario(name, {}, [Call(method, arguments)], X))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "rows",
    [X[:, :2], X[:0], X[0], with_value(np.nan), sparse.csr_matrix(X[:, :2]), "text", None],
    ids=["width", "none", "one dimension", "NaN", "sparse width", "text", "None"],
)
def test_wrong_rows_to_predict(name, rows):
    calls = [Call("fit", (X, Y)), Call("predict", (rows,)), Call("predict", (X,))]
    assert_same(Scenario(name, {"max_iter": 2, "random_state": 0}, calls, X))


@pytest.mark.parametrize("name", NAMES)
def test_feature_names(name):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    calls = [
        Call("fit", (frame, Y)),
        Call("predict", (X,)),
        Call("predict", (frame,)),
        Call("predict", (frame[["c", "b", "a"]],)),
        Call("predict", (frame.rename(columns={"a": "z"}),)),
        Call("partial_fit", (frame[["c", "b", "a"]], Y)),
        Call("fit", (X, Y)),
        Call("predict", (frame,)),
    ]
    assert_same(Scenario(name, {"max_iter": 2, "random_state": 0}, calls, X))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("learning_rate_init", [1e3, 1e200])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_divergence(name, learning_rate_init, early_stopping):
    """On the way to infinity rounding decides the numbers, but not how it ends.

    Ours ends at once, and early stopping warns of that; upstream's, which goes on, warns
    where it comes to max_iter.
    """
    parameters = {"solver": "sgd", "activation": "identity", "random_state": 0}
    parameters |= {"learning_rate_init": learning_rate_init, "max_iter": 60}
    parameters["early_stopping"] = early_stopping
    scenario = Scenario(name, parameters, [Call("fit", (1e6 * X, Y))], X)
    (theirs,), (ours,) = play(sklearn.neural_network, scenario), play(lightmlp, scenario)
    if theirs.error:
        assert_same_divergence(ours, theirs, "")
    else:
        assert ours.error is None
        said, of_upstream = ({kind for kind, _ in side.warnings} for side in (ours, theirs))
        assert of_upstream <= said <= {ConvergenceWarning}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "calls",
    [
        [Call("partial_fit", (X, Y))],
        [Call("fit", (X, Y)), Call("partial_fit", (X, Y))],
    ],
    ids=["first", "after fit"],
)
@pytest.mark.parametrize("parameters", [{"early_stopping": True}, {"solver": "lbfgs"}, {}])
def test_partial_fit_refused(name, parameters, calls):
    parameters = {"max_iter": 3, "random_state": 0, **parameters}
    assert_same(Scenario(name, parameters, calls, X))


@pytest.mark.parametrize(
    ("classes", "second"),
    [
        ([0, 1], Call("partial_fit", (X, Y + 1))),
        ([0, 1], Call("partial_fit", (X, np.resize([0, 1, 2], 20)))),
        ([0, 1], Call("partial_fit", (X, Y), {"classes": [5, 6]})),
        ([0, 1], Call("partial_fit", (X, Y), {"classes": [0, 1, 2]})),
        ([0, 1, 2], Call("partial_fit", (X[:, :2], Y))),
        ([0, 1, 2], Call("partial_fit", (X, np.array(["a", "b"])[Y]))),
    ],
)
def test_partial_fit_of_unseen_classes(classes, second):
    calls = [Call("partial_fit", (X, Y), {"classes": classes}), second]
    calls += [Call("partial_fit", (X, Y))]
    assert_same(Scenario("MLPClassifier", {"random_state": 0}, calls, X))


def test_classes_lacking_in_the_first_partial_fit():
    calls = [Call("partial_fit", (X, Y), {"classes": [0]})]
    assert_same(Scenario("MLPClassifier", {"random_state": 0}, calls, X))


@pytest.mark.parametrize(
    "y", [Y + 1, np.resize([0, 1, 2], 20), np.zeros(20, int)], ids=["other", "more", "fewer"]
)
def test_warm_start_with_other_classes(y):
    parameters = {"warm_start": True, "max_iter": 2, "random_state": 0}
    calls = [Call("fit", (X, Y)), Call("fit", (X, y))]
    assert_same(Scenario("MLPClassifier", parameters, calls, X))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n_samples", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("validation_fraction", [0.1, 0.5, 0.9])
def test_small_validation_sets(name, n_samples, validation_fraction):
    parameters = {"early_stopping": True, "validation_fraction": validation_fraction}
    parameters |= {"random_state": 0, "max_iter": 4}
    calls = [Call("fit", (X[:n_samples], Y[:n_samples]))]
    assert_same(Scenario(name, parameters, calls, X))


@pytest.mark.parametrize("name", NAMES)
def test_a_validation_fraction_of_zero_is_refused_in_words_of_our_own(name):
    for module in (sklearn.neural_network, lightmlp):
        model = getattr(module, name)(early_stopping=True, validation_fraction=0.0)
        with pytest.raises(ValueError, match="positive" if module is not lightmlp else "X_val"):
            model.fit(X, Y)
