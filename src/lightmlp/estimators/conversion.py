"""From and to other models: scikit-learn's perceptrons, and networks without normalisation."""

from copy import deepcopy
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from ..network import fold_batch_norm
from .completing import complete
from .fitted_network import fitted_network
from .parameter_lists import NORM_LISTS, as_parameters, fitted_attributes, fitted_normalization
from .target_scaling import can_convert, convert_output_layer, fitted_unit

if TYPE_CHECKING:
    from .base import BaseMultilayerPerceptron

__all__ = ["ConversionMixin"]

Array = NDArray[Any]

# What scikit-learn's fit leaves behind, but for the optimiser's state.
_FITTED = (
    "best_loss_", "best_validation_score_", "classes_", "coefs_", "feature_names_in_",
    "intercepts_", "loss_", "loss_curve_", "n_features_in_", "n_iter_", "n_layers_",
    "n_outputs_", "out_activation_", "t_", "validation_scores_", "_label_binarizer",
    "_no_improvement_count",
)  # fmt: skip


class ConversionMixin:
    """``from_sklearn`` and ``folded`` of both estimators."""

    @classmethod
    def from_sklearn(cls, model: Any) -> Self:
        """Make an estimator of a fitted one of scikit-learn.

        Parameters and fitted attributes are copied; predictions agree up to rounding, and
        ``partial_fit`` and warm fits go on as scikit-learn's would, with the momentum,
        moments and learning rate that it has come to, which a pickle keeps.

        Parameters
        ----------
        model : sklearn.neural_network.MLPClassifier or MLPRegressor
            A fitted classifier for a classifier, a regressor for a regressor; it stays as
            it is, and shares nothing with the copy.

        Returns
        -------
        estimator : object
            A fitted estimator of this class.

        Raises
        ------
        TypeError
            If the model is of another class.
        NotFittedError
            If it is not fitted.
        ValueError
            If its attributes contradict each other.

        Examples
        --------
        >>> import sklearn.neural_network
        >>> from sklearn.datasets import load_iris
        >>> from lightmlp import MLPClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> theirs = sklearn.neural_network.MLPClassifier((8,), solver="lbfgs", tol=0.01)
        >>> ours = MLPClassifier.from_sklearn(theirs.fit(X, y))
        >>> bool((ours.predict(X) == theirs.predict(X)).all())
        True
        """
        known = _sklearn_class(cls, model)
        check_is_fitted(model, "coefs_")
        parameters = {name: getattr(model, name) for name in known._get_param_names()}
        estimator = cls(**deepcopy(parameters))
        fitted = vars(model)
        vars(estimator).update(
            deepcopy({name: fitted[name] for name in _FITTED if name in fitted})
        )
        fitted_one = cast("BaseMultilayerPerceptron", estimator)  # who else mixes this in
        complete(fitted_one)
        if "_optimizer" in fitted:
            _take_solver(fitted_one, fitted["_optimizer"])
        return estimator

    def folded(self) -> Self:
        """Return a model without normalisation and scaled targets that predicts the same.

        Running means and variances, scales and shifts of ``normalization='batch'``, and the
        unit of y of ``scale_target=True``, are folded into ``coefs_`` and ``intercepts_``.
        Whatever computes a network of these two lists alone, such as an ONNX converter for
        scikit-learn's classes, computes what this model does. Predictions agree up to rounding.

        Returns
        -------
        model : object
            A fitted copy with ``normalization=None``; the copy of a model that is not
            normalised has the same parameters.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        ValueError
            If it has layer normalisation, which depends on each row and is no part of
            weights and biases, or scaled targets of several quantile levels.

        Examples
        --------
        >>> import numpy as np
        >>> from lightmlp import MLPRegressor
        >>> X = np.arange(20.0).reshape(-1, 1)
        >>> reg = MLPRegressor(hidden_layer_sizes=(4,), normalization="batch", tol=9)
        >>> reg = reg.fit(X, X.ravel())
        >>> plain = reg.folded()
        >>> plain.normalization, plain.scales_, np.allclose(plain.predict(X), reg.predict(X))
        (None, [], True)
        """
        lists = fitted_attributes(fitted_network(cast("BaseMultilayerPerceptron", self))[1])
        if fitted_normalization(self) == "layer":
            raise ValueError(
                "normalization='layer' cannot be folded into coefs_ and intercepts_: its mean "
                "and variance are those of each row. Export the computation itself, or fit "
                "with normalization='batch'."
            )
        lists.pop("embeddings_", None)  # of the layer before them
        coefs, biases, *norms = lists.values()
        n = len(norms[0])
        layers = [
            fold_batch_norm(*arrays)
            for arrays in zip(coefs[:n], biases[:n], *norms, strict=True)
        ]
        layers += [(W.copy(), b.copy()) for W, b in zip(coefs[n:], biases[n:], strict=True)]
        unit = fitted_unit(self)
        if not can_convert(unit, None, coefs[-1].shape[1]):
            raise ValueError(
                "scale_target=True with several quantile levels cannot be folded into coefs_ "
                "and intercepts_: distances of levels are no linear function of them. Export "
                "the computation itself, or fit with scale_target=False."
            )
        layers[-1] = convert_output_layer(*layers[-1], unit, None)
        weights, biases = ([*arrays] for arrays in zip(*layers, strict=True))
        model: Self = type(self).__new__(type(self))
        vars(model).update(vars(self))
        own = {key: list(value) for key, value in vars(self).items() if type(value) is list}
        vars(model).update(own, normalization=None)  # so that curves do not grow together
        vars(model).update({name: [] for name in NORM_LISTS})
        vars(model).update(coefs_=weights, intercepts_=biases)
        if unit is not None:
            vars(model).update(scale_target=False, target_mean_=None, target_scale_=None)
        vars(model).pop("_optimizer", None)
        return model


def _sklearn_class(cls: type[Any], model: Any) -> Any:
    """Return the class of scikit-learn's that the model must belong to."""
    import sklearn.neural_network
    from sklearn.base import ClassifierMixin

    kind = "MLPClassifier" if issubclass(cls, ClassifierMixin) else "MLPRegressor"
    known = getattr(sklearn.neural_network, kind)
    if not isinstance(model, known):
        raise TypeError(
            f"{cls.__name__}.from_sklearn takes a fitted sklearn.neural_network.{kind}, got "
            f"{model!r}. Of a pipeline pass its last step, pipeline[-1], of a search its "
            "best_estimator_; a classifier belongs to MLPClassifier, a regressor to "
            "MLPRegressor."
        )
    return known


def _take_solver(estimator: "BaseMultilayerPerceptron", theirs: Any) -> None:
    """Go on with scikit-learn's rule, its state and its learning rate."""
    from ..engines.base import Optimizer, OptimizerState
    from ..training.optimizers import SGD, Adam
    from ..training.schedules import Progress, choose_schedule
    from ..training.train_state import TrainState

    schedule = choose_schedule("constant", solver="adam", power_t=estimator.power_t)
    progress = Progress(float(theirs.learning_rate_init))
    progress.n_epochs = len(getattr(estimator, "loss_curve_", ()))
    progress.n_samples = estimator.t_
    if hasattr(theirs, "velocities"):
        rule: Optimizer = SGD(theirs.momentum, theirs.nesterov)
        n_steps = progress.n_epochs
        memory = [theirs.velocities]
        schedule = choose_schedule(theirs.lr_schedule, solver="sgd", power_t=theirs.power_t)
        progress.rate = float(theirs.learning_rate)
    else:
        rule, n_steps = Adam(theirs.beta_1, theirs.beta_2, theirs.epsilon), theirs.t
        memory = [theirs.ms, theirs.vs]
    progress.n_steps = n_steps
    network, parameters = fitted_network(estimator)
    n_layers = len(estimator.coefs_)
    slots = []
    for part in memory:  # weights, then biases
        arrays = [np.array(array, dtype=parameters.dtype, order="C") for array in part]
        lists = {"coefs_": arrays[:n_layers], "intercepts_": arrays[n_layers:]}
        slots.append(as_parameters(network, lists))
    state = OptimizerState(n_steps, slots)
    estimator._optimizer = TrainState(rule, schedule, progress, estimator.max_iter, state)
    estimator._progress = progress
    estimator._continues = True
