"""The methods that scikit-learn does not have."""

import numpy as np
import pytest
from scipy.special import expit, softmax

from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.network import ACTIVATIONS

X = np.random.RandomState(0).normal(size=(25, 3))
RNG = np.random.RandomState(1)

PROBLEMS = {
    "binary": (MLPClassifier, {}, np.arange(25) % 2),
    "multiclass": (MLPClassifier, {}, np.array(list("abc"))[np.arange(25) % 3]),
    "multi-label": (MLPClassifier, {}, RNG.randint(0, 2, (25, 3))),
    "squared error": (MLPRegressor, {}, RNG.normal(size=25)),
    "two outputs": (MLPRegressor, {}, RNG.normal(size=(25, 2))),
    "poisson": (MLPRegressor, {"loss": "poisson"}, RNG.poisson(2, (25, 2))),
}


def fitted(problem, engine, **parameters):
    estimator, settings, y = PROBLEMS[problem]
    model = estimator(hidden_layer_sizes=(4, 3), solver="lbfgs", tol=1, engine=engine)
    return model.set_params(random_state=0, alpha=0.1, **settings, **parameters).fit(X, y), y


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_gradients_are_those_of_the_returned_loss(problem, weighted, engine):
    model, y = fitted(problem, engine, activation="tanh")
    weights = np.random.RandomState(2).uniform(size=25) if weighted else None
    _, coef_gradients, intercept_gradients = model.loss_and_gradients(X, y, weights)
    for arrays, gradients in (
        (model.coefs_, coef_gradients),
        (model.intercepts_, intercept_gradients),
    ):
        for array, gradient in zip(arrays, gradients, strict=True):
            assert gradient.shape == array.shape
            index = tuple(0 for _ in array.shape)
            original, losses = array[index], []
            for step in (1e-5, -1e-5):
                array[index] = original + step
                losses.append(model.loss_and_gradients(X, y, weights)[0])
            array[index] = original
            np.testing.assert_allclose(
                gradient[index], (losses[0] - losses[1]) / 2e-5, rtol=1e-6, atol=1e-9
            )


@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_loss_after_lbfgs_is_loss_(problem, engine):
    model, y = fitted(problem, engine)
    np.testing.assert_allclose(model.loss_and_gradients(X, y)[0], model.loss_, rtol=1e-10)


def test_loss_and_gradients_needs_known_classes(engine):
    model, _ = fitted("multiclass", engine)
    assert np.isfinite(model.loss_and_gradients(X[:3], ["a", "a", "b"])[0])
    with pytest.raises(ValueError, match="classes not in"):
        model.loss_and_gradients(X[:1], ["d"])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_hidden_activations_are_the_layers_outputs(activation, engine):
    model, _ = fitted("binary", engine, activation=activation)
    function = ACTIVATIONS[activation].forward
    first = function(X @ model.coefs_[0] + model.intercepts_[0])
    second = function(first @ model.coefs_[1] + model.intercepts_[1])
    computed = model.hidden_activations(X)
    np.testing.assert_allclose(computed[0], first, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(computed[1], second, rtol=1e-10, atol=1e-12)
    assert len(computed) == 2


def test_a_network_without_hidden_layers_has_no_hidden_activations(engine):
    model = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", engine=engine)
    assert model.fit(X, X[:, 0]).hidden_activations(X) == []


def test_decision_function_precedes_the_output_activation(engine):
    model, _ = fitted("binary", engine)
    scores = model.decision_function(X)
    assert scores.shape == (25,)
    np.testing.assert_allclose(expit(scores), model.predict_proba(X)[:, 1], rtol=1e-10)
    assert np.array_equal(scores > 0, model.predict(X) == 1)
    model, _ = fitted("multiclass", engine)
    scores = model.decision_function(X)
    np.testing.assert_allclose(softmax(scores, axis=1), model.predict_proba(X), rtol=1e-10)
    assert np.array_equal(model.classes_[scores.argmax(axis=1)], model.predict(X))
    model, _ = fitted("multi-label", engine)
    assert np.array_equal(model.decision_function(X) > 0, model.predict(X))


def test_a_probability_of_one_half_is_the_first_class(engine):
    model, _ = fitted("binary", engine)
    model.coefs_ = [W * 0 for W in model.coefs_]
    model.intercepts_ = [b * 0 for b in model.intercepts_]
    assert set(model.predict_proba(X).ravel()) == {0.5}
    assert set(model.predict(X)) == {0}


def test_multilabel_predictions_are_sparse_if_the_targets_were(engine):
    from scipy.sparse import csr_matrix, issparse

    model, y = fitted("multi-label", engine)
    sparse = MLPClassifier(**model.get_params()).fit(X, csr_matrix(y)).predict(X)
    assert issparse(sparse)
    assert np.array_equal(sparse.toarray(), model.predict(X))


def test_log_probabilities(engine):
    model, _ = fitted("multiclass", engine)
    np.testing.assert_array_equal(model.predict_log_proba(X), np.log(model.predict_proba(X)))


def test_regressors_have_no_decision_function():
    assert not hasattr(MLPRegressor(), "decision_function")
