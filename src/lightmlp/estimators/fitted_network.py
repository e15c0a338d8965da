"""The network that a fitted estimator's attributes describe now."""

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..network import Columns, LossSettings, Network, Parameters, find_activation
from .completing import complete
from .inputs import read_parameters
from .parameter_lists import as_parameters, fitted_normalization
from .parameters import check_activations

if TYPE_CHECKING:
    from functools import _lru_cache_wrapper

    from .base import BaseMultilayerPerceptron

__all__ = ["cached_unless_functions", "check_loss_of_outputs", "fitted_network"]


def fitted_network(estimator: "BaseMultilayerPerceptron") -> tuple[Network, Parameters]:
    """Describe the network that ``coefs_`` and ``intercepts_`` are now.

    Activation and penalties are those of the parameters now, all else is that of the fit.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        A fitted one, or one with weights set by hand, which is completed.

    Returns
    -------
    network : Network
    parameters : Parameters
        The arrays of the attributes themselves where they are contiguous, of one dtype.

    Raises
    ------
    NotFittedError
        If there are no parameters.
    ValueError
        If the attributes make no network, or a parameter was changed into a wrong one.
    """
    # What a fit always sets; without it there are no parameters, or only the user's.
    if "_fitted_loss" not in vars(estimator):
        complete(estimator)
    lists, widths = read_parameters(estimator)
    loss, settings = estimator._fitted_loss
    activation, penalties = estimator.activation, (estimator.alpha, estimator.l1)
    normalization = fitted_normalization(estimator)
    try:
        if not (isinstance(activation, str) or callable(activation)):
            activation = tuple(activation)  # a list has no hash
        describe = cached_unless_functions(_describe, activation, settings)
        first = getattr(estimator, "input_layer_", None)
        network = describe(widths, activation, loss, settings, *penalties, normalization, first)
    except (KeyError, TypeError, ValueError):
        estimator._validate_params()  # one of them was changed after the fit
        raise
    return network, as_parameters(network, lists)


@lru_cache(maxsize=128)
def _describe(
    widths: tuple[int, ...],
    activation: str | tuple[str, ...],
    loss: str,
    loss_settings: LossSettings,
    alpha: float,
    l1: float,
    normalization: str | None,
    input_layer: Columns | None,
) -> Network:
    if isinstance(activation, str):
        find_activation(activation)  # ValueError where it is unknown
    if input_layer is not None:
        widths = (input_layer.n_outputs, *widths[1:])
    return Network.dense(
        widths,
        check_activations(activation, len(widths) - 2),
        loss,
        alpha=alpha,
        loss_settings=loss_settings,
        l1=l1,
        normalization=normalization,
        input_layer=input_layer,
    )


def cached_unless_functions(
    describe: "_lru_cache_wrapper[Network]", activation: Any, settings: LossSettings
) -> Callable[..., Network]:
    """Return what describes a network, with or without its cache.

    Functions of the user's may have no hash, and are not to be kept alive.

    Parameters
    ----------
    describe : callable
        As :func:`functools.lru_cache` returned it.
    activation : str, callable, or sequence of them
        Activations of the hidden layers.
    settings : LossSettings
        The loss's, which may have a function too.
    """
    has_functions = settings.function is not None or not _are_names(activation)
    return describe.__wrapped__ if has_functions else describe


def _are_names(activation: Any) -> bool:
    """Whether there is no function among the activations."""
    if isinstance(activation, str) or callable(activation):
        return isinstance(activation, str)
    return all(isinstance(name, str) for name in activation)


def check_loss_of_outputs(out_activation: str, network: Network, advice: str) -> None:
    """Refuse to compute a loss of outputs that are not its own.

    Raises
    ------
    ValueError
        If ``out_activation_`` is not the link of the network's loss.
    """
    link = network.formulas.inverse_link_name
    if out_activation != link:
        function = network.loss_settings.function
        name = repr(network.loss) if function is None else function.name
        raise ValueError(
            f"The loss {name} does not belong to out_activation_="
            f"{out_activation!r}, its own is {link!r}: {advice}"
        )
