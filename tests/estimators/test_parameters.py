"""The parameters that scikit-learn lacks or leaves unchecked, and the documentation of all.

Signatures and messages that are scikit-learn's own: ``tests/conformance``.
"""

import inspect
from itertools import pairwise

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import InvalidParameterError

from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.network import ACTIVATIONS, LOSSES

X, y = np.arange(12.0).reshape(6, 2), np.array([0, 1, 0, 1, 0, 1])


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


def test_an_activation_for_each_layer(engine):
    """The same as computing each layer by its own function, however the names come."""
    names = ("gelu", "logistic", "hard_tanh")
    for given in (names, list(names), np.array(names)):
        model = MLPClassifier((4, 3, 2), given, solver="lbfgs", max_fun=3, engine=engine)
        with pytest.warns(ConvergenceWarning):
            model.fit(X, y)
        inputs = X
        for name, W, b, a in zip(
            names, model.coefs_, model.intercepts_, model.hidden_activations(X), strict=False
        ):
            inputs = ACTIVATIONS[name].forward(inputs @ W + b)
            np.testing.assert_allclose(a, inputs, rtol=1e-10, atol=1e-12)


def test_one_name_for_all_layers_is_that_name_for_each(engine):
    fit = {"random_state": 0, "solver": "sgd", "max_iter": 200, "tol": 1, "engine": engine}
    one = MLPClassifier((4, 3), activation="logistic", **fit).fit(X, y)
    each = MLPClassifier((4, 3), activation=["logistic", "logistic"], **fit).fit(X, y)
    for W, V in zip(one.coefs_, each.coefs_, strict=True):
        np.testing.assert_array_equal(W, V)
    none = MLPClassifier((), activation=(), **fit).fit(X, y)
    assert none.hidden_activations(X) == []


@pytest.mark.parametrize(
    ("activation", "message"),
    [
        (("relu",), r"activation=\('relu',\) has 1 name\(s\) for 2 hidden layer\(s\)"),
        (["relu"] * 3, r"has 3 name\(s\) for 2 hidden layer\(s\). Give one per hidden layer"),
        ((), r"has 0 name\(s\) for 2"),
        (("relu", "swish"), r"activation\[1\]='swish' is unknown; choose one of 'celu'"),
        (("relu", 3), r"activation\[1\]=3 is unknown"),
    ],
)
def test_activations_must_fit_the_layers(activation, message):
    model = MLPClassifier((3, 2), activation=activation)
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
    model.set_params(activation="relu", solver="lbfgs", tol=1e3).fit(X, y)
    with pytest.raises(ValueError, match=message):
        model.set_params(activation=activation).predict(X)


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


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_class_docstrings_name_parameters_activations_and_links(estimator):
    for name in inspect.signature(estimator).parameters:
        assert f"\n{name} : " in estimator.__doc__
    for name in (*ACTIVATIONS, *(loss.inverse_link_name for loss in LOSSES.values())):
        assert f"'{name}'" in estimator.__doc__
    assert "{parameters}" not in estimator.__doc__


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_methods_document_result_errors_and_an_example(estimator):
    ours = [base for base in estimator.__mro__ if base.__module__.startswith("lightmlp.")]
    names = {name for base in ours for name in vars(base)}
    # scikit-learn writes set_fit_request and its like.
    public = {name for name in names if not name.startswith(("_", "set_"))}
    methods = {name for name in public if callable(getattr(estimator, name))}
    assert {"fit", "partial_fit", "predict"} <= methods
    for name in methods:
        documentation = inspect.getdoc(getattr(estimator, name))
        takes = set(inspect.signature(getattr(estimator, name)).parameters) - {"self"}
        headed = ["Parameters"] if takes else []
        for section in (*headed, "Returns", "Raises", "Examples"):
            assert f"{section}\n-" in documentation, f"{name} lacks {section!r}"
