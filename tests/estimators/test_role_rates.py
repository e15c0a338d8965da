"""Learning-rate multipliers by the role of a parameter."""

from collections import UserDict

import numpy as np
import pytest
from sklearn.base import clone

from lightmlp import MLPClassifier, MLPRegressor

rng = np.random.RandomState(0)
X = rng.normal(size=(50, 4))
y = np.arange(50) % 3

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
LISTS = {"weight": "coefs_", "bias": "intercepts_", "scale": "scales_"}


def classifier(engine="auto", **settings):
    settings = {"normalization": "layer", "max_iter": 3, "random_state": 0} | settings
    return MLPClassifier((8, 6), engine=engine, batch_size=16, **settings)


def moved(model):
    """How far each parameter is from where a fit begins, by its role."""
    start = clone(model).initialize(X, y)
    return {
        role: [a - b for a, b in zip(getattr(model, name), getattr(start, name), strict=True)]
        for role, name in LISTS.items()
    }


@pytest.mark.parametrize("role", LISTS)
def test_parameters_of_the_factor_zero_stay(engine, role):
    steps = moved(classifier(engine, role_learning_rates={role: 0}).fit(X, y))
    for other, arrays in steps.items():
        assert all(np.any(step) == (other != role) for step in arrays), other


@pytest.mark.parametrize("factor", [0.25, 1, 4.0])
def test_one_step_of_gradient_descent_is_as_much_longer(engine, factor):
    settings = {"solver": "sgd", "max_iter": 1, "learning_rate_init": 0.125, "alpha": 0.0}
    model = classifier(engine, **settings).set_params(batch_size="full")
    plain = moved(model.fit(X, y))
    rates = {"bias": factor, "scale": 2 * factor}
    model = clone(model).set_params(role_learning_rates=rates).fit(X, y)
    for role, steps in moved(model).items():
        wanted = [rates.get(role, 1) * step for step in plain[role]]
        for one, other in zip(steps, wanted, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-15)


def test_it_multiplies_the_factor_of_the_layer(engine):
    by_layer = {"layer_learning_rates": (1, 0.5, 1), "solver": "sgd"}
    rates = {"weight": 0.5, "bias": 0.5, "scale": 0.5}
    both = classifier(engine, **by_layer, role_learning_rates=rates).fit(X, y)
    by_layer["layer_learning_rates"] = (0.5, 0.25, 0.5)
    one = classifier(engine, **by_layer).fit(X, y)
    for name in LISTS.values():
        assert all(map(np.array_equal, getattr(both, name), getattr(one, name)))


def test_a_partial_fit_and_any_mapping(engine):
    rates = UserDict(bias=0)
    model = MLPRegressor(
        hidden_layer_sizes=(5,), role_learning_rates=rates, engine=engine, random_state=0
    )
    model.partial_fit(X, X[:, 0])
    biases = [b.copy() for b in model.intercepts_]
    model.partial_fit(X, X[:, 0])
    assert all(map(np.array_equal, biases, model.intercepts_))
    assert clone(model).role_learning_rates == rates


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ({}, r"role_learning_rates=\{\} has no factor .* Set it to None"),
        ({"statistic": 0.1}, "'statistic', which is the role of running statistics.* 'weight'"),
        ({"biases": 0.1}, "'biases', which is no role .*Did you mean 'bias'"),
        ({1: 0.1}, "the key 1, which is no role of a parameter: choose among 'weight', 'bias'"),
        ({"bias": -0.1}, r"role_learning_rates\['bias'\]=-0.1 must be a finite number >= 0"),
        ({"bias": np.inf}, r"\['bias'\]=inf must be a finite"),
        ({"bias": np.nan}, r"\['bias'\]=nan must be a finite"),
        ({"bias": "fast"}, r"\['bias'\]='fast' must be a finite"),
        ({"bias": None}, r"\['bias'\]=None must be a finite"),
        ({"bias": True}, r"\['bias'\]=True must be a finite"),
        ({"weight": 0, "bias": 0, "scale": 0}, "leaves nothing to learn .* give a role a"),
        (
            {"activation": 0.1},
            "'activation', and no parameter that learns .* 'weight', ",
        ),
        ({"embedding": 0.1}, "'embedding', and no parameter that learns has this role"),
    ],
)
def test_errors_name_role_and_way_out(rates, message):
    model = classifier(role_learning_rates=rates)
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
    assert not hasattr(model, "coefs_")


def test_a_role_must_be_one_that_learns():
    with pytest.raises(ValueError, match=r"'scale'.* there are 'weight', 'bias'. Set norm"):
        classifier(normalization=None, role_learning_rates={"scale": 6.0}).fit(X, y)
    source = classifier().fit(X, y)
    model = classifier(frozen_layers=2, role_learning_rates={"scale": 6.0})
    with pytest.raises(ValueError, match=r"'scale', and no parameter that learns"):
        model.fit(X, y, init_from=source)


def test_layers_and_roles_together_must_leave_something():
    rates = {"weight": 0.0, "bias": 0.0}
    model = classifier(layer_learning_rates=(0, 0, 1), role_learning_rates=rates)
    with pytest.raises(ValueError, match=r"nothing to learn beside layer_learning_rates=\(0"):
        model.fit(X, y)
