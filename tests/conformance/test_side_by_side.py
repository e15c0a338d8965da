"""Random configurations of every parameter, fitted by scikit-learn and by LightMLP."""

import inspect

import numpy as np
import pytest
import sklearn.neural_network
from sklearn.utils import get_tags

import lightmlp

from .comparison import Call, Scenario, assert_same
from .scenarios import PARAMETER_CHOICES, random_partial_fits, random_rows, random_scenario

N_SCENARIOS = 200
NAMES = ["MLPClassifier", "MLPRegressor"]


@pytest.mark.parametrize("seed", range(N_SCENARIOS))
@pytest.mark.parametrize("name", NAMES)
def test_random_scenario(name, seed):
    assert_same(random_scenario(name, seed))


@pytest.mark.parametrize("seed", range(N_SCENARIOS, N_SCENARIOS + 15))
@pytest.mark.parametrize("name", NAMES)
def test_random_scenario_on_the_reference_engine(name, seed):
    assert_same(random_scenario(name, seed), engine="reference")


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize(
    "y",
    [
        np.resize([0, 1], 30),
        np.resize(["a", "b", "c"], 30),
        np.resize([[1, 0, 0], [0, 1, 1], [1, 1, 1], [0, 0, 1]], (30, 3)),
    ],
    ids=["binary", "strings", "multilabel"],
)
def test_classifier_that_begins_with_partial_fit(solver, seed, y):
    rng = np.random.RandomState(seed)
    X = rng.normal(size=(30, 4))
    calls = random_partial_fits(rng, X, y)
    parameters = {"solver": solver, "random_state": seed, "hidden_layer_sizes": (6,)}
    assert_same(Scenario("MLPClassifier", parameters, calls, X))


def test_every_parameter_takes_part():
    for name in NAMES:
        estimator = getattr(sklearn.neural_network, name)()
        assert set(estimator.get_params()) - {"loss"} == set(PARAMETER_CHOICES)


@pytest.mark.parametrize("name", NAMES)
def test_signature(name):
    """Upstream's parameters in its order, kinds and defaults; ours follow as keywords."""
    theirs = inspect.signature(getattr(sklearn.neural_network, name)).parameters
    ours = inspect.signature(getattr(lightmlp, name)).parameters
    described = [(p.name, p.kind, p.default) for p in ours.values()]
    assert described[: len(theirs)] == [(p.name, p.kind, p.default) for p in theirs.values()]
    kinds = {kind for _, kind, _ in described[len(theirs) :]}
    assert kinds == {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("name", NAMES)
def test_public_names_tags_and_metadata(name):
    theirs, ours = getattr(sklearn.neural_network, name)(), getattr(lightmlp, name)()
    public = {attribute for attribute in dir(theirs) if not attribute.startswith("_")}
    assert public <= set(dir(ours))
    assert get_tags(ours) == get_tags(theirs)
    for method in ["fit", "partial_fit", "predict", "score"]:
        mine, his = (
            list(inspect.signature(getattr(side, method)).parameters.values())
            for side in (ours, theirs)
        )
        assert [p.name for p in mine[: len(his)]] == [p.name for p in his]
        more = {(p.kind, p.default) for p in mine[len(his) :]}
        assert more <= {(inspect.Parameter.KEYWORD_ONLY, None)}
        requests = [
            getattr(side.get_metadata_routing(), method).requests for side in (ours, theirs)
        ]
        assert requests[0] == requests[1] | {p.name: None for p in mine[len(his) :]}


@pytest.mark.parametrize("name", NAMES)
def test_representation(name):
    theirs = getattr(sklearn.neural_network, name)((5, 2), max_iter=7, alpha=0)
    ours = getattr(lightmlp, name)((5, 2), max_iter=7, alpha=0)
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", NAMES)
def test_rows_to_predict_may_come_in_any_container(name, seed):
    """The dtype of a prediction follows from both the model's and the rows' dtype."""
    rng = np.random.RandomState(seed)
    X = rng.normal(size=(30, 4)).astype([np.float32, np.float64][seed % 2])
    y = np.resize([0, 1, 2], 30)
    X_new = random_rows(rng, 9, [np.float64, np.float32][seed // 2 % 2])
    if hasattr(X_new, "columns"):
        X_new = X_new.to_numpy()
    parameters = {"random_state": 0, "max_iter": 3, "hidden_layer_sizes": 5}
    assert_same(Scenario(name, parameters, [Call("fit", (X, y))], X_new, rtol=1e-3))
