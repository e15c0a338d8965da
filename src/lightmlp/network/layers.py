"""The layer kinds a network is made of."""

from dataclasses import dataclass

from .activations import Activation

__all__ = ["BIAS_ROWS", "Dense"]

BIAS_ROWS: dict[str | None, int] = {None: 1, "layer": 2, "batch": 4}
"""Rows of a layer's array of biases, by its normalisation."""


@dataclass(frozen=True)
class Dense:
    """A fully connected layer: ``dropout(activation(normalize(inputs @ W + b)))``.

    Parameters
    ----------
    n_inputs : int
        Number of values that enter the layer.
    n_outputs : int
        Number of neurons.
    activation : str or Activation
        A name of :data:`lightmlp.network.ACTIVATIONS`, or a row of one's own, which only the
        reference engine computes. The last layer of a network has
        ``"identity"``: its outputs are the raw scores, and the loss's link follows.
    normalization : {None, 'batch', 'layer'}, default=None
        What the sums ``inputs @ W`` are normalised by, before a shift (which takes the
        place of the bias) and a scale of their own: the statistics of the batch, or those
        of the row.
    dropout : float, default=0.0
        Probability with which an output is set to zero in training, 0 <= p < 1.

    Examples
    --------
    >>> from lightmlp.network import Dense
    >>> Dense(2, 8, "relu").n_parameters, Dense(2, 8, "relu", "batch").n_parameters
    (24, 32)
    >>> Dense(2, 8, "relu", "batch").bias_shape
    (4, 8)
    """

    n_inputs: int
    n_outputs: int
    activation: str | Activation
    normalization: str | None = None
    dropout: float = 0.0

    @property
    def n_parameters(self) -> int:
        """Weights, biases and scales of the layer."""
        n_scales = 0 if self.normalization is None else self.n_outputs
        return (self.n_inputs + 1) * self.n_outputs + n_scales

    @property
    def n_bias_rows(self) -> int:
        """Rows of the layer's array of biases.

        A bias alone; shift and scale for 'layer'; for 'batch' shift, scale, and the running
        mean and variance, which are not trained but follow the batches.
        """
        return BIAS_ROWS[self.normalization]

    @property
    def n_values(self) -> int:
        """Values that the layer holds: its parameters, and the running statistics."""
        return (self.n_inputs + self.n_bias_rows) * self.n_outputs

    @property
    def bias_shape(self) -> tuple[int, ...]:
        """Shape of the layer's array of biases: flat where it is a bias alone."""
        rows = self.n_bias_rows
        return (self.n_outputs,) if rows == 1 else (rows, self.n_outputs)
