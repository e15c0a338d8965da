"""A network as the compiled engine runs it: several layers as one fused step."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..network import (
    Activation,
    BatchNorm,
    Dropout,
    Layer,
    LayerNorm,
    Linear,
    Network,
)

__all__ = ["FusedStep", "lower"]


@dataclass
class FusedStep:
    """A linear layer with what follows it: normalisation, activation, dropout, in this order.

    Parameters
    ----------
    n_outputs : int
        Number of neurons.
    activation : str
        Name of the activation function.
    normalization : {'none', 'batch', 'layer'}
        What stands between the sums and the activation.
    dropout : float
        Rate with which the activations are dropped.
    """

    n_outputs: int
    activation: str = "identity"
    normalization: str = "none"
    dropout: float = 0.0


def lower(network: Network) -> tuple[float, list[FusedStep]]:
    """Return the rate with which X is dropped, and the steps.

    Raises
    ------
    ValueError
        If layers follow each other in an order that no step has.

    Examples
    --------
    >>> from lightmlp.engines.lowering import lower
    >>> from lightmlp.network import Network
    >>> network = Network.dense([2, 3, 1], "tanh", "poisson", input_dropout=0.1)
    >>> lower(network)[1][0]
    FusedStep(n_outputs=3, activation='tanh', normalization='none', dropout=0.0)
    """
    input_dropout, steps = 0.0, [FusedStep(network.n_features)]
    for layer in network.layers:
        if isinstance(layer, Linear):
            steps.append(FusedStep(layer.n_outputs))
        elif isinstance(layer, Dropout) and len(steps) == 1:
            input_dropout = layer.rate
        else:
            _follow(steps, layer)
    return input_dropout, steps[1:]


def _follow(steps: Sequence[FusedStep], layer: Layer) -> None:
    """Put a layer that follows a linear one into its step."""
    step = steps[-1]
    is_first = step == FusedStep(step.n_outputs)
    if isinstance(layer, BatchNorm | LayerNorm) and is_first and len(steps) > 1:
        step.normalization = "batch" if isinstance(layer, BatchNorm) else "layer"
    elif isinstance(layer, Activation) and step.activation == "identity" and not step.dropout:
        step.activation = str(layer.function)
    elif isinstance(layer, Dropout) and len(steps) > 1 and not step.dropout:
        step.dropout = layer.rate
    else:
        raise ValueError(
            f"The compiled engine has no step in which {layer!r} follows "
            f"{steps[-1]!r}. Use engine='reference'."
        )
