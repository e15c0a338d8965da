"""The table of augmentations that have defaults."""

from .base import Augmentation
from .mixing import CutMix, Mixup
from .noise import FeatureDropout, GaussianNoise, SwapNoise

__all__ = ["AUGMENTATIONS"]

AUGMENTATIONS: dict[str, type[Augmentation]] = {
    "gaussian_noise": GaussianNoise,
    "mixup": Mixup,
    "cutmix": CutMix,
    "swap_noise": SwapNoise,
    "feature_dropout": FeatureDropout,
}
"""Names for the estimators' ``augmentation``, each with the class whose defaults it uses."""
