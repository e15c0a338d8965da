"""Every stochastic solver in the estimators, by name and as an object."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from lightmlp import MLPClassifier, MLPRegressor, solvers
from lightmlp.estimators.parameters import PARAMETER_CONSTRAINTS
from lightmlp.training.optimizers import OPTIMIZERS

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
y = np.sin(X[:, 0]) + 0.1 * RNG.normal(size=60)
RATES = {"adagrad": 0.1, "adadelta": 1.0, "lion": 0.002}

names = pytest.mark.parametrize("name", OPTIMIZERS)


def model_of(name, engine, **more):
    model = MLPRegressor("squared_error", (8,), solver=name, random_state=0, tol=0)
    rate = RATES.get(name, 0.01)
    return model.set_params(engine=engine, learning_rate_init=rate, **more)


def test_names_are_those_of_the_table():
    assert PARAMETER_CONSTRAINTS["solver"][0].options == {"lbfgs", *OPTIMIZERS}
    public = {getattr(solvers, name) for name in solvers.__all__}
    assert set(OPTIMIZERS.values()) <= public


@names
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_the_loss_falls(name, engine):
    model = model_of(name, engine, max_iter=60, batch_size=20).fit(X, y)
    assert model.loss_curve_[-1] < 0.5 * model.loss_curve_[0]
    assert model.n_iter_ == 60


@names
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_a_name_is_the_object_with_its_defaults(name, engine):
    by_name = model_of(name, engine, max_iter=3).fit(X, y)
    rule = OPTIMIZERS[name]()
    by_object = clone(by_name).set_params(solver=rule).fit(X, y)
    for W, V in zip(by_name.coefs_, by_object.coefs_, strict=True):
        np.testing.assert_array_equal(W, V)
    assert by_object.solver is rule


@names
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_state_survives_partial_fit_and_pickle(name, engine):
    """Three epochs in one call, or one by one, some of them in another life."""
    at_once = model_of(name, engine, shuffle=False, max_iter=3, batch_size=20).fit(X, y)
    bit_by_bit = clone(at_once).partial_fit(X, y)
    bit_by_bit = pickle.loads(pickle.dumps(bit_by_bit.partial_fit(X, y)))
    bit_by_bit.partial_fit(X, y)
    for W, V in zip(at_once.coefs_, bit_by_bit.coefs_, strict=True):
        np.testing.assert_array_equal(W, V)


def test_the_running_solver_is_out_of_the_users_reach(engine):
    rule = solvers.RMSprop(rho=0.5)
    one, two = (model_of("rmsprop", engine) for _ in range(2))
    one.set_params(solver=rule).partial_fit(X, y)
    two.set_params(solver=clone(rule)).partial_fit(X, y)
    rule.rho = 0.99
    np.testing.assert_array_equal(
        one.partial_fit(X, y).coefs_[0], two.partial_fit(X, y).coefs_[0]
    )


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_a_search_reaches_the_solvers_parameters():
    model = MLPRegressor(hidden_layer_sizes=(3,), solver=solvers.RMSprop(), max_iter=2)
    search = GridSearchCV(model, {"solver__rho": [0.9, 0.99]}, cv=2).fit(X, y)
    assert search.best_params_["solver__rho"] in {0.9, 0.99}
    assert model.solver == solvers.RMSprop()


@pytest.mark.parametrize(
    ("solver", "message"),
    [
        ("momentum", "The 'solver' parameter of MLPClassifier must be a str among"),
        (solvers.Lion, "The 'solver' parameter of MLPClassifier must be"),
        (solvers.RMSprop(rho=1.0), r"The 'rho' parameter of RMSprop .* \[0.0, 1.0\). Got 1.0"),
        (solvers.AdamW(weight_decay=-1), "The 'weight_decay' parameter of AdamW"),
        (solvers.Adagrad(epsilon=0), "The 'epsilon' parameter of Adagrad"),
        (solvers.Muon(n_iterations=0), "The 'n_iterations' parameter of Muon"),
    ],
)
def test_wrong_solvers(solver, message):
    with pytest.raises(ValueError, match=message):
        MLPClassifier(solver=solver).fit(X, y > 0)
