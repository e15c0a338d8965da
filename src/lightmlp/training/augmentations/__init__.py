"""Augmentations: one class each, :data:`AUGMENTATIONS` is the table of those with defaults.

An augmentation holds settings only. It changes the rows of a :class:`Chunk`, which are some
whole batches; ``training/augmented.py`` takes an epoch through them.
"""

from .base import Augmentation, Chunk
from .composed import Compose, Function
from .images import Rotate, Shift
from .mixing import CutMix, Mixup
from .noise import FeatureDropout, GaussianNoise, SwapNoise
from .table import AUGMENTATIONS, choose_augmentation

__all__ = [
    "AUGMENTATIONS",
    "Augmentation",
    "Chunk",
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
]
