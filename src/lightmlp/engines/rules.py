"""The rules around an optimiser's step: what they are for each parameter, and in NumPy."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..network import Network
from .base import Array, Optimizer, ParameterRule, StepRules

__all__ = [
    "clip_norm",
    "clip_value",
    "frozen_layers",
    "limit_norms",
    "parameter_rules",
]


def parameter_rules(
    network: Network, optimizer: Optimizer, rules: StepRules
) -> dict[str, ParameterRule]:
    """Resolve what training does to each parameter, from its role and its layer.

    Parameters
    ----------
    network : Network
        Whose parameters they are.
    optimizer : Optimizer
        The update rule; its own weight decay counts where ``rules`` have none.
    rules : StepRules
        What was asked for.

    Returns
    -------
    dict of str to ParameterRule
        By the names of the parameters. Weights alone decay and have a largest norm.

    Examples
    --------
    >>> from lightmlp.engines import StepRules
    >>> from lightmlp.engines.rules import parameter_rules
    >>> from lightmlp.network import Network
    >>> from lightmlp.training.optimizers import SGD
    >>> network = Network.dense([2, 3, 1], "relu", "squared_error")
    >>> rules = StepRules(weight_decay=0.1, n_frozen=1, role_rates={"bias": 0.5})
    >>> for name, rule in parameter_rules(network, SGD(), rules).items():
    ...     print(name, rule.lr_factor, rule.weight_decay, rule.frozen)
    layers.0.weight 1.0 0.1 True
    layers.0.bias 0.5 0.0 True
    layers.2.weight 1.0 0.1 False
    layers.2.bias 0.5 0.0 False
    """
    decay = rules.weight_decay
    if decay is None:
        decay = getattr(optimizer, "weight_decay", 0.0)
    others = optimizer.of_other_parameters()
    resolved = {}
    for name, spec in network.parameters.items():
        depth, is_weight = network.depths[name], spec.role == "weight"
        factor = 1.0 if rules.layer_rates is None else rules.layer_rates[depth]
        is_hidden = is_weight and depth < len(network.linear_layers) - 1
        resolved[name] = ParameterRule(
            optimizer if is_hidden else others,
            factor
            * rules.role_rates.get(spec.role, 1.0)
            * rules.parameter_rates.get(name, 1.0),
            decay if is_weight else 0.0,
            rules.max_norm if is_weight else None,
            depth < rules.n_frozen,
        )
    return resolved


def frozen_layers(network: Network, rules: Mapping[str, ParameterRule]) -> frozenset[int]:
    """Return the numbers of the layers that have parameters to train, all of them frozen.

    Examples
    --------
    >>> from lightmlp.engines import StepRules
    >>> from lightmlp.engines.rules import frozen_layers, parameter_rules
    >>> from lightmlp.network import Network
    >>> from lightmlp.training.optimizers import SGD
    >>> network = Network.dense([2, 3, 1], "relu", "squared_error")
    >>> frozen_layers(network, parameter_rules(network, SGD(), StepRules(n_frozen=1)))
    frozenset({0})
    """
    moves: dict[int, bool] = {}
    for name, spec in network.parameters.items():
        if spec.trained:
            index = int(name.split(".")[1])
            moves[index] = moves.get(index, False) or not rules[name].frozen
    return frozenset(index for index, is_trained in moves.items() if not is_trained)


def clip_value(gradients: Sequence[Array], limit: float) -> None:
    """Cut the entries of the gradients to [-limit, limit], in place.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.engines.rules import clip_value
    >>> gradient = np.array([3.0, -0.5])
    >>> clip_value([gradient], 1.0)
    >>> gradient
    array([ 1. , -0.5])
    """
    for gradient in gradients:
        np.clip(gradient, -limit, limit, out=gradient)


def clip_norm(gradients: Sequence[Array], limit: float) -> None:
    """Scale all gradients, in place, so that their common Euclidean norm is at most limit.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural
    networks", algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.engines.rules import clip_norm
    >>> gradients = [np.array([6.0]), np.array([[8.0]])]
    >>> clip_norm(gradients, 5.0)
    >>> [gradient.item() for gradient in gradients]
    [3.0, 4.0]
    """
    squares = sum(float(np.sum(np.square(gradient, dtype=float))) for gradient in gradients)
    norm = squares**0.5
    if norm > limit:
        for gradient in gradients:
            np.multiply(gradient, limit / norm, out=gradient)


def limit_norms(W: Array, limit: float) -> None:
    """Scale each column of the weights, in place, so that its norm is at most limit.

    References
    ----------
    Srivastava et al. (2014), "Dropout: A Simple Way to Prevent Neural Networks from
    Overfitting", section 5.1.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.engines.rules import limit_norms
    >>> W = np.array([[3.0, 0.1], [4.0, 0.2]])
    >>> limit_norms(W, 1.0)
    >>> W
    array([[0.6, 0.1],
           [0.8, 0.2]])
    """
    norms = np.sqrt(np.sum(np.square(W, dtype=float), axis=0))
    too_long = norms > limit
    W[:, too_long] *= (limit / norms[too_long]).astype(W.dtype)
