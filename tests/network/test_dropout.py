"""The masks: how many stay, and what they depend on."""

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import chisquare

from lightmlp.network import drop_entries, dropout_factors, dropout_mask
from lightmlp.network.random_bits import _mix64, random_bits

PLACE = {"seed": 3, "step": 5, "layer": 1}


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_the_share_that_stays_is_binomial(rate):
    mask = dropout_mask(rate, **PLACE, n_rows=1000, n_columns=400)
    deviation = np.sqrt(rate * (1 - rate) / mask.size)
    assert abs(mask.mean() - (1 - rate)) < 4 * deviation
    for axis in (0, 1):  # rows and columns alike
        shares = mask.mean(axis=axis)
        expected = np.sqrt(rate * (1 - rate) / mask.shape[axis])
        assert 0.85 < shares.std() / expected < 1.15


def test_neighbours_are_independent():
    mask = dropout_mask(0.5, **PLACE, n_rows=1000, n_columns=400)
    for one, other in ((mask[1:], mask[:-1]), (mask[:, 1:], mask[:, :-1])):
        counts = np.bincount((2 * one + other).ravel(), minlength=4)
        assert chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("name", PLACE)
def test_masks_of_other_seeds_steps_and_layers_are_independent(name):
    size = {"n_rows": 500, "n_columns": 200}
    one = dropout_mask(0.5, **PLACE, **size)
    other = dropout_mask(0.5, **{**PLACE, name: PLACE[name] + 1}, **size)
    counts = np.bincount((2 * one + other).ravel(), minlength=4)
    assert chisquare(counts).pvalue > 1e-4


def test_seed_step_and_layer_do_not_stand_for_each_other():
    masks = [
        dropout_mask(0.5, seed, step, layer, 20, 20).tobytes()
        for seed in range(4)
        for step in range(1, 5)
        for layer in range(4)
    ]
    assert len(set(masks)) == 64


def test_a_row_has_the_same_mask_in_a_shorter_batch():
    long = dropout_mask(0.5, **PLACE, n_rows=9, n_columns=7)
    assert np.array_equal(dropout_mask(0.5, **PLACE, n_rows=4, n_columns=7), long[:4])


def test_the_key_is_mixed_by_splitmix64():
    """The first outputs of Vigna's program for the state 1234567."""
    states = [(1234567 + i * 0x9E3779B97F4A7C15) % 2**64 for i in range(3)]
    outputs = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert [_mix64(state) for state in states] == outputs


def test_known_words_and_mask():
    place = 2**63 - 1, 10, 2
    words = [0x50BF45D2, 0xDD9F90EB, 0x1443A039, 0xF9ADDECB, 0x591801C7, 0xAC1A7EB8]
    assert random_bits(np.arange(6, dtype=np.uint64), *place).tolist() == words
    mask = dropout_mask(0.3, *place, n_rows=6, n_columns=10)
    assert ["".join(map(str, row)) for row in mask.astype(int)] == [
        "1101111101", "1111011001", "1111111111", "1101111011", "0001101101", "0110101101",
    ]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_means_stay(dtype):
    factors = dropout_factors(0.3, **PLACE, n_rows=1000, n_columns=300, dtype=dtype)
    assert factors.dtype == dtype
    assert factors.mean(dtype=float) == pytest.approx(1, abs=0.01)
    assert np.unique(factors).tolist() == [0, dtype(1 / 0.7)]


@pytest.mark.parametrize("rate", [0.0, 1e-12])
def test_no_rate_drops_nothing(rate):
    assert dropout_mask(rate, **PLACE, n_rows=50, n_columns=50).all()


def test_the_highest_rate_below_one_is_allowed():
    assert not dropout_mask(np.nextafter(1, 0), **PLACE, n_rows=50, n_columns=50).any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sparse_rows_lose_the_same_values_as_dense_ones(dtype):
    X = sparse.random(30, 40, 0.3, "csr", dtype=dtype, random_state=0)
    before = X.copy()
    factors = dropout_factors(0.4, **PLACE, n_rows=30, n_columns=40, dtype=dtype)
    dropped = drop_entries(X, 0.4, **PLACE)
    assert np.array_equal(dropped.toarray(), X.toarray() * factors)
    assert (before != X).nnz == 0
