"""What both estimators share: the public methods and the course of a fit."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from copy import deepcopy
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from .._version import __version__
from ..engines import Engine, get_engine
from ..links import DocumentationLinks
from ..network import LossSettings, Network, Parameters, output_activation
from .categories import CategoryEncoder
from .conversion import ConversionMixin
from .fit_options import FitArguments
from .fitted_network import check_loss_of_outputs, fitted_network
from .inputs import (
    check_rows,
    check_sample_weight,
    computing_dtype,
    row_blocks,
    to_engine,
    training_data,
)
from .learning import LearningMixin
from .option_objects import OptionsMixin
from .parameter_lists import fitted_attributes
from .parameters import PARAMETER_CONSTRAINTS, engine_name
from .target_encoder import TargetEncoder
from .versions import VERSION_KEY, warn_of_other_version

__all__ = ["BaseMultilayerPerceptron"]

Array = NDArray[Any]


class BaseMultilayerPerceptron(
    ConversionMixin,
    LearningMixin,
    OptionsMixin,
    DocumentationLinks,
    BaseEstimator,  # type: ignore[misc]
    ABC,
):
    """Base of both estimators; use :class:`MLPClassifier` or :class:`MLPRegressor`."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = PARAMETER_CONSTRAINTS

    loss: Any
    hidden_layer_sizes: Any
    activation: Any
    solver: Any
    alpha: float
    batch_size: Any
    learning_rate: Any
    learning_rate_init: float
    power_t: float
    max_iter: int
    shuffle: bool
    random_state: Any
    tol: float
    verbose: Any
    warm_start: bool
    momentum: float
    nesterovs_momentum: bool
    early_stopping: bool
    validation_fraction: float
    beta_1: float
    beta_2: float
    epsilon: float
    n_iter_no_change: float
    max_fun: int
    initialization: Any
    bias_initialization: Any
    engine: str
    n_threads: int | None
    scoring: Any
    validation_split: Any
    restore_best_weights: Any
    max_time: float | None
    callbacks: Any
    dropout: Any
    input_dropout: float
    normalization: str | None
    l1: float
    weight_decay: Any
    max_norm: float | None
    gradient_clip: float | None
    gradient_clip_value: float | None
    frozen_layers: int
    layer_learning_rates: Any
    role_learning_rates: Any
    augmentation: Any
    numeric_embedding: Any
    categorical_features: Any

    categories_: list[Array]
    is_categorical_: NDArray[np.bool_]
    coefs_: list[Array]
    intercepts_: list[Array]
    scales_: list[Array]
    running_means_: list[Array]
    running_variances_: list[Array]
    n_features_in_: int
    n_layers_: int
    n_outputs_: int
    out_activation_: str
    classes_: Any
    _fitted_loss: tuple[str, LossSettings]

    def loss_and_gradients(
        self, X: Any, y: Any, sample_weight: Any = None
    ) -> tuple[float, list[Array], list[Array]]:
        """Loss at the current parameters, and its gradients by backpropagation.

        The loss includes ``(alpha / 2 * sum(W ** 2) + l1 * sum(abs(W))) / n``, where n is
        the number of rows or the sum of their weights. Nothing is dropped, and 'batch'
        normalises by running statistics, as to predict. The gradients are those of the
        returned loss; ``fit`` follows scikit-learn's, whose squared error of several
        outputs has a gradient n_outputs times as large.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of finite numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets, as in ``fit``; a classifier must know all classes.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0, not all zero.

        Returns
        -------
        loss : float
        coef_gradients : list of ndarray of shape (n_inputs, n_outputs), one per layer
        intercept_gradients : list of ndarray of shape (n_outputs,), one per layer

        Raises
        ------
        ValueError
            If X, y or the weights are not as described, if ``coefs_`` and
            ``intercepts_`` were edited into shapes that do not fit together, or if
            ``out_activation_`` is not that of the loss of the fit.

        Examples
        --------
        >>> from lightmlp import MLPRegressor
        >>> model = MLPRegressor(hidden_layer_sizes=(), alpha=0, solver="lbfgs")
        >>> model = model.fit([[0.0], [1.0]], [1.0, 3.0])
        >>> model.coefs_, model.intercepts_ = [[[1.0]]], [[1.0]]
        >>> loss, coef_gradients, _ = model.loss_and_gradients([[0.0], [1.0]], [1.0, 3.0])
        >>> float(loss), coef_gradients[0].tolist()
        (0.25, [[-0.5]])
        """
        network, parameters = fitted_network(self)
        advice = "set it back to compute this loss."
        check_loss_of_outputs(self.out_activation_, network, advice)
        X, y = self._check_data(X, y, reset=False)
        encoder = self._encoder()
        targets = encoder.encode(y)
        n_columns = encoder.n_columns(targets, network.loss_settings)
        if n_columns != network.n_outputs:
            raise ValueError(
                f"y must have {network.n_outputs} output(s) as in fit, got "
                f"{n_columns}. Pass the targets that this model predicts."
            )
        weights = encoder.weigh_rows(targets, check_sample_weight(sample_weight, X))
        value, gradients = self._engine().loss_and_gradients(
            network,
            parameters,
            training_data(X, targets, weights, parameters.dtype, self._category_encoder()),
            delta_scale=network.formulas.mean_factor(network.n_outputs),
            n_threads=self.n_threads,
        )
        split = fitted_attributes(gradients)
        return value, split["coefs_"], split["intercepts_"]

    def hidden_activations(self, X: Any) -> list[Array]:
        """Compute the outputs of every hidden layer, after its activation function.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of finite numbers.

        Returns
        -------
        activations : list of ndarray of shape (n_samples, width)
            One array per hidden layer, the first hidden layer first.

        Raises
        ------
        ValueError
            If X is not as described.

        Examples
        --------
        >>> from lightmlp import MLPRegressor
        >>> model = MLPRegressor(hidden_layer_sizes=(5, 3), solver="lbfgs", tol=1)
        >>> model = model.fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 4.0])
        >>> [a.shape for a in model.hidden_activations([[0.0], [1.0]])]
        [(2, 5), (2, 3)]
        """
        network, parameters, X = self._prediction_inputs(X)
        return self._engine().hidden_activations(
            network, parameters, X, n_threads=self.n_threads
        )

    @property
    def n_parameters_(self) -> int:
        """Number of weights, biases and scales, all of which the solver learns."""
        check_is_fitted(self, "coefs_")
        more = (*getattr(self, "scales_", ()), *getattr(self, "embeddings_", ()))
        learned = (*self.coefs_, *self.intercepts_, *more)
        return sum(np.size(array) for array in learned)

    def _learn_categories(self, X: Any) -> CategoryEncoder | None:
        """Learn the categories of columns of X, if there are any."""
        for name in ("categories_", "is_categorical_"):
            self.__dict__.pop(name, None)
        if self.categorical_features is None:
            return None
        encoder = CategoryEncoder.learn(self.categorical_features, X)
        self.categories_ = list(encoder.categories)
        self.is_categorical_ = encoder.is_categorical
        return encoder

    def _category_encoder(self) -> CategoryEncoder | None:
        """Return the encoder of the fitted attributes, if there are categories."""
        if "categories_" not in vars(self):
            return None
        mask, categories = self.is_categorical_, self.categories_
        if not isinstance(categories, list) or np.count_nonzero(mask) != len(categories):
            raise ValueError(
                f"categories_ must be a list of {np.count_nonzero(mask)} arrays, one per "
                "column of is_categorical_. Set both back to those of the fit."
            )
        return CategoryEncoder(mask, categories)

    def _engine(self) -> Engine:
        return get_engine(engine_name(self.engine, self.activation))

    def _forward(self, X: Any, *, inverse_link: bool = True) -> Array:
        return self._compute(*self._prediction_inputs(X), inverse_link=inverse_link)

    def _compute(
        self,
        network: Network,
        parameters: Parameters,
        X: Any,
        *,
        inverse_link: bool = True,
    ) -> Array:
        # Users edit out_activation_; the engine knows the one of the loss.
        edited = inverse_link and self.out_activation_ != network.formulas.inverse_link_name
        outputs = self._engine().forward(
            network,
            parameters,
            X,
            n_threads=self.n_threads,
            inverse_link=inverse_link and not edited,
        )
        if edited:
            return output_activation(self.out_activation_, network.loss_settings)(outputs)
        return outputs

    def _compute_in_blocks(
        self,
        network: Network,
        parameters: Parameters,
        X: Any,
        finish: Callable[[Array], Array],
    ) -> Array:
        """Return ``finish(outputs)``, one value per row, without the outputs of all rows."""
        blocks = row_blocks(X.shape[0], 8 * (network.n_outputs + 1))
        first = next(blocks)
        part = finish(self._compute(network, parameters, X[first]))
        if len(part) == X.shape[0]:
            return part
        result = np.empty(X.shape[0], dtype=part.dtype)
        result[first] = part
        for block in blocks:
            result[block] = finish(self._compute(network, parameters, X[block]))
        return result

    def _prediction_inputs(self, X: Any) -> tuple[Network, Parameters, Any]:
        network, parameters = fitted_network(self)
        X = check_rows(self, X)
        dtype = computing_dtype(X.dtype, parameters.dtype)
        if dtype != parameters.dtype:
            parameters = parameters.astype(dtype)
        return network, parameters, to_engine(X, dtype, self._category_encoder())

    def _learn(
        self, X: Any, y: Any, sample_weight: Any, incremental: bool, arguments: FitArguments
    ) -> Callable[[], None]:
        """Fit, and return a function that issues the warnings about it.

        Those about what it arrived at come last: where a user turns them into errors, the
        model is there.
        """
        from .fitting import carry_out, warn_of_the_end
        from .planning import plan_fit
        from .problem import read_problem
        from .storing import store
        from .unread import warn_of_unread_parameters, warn_of_unused_weights

        problem = read_problem(self, X, y, sample_weight, incremental, arguments)
        if problem.first_pass or not incremental:
            warn_of_unread_parameters(self, problem.options, arguments, incremental)
        plan = plan_fit(self, problem)
        result = carry_out(plan)
        store(self, plan, result)

        def warn() -> None:
            warn_of_unused_weights(plan)
            warn_of_the_end(plan, result)

        return warn

    def _start(self, X: Any, y: Any, sample_weight: Any, init_from: Any) -> None:
        """Set the attributes with which a fit would begin, and forget all others."""
        from .problem import read_problem
        from .storing import as_new, store_start, take_start

        twin = as_new(self)
        arguments = FitArguments(init_from=init_from)
        store_start(twin, read_problem(twin, X, y, sample_weight, arguments=arguments))
        take_start(self, twin)

    @abstractmethod
    def _check_data(self, X: Any, y: Any, reset: bool) -> tuple[Any, Any]:
        """Check X and y together, as scikit-learn does."""

    @abstractmethod
    def _choose_encoder(
        self, y: Any, y_of_user: Any, first_pass: bool, incremental: bool
    ) -> TargetEncoder:
        """Return the encoder of a fit, which is still to learn from y."""

    @abstractmethod
    def _encoder(self) -> TargetEncoder:
        """Return the encoder that the fitted attributes describe now."""

    def _learn_missing(self, y: Any, y_of_user: Any) -> None:
        """Learn from y what a model built from weights lacks to encode it."""

    @abstractmethod
    def _complete_encoder(self) -> TargetEncoder:
        """Set what a model built from weights lacks beside it to encode targets."""

    @abstractmethod
    def _network_loss(self, encoder: TargetEncoder) -> tuple[str, LossSettings]:
        """Return a name of :data:`lightmlp.network.LOSSES` and the loss's parameters."""

    def __getstate__(self) -> dict[str, Any]:
        """Leave the solver's state out, unless ``partial_fit`` is under way."""
        state: dict[str, Any] = dict(super().__getstate__())
        if not state.get("_continues", False):
            state.pop("_optimizer", None)
        state[VERSION_KEY] = __version__
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over a pickle's state; another version's comes with a warning."""
        subject = f"A pickle of {type(self).__name__} was written"
        warn_of_other_version(subject, state.get(VERSION_KEY))
        super().__setstate__({k: value for k, value in state.items() if k != VERSION_KEY})

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Copy everything, the solver's state too."""
        copy = type(self).__new__(type(self))
        memo[id(self)] = copy
        copy.__dict__.update(deepcopy(vars(self), memo))
        return copy

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that sparse X is accepted."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
