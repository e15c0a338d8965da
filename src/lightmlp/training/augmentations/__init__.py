"""Augmentations: one class each; :data:`AUGMENTATIONS` lists those that have defaults.

An augmentation holds only settings. For the rows of some whole batches it draws the stages
with which engines transform them; ``training/augmented.py`` runs an epoch of them.
"""

from .base import Augmentation, AugmentationRows, draw_seed
from .composed import Compose, Function, choose_augmentation
from .images import Rotate, Shift
from .mixing import CutMix, Mixup
from .noise import FeatureDropout, GaussianNoise, SwapNoise
from .table import AUGMENTATIONS

__all__ = [
    "AUGMENTATIONS",
    "Augmentation",
    "AugmentationRows",
    "Compose",
    "CutMix",
    "FeatureDropout",
    "Function",
    "GaussianNoise",
    "Mixup",
    "Rotate",
    "Shift",
    "SwapNoise",
    "choose_augmentation",
    "draw_seed",
]
