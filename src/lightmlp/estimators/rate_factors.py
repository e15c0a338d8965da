"""Factors of the learning rate: by layer, by role of a parameter, and of a parametrisation."""

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

import numpy as np

from ..names import did_you_mean, list_names
from ..network import Network, ntk_factors
from ..network.layers import ROLES
from ..network.ntk import NTK
from ..training.optimizers import SGD

__all__ = ["TRAINED_ROLES", "layer_rates", "parametrization_rates", "role_rates"]

TRAINED_ROLES = tuple(role for role in ROLES if role != "statistic")
"""Roles of the parameters that training changes, which may have a factor."""

_LARGEST = np.finfo(np.float64).max


def layer_rates(
    rates: Iterable[float] | None, n_layers: int, n_frozen: int
) -> tuple[float, ...] | None:
    """Check the factors of ``layer_learning_rates``.

    Raises
    ------
    ValueError
        If there is not one per layer, one is no finite number >= 0, or nothing would learn.
    """
    if rates is None:
        return None
    factors = tuple(rates)
    for index, factor in enumerate(factors):
        if not _is_factor(factor):
            raise ValueError(
                f"layer_learning_rates[{index}]={factor!r} must be a finite number >= 0: what "
                "the learning rate of the layer is multiplied by."
            )
    if len(factors) != n_layers:
        raise ValueError(
            f"layer_learning_rates={rates!r} has {len(factors)} factor(s) for {n_layers} "
            "layer(s). Give one per layer, the output layer's last."
        )
    if not any(factors[n_frozen:]):
        raise ValueError(
            f"layer_learning_rates={rates!r} with frozen_layers={n_frozen} leaves nothing to "
            "learn: give a layer that is not frozen a factor > 0."
        )
    return tuple(map(float, factors))


def role_rates(
    rates: Mapping[str, float] | None,
    network: Network,
    layers: tuple[float, ...] | None,
    n_frozen: int,
) -> dict[str, float]:
    """Check the factors of ``role_learning_rates``.

    Parameters
    ----------
    rates : mapping of str to float or None
        As the user set them.
    network : Network
        Whose parameters they are for.
    layers : tuple of float or None
        The factors of its layers, checked.
    n_frozen : int
        Number of leading layers that are not trained.

    Raises
    ------
    ValueError
        If there is none, a role is unknown or none of a parameter that learns, a factor is no
        finite number >= 0, or nothing would learn.
    """
    if rates is None:
        return {}
    if not rates:
        raise ValueError(
            f"role_learning_rates={rates!r} has no factor and so no effect. Set it to None, or "
            'give roles factors, such as {"bias": 0.1}.'
        )
    for role, factor in rates.items():
        _check_role(role)
        if isinstance(factor, bool) or not _is_factor(factor):
            raise ValueError(
                f"role_learning_rates[{role!r}]={factor!r} must be a finite number >= 0: what "
                "the learning rate of these parameters is multiplied by."
            )
    _check_effect(rates, network, layers, n_frozen)
    return {role: float(factor) for role, factor in rates.items()}


def parametrization_rates(
    initialization: Any, solver: Any, network: Network
) -> dict[str, float]:
    """Return the factors of each parameter by which a parametrisation learns as it would.

    Parameters
    ----------
    initialization : object
        The estimator's parameter: 'ntk', or an object of it, has factors.
    solver : object
        The estimator's: its steps are either proportional to the gradient, or of the same
        size however large that is.
    network : Network
        Whose parameters they are for.
    """
    if not (isinstance(initialization, NTK) or _is_name(initialization, "ntk")):
        return {}
    is_proportional = isinstance(solver, SGD) or _is_name(solver, "sgd")
    return ntk_factors(network, power=1.0 if is_proportional else 0.5)


def _is_name(value: Any, name: str) -> bool:
    return isinstance(value, str) and value == name


def _is_factor(value: Any) -> bool:
    return isinstance(value, Real) and bool(0 <= value <= _LARGEST)  # type: ignore[operator]


def _check_role(role: Any) -> None:
    if isinstance(role, str) and role in TRAINED_ROLES:
        return
    problem = "is no role of a parameter"
    if isinstance(role, str) and role in ROLES:
        problem = "is the role of running statistics, which follow the batches without a rate"
    raise ValueError(
        f"role_learning_rates has the key {role!r}, which {problem}: choose among "
        f"{list_names(TRAINED_ROLES)}.{did_you_mean(role, TRAINED_ROLES)}"
    )


def _check_effect(
    rates: Mapping[str, float],
    network: Network,
    layers: tuple[float, ...] | None,
    n_frozen: int,
) -> None:
    """Refuse factors of parameters that are not there, and factors that stop all."""
    trained = {
        (network.depths[name], spec.role)
        for name, spec in network.parameters.items()
        if spec.trained and network.depths[name] >= n_frozen
    }
    present = {role for _, role in trained}
    for role in rates:
        if role not in present:
            among = [known for known in TRAINED_ROLES if known in present]
            advice = " Set normalization, or leave it out." if role == "scale" else ""
            raise ValueError(
                f"role_learning_rates has the key {role!r}, and no parameter that learns has "
                f"this role: there are {list_names(among)}.{advice or ' Leave it out.'}"
            )
    if not any(
        rates.get(role, 1.0) > 0 and (layers is None or layers[depth] > 0)
        for depth, role in trained
    ):
        raise ValueError(
            f"role_learning_rates={dict(rates)!r} leaves nothing to learn beside "
            f"layer_learning_rates={layers!r} and frozen_layers={n_frozen}: give a role a "
            "factor > 0."
        )
