"""Models built from weights: what they lack of a fitted model is derived from what they have.

Users of scikit-learn set ``coefs_`` and ``intercepts_`` on a new estimator, some more
attributes at will, and expect it to predict and to go on learning.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from ..network import find_loss
from .columns import ColumnClasses
from .inputs import list_of_arrays, read_parameters
from .learning import unchanged_on_error
from .parameter_lists import NORM_LISTS

__all__ = ["complete", "complete_shapes"]

Array = NDArray[Any]


def complete(estimator: Any) -> None:
    """Set the fitted attributes that are missing beside ``coefs_`` and ``intercepts_``.

    A fitted estimator, and one that was completed before, lacks nothing.

    Parameters
    ----------
    estimator : object
        One of LightMLP's, whose parameters say what its attributes do not.

    Raises
    ------
    NotFittedError
        If there are no ``coefs_``.
    ValueError
        If the attributes contradict each other; the estimator stays as it is.
    """
    if "_fitted_loss" in vars(estimator):
        return
    with unchanged_on_error(estimator):
        complete_shapes(estimator)
        estimator._validate_params()
        if is_classifier(estimator):
            _complete_labels(estimator)
        name, settings = estimator._network_loss()
        if estimator.n_outputs_ % len(settings.levels):
            raise ValueError(
                f"loss={estimator.loss!r} has {len(settings.levels)} outputs a target, and "
                f"the last of coefs_ has {estimator.n_outputs_} columns. Assign weights with "
                "a multiple of that, or choose another loss."
            )
        estimator._fitted_loss = name, settings
        vars(estimator).setdefault("out_activation_", find_loss(name, settings).link_name)


def complete_shapes(estimator: Any) -> None:
    """Set what the shapes of ``coefs_`` tell, and zero counts; the rest as :func:`complete`."""
    if "_fitted_loss" in vars(estimator):
        return
    check_is_fitted(estimator, "coefs_")
    if not hasattr(estimator, "intercepts_"):
        raise ValueError("coefs_ is set and intercepts_ is not. Assign both, a list each.")
    with unchanged_on_error(estimator):
        _derive_shapes(estimator)
        read_parameters(estimator)
        if estimator.n_layers_ != len(estimator.coefs_) + 1:
            raise ValueError(
                f"n_layers_={estimator.n_layers_} does not match the {len(estimator.coefs_)} "
                "matrices of coefs_: it counts the input too, so that it is one more."
            )


def _derive_shapes(estimator: Any) -> None:
    coefs = list_of_arrays(estimator, "coefs_")
    for index, W in enumerate(coefs):
        if W.ndim != 2:
            raise ValueError(
                f"coefs_[{index}] must be a matrix of shape (n_inputs, n_outputs), got the "
                f"shape {W.shape}. Assign one matrix a layer."
            )
    derived: dict[str, Any] = {"n_layers_": len(coefs) + 1, "n_iter_": 0, "t_": 0}
    if coefs:
        derived |= {"n_features_in_": len(coefs[0]), "n_outputs_": coefs[-1].shape[1]}
    derived |= {name: [] for name in NORM_LISTS}
    if not is_classifier(estimator):
        derived |= {"target_mean_": None, "target_scale_": None}
    for name, value in derived.items():
        vars(estimator).setdefault(name, value)


def _complete_labels(estimator: Any) -> None:
    """Derive the coding of the labels from ``classes_``, by default 0 to n_classes - 1."""
    fitted = vars(estimator)
    if "_label_binarizer" not in fitted:
        fitted["_label_binarizer"] = _label_coding(
            fitted.get("classes_"), fitted.get("out_activation_"), estimator.n_outputs_
        )
    coding = estimator._label_binarizer
    fitted["classes_"] = coding.classes_
    if "_class_weights" not in fitted:
        _complete_class_weights(estimator)
    wanted = _n_outputs(coding)
    if wanted != estimator.n_outputs_:
        raise ValueError(
            f"classes_={coding.classes_!r} need {wanted} output(s), and the last of coefs_ has "
            f"{estimator.n_outputs_} columns. Assign classes_ and weights that match: two "
            "classes have one logistic output, more have one output each."
        )


def _label_coding(classes: Any, out_activation: str | None, n_outputs: int) -> Any:
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
            "classes_ out, or set out_activation_='softmax' for one class a row."
        )


def _n_outputs(coding: Any) -> int:
    """Columns of the output layer that labels with this coding need."""
    if isinstance(coding, ColumnClasses):
        return sum(coding.sizes)
    n_classes = len(coding.classes_)
    return 1 if n_classes <= 2 and coding.y_type_ == "binary" else n_classes


def _complete_class_weights(estimator: Any) -> None:
    """Take the weights that are given; 'balanced' ones come with the rows of a fit."""
    if estimator.class_weight is None or isinstance(estimator.class_weight, str):
        estimator._class_weights = None
        return
    n_targets, dtype = 1, "int32"
    if estimator._is_multilabel():
        n_targets, dtype = estimator.n_outputs_, "bool"
    elif estimator._is_multioutput():
        n_targets = len(estimator.classes_)
    estimator._learn_class_weights(np.zeros((1, n_targets), dtype), None, incremental=True)
