"""Models of scaled targets for readers of ``coefs_`` and ``intercepts_`` alone."""

import numpy as np
import pytest

from lightmlp import MLPRegressor, losses

rng = np.random.RandomState(0)
X = rng.normal(size=(40, 3))
y = np.column_stack([2000 + 50 * X[:, 0], 1e-3 * X[:, 1]])

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("normalization", [None, "batch"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_unit_is_in_the_output_layer(normalization, dtype):
    model = MLPRegressor(hidden_layer_sizes=(5,), scale_target=True, max_iter=20)
    model.set_params(normalization=normalization, random_state=0).fit(X.astype(dtype), y)
    plain = model.folded()
    assert plain.target_scale_ is None
    assert plain.scale_target is False
    np.testing.assert_allclose(plain.predict(X), model.predict(X), rtol=1e-4, atol=1e-6)
    hidden = plain.hidden_activations(X)[-1]
    read = hidden @ plain.coefs_[-1] + plain.intercepts_[-1]
    np.testing.assert_allclose(read, model.predict(X), rtol=1e-4, atol=1e-6)


def test_distances_of_quantile_levels_cannot_be_folded():
    levels = losses.Quantile((0.1, 0.9))
    model = MLPRegressor(levels, (5,), scale_target=True, max_iter=3).fit(X, y[:, 0])
    with pytest.raises(ValueError, match="scale_target=True with several quantile levels"):
        model.folded()
