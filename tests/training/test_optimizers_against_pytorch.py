"""The same trajectories as PyTorch's own optimisers, where PyTorch is installed.

Without it, ``test_optimizers.py`` compares with recorded trajectories.
"""

import numpy as np
import pytest

from lightmlp import solvers

torch = pytest.importorskip("torch")

PAIRS = {
    "sgd": (solvers.SGD(0.0, nesterov=False), "SGD", {}),
    "adamw": (solvers.AdamW(0.8, 0.99, 1e-6, 0.1), "AdamW", {"weight_decay": 0.1}),
    "amsgrad": (solvers.AMSGrad(0.8, 0.99, 1e-6), "Adam", {"amsgrad": True}),
    "nadam": (solvers.NAdam(0.8, 0.99, 1e-6, 0.01), "NAdam", {"momentum_decay": 0.01}),
    "rmsprop": (solvers.RMSprop(0.95, 0.5), "RMSprop", {"alpha": 0.95, "momentum": 0.5}),
    "adagrad": (solvers.Adagrad(), "Adagrad", {}),
    "adadelta": (solvers.Adadelta(0.8, 1e-5), "Adadelta", {"rho": 0.8, "eps": 1e-5}),
    "muon": (
        solvers.Muon(weight_decay=0.1),
        "Muon",
        {"weight_decay": 0.1, "adjust_lr_fn": "match_rms_adamw"},
    ),
}
BETAS = {"betas": (0.8, 0.99), "eps": 1e-6}
# PyTorch keeps NAdam's product of momenta in float32 and orthogonalises in bfloat16.
TOLERANCES = {"nadam": 1e-8, "muon": 0.01}


@pytest.mark.parametrize("name", PAIRS)
def test_trajectory(name):
    rule, theirs, settings = PAIRS[name]
    if theirs in {"Adam", "AdamW", "NAdam"}:
        settings = settings | BETAS
    rng = np.random.default_rng(0)
    W, gradients = rng.normal(size=(4, 3)), rng.normal(size=(100, 4, 3))
    parameter = torch.nn.Parameter(torch.tensor(W))
    upstream = getattr(torch.optim, theirs)([parameter], lr=0.01, **settings)
    slots = [np.zeros_like(W) for _ in range(rule.n_slots)]
    for t, gradient in enumerate(gradients, start=1):
        W *= 1 - 0.01 * getattr(rule, "weight_decay", 0.0)  # as the engine does
        rule.update(W, gradient, slots, 0.01, t)
        parameter.grad = torch.tensor(gradient)
        upstream.step()
    tolerance = TOLERANCES.get(name, 1e-12)
    np.testing.assert_allclose(W, parameter.detach().numpy(), rtol=tolerance, atol=tolerance)
