"""A custom loss: a function of a batch whose results are checked."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .gradient_check import check_gradient

__all__ = ["CustomLoss"]

Array = NDArray[Any]


class CustomLoss:
    """The loss behind ``loss=function`` of the estimators.

    The first call with finite scores compares the gradient with central differences of the
    loss, which takes a few more calls of the function, with scores in float64.

    Parameters
    ----------
    function : callable
        ``function(y, raw_scores, sample_weight) -> (loss, gradient)``. The arrays it
        receives are read-only copies: y of shape (n_rows,) or (n_rows, n_outputs),
        raw_scores of shape (n_rows, n_columns), and sample_weight of shape (n_rows,) or
        None. It returns the (weighted) mean loss of these rows as a number, and its
        derivative with respect to raw_scores, of the same shape.
    target_range : str, default="any real number"
        As in :class:`lightmlp.network.Loss`. Other targets are passed as integers.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import CustomLoss
    >>> def half_square(y, raw_scores, sample_weight):
    ...     error = raw_scores - y.reshape(raw_scores.shape)
    ...     return 0.5 * (error**2).mean(), error / error.size
    >>> CustomLoss(half_square)(np.array([[1.0], [2.0]]), np.array([[1.0], [4.0]]), None)
    (1.0, array([[0.],
           [1.]]))
    """

    def __init__(
        self, function: Callable[..., Any], target_range: str = "any real number"
    ) -> None:
        self.function = function
        self.target_range = target_range
        self.uses_sample_weight = True
        self._is_checked = False

    @property
    def name(self) -> str:
        """Name of the function in messages."""
        return str(getattr(self.function, "__qualname__", type(self.function).__qualname__))

    def __call__(
        self, targets: Array, scores: Array, sample_weight: Array | None
    ) -> tuple[float, Array]:
        """Return the mean loss, and its derivative with respect to the scores.

        Parameters
        ----------
        targets, scores, sample_weight
            Arrays of the batch, as passed by the engine.

        Returns
        -------
        loss : float
        gradient : ndarray of the shape and dtype of scores

        Raises
        ------
        ValueError
            If the function returns anything other than described, or a gradient that does
            not match its loss. Exceptions raised by the function propagate.
        """
        y, weight = self._user_targets(targets), _read_only(sample_weight)
        loss, gradient = self._call(y, scores, weight)
        if not self._is_checked and np.isfinite(scores).all():
            self._is_checked = True
            self._check(y, scores.astype(np.float64), weight)
        return loss, gradient

    def _check(self, y: Array, scores: Array, weight: Array | None) -> None:
        """Compare the gradient with the loss, and the results for different weights."""

        def of_scores(points: Array) -> tuple[float, Array]:
            return self._call(y, points, weight)

        check_gradient(f"loss={self.name}", of_scores, scores)
        if weight is None or (weight == weight[0]).all():
            return
        loss, gradient = of_scores(scores)
        same_loss, same_gradient = self._call(y, scores, _read_only(np.roll(weight, 1)))
        if loss == same_loss and gradient.any() and np.array_equal(gradient, same_gradient):
            self.uses_sample_weight = False

    def value(self, targets: Array, scores: Array, sample_weight: Array | None = None) -> float:
        """Return only the mean loss, for validation rows."""
        return self._call(self._user_targets(targets), scores, _read_only(sample_weight))[0]

    def delta(self, targets: Array, scores: Array) -> Array:
        """Return the derivatives of each row's own loss: n_rows times those of the mean."""
        gradient = self(targets, scores, None)[1]
        result: Array = gradient * gradient.dtype.type(len(scores))
        return result

    def _user_targets(self, targets: Array) -> Array:
        y = targets.ravel() if targets.ndim == 2 and targets.shape[1] == 1 else targets
        if self.target_range != "any real number":
            y = y.astype(np.intp)
        copy: Array = _read_only(y)
        return copy

    def _call(self, y: Array, scores: Array, weight: Array | None) -> tuple[float, Array]:
        """Call the function, and check what it returns."""
        returned = self.function(y, _read_only(scores), weight)
        if not isinstance(returned, tuple | list) or len(returned) != 2:
            raise ValueError(
                f"loss={self.name}: the function must return a pair (loss, gradient), got "
                f"{type(returned).__name__}."
            )
        loss, gradient = np.asarray(returned[0]), np.asarray(returned[1])
        if loss.shape != () or loss.dtype.kind not in "fiub":
            raise ValueError(
                f"loss={self.name}: the function returned a loss of shape {loss.shape} and "
                f"dtype {loss.dtype}, expected one real number: the mean over the rows of the "
                "batch."
            )
        if gradient.shape != scores.shape or gradient.dtype.kind not in "fiub":
            raise ValueError(
                f"loss={self.name}: the function returned a gradient of shape "
                f"{gradient.shape} and dtype {gradient.dtype}, expected real numbers in the "
                f"shape {scores.shape} of raw_scores."
            )
        is_finite = np.isfinite(loss) and np.isfinite(gradient).all()
        if not is_finite and np.isfinite(scores).all():  # else training diverges
            raise ValueError(
                f"loss={self.name}: the function returned a loss or a gradient that is not "
                f"finite (loss {float(loss)}, {np.sum(~np.isfinite(gradient))} entries of the "
                "gradient) for finite raw_scores. Keep logarithms, powers and quotients in "
                "their range."
            )
        return float(loss), gradient.astype(scores.dtype)


def _read_only(array: Array | None) -> Any:
    """Return a read-only copy, which the function cannot change."""
    if array is None:
        return None
    copy = array.copy()
    copy.flags.writeable = False
    return copy
