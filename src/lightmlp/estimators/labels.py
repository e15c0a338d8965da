"""Class labels: how those in y become targets, and how outputs become labels again."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from ..network import LossSettings, find_loss
from .class_weights import named_classes
from .columns import ColumnClasses, find_categories, is_indicator, read_columns
from .inputs import row_blocks

__all__ = ["ClassLabels"]

Array = NDArray[Any]
Names = Sequence[Any]


def _fit_labels(y: Any, named: Sequence[Names]) -> Any:
    """Find the classes in y: a matrix of 0 and 1 is multi-label unless others are named."""
    from sklearn.preprocessing import LabelBinarizer

    if y.ndim == 1:
        return LabelBinarizer().fit(y)
    is_multilabel = is_indicator(y)
    if not is_multilabel or any(named):
        columns = ColumnClasses.of(y, named)
        if not is_multilabel or not all(map(is_indicator, columns.classes_)):
            return columns
    return LabelBinarizer().fit(y)


def _check_lists_labels(classes: Any) -> None:
    is_list = isinstance(classes, Collection) and getattr(classes, "ndim", 1) > 0
    if not is_list or len(classes) == 0:
        raise ValueError(
            f"classes={classes!r} must list the labels. Pass them flat, as classes=[0, 1], or "
            "as a list of arrays, the labels of each column of y."
        )


def _is_list_of_columns(classes: Any) -> bool:
    return classes is not None and np.ndim(next(iter(classes))) == 1


class ClassLabels:
    """The part of the classifier that knows its classes."""

    class_weight: Any
    classes_: Any
    warm_start: bool
    n_outputs_: int
    out_activation_: str
    _fitted_loss: tuple[str, LossSettings]
    _label_binarizer: Any

    def _declare_classes(self, y: Any, classes: Any) -> None:
        """Take over the classes of the first ``partial_fit``."""
        from sklearn.preprocessing import LabelBinarizer
        from sklearn.utils.multiclass import _check_partial_fit_first_call

        if classes is not None:
            _check_lists_labels(classes)
        if _is_list_of_columns(classes):
            if len(classes) == 1:
                raise ValueError(
                    f"classes={classes!r} lists the labels of a single column. Pass them flat, "
                    "as classes=[0, 1]; a list of arrays is for y with several columns."
                )
            self._declare_column_classes(ColumnClasses(classes, is_sparse=issparse(y)))
        elif classes is None and hasattr(self, "classes_"):
            return
        elif _check_partial_fit_first_call(self, classes):
            y = read_columns(y)
            n_columns = np.shape(y)[1] if np.ndim(y) == 2 else 1
            if n_columns > 1 and not is_indicator(y):
                raise ValueError(
                    f"classes={classes!r} has one list of labels, and y has {n_columns} "
                    "columns of classes. Pass a list of arrays, the labels of each column, as "
                    "classes=[[-1, 1], [-1, 1]]."
                )
            self._label_binarizer = LabelBinarizer().fit(y if n_columns > 1 else classes)

    def _declare_column_classes(self, declared: ColumnClasses) -> None:
        if not hasattr(self, "classes_"):
            self._label_binarizer, self.classes_ = declared, declared.classes_
            return
        same = self._is_multioutput() and len(self.classes_) == len(declared.classes_)
        if not (same and all(map(np.array_equal, self.classes_, declared.classes_))):
            raise ValueError(
                f"`classes={declared.classes_}` is not the same as on last call to "
                f"partial_fit, was: {self.classes_}"
            )

    def _update_classes(self, y: Any, incremental: bool, y_of_user: Any = None) -> None:
        from sklearn.utils.multiclass import unique_labels

        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            named = find_categories(y_of_user), named_classes(self.class_weight)
            self._label_binarizer = _fit_labels(y, named)
            self.classes_ = self._label_binarizer.classes_
        elif self.warm_start and not self._is_multioutput():
            self._check_indicator(y)
            self._check_single_column(y)
            classes = unique_labels(y)
            if set(classes) != set(self.classes_):
                raise ValueError(
                    "warm_start can only be used where `y` has the same "
                    "classes as in the previous call to fit. Previously "
                    f"got {self.classes_}, `y` has {classes}"
                )

    def _encode(self, y: Any) -> Array:
        """Class codes of three or more classes or of columns of classes, else indicators.

        Codes are (n,) or (n, n_columns), indicators (n, n_outputs).
        """
        if self._is_multioutput():
            codes: Array = self._label_binarizer.encode(y)
            return codes
        if self._is_multilabel():
            self._check_indicator(y)
            self._check_classes(y)
            indicators: Array = self._label_binarizer.transform(y).astype(bool)
            return indicators
        codes = self._find_classes(y)
        if self._takes_codes():
            return codes
        return codes.astype(bool).reshape(-1, 1)

    def _find_classes(self, y: Any) -> Array:
        """Position in ``classes_`` of each label."""
        # scikit-learn's checks cost more than an epoch over a small batch.
        classes = self._label_binarizer.classes_
        if y.ndim == 1 and y.dtype.kind == classes.dtype.kind:
            codes = np.empty(len(y), dtype=np.int32)
            for block in row_blocks(len(y), 24):
                part = np.searchsorted(classes, y[block])
                codes[block] = np.minimum(part, len(classes) - 1, out=part)
                if not np.array_equal(classes[part], y[block]):
                    break
            else:
                return codes
        self._check_classes(y)
        checked: Array = np.searchsorted(classes, y).astype(np.int32)
        return checked

    def _check_classes(self, y: Any) -> None:
        from sklearn.utils.multiclass import type_of_target, unique_labels

        self._check_single_column(y)
        classes = unique_labels(y)
        if len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
            raise ValueError(
                "`y` has classes not in `self.classes_`. "
                f"`self.classes_` has {self.classes_}. 'y' has {classes}."
            )
        if type_of_target(y).startswith("multilabel") and not self._is_multilabel():
            raise ValueError("The object was not fitted with multilabel input.")

    def _check_indicator(self, y: Any) -> None:
        """Refuse labels that a multi-label model would all take for positive."""
        if self._is_multilabel() and y.ndim == 2 and not is_indicator(y):
            values = y.data if issparse(y) else y.ravel()
            raise ValueError(
                "y has labels other than 0 and 1, and the model was fitted to a multi-label "
                f"matrix: {sorted(set(values.tolist()), key=str)}. Fit anew with columns of "
                "classes (warm_start=False). Where the rows of the first fit do not have all "
                "classes, name them: as categories of a DataFrame, as class_weight=[{0: 1, "
                "1: 1, 2: 1}, ...] with a weight for every class of a column, or as "
                "partial_fit(classes=[[0, 1, 2], ...])."
            )

    def _check_single_column(self, y: Any) -> None:
        """Refuse columns of classes where the model has labels in a single column."""
        several = np.ndim(y) == 2 and y.shape[1] > 1 and not is_indicator(y)
        if several and not self._is_multilabel():
            raise ValueError(
                f"y has {y.shape[1]} columns of classes, and the model was fitted to labels in "
                "a single one. Pass one label a row, or fit anew (warm_start=False)."
            )

    def _is_multilabel(self) -> bool:
        return bool(self._label_binarizer.y_type_.startswith("multilabel"))

    def _is_multioutput(self) -> bool:
        return isinstance(self._label_binarizer, ColumnClasses)

    def _takes_codes(self) -> bool:
        """Whether targets are codes of classes and not indicators of yes and no."""
        return bool(self._label_binarizer.y_type_.startswith("multiclass"))

    def _threshold(self) -> float:
        """Output above which the answer is yes: half, as in scikit-learn; of scores 0."""
        if self.out_activation_ != "identity":
            return 0.5
        return 0.5 if find_loss(*self._fitted_loss).is_probabilistic else 0.0

    def _codes(self, outputs: Array) -> Array:
        """Position in ``classes_`` of each row's predicted class, by column if several."""
        if self._is_multioutput():
            parts = self._label_binarizer.split(outputs)
            return np.stack([part.argmax(axis=1) for part in parts], axis=1)
        if outputs.shape[1] > 1:
            codes: Array = outputs.argmax(axis=1)
            return codes
        if len(self._label_binarizer.classes_) == 1:
            return np.zeros(len(outputs), dtype=np.intp)
        return (outputs[:, 0] > self._threshold()).astype(np.intp)

    def _labels(self, outputs: Array) -> Any:
        """Predicted labels, in the form of those in y."""
        if self._is_multilabel():
            return self._label_binarizer.inverse_transform(outputs, self._threshold())
        if self._is_multioutput():
            return self._label_binarizer.decode(self._codes(outputs))
        return self._label_binarizer.classes_[self._codes(outputs)]

    def _stratification(self, targets: Array) -> Array | None:
        if self.n_outputs_ > 1:
            return targets if targets.ndim == 1 else None
        # As text, since scikit-learn's message about too small classes shows it.
        return np.where(targets[:, 0] > 0, "True", "False")
