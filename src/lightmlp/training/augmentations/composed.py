"""Composed augmentations, custom ones given by a function, and the lookup of all."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from ...engines.base import Stage
from ...network.arguments import check_arguments
from ...settings import choose
from .base import Augmentation, AugmentationRows
from .table import AUGMENTATIONS

__all__ = ["Compose", "Function", "choose_augmentation", "find_augmentation"]

Array = NDArray[Any]

_MOST_MIXES = 10


class Compose(Augmentation):
    """Several augmentations in sequence; a list or tuple is short for it.

    Parameters
    ----------
    augmentations : list or tuple
        Names, objects and functions, as for the estimators' ``augmentation``.

    Examples
    --------
    >>> from lightmlp import augmentations
    >>> both = augmentations.Compose([augmentations.Shift((1, 2), max_shift=0), "swap_noise"])
    >>> both.preview([[1.0, 2.0]])
    array([[1., 2.]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"augmentations": [list, tuple]}

    def __init__(self, augmentations: Sequence[Any]) -> None:
        self.augmentations = augmentations

    def _steps(self) -> list[Augmentation]:
        return [find_augmentation(one) for one in self.augmentations]

    def validate(self) -> None:
        """Check all augmentations."""
        super().validate()
        self._steps()

    def draw(self, rows: AugmentationRows) -> list[Stage]:
        """Draw for each augmentation in turn."""
        return [stage for step in self._steps() for stage in step.draw(rows)]

    def n_mixes(self) -> int:
        """Return how many times a row's target is mixed with another one."""
        return sum(step.n_mixes() for step in self._steps())

    def check_columns(self, n_features: int) -> None:
        """Raise ValueError if one of them does not fit this number of columns."""
        for step in self._steps():
            step.check_columns(n_features)


class Function(Augmentation):
    """A custom transform of each batch; ``augmentation=function`` is short for it.

    The function is called from Python once per batch, which is slower than the built-in
    augmentations.

    Parameters
    ----------
    function : callable
        ``function(X, y, random_state) -> (X, y)`` for the rows of one batch; shapes must not
        change. X is dense, (n_rows, n_features), and may be changed in place. y has shape
        (n_rows,), or (n_rows, n_outputs) for several outputs: numbers for a regressor; 0 or
        1 for two classes or several labels, where fractional targets may be returned unless
        the loss is 'focal' or 'hinge'; class indices (positions in ``classes_``) for three
        or more classes. ``random_state`` is a numpy.random.RandomState: use it to get
        reproducible results.

    Examples
    --------
    >>> from lightmlp import augmentations
    >>> def flip(X, y, random_state):
    ...     return X[:, ::-1], y
    >>> augmentations.Function(flip).preview([[1.0, 2.0]])
    array([[2., 1.]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"function": [callable]}

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def draw(self, rows: AugmentationRows) -> list[Stage]:
        """Draw the function's random state."""
        check_arguments("augmentation", self.function, "X, y, random_state")
        random_state = np.random.RandomState(rows.generator.integers(2**32))

        def transform(X: Array, targets: Array) -> tuple[Array, Array]:
            # The function may change its arguments in place.
            changed, y = self._call(X.copy(), targets, random_state)
            return (
                _checked("X", changed, X).astype(X.dtype),
                _checked_targets(y, targets, rows).astype(targets.dtype),
            )

        return [Stage("function", function=transform)]

    def _call(self, X: Array, targets: Array, random_state: np.random.RandomState) -> Any:
        y = targets.copy()
        if y.ndim == 2 and y.shape[1] == 1:
            y = y[:, 0]
        returned = self.function(X, y, random_state)
        if not isinstance(returned, tuple | list) or len(returned) != 2:
            raise ValueError(
                "augmentation: the function must return a pair (X, y), got "
                f"{type(returned).__name__}."
            )
        return returned


def _checked(name: str, values: Any, before: Array) -> Array:
    """Check the returned values against those that they replace."""
    values = np.asarray(values)
    shape = before.shape
    if values.shape != shape and (values.shape != shape[:1] or shape[1:] != (1,)):
        raise ValueError(
            f"augmentation: the function returned {name} of shape {values.shape}, expected "
            f"{shape}. Return as many rows and columns as it receives."
        )
    if values.dtype.kind not in "fiub" or not np.isfinite(values).all():
        raise ValueError(
            f"augmentation: the function returned {name} with values that are not finite "
            f"numbers (dtype {values.dtype}). Return numbers without NaN and infinity."
        )
    result: Array = values.reshape(shape)
    return result


def _checked_targets(y: Any, before: Array, rows: AugmentationRows) -> Array:
    values = _checked("y", y, before)
    if rows.n_classes is not None:
        limits = np.array(rows.n_classes if values.ndim == 2 else rows.n_classes[0])
        if values.dtype.kind not in "iu" or (values < 0).any() or (values >= limits).any():
            raise ValueError(
                "augmentation: the function returned y that are not integer positions in "
                f"classes_, from 0 to {limits - 1}. Return the positions it receives, or "
                "others in this range."
            )
    elif rows.mixes_losses and not np.isin(values, (0, 1)).all():
        raise ValueError(
            "augmentation: the function returned y between 0 and 1, which this loss or class "
            "weights by output cannot take. Return 0 or 1, or choose loss='log_loss'."
        )
    lowest = rows.lowest_target
    if (values <= lowest if rows.above_lowest else values < lowest).any():
        raise ValueError(
            f"augmentation: the function returned y with a minimum of {values.min()}, and the "
            f"loss is defined for y {'>' if rows.above_lowest else '>='} {lowest:g} alone. "
            "Return such targets, or use loss='squared_error'."
        )
    return values


def find_augmentation(augmentation: Any) -> Augmentation:
    """Return the validated object for a name, list, function or object."""
    if isinstance(augmentation, list | tuple):
        augmentation = Compose(augmentation)
    elif callable(augmentation) and not isinstance(augmentation, type):
        augmentation = Function(augmentation)
    return choose("augmentation", augmentation, AUGMENTATIONS, Augmentation)


def choose_augmentation(augmentation: Any, *, n_features: int) -> Augmentation:
    """Return the augmentation for the estimators' parameter ``augmentation``.

    Parameters
    ----------
    augmentation : str, Augmentation, list, tuple or callable
        A name, an object, a sequence of them, or a function on a batch.
    n_features : int
        Number of columns of X.

    Returns
    -------
    Augmentation
        Validated; a copy of the user's object.

    Raises
    ------
    ValueError
        If there is no such augmentation, one of its parameters is invalid, it does not match
        the number of columns, or it mixes targets too often.

    Examples
    --------
    >>> from lightmlp.training.augmentations import choose_augmentation
    >>> choose_augmentation("mixup", n_features=3)
    Mixup()
    >>> choose_augmentation(["mixup", "swap_noise"], n_features=3)
    Compose(augmentations=['mixup', 'swap_noise'])
    """
    chosen: Augmentation = clone(find_augmentation(augmentation))
    chosen.check_columns(n_features)
    if chosen.n_mixes() > _MOST_MIXES:
        raise ValueError(
            f"augmentation mixes targets {chosen.n_mixes()} times, and each time may double "
            f"the rows of a step: at most {_MOST_MIXES} of mixup and cutmix can be composed."
        )
    return chosen
