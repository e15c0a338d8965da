"""Class weights: from the parameter to one weight per class, and to rows or to the loss."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["find_class_weights", "learn_class_weights", "named_classes"]

Array = NDArray[Any]


def find_class_weights(
    class_weight: Any,
    classes: list[Array],
    codes: Array,
    sample_weight: Array | None,
) -> list[Array]:
    """Weights of the classes of each output.

    Parameters
    ----------
    class_weight : dict, list of dict or "balanced"
        One dict for one output, a list of as many dicts for several.
    classes : list of ndarray
        Labels of each output.
    codes : ndarray of int, shape (n_samples, n_outputs)
        Position of each row's label among the output's classes.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights with which "balanced" counts the rows.

    Returns
    -------
    list of ndarray of shape (n_classes,), float64

    Raises
    ------
    ValueError
        If the kind does not suit the outputs, or a weight is not a number >= 0.
    """
    if isinstance(class_weight, str):
        return [
            _balanced(codes[:, k], len(labels), sample_weight)
            for k, labels in enumerate(classes)
        ]
    return [
        _given(weights, labels)
        for weights, labels in zip(_one_an_output(class_weight, classes), classes, strict=True)
    ]


def _one_an_output(class_weight: Any, classes: list[Array]) -> list[Any]:
    n_outputs = len(classes)
    if n_outputs == 1 and isinstance(class_weight, dict):
        return [class_weight]
    is_list = isinstance(class_weight, (list, tuple))
    if n_outputs > 1 and is_list and len(class_weight) == n_outputs:
        weights = list(class_weight)
        if all(isinstance(each, dict) for each in weights):
            return weights
    wanted = "a dict" if n_outputs == 1 else f"a list of {n_outputs} dicts, one per output,"
    raise ValueError(
        f"class_weight={class_weight!r} does not suit y, which has {n_outputs} output(s): "
        f"pass {wanted} of weights by class label, or 'balanced'."
    )


def _balanced(codes: Array, n_classes: int, sample_weight: Array | None) -> Array:
    """Weights with which the classes that occur add up to the same."""
    counts = np.bincount(codes, weights=sample_weight, minlength=n_classes)
    occurs = counts > 0
    weights = np.ones(n_classes)
    weights[occurs] = counts.sum() / (occurs.sum() * counts[occurs])
    return weights


def _given(class_weight: dict[Any, Any], classes: Array) -> Array:
    from sklearn.utils.class_weight import compute_class_weight

    known = set(classes)
    unknown = [label for label in class_weight if label not in known]
    if unknown and not known <= set(class_weight):
        raise ValueError(
            f"class_weight={class_weight!r} names {unknown}, and the classes of the output are "
            f"{classes.tolist()}. Correct the labels; of a column of classes that does not "
            "have all of them in these rows, name every class."
        )
    weights: Array = compute_class_weight(class_weight, classes=classes, y=classes)
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError(
            f"class_weight must have finite weights >= 0, got {class_weight!r}. Give the "
            "weight 0 to classes that should not count."
        )
    return weights


def named_classes(class_weight: Any) -> list[list[Any]]:
    """Return the labels that a list of weights names, by output; nothing for other kinds."""
    if not isinstance(class_weight, list | tuple):
        return []
    return [list(weights) if isinstance(weights, dict) else [] for weights in class_weight]


def learn_class_weights(
    class_weight: Any,
    classes: list[Array],
    targets: Array,
    sample_weight: Array | None,
    incremental: bool,
) -> list[Array] | None:
    """Return the weights of the classes of each output; None where they have none.

    Parameters
    ----------
    class_weight : dict, list of dict, "balanced" or None
        The estimator's parameter.
    classes : list of ndarray
        Labels of each output.
    targets : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Encoded targets.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights of the rows.
    incremental : bool
        Whether these are some rows of many (``partial_fit``).

    Raises
    ------
    ValueError
        As :func:`find_class_weights`, or if rows to come would have to be counted.
    """
    if class_weight is None:
        return None
    if incremental and isinstance(class_weight, str):
        raise ValueError(
            "class_weight='balanced' needs all rows at once, which partial_fit does not "
            "see. Pass weights by class, such as those of "
            "sklearn.utils.class_weight.compute_class_weight('balanced', ...)."
        )
    codes = targets.reshape(len(targets), -1).astype(np.intp)
    return find_class_weights(class_weight, classes, codes, sample_weight)
