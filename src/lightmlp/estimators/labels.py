"""Class labels: how those in y become targets, and how outputs become labels again."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from ..network import LOSSES, LossSettings
from .inputs import row_blocks

__all__ = ["ClassLabels", "ColumnClasses"]

Array = NDArray[Any]


class ColumnClasses:
    """The classes of each column of y, for targets with a column of classes per output.

    It stands where other targets have scikit-learn's ``LabelBinarizer``.

    Parameters
    ----------
    classes : sequence of array-like
        Labels of each column.
    """

    y_type_ = "multiclass-multioutput"

    def __init__(self, classes: Any) -> None:
        self.classes_ = [np.unique(labels) for labels in classes]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of classes of each column."""
        return tuple(len(labels) for labels in self.classes_)

    def split(self, columns: Array) -> list[Array]:
        """Cut (n_samples, sum of sizes) into one array a column of y."""
        bounds = np.cumsum([0, *self.sizes]).tolist()
        return [columns[:, start:stop] for start, stop in pairwise(bounds)]

    def encode(self, y: Array) -> Array:
        """Positions (n_samples, n_columns) of the labels among their column's classes."""
        if y.ndim != 2 or y.shape[1] != len(self.classes_):
            raise ValueError(
                f"y has the shape {y.shape}, expected {len(self.classes_)} columns of "
                "classes as in fit. Pass one column an output."
            )
        codes = np.empty(y.shape, dtype=np.int32)
        for k, labels in enumerate(self.classes_):
            codes[:, k] = np.minimum(np.searchsorted(labels, y[:, k]), len(labels) - 1)
            if not np.array_equal(labels[codes[:, k]], y[:, k]):
                raise ValueError(
                    "`y` has classes not in `self.classes_`. "
                    f"`self.classes_[{k}]` has {labels}, column {k} of 'y' has "
                    f"{np.unique(y[:, k])}."
                )
        return codes

    def decode(self, codes: Array) -> Array:
        """Labels (n_samples, n_columns) at these positions."""
        columns = [labels[codes[:, k]] for k, labels in enumerate(self.classes_)]
        return np.stack(columns, axis=1)


def _fit_labels(y: Any) -> Any:
    """Find the classes in y."""
    from sklearn.preprocessing import LabelBinarizer
    from sklearn.utils.multiclass import check_classification_targets, is_multilabel

    if not issparse(y) and np.ndim(y) == 2 and not is_multilabel(y):
        check_classification_targets(y)
        return ColumnClasses(np.asarray(y).T)
    return LabelBinarizer().fit(y)


class ClassLabels:
    """The part of the classifier that knows its classes."""

    classes_: Any
    warm_start: bool
    out_activation_: str
    _fitted_loss: tuple[str, LossSettings]
    _label_binarizer: Any

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy: the share of rows that are predicted right.

        With several outputs, labels or columns of classes, a row is right if all are.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of finite numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            True labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0.

        Returns
        -------
        score : float
            From 0 to 1, the best.

        Raises
        ------
        ValueError
            If X or y are not as described.

        Examples
        --------
        >>> from lightmlp import MLPClassifier
        >>> model = MLPClassifier((), solver="lbfgs").fit([[0.0], [1.0]], ["no", "yes"])
        >>> model.score([[0.1], [0.9]], ["no", "no"])
        0.5
        """
        from sklearn.metrics import accuracy_score

        predicted = self.predict(X)  # type: ignore[attr-defined]
        if self._is_multioutput():
            right = (predicted == np.asarray(y)).all(axis=1)
            return float(np.average(right, weights=sample_weight))
        return float(accuracy_score(y, predicted, sample_weight=sample_weight))

    def _declare_classes(self, y: Any, classes: Any) -> None:
        """Take over the classes of the first ``partial_fit``."""
        from sklearn.preprocessing import LabelBinarizer
        from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target

        if classes is not None and len(classes) > 0 and np.ndim(classes[0]) == 1:
            self._declare_column_classes(ColumnClasses(classes))
        elif classes is None and hasattr(self, "classes_"):
            return
        elif _check_partial_fit_first_call(self, classes):
            is_multilabel = type_of_target(y).startswith("multilabel")
            self._label_binarizer = LabelBinarizer().fit(y if is_multilabel else classes)

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

    def _update_classes(self, y: Any, incremental: bool) -> None:
        from sklearn.utils.multiclass import unique_labels

        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            self._label_binarizer = _fit_labels(y)
            self.classes_ = self._label_binarizer.classes_
        elif self.warm_start and not self._is_multioutput():
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
            codes: Array = self._label_binarizer.encode(np.asarray(y))
            return codes
        if self._is_multilabel():
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
        if y.ndim == 1 and y.dtype.kind == self.classes_.dtype.kind:
            codes = np.empty(len(y), dtype=np.int32)
            for block in row_blocks(len(y), 24):
                part = np.searchsorted(self.classes_, y[block])
                codes[block] = np.minimum(part, len(self.classes_) - 1, out=part)
                if not np.array_equal(self.classes_[part], y[block]):
                    break
            else:
                return codes
        self._check_classes(y)
        checked: Array = np.searchsorted(self.classes_, y).astype(np.int32)
        return checked

    def _check_classes(self, y: Any) -> None:
        from sklearn.utils.multiclass import type_of_target, unique_labels

        classes = unique_labels(y)
        if len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
            raise ValueError(
                "`y` has classes not in `self.classes_`. "
                f"`self.classes_` has {self.classes_}. 'y' has {classes}."
            )
        if type_of_target(y).startswith("multilabel") and not self._is_multilabel():
            raise ValueError("The object was not fitted with multilabel input.")

    def _is_multilabel(self) -> bool:
        return bool(self._label_binarizer.y_type_.startswith("multilabel"))

    def _is_multioutput(self) -> bool:
        return isinstance(self._label_binarizer, ColumnClasses)

    def _takes_codes(self) -> bool:
        """Whether targets are codes of classes and not indicators of yes and no."""
        return bool(self._label_binarizer.y_type_.startswith("multiclass"))

    def _threshold(self) -> float:
        """Output above which the answer is yes: half, as in scikit-learn; of scores 0."""
        has_scores = not LOSSES[self._fitted_loss[0]].is_probabilistic
        return 0.0 if has_scores and self.out_activation_ == "identity" else 0.5

    def _codes(self, outputs: Array) -> Array:
        """Position in ``classes_`` of each row's predicted class, by column if several."""
        if self._is_multioutput():
            parts = self._label_binarizer.split(outputs)
            return np.stack([part.argmax(axis=1) for part in parts], axis=1)
        if outputs.shape[1] > 1:
            codes: Array = outputs.argmax(axis=1)
            return codes
        if len(self.classes_) == 1:
            return np.zeros(len(outputs), dtype=np.intp)
        return (outputs[:, 0] > self._threshold()).astype(np.intp)

    def _labels(self, outputs: Array) -> Any:
        """Predicted labels, in the form of those in y."""
        if self._is_multilabel():
            return self._label_binarizer.inverse_transform(outputs, self._threshold())
        if self._is_multioutput():
            return self._label_binarizer.decode(self._codes(outputs))
        return self.classes_[self._codes(outputs)]
