"""Augmentations of images, stored as rows of pixels: shifts and rotations."""

from collections.abc import Sequence
from math import prod
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from ...engines.base import Stage
from .base import Augmentation, AugmentationRows

__all__ = ["Rotate", "Shift"]


class _ImageAugmentation(Augmentation):
    """Base of augmentations that interpret rows as images."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "image_shape": ["array-like"],
        "fill": [Interval(Real, None, None, closed="neither")],
    }

    image_shape: Sequence[int]
    fill: float

    def validate(self) -> None:
        """Check the parameters, including the sizes of the image."""
        super().validate()
        sizes = tuple(self.image_shape)
        if len(sizes) not in (2, 3) or not all(
            isinstance(size, Integral) and size > 0 for size in sizes
        ):
            raise ValueError(
                f"image_shape={self.image_shape!r} of {type(self).__name__} must be two or "
                "three integers > 0: (height, width) or (height, width, channels)."
            )

    def check_columns(self, n_features: int) -> None:
        """Raise ValueError if the image shape does not match this number of columns."""
        sizes = tuple(self.image_shape)
        if prod(sizes) != n_features:
            raise ValueError(
                f"image_shape={self.image_shape!r} of {type(self).__name__} means "
                f"{' x '.join(map(str, sizes))} = {prod(sizes)} columns, and X has "
                f"{n_features}. Give the height and width (and channels) of its rows."
            )

    def _stage(self, kind: str, coefficients: NDArray[np.float64]) -> Stage:
        height, width, *channels = self.image_shape
        shape = (int(height), int(width), int(prod(channels)))
        return Stage(kind, float(self.fill), coefficients, image_shape=shape)


class Shift(_ImageAugmentation):
    r"""Shifts every image by a whole number of pixels.

    .. math:: \tilde x_{y, x} = x_{y - s, x - t}, \quad s, t \in \{-m, \ldots, m\}

    drawn uniformly and separately for every row.

    Parameters
    ----------
    image_shape : tuple of int
        (height, width) or (height, width, channels), whose product is the number of
        columns; rows are images in C order, channels last.
    max_shift : int, default=1
        m, >= 0, in pixels.
    fill : float, default=0.0
        Fill value of the pixels beyond the border.

    References
    ----------
    LeCun, Bottou, Bengio and Haffner (1998), "Gradient-Based Learning Applied to Document
    Recognition", section III.A: distortions by translations.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp import augmentations
    >>> image = np.array([[0, 0, 0, 0, 1, 0, 0, 0, 0]])
    >>> shifted = augmentations.Shift((3, 3)).preview(image)
    >>> float(shifted.sum())
    1.0
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **_ImageAugmentation._parameter_constraints,
        "max_shift": [Interval(Integral, 0, None, closed="left")],
    }

    def __init__(
        self, image_shape: Sequence[int], max_shift: int = 1, fill: float = 0.0
    ) -> None:
        self.image_shape = image_shape
        self.max_shift = max_shift
        self.fill = fill

    def draw(self, rows: AugmentationRows) -> list[Stage]:
        """Draw the shifts, down and to the right, in pixels."""
        limits, size = (-self.max_shift, self.max_shift), (rows.n_rows, 2)
        pixels = rows.generator.integers(*limits, size, endpoint=True)
        return [self._stage("shift", pixels.astype(np.float64))]


class Rotate(_ImageAugmentation):
    r"""Rotates every image about its centre, by bilinear interpolation.

    .. math:: \tilde x(c + R_\theta d) = x(c + d), \quad
              \theta \sim \mathcal U(-\theta_{max}, \theta_{max})

    with c the centre and :math:`R_\theta` the rotation (counter-clockwise in displayed
    images), drawn for every row.

    Parameters
    ----------
    image_shape : tuple of int
        (height, width) or (height, width, channels), whose product is the number of
        columns; rows are images in C order, channels last.
    max_angle : float, default=10.0
        :math:`\theta_{max}`, in degrees, in [0, 180].
    fill : float, default=0.0
        Fill value of the pixels beyond the border.

    References
    ----------
    Simard, Steinkraus and Platt (2003), "Best Practices for Convolutional Neural Networks
    Applied to Visual Document Analysis", section 2: affine distortions.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp import augmentations
    >>> image = np.array([[0, 0, 0, 0, 1, 0, 0, 0, 0]])
    >>> float(augmentations.Rotate((3, 3), max_angle=90).preview(image)[0, 4])
    1.0
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **_ImageAugmentation._parameter_constraints,
        "max_angle": [Interval(Real, 0, 180, closed="both")],
    }

    def __init__(
        self, image_shape: Sequence[int], max_angle: float = 10.0, fill: float = 0.0
    ) -> None:
        self.image_shape = image_shape
        self.max_angle = max_angle
        self.fill = fill

    def draw(self, rows: AugmentationRows) -> list[Stage]:
        """Draw the angles."""
        angles = rows.generator.uniform(-self.max_angle, self.max_angle, rows.n_rows)
        radians = np.deg2rad(angles)
        return [self._stage("rotate", np.stack([np.cos(radians), np.sin(radians)], axis=1))]
