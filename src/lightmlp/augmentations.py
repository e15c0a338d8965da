"""Augmentations of the rows that train, for ``augmentation`` of the estimators."""

from .training.augmentations import (
    AUGMENTATIONS,
    Augmentation,
    Compose,
    CutMix,
    FeatureDropout,
    Function,
    GaussianNoise,
    Mixup,
    Rotate,
    Shift,
    SwapNoise,
)

__all__ = [
    "AUGMENTATIONS",
    "Augmentation",
    "Compose",
    "CutMix",
    "FeatureDropout",
    "Function",
    "GaussianNoise",
    "Mixup",
    "Rotate",
    "Shift",
    "SwapNoise",
]
