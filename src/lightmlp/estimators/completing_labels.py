"""Labels of models built from weights: what ``classes_`` and the outputs tell of them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .columns import ColumnClasses
from .labels import ClassEncoder, ColumnsEncoder, IndicatorEncoder

__all__ = ["check_outputs", "find_coding", "given_class_weights"]

Array = NDArray[Any]


def find_coding(classes: Any, out_activation: str | None, n_outputs: int) -> Any:
    """Return the coding of labels of a model that has these weights.

    Parameters
    ----------
    classes : object
        ``classes_`` if the user has set it; None: 0 to n_classes - 1.
    out_activation : str or None
        ``out_activation_``, likewise.
    n_outputs : int
        Columns of the output layer.

    Returns
    -------
    LabelBinarizer or ColumnClasses

    Raises
    ------
    ValueError
        If they contradict each other.
    """
    from sklearn.preprocessing import LabelBinarizer

    if out_activation == "logistic" and n_outputs > 1:
        _check_labels_are_numbers(classes, n_outputs)
        return LabelBinarizer().fit(np.eye(n_outputs, dtype=int))
    if classes is None:
        classes = np.arange(max(n_outputs, 2))
    if not isinstance(classes, list | tuple) and getattr(classes, "ndim", 0) == 0:
        raise ValueError(f"classes_={classes!r} must be an array of labels. Assign one.")
    if len(classes) and np.ndim(classes[0]) == 1:
        return ColumnClasses(classes)
    coding = LabelBinarizer().fit(classes)
    if not np.array_equal(coding.classes_, classes):
        raise ValueError(
            f"classes_={classes!r} must be different labels in ascending order, that of the "
            "columns of the output layer. Sort them, and those columns of the last of coefs_ "
            "and intercepts_ with them."
        )
    if len(classes) == n_outputs == 2:
        coding.y_type_ = "multiclass"  # each has an output
    return coding


def _check_labels_are_numbers(classes: Any, n_labels: int) -> None:
    if classes is not None and not np.array_equal(classes, np.arange(n_labels)):
        raise ValueError(
            f"out_activation_='logistic' with {n_labels} outputs means a multi-label model, "
            f"whose classes_ are 0 to {n_labels - 1}, got classes_={classes!r}. Leave "
            "classes_ out, or set out_activation_='softmax' for one class per row."
        )


def check_outputs(coding: Any, n_outputs: int) -> None:
    """Refuse classes that need another number of outputs.

    Raises
    ------
    ValueError
        Names both.
    """
    wanted = _n_outputs(coding)
    if wanted != n_outputs:
        raise ValueError(
            f"classes_={coding.classes_!r} need {wanted} output(s), and the last of coefs_ has "
            f"{n_outputs} columns. Assign classes_ and weights that match: two "
            "classes have one logistic output, more have one output each."
        )


def given_class_weights(encoder: ClassEncoder, n_outputs: int) -> list[Array] | None:
    """Return the weights of the classes that are given; 'balanced' ones come with rows."""
    if isinstance(encoder.class_weight, str):
        return None
    n_columns = 1
    if isinstance(encoder, IndicatorEncoder):
        n_columns = n_outputs
    elif isinstance(encoder, ColumnsEncoder):
        n_columns = len(encoder.classes)
    return encoder.find_weights(np.zeros((1, n_columns), bool))


def _n_outputs(coding: Any) -> int:
    """Columns of the output layer that labels with this coding need."""
    if isinstance(coding, ColumnClasses):
        return sum(coding.sizes)
    n_classes = len(coding.classes_)
    return 1 if n_classes <= 2 and coding.y_type_ == "binary" else n_classes
