"""Calls that leave nothing behind: what a model refers to is freed with it."""

import gc
import weakref

import numpy as np
import pytest

from lightmlp import MLPClassifier, MLPRegressor

X = np.random.RandomState(0).normal(size=(30, 3))
labels = np.arange(30) % 3
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def count_objects():
    gc.collect()
    return len(gc.get_objects())


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (MLPClassifier((4,)), labels),
        (MLPClassifier((4,)), labels > 0),
        (MLPClassifier((4,)), np.eye(3, dtype=int)[labels]),
        (MLPRegressor(hidden_layer_sizes=(4,)), X[:, 0]),
    ],
    ids=["classes", "yes-no", "labels", "numbers"],
)
def test_a_stream_needs_no_more_memory_call_by_call(model, y):
    model.fit(X, y).partial_fit(X, y).predict(X)
    before = count_objects()
    for _ in range(50):
        model.partial_fit(X, y).predict(X)
    assert count_objects() - before < 50


@pytest.mark.parametrize("engine", ["native", "reference"])
@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_a_function_as_loss_is_freed_with_its_model(estimator, engine):
    def loss(y, raw_scores, sample_weight):
        error = raw_scores - y[:, np.newaxis]
        return 0.5 * (error**2).mean(), error / len(error)

    freed = weakref.ref(loss)
    model = estimator(loss=loss, hidden_layer_sizes=(4,), max_iter=2, engine=engine)
    model.fit(X, labels > 0).predict(X)
    model.loss_and_gradients(X, labels > 0)
    del loss, model
    gc.collect()
    assert freed() is None


def test_functions_as_activation_are_freed_with_their_model():
    def square(z):
        return z**2

    freed = weakref.ref(square)
    model = MLPClassifier((4,), (square, lambda z: 2 * z), max_iter=2).fit(X, labels)
    model.predict(X)
    model.hidden_activations(X)
    del square, model
    gc.collect()
    assert freed() is None
