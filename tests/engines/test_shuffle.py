"""The compiled shuffle is RandomState's: the same permutation, the same draws left."""

import numpy as np
import pytest

pytest.importorskip("lightmlp._native")

from lightmlp import _native
from lightmlp.engines.base import StepRules, TrainingData
from lightmlp.engines.native import NativeTraining
from lightmlp.network import Network
from lightmlp.training.optimizers import SGD


def shuffled(values, random_state):
    data = TrainingData(np.zeros((1, 1)), np.zeros((1, 1)), None)
    network = Network.dense((1, 1), "identity", "squared_error", alpha=0.0)
    NativeTraining(network, data, SGD(), 1, 1, StepRules(), 0).shuffle(values, random_state)
    return values


@pytest.mark.parametrize("n", [0, 1, 2, 3, 999, 1000, 1025, 70_000])
def test_permutations_and_draws_are_those_of_random_state(n):
    ours, theirs = (np.random.RandomState(7) for _ in range(2))
    for state in (ours, theirs):
        state.standard_normal(3)  # an odd number: one value waits in the state
    for _ in range(3):
        expected = np.arange(n) * 3
        values = expected.copy()
        theirs.shuffle(expected)
        np.testing.assert_array_equal(shuffled(values, ours), expected)
        assert ours.standard_normal() == theirs.standard_normal()
        assert ours.randint(2**31) == theirs.randint(2**31)


def test_other_generators_shuffle_as_they_do():
    ours, theirs = (np.random.RandomState(np.random.PCG64(3)) for _ in range(2))
    expected = np.arange(2000)
    values = expected.copy()
    theirs.shuffle(expected)
    np.testing.assert_array_equal(shuffled(values, ours), expected)


def test_a_capsule_of_something_else_is_an_error():
    import datetime

    with pytest.raises(ValueError, match="incorrect name"):
        _native.shuffle(np.arange(5), datetime.datetime_CAPI)
