"""Beginning with the layers of another model (``fit(init_from=...)``)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from .. import reporting
from ..network import Network, Parameters
from .completing import complete
from .fit_options import FitOptions, NetworkOptions
from .inputs import cast, read_parameters
from .labels import ClassEncoder
from .parameter_lists import fitted_attributes, fitted_normalization
from .parameters import check_activations
from .real_targets import RealTargetEncoder
from .target_encoder import TargetEncoder
from .target_scaling import Unit, can_convert, convert_output_layer, fitted_unit

__all__ = ["Receiver", "take_layers"]


@dataclass(frozen=True)
class Receiver:
    """What is known of the model that takes the layers.

    Parameters
    ----------
    network : Network
        What it computes.
    parameters : Parameters
        Initial ones, which are replaced in part.
    encoder : TargetEncoder
        What its outputs mean.
    features : sequence of str or None
        Names of the columns of X.
    """

    network: Network
    parameters: Parameters
    encoder: TargetEncoder
    features: Any


def take_layers(receiver: Receiver, source: Any, options: FitOptions) -> None:
    """Replace the initial layers by those of another model, from the input side.

    Hidden layers are taken as long as their shapes are equal. The output layer is taken
    after all hidden ones, if both models predict the same, converted to the units of this one
    (``scale_target``).

    Parameters
    ----------
    receiver : Receiver
        Whose parameters are replaced.
    source : object
        A fitted MLPClassifier or MLPRegressor of LightMLP or scikit-learn.
    options : FitOptions
        What else must match.

    Raises
    ------
    ValueError
        If the source is not such a model, or if no layer of it fits.
    """
    _check_source(source)
    lists, widths = read_parameters(source)
    own_widths, encoder = receiver.network.widths, receiver.encoder
    unit = encoder.unit if isinstance(encoder, RealTargetEncoder) else None
    takes_all = (
        own_widths == widths
        and _predict_the_same(receiver, source)
        and _has_units_to_convert(unit, source, options.verbose)
    )
    n_layers = len(widths) - 1 if takes_all else _n_common_hidden(own_widths, widths)
    _check_number(n_layers, own_widths, widths, options.network.frozen_layers)
    _check_same_meaning(receiver, source, min(n_layers, len(widths) - 2), options.network)
    if takes_all:
        coefs, intercepts = lists["coefs_"], lists["intercepts_"]
        coefs[-1], intercepts[-1] = convert_output_layer(
            coefs[-1], intercepts[-1], fitted_unit(source), unit
        )
    own_lists = fitted_attributes(receiver.parameters)
    for name, taken in lists.items():
        for own, array in zip(own_lists[name], taken[:n_layers], strict=False):
            own[...] = cast(array, own.dtype, "init_from")


def _check_number(
    n_layers: int, own_widths: tuple[int, ...], widths: tuple[int, ...], frozen_layers: int
) -> None:
    """Refuse a source of which no layer, or not all frozen ones, can be taken."""
    if n_layers == 0:
        raise ValueError(
            f"init_from has the layers {list(widths)} (features, hidden, outputs), and this "
            f"network {list(own_widths)}: not even the first layer fits. Make "
            f"hidden_layer_sizes begin with those of init_from, for X of {widths[0]} columns."
        )
    if frozen_layers > n_layers:
        raise ValueError(
            f"frozen_layers={frozen_layers} would keep random layers: init_from has "
            f"the layers {list(widths)} (features, hidden, outputs), this network "
            f"{list(own_widths)}, so that {n_layers} layer(s) can be taken. Set frozen_layers "
            f"to at most {n_layers}, or hidden_layer_sizes to those of init_from."
        )


def _check_source(source: Any) -> None:
    wanted = ("activation", "hidden_layer_sizes", "get_params")
    if isinstance(source, type) or not all(hasattr(source, name) for name in wanted):
        raise ValueError(
            "init_from must be a fitted MLPClassifier or MLPRegressor of LightMLP or "
            f"scikit-learn, got {source!r}. Of a pipeline pass its last step, pipeline[-1]."
        )
    check_is_fitted(source, "coefs_")
    if hasattr(source, "input_layer_"):
        raise ValueError(
            "init_from has layers that read encoded columns of X (numeric_embedding, "
            "categorical_features), which others cannot take. Go on with that model itself, "
            "with warm_start=True or partial_fit."
        )
    if hasattr(source, "loss_and_gradients"):  # LightMLP's, perhaps with weights set by hand
        complete(source)


def _predict_the_same(receiver: Receiver, source: Any) -> bool:
    encoder = receiver.encoder
    if receiver.network.formulas.inverse_link_name != source.out_activation_:
        return False
    if not isinstance(encoder, ClassEncoder):
        return not is_classifier(source)
    return is_classifier(source) and _same_classes(encoder.classes, source.classes_)


def _has_units_to_convert(unit: Unit | None, source: Any, verbose: Any) -> bool:
    """Whether the source's output layer can be made to predict in this unit."""
    if can_convert(fitted_unit(source), unit, source.n_outputs_):
        return True
    reporting.warn(
        "init_from predicts several quantile levels in other units of y than "
        f"scale_target={unit is not None} makes of this y, and their output layer "
        "cannot be converted: it is drawn again, and the hidden layers are taken. Go on with "
        "warm_start=True, which keeps the units, to take it too.",
        verbose=verbose,
    )
    return False


def _same_classes(own: Any, other: Any) -> bool:
    """Compare classes, or lists of them where there are columns of classes."""
    if isinstance(own, list) != isinstance(other, list):
        return False
    if not isinstance(own, list):
        return np.array_equal(own, other)
    return len(own) == len(other) and all(map(np.array_equal, own, other))


def _n_common_hidden(own: tuple[int, ...], other: tuple[int, ...]) -> int:
    """Count the hidden layers that can be taken, of networks of these widths."""
    n_hidden = min(len(own), len(other)) - 2
    count = 0
    while count < n_hidden and own[: count + 2] == other[: count + 2]:
        count += 1
    return count


def _check_same_meaning(
    receiver: Receiver, source: Any, n_hidden: int, options: NetworkOptions
) -> None:
    """Refuse layers that would compute something else here than they did there."""
    own_names, names = (
        check_activations(activation, n_layers - 1)[:n_hidden]
        for activation, n_layers in (
            (options.activation, len(receiver.network.linear_layers)),
            (source.activation, len(source.coefs_)),
        )
    )
    if own_names != names:
        raise ValueError(
            f"init_from has activation={source.activation!r}, and this network "
            f"{options.activation!r}: its layers would compute something else. Set "
            f"activation={source.activation!r}."
        )
    own_kind, kind = options.normalization, fitted_normalization(source)
    if n_hidden > 0 and own_kind != kind:
        raise ValueError(
            f"init_from has normalization={kind!r}, and this network {own_kind!r}: its layers "
            f"would compute something else. Set normalization={kind!r}."
        )
    own, other = receiver.features, getattr(source, "feature_names_in_", None)
    if own is not None and other is not None and not np.array_equal(own, other):
        raise ValueError(
            "init_from was fitted with other columns of X, or in another order: "
            f"{list(other)}, and this X has {list(own)}. Pass the columns of init_from, or X "
            "as an array if they mean the same."
        )
