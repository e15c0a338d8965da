"""Parameters that scikit-learn accepts where nothing reads them: one warning names them."""

import warnings

import numpy as np
import pytest
import sklearn.neural_network
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import ShuffleSplit

from lightmlp import MLPClassifier, MLPRegressor, schedules, solvers

rng = np.random.RandomState(0)
X = rng.normal(size=(40, 3))
y = np.arange(40) % 2

BEGIN = "These parameters have no effect: "

OTHER_VALUES = {
    "batch_size": 7, "learning_rate": "adaptive", "learning_rate_init": 0.01, "power_t": 0.25,
    "shuffle": False, "momentum": 0.5, "nesterovs_momentum": False, "early_stopping": True,
    "validation_fraction": 0.2, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-6,
    "n_iter_no_change": 3, "max_fun": 9000, "tol": 1.0, "alpha": 0.1, "activation": "tanh",
    "max_iter": 2, "random_state": 1,
}  # fmt: skip


def named(model, *, method="fit", **more):
    """Return what the warnings of a fit say has no effect, and how many there are."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        getattr(model, method)(X, y, **more)
    ours = [w for w in caught if str(w.message).startswith(BEGIN)]
    assert all(w.category is UserWarning and w.filename == __file__ for w in ours)
    assert len(ours) < 2
    if not ours:
        return set()
    listed = str(ours[0].message).removeprefix(BEGIN).split(". Leave them")[0]
    return {part.split("=")[0] for part in listed.split("; ")}


def classifier(**settings):
    return MLPClassifier(
        **{"hidden_layer_sizes": (3,), "max_iter": 3, "random_state": 0} | settings
    )


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("name", OTHER_VALUES)
def test_a_parameter_is_named_where_scikit_learn_fits_the_same_without_it(solver, name):
    """Whether anything reads it, scikit-learn's own fit tells."""
    settings = {"hidden_layer_sizes": (3,), "max_iter": 30, "random_state": 0, "solver": solver}
    settings |= (
        {"tol": 1e-2, "n_iter_no_change": 2, "batch_size": 10} if solver != "lbfgs" else {}
    )
    value = 0 if name == "tol" and solver != "lbfgs" else OTHER_VALUES[name]
    changed = settings | {name: value}
    theirs = []
    for parameters in (settings, changed):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitted = sklearn.neural_network.MLPClassifier(**parameters).fit(X, y)
        theirs.append([fitted.n_iter_, *(W.tolist() for W in fitted.coefs_)])
    unread = theirs[0] == theirs[1]
    if solver == "lbfgs" and name == "max_fun":
        unread = False  # a limit that is not reached
    assert named(classifier(**changed)) == ({name} if unread else set())


@pytest.mark.parametrize("cls", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs", "adamw", "muon"])
def test_defaults_are_silent(cls, solver):
    assert named(cls(solver=solver, max_iter=2, random_state=0)) == set()


def test_all_are_named_by_one_warning():
    given = {"momentum": 0.5, "max_fun": 9, "power_t": 0.1, "learning_rate": "invscaling"}
    assert named(classifier(**given)) == given.keys()
    given = {"early_stopping": True, "n_iter_no_change": 3, "beta_1": 0.1, "shuffle": False}
    assert named(classifier(**given, solver="lbfgs")) == given.keys()
    with (
        pytest.warns(ConvergenceWarning),
        pytest.warns(
            UserWarning, match=r"momentum=0\.5 \(read by solver='sgd' alone\).*Leave them at"
        ),
    ):
        classifier(momentum=0.5).fit(X, y)


@pytest.mark.parametrize("solver", ["sgd", solvers.SGD(), solvers.SGD(momentum=0.5)])
def test_an_sgd_object_reads_the_schedules_of_sgd(solver):
    given = {"learning_rate": "invscaling", "power_t": 2.0}
    model = classifier(solver=solver, **given)
    assert named(model) == set()
    assert named(classifier(solver=solver, learning_rate="adaptive")) == set()
    constant = classifier(solver=solver)
    assert named(constant) == set()
    assert not np.array_equal(model.coefs_[0], constant.coefs_[0])


def test_it_is_a_warning_and_the_fit_is_there():
    model = classifier(momentum=0.5)
    assert named(model) == {"momentum"}
    plain = classifier()
    assert named(plain) == set()
    np.testing.assert_array_equal(model.coefs_[0], plain.coefs_[0])


def test_a_stream_warns_in_its_first_call():
    model = classifier(momentum=0.5)
    assert named(model, method="partial_fit", classes=[0, 1]) == {"momentum"}
    assert named(model, method="partial_fit") == set()


def test_the_fraction_of_a_split_that_is_not_made():
    given = {"early_stopping": True, "validation_fraction": 0.2}
    assert named(classifier(**given)) == set()
    assert named(classifier(**given), X_val=X, y_val=y) == {"validation_fraction"}
    split = {"validation_split": ShuffleSplit(1, random_state=0)}
    assert named(classifier(**given, **split)) == {"validation_fraction"}
    assert named(classifier(validation_fraction=0.2)) == {"validation_fraction"}
    assert named(classifier(validation_fraction=0.0)) == set()


def test_patience_without_end():
    forever = {"n_iter_no_change": np.inf}
    assert named(classifier(**forever, tol=0)) == set()
    assert named(classifier(**forever, tol=0.5)) == {"tol"}
    adaptive = {"solver": "sgd", "learning_rate": "adaptive"}
    assert named(classifier(**adaptive)) == set()
    assert named(classifier(**adaptive, **forever)) == {"learning_rate"}


def test_beside_schedules_of_our_own():
    assert named(classifier(learning_rate="cosine", power_t=0.1)) == {"power_t"}
    rate = {"learning_rate_init": 0.1}
    assert named(classifier(learning_rate=lambda t: 0.01, **rate)) == rate.keys()
    function = schedules.Function(lambda t: 0.01)
    assert named(classifier(learning_rate=function, **rate)) == rate.keys()
    assert named(classifier(learning_rate="cosine", **rate)) == set()


def test_lbfgs_takes_the_full_batch_and_prints_nothing():
    assert named(classifier(solver="lbfgs", batch_size="full")) == set()
    pytest.importorskip("scipy", minversion="1.15")
    assert named(classifier(solver="lbfgs", verbose=True)) == {"verbose"}
    assert named(classifier(solver="lbfgs", verbose=False)) == set()
