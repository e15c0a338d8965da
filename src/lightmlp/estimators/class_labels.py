"""The part of the classifier that knows its classes."""

from collections.abc import Collection
from typing import Any

import numpy as np
from scipy.sparse import issparse

from ..network import LossSettings, find_loss
from .columns import ColumnClasses, is_indicator, read_columns
from .completing_labels import check_outputs, find_coding, given_class_weights
from .labels import ClassEncoder, class_encoder, learn_classes, threshold_of

__all__ = ["ClassLabels"]


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
    """Declares, learns and keeps the classes of the classifier."""

    class_weight: Any
    classes_: Any
    warm_start: bool
    n_outputs_: int
    out_activation_: str
    _class_weights: Any
    _fitted_loss: tuple[str, LossSettings]
    _label_binarizer: Any

    def _encoder(self) -> ClassEncoder:
        """Return the encoder that the attributes describe now."""
        fitted = vars(self)
        return class_encoder(
            fitted["_label_binarizer"],
            fitted["classes_"],
            self.class_weight,
            fitted.get("_class_weights"),
        )

    def _choose_encoder(
        self, y: Any, y_of_user: Any, first_pass: bool, incremental: bool
    ) -> ClassEncoder:
        """Return the encoder of a fit: that of the classes in y, or of the fit before."""
        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            return learn_classes(y, y_of_user, self.class_weight)
        encoder = self._encoder()
        if self.warm_start:
            encoder.check_same_classes(y)
        return encoder

    def _learn_missing(self, y: Any, y_of_user: Any) -> None:
        """Learn the classes of a model built from weights that has none."""
        if not hasattr(self, "classes_"):
            self.__dict__.update(learn_classes(y, y_of_user, self.class_weight).attributes())

    def _complete_encoder(self) -> ClassEncoder:
        """Derive the coding of the labels from ``classes_``, by default 0 to n_classes - 1."""
        fitted = self.__dict__
        if "_label_binarizer" not in fitted:
            fitted["_label_binarizer"] = find_coding(
                fitted.get("classes_"), fitted.get("out_activation_"), self.n_outputs_
            )
        fitted["classes_"] = self._label_binarizer.classes_
        if "_class_weights" not in fitted:
            self._class_weights = given_class_weights(self._encoder(), self.n_outputs_)
        check_outputs(self._label_binarizer, self.n_outputs_)
        return self._encoder()

    def _threshold(self) -> float:
        """Output above which the answer is yes."""
        return threshold_of(find_loss(*self._fitted_loss), self.out_activation_)

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
        is_multioutput = isinstance(self._label_binarizer, ColumnClasses)
        same = is_multioutput and len(self.classes_) == len(declared.classes_)
        if not (same and all(map(np.array_equal, self.classes_, declared.classes_))):
            raise ValueError(
                f"`classes={declared.classes_}` is not the same as on last call to "
                f"partial_fit, was: {self.classes_}"
            )
