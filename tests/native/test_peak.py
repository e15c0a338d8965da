"""The loop of multiply-adds that benchmarks compare with."""

import pytest

pytest.importorskip("lightmlp._native")

from lightmlp import _native


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n_threads", [1, 3])
def test_peak_is_what_a_processor_can_do(dtype, n_threads):
    # From a tenth of an operation a nanosecond to 64 cores with four 512-bit pipelines.
    assert 0.1 < _native.multiply_add_peak(dtype, n_threads, 0.01) < 1e5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("int32", 1, 0.01), "dtype is 'int32'"),
        (("float32", 0, 0.01), "n_threads"),
        (("float32", 1, 0.0), "seconds"),
    ],
)
def test_peak_refuses_what_it_cannot_measure(arguments, message):
    with pytest.raises(ValueError, match=message):
        _native.multiply_add_peak(*arguments)
