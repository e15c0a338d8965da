"""Batch and layer normalisation: known answers, invariances and derivatives."""

import numpy as np
import pytest

from lightmlp.network import (
    batch_norm,
    batch_norm_delta,
    batch_statistics,
    fold_batch_norm,
    layer_norm,
    layer_norm_delta,
    running_average,
    standardize,
)

rng = np.random.default_rng(0)
sums = 3 + 50 * rng.normal(size=(7, 4))
scale, shift = rng.normal(size=(2, 4))
weights = np.array([1.0, 2.0, 0.0, 3.0, 1.0, 1.0, 2.0])
ones, zeros = np.ones(4), np.zeros(4)


def test_batch_norm_gives_every_column_mean_zero_and_variance_one():
    normalized = batch_norm(sums, ones, zeros)
    np.testing.assert_allclose(normalized.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(normalized.var(axis=0), 1, rtol=1e-6)
    np.testing.assert_allclose(batch_norm(sums, scale, shift), scale * normalized + shift)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_folded_layer_computes_what_the_normalised_one_does(dtype):
    inputs, matrix = rng.normal(size=(7, 3)), rng.normal(size=(3, 4)).astype(dtype)
    mean, variance = rng.normal(size=4), np.array([0.0, 1e-5, 1.0, 400.0])
    folded, bias = fold_batch_norm(matrix, shift, scale, mean, variance)
    assert folded.dtype == bias.dtype == dtype
    expected = standardize(inputs @ matrix, mean, variance) * scale + shift
    tolerance = 1e-10 if dtype == np.float64 else 1e-3
    np.testing.assert_allclose(inputs @ folded + bias, expected, rtol=tolerance, atol=tolerance)


def test_layer_norm_gives_every_row_mean_zero_and_variance_one():
    normalized = layer_norm(sums, ones, zeros)
    np.testing.assert_allclose(normalized.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(normalized.var(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(layer_norm(sums, scale, shift), scale * normalized + shift)


def test_the_constant_lies_inside_the_root():
    # A column of variance 1e-5: (z - mean) / sqrt(1e-5 + 1e-5).
    z = np.sqrt(1e-5) * np.array([[-1.0], [1.0]])
    np.testing.assert_allclose(batch_norm(z, 1.0, 0.0)[1], np.sqrt(0.5))
    np.testing.assert_allclose(layer_norm(z.T, 1.0, 0.0)[0, 1], np.sqrt(0.5))


def test_a_constant_column_stays_finite():
    assert (batch_norm(np.full((3, 1), 7.0), 1.0, 0.5) == 0.5).all()
    assert (layer_norm(np.full((1, 3), 7.0), 1.0, 0.5) == 0.5).all()


def test_shift_and_scale_of_the_sums_make_no_difference():
    moved = batch_norm(1000 * sums + np.arange(4), ones, zeros)
    np.testing.assert_allclose(moved, batch_norm(sums, ones, zeros), rtol=1e-5)


def test_weights_are_repeated_rows():
    repeated = np.repeat(sums, weights.astype(int), axis=0)
    for one, other in zip(
        batch_statistics(sums, weights), batch_statistics(repeated), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-13)
    delta = rng.normal(size=sums.shape)
    of_rows = batch_norm_delta(delta * weights[:, None], sums, scale, weights)
    of_repeated = batch_norm_delta(
        np.repeat(delta, weights.astype(int), axis=0), repeated, scale
    )
    first = np.cumsum(weights.astype(int)) - weights.astype(int)
    kept = weights > 0
    np.testing.assert_allclose(
        (of_rows / np.where(kept, weights, 1)[:, None])[kept],
        of_repeated[first[kept]],
        rtol=1e-9,
        atol=1e-14,
    )


@pytest.mark.parametrize("weight", [None, weights])
def test_the_batch_delta_is_the_derivative(weight):
    z = sums / 50
    delta = rng.normal(size=z.shape)
    expected = slopes(lambda z: (delta * batch_norm(z, scale, shift, weight)).sum(), z)
    np.testing.assert_allclose(
        batch_norm_delta(delta, z, scale, weight), expected, rtol=1e-6, atol=1e-8
    )


def test_the_layer_delta_is_the_derivative():
    z = sums / 50
    delta = rng.normal(size=z.shape)
    expected = slopes(lambda z: (delta * layer_norm(z, scale, shift)).sum(), z)
    np.testing.assert_allclose(
        layer_norm_delta(delta, z, scale), expected, rtol=1e-6, atol=1e-8
    )


def slopes(function, z, h=1e-6):
    slope = np.empty_like(z)
    for index in np.ndindex(*z.shape):
        step = np.zeros_like(z)
        step[index] = h
        slope[index] = (function(z + step) - function(z - step)) / (2 * h)
    return slope


def test_float32_stays_float32():
    single = sums.astype(np.float32)
    arrays = (
        batch_norm(single, scale.astype("f"), shift.astype("f"), weights.astype("f")),
        batch_norm_delta(single, single, scale.astype("f")),
        layer_norm_delta(single, single, scale.astype("f")),
        running_average(single, single),
    )
    assert all(array.dtype == np.float32 for array in arrays)


def test_a_running_average_comes_to_what_it_follows():
    average = np.zeros(1)
    for _ in range(3):
        average = running_average(average, np.ones(1))
    np.testing.assert_allclose(average, 1 - 0.9**3)
