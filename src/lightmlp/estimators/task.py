"""What a fit has to do: the data, checked and encoded, the network, and where it begins."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from ..engines.base import StepRules, TrainingData
from ..network import LossSettings, Network, Parameters
from ..network.activations import check_derivative
from .completing import complete, complete_shapes
from .fitted_network import check_loss_of_outputs
from .inputs import check_sample_weight, read_parameters, training_data
from .options import check_frozen_layers, check_options
from .parameter_lists import as_parameters, fitted_normalization
from .parameters import check_activations, check_hidden_layer_sizes
from .regularization import check_dropout, make_step_rules
from .transfer import take_layers
from .validation import FitExtras, HeldOut

__all__ = ["FittingTask", "as_new", "begin", "make_task"]

Array = NDArray[Any]


@dataclass(frozen=True)
class FittingTask:
    """What is to be fitted, all of it checked.

    Parameters
    ----------
    network : Network
        What is computed.
    parameters : Parameters
        Where to start.
    data : TrainingData
        All rows, in the dtype in which the solver computes; its weights are those of the
        user times those of the classes.
    random_state : numpy.random.RandomState
        Source of the split and of the permutations.
    loss_type : type
        NumPy scalar type of the recorded losses.
    first_pass : bool
        Whether the fit starts from new parameters.
    incremental : bool
        Whether it is a ``partial_fit``: a single epoch.
    X, y
        The rows as the user passed them, and their checked targets.
    sample_weight : ndarray or None
        The user's weights of the rows.
    extras : FitExtras
        What else the user passed to ``fit``.
    held_out : HeldOut or None
        Rows to validate with that the user passed.
    rules : StepRules
        What is done around each step of a stochastic solver.
    """

    network: Network
    parameters: Parameters
    data: TrainingData
    random_state: np.random.RandomState
    loss_type: type[np.floating[Any]]
    first_pass: bool
    incremental: bool
    X: Any
    y: Any
    sample_weight: Array | None
    extras: FitExtras
    held_out: HeldOut | None
    rules: StepRules


def make_task(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    incremental: bool = False,
    extras: FitExtras | None = None,
) -> FittingTask:
    """Check everything, and draw initial parameters where there are none.

    Parameters
    ----------
    estimator : object
        Learns its classes and gets initial parameters.
    X, y, sample_weight
        As the user passed them.
    incremental : bool, default=False
        Whether it is a ``partial_fit``.
    extras : FitExtras or None, default=None
        What else the user passed.

    Returns
    -------
    FittingTask

    Raises
    ------
    ValueError
        If anything is wrong, or incompatible with something else.
    """
    extras = FitExtras() if extras is None else extras
    check_options(estimator, extras, incremental)
    first_pass = _starts_anew(estimator, incremental, extras)
    rows_of_user = X
    X, y, targets, weights = _read(estimator, X, y, sample_weight, incremental, first_pass)
    random_state = _random_state(estimator, extras)
    loss, settings = estimator._network_loss()
    network = _network(estimator, X.shape[1], targets, loss, settings)
    rules = make_step_rules(estimator, len(network.linear_layers))
    check_frozen_layers(estimator, extras, first_pass)
    _prepare(estimator, network, random_state, X.dtype, first_pass, extras.init_from)
    estimator._fitted_loss = loss, settings
    parameters = as_parameters(network, read_parameters(estimator)[0])
    dtype = np.dtype(np.float64) if estimator.solver == "lbfgs" else parameters.dtype
    return FittingTask(
        network,
        parameters,
        training_data(X, targets, estimator._weigh_rows(targets, weights), dtype),
        random_state,
        estimator._loss_type(X, y, weights),
        first_pass,
        incremental,
        rows_of_user,
        y,
        weights,
        extras,
        _given_rows(estimator, network, extras, dtype),
        rules,
    )


def _starts_anew(estimator: Any, incremental: bool, extras: FitExtras) -> bool:
    """Whether a fit begins with new parameters, not with those of a fit before."""
    goes_on = extras.resume_from is None and (estimator.warm_start or incremental)
    return not hasattr(estimator, "coefs_") or not goes_on


def _read(
    estimator: Any, X: Any, y: Any, sample_weight: Any, incremental: bool, first_pass: bool
) -> tuple[Any, Any, Array, Array | None]:
    """Check the rows; return X, y, the encoded targets, and the user's weights.

    The estimator learns from y what its encoding and the weights of classes depend on.
    """
    y_of_user = y
    if not first_pass:
        complete_shapes(estimator)
    X, y = estimator._check_data(X, y, reset=first_pass)
    if not first_pass:
        _complete_with(estimator, y, y_of_user)
    estimator._update_classes(y, incremental, y_of_user)
    weights = check_sample_weight(sample_weight, X)
    estimator._learn_target_unit(y, weights, first_pass, incremental)
    targets = estimator._encode(y)
    estimator._learn_class_weights(targets, weights, incremental)
    return X, y, targets, weights


# Options of a fit's course, set to what asks for nothing.
_NO_COURSE = {
    "early_stopping": False, "scoring": None, "validation_split": None,
    "restore_best_weights": "auto", "callbacks": None, "warm_start": False,
    "frozen_layers": 0,
}  # fmt: skip

# Private attributes of a fit; the public ones end with an underscore.
_LEARNED = {
    "_class_weights", "_continues", "_fitted_loss", "_has_level_axis", "_label_binarizer",
    "_no_improvement_count", "_optimizer", "_progress", "_scored_by",
}  # fmt: skip


def as_new(estimator: Any) -> Any:
    """Return an unfitted twin that has the same parameters, but for those of a fit's course.

    It holds no rows out, has no callbacks, continues no earlier fit and trains all layers,
    since the others need rows or a model that only ``fit`` is given.
    """
    twin: Any = object.__new__(type(estimator))
    twin.__dict__.update(
        {name: value for name, value in vars(estimator).items() if not _is_learned(name)}
    )
    twin.__dict__.update(_NO_COURSE)
    return twin


def begin(estimator: Any, X: Any, y: Any, sample_weight: Any, init_from: Any) -> None:
    """Give an estimator the fitted attributes with which a fit would begin, and no others.

    Parameters
    ----------
    estimator : object
        Loses what it learned before.
    X, y, sample_weight, init_from
        As the user passed them.

    Raises
    ------
    ValueError
        As :func:`make_task`.
    """
    twin = as_new(estimator)
    make_task(twin, X, y, sample_weight, extras=FitExtras(init_from=init_from))
    for name in [name for name in vars(estimator) if _is_learned(name)]:
        delattr(estimator, name)
    vars(estimator).update(
        {name: value for name, value in vars(twin).items() if name not in _NO_COURSE}
    )


def _is_learned(name: str) -> bool:
    return (name.endswith("_") and not name.startswith("__")) or name in _LEARNED


def _complete_with(estimator: Any, y: Any, y_of_user: Any) -> None:
    """Complete a model built from weights, whose labels may be known from these only."""
    if not hasattr(estimator, "classes_"):
        estimator._update_classes(y, False, y_of_user)
    complete(estimator)


def _network(
    estimator: Any, n_features: int, targets: Array, loss: str, settings: LossSettings
) -> Network:
    hidden = check_hidden_layer_sizes(estimator.hidden_layer_sizes)
    activations = check_activations(estimator.activation, len(hidden))
    for activation in activations:
        if not isinstance(activation, str):
            check_derivative(activation)
    # Functions of the user's may have no hash, and are not to be kept alive.
    has_functions = settings.function is not None or not all(
        isinstance(activation, str) for activation in activations
    )
    describe = Network.dense if has_functions else _describe
    return describe(
        (n_features, *hidden, estimator._n_columns(targets, settings)),
        activations,
        loss,
        alpha=estimator.alpha,
        loss_settings=settings,
        l1=float(estimator.l1),
        normalization=estimator.normalization,
        dropout=check_dropout(estimator.dropout, len(hidden)),
        input_dropout=float(estimator.input_dropout),
    )


# Fits that follow each other have the same network, and what engines keep with it.
_describe = lru_cache(maxsize=128)(Network.dense)


def _random_state(estimator: Any, extras: FitExtras) -> np.random.RandomState:
    if extras.resume_from is not None and estimator.random_state is None:
        return np.random.RandomState()  # it goes on with the saved stream, not NumPy's
    random_state: np.random.RandomState = check_random_state(estimator.random_state)
    return random_state


def _prepare(
    estimator: Any,
    network: Network,
    random_state: np.random.RandomState,
    dtype: np.dtype[Any],
    first_pass: bool,
    init_from: Any,
) -> None:
    """Set the parameters to begin with, or check those of an earlier fit."""
    if not first_pass:
        _check_same_network(estimator, network)
        return
    estimator._initialize(network, random_state, dtype)
    if init_from is not None:
        take_layers(estimator, init_from)


def _check_same_network(estimator: Any, network: Network) -> None:
    """Refuse to go on with parameters of another network than the one asked for."""
    widths = read_parameters(estimator)[1]
    go_on = "warm_start and partial_fit go on with the fitted network"
    advice = f"{go_on}. Set it or loss back, or fit anew with warm_start=False."
    check_loss_of_outputs(estimator, network, advice)
    if network.n_outputs != widths[-1]:
        raise ValueError(
            f"y has {network.n_outputs} output(s), expected {widths[-1]}: {go_on}. "
            "Fit anew with warm_start=False."
        )
    if network.widths != widths:
        raise ValueError(
            f"hidden_layer_sizes={network.widths[1:-1]} differs from the "
            f"{widths[1:-1]} of coefs_: {go_on}. Set hidden_layer_sizes="
            f"{widths[1:-1]}, or fit anew with warm_start=False."
        )
    normalization, kind = estimator.normalization, fitted_normalization(estimator)
    if len(widths) > 2 and normalization != kind:
        raise ValueError(
            f"normalization={normalization!r} differs from the {kind!r} of the fit "
            f"before: {go_on}. Set normalization={kind!r}, or fit anew with "
            "warm_start=False."
        )


def _given_rows(
    estimator: Any, network: Network, extras: FitExtras, dtype: np.dtype[Any]
) -> HeldOut | None:
    """Check the rows to validate with that the user passed, if any."""
    if extras.X_val is None:
        return None
    try:
        X, y = estimator._check_data(extras.X_val, extras.y_val, reset=False)
        targets = estimator._encode(y)
        weights = check_sample_weight(extras.sample_weight_val, X)
    except ValueError as error:
        raise ValueError(
            f"X_val, y_val and sample_weight_val must fit X and y: {error}"
        ) from error
    n_columns = estimator._n_columns(targets, network.loss_settings)
    if n_columns != network.n_outputs:
        raise ValueError(
            f"y_val must have {network.n_outputs} output(s) as y, got {n_columns}."
        )
    data = training_data(X, targets, estimator._weigh_rows(targets, weights), dtype)
    return HeldOut(data, lambda: extras.X_val, y, weights)
