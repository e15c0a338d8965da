"""The base of all parameter objects, inside scikit-learn's own tools."""

import pickle
from numbers import Real

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import GridSearchCV, ParameterGrid
from sklearn.utils._param_validation import Interval

from lightmlp.settings import Settings, choose


class Inner(Settings):
    _parameter_constraints = {"size": [Interval(Real, 0, None, closed="neither")]}  # noqa: RUF012

    def __init__(self, size=1.0):
        self.size = size


class Outer(Settings):
    def __init__(self, inner=None, table=None):
        self.inner = inner
        self.table = table


class Model(BaseEstimator):
    """Its score is the best for a size of 3."""

    def __init__(self, part=None):
        self.part = part

    def fit(self, X, y=None):
        self.size_ = self.part.inner.size
        return self

    def score(self, X, y=None):
        return -((self.size_ - 3) ** 2)


def test_a_search_reaches_nested_parameters_and_leaves_the_users_object_alone():
    part = Outer(Inner(1.0))
    search = GridSearchCV(Model(part), {"part__inner__size": [2.0, 3.0, 4.0]}, cv=2)
    search.fit(np.zeros((4, 1)))
    assert search.best_params_ == {"part__inner__size": 3.0}
    assert search.best_estimator_.part == Outer(Inner(3.0))
    assert part == Outer(Inner(1.0))


def test_a_search_may_choose_among_objects():
    objects = [Outer(Inner(size)) for size in (1.0, 3.0)]
    search = GridSearchCV(Model(), {"part": objects}, cv=2).fit(np.zeros((4, 1)))
    assert search.best_params_["part"] == objects[1]
    assert len(ParameterGrid({"part": objects})) == 2


def test_clone_and_pickle_give_an_equal_object_of_its_own():
    original = Outer(Inner(2.0), np.array([1.0, 2.0]))
    for copy in (clone(original), pickle.loads(pickle.dumps(original))):
        assert copy == original
        assert copy.inner is not original.inner
        assert copy.table is not original.table


def test_equality_is_that_of_class_and_parameters():
    assert Inner(1.0) == Inner(1.0) != Inner(2.0)
    assert Inner(1.0) != Outer(1.0)
    assert Inner(1.0) != 1.0
    assert Outer(table=np.ones(2)) == Outer(table=np.ones(2)) != Outer(table=np.ones(3))
    with pytest.raises(TypeError, match="unhashable"):
        hash(Inner())


def test_repr_shows_what_was_changed():
    assert repr(Outer(Inner(2.0))) == "Outer(inner=Inner(size=2.0))"


def test_validation_reaches_nested_objects():
    Outer(Inner(2.0)).validate()
    with pytest.raises(ValueError, match=r"The 'size' parameter of Inner .* Got -1.0 instead"):
        Outer(Inner(-1.0)).validate()


def test_choosing_by_name_or_object():
    table = {"small": Inner}
    assert choose("part", "small", table, Inner) == Inner()
    given = Inner(5.0)
    assert choose("part", given, table, Inner) is given


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("smal", "part='smal' is unknown: choose one of 'small', or an object of the class"),
        (3, "part=3 is unknown"),
        (Inner, r"part=Inner is a class: write Inner\(\), or choose one of 'small'"),
        (Outer(), r"part=Outer\(\) is unknown"),
        (Inner(-1.0), "The 'size' parameter of Inner"),
    ],
)
def test_wrong_choices(value, message):
    with pytest.raises(ValueError, match=message):
        choose("part", value, {"small": Inner}, Inner)
