"""The table of augmentations that have defaults, and the lookup of an augmentation."""

from typing import Any

from sklearn.base import clone

from ...settings import choose
from .base import Augmentation
from .composed import Compose, Function
from .mixing import CutMix, Mixup
from .noise import FeatureDropout, GaussianNoise, SwapNoise

__all__ = ["AUGMENTATIONS", "choose_augmentation", "find_augmentation"]

AUGMENTATIONS: dict[str, type[Augmentation]] = {
    "gaussian_noise": GaussianNoise,
    "mixup": Mixup,
    "cutmix": CutMix,
    "swap_noise": SwapNoise,
    "feature_dropout": FeatureDropout,
}
"""Names for the estimators' ``augmentation``, each with the class whose defaults it uses."""


_MOST_MIXES = 10


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
