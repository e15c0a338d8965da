"""Augmentations of rows that are images, pixel after pixel: shifts and rotations."""

from abc import abstractmethod
from collections.abc import Sequence
from math import prod
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from .base import Augmentation, Chunk

__all__ = ["Rotate", "Shift"]

Array = NDArray[Any]


class _ImageAugmentation(Augmentation):
    """Base of those that see rows as images."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "image_shape": ["array-like"],
        "fill": [Interval(Real, None, None, closed="neither")],
    }

    image_shape: Sequence[int]

    def validate(self) -> None:
        """Check the parameters, the sizes of the image too."""
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
        """Raise ValueError if rows of so many columns are not images of this shape."""
        sizes = tuple(self.image_shape)
        if prod(sizes) != n_features:
            raise ValueError(
                f"image_shape={self.image_shape!r} of {type(self).__name__} stands for "
                f"{' x '.join(map(str, sizes))} = {prod(sizes)} columns, and X has "
                f"{n_features}. Give the height and width (and channels) of its rows."
            )

    def augment(self, chunk: Chunk, generator: np.random.Generator) -> None:
        """Change the images, batch by batch, since that takes several times their memory."""
        height, width, *channels = self.image_shape
        for batch in chunk.batches():
            images = chunk.X[batch].reshape(-1, height, width, prod(channels))
            changed = self._change(images, generator)
            chunk.X[batch] = changed.reshape(len(images), -1)

    @abstractmethod
    def _change(self, images: Array, generator: np.random.Generator) -> Array:
        """Return changed images (n, height, width, channels)."""


class Shift(_ImageAugmentation):
    r"""Shifts every image by some whole pixels.

    .. math:: \tilde x_{y, x} = x_{y - s, x - t}, \quad s, t \in \{-m, \ldots, m\}

    each shift equally likely, drawn for every row.

    Parameters
    ----------
    image_shape : tuple of int
        (height, width) or (height, width, channels), whose product is the number of
        columns; rows are images in C order, channels last.
    max_shift : int, default=1
        m, >= 0, in pixels.
    fill : float, default=0.0
        Value of the pixels that come in at the border.

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

    def _change(self, images: Array, generator: np.random.Generator) -> Array:
        limits, size = (-self.max_shift, self.max_shift), (2, len(images))
        down, right = generator.integers(*limits, size, endpoint=True)
        return shifted(images, down, right, fill=self.fill)


def shifted(
    images: Array, down: NDArray[np.int64], right: NDArray[np.int64], fill: float
) -> Array:
    """Shift images (n, height, width, channels), each by pixels of its own."""
    n_images, height, width, _ = images.shape
    y = np.arange(height) - down[:, np.newaxis]
    x = np.arange(width) - right[:, np.newaxis]
    inside_y, inside_x = (y >= 0) & (y < height), (x >= 0) & (x < width)
    result: Array = images[
        np.arange(n_images)[:, np.newaxis, np.newaxis],
        np.clip(y, 0, height - 1)[:, :, np.newaxis],
        np.clip(x, 0, width - 1)[:, np.newaxis, :],
    ]
    result[~(inside_y[:, :, np.newaxis] & inside_x[:, np.newaxis, :])] = fill
    return result


class Rotate(_ImageAugmentation):
    r"""Rotates every image about its centre, by bilinear interpolation.

    .. math:: \tilde x(c + R_\theta d) = x(c + d), \quad
              \theta \sim \mathcal U(-\theta_{max}, \theta_{max})

    with c the centre and :math:`R_\theta` the rotation, counter-clockwise as images are
    shown, drawn for every row.

    Parameters
    ----------
    image_shape : tuple of int
        (height, width) or (height, width, channels), whose product is the number of
        columns; rows are images in C order, channels last.
    max_angle : float, default=10.0
        :math:`\theta_{max}`, in degrees, from 0 to 180.
    fill : float, default=0.0
        Value of the pixels that come from beyond the border.

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

    def _change(self, images: Array, generator: np.random.Generator) -> Array:
        angles = generator.uniform(-self.max_angle, self.max_angle, len(images))
        return rotated(images, np.deg2rad(angles), fill=self.fill)


def rotated(images: Array, angles: Array, fill: float) -> Array:
    """Rotate images (n, height, width, channels), each by an angle of its own."""
    from scipy.ndimage import map_coordinates

    n_images, height, width, n_channels = images.shape
    cos, sin = (f(angles)[:, np.newaxis, np.newaxis] for f in (np.cos, np.sin))
    y = (np.arange(height) - (height - 1) / 2)[:, np.newaxis]
    x = np.arange(width) - (width - 1) / 2
    # Where each pixel comes from; the first coordinate, an image's number, is whole.
    sources = np.empty((3, n_images, height, width))
    sources[0] = np.arange(n_images)[:, np.newaxis, np.newaxis]
    sources[1] = cos * y + sin * x + (height - 1) / 2
    sources[2] = cos * x - sin * y + (width - 1) / 2
    result = np.empty_like(images)
    for channel in range(n_channels):
        # Beyond the border all pixels have the fill, towards which the border fades.
        result[..., channel] = map_coordinates(
            images[..., channel],
            sources,
            images.dtype,
            order=1,
            mode="grid-constant",
            cval=fill,
        )
    return result
