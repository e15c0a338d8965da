"""The description of a network: what every engine executes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from .activations import Activation, activation_per_layer
from .layers import Dense
from .losses import Loss, LossSettings, find_loss

__all__ = ["Network"]


@dataclass(frozen=True)
class Network:
    """The resolved sequence of layers and the loss; every ``"auto"`` is gone here.

    Parameters
    ----------
    layers : tuple of Dense
        From the input to the output; the last one has the identity activation.
    loss : str
        A name of :data:`lightmlp.network.LOSSES`, or "custom" for the function of
        ``loss_settings``. It brings the link from the last layer's scores to the outputs.
    alpha : float
        Strength of the L2 penalty ``alpha / 2 * sum(W ** 2)`` on the weights.
    loss_settings : LossSettings, default=LossSettings()
        The parameters of the loss.
    l1 : float, default=0.0
        Strength of the L1 penalty ``l1 * sum(abs(W))`` on the weights.
    input_dropout : float, default=0.0
        Probability with which a value of X is set to zero in training, 0 <= p < 1.

    Examples
    --------
    >>> from lightmlp.network import Network
    >>> network = Network.dense([2, 8, 6, 1], "relu", "binary_log_loss", alpha=1e-4)
    >>> network.widths, network.n_parameters
    ((2, 8, 6, 1), 85)
    """

    layers: tuple[Dense, ...]
    loss: str
    alpha: float
    loss_settings: LossSettings = field(default_factory=LossSettings)
    l1: float = 0.0
    input_dropout: float = 0.0

    @classmethod
    def dense(
        cls,
        widths: Sequence[int],
        activation: str | Sequence[str | Activation],
        loss: str,
        *,
        alpha: float = 0.0,
        loss_settings: LossSettings | None = None,
        l1: float = 0.0,
        normalization: str | None = None,
        dropout: float | Sequence[float] = 0.0,
        input_dropout: float = 0.0,
    ) -> "Network":
        """Describe a multi-layer perceptron of fully connected layers.

        Parameters
        ----------
        widths : sequence of int
            Two or more: features, hidden layers, outputs, each >= 1.
        activation : str or sequence of (str or Activation)
            A name of :data:`lightmlp.network.ACTIVATIONS` for all hidden layers, or one
            name a hidden layer; a row of one's own for the reference engine alone.
        loss : str
            A name of :data:`lightmlp.network.LOSSES`.
        alpha : float, default=0.0
            Strength of the L2 penalty, >= 0.
        loss_settings : LossSettings, default=None
            The parameters of the loss; None is their defaults.
        l1 : float, default=0.0
            Strength of the L1 penalty, >= 0.
        normalization : {None, 'batch', 'layer'}, default=None
            Normalisation of the hidden layers.
        dropout : float or sequence of float, default=0.0
            Rate for all hidden layers, or one a hidden layer.
        input_dropout : float, default=0.0
            Rate for X.

        Returns
        -------
        Network

        Examples
        --------
        >>> from lightmlp.network import Network
        >>> network = Network.dense([4, 3, 3, 1], ("relu", "tanh"), "poisson")
        >>> [layer.activation for layer in network.layers]
        ['relu', 'tanh', 'identity']
        """
        n_hidden = len(widths) - 2
        activations = activation_per_layer(activation, n_hidden)
        rates = [dropout] * n_hidden if isinstance(dropout, int | float) else dropout
        shapes = list(pairwise(widths))
        hidden = tuple(
            Dense(*shape, name, normalization, rate)
            for shape, name, rate in zip(shapes[:-1], activations, rates, strict=True)
        )
        layers = (*hidden, Dense(*shapes[-1], "identity"))
        settings = loss_settings or LossSettings()
        return cls(layers, loss, alpha, settings, l1, input_dropout)

    @property
    def n_features(self) -> int:
        """Width of the input."""
        return self.layers[0].n_inputs

    @property
    def n_outputs(self) -> int:
        """Width of the output."""
        return self.layers[-1].n_outputs

    @cached_property
    def formulas(self) -> Loss:
        """Formulas of the loss and its link, with their settings."""
        return find_loss(self.loss, self.loss_settings)

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths of all layers, the input first."""
        return (self.n_features, *(layer.n_outputs for layer in self.layers))

    @property
    def n_parameters(self) -> int:
        """Weights, biases and scales of all layers."""
        return sum(layer.n_parameters for layer in self.layers)

    @property
    def n_values(self) -> int:
        """Values that all layers hold: parameters and running statistics."""
        return sum(layer.n_values for layer in self.layers)
