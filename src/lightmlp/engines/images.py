"""Images shifted and rotated, in NumPy and SciPy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["rotated", "shifted"]

Array = NDArray[Any]


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


def rotated(images: Array, cosines: Array, sines: Array, fill: float) -> Array:
    """Rotate images (n, height, width, channels), each by an angle of its own."""
    from scipy.ndimage import map_coordinates

    n_images, height, width, n_channels = images.shape
    cos, sin = (values[:, np.newaxis, np.newaxis] for values in (cosines, sines))
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
