"""From what a fit arrived at to the estimator's attributes."""

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..network import Columns
from ..training.plan import EpochPlan, FitPlan
from ..training.result import EpochResult, FitResult, LbfgsResult
from .input_layer import input_settings
from .parameter_lists import fitted_attributes
from .problem import Problem

if TYPE_CHECKING:
    from .base import BaseMultilayerPerceptron

__all__ = ["as_new", "store", "store_start", "take_start"]

Array = NDArray[Any]
Estimator = TypeVar("Estimator", bound="BaseMultilayerPerceptron")


def store_start(estimator: "BaseMultilayerPerceptron", problem: Problem) -> None:
    """Set the attributes that are known before any step is made.

    ``initialize`` sets no others; those of a fit are there while it runs.
    """
    network, learned = problem.network, problem.encoder.attributes()
    if problem.first_pass:
        learned |= {
            "n_iter_": 0,
            "t_": 0,
            "n_outputs_": network.n_outputs,
            "n_layers_": len(network.widths),
            "out_activation_": network.formulas.inverse_link_name,
            "_input_settings": input_settings(problem.options.network),
            **fitted_attributes(problem.parameters),
        }
        for name in ("embeddings_", "input_layer_"):
            if name not in learned:
                estimator.__dict__.pop(name, None)
        if isinstance(network.layers[0], Columns):
            learned["input_layer_"] = network.layers[0]
    else:  # what users may have edited stays as it is
        learned = {name: value for name, value in learned.items() if name[0] == "_"}
    estimator.__dict__.update(learned, _fitted_loss=(network.loss, network.loss_settings))


def store(estimator: "BaseMultilayerPerceptron", plan: FitPlan, result: FitResult) -> None:
    """Set the fitted attributes; arrays and curves of an earlier fit are continued.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        As the fit began with it.
    plan : FitPlan
        What was carried out.
    result : FitResult
        What came of it.
    """
    attributes: dict[str, Any] = dict(fitted_attributes(result.parameters))
    if isinstance(result, EpochResult) and isinstance(plan, EpochPlan):
        if not (plan.first_pass or plan.watch_score):
            attributes = {
                name: _write_into(getattr(estimator, name), values)
                for name, values in attributes.items()
            }
        attributes |= _of_epochs(plan, result)
        if result.validated:
            attributes["_scored_by"] = estimator.scoring
    elif isinstance(result, LbfgsResult) and result.optimize_result is not None:
        attributes |= {"n_iter_": result.n_iter, "loss_": result.loss}
    estimator.__dict__.update(attributes)


def _of_epochs(plan: EpochPlan, result: EpochResult) -> dict[str, Any]:
    """Return all attributes but the parameters; lists of an earlier fit are extended."""
    curves, earlier = result.curves, plan.earlier_curves
    attributes: dict[str, Any] = {
        "_optimizer": result.state,
        "_progress": result.state.progress,
        "_continues": plan.incremental,
        "n_iter_": result.n_iter,
        "t_": result.state.progress.n_samples,
        "_no_improvement_count": result.n_bad_epochs,
        "loss_curve_": _extended(earlier.get("loss_curve_"), curves.losses),
        "best_loss_": None if plan.watch_score else result.best,
        "validation_scores_": None,
        "validation_loss_curve_": None,
        "best_validation_score_": None,
    }
    if curves.losses:
        attributes["loss_"] = curves.losses[-1]
    if result.validated:
        for name, values in (
            ("validation_scores_", curves.validation_scores),
            ("validation_loss_curve_", curves.validation_losses),
        ):
            attributes[name] = _extended(earlier.get(name), values)
        attributes["best_validation_score_"] = result.best_score
    return attributes


def _extended(earlier: list[Any] | None, values: list[Any]) -> list[Any]:
    """Append to the list of an earlier fit itself, as scikit-learn does."""
    curve = earlier or []
    curve.extend(values)
    return curve


def _write_into(arrays: Any, values: list[Array]) -> list[Array]:
    """Update arrays in place, so that whoever holds one of them sees training go on."""
    if not isinstance(arrays, list):
        return values
    for index, value in enumerate(values):
        old = arrays[index]
        same = isinstance(old, np.ndarray) and (old.shape, old.dtype) == (
            value.shape,
            value.dtype,
        )
        if same and old.flags.writeable:
            old[...] = value
        else:
            arrays[index] = value
    return arrays


# Options of a fit's course, set to what asks for nothing.
_NO_COURSE = {
    "early_stopping": False, "scoring": None, "validation_split": None,
    "restore_best_weights": "auto", "callbacks": None, "warm_start": False,
    "frozen_layers": 0,
}  # fmt: skip

# Private attributes of a fit; the public ones end with an underscore.
_LEARNED = {
    "_class_weights", "_continues", "_fitted_loss", "_has_level_axis", "_input_settings",
    "_label_binarizer",
    "_no_improvement_count", "_optimizer", "_progress", "_scored_by",
}  # fmt: skip


def as_new(estimator: Estimator) -> Estimator:
    """Return an unfitted twin that has the same parameters, but for those of a fit's course.

    It holds no rows out, has no callbacks, continues no earlier fit and trains all layers,
    since the others need rows or a model that only ``fit`` is given.
    """
    twin: Estimator = object.__new__(type(estimator))
    twin.__dict__.update(
        {name: value for name, value in vars(estimator).items() if not _is_learned(name)}
    )
    twin.__dict__.update(_NO_COURSE)
    return twin


def take_start(estimator: Estimator, twin: Estimator) -> None:
    """Give an estimator what its new twin has learned, and forget all else that was learned."""
    for name in [name for name in vars(estimator) if _is_learned(name)]:
        delattr(estimator, name)
    estimator.__dict__.update(
        {name: value for name, value in vars(twin).items() if name not in _NO_COURSE}
    )


def _is_learned(name: str) -> bool:
    return (name.endswith("_") and not name.startswith("__")) or name in _LEARNED
