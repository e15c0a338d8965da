"""Class labels: how those in y become targets, and how outputs become labels again."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from scipy.special import xlogy

from ..network import CustomLoss, Loss, LossSettings, Network
from .class_weights import learn_class_weights, named_classes
from .columns import ColumnClasses, find_categories, is_indicator
from .inputs import computing_dtype, row_blocks
from .target_encoder import TargetEncoder

__all__ = [
    "ClassEncoder",
    "ColumnsEncoder",
    "IndicatorEncoder",
    "LabelEncoder",
    "class_encoder",
    "learn_classes",
    "threshold_of",
]

Array = NDArray[Any]


@dataclass(frozen=True)
class ClassEncoder(TargetEncoder):
    """Base of the encoders of classes.

    Parameters
    ----------
    coding : LabelBinarizer or ColumnClasses
        ``_label_binarizer`` of the estimator: the labels by the columns of the outputs.
    classes : ndarray, or list of ndarray
        ``classes_`` of the estimator, which users may edit.
    class_weight : dict, list of dict, "balanced" or None
        The estimator's parameter.
    class_weights : list of ndarray of shape (n_classes,), or None
        The weights that were learned, by output.
    """

    coding: Any
    classes: Any
    class_weight: Any
    class_weights: list[Array] | None = None

    def learn(
        self, y: Any, weights: Array | None, *, first_pass: bool, incremental: bool
    ) -> tuple[Self, Array]:
        """Encode the labels, and learn the weights of the classes."""
        targets = self.encode(y)
        found = self.find_weights(targets, weights, incremental=incremental)
        if found is self.class_weights:
            return self, targets
        return type(self)(self.coding, self.classes, self.class_weight, found), targets

    def find_weights(
        self, targets: Array, weights: Array | None = None, *, incremental: bool = True
    ) -> list[Array] | None:
        """Return the weights of the classes, by output; balanced ones count these rows."""
        classes = self._weighed_classes(targets)
        return learn_class_weights(self.class_weight, classes, targets, weights, incremental)

    def _weighed_classes(self, targets: Array) -> list[Array]:
        """Return the labels of each output, as class weights name them."""
        return self.classes if isinstance(self.classes, list) else [self.classes]

    @property
    def takes_class_indices(self) -> bool:
        """Whether targets are codes of classes and not indicators."""
        return bool(self.coding.y_type_.startswith("multiclass"))

    @property
    def groups(self) -> tuple[int, ...] | None:
        """Number of classes of each column of y, if there are columns of classes."""
        return None

    def n_columns(self, targets: Array, settings: LossSettings) -> int:
        """Return the columns of the targets, or one per class where targets are codes."""
        if settings.groups is not None:
            return sum(settings.groups)
        n_targets: int = targets.shape[1] if targets.ndim == 2 else len(self.classes)
        return n_targets * len(settings.levels)

    def weights_in_loss(self, function: CustomLoss | None) -> tuple[float, ...] | None:
        """Return the weights that the loss applies: those of several outputs, joined.

        Raises
        ------
        ValueError
            If the loss is a user's ``function``, which applies none.
        """
        if self.class_weights is None or len(self.class_weights) == 1:
            return None
        if function is not None:
            raise ValueError(
                f"class_weight={self.class_weight!r} weighs the classes of each output within "
                f"the loss, which the function loss={function.name} does for itself. Set "
                "class_weight=None, and weigh them in the function."
            )
        return tuple(np.concatenate(self.class_weights).tolist())

    def weigh_rows(self, targets: Array, weights: Array | None) -> Array | None:
        """Multiply by the weights of the classes; of several outputs the loss applies them."""
        if self.class_weights is None or len(self.class_weights) > 1:
            return weights
        factors: Array = self.class_weights[0][targets.reshape(len(targets)).astype(np.intp)]
        weights = factors if weights is None else factors * weights
        if not weights.any():
            raise ValueError(
                f"class_weight={self.class_weight!r} gives every row the weight 0. Give a "
                "weight above 0 to a class that occurs."
            )
        return weights

    def loss_type(self, X: Any, y: Any, weights: Array | None) -> type[np.floating[Any]]:
        """Return the type of scikit-learn's log-loss."""
        if self.coding.y_type_ != "multiclass":  # the binary log-loss
            return np.float64
        arrays = (X,) if weights is None else (X, weights)
        return computing_dtype(_type_of_logarithm(), *(array.dtype for array in arrays)).type

    def stratification(self, targets: Array) -> Array | None:
        """Return the classes of a single output; several have none in common."""
        if targets.ndim == 1:
            return targets
        if targets.shape[1] > 1:
            return None
        # As text, since scikit-learn's message about too small classes shows it.
        return np.where(targets[:, 0] > 0, "True", "False")

    def scorer(
        self, targets: Array, sample_weight: Array | None, network: Network
    ) -> Callable[[Array], float]:
        """Return the accuracy, for several outputs the share of rows with all of them right."""
        threshold = threshold_of(network.formulas)

        def score(outputs: Array) -> float:
            right = self.are_right(outputs, targets, threshold)
            return float(np.average(right, weights=sample_weight))

        return score

    @abstractmethod
    def are_right(self, outputs: Array, targets: Array, threshold: float) -> Array:
        """Tell for each row whether its outputs mean its targets.

        ``threshold`` is the output above which the answer is yes.
        """

    @abstractmethod
    def decode(self, outputs: Array, threshold: float) -> Any:
        """Return the labels that outputs mean, in the form of those in y."""

    def split(self, outputs: Array) -> list[Array] | None:
        """Cut outputs into one array per column of y, if there are columns of classes."""
        return None

    def check_same_classes(self, y: Any) -> None:
        """Refuse classes that a warm fit does not know, and a y that lacks known ones."""
        from sklearn.utils.multiclass import unique_labels

        self.check_form(y)
        classes = unique_labels(y)
        if set(classes) != set(self.classes):
            raise ValueError(
                "warm_start can only be used where `y` has the same "
                "classes as in the previous call to fit. Previously "
                f"got {self.classes}, `y` has {classes}"
            )

    def check_form(self, y: Any) -> None:
        """Refuse columns of classes where the model has labels in a single column."""
        several = np.ndim(y) == 2 and y.shape[1] > 1 and not is_indicator(y)
        if several:
            raise ValueError(
                f"y has {y.shape[1]} columns of classes, and the model was fitted to labels in "
                "a single one. Pass one label per row, or fit again (warm_start=False)."
            )

    def _check_classes(self, y: Any) -> None:
        from sklearn.utils.multiclass import type_of_target, unique_labels

        self.check_form(y)
        classes = unique_labels(y)
        if len(np.setdiff1d(classes, self.classes, assume_unique=True)):
            raise ValueError(
                "`y` has classes not in `self.classes_`. "
                f"`self.classes_` has {self.classes}. 'y' has {classes}."
            )
        is_multilabel = isinstance(self, IndicatorEncoder)
        if type_of_target(y).startswith("multilabel") and not is_multilabel:
            raise ValueError("The object was not fitted with multilabel input.")

    def attributes(self) -> dict[str, Any]:
        """Return the labels and the weights of the classes."""
        return {
            "_label_binarizer": self.coding,
            "classes_": self.classes,
            "_class_weights": self.class_weights,
        }


class LabelEncoder(ClassEncoder):
    """One label per row: codes (n,) of three or more classes, indicators (n, 1) of two."""

    def encode(self, y: Any) -> Array:
        """Return int32 codes or boolean indicators."""
        codes = self._find_classes(y)
        return codes if self.takes_class_indices else codes.astype(bool).reshape(-1, 1)

    def _find_classes(self, y: Any) -> Array:
        """Position of each label among the classes."""
        # scikit-learn's checks cost more than an epoch over a small batch.
        classes = self.coding.classes_
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

    def are_right(self, outputs: Array, targets: Array, threshold: float) -> Array:
        """Compare the codes."""
        right: Array = self._codes(outputs, threshold) == targets.reshape(len(targets))
        return right

    def decode(self, outputs: Array, threshold: float) -> Any:
        """Return one label per row."""
        return self.coding.classes_[self._codes(outputs, threshold)]

    def _codes(self, outputs: Array, threshold: float) -> Array:
        """Position of each row's predicted class."""
        if outputs.shape[1] > 1:
            codes: Array = outputs.argmax(axis=1)
            return codes
        if len(self.coding.classes_) == 1:
            return np.zeros(len(outputs), dtype=np.intp)
        return (outputs[:, 0] > threshold).astype(np.intp)


class IndicatorEncoder(ClassEncoder):
    """Multi-label targets: indicators (n, n_labels)."""

    def encode(self, y: Any) -> Array:
        """Return boolean indicators."""
        self._check_classes(y)
        indicators: Array = self.coding.transform(y).astype(bool)
        return indicators

    def _weighed_classes(self, targets: Array) -> list[Array]:
        n_labels = targets.shape[1]
        return [np.arange(2)] * n_labels if n_labels > 1 else super()._weighed_classes(targets)

    def are_right(self, outputs: Array, targets: Array, threshold: float) -> Array:
        """Tell where all labels are right."""
        right: Array = ((outputs > threshold) == targets).all(axis=1)
        return right

    def decode(self, outputs: Array, threshold: float) -> Any:
        """Return a 0/1 matrix, sparse if y was."""
        return self.coding.inverse_transform(outputs, threshold)

    def check_form(self, y: Any) -> None:
        """Refuse labels that a multi-label model would all take for positive."""
        if y.ndim == 2 and not is_indicator(y):
            values = y.data if issparse(y) else y.ravel()
            raise ValueError(
                "y has labels other than 0 and 1, and the model was fitted to a multi-label "
                f"matrix: {sorted(set(values.tolist()), key=str)}. Fit again with columns of "
                "classes (warm_start=False). Where the rows of the first fit do not have all "
                "classes, name them: as categories of a DataFrame, as class_weight=[{0: 1, "
                "1: 1, 2: 1}, ...] with a weight for every class of a column, or as "
                "partial_fit(classes=[[0, 1, 2], ...])."
            )


class ColumnsEncoder(ClassEncoder):
    """Columns of classes: codes (n, n_columns)."""

    coding: ColumnClasses

    @property
    def groups(self) -> tuple[int, ...]:
        """Number of classes of each column of y."""
        return self.coding.sizes

    def encode(self, y: Any) -> Array:
        """Return int32 codes."""
        return self.coding.encode(y)

    def stratification(self, targets: Array) -> Array | None:
        """Return None: the columns have no classes in common."""
        return None

    def are_right(self, outputs: Array, targets: Array, threshold: float) -> Array:
        """Tell where all columns are right."""
        right: Array = (self._codes(outputs) == targets).all(axis=1)
        return right

    def decode(self, outputs: Array, threshold: float) -> Any:
        """Return a column of labels per output."""
        return self.coding.decode(self._codes(outputs))

    def _codes(self, outputs: Array) -> Array:
        """Position of each row's predicted class, by column."""
        parts = self.coding.split(outputs)
        return np.stack([part.argmax(axis=1) for part in parts], axis=1)

    def split(self, outputs: Array) -> list[Array]:
        """Cut outputs into one array per column of y."""
        return self.coding.split(outputs)

    def check_same_classes(self, y: Any) -> None:
        """Leave it to :meth:`encode`: a column need not have all of its classes."""


@cache
def _type_of_logarithm() -> np.dtype[Any]:
    """Return the type that float32 has after SciPy's logarithm: from 1.18 on the same."""
    dtype: np.dtype[Any] = xlogy(np.ones(1, dtype=bool), np.ones(1, dtype=np.float32)).dtype
    return dtype


def threshold_of(formulas: Loss, out_activation: str | None = None) -> float:
    """Return the output above which the answer is yes: half, as in scikit-learn; of scores 0.

    Parameters
    ----------
    formulas : Loss
        Those of the loss of the fit.
    out_activation : str or None, default=None
        ``out_activation_``, where it may have been edited.
    """
    link = formulas.inverse_link_name if out_activation is None else out_activation
    return 0.5 if link != "identity" or formulas.is_probabilistic else 0.0


def class_encoder(
    coding: Any, classes: Any, class_weight: Any, class_weights: list[Array] | None
) -> ClassEncoder:
    """Return the encoder for labels with this coding; parameters as :class:`ClassEncoder`."""
    if isinstance(coding, ColumnClasses):
        kind: type[ClassEncoder] = ColumnsEncoder
    elif coding.y_type_.startswith("multilabel"):
        kind = IndicatorEncoder
    else:
        kind = LabelEncoder
    return kind(coding, classes, class_weight, class_weights)


def learn_classes(y: Any, y_of_user: Any, class_weight: Any) -> ClassEncoder:
    """Find the classes in y, and those that categories or class weights name.

    Parameters
    ----------
    y : {ndarray, sparse matrix} of shape (n_samples,) or (n_samples, n_columns)
        Checked labels.
    y_of_user : object
        As the user passed them, whose categories are known by name.
    class_weight : dict, list of dict, "balanced" or None
        The estimator's parameter.
    """
    coding = _fit_labels(y, (find_categories(y_of_user), named_classes(class_weight)))
    return class_encoder(coding, coding.classes_, class_weight, None)


def _fit_labels(y: Any, named: Sequence[Sequence[Any]]) -> Any:
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
