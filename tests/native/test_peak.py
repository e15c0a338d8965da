"""The loop of multiply-adds that benchmarks compare with."""

import pytest

pytest.importorskip("lightmlp._native")

from lightmlp import _native


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n_threads", [1, 3])
def test_whole_blocks_are_counted(dtype, n_threads):
    """A block is 4096 multiply-adds, of 2 operations each, on 12 sums per lane."""
    peak = _native.multiply_add_peak(dtype, n_threads, 0.01)
    blocks = 1e9 * peak * 0.01 / (2 * 12 * 4096)
    assert blocks == pytest.approx(round(blocks), rel=1e-12)
    assert blocks >= 1  # none is counted if the sums are wrong


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
