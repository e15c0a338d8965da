"""The classifier."""

from dataclasses import replace
from numbers import Real
from typing import Any, ClassVar, Self

from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils._param_validation import Interval

from ..losses import CLASSIFICATION_LOSSES, ClassificationLoss
from ..losses.function import function_as_loss
from ..names import Names
from ..network import LOSSES, LossSettings
from ..settings import choose
from . import types
from .base import BaseMultilayerPerceptron
from .columns import read_columns
from .completing import complete
from .decorators import available_where, fitting
from .documentation import with_shared_sections
from .fit_options import FitArguments
from .inputs import check_rows_and_targets
from .labels import ClassEncoder
from .learning import unchanged_on_error
from .predictions import ClassPredictions
from .target_encoder import TargetEncoder

__all__ = ["MLPClassifier"]

Array = NDArray[Any]


def _has_partial_fit(estimator: BaseMultilayerPerceptron) -> bool:
    if estimator.solver == "lbfgs":
        raise AttributeError(
            "partial_fit is only available for stochastic optimizers. "
            f"{estimator.solver} is not stochastic."
        )
    return True


@with_shared_sections
class MLPClassifier(ClassPredictions, ClassifierMixin, BaseMultilayerPerceptron):  # type: ignore[misc]
    """Multi-layer perceptron for classes: binary, multiclass, multi-label and multi-output.

    It minimises the log-loss, or another loss, by L-BFGS, stochastic gradient descent or
    Adam. Parameters, attributes, random draws and figures are those of
    ``sklearn.neural_network.MLPClassifier``.

    Parameters
    ----------
    {parameters}
    loss : {'log_loss', 'squared_error', 'focal', 'hinge'}, ClassificationLoss or callable, \
            default='log_loss'
        What is minimised, averaged over rows and summed over outputs. 'squared_error'
        is half the Brier score, the squared error of the probabilities; 'focal' counts
        less what is predicted well; 'hinge' is the margin loss of support vector machines
        and has no probabilities. An object of :mod:`lightmlp.losses`, such as
        ``losses.Focal(gamma=1.0)``, has parameters, searched as ``loss__gamma``. A function
        ``(y, raw_scores, sample_weight) -> (loss, gradient)``, called once per batch, is a
        loss of one's own, see :class:`lightmlp.losses.Function`; it has no probabilities.
    label_smoothing : float, default=0.0
        Share of certainty taken from the true class and given to all classes of the
        output alike, in [0, 1), for 'log_loss' and 'squared_error'.
    class_weight : dict, list of dict or 'balanced', default=None
        Weights >= 0 by class label; classes left out have the weight 1. 'balanced' gives
        every class the same share: n_samples / (n_classes * rows of the class), with rows
        counted by ``sample_weight``. With one output they multiply ``sample_weight``, in
        training and in the score of early stopping. With several, multi-label or columns
        of classes, a list has one dict per output (of the labels 0 and 1 for
        multi-label), each output is balanced on its own, and the weights multiply the
        output's terms of the loss, whose mean is over the rows. A dict that names every
        class of a column, and more, tells of classes that these rows do not have.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels, sorted; a list of such arrays where y has columns of classes.
    {attributes}

    See Also
    --------
    MLPRegressor : The same network for real targets.

    Notes
    -----
    Two classes or several labels have one logistic output per column and are trained by the
    binary log-loss summed over columns; three or more classes have a softmax output. Where
    y has several columns of classes, each has a softmax of its own, and the losses are
    added up. With ``loss='hinge'`` outputs are scores.

    A matrix of the numbers 0 and 1 alone is multi-label. With any other label in it (-1 and
    1, 1 and 2, text) it has columns of classes, which return as they came: in the dtype of
    y, or as an array of objects where y is a DataFrame or a list with columns of several
    types. The rows of a fit decide, so that a fold of columns {0, 1} and {0, 1, 2} in which
    no 2 occurs is multi-label, and its ``predict_proba`` an array and not a list: ``predict``
    and ``score`` are the same for both, but ``cross_val_predict(method='predict_proba')``
    cannot join them. Say which classes there are by ``class_weight=[{}, {0: 1, 1: 1, 2: 1}]``,
    by columns of a DataFrame whose categories have all of them, or by
    ``partial_fit(classes=[[0, 1], [0, 1, 2]])``: they then exist in every fold. (This
    function of scikit-learn numbers the labels of each column from 0 on before it fits: name
    those numbers in ``class_weight``; columns of two classes each become multi-label.)

    A single class is allowed: ``predict_proba`` then has two columns. The probability
    0.5 is the first class. Tools that prefer ``decision_function`` to ``predict_proba``, such
    as ``CalibratedClassifierCV``, find one here, and none in scikit-learn's classifier.

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

    _losses: ClassVar[dict[str, type[ClassificationLoss]]] = CLASSIFICATION_LOSSES

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseMultilayerPerceptron._parameter_constraints,
        "loss": [Names(CLASSIFICATION_LOSSES), ClassificationLoss, callable],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
        "class_weight": [dict, list, tuple, Names(("balanced",)), None],
    }

    def __init__(
        self,
        hidden_layer_sizes: types.HiddenLayerSizes = (100,),
        activation: types.Activation = "relu",
        *,
        solver: types.Solver = "adam",
        alpha: float = 0.0001,
        batch_size: types.BatchSize = "auto",
        learning_rate: types.LearningRate = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: types.RandomState = None,
        tol: float = 1e-4,
        verbose: types.Verbose = False,
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
        loss: types.ClassifierLoss = "log_loss",
        label_smoothing: float = 0.0,
        class_weight: types.ClassWeight = None,
        initialization: types.Initialization = "auto",
        bias_initialization: types.BiasInitialization = "auto",
        engine: types.EngineName = "auto",
        n_threads: int | None = None,
        scoring: types.Scoring = None,
        validation_split: Any = None,
        restore_best_weights: types.RestoreBestWeights = "auto",
        max_time: float | None = None,
        callbacks: types.Callbacks = None,
        dropout: types.Dropout = 0.0,
        input_dropout: float = 0.0,
        normalization: types.NormalizationName | None = None,
        l1: float = 0.0,
        weight_decay: types.WeightDecay = None,
        max_norm: float | None = None,
        gradient_clip: float | None = None,
        gradient_clip_value: float | None = None,
        frozen_layers: int = 0,
        layer_learning_rates: types.Rates | None = None,
        role_learning_rates: types.RoleRates = None,
        augmentation: types.Augmentations = None,
        numeric_embedding: types.NumericEmbedding | None = None,
        categorical_features: types.CategoricalFeatures | None = None,
    ) -> None:
        # scikit-learn wants every argument stored as it came, under its own name.
        parameters = dict(locals())
        del parameters["self"]
        self.__dict__.update(parameters)

    @available_where(_has_partial_fit)
    @fitting
    def partial_fit(
        self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None
    ) -> Self:
        """Go on learning with a single epoch over these rows.

        Parameters, momentum and counts go on from the last call. An integer
        ``random_state`` starts again in every call and so repeats its permutation.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of finite numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels, a 0/1 matrix or columns of class labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0, not all zero.
        classes : array-like of shape (n_classes,), default=None
            All classes that will ever come; needed in the first call. A list of such
            arrays, one per column, where y has columns of classes, 0 and 1 among them.

        Returns
        -------
        self : object
            The estimator, trained further.

        Raises
        ------
        ValueError
            If ``classes`` is missing in the first call or differs later, if y has other
            classes, if ``class_weight='balanced'``, ``early_stopping`` or another option
            is set that needs rows to validate with or more than one epoch, or as in ``fit``.

        Examples
        --------
        >>> from lightmlp import MLPClassifier
        >>> clf = MLPClassifier(random_state=0)
        >>> clf = clf.partial_fit([[0.0], [1.0]], ["a", "b"], classes=["a", "b", "c"])
        >>> clf.partial_fit([[2.0]], ["c"]).t_
        3
        """
        with unchanged_on_error(self):
            if "coefs_" in vars(self) and "classes_" in vars(self):
                complete(self)  # a model built from weights knows its labels then
            self._declare_classes(y, classes)
            warn = self._learn(X, y, sample_weight, True, FitArguments())
        warn()
        return self

    def _check_data(self, X: Any, y: Any, reset: bool) -> tuple[Any, Any]:
        y = read_columns(y)
        return check_rows_and_targets(self, X, y, y_numeric=False, reset=reset)

    def _network_loss(self, encoder: TargetEncoder) -> tuple[str, LossSettings]:
        assert isinstance(encoder, ClassEncoder)
        given = function_as_loss(self.loss)
        loss = choose("loss", given, CLASSIFICATION_LOSSES, ClassificationLoss)
        name, settings = loss.resolve_for(encoder.takes_class_indices)
        smooths = name in LOSSES and "label_smoothing" in LOSSES[name].keywords
        if self.label_smoothing and not smooths:
            raise ValueError(
                f"label_smoothing={self.label_smoothing} needs loss='log_loss' or "
                f"loss='squared_error', got loss={self.loss!r}. Set label_smoothing=0, or "
                "choose one of these losses."
            )
        return name, replace(
            settings,
            label_smoothing=float(self.label_smoothing),
            groups=encoder.groups,
            class_weight=encoder.weights_in_loss(settings.function),
        )

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that multi-label targets are accepted."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
