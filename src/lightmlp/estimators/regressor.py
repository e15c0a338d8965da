"""The regressor."""

from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted

from ..losses import REGRESSION_LOSSES, Quantile, RegressionLoss
from ..losses.function import function_as_loss
from ..names import Names
from ..network import LossSettings
from ..settings import choose
from . import types
from .base import BaseMultilayerPerceptron
from .decorators import fitting
from .documentation import with_shared_sections
from .fit_options import FitArguments
from .inputs import check_rows_and_targets
from .learning import unchanged_on_error
from .real_targets import RealTargetEncoder, as_predictions, score_predictions
from .target_encoder import TargetEncoder
from .target_scaling import ScalingOptions, fitted_unit

__all__ = ["MLPRegressor"]

Array = NDArray[Any]


@with_shared_sections
class MLPRegressor(RegressorMixin, BaseMultilayerPerceptron):  # type: ignore[misc]
    """Multi-layer perceptron for real targets, one or several.

    It minimises the squared error, or another of eight losses, by L-BFGS, stochastic
    gradient descent or Adam. Parameters, attributes, random draws and figures are those of
    ``sklearn.neural_network.MLPRegressor``.

    Parameters
    ----------
    loss : {'squared_error', 'absolute_error', 'huber', 'quantile', 'poisson', 'gamma', \
            'tweedie', 'log_cosh'}, RegressionLoss or callable, default='squared_error'
        What is minimised: half the squared error, averaged over rows and outputs, or one
        of the others, averaged over rows and summed over outputs. 'absolute_error'
        predicts medians; 'huber' and 'log_cosh' lie between the two. 'quantile' is the
        median too, and ``losses.Quantile((0.1, 0.5, 0.9))`` several quantiles that do not
        cross. 'poisson' (y >= 0), 'gamma' (y > 0) and 'tweedie' (y >= 0; power 1.5) are
        half deviances and predict exp(score). An object of :mod:`lightmlp.losses`, such
        as ``losses.Huber(delta=1.5)``, has parameters, searched as ``loss__delta``. A
        function ``(y, raw_scores, sample_weight) -> (loss, gradient)``, called once per batch,
        is a loss of one's own, see :class:`lightmlp.losses.Function`.
    {parameters}
    scale_target : bool, default=False
        Whether to train on targets in standard units: each output has its mean subtracted
        and is divided by its standard deviation, both over all rows passed to ``fit``, by
        their weights; a constant is not divided. Predictions and scores are in the unit of
        y; losses (``loss_curve_``, ``tol``, Huber's delta, :meth:`loss_and_gradients`), and
        the y that a function as ``augmentation`` is given, are in standard units. A warm
        ``fit`` and ``partial_fit`` keep the units of the first call, and the output layer of
        ``init_from`` is converted. Not for 'poisson', 'gamma' and 'tweedie'.

    Attributes
    ----------
    {attributes}
    target_mean_, target_scale_ : ndarray of shape (n_targets,) or None
        What ``scale_target=True`` subtracts from y, and what it then divides by; editable
        likewise. None without it.

    See Also
    --------
    MLPClassifier : The same network for classes.

    Notes
    -----
    With several outputs, training by the squared error follows n_outputs times the
    gradient of ``loss_``, as in scikit-learn (its issue 8349), so that figures stay as
    they are; :meth:`loss_and_gradients` returns the true gradient. y is cast to the type
    in which the network computes, where scikit-learn lets float32 X and float64 y run
    the backward pass in float64.

    {notes}

    References
    ----------
    {references}

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from lightmlp import MLPRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> reg = MLPRegressor(hidden_layer_sizes=(10,), solver="lbfgs", tol=5, random_state=1)
    >>> reg = reg.fit(X, y)
    >>> reg.predict(X[:2]).shape, reg.score(X, y) > 0.4
    ((2,), True)
    """

    scale_target: bool

    target_mean_: Array | None
    target_scale_: Array | None
    _has_level_axis: bool
    _losses: ClassVar[dict[str, type[RegressionLoss]]] = REGRESSION_LOSSES

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseMultilayerPerceptron._parameter_constraints,
        "loss": [Names(REGRESSION_LOSSES), RegressionLoss, callable],
        "scale_target": ["boolean"],
    }

    def __init__(
        self,
        loss: types.RegressorLoss = "squared_error",
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
        scale_target: bool = False,
    ) -> None:
        # scikit-learn wants every argument stored as it came, under its own name.
        parameters = dict(locals())
        del parameters["self"]
        self.__dict__.update(parameters)

    @fitting
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Go on learning with a single epoch over these rows.

        Parameters, momentum and counts go on from the last call. An integer
        ``random_state`` starts again in every call and so repeats its permutation.
        With ``solver='lbfgs'`` it runs a whole minimisation from the current parameters,
        as scikit-learn's regressor does.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of finite numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Real targets, as many outputs as before.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0, not all zero.

        Returns
        -------
        self : object
            The estimator, trained further.

        Raises
        ------
        ValueError
            If ``early_stopping`` or another option is set that needs rows to validate with
            or more than one epoch, or as in ``fit``.

        Examples
        --------
        >>> from lightmlp import MLPRegressor
        >>> reg = MLPRegressor(random_state=0)
        >>> reg = reg.partial_fit([[0.0], [1.0]], [0.0, 1.0])
        >>> reg.partial_fit([[2.0]], [4.0]).t_
        3
        """
        with unchanged_on_error(self):
            warn = self._learn(X, y, sample_weight, True, FitArguments())
        warn()
        return self

    def predict(self, X: Any, *, level: float | None = None) -> Array:
        """Predict the target of each row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of finite numbers.
        level : float or None, default=None
            One of the levels of ``loss=losses.Quantile(...)``, to be predicted alone and
            without an axis of levels; None predicts all. ``TransformedTargetRegressor`` and
            pipelines hand it on, so that any transformer of y can take the prediction back.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predicted targets; a single output is returned flat. With several quantile
            levels there is one axis more, of length n_levels, at the end.

        Raises
        ------
        ValueError
            If X is not as described, or if the model has no such level.

        Examples
        --------
        >>> from lightmlp import MLPRegressor
        >>> reg = MLPRegressor(hidden_layer_sizes=(), alpha=0, solver="lbfgs", tol=1e-9)
        >>> reg.fit([[0.0], [1.0]], [1.0, 3.0]).predict([[2.0]]).round(3)
        array([5.])
        """
        index = None if level is None else self._index_of_level(level)
        outputs, unit = self._forward(X), fitted_unit(self)
        if unit is not None:
            outputs = unit.restore(outputs)
        n_levels = len(self._fitted_loss[1].levels)
        predicted = as_predictions(outputs, n_levels, self._has_level_axis)
        if index is not None and self._has_level_axis:
            predicted = predicted.take(index, axis=-1)
        return predicted

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Coefficient of determination R2, averaged over outputs.

        With several quantile levels it is the share of the pinball loss that is explained,
        D2, averaged over outputs and levels.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of finite numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            True targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0.

        Returns
        -------
        score : float
            At most 1, the best; a constant model scores about 0.

        Raises
        ------
        ValueError
            If X or y are not as described.

        Examples
        --------
        >>> from lightmlp import MLPRegressor
        >>> reg = MLPRegressor(hidden_layer_sizes=(), alpha=0, solver="lbfgs", tol=1e-9)
        >>> round(reg.fit([[0.0], [1.0]], [1.0, 3.0]).score([[2.0], [3.0]], [5.0, 7.0]), 6)
        1.0
        """
        predicted = self.predict(X)
        levels = self._fitted_loss[1].levels if self._has_level_axis else None
        return score_predictions(np.asarray(y), predicted, sample_weight, levels)

    def _index_of_level(self, level: Any) -> int:
        check_is_fitted(self, "coefs_")
        formula, settings = self._fitted_loss
        levels = np.array(settings.levels if formula == Quantile.formula else ())
        is_it = np.abs(levels - level) < 1e-9 if isinstance(level, Real) else np.zeros(0)
        if not is_it.any():
            raise ValueError(
                f"level={level!r} must be one of the quantile levels of the fit, "
                f"{levels.tolist()}. Fit with loss=losses.Quantile((...)) of the levels to "
                "predict, or leave level out."
            )
        return int(is_it.argmax())

    def _check_data(self, X: Any, y: Any, reset: bool) -> tuple[Any, Any]:
        if issparse(y):
            raise ValueError("y must be dense for a regressor; pass y.toarray().")
        X, y = check_rows_and_targets(self, X, y, y_numeric=True, reset=reset)
        if y.dtype.kind not in "biuf":
            raise ValueError(
                f"y must be real numbers for a regressor, got the dtype {y.dtype}. Convert it, "
                "as by y.astype(float), or use MLPClassifier for labels."
            )
        return X, y

    def _encoder(self) -> RealTargetEncoder:
        """Return the encoder of the fit, whatever the parameters are now."""
        name, settings = self._fitted_loss
        loss = None
        if settings.function is None:  # a function takes any target
            loss = REGRESSION_LOSSES[name]()
            loss.set_params(**{key: getattr(settings, key) for key in loss.get_params()})
        return RealTargetEncoder(loss, fitted_unit(self), self._has_level_axis)

    def _choose_encoder(
        self, y: Any, y_of_user: Any, first_pass: bool, incremental: bool
    ) -> RealTargetEncoder:
        loss = self._chosen_loss()
        scaling = ScalingOptions(self.scale_target, self.verbose, self.loss)
        return RealTargetEncoder(
            loss, None if first_pass else fitted_unit(self), _has_levels(loss), scaling
        )

    def _complete_encoder(self) -> RealTargetEncoder:
        encoder = self._choose_encoder(None, None, True, False)
        self._has_level_axis = encoder.has_level_axis
        for name, value in encoder.attributes().items():
            self.__dict__.setdefault(name, value)
        return encoder

    def _chosen_loss(self) -> RegressionLoss:
        return choose("loss", function_as_loss(self.loss), REGRESSION_LOSSES, RegressionLoss)

    def _network_loss(self, encoder: TargetEncoder) -> tuple[str, LossSettings]:
        return self._chosen_loss().resolve()


def _has_levels(loss: RegressionLoss) -> bool:
    """Whether predictions have an axis of quantile levels."""
    return isinstance(loss, Quantile) and not loss.is_single
