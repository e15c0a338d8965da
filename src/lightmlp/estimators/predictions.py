"""What a classifier predicts: labels, probabilities and scores, and how right they are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..losses import Function, Hinge
from ..losses.function import function_as_loss
from ..network import CustomLoss, find_loss
from .base import BaseMultilayerPerceptron
from .class_labels import ClassLabels
from .columns import ColumnClasses, is_indicator, read_columns
from .decorators import available_where
from .labels import ColumnsEncoder, LabelEncoder

__all__ = ["ClassPredictions"]

Array = NDArray[Any]


def _has_probabilities(estimator: BaseMultilayerPerceptron) -> bool:
    """Look at what was fitted, and at the parameters before."""
    fitted = vars(estimator)
    if fitted.get("out_activation_") in ("logistic", "softmax"):
        return True
    if "_fitted_loss" in fitted:
        name, settings = fitted["_fitted_loss"]
        has_scores = not find_loss(name, settings).is_probabilistic
        function = settings.function
    else:
        loss = function_as_loss(estimator.loss)
        has_scores = loss == "hinge" or isinstance(loss, Hinge | Function)
        function = CustomLoss(loss.function) if isinstance(loss, Function) else None
    if has_scores:
        shown = "'hinge'" if function is None else function.name
        raise AttributeError(
            f"Probabilities are not available with loss={shown}, whose outputs are scores. "
            "Use decision_function, train with loss='log_loss', or let "
            "sklearn.calibration.CalibratedClassifierCV make probabilities of the scores."
        )
    return True


class ClassPredictions(ClassLabels, BaseMultilayerPerceptron):
    """The methods of the classifier that predict."""

    def predict(self, X: Any) -> Array:
        """Predict the class of each row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of finite numbers.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Class labels; a 0/1 matrix for multi-label models, a column of labels per output
            where y had columns of classes, as objects if their types differ. Sparse if y was.

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
        encoder, threshold = self._encoder(), self._threshold()
        if not isinstance(encoder, LabelEncoder):
            several: Array = encoder.decode(self._compute(*inputs), threshold)
            return several
        return self._compute_in_blocks(
            *inputs, lambda outputs: encoder.decode(outputs, threshold)
        )

    @available_where(_has_probabilities)
    def predict_proba(self, X: Any) -> Any:
        """Probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of finite numbers.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Columns in the order of ``classes_``. Rows sum to 1, but for multi-label
            models, whose columns are independent. A list of such arrays, one per output,
            where y has columns of classes.

        Raises
        ------
        AttributeError
            If ``loss='hinge'`` or a function, which have no probabilities.
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
        if (parts := self._encoder().split(outputs)) is not None:
            return parts
        if outputs.shape[1] > 1:
            return outputs
        return np.hstack([1 - outputs, outputs])

    @available_where(_has_probabilities)
    def predict_log_proba(self, X: Any) -> Any:
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
        AttributeError
            If ``loss='hinge'`` or a function, which have no probabilities.
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
        if isinstance(probabilities, list):
            return [np.log(part) for part in probabilities]
        return np.log(probabilities, out=probabilities)

    def decision_function(self, X: Any) -> Any:
        """Raw scores of the last layer, before the output activation.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of finite numbers.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            One column is returned flat. The second class of two is predicted where its
            score is positive, one of several classes where its score is the highest. A
            list of arrays, one per output, where y has columns of classes.

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
        scores = self._forward(X, inverse_link=False)
        if (parts := self._encoder().split(scores)) is not None:
            return parts
        return scores.ravel() if scores.shape[1] == 1 else scores

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

        predicted, y = self.predict(X), read_columns(y)
        encoder, columns = self._encoder(), None
        if isinstance(encoder, ColumnsEncoder):
            columns = encoder.coding
        elif isinstance(encoder, LabelEncoder):
            encoder.check_form(y)
        elif np.ndim(y) == 2 and not is_indicator(y):
            columns = ColumnClasses([[0, 1]] * len(self.classes_))
        if columns is not None:
            right = columns.are_right(predicted, y)
            return float(np.average(right, weights=sample_weight))
        return float(accuracy_score(y, predicted, sample_weight=sample_weight))
