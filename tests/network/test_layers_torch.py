"""Layers beside PyTorch's, where it is installed: outputs and gradients."""

import numpy as np
import pytest

from lightmlp.network import (
    BatchNorm,
    CategoricalEmbedding,
    LayerNorm,
    Linear,
    ParametricActivation,
    PeriodicEmbedding,
    Place,
    TrainingStep,
)

torch = pytest.importorskip("torch")

rng = np.random.default_rng(0)
TRAINS = Place(0, TrainingStep(1, 0, None))


def tensor(array, grad=True):
    return torch.tensor(np.array(array), requires_grad=grad)


def ours(layer, own, inputs, direction, place=TRAINS):
    """Outputs, the derivative by the inputs, and the gradients."""
    outputs, memory = layer.forward(own, inputs, place)
    back = layer.backward(own, memory, direction, place)
    return outputs, back, layer.gradients(own, memory, direction, place)


def assert_close(found, expected):
    np.testing.assert_allclose(found, expected.detach().numpy(), rtol=1e-10, atol=1e-12)


def set_parameters(module, **arrays):
    for name, array in arrays.items():
        getattr(module, name).data = tensor(array, grad=False)


def compare(layer, module, own, inputs, names):
    """Compare a layer with a module whose parameters are, transposed, of other names."""
    set_parameters(module, **{theirs: own[name].T for name, theirs in names.items()})
    direction = rng.normal(size=(len(inputs), layer.n_outputs))
    outputs, back, gradients = ours(layer, own, inputs, direction)
    X = tensor(inputs)
    expected = module(X)
    expected.backward(tensor(direction, grad=False))
    assert_close(outputs, expected)
    assert_close(back, X.grad)
    for name, theirs in names.items():
        assert_close(gradients[name].T, getattr(module, theirs).grad)


def test_linear():
    own = {"weight": rng.normal(size=(4, 3)), "bias": rng.normal(size=3)}
    names = {"weight": "weight", "bias": "bias"}
    compare(Linear(4, 3), torch.nn.Linear(4, 3), own, rng.normal(size=(5, 4)), names)


@pytest.mark.parametrize(
    ("layer", "module"),
    [(BatchNorm(4), torch.nn.BatchNorm1d(4)), (LayerNorm(4), torch.nn.LayerNorm(4))],
    ids=["batch", "layer"],
)
def test_normalizations(layer, module):
    own = {"scale": rng.normal(size=4), "shift": rng.normal(size=4)}
    own |= {"running_mean": np.zeros(4), "running_variance": np.ones(4)}
    names = {"scale": "weight", "shift": "bias"}
    compare(layer, module.double(), own, rng.normal(size=(5, 4)), names)


def test_parametric_relu():
    """PReLU's slope is 1 - c."""
    c, Z = rng.uniform(size=4), rng.normal(size=(5, 4))
    module = torch.nn.PReLU(4)
    set_parameters(module, weight=1 - c)
    direction = rng.normal(size=(5, 4))
    outputs, back, gradients = ours(ParametricActivation(4, "relu"), {"blend": c}, Z, direction)
    X = tensor(Z)
    expected = module(X)
    expected.backward(tensor(direction, grad=False))
    assert_close(outputs, expected)
    assert_close(back, X.grad)
    assert_close(-gradients["blend"], module.weight.grad)


def test_categorical_embedding():
    W, codes = rng.normal(size=(6, 3)), rng.integers(0, 6, (20, 1), dtype=np.int32)
    module = torch.nn.Embedding(6, 3)
    set_parameters(module, weight=W)
    direction = rng.normal(size=(20, 3))
    outputs, _, gradients = ours(CategoricalEmbedding(6, 3), {"weight": W}, codes, direction)
    expected = module(torch.tensor(codes[:, 0]))
    expected.backward(tensor(direction, grad=False))
    assert_close(outputs, expected)
    assert_close(gradients["weight"], module.weight.grad)


def test_periodic_embedding():
    """What Gorishniy et al. (2022) write down, differentiated by PyTorch."""
    layer = PeriodicEmbedding(2, 3, 4, activation="tanh")
    own = {spec.name: rng.normal(size=spec.shape) for spec in layer.parameters}
    inputs, direction = rng.normal(size=(5, 2)), rng.normal(size=(5, 8))
    outputs, back, gradients = ours(layer, own, inputs, direction)
    X, theirs = tensor(inputs), {name: tensor(array) for name, array in own.items()}
    v = 2 * np.pi * theirs["frequencies"] * X[:, :, None]
    encoded = torch.cat([torch.sin(v), torch.cos(v)], dim=2)
    sums = torch.einsum("rck,ckd->rcd", encoded, theirs["weight"]) + theirs["bias"]
    expected = torch.tanh(sums).reshape(5, 8)
    expected.backward(tensor(direction, grad=False))
    assert_close(outputs, expected)
    assert_close(back, X.grad)
    for name, array in theirs.items():
        assert_close(gradients[name], array.grad)
