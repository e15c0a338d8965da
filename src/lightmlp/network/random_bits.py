"""A counter-based generator: each number depends only on its position, in every engine."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["bits_threshold", "normal_quantiles", "random_bits"]

Words = NDArray[np.uint32]

_WORD = 2**64
# Giles (2010), for w = -log(4 p (1 - p)) below and above 5; highest power first.
_CENTRE = (
    *(2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087),
    *(-0.00125372503, -0.00417768164, 0.246640727, 1.50140941),
)
_TAIL = (
    *(-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773),
    *(-0.0076224613, 0.00943887047, 1.00167406, 2.83297682),
)


def random_bits(elements: NDArray[np.uint64], seed: int, step: int, stream: int) -> Words:
    r"""Draw 32 random bits for each element, given its index e.

    .. math:: h(h(e \oplus k_0) + k_1)

    where h mixes the bits of a 32-bit word and :math:`k_0, k_1` are the low and high
    halves of a 64-bit key derived from seed, step and stream.

    References
    ----------
    Salmon et al. (2011), "Parallel Random Numbers: As Easy as 1, 2, 3", for counters as
    state; words are mixed by Wellons' "lowbias32" (2018), the key is made by the finaliser
    of SplitMix64 (Steele, Lea and Flood, 2014).
    """
    key = _mix64(_mix64(_mix64(seed) + step) + stream)
    low, high = np.uint32(key & 0xFFFFFFFF), np.uint32(key >> 32)
    return _mix32(_mix32(elements.astype(np.uint32) ^ low) + high)


def bits_threshold(rate: Any) -> Any:
    """Return the threshold below which a fraction ``rate`` of all words lies."""
    return np.minimum(np.rint(np.asarray(rate) * 2.0**32), 2.0**32 - 1).astype(np.uint32)


def normal_quantiles(words: Words, dtype: Any) -> NDArray[Any]:
    r"""Turn random words into standard normal values, by the quantile function.

    One bit is the sign, the others are the tail probability p:

    .. math:: z = \pm \sqrt 2 \, \mathrm{erf}^{-1}(1 - 2 p)

    References
    ----------
    Giles (2010), "Approximating the erfinv function", GPU Computing Gems: the polynomials
    for single precision, with a relative error of 4e-7 up to abs(z) = 5.4, 4e-4 beyond.
    """
    of = np.dtype(dtype).type
    p = ((words & np.uint32(0x7FFFFFFF)).astype(dtype) + of(0.5)) * of(2.0**-32)
    w = np.maximum(-np.log(of(4) * p * (of(1) - p)), of(0))
    centre = np.polyval(np.array(_CENTRE, dtype), w - of(2.5))
    tail = np.polyval(np.array(_TAIL, dtype), np.sqrt(w) - of(3))
    z = of(np.sqrt(2)) * (of(1) - of(2) * p) * np.where(w < 5, centre, tail)
    values: NDArray[Any] = np.where(words >> np.uint32(31) != 0, -z, z)
    return values


def _mix64(value: int) -> int:
    value = (value + 0x9E3779B97F4A7C15) % _WORD
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 % _WORD
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB % _WORD
    return value ^ (value >> 31)


def _mix32(word: Words) -> Words:
    word = (word ^ (word >> np.uint32(16))) * np.uint32(0x7FEB352D)
    word = (word ^ (word >> np.uint32(15))) * np.uint32(0x846CA68B)
    mixed: Words = word ^ (word >> np.uint32(16))
    return mixed
