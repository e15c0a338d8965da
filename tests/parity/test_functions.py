"""Outputs, hidden activations, losses and gradients of both engines."""

import numpy as np
import pytest

from lightmlp.engines import TrainingData
from lightmlp.network import ACTIVATIONS, LOSSES, Network, Parameters

pytest.importorskip("lightmlp._native")

activations = pytest.mark.parametrize("activation", ACTIVATIONS)
losses = pytest.mark.parametrize("loss", LOSSES)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["f32", "f64"])
storage = pytest.mark.parametrize("csr", [False, True], ids=["dense", "csr"])
weighting = pytest.mark.parametrize("weighted", [False, True], ids=["equal", "weighted"])

# Without steps that amplify them, differences stay at some units of rounding.
TOLERANCES = {np.float32: 2e-6, np.float64: 1e-14}


@activations
@losses
@dtypes
@storage
@pytest.mark.parametrize("n_rows", [1, 7, 33, 2100])
def test_outputs_scores_and_hidden_activations(
    make_problem, both, assert_close, activation, loss, dtype, csr, n_rows
):
    problem = make_problem(loss, activation, (5, 17, 3, 2), n_rows, dtype=dtype, csr=csr)
    X, rtol = problem.data.X, TOLERANCES[dtype]
    for inverse_link in (True, False):
        assert_close(
            *(
                engine.forward(*problem.parameters, X, inverse_link=inverse_link)
                for engine in both
            ),
            rtol=rtol,
        )
    assert_close(
        *(engine.hidden_activations(*problem.parameters, X) for engine in both), rtol=rtol
    )


@dtypes
@pytest.mark.parametrize("n_rows", [1, 33])
def test_an_activation_for_each_layer(make_problem, both, assert_close, dtype, n_rows):
    names = ("mish", "identity", "gelu", "relu")
    problem = make_problem("log_loss", names, (5, 17, 3, 8, 9, 3), n_rows, dtype=dtype)
    X, rtol = problem.data.X, TOLERANCES[dtype]
    assert_close(*(engine.forward(*problem.parameters, X) for engine in both), rtol=rtol)
    assert_close(
        *(engine.hidden_activations(*problem.parameters, X) for engine in both), rtol=rtol
    )


@activations
@dtypes
def test_extreme_sums(activation, both, assert_close, dtype):
    """Far out all is finite, and gradients vanish or not as they should; NaN stays NaN."""
    network = Network.dense([1, 1, 1], activation, "squared_error")
    one, zero = np.ones((1, 1), dtype), np.zeros(1, dtype)
    arrays = [one, zero, one, zero]
    parameters = network, Parameters(network.parameters, arrays)
    X = np.array([[-1e4], [-100], [-1e-30], [0], [1e-30], [100], [1e4]], dtype)
    for x in X:
        data = TrainingData(x[None], np.zeros((1, 1), dtype))
        results = [engine.loss_and_gradients(*parameters, data) for engine in both]
        assert np.isfinite(results[0][0])
        assert_close(*(result[1:] for result in results), rtol=4 * TOLERANCES[dtype])
    X = np.array([[np.nan], [1.0]], dtype)
    for engine in both:
        values = engine.hidden_activations(*parameters, X)[0]
        np.testing.assert_array_equal(np.isnan(values), np.isnan(X))


@dtypes
def test_no_hidden_layer(make_problem, both, assert_close, loss_case, dtype):
    problem = make_problem(loss_case, widths=(5, 2), dtype=dtype)
    X = problem.data.X
    assert_close(
        *(engine.forward(*problem.parameters, X) for engine in both), rtol=TOLERANCES[dtype]
    )
    assert [engine.hidden_activations(*problem.parameters, X) for engine in both] == [[], []]


@activations
@losses
@dtypes
@storage
@weighting
@pytest.mark.parametrize("delta_scale", [1.0, 0.5])
def test_loss_and_gradients(
    make_problem, both, assert_close, activation, loss, dtype, csr, weighted, delta_scale
):
    problem = make_problem(loss, activation, dtype=dtype, csr=csr, weighted=weighted)
    results = [
        engine.loss_and_gradients(*problem.parameters, problem.data, delta_scale=delta_scale)
        for engine in both
    ]
    values = [result[0] for result in results]
    assert values[0] == pytest.approx(values[1], rel=5e-7 if dtype == np.float32 else 1e-14)
    assert_close(results[0][1:], results[1][1:], rtol=1e-5 if dtype == np.float32 else 1e-13)


@dtypes
@pytest.mark.parametrize("n_features", [300, 384])
def test_loss_and_gradients_of_long_rows(make_problem, both, assert_close, n_features, dtype):
    """More rows than pass at once, read where they are (300) or copied (384)."""
    problem = make_problem("log_loss", "relu", (n_features, 130, 40, 3), 2100, dtype=dtype)
    results = [engine.loss_and_gradients(*problem.parameters, problem.data) for engine in both]
    assert_close(*results, rtol=1e-4 if dtype == np.float32 else 1e-12)


@dtypes
@weighting
def test_every_setting_of_every_loss(
    make_problem, both, assert_close, loss_case, dtype, weighted
):
    problem = make_problem(loss_case, dtype=dtype, weighted=weighted)
    results = [engine.loss_and_gradients(*problem.parameters, problem.data) for engine in both]
    values = [result[0] for result in results]
    assert values[0] == pytest.approx(values[1], rel=1e-6 if dtype == np.float32 else 1e-13)
    assert_close(results[0][1:], results[1][1:], rtol=1e-5 if dtype == np.float32 else 1e-12)
    assert_close(
        *(engine.forward(*problem.parameters, problem.data.X) for engine in both),
        rtol=TOLERANCES[dtype],
    )


@dtypes
def test_extreme_scores(make_problem, both, assert_close, loss_case, dtype):
    """Saturated outputs: the clip of the log-losses, the maximum of the softmax."""
    problem = make_problem(loss_case, "identity", alpha=0.0, dtype=dtype)
    # 1e3 for logistic and softmax; exp must stay finite, and powers of it too
    factor = dtype(20 if loss_case.row.inverse_link_name == "exp" else 1e3)
    problem.coefs[-1] *= factor
    results = [engine.loss_and_gradients(*problem.parameters, problem.data) for engine in both]
    assert np.isfinite(results[1][0])
    # a rounding of the score is multiplied by exp: 20 units of float32 are 1e-5
    rtol = 1e-4 if dtype == np.float32 else 1e-12
    assert results[0][0] == pytest.approx(results[1][0], rel=rtol)
    # what saturates leaves differences of probabilities that are 0 or 1 but for rounding
    atol = 0.0 if loss_case.row.inverse_link_name == "exp" else 10 * np.finfo(dtype).eps
    assert_close(results[0][1:], results[1][1:], rtol=rtol, atol=atol)
