import inspect
from itertools import pairwise

import numpy as np
import pytest
import sklearn.neural_network
from sklearn.utils._param_validation import InvalidParameterError

import lightmlp
from lightmlp import MLPClassifier, MLPRegressor

X, y = np.arange(12.0).reshape(6, 2), np.array([0, 1, 0, 1, 0, 1])


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_parameters_are_those_of_scikit_learn_and_two_more(name):
    ours = inspect.signature(getattr(lightmlp, name)).parameters
    theirs = inspect.signature(getattr(sklearn.neural_network, name)).parameters
    assert list(ours)[: len(theirs)] == list(theirs)
    assert list(ours)[len(theirs) :] == ["engine", "n_threads"]
    for parameter in theirs.values():
        assert ours[parameter.name].default == parameter.default
        assert ours[parameter.name].kind == parameter.kind


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
@pytest.mark.parametrize("method", ["fit", "partial_fit", "predict", "score"])
def test_methods_take_their_arguments_in_scikit_learns_order(name, method):
    ours = inspect.signature(getattr(getattr(lightmlp, name), method))
    theirs = inspect.signature(getattr(getattr(sklearn.neural_network, name), method))
    assert list(ours.parameters) == list(theirs.parameters)


@pytest.mark.parametrize(
    "wrong",
    [
        {"activation": "sine"},
        {"solver": "newton"},
        {"alpha": -1},
        {"batch_size": 0},
        {"learning_rate": "fast"},
        {"learning_rate_init": 0},
        {"power_t": -1},
        {"max_iter": 0},
        {"shuffle": "yes"},
        {"random_state": "seed"},
        {"tol": -1},
        {"verbose": -1},
        {"warm_start": 2},
        {"momentum": 2},
        {"nesterovs_momentum": 2},
        {"early_stopping": "no"},
        {"validation_fraction": 1},
        {"beta_1": 1},
        {"beta_2": 1},
        {"epsilon": 0},
        {"n_iter_no_change": 0},
        {"max_fun": 0},
        {"hidden_layer_sizes": 0},
    ],
)
def test_wrong_parameters_have_scikit_learns_message(wrong):
    with pytest.raises(ValueError, match=r"'\w+' parameter of MLPClassifier") as theirs:
        sklearn.neural_network.MLPClassifier(**wrong).fit(X, y)
    with pytest.raises(InvalidParameterError) as ours:
        MLPClassifier(**wrong).fit(X, y)
    # The order of the choices is that of a set, which differs from run to run.
    assert sorted(str(ours.value)) == sorted(str(theirs.value))


@pytest.mark.parametrize("wrong", [{"engine": "gpu"}, {"n_threads": 0}, {"n_threads": 1.5}])
def test_engine_and_threads_are_checked(wrong):
    with pytest.raises(InvalidParameterError, match=next(iter(wrong))):
        MLPRegressor(**wrong).fit(X, y)


@pytest.mark.parametrize("sizes", [(5, 0), (-1,), np.array([3, -2])])
def test_hidden_sizes_must_be_positive(sizes):
    with pytest.raises(ValueError, match=r"hidden_layer_sizes must be > 0, got \["):
        MLPClassifier(sizes).fit(X, y)


@pytest.mark.parametrize("sizes", [(5.0,), np.array([2.5]), ["5"], [(5,)], [None]])
def test_hidden_sizes_must_be_integers(sizes):
    with pytest.raises(ValueError, match="hidden_layer_sizes must be integers > 0"):
        MLPClassifier(sizes).fit(X, y)


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
@pytest.mark.parametrize("sizes", [(10**9, 10**9), 10**18, (10**12, 3)])
def test_absurd_hidden_sizes_are_refused_before_memory_is_asked_for(solver, sizes):
    model = MLPClassifier(sizes, solver=solver)
    with pytest.raises(ValueError, match=r"hidden_layer_sizes=.*GiB"):
        model.fit(X, y)
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize("sizes", [(), 3, (4,), [3, 2], np.array([2, 2])])
def test_shapes_of_hidden_sizes(sizes, engine):
    model = MLPRegressor(hidden_layer_sizes=sizes, solver="lbfgs", tol=1e3, engine=engine)
    model.fit(X, y)
    widths = [2, *np.atleast_1d(sizes).astype(int), 1]
    assert [W.shape for W in model.coefs_] == list(pairwise(widths))
    assert model.n_layers_ == len(widths)
    assert model.n_parameters_ == sum(
        (n_inputs + 1) * n_outputs for n_inputs, n_outputs in pairwise(widths)
    )


def test_class_docstrings_name_every_parameter():
    for estimator in (MLPClassifier, MLPRegressor):
        for name in inspect.signature(estimator).parameters:
            assert f"\n{name} : " in estimator.__doc__
        assert "{" + "parameters}" not in estimator.__doc__
