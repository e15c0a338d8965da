"""Augmentations: one class each, :data:`AUGMENTATIONS` is the table of those with defaults.

An augmentation holds settings only. It draws, for the rows of some whole batches, the stages
by which engines change them; ``training/augmented.py`` takes an epoch through them.
"""

from .base import Augmentation, Drawing, draw_seed
from .composed import Compose, Function
from .images import Rotate, Shift
from .mixing import CutMix, Mixup
from .noise import FeatureDropout, GaussianNoise, SwapNoise
from .table import AUGMENTATIONS, choose_augmentation

__all__ = [
    "AUGMENTATIONS",
    "Augmentation",
    "Compose",
    "CutMix",
    "Drawing",
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
