"""The estimators' parameters of dropout, normalisation and the rules around a step."""

from collections.abc import Iterable
from numbers import Real
from typing import Any

import numpy as np

from ..engines.base import StepRules
from ..settings import Settings

__all__ = ["check_dropout", "make_step_rules"]


def check_dropout(dropout: float | Iterable[float], n_hidden: int) -> tuple[float, ...]:
    """Return the dropout rate of each hidden layer.

    Raises
    ------
    ValueError
        If there is not one rate for all or one a hidden layer, or one is not in [0, 1).
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
            "Give one a hidden layer, or a single number for all of them."
        )
    return tuple(map(float, rates))


def make_step_rules(estimator: Any, n_layers: int) -> StepRules:
    """Check the parameters around a step, and return them as engines take them.

    Parameters
    ----------
    estimator : object
        With its parameters.
    n_layers : int
        Layers of weights, the output's included.

    Returns
    -------
    StepRules

    Raises
    ------
    ValueError
        If they contradict the solver, or go not with the number of layers.
    """
    _check_solver(estimator, n_layers)
    return StepRules(
        clip_value=_number(estimator.gradient_clip_value),
        clip_norm=_number(estimator.gradient_clip),
        weight_decay=_number(estimator.weight_decay),
        max_norm=_number(estimator.max_norm),
        n_frozen=_n_frozen(estimator.frozen_layers, n_layers),
        layer_rates=_layer_rates(
            estimator.layer_learning_rates, n_layers, estimator.frozen_layers
        ),
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _check_solver(estimator: Any, n_layers: int) -> None:
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


def _stochastic_names(estimator: Any, n_layers: int) -> list[str]:
    """Name the parameters that are set and that L-BFGS cannot follow."""
    is_set = {
        "dropout": any(check_dropout(estimator.dropout, n_layers - 1)),
        "input_dropout": estimator.input_dropout > 0,
        "normalization='batch'": estimator.normalization == "batch",
        "l1": estimator.l1 > 0,
        "weight_decay": estimator.weight_decay is not None,
        "max_norm": estimator.max_norm is not None,
        "gradient_clip": estimator.gradient_clip is not None,
        "gradient_clip_value": estimator.gradient_clip_value is not None,
        "frozen_layers": estimator.frozen_layers > 0,
        "layer_learning_rates": estimator.layer_learning_rates is not None,
    }
    return [name for name, wanted in is_set.items() if wanted]


def _n_frozen(n_frozen: int, n_layers: int) -> int:
    if n_frozen >= n_layers:
        raise ValueError(
            f"frozen_layers={n_frozen} leaves nothing to learn: the network has {n_layers} "
            f"layer(s), the output layer included. Set frozen_layers to at most {n_layers - 1}."
        )
    return int(n_frozen)


def _layer_rates(
    rates: Iterable[float] | None, n_layers: int, n_frozen: int
) -> tuple[float, ...] | None:
    if rates is None:
        return None
    factors = tuple(rates)
    for index, factor in enumerate(factors):
        if not isinstance(factor, Real) or not 0 <= factor < np.inf:
            raise ValueError(
                f"layer_learning_rates[{index}]={factor!r} must be a finite number >= 0: what "
                "the learning rate of the layer is multiplied by."
            )
    if len(factors) != n_layers:
        raise ValueError(
            f"layer_learning_rates={rates!r} has {len(factors)} factor(s) for {n_layers} "
            "layer(s). Give one a layer, the output layer's last."
        )
    if not any(factors[n_frozen:]):
        raise ValueError(
            f"layer_learning_rates={rates!r} with frozen_layers={n_frozen} leaves nothing to "
            "learn: give a layer that is not frozen a factor > 0."
        )
    return tuple(map(float, factors))
