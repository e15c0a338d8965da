"""Beginning with the layers of another model (``fit(init_from=...)``)."""

from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from .. import reporting
from .completing import complete
from .inputs import cast, read_parameters
from .parameter_lists import fitted_normalization
from .parameters import check_activations
from .target_scaling import can_convert, convert_output_layer, fitted_unit

__all__ = ["take_layers"]


def take_layers(estimator: Any, source: Any) -> None:
    """Replace the initial layers by those of another model, from the input side.

    Hidden layers are taken as long as their shapes are equal. The output layer is taken
    after all hidden ones, if both models predict the same, converted to the units of this one
    (``scale_target``).

    Parameters
    ----------
    estimator : object
        With initial parameters, which are replaced in part.
    source : object
        A fitted MLPClassifier or MLPRegressor of LightMLP or scikit-learn.

    Raises
    ------
    ValueError
        If the source is not such a model, or if no layer of it fits.
    """
    _check_source(source)
    lists, widths = read_parameters(source)
    own_widths = (estimator.n_features_in_, *(W.shape[1] for W in estimator.coefs_))
    takes_all = (
        own_widths == widths
        and _predict_the_same(estimator, source)
        and _has_units_to_convert(estimator, source)
    )
    n_layers = len(widths) - 1 if takes_all else _n_common_hidden(own_widths, widths)
    if n_layers == 0:
        raise ValueError(
            f"init_from has the layers {list(widths)} (features, hidden, outputs), and this "
            f"network {list(own_widths)}: not even the first layer fits. Make "
            f"hidden_layer_sizes begin with those of init_from, for X of {widths[0]} columns."
        )
    if estimator.frozen_layers > n_layers:
        raise ValueError(
            f"frozen_layers={estimator.frozen_layers} would keep random layers: init_from has "
            f"the layers {list(widths)} (features, hidden, outputs), this network "
            f"{list(own_widths)}, so that {n_layers} layer(s) can be taken. Set frozen_layers "
            f"to at most {n_layers}, or hidden_layer_sizes to those of init_from."
        )
    _check_same_meaning(estimator, source, min(n_layers, len(widths) - 2))
    if takes_all:
        coefs, intercepts = lists["coefs_"], lists["intercepts_"]
        coefs[-1], intercepts[-1] = convert_output_layer(
            coefs[-1], intercepts[-1], fitted_unit(source), fitted_unit(estimator)
        )
    for name, taken in lists.items():
        own = getattr(estimator, name)
        for index, array in enumerate(taken[:n_layers]):
            own[index][...] = cast(array, own[index].dtype, "init_from")


def _check_source(source: Any) -> None:
    wanted = ("activation", "hidden_layer_sizes", "get_params")
    if isinstance(source, type) or not all(hasattr(source, name) for name in wanted):
        raise ValueError(
            "init_from must be a fitted MLPClassifier or MLPRegressor of LightMLP or "
            f"scikit-learn, got {source!r}. Of a pipeline pass its last step, pipeline[-1]."
        )
    check_is_fitted(source, "coefs_")
    if hasattr(source, "loss_and_gradients"):  # LightMLP's, perhaps with weights set by hand
        complete(source)


def _predict_the_same(estimator: Any, source: Any) -> bool:
    if estimator.out_activation_ != source.out_activation_:
        return False
    if is_classifier(estimator) != is_classifier(source):
        return False
    return not is_classifier(source) or _same_classes(estimator.classes_, source.classes_)


def _has_units_to_convert(estimator: Any, source: Any) -> bool:
    """Whether the source's output layer can be made to predict in the estimator's units."""
    if can_convert(fitted_unit(source), fitted_unit(estimator), source.n_outputs_):
        return True
    reporting.warn(
        "init_from predicts several quantile levels in other units of y than "
        f"scale_target={estimator.scale_target} makes of this y, and their output layer "
        "cannot be converted: it is drawn anew, and the hidden layers are taken. Go on with "
        "warm_start=True, which keeps the units, to take it too.",
        verbose=estimator.verbose,
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


def _check_same_meaning(estimator: Any, source: Any, n_hidden: int) -> None:
    """Refuse layers that would compute something else here than they did there."""
    own_names, names = (
        check_activations(model.activation, len(model.coefs_) - 1)[:n_hidden]
        for model in (estimator, source)
    )
    if own_names != names:
        raise ValueError(
            f"init_from has activation={source.activation!r}, and this network "
            f"{estimator.activation!r}: its layers would compute something else. Set "
            f"activation={source.activation!r}."
        )
    own_kind, kind = fitted_normalization(estimator), fitted_normalization(source)
    if n_hidden > 0 and own_kind != kind:
        raise ValueError(
            f"init_from has normalization={kind!r}, and this network {own_kind!r}: its layers "
            f"would compute something else. Set normalization={kind!r}."
        )
    own: Any = getattr(estimator, "feature_names_in_", None)
    other: Any = getattr(source, "feature_names_in_", None)
    if own is not None and other is not None and not np.array_equal(own, other):
        raise ValueError(
            "init_from was fitted with other columns of X, or in another order: "
            f"{list(other)}, and this X has {list(own)}. Pass the columns of init_from, or X "
            "as an array if they mean the same."
        )
