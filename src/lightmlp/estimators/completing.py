"""Models built from weights: what they lack of a fitted model is derived from what they have.

Users of scikit-learn set ``coefs_`` and ``intercepts_`` on a new estimator, some more
attributes at will, and expect it to predict and to go on learning.
"""

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from ..network import find_loss
from .inputs import list_of_arrays, read_parameters
from .learning import unchanged_on_error
from .parameter_lists import NORM_LISTS

if TYPE_CHECKING:
    from .base import BaseMultilayerPerceptron

__all__ = ["complete", "complete_shapes"]

Array = NDArray[Any]


def complete(estimator: "BaseMultilayerPerceptron") -> None:
    """Set the fitted attributes that are missing beside ``coefs_`` and ``intercepts_``.

    A fitted estimator, and one that was completed before, lacks nothing.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Whose parameters say what its attributes do not.

    Raises
    ------
    NotFittedError
        If there are no ``coefs_``.
    ValueError
        If the attributes contradict each other; the estimator stays as it is.
    """
    if "_fitted_loss" in vars(estimator):
        return
    with unchanged_on_error(estimator):
        complete_shapes(estimator)
        estimator._validate_params()
        name, settings = estimator._network_loss(estimator._complete_encoder())
        if estimator.n_outputs_ % len(settings.levels):
            raise ValueError(
                f"loss={estimator.loss!r} has {len(settings.levels)} outputs per target, and "
                f"the last of coefs_ has {estimator.n_outputs_} columns. Assign weights with "
                "a multiple of that, or choose another loss."
            )
        estimator._fitted_loss = name, settings
        estimator.__dict__.setdefault(
            "out_activation_", find_loss(name, settings).inverse_link_name
        )


def complete_shapes(estimator: "BaseMultilayerPerceptron") -> None:
    """Set what the shapes of ``coefs_`` tell, and zero counts; the rest as :func:`complete`."""
    if "_fitted_loss" in vars(estimator):
        return
    check_is_fitted(estimator, "coefs_")
    if not hasattr(estimator, "intercepts_"):
        raise ValueError("coefs_ is set and intercepts_ is not. Assign both, a list each.")
    with unchanged_on_error(estimator):
        for name, value in _derived(list_of_arrays(estimator, "coefs_")).items():
            estimator.__dict__.setdefault(name, value)
        read_parameters(estimator)
        if estimator.n_layers_ != len(estimator.coefs_) + 1:
            raise ValueError(
                f"n_layers_={estimator.n_layers_} does not match the {len(estimator.coefs_)} "
                "matrices of coefs_: it counts the input too, so that it is one more."
            )


def _derived(coefs: list[Array]) -> dict[str, Any]:
    """Return what the weights tell of the network."""
    for index, W in enumerate(coefs):
        if W.ndim != 2:
            raise ValueError(
                f"coefs_[{index}] must be a matrix of shape (n_inputs, n_outputs), got the "
                f"shape {W.shape}. Assign one matrix per layer."
            )
    derived: dict[str, Any] = {"n_layers_": len(coefs) + 1, "n_iter_": 0, "t_": 0}
    if coefs:
        derived |= {"n_features_in_": len(coefs[0]), "n_outputs_": coefs[-1].shape[1]}
    return derived | {name: [] for name in NORM_LISTS}
