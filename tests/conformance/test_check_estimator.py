"""scikit-learn's checks for every estimator, with upstream's perceptrons as the measure."""

from unittest import SkipTest

import pytest
import sklearn.neural_network
from sklearn.utils.estimator_checks import estimator_checks_generator

import lightmlp

# As in scikit-learn's own run, where a check may fit up to 100 epochs.
PARAMETERS = {"max_iter": 100}
NAMES = ["MLPClassifier", "MLPRegressor"]

pytestmark = [
    pytest.mark.filterwarnings("default"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


def checks(estimator):
    """Return the estimator's checks by name, with the estimator that each receives."""
    return {
        describe(check): (instance, check)
        for instance, check in estimator_checks_generator(estimator, mark=None)
    }


def describe(check):
    """Name a check and its settings, which some checks are repeated with."""
    settings = ",".join(f"{key}={value}" for key, value in sorted(check.keywords.items()))
    return f"{check.func.__name__}({settings})"


def upstream(name):
    return getattr(sklearn.neural_network, name)(**PARAMETERS)


def ours(name):
    return getattr(lightmlp, name)(**PARAMETERS)


# Tags and parameters decide which checks apply: ours must invite upstream's and what goes with
# a parameter that upstream lacks.
MORE_CHECKS = {"MLPClassifier": {"check_class_weight_classifiers()"}, "MLPRegressor": set()}
ALL_CHECKS = [
    (name, check)
    for name in NAMES
    for check in sorted({*checks(upstream(name))} | MORE_CHECKS[name])
]


@pytest.mark.parametrize("name", NAMES)
def test_no_check_is_left_out(name):
    assert set(checks(ours(name))) == set(checks(upstream(name))) | MORE_CHECKS[name]


@pytest.mark.parametrize(
    ("name", "check_name"), ALL_CHECKS, ids=[f"{name}-{check}" for name, check in ALL_CHECKS]
)
def test_check(name, check_name):
    estimator, check = checks(ours(name))[check_name]
    try:
        check(estimator)
    except SkipTest as reason:
        peer, same_check = checks(upstream(name))[check_name]
        with pytest.raises(SkipTest):
            same_check(peer)
        pytest.skip(f"upstream skips it as well: {reason}")
