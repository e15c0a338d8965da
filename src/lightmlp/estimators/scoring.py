"""How the rows held out are scored, and which scores are refused."""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing

from ..engines.base import Training
from ..network import Network
from ..network.class_targets import weightless_as_zero
from .hints import hint_about_scoring
from .holding_out import HeldOut
from .labels import ClassEncoder, ColumnsEncoder
from .model_template import ModelTemplate
from .target_encoder import TargetEncoder

if TYPE_CHECKING:
    from .base import BaseMultilayerPerceptron
    from .fit_options import ValidationOptions

__all__ = ["Scoring", "Validate", "make_validate"]

Array = NDArray[Any]
Score = Callable[[Array, Training], float]
Validate = Callable[[Training], tuple[float, float]]

_METRICS_OF_LABELS = ("sklearn.metrics._classification", "sklearn.metrics._ranking")
_COUNT_MATCHES = ("accuracy_score", "hamming_loss", "zero_one_loss")


@dataclass(frozen=True)
class Scoring:
    """What the held-out rows are scored with.

    Parameters
    ----------
    options : ValidationOptions
        How, and where the rows come from.
    network : Network
        What computes the outputs.
    encoder : TargetEncoder
        What these mean.
    template : ModelTemplate
        For scorers, which are given a model.
    """

    options: "ValidationOptions"
    network: Network
    encoder: TargetEncoder
    template: ModelTemplate


def make_validate(scoring: Scoring, held_out: HeldOut) -> Validate:
    """Return ``validate(training) -> (loss, score)`` of the rows held out.

    It raises ValueError where the network's outputs are numbers and the score is none: such
    a score can choose no parameters, and the first ones would be taken for the best.
    """
    data = held_out.data
    score = _without_noise(_score_function(scoring, held_out))
    mean_loss = scoring.network.formulas.value

    def validate(training: Training) -> tuple[float, float]:
        outputs = held_out.outputs(training)
        with np.errstate(all="ignore"):  # a diverging network is judged at the end
            loss = float(mean_loss(data.targets, outputs, data.sample_weight))
        value, remarks = (-loss, []) if score is None else score(outputs, training)
        counting = weightless_as_zero(outputs, held_out.sample_weight)
        if not math.isfinite(value) and _are_moderate(counting):
            raise ValueError(_undefined(scoring, held_out, value, remarks))
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
    scoring: Scoring, held_out: HeldOut, value: float, remarks: list[warnings.WarningMessage]
) -> str:
    """Word that a score is not a number: which one, of which rows, and the way out."""
    options = scoring.options
    scorer, remedy = f"scoring={options.scoring!r}", "or choose scoring='loss'"
    if options.scoring is None:
        is_classifier = isinstance(scoring.encoder, ClassEncoder)
        scorer = f"{'accuracy' if is_classifier else 'R2'} (scoring=None)"
    elif options.scoring == "loss":
        remedy = "and check their targets and weights"
    if held_out.rows is None:
        source = "X_val"
        advice = "Pass more rows, and rows of every class, as X_val"
    elif options.validation_split is not None:
        source = "validation_split"
        advice = (
            "Set another validation_split, such as StratifiedShuffleSplit(n_splits=1), whose "
            "last split validates with rows of every class"
        )
    else:
        source = f"early_stopping with validation_fraction={options.validation_fraction}"
        advice = "Raise validation_fraction, or pass rows of every class as X_val to fit"
    reasons = "".join(f" ({remark.message})" for remark in remarks[:1])
    return (
        f"{scorer} is {value} for the {held_out.y.shape[0]} row(s) held out by {source}, "
        "though the network's outputs are finite: it is not defined for these rows and weights"
        f"{reasons}. {advice}, {remedy}."
    )


def _without_noise(
    score: Score | None,
) -> Callable[[Array, Training], tuple[float, list[warnings.WarningMessage]]] | None:
    """Return ``score(...) -> (value, warnings)``, the warnings being those of a first call.

    What scikit-learn warns of is part of the error, where there is one, and noise beside it.
    """
    if score is None:
        return None
    is_first = True

    def quiet(
        outputs: Array, training: Training
    ) -> tuple[float, list[warnings.WarningMessage]]:
        nonlocal is_first
        if not is_first:
            return score(outputs, training), []
        is_first = False
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            value = score(outputs, training)
        return value, caught

    return quiet


def _score_function(scoring: Scoring, held_out: HeldOut) -> Score | None:
    """Return ``score(outputs, training)``; None where the score is the loss."""
    if scoring.options.scoring == "loss":
        return None
    if scoring.options.scoring is not None:
        return _by_scorer(scoring, held_out)
    own = scoring.encoder.scorer(held_out.data.targets, held_out.sample_weight, scoring.network)
    return lambda outputs, training: own(outputs)


def _by_scorer(scoring: Scoring, held_out: HeldOut) -> Score:
    """Score a model that has the parameters of the moment."""
    template, name = scoring.template, scoring.options.scoring
    scorer = _find_scorer(template.model(), name, scoring.encoder)
    X, y, weights = held_out.X(), held_out.y, held_out.sample_weight
    if weights is not None:
        _check_takes_weights(name, scorer)

    def score(outputs: Array, training: Training) -> float:
        if not np.isfinite(weightless_as_zero(outputs, weights)).all():
            return float("nan")  # a diverging network is judged at the end
        model = template.with_parameters(training.parameters())
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
                f"scoring={name!r} cannot score the rows held out: "
                f"{str(error).rstrip('.')}. Choose a scorer for such targets, or "
                "scoring='loss'."
            ) from error
        try:
            return float(value)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"scoring={name!r} must return a number, got {value!r}."
            ) from error

    return score


def _find_scorer(
    model: "BaseMultilayerPerceptron", scoring: Any, encoder: TargetEncoder
) -> Any:
    from sklearn.metrics import check_scoring

    try:
        scorer = check_scoring(model, scoring)
    except ValueError as error:
        raise ValueError(
            f"scoring={scoring!r} must be 'loss', None, a callable (estimator, X, y) or a "
            f"name of sklearn.metrics.get_scorer_names(): {error}{hint_about_scoring(scoring)}"
        ) from error
    methods = getattr(scorer, "_response_method", ())
    methods = (methods,) if isinstance(methods, str) else tuple(methods)
    methods = tuple(name for name in methods if name != "default")
    if methods and not any(hasattr(model, name) for name in methods):
        raise ValueError(
            f"scoring={scoring!r} needs {' or '.join(methods)}, which "
            f"{type(model).__name__}(loss={model.loss!r}) does not have. Choose a "
            "scorer of predictions, or scoring='loss'."
        )
    metric = getattr(scorer, "_score_func", None)
    _check_reads_columns(scoring, encoder, metric, methods)
    return scorer


def _check_reads_columns(
    scoring: Any, encoder: TargetEncoder, metric: Any, methods: tuple[str, ...]
) -> None:
    """Refuse scikit-learn's metrics that take columns of classes for a multi-label matrix.

    There every label but 0 is positive: the F1 score of labels -1 and 1 is always 1.
    """
    module = getattr(metric, "__module__", "")
    if not module.startswith(_METRICS_OF_LABELS) or metric.__name__ in _COUNT_MATCHES:
        return
    if not isinstance(encoder, ColumnsEncoder):
        return
    has_zero = all(0 in column.tolist() for column in encoder.classes)
    if not has_zero or methods not in ((), ("predict",)):
        raise ValueError(
            f"scoring={scoring!r} cannot score columns of classes, which "
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
