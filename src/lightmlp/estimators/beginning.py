"""The network of a fit, and the parameters with which it begins."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.random import sample_without_replacement

from ..network import (
    Columns,
    LossSettings,
    Network,
    Parameters,
    find_activation,
    initialize,
    reads_rows,
)
from ..network.activations import activation_per_layer, check_derivative
from .categories import CategoryEncoder, split_columns
from .fit_options import FitOptions, NetworkOptions
from .fitted_network import cached_unless_functions, check_loss_of_outputs
from .input_layer import start_unknown_at_zero
from .inputs import read_parameters
from .parameter_lists import as_parameters, fitted_normalization
from .parameters import check_activations, check_hidden_layer_sizes, check_memory
from .regularization import check_dropout

if TYPE_CHECKING:
    from .base import BaseMultilayerPerceptron

__all__ = ["describe_network", "earlier_parameters", "new_parameters"]

Array = NDArray[Any]
# That initialisers read: enough for a deviation within two per cent. Of wide networks fewer.
_MOST_ROWS = 4096
_FEWEST_ROWS = 64
_MOST_VALUES = 2**22


def describe_network(
    options: NetworkOptions,
    n_features: int,
    n_outputs: int,
    loss: str,
    settings: LossSettings,
    input_layer: Columns | None = None,
) -> Network:
    """Describe the network that is asked for.

    Parameters
    ----------
    options : NetworkOptions
        Its hidden layers and penalties.
    n_features, n_outputs : int
        Columns of the input and of the output layer.
    loss, settings
        What is minimised.
    input_layer : Columns or None, default=None
        What encodes the columns of the input.

    Raises
    ------
    ValueError
        If options do not match the number of hidden layers.
    """
    hidden = check_hidden_layer_sizes(options.hidden_layer_sizes)
    activations = check_activations(options.activation, len(hidden))
    for activation in activations:
        if not isinstance(activation, str):
            check_derivative(activation)
    return cached_unless_functions(_describe, activations, settings)(
        (n_features if input_layer is None else input_layer.n_outputs, *hidden, n_outputs),
        activations,
        loss,
        alpha=options.alpha,
        loss_settings=settings,
        l1=float(options.l1),
        normalization=options.normalization,
        dropout=check_dropout(options.dropout, len(hidden)),
        input_dropout=float(options.input_dropout),
        input_layer=input_layer,
    )


# Fits that follow each other have the same network, and what engines keep with it.
_describe = lru_cache(maxsize=128)(Network.dense)


def new_parameters(
    options: FitOptions,
    network: Network,
    random_state: np.random.RandomState,
    X: Any,
    readable: NDArray[np.int64] | None,
    categories: CategoryEncoder | None,
) -> Parameters:
    """Draw initial parameters, in the dtype of X.

    Parameters
    ----------
    options : FitOptions
        Which initialisers draw them.
    network : Network
        What they are of.
    random_state : numpy.random.RandomState
        Source of the draws; it moves on.
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        The rows, of which initialisers that read them get a part.
    readable : ndarray of int64, or None
        The rows that may be read; None: all.
    categories : CategoryEncoder or None
        What has made the codes in X, if columns are categories.

    Raises
    ------
    ValueError
        If they would not fit into the memory.
    """
    check_memory(network, X.dtype.itemsize, options.steps.solver)
    wanted = options.network
    names = activation_per_layer(wanted.activation, max(1, len(network.widths) - 2))
    output_range = find_activation(names[-1] if len(names) > 0 else "identity")
    rows = _rows_to_read(wanted, network, random_state, X, readable)
    if rows is not None and categories is not None:
        rows = split_columns(rows, categories.is_categorical)
    parameters = initialize(
        network,
        output_range,
        random_state,
        initialization=wanted.initialization,
        bias_initialization=wanted.bias_initialization,
        dtype=X.dtype,
        rows=rows,
    )
    start_unknown_at_zero(network, parameters)
    return parameters


def _rows_to_read(
    options: NetworkOptions,
    network: Network,
    random_state: np.random.RandomState,
    X: Any,
    readable: NDArray[np.int64] | None,
) -> Any:
    """Return rows for the initialisers that read them; nothing is drawn for others."""
    if not reads_rows(options.initialization, options.bias_initialization):
        return None
    n_allowed = X.shape[0] if readable is None else len(readable)
    n_fitting = max(_MOST_VALUES // max(network.widths), _FEWEST_ROWS)
    n_read = min(n_allowed, _MOST_ROWS, n_fitting)
    if n_read < n_allowed:
        drawn = sample_without_replacement(n_allowed, n_read, random_state=random_state)
        drawn.sort()
        return X[drawn if readable is None else readable[drawn]]
    return X if readable is None else X[readable]


def earlier_parameters(estimator: "BaseMultilayerPerceptron", network: Network) -> Parameters:
    """Read the parameters of an earlier fit, which must be of the network asked for.

    Raises
    ------
    ValueError
        If they are of another one.
    """
    lists, widths = read_parameters(estimator)
    continues = "warm_start and partial_fit go on with the fitted network"
    advice = f"{continues}. Set it or loss back, or fit again with warm_start=False."
    check_loss_of_outputs(estimator.out_activation_, network, advice)
    if network.n_outputs != widths[-1]:
        raise ValueError(
            f"y has {network.n_outputs} output(s), expected {widths[-1]}: {continues}. "
            "Fit again with warm_start=False."
        )
    if network.widths != widths:
        raise ValueError(
            f"hidden_layer_sizes={network.widths[1:-1]} differs from the "
            f"{widths[1:-1]} of coefs_: {continues}. Set hidden_layer_sizes="
            f"{widths[1:-1]}, or fit again with warm_start=False."
        )
    normalization, kind = estimator.normalization, fitted_normalization(estimator)
    if len(widths) > 2 and normalization != kind:
        raise ValueError(
            f"normalization={normalization!r} differs from the {kind!r} of the fit "
            f"before: {continues}. Set normalization={kind!r}, or fit again with "
            "warm_start=False."
        )
    return as_parameters(network, lists)
