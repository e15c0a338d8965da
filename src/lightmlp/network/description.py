"""The description of a network: what every engine executes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property, wraps
from itertools import pairwise
from typing import Any, TypeVar

from .activations import ActivationFunction, activation_per_layer
from .layers import (
    Activation,
    BatchNorm,
    Columns,
    Dropout,
    Layer,
    LayerNorm,
    Linear,
    ParameterSpec,
    layer_from_dict,
)
from .losses import LOSSES, Loss, LossSettings, find_loss

__all__ = ["Network", "kept_with_network"]

Result = TypeVar("Result")


def kept_with_network(function: Callable[["Network"], Result]) -> Callable[["Network"], Result]:
    """Keep what a function makes of a network, for as long as the network is there."""
    name = f"_kept_{function.__name__}"

    @wraps(function)
    def find(network: "Network") -> Result:
        kept = vars(network)
        if name not in kept:
            kept[name] = function(network)
        result: Result = kept[name]
        return result

    return find


_NORMALIZATIONS: dict[str, type[BatchNorm] | type[LayerNorm]] = {
    "batch": BatchNorm,
    "layer": LayerNorm,
}


@dataclass(frozen=True)
class Network:
    """The resolved sequence of layers and the loss; every ``"auto"`` is gone here.

    Parameters
    ----------
    layers : tuple of Layer
        From the input to the raw scores, which the last one gives. Embeddings, scales and
        normalisations may stand before the first linear layer; ``Columns`` is the first
        of all or nowhere.
    loss : str
        A name of :data:`lightmlp.network.LOSSES`, or "custom" for the function of
        ``loss_settings``. It brings the inverse link from the scores to the outputs.
    alpha : float
        Strength of the L2 penalty ``alpha / 2 * sum(W ** 2)`` on the weights.
    loss_settings : LossSettings, default=LossSettings()
        The parameters of the loss.
    l1 : float, default=0.0
        Strength of the L1 penalty ``l1 * sum(abs(W))`` on the weights.

    Examples
    --------
    >>> from lightmlp.network import Network
    >>> network = Network.dense([2, 8, 6, 1], "relu", "binary_log_loss", alpha=1e-4)
    >>> network.widths, network.n_parameters
    ((2, 8, 6, 1), 85)
    """

    layers: tuple[Layer, ...]
    loss: str
    alpha: float
    loss_settings: LossSettings = field(default_factory=LossSettings)
    l1: float = 0.0

    def __post_init__(self) -> None:
        if not any(isinstance(layer, Linear) for layer in self.layers):
            raise ValueError(f"layers={self.layers!r} must have a Linear layer or more.")
        for index, (layer, following) in enumerate(pairwise(self.layers), 1):
            if isinstance(following, Columns):
                raise ValueError(f"layers[{index}] is Columns, which has to be layers[0].")
            if layer.n_outputs != following.n_inputs:
                raise ValueError(
                    f"layers[{index}]={following!r} does not match layers[{index - 1}], which "
                    f"has {layer.n_outputs} outputs. Give it as many inputs."
                )

    @classmethod
    def dense(
        cls,
        widths: Sequence[int],
        activation: str | Sequence[str | ActivationFunction],
        loss: str,
        *,
        alpha: float = 0.0,
        loss_settings: LossSettings | None = None,
        l1: float = 0.0,
        normalization: str | None = None,
        dropout: float | Sequence[float] = 0.0,
        input_dropout: float = 0.0,
        input_layer: Layer | None = None,
    ) -> "Network":
        """Describe a multi-layer perceptron of fully connected layers.

        Parameters
        ----------
        widths : sequence of int
            Two or more: features, hidden layers, outputs, each >= 1.
        activation : str or sequence of (str or ActivationFunction)
            A name of :data:`lightmlp.network.ACTIVATIONS` for all hidden layers, or one
            name per hidden layer; a row of one's own for the reference engine alone.
        loss : str
            A name of :data:`lightmlp.network.LOSSES`.
        alpha : float, default=0.0
            Strength of the L2 penalty, >= 0.
        loss_settings : LossSettings, default=None
            The parameters of the loss; None is their defaults.
        l1 : float, default=0.0
            Strength of the L1 penalty, >= 0.
        normalization : {None, 'batch', 'layer'}, default=None
            Normalisation of the hidden layers, before their activation.
        dropout : float or sequence of float, default=0.0
            Rate for all hidden layers, or one per hidden layer.
        input_dropout : float, default=0.0
            Rate for X, or for what the input layer makes of it.
        input_layer : Layer or None, default=None
            What the rows pass before all others, such as :class:`Columns`; ``widths`` begin
            with the number of its outputs.

        Returns
        -------
        Network

        Examples
        --------
        >>> from lightmlp.network import Network
        >>> for layer in Network.dense([4, 3, 1], "tanh", "poisson", dropout=0.5).layers:
        ...     print(layer)
        Linear(n_inputs=4, n_outputs=3, bias=True)
        Activation(width=3, function='tanh')
        Dropout(width=3, rate=0.5)
        Linear(n_inputs=3, n_outputs=1, bias=True)
        """
        n_hidden = len(widths) - 2
        functions = activation_per_layer(activation, n_hidden)
        rates = [dropout] * n_hidden if isinstance(dropout, int | float) else dropout
        layers: list[Layer] = [] if input_layer is None else [input_layer]
        if input_dropout > 0:
            layers.append(Dropout(widths[0], input_dropout))
        for (n_inputs, width), function, rate in zip(
            pairwise(widths[:-1]), functions, rates, strict=True
        ):
            layers.append(Linear(n_inputs, width, bias=normalization is None))
            if normalization is not None:
                layers.append(_NORMALIZATIONS[normalization](width))
            layers.append(Activation(width, function))
            if rate > 0:
                layers.append(Dropout(width, rate))
        layers.append(Linear(widths[-2], widths[-1]))
        return cls(tuple(layers), loss, alpha, loss_settings or LossSettings(), l1)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the description alone, without what engines keep with it."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @property
    def n_features(self) -> int:
        """Width of the input: number of columns of the table."""
        return self.layers[0].n_inputs

    @property
    def n_outputs(self) -> int:
        """Width of the output."""
        return self.layers[-1].n_outputs

    @cached_property
    def formulas(self) -> Loss:
        """Formulas of the loss and its inverse link, with their settings."""
        return find_loss(self.loss, self.loss_settings)

    @cached_property
    def linear_layers(self) -> tuple[int, ...]:
        """Where in the sequence the linear layers are."""
        return tuple(i for i, layer in enumerate(self.layers) if isinstance(layer, Linear))

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths of the table, of the hidden linear layers and of the output.

        Into the first linear layer other numbers of values enter where embeddings precede it.
        """
        return (self.n_features, *(self.layers[i].n_outputs for i in self.linear_layers))

    @property
    def drops(self) -> bool:
        """Whether a layer draws at random in training."""
        return any(isinstance(layer, Dropout) for layer in self.layers)

    @cached_property
    def parameters(self) -> dict[str, ParameterSpec]:
        """Descriptions of all parameters by their names, ``layers.0.weight`` the first."""
        return {
            f"layers.{index}.{spec.name}": spec
            for index, layer in enumerate(self.layers)
            for spec in layer.parameters
        }

    @cached_property
    def depths(self) -> dict[str, int]:
        """For each parameter the number of its linear layer, or of the last one before it.

        What precedes the first linear layer counts to it.
        """
        return {
            f"layers.{index}.{spec.name}": max(
                0, sum(linear <= index for linear in self.linear_layers) - 1
            )
            for index, layer in enumerate(self.layers)
            for spec in layer.parameters
        }

    @property
    def n_parameters(self) -> int:
        """Number of values that are trained."""
        return sum(spec.size for spec in self.parameters.values() if spec.trained)

    @property
    def n_values(self) -> int:
        """Number of values of all parameters, running statistics included."""
        return sum(spec.size for spec in self.parameters.values())

    def to_dict(self) -> dict[str, Any]:
        """Write the network down in strings, numbers and lists.

        Raises
        ------
        TypeError
            If the loss or an activation is a function of the user's.

        Examples
        --------
        >>> from lightmlp.network import Network
        >>> network = Network.dense([2, 3, 1], "relu", "squared_error")
        >>> Network.from_dict(network.to_dict()) == network
        True
        """
        if self.loss_settings.function is not None:
            raise TypeError(
                "A loss that is a function of the user's cannot be written down. Choose one by "
                "its name."
            )
        return {
            "layers": [layer.to_dict() for layer in self.layers],
            "loss": self.loss,
            "loss_settings": asdict(self.loss_settings),
            "alpha": self.alpha,
            "l1": self.l1,
        }

    @classmethod
    def from_dict(cls, written: Mapping[str, Any]) -> "Network":
        """Return the network that :meth:`to_dict` wrote down.

        Parameters
        ----------
        written : mapping
            What :meth:`to_dict` returned, perhaps by way of JSON.

        Returns
        -------
        Network

        Raises
        ------
        ValueError
            If it is not what :meth:`to_dict` writes: a field is missing, or there is no such
            kind of layer, loss or setting.

        Examples
        --------
        >>> from lightmlp.network import Network
        >>> network = Network.dense([2, 3, 1], "relu", "squared_error")
        >>> Network.from_dict(network.to_dict()) == network
        True
        """
        try:
            settings: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value
                for name, value in written["loss_settings"].items()
            }
            network = cls(
                tuple(map(layer_from_dict, written["layers"])),
                written["loss"],
                float(written["alpha"]),
                LossSettings(**settings),
                float(written["l1"]),
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(
                f"The network is not as Network.to_dict() writes it: {error!r}."
            ) from error
        if network.loss not in LOSSES:
            raise ValueError(
                f"loss={network.loss!r} is unknown: choose one of {', '.join(LOSSES)}."
            )
        return network
