"""How the rows held out are scored, and which scores are refused."""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_regressor
from sklearn.utils import _safe_indexing

from ..engines.base import Training
from ..network import Network
from ..network.class_targets import weightless_as_zero
from .hints import hint_about_scoring
from .validation import HeldOut

__all__ = ["make_validate"]

Array = NDArray[Any]

_METRICS_OF_LABELS = ("sklearn.metrics._classification", "sklearn.metrics._ranking")
_COUNT_MATCHES = ("accuracy_score", "hamming_loss", "zero_one_loss")


def make_validate(
    estimator: Any, network: Network, training: Training, held_out: HeldOut | None
) -> Callable[[], tuple[float, float]] | None:
    """Return ``validate() -> (loss, score)`` of the rows held out, if there are any.

    It raises ValueError where the network's outputs are numbers and the score is none: such
    a score can choose no parameters, and the first ones would be taken for the best.
    """
    if held_out is None:
        return None
    data = held_out.data
    score = _without_noise(_score_function(estimator, training, held_out))
    mean_loss = network.formulas.value

    def validate() -> tuple[float, float]:
        outputs = held_out.outputs(training)
        with np.errstate(all="ignore"):  # a diverging network is judged at the end
            loss = float(mean_loss(data.targets, outputs, data.sample_weight))
        value, remarks = (-loss, []) if score is None else score(outputs)
        counting = weightless_as_zero(outputs, held_out.sample_weight)
        if not math.isfinite(value) and _are_moderate(counting):
            raise ValueError(_undefined(estimator, held_out, value, remarks))
        for remark in remarks:
            warnings.warn_explicit(
                remark.message, remark.category, remark.filename, remark.lineno
            )
        return loss, value

    return validate


def _are_moderate(outputs: Array) -> bool:
    """Whether outputs are numbers whose squares are, too: otherwise training diverges."""
    largest = float(np.abs(outputs).max())
    return largest < math.sqrt(np.finfo(outputs.dtype).max / outputs.size)


def _undefined(
    estimator: Any, held_out: HeldOut, value: float, remarks: list[warnings.WarningMessage]
) -> str:
    """Word that a score is not a number: which one, of which rows, and the way out."""
    scorer, remedy = f"scoring={estimator.scoring!r}", "or choose scoring='loss'"
    if estimator.scoring is None:
        scorer = f"{'R2' if is_regressor(estimator) else 'accuracy'} (scoring=None)"
    elif estimator.scoring == "loss":
        remedy = "and check their targets and weights"
    if held_out.rows is None:
        source = "X_val"
        advice = "Pass more rows, and rows of every class, as X_val"
    elif estimator.validation_split is not None:
        source = "validation_split"
        advice = (
            "Set another validation_split, such as StratifiedShuffleSplit(n_splits=1), whose "
            "last split validates with rows of every class"
        )
    else:
        source = f"early_stopping with validation_fraction={estimator.validation_fraction}"
        advice = "Raise validation_fraction, or pass rows of every class as X_val to fit"
    reasons = "".join(f" ({remark.message})" for remark in remarks[:1])
    return (
        f"{scorer} is {value} for the {held_out.y.shape[0]} row(s) held out by {source}, "
        "though the network's outputs are finite: it is not defined for these rows and weights"
        f"{reasons}. {advice}, {remedy}."
    )


def _without_noise(
    score: Callable[[Array], float] | None,
) -> Callable[[Array], tuple[float, list[warnings.WarningMessage]]] | None:
    """Return ``score(outputs) -> (value, warnings)``, the warnings being those of a first call.

    What scikit-learn warns of is part of the error, where there is one, and noise beside it.
    """
    if score is None:
        return None
    is_first = True

    def quiet(outputs: Array) -> tuple[float, list[warnings.WarningMessage]]:
        nonlocal is_first
        if not is_first:
            return score(outputs), []
        is_first = False
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            value = score(outputs)
        return value, caught

    return quiet


def _score_function(
    estimator: Any, training: Training, held_out: HeldOut
) -> Callable[[Array], float] | None:
    """Return ``score(outputs)``; None where the score is the loss."""
    if estimator.scoring == "loss":
        return None
    if estimator.scoring is None:
        scorer: Callable[[Array], float] = estimator._scorer(
            held_out.data.targets, held_out.sample_weight
        )
        return scorer
    return _by_scorer(estimator, training, held_out)


def _by_scorer(
    estimator: Any, training: Training, held_out: HeldOut
) -> Callable[[Array], float]:
    """Score a copy of the estimator that has the parameters of the moment."""
    scorer = _find_scorer(estimator)
    X, y, weights = held_out.X(), held_out.y, held_out.sample_weight
    if weights is not None:
        _check_takes_weights(estimator.scoring, scorer)

    def score(outputs: Array) -> float:
        if not np.isfinite(weightless_as_zero(outputs, weights)).all():
            return float("nan")  # a diverging network is judged at the end
        model = estimator._with_parameters(training.parameters())
        given, more = (X, y), {} if weights is None else {"sample_weight": weights}
        if weights is not None and not np.isfinite(outputs).all():
            # Metrics refuse predictions that are not finite, also of rows of weight zero.
            rows = np.flatnonzero(weights)
            given = _safe_indexing(X, rows), _safe_indexing(y, rows)
            more = {"sample_weight": weights[rows]}
        try:
            value = scorer(model, *given, **more)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"scoring={estimator.scoring!r} cannot score the rows held out: "
                f"{str(error).rstrip('.')}. Choose a scorer for such targets, or "
                "scoring='loss'."
            ) from error
        try:
            return float(value)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"scoring={estimator.scoring!r} must return a number, got {value!r}."
            ) from error

    return score


def _find_scorer(estimator: Any) -> Any:
    from sklearn.metrics import check_scoring

    scoring = estimator.scoring
    try:
        scorer = check_scoring(estimator, scoring)
    except ValueError as error:
        raise ValueError(
            f"scoring={scoring!r} must be 'loss', None, a callable (estimator, X, y) or a "
            f"name of sklearn.metrics.get_scorer_names(): {error}{hint_about_scoring(scoring)}"
        ) from error
    methods = getattr(scorer, "_response_method", ())
    methods = (methods,) if isinstance(methods, str) else tuple(methods)
    methods = tuple(name for name in methods if name != "default")
    if methods and not any(hasattr(estimator, name) for name in methods):
        raise ValueError(
            f"scoring={scoring!r} needs {' or '.join(methods)}, which "
            f"{type(estimator).__name__}(loss={estimator.loss!r}) does not have. Choose a "
            "scorer of predictions, or scoring='loss'."
        )
    _check_reads_columns(estimator, getattr(scorer, "_score_func", None), methods)
    return scorer


def _check_reads_columns(estimator: Any, metric: Any, methods: tuple[str, ...]) -> None:
    """Refuse scikit-learn's metrics that take columns of classes for a multi-label matrix.

    There every label but 0 is positive: the F1 score of labels -1 and 1 is always 1.
    """
    module = getattr(metric, "__module__", "")
    if not module.startswith(_METRICS_OF_LABELS) or metric.__name__ in _COUNT_MATCHES:
        return
    if is_regressor(estimator) or not estimator._is_multioutput():
        return
    has_zero = all(0 in column.tolist() for column in estimator.classes_)
    if not has_zero or methods not in ((), ("predict",)):
        raise ValueError(
            f"scoring={estimator.scoring!r} cannot score columns of classes, which "
            f"scikit-learn's {metric.__name__} would take for a multi-label matrix. Choose "
            "scoring=None (the share of rows that are right), scoring='loss' or a function "
            "(estimator, X, y), or code y as a matrix of 0 and 1."
        )


def _check_takes_weights(scoring: Any, scorer: Any) -> None:
    from inspect import Parameter, signature

    parameters = signature(getattr(scorer, "_score_func", scorer)).parameters
    kinds = {parameter.kind for parameter in parameters.values()}
    if "sample_weight" not in parameters and Parameter.VAR_KEYWORD not in kinds:
        raise ValueError(
            f"scoring={scoring!r} does not take sample_weight, and the rows to validate with "
            "have weights. Choose a scorer that takes them, or scoring='loss'."
        )
