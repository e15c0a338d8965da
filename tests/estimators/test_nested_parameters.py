"""Parameters of an option's object, set where the option is a string."""

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from lightmlp import (
    MLPClassifier,
    MLPRegressor,
    augmentations,
    initializers,
    losses,
    schedules,
    solvers,
)
from lightmlp.network import INITIALIZERS
from lightmlp.training.augmentations import AUGMENTATIONS
from lightmlp.training.optimizers import OPTIMIZERS
from lightmlp.training.schedules import SCHEDULES

X = np.random.RandomState(0).normal(size=(40, 3))
y = (X[:, 0] > 0).astype(int)

TABLES = {
    "solver": OPTIMIZERS,
    "learning_rate": SCHEDULES,
    "augmentation": AUGMENTATIONS,
    "initialization": INITIALIZERS,
    "bias_initialization": INITIALIZERS,
}
NAMED = [
    (MLPClassifier, option, name, make)
    for option in TABLES
    for name, make in TABLES[option].items()
]
NAMED += [(MLPClassifier, "loss", *row) for row in losses.CLASSIFICATION_LOSSES.items()]
NAMED += [(MLPRegressor, "loss", *row) for row in losses.REGRESSION_LOSSES.items()]
WITH_PARAMETERS = [row for row in NAMED if row[-1]().get_params()]


@pytest.mark.parametrize(
    ("cls", "option", "name", "make"),
    WITH_PARAMETERS,
    ids=["-".join((cls.__name__, option, name)) for cls, option, name, _ in WITH_PARAMETERS],
)
def test_every_name_means_its_object(cls, option, name, make):
    for parameter, default in make().get_params().items():
        if isinstance(default, bool | int | float):
            value = default + 1
            model = clone(cls(**{option: name})).set_params(**{f"{option}__{parameter}": value})
            expected = make().set_params(**{parameter: value})
            assert getattr(model, option) == expected
            assert model.get_params()[f"{option}__{parameter}"] == value


def test_a_name_and_its_parameter_in_the_same_call():
    names = {"solver": "adamw", "learning_rate": "cosine", "augmentation": "mixup"}
    nested = {"solver__weight_decay": 0.1, "learning_rate__warmup": 5, "augmentation__alpha": 2}
    for together in (names | nested, nested | names):
        model = MLPClassifier(solver="lbfgs").set_params(**together, max_iter=7)
        assert model.solver == solvers.AdamW(weight_decay=0.1)
        assert model.learning_rate == schedules.Cosine(warmup=5)
        assert model.augmentation == augmentations.Mixup(alpha=2)
        assert model.max_iter == 7


def test_the_default_schedule_has_a_warm_up():
    model = MLPClassifier().set_params(learning_rate__warmup=3)
    assert model.learning_rate == schedules.Constant(warmup=3)


def test_parameters_of_objects_and_of_strings_in_one_call():
    theirs = solvers.Lion()
    model = MLPRegressor(solver=theirs, loss="huber")
    model.set_params(solver__weight_decay=0.5, loss__delta=2.0)
    assert model.solver is theirs
    assert (theirs.weight_decay, model.loss) == (0.5, losses.Huber(2.0))


def test_other_parameters_are_listed_as_before():
    """Else a copy by ``set_params(**get_params())`` would turn every string into an object."""
    model = MLPClassifier(solver="adamw", learning_rate="cosine")
    assert not [name for name in model.get_params() if "__" in name]
    copy = MLPClassifier().set_params(**model.get_params())
    assert copy.get_params() == model.get_params()


def test_searches_reach_them():
    model = MLPClassifier((4,), solver="adamw", max_iter=2, tol=10, n_iter_no_change=1)
    grid = {"solver__weight_decay": [0.0, 0.1], "learning_rate": ["linear", "cosine"]}
    grid["learning_rate__warmup"] = [0, 1]
    search = GridSearchCV(model.set_params(max_iter=30), grid, cv=2).fit(X, y)
    assert search.best_estimator_.solver.weight_decay in (0.0, 0.1)
    assert len(search.cv_results_["params"]) == 8
    assert model.solver == "adamw"
    pipeline = Pipeline([("scale", StandardScaler()), ("mlp", model)])
    random = {"mlp__solver__weight_decay": uniform(0.2, 0.1)}
    search = RandomizedSearchCV(pipeline, random, n_iter=2, cv=2, random_state=0).fit(X, y)
    assert 0.2 <= search.best_estimator_["mlp"].solver.weight_decay <= 0.3


@pytest.mark.parametrize(
    ("name", "nested", "own"),
    [
        ("sgd", {"solver__momentum": 0.5}, {"momentum": 0.5}),
        ("sgd", {"solver__nesterov": False}, {"nesterovs_momentum": False}),
        ("adam", {"solver__beta_1": 0.5}, {"beta_1": 0.5}),
        ("adam", {"solver__epsilon": 1e-3}, {"epsilon": 1e-3}),
    ],
)
@pytest.mark.parametrize("learning_rate", ["constant", "invscaling", "adaptive"])
def test_scikit_learns_solvers_compute_the_same_bits_either_way(
    name, nested, own, learning_rate, engine
):
    settings = {"learning_rate_init": 0.1, "learning_rate": learning_rate, "engine": engine}
    settings |= {"max_iter": 60, "tol": 1.0, "n_iter_no_change": 2, "random_state": 0}
    models = [MLPClassifier((4,), solver=name, **settings) for _ in range(2)]
    one, other = models[0].set_params(**nested), models[1].set_params(**own)
    assert not isinstance(one.solver, str)
    assert isinstance(other.solver, str)
    assert one.fit(X, y).loss_curve_ == other.fit(X, y).loss_curve_


@pytest.mark.parametrize(
    ("parameters", "nested", "message"),
    [
        ({"solver": "sgd", "momentum": 0.5}, {"solver__nesterov": False}, "momentum=0.5"),
        ({"beta_1": 0.5}, {"solver__beta_2": 0.9}, "does not read the estimator's beta_1=0.5"),
        ({}, {"epsilon": 1e-3, "solver__beta_2": 0.9}, "estimator's epsilon=0.001"),
        (
            {"learning_rate": "invscaling", "power_t": 0.3},
            {"learning_rate__warmup": 2},
            "power_t=0.3",
        ),
        ({"solver": "lbfgs"}, {"solver__rho": 0.9}, "='lbfgs' is neither.*one of 'sgd', "),
        ({}, {"initialization__gain": 2}, "initialization='auto' is neither.*'glorot_uniform'"),
        ({}, {"augmentation__std": 0.1}, "augmentation=None is neither.*'gaussian_noise', "),
        ({"augmentation": ["mixup"]}, {"augmentation__alpha": 1}, r"=\['mixup'\] is neither"),
        ({"solver": "Adam"}, {"solver__beta_1": 0.5}, r"solver='Adam'.*Did you mean 'adam'\?"),
        ({"solver": solvers.AdamW}, {"solver__beta_1": 0.5}, "solver=<class.*is neither"),
        ({}, {"alpha__rho": 1}, "alpha takes none: it is 0.0001"),
        ({"solver": "adamw"}, {"solver__decay": 1}, r"'decay' for estimator AdamW\(\).*'weigh"),
        ({}, {"loss__gamma": 1}, r"'gamma' for estimator LogLoss\(\).*\[\]"),
        ({}, {"solvers__rho": 1}, "Invalid parameter 'solvers' for estimator MLPClassifier"),
    ],
)
def test_what_cannot_be_reached_is_an_error_and_changes_nothing(parameters, nested, message):
    model = MLPClassifier(**parameters)
    before = model.get_params(deep=False)
    with pytest.raises(ValueError, match=message):
        model.set_params(**nested)
    assert model.get_params(deep=False) == before


def test_initializers_reach_the_drawn_weights():
    model = MLPClassifier((200,), initialization="normal", solver="lbfgs", max_fun=1, tol=1e9)
    model.set_params(initialization__std=0.5, random_state=0).fit(X, y)
    assert model.initialization == initializers.Normal(0.5)
    assert 0.4 < np.std(model.coefs_[0]) < 0.6
