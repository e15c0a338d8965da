"""The layer kinds a network is made of."""

from dataclasses import dataclass

__all__ = ["Dense"]


@dataclass(frozen=True)
class Dense:
    """A fully connected layer: ``activation(inputs @ W + b)``.

    Parameters
    ----------
    n_inputs : int
        Number of values that enter the layer.
    n_outputs : int
        Number of neurons.
    activation : str
        A name of :data:`lightmlp.network.ACTIVATIONS`. The last layer of a network has
        ``"identity"``: its outputs are the raw scores, and the loss's link follows.

    Examples
    --------
    >>> from lightmlp.network import Dense
    >>> Dense(2, 8, "relu").n_parameters
    24
    """

    n_inputs: int
    n_outputs: int
    activation: str

    @property
    def n_parameters(self) -> int:
        """Weights and biases of the layer."""
        return (self.n_inputs + 1) * self.n_outputs
