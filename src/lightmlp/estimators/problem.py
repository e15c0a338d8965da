"""What a fit has to learn: the data, checked and encoded, the network, and where it begins."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from ..engines.base import StepRules, TrainingData
from ..network import Columns, LossSettings, Network, Parameters, reads_rows
from ..training.factor_schedules import FactorSchedules
from .beginning import describe_network, earlier_parameters, new_parameters
from .completing import complete, complete_shapes
from .fit_options import FitArguments, FitOptions, NetworkOptions, read_options
from .holding_out import (
    DividedRows,
    Division,
    HeldOut,
    check_parts,
    earlier_division,
    rows_to_read,
)
from .input_layer import earlier_input_layer, make_input_layer
from .inputs import check_sample_weight, training_data
from .options import check_frozen_layers, check_options
from .regularization import make_step_rules
from .step_factors import factor_schedules
from .target_encoder import TargetEncoder
from .transfer import Receiver, take_layers

if TYPE_CHECKING:
    from .base import BaseMultilayerPerceptron

__all__ = ["Problem", "read_problem"]

Array = NDArray[Any]


class Problem(NamedTuple):
    """What is to be learned, all of it checked.

    Parameters
    ----------
    options : FitOptions
        What the estimator's parameters say.
    network : Network
        What is computed.
    parameters : Parameters
        Where to start.
    data : TrainingData
        All rows, in the dtype in which the solver computes; its weights are those of the
        user times those of the classes.
    encoder : TargetEncoder
        What made the targets.
    random_state : numpy.random.RandomState
        Source of the split and of the permutations.
    loss_type : type
        NumPy scalar type of the recorded losses.
    rules : StepRules
        What is done around each step of a stochastic solver.
    factors : FactorSchedules
        Schedules of weight decay and dropout.
    first_pass : bool
        Whether the fit starts from new parameters.
    incremental : bool
        Whether it is a ``partial_fit``: a single epoch.
    X, y
        The rows as the user passed them, and their checked targets.
    sample_weight : ndarray or None
        The user's weights of the rows.
    arguments : FitArguments
        What else the user passed to ``fit``.
    held_out : HeldOut or None
        Rows to validate with that the user passed.
    division : pair of ndarray, or None
        Which rows of X train and which are held out, where the start depends on it.
    """

    options: FitOptions
    network: Network
    parameters: Parameters
    data: TrainingData
    encoder: TargetEncoder
    random_state: np.random.RandomState
    loss_type: type[np.floating[Any]]
    rules: StepRules
    factors: FactorSchedules
    first_pass: bool
    incremental: bool
    X: Any
    y: Any
    sample_weight: Array | None
    arguments: FitArguments
    held_out: HeldOut | None
    division: Division | None


# What is computed, where it begins, and which rows were held out for it.
_Start = tuple[Network, Parameters, Division | None]


class _Examples(NamedTuple):
    """The rows of a fit: checked, and their targets encoded."""

    X_of_user: Any
    X: Any
    y: Any
    encoder: TargetEncoder
    targets: Array
    weights: Array | None  # the user's
    row_weights: Array | None  # times those of the classes
    loss: str
    loss_settings: LossSettings
    n_outputs: int


def read_problem(
    estimator: "BaseMultilayerPerceptron",
    X: Any,
    y: Any,
    sample_weight: Any = None,
    incremental: bool = False,
    arguments: FitArguments | None = None,
) -> Problem:
    """Check options and data, and draw initial parameters where there are none.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Gets the names and number of the columns of X, which scikit-learn's check sets; of a
        model built from weights also what it lacks.
    X, y, sample_weight
        As the user passed them.
    incremental : bool, default=False
        Whether it is a ``partial_fit``.
    arguments : FitArguments or None, default=None
        What else the user passed.

    Returns
    -------
    Problem

    Raises
    ------
    ValueError
        If anything is wrong, or incompatible with something else.
    """
    factors = factor_schedules(estimator)
    arguments, options = arguments or FitArguments(), read_options(estimator)
    check_options(estimator, options, arguments, incremental)
    first_pass = _is_first_pass(estimator, incremental, arguments)
    rows = _read_examples(estimator, X, y, sample_weight, first_pass, incremental)
    random_state = _random_state(options.random_state, arguments)
    if first_pass:
        start = _new_start(estimator, options, arguments, rows, random_state)
    else:
        start = _earlier_start(estimator, options, rows)
    network, parameters, division = start
    rules = make_step_rules(estimator, network)
    check_frozen_layers(options.network.frozen_layers, arguments, first_pass)
    dtype = np.dtype(np.float64) if options.steps.solver == "lbfgs" else parameters.dtype
    return Problem(
        options=options,
        network=network,
        parameters=parameters,
        data=_training_data(estimator, rows, dtype),
        encoder=rows.encoder,
        random_state=random_state,
        loss_type=_loss_type(options, rows),
        rules=rules,
        factors=factors,
        first_pass=first_pass,
        incremental=incremental,
        X=X,
        y=rows.y,
        sample_weight=rows.weights,
        arguments=arguments,
        held_out=_given_rows(estimator, network, rows.encoder, arguments, dtype),
        division=division,
    )


def _read_examples(
    estimator: "BaseMultilayerPerceptron",
    X: Any,
    y: Any,
    sample_weight: Any,
    first_pass: bool,
    incremental: bool,
) -> _Examples:
    X_of_user, y_of_user = X, y
    X, y = _check_data(estimator, X, y, first_pass)
    encoder = estimator._choose_encoder(y, y_of_user, first_pass, incremental)
    weights = check_sample_weight(sample_weight, X)
    encoder, targets = encoder.learn(y, weights, first_pass=first_pass, incremental=incremental)
    loss, settings = estimator._network_loss(encoder)
    n_outputs = encoder.n_columns(targets, settings)
    row_weights = encoder.weigh_rows(targets, weights)
    return _Examples(
        X_of_user, X, y, encoder, targets, weights, row_weights, loss, settings, n_outputs
    )


def _starts_from_rows(options: NetworkOptions) -> bool:
    """Whether the network, or what it starts from, depends on rows of X."""
    return options.numeric_embedding is not None or reads_rows(
        options.initialization, options.bias_initialization
    )


def _early_division(
    options: FitOptions,
    arguments: FitArguments,
    rows: _Examples,
    random_state: np.random.RandomState,
) -> Division | None:
    """Hold rows out before a start that reads rows: none that are scored are to be read.

    For all others it is done after the start, when scikit-learn does it.
    """
    if arguments.X_val is not None or options.steps.solver == "lbfgs":
        return None
    if arguments.resume_from is not None:
        return earlier_division(arguments.resume_from, rows.X.shape[0])
    division = DividedRows(
        options.validation, rows.X_of_user, rows.y, arguments.groups, rows.targets,
        rows.n_outputs, rows.encoder, random_state,
    ).divide()  # fmt: skip
    if division is not None:
        check_parts(rows.row_weights, division)
    return division


def _new_start(
    estimator: "BaseMultilayerPerceptron",
    options: FitOptions,
    arguments: FitArguments,
    rows: _Examples,
    random_state: np.random.RandomState,
) -> _Start:
    """Return a network with new parameters, or those of another model if it is to be taken."""
    division = readable = None
    if _starts_from_rows(options.network):
        division = _early_division(options, arguments, rows, random_state)
        readable = rows_to_read(rows.row_weights, division)
    categories = estimator._category_encoder()
    input_layer = make_input_layer(
        options, categories, rows.X, rows.targets, rows.row_weights, readable
    )
    network = _network(options, rows, input_layer)
    parameters = new_parameters(options, network, random_state, rows.X, readable, categories)
    if arguments.init_from is not None:
        features = getattr(estimator, "feature_names_in_", None)
        receiver = Receiver(network, parameters, rows.encoder, features)
        take_layers(receiver, arguments.init_from, options)
    return network, parameters, division


def _earlier_start(
    estimator: "BaseMultilayerPerceptron", options: FitOptions, rows: _Examples
) -> _Start:
    """Return the network of the fit before, with its parameters."""
    network = _network(options, rows, earlier_input_layer(estimator, options.network))
    return network, earlier_parameters(estimator, network), None


def _network(options: FitOptions, rows: _Examples, input_layer: Columns | None) -> Network:
    return describe_network(
        options.network, rows.X.shape[1], rows.n_outputs, rows.loss, rows.loss_settings,
        input_layer,
    )  # fmt: skip


def _is_first_pass(
    estimator: "BaseMultilayerPerceptron", incremental: bool, arguments: FitArguments
) -> bool:
    """Whether a fit begins with new parameters, not with those of a fit before."""
    continues = arguments.resume_from is None and (estimator.warm_start or incremental)
    return not hasattr(estimator, "coefs_") or not continues


def _check_data(
    estimator: "BaseMultilayerPerceptron", X: Any, y: Any, first_pass: bool
) -> tuple[Any, Any]:
    """Check X and y, and complete a model built from weights that learns on."""
    if first_pass:
        return estimator._check_data(X, y, reset=True)
    complete_shapes(estimator)
    y_of_user = y
    X, y = estimator._check_data(X, y, reset=False)
    estimator._learn_missing(y, y_of_user)
    complete(estimator)
    return X, y


def _training_data(
    estimator: "BaseMultilayerPerceptron", rows: _Examples, dtype: np.dtype[Any]
) -> TrainingData:
    categories = estimator._category_encoder()
    return training_data(rows.X, rows.targets, rows.row_weights, dtype, categories)


def _loss_type(options: FitOptions, rows: _Examples) -> type[np.floating[Any]]:
    """Return the NumPy scalar type of the losses, which scikit-learn's promotion decides."""
    if options.batches.batch_size != "auto":  # an int64, as it promotes there
        return np.float64
    return rows.encoder.loss_type(rows.X, rows.y, rows.weights)


def _random_state(random_state: Any, arguments: FitArguments) -> np.random.RandomState:
    if arguments.resume_from is not None and random_state is None:
        return np.random.RandomState()  # it goes on with the saved stream, not NumPy's
    checked: np.random.RandomState = check_random_state(random_state)
    return checked


def _given_rows(
    estimator: "BaseMultilayerPerceptron",
    network: Network,
    encoder: TargetEncoder,
    arguments: FitArguments,
    dtype: np.dtype[Any],
) -> HeldOut | None:
    """Check the rows to validate with that the user passed, if any."""
    if arguments.X_val is None:
        return None
    try:
        X, y = estimator._check_data(arguments.X_val, arguments.y_val, reset=False)
        targets = encoder.encode(y)
        weights = check_sample_weight(arguments.sample_weight_val, X)
    except ValueError as error:
        raise ValueError(
            f"X_val, y_val and sample_weight_val must fit X and y: {error}"
        ) from error
    n_columns = encoder.n_columns(targets, network.loss_settings)
    if n_columns != network.n_outputs:
        raise ValueError(
            f"y_val must have {network.n_outputs} output(s) as y, got {n_columns}."
        )
    categories = estimator._category_encoder()
    row_weights = encoder.weigh_rows(targets, weights)
    data = training_data(X, targets, row_weights, dtype, categories)
    return HeldOut(data, lambda: arguments.X_val, y, weights)
