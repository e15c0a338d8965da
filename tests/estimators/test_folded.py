"""Networks whose batch normalisation is folded into weights and biases."""

import pickle

import numpy as np
import pytest
import sklearn.neural_network
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import LabelBinarizer

from lightmlp import MLPClassifier, MLPRegressor

rng = np.random.RandomState(0)
X = 5 + 3 * rng.normal(size=(60, 4))
y = np.arange(60) % 3
target = X[:, 0] - X[:, 1] ** 2

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def regressor(engine, **settings):
    settings = {"hidden_layer_sizes": (8, 6), "max_iter": 5, "batch_size": 16, **settings}
    model = MLPRegressor(random_state=0, engine=engine, normalization="batch")
    return model.set_params(**settings)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"hidden_layer_sizes": (8,), "activation": "tanh"},
        {"hidden_layer_sizes": (5, 4, 3), "activation": ("relu", "gelu", "silu")},
        {"dropout": 0.2},
    ],
)
def test_predictions_agree(engine, settings):
    model = regressor(engine, **settings).fit(X, target)
    folded = model.folded()
    assert type(folded) is MLPRegressor
    assert (folded.normalization, model.normalization) == (None, "batch")
    assert (folded.scales_, folded.running_means_, folded.running_variances_) == ([], [], [])
    np.testing.assert_allclose(folded.predict(X), model.predict(X), rtol=1e-9)
    for one, other in zip(
        folded.hidden_activations(X), model.hidden_activations(X), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_single_precision_stays(engine):
    model = regressor(engine).fit(X.astype(np.float32), target)
    folded = model.folded()
    assert {a.dtype for a in folded.coefs_ + folded.intercepts_} == {np.dtype(np.float32)}
    rows = X.astype(np.float32)
    np.testing.assert_allclose(folded.predict(rows), model.predict(rows), rtol=1e-4)


def test_frozen_layers_and_edited_statistics(engine):
    source = regressor(engine).fit(X, target)
    model = regressor(engine, frozen_layers=1).fit(X, target, init_from=source)
    model.running_variances_[0] = np.zeros(8)
    model.scales_ = [scale.tolist() for scale in model.scales_]
    np.testing.assert_allclose(model.folded().predict(X), model.predict(X), rtol=1e-9)


def test_readers_of_the_two_lists_alone_get_the_right_classes(engine):
    """scikit-learn's own class, given weights and biases, stands for any converter."""
    settings = {"activation": "tanh", "max_iter": 10, "random_state": 0}
    model = MLPClassifier((8, 6), normalization="batch", engine=engine, **settings).fit(X, y)
    reader = sklearn.neural_network.MLPClassifier((8, 6), **settings)
    folded = model.folded()
    for name in ("coefs_", "intercepts_", "out_activation_", "n_layers_", "n_outputs_"):
        setattr(reader, name, getattr(folded, name))
    reader._label_binarizer = LabelBinarizer().fit(folded.classes_)
    np.testing.assert_allclose(
        reader.predict_proba(X), model.predict_proba(X), rtol=1e-6, atol=1e-9
    )
    assert np.array_equal(reader.predict(X), model.predict(X))


def test_the_copy_stands_alone(engine):
    model = regressor(engine).fit(X, target)
    model.partial_fit(X, target)
    before, n_epochs = model.predict(X), len(model.loss_curve_)
    folded = pickle.loads(pickle.dumps(model.folded()))
    folded.partial_fit(X, target)
    model.folded().partial_fit(X, target)
    assert len(folded.loss_curve_) == n_epochs + 1
    assert len(model.loss_curve_) == n_epochs
    np.testing.assert_array_equal(model.predict(X), before)


def test_a_network_without_normalisation_is_copied(engine):
    model = regressor(engine, normalization=None).fit(X, target)
    folded = model.folded()
    np.testing.assert_array_equal(folded.predict(X), model.predict(X))
    folded.coefs_[0][:] = 0
    folded.intercepts_[-1][:] = 0
    assert model.coefs_[0].any()
    assert model.intercepts_[-1].any()


def test_what_cannot_be_folded(engine):
    model = regressor(engine, normalization="layer").fit(X, target)
    with pytest.raises(ValueError, match="normalization='layer' cannot be folded"):
        model.folded()
    with pytest.raises(NotFittedError):
        MLPRegressor().folded()
