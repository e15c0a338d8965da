"""The estimators' parameters of dropout, normalisation and the rules around a step."""

from collections.abc import Iterable
from numbers import Real
from typing import TYPE_CHECKING, Any

from ..engines.base import StepRules
from ..network import Network
from ..settings import Settings
from .fit_options import unscheduled
from .rate_factors import layer_rates, parametrization_rates, role_rates

if TYPE_CHECKING:
    from .base import BaseMultilayerPerceptron

__all__ = ["check_dropout", "make_step_rules"]


def check_dropout(dropout: float | Iterable[float], n_hidden: int) -> tuple[float, ...]:
    """Return the dropout rate of each hidden layer.

    Raises
    ------
    ValueError
        If there is not one rate for all or one per hidden layer, or one is not in [0, 1).
    """
    if isinstance(dropout, Real):
        return (float(dropout),) * n_hidden
    assert isinstance(dropout, Iterable)
    rates = tuple(dropout)
    for index, rate in enumerate(rates):
        if not isinstance(rate, Real) or not 0 <= rate < 1:
            raise ValueError(
                f"dropout[{index}]={rate!r} must be a number in [0, 1): the share of outputs "
                "that are set to zero in training."
            )
    if len(rates) != n_hidden:
        raise ValueError(
            f"dropout={dropout!r} has {len(rates)} rate(s) for {n_hidden} hidden layer(s). "
            "Give one per hidden layer, or a single number for all of them."
        )
    return tuple(map(float, rates))


def make_step_rules(estimator: "BaseMultilayerPerceptron", network: Network) -> StepRules:
    """Check the parameters around a step, and return them as engines take them.

    Parameters
    ----------
    estimator : object
        With its parameters.
    network : Network
        What is trained.

    Returns
    -------
    StepRules

    Raises
    ------
    ValueError
        If they contradict the solver, or do not match the network.
    """
    n_layers = len(network.linear_layers)
    _check_solver(estimator, n_layers)
    n_frozen = _n_frozen(estimator.frozen_layers, n_layers)
    layers = layer_rates(estimator.layer_learning_rates, n_layers, n_frozen)
    return StepRules(
        clip_value=_number(estimator.gradient_clip_value),
        clip_norm=_number(estimator.gradient_clip),
        weight_decay=_number(unscheduled(estimator.weight_decay)),
        max_norm=_number(estimator.max_norm),
        n_frozen=n_frozen,
        layer_rates=layers,
        role_rates=role_rates(estimator.role_learning_rates, network, layers, n_frozen),
        parameter_rates=parametrization_rates(
            estimator.initialization, estimator.solver, network
        ),
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _check_solver(estimator: "BaseMultilayerPerceptron", n_layers: int) -> None:
    solver, decay = estimator.solver, estimator.weight_decay
    if decay is not None and isinstance(solver, Settings) and hasattr(solver, "weight_decay"):
        raise ValueError(
            f"weight_decay={decay} and solver={solver!r} both set a weight decay. Set "
            "weight_decay=None and the solver's own, solver__weight_decay, or name the solver "
            "by a string."
        )
    names = _stochastic_names(estimator, n_layers) if solver == "lbfgs" else []
    if names:
        raise ValueError(
            f"solver='lbfgs' does not support {', '.join(names)}: it minimises one smooth "
            "function of all rows. Set solver='adam' or another stochastic one, or leave "
            "these parameters at their defaults; alpha and normalization='layer' work with "
            "'lbfgs'."
        )


def _stochastic_names(estimator: "BaseMultilayerPerceptron", n_layers: int) -> list[str]:
    """Name the parameters that are set and that L-BFGS cannot follow."""
    is_set = {
        "dropout": any(check_dropout(unscheduled(estimator.dropout), n_layers - 1)),
        "input_dropout": estimator.input_dropout > 0,
        "normalization='batch'": estimator.normalization == "batch",
        "l1": estimator.l1 > 0,
        "weight_decay": estimator.weight_decay is not None,
        "max_norm": estimator.max_norm is not None,
        "gradient_clip": estimator.gradient_clip is not None,
        "gradient_clip_value": estimator.gradient_clip_value is not None,
        "frozen_layers": estimator.frozen_layers > 0,
        "layer_learning_rates": estimator.layer_learning_rates is not None,
        "role_learning_rates": estimator.role_learning_rates is not None,
    }
    return [name for name, wanted in is_set.items() if wanted]


def _n_frozen(n_frozen: int, n_layers: int) -> int:
    if n_frozen >= n_layers:
        raise ValueError(
            f"frozen_layers={n_frozen} leaves nothing to learn: the network has {n_layers} "
            f"layer(s), the output layer included. Set frozen_layers to at most {n_layers - 1}."
        )
    return int(n_frozen)
