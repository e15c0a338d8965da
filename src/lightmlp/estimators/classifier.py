"""The classifier."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils.metaestimators import available_if

from .base import BaseMultilayerPerceptron, unchanged_on_error
from .documentation import with_shared_sections
from .inputs import check_rows_and_targets, computing_dtype, row_blocks

__all__ = ["MLPClassifier"]

Array = NDArray[Any]


def _has_partial_fit(estimator: Any) -> bool:
    if estimator.solver == "lbfgs":
        raise AttributeError(
            "partial_fit is only available for stochastic optimizers. "
            f"{estimator.solver} is not stochastic."
        )
    return True


@with_shared_sections
class MLPClassifier(ClassifierMixin, BaseMultilayerPerceptron):  # type: ignore[misc]
    """Multi-layer perceptron for classes: binary, multiclass and multi-label.

    It minimises the log-loss by L-BFGS, stochastic gradient descent or Adam. Parameters,
    attributes, random draws and figures are those of
    ``sklearn.neural_network.MLPClassifier``.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels, sorted.
    {attributes}

    See Also
    --------
    MLPRegressor : The same network for real targets.

    Notes
    -----
    Two classes or several labels have a logistic output a column and are trained by the
    binary log-loss summed over columns; three or more classes have a softmax output.
    A single class is allowed: ``predict_proba`` then has two columns. The probability
    0.5 is the first class. Tools that prefer ``decision_function`` to ``predict_proba``, such
    as ``CalibratedClassifierCV``, use it, where with scikit-learn's classifier they have
    probabilities only.

    {notes}

    References
    ----------
    {references}

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from lightmlp import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = MLPClassifier((10,), solver="lbfgs", tol=0.01, random_state=1)
    >>> clf = clf.fit(X, y)
    >>> clf.predict(X[:2])
    array([0, 0])
    >>> clf.predict_proba(X[:2]).shape, clf.score(X, y) > 0.9
    ((2, 3), True)
    """

    loss = "log_loss"

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        engine: str = "auto",
        n_threads: int | None = None,
    ) -> None:
        # scikit-learn wants every argument stored as it came, under its own name.
        parameters = dict(locals())
        del parameters["self"]
        self.__dict__.update(parameters)

    @available_if(_has_partial_fit)  # type: ignore[untyped-decorator]
    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def partial_fit(
        self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None
    ) -> Self:
        """Go on learning with a single epoch over these rows.

        Parameters, momentum and counts go on from the last call. An integer
        ``random_state`` starts anew in every call and so repeats its permutation.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of finite numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels or a 0/1 matrix.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0, not all zero.
        classes : array-like of shape (n_classes,), default=None
            All classes that will ever come; needed in the first call.

        Returns
        -------
        self : object
            The estimator, trained further.

        Raises
        ------
        ValueError
            If ``classes`` is missing in the first call or differs later, if y has other
            classes, if ``early_stopping`` is set, or as in ``fit``.

        Examples
        --------
        >>> from lightmlp import MLPClassifier
        >>> clf = MLPClassifier(random_state=0)
        >>> clf = clf.partial_fit([[0.0], [1.0]], ["a", "b"], classes=["a", "b", "c"])
        >>> clf.partial_fit([[2.0]], ["c"]).t_
        3
        """
        with unchanged_on_error(self):
            self._declare_classes(y, classes)
            warn = self._learn(X, y, sample_weight, incremental=True)
        warn()
        return self

    def predict(self, X: Any) -> Any:
        """Predict the class of each row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of finite numbers.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Class labels; a 0/1 matrix (sparse if y was) for multi-label models.

        Raises
        ------
        ValueError
            If X is not as described.

        Examples
        --------
        >>> from lightmlp import MLPClassifier
        >>> model = MLPClassifier((), solver="lbfgs").fit([[0.0], [1.0]], ["no", "yes"])
        >>> model.predict([[0.9], [0.1]]).tolist()
        ['yes', 'no']
        """
        inputs = self._prediction_inputs(X)
        if self._is_multilabel():
            return self._label_binarizer.inverse_transform(self._compute(*inputs))
        return self._compute_in_blocks(
            *inputs, lambda outputs: self.classes_[self._codes(outputs)]
        )

    def predict_proba(self, X: Any) -> Array:
        """Probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of finite numbers.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Columns in the order of ``classes_``. Rows sum to 1, but for multi-label
            models, whose columns are independent.

        Raises
        ------
        ValueError
            If X is not as described.

        Examples
        --------
        >>> from lightmlp import MLPClassifier
        >>> model = MLPClassifier((), solver="lbfgs").fit([[0.0], [1.0]], ["no", "yes"])
        >>> bool((model.predict_proba([[0.9], [0.1]]).argmax(axis=1) == [1, 0]).all())
        True
        """
        outputs = self._forward(X)
        if outputs.shape[1] > 1:
            return outputs
        return np.hstack([1 - outputs, outputs])

    def predict_log_proba(self, X: Any) -> Array:
        """Logarithm of the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of finite numbers.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            ``log(predict_proba(X))``.

        Raises
        ------
        ValueError
            If X is not as described.

        Examples
        --------
        >>> from lightmlp import MLPClassifier
        >>> model = MLPClassifier((), solver="lbfgs").fit([[0.0], [1.0]], ["no", "yes"])
        >>> bool((model.predict_log_proba([[0.9]]) < 0).all())
        True
        """
        probabilities = self.predict_proba(X)
        return np.log(probabilities, out=probabilities)

    def decision_function(self, X: Any) -> Array:
        """Raw scores of the last layer, before the output activation.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of finite numbers.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            One column is returned flat. The second class of two is predicted where its
            score is positive, one of several classes where its score is the highest.

        Raises
        ------
        ValueError
            If X is not as described.

        Examples
        --------
        >>> import numpy as np
        >>> from lightmlp import MLPClassifier
        >>> model = MLPClassifier((), solver="lbfgs").fit([[0.0], [1.0]], ["no", "yes"])
        >>> score = model.decision_function([[1.0]])
        >>> bool(np.isclose(model.predict_proba([[1.0]])[0, 1], 1 / (1 + np.exp(-score[0]))))
        True
        """
        scores = self._forward(X, link=False)
        return scores.ravel() if scores.shape[1] == 1 else scores

    def _declare_classes(self, y: Any, classes: Any) -> None:
        """Take over the classes of the first ``partial_fit``."""
        from sklearn.preprocessing import LabelBinarizer
        from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target

        if _check_partial_fit_first_call(self, classes):
            is_multilabel = type_of_target(y).startswith("multilabel")
            self._label_binarizer = LabelBinarizer().fit(y if is_multilabel else classes)

    def _check_data(self, X: Any, y: Any, reset: bool) -> tuple[Any, Any]:
        return check_rows_and_targets(self, X, y, y_numeric=False, reset=reset)

    def _update_classes(self, y: Any, incremental: bool) -> None:
        from sklearn.preprocessing import LabelBinarizer
        from sklearn.utils.multiclass import unique_labels

        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            self._label_binarizer = LabelBinarizer().fit(y)
            self.classes_ = self._label_binarizer.classes_
        elif self.warm_start:
            classes = unique_labels(y)
            if set(classes) != set(self.classes_):
                raise ValueError(
                    "warm_start can only be used where `y` has the same "
                    "classes as in the previous call to fit. Previously "
                    f"got {self.classes_}, `y` has {classes}"
                )

    def _encode(self, y: Any) -> Array:
        """Class codes (n,) of three or more classes, else indicators (n, n_outputs)."""
        if self._is_multilabel():
            self._check_classes(y)
            indicators: Array = self._label_binarizer.transform(y).astype(bool)
            return indicators
        codes = self._find_classes(y)
        if self._label_binarizer.y_type_ == "multiclass":
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

    def _loss_name(self) -> str:
        is_multiclass = self._label_binarizer.y_type_ == "multiclass"
        return "log_loss" if is_multiclass else "binary_log_loss"

    def _loss_type(self, X: Any, y: Any, weights: Array | None) -> type[np.floating[Any]]:
        # As scikit-learn's NumPy scalars promote: its given batch size is an int64, and so
        # is what it takes the binary logarithms of. SciPy 1.18 keeps the float32 of the
        # others, earlier ones do not.
        if self.batch_size != "auto" or self._label_binarizer.y_type_ != "multiclass":
            return np.float64
        logarithm = xlogy(np.ones(1, dtype=bool), np.ones(1, dtype=np.float32))
        arrays = (X, logarithm) if weights is None else (X, logarithm, weights)
        return computing_dtype(*(array.dtype for array in arrays)).type

    def _is_multilabel(self) -> bool:
        return bool(self._label_binarizer.y_type_.startswith("multilabel"))

    def _codes(self, outputs: Array) -> Array:
        """Position in ``classes_`` of each row's predicted class."""
        if outputs.shape[1] > 1:
            codes: Array = outputs.argmax(axis=1)
            return codes
        if len(self.classes_) == 1:
            return np.zeros(len(outputs), dtype=np.intp)
        return (outputs[:, 0] > 0.5).astype(np.intp)

    def _stratification(self, targets: Array) -> Array | None:
        if self.n_outputs_ > 1:
            return None
        # As text, since scikit-learn's message about too small classes shows it.
        return np.where(targets[:, 0] > 0, "True", "False")

    def _scorer(self, targets: Array, sample_weight: Array | None) -> Callable[[Array], float]:
        """Accuracy; for several labels the share of rows with all of them right."""

        def score(outputs: Array) -> float:
            if self._is_multilabel():
                right = ((outputs > 0.5) == targets).all(axis=1)
            else:
                right = self._codes(outputs) == targets.reshape(len(targets))
            return float(np.average(right, weights=sample_weight))

        return score

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that multi-label targets are accepted."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
