"""coefs_ and intercepts_ belong to the user as well."""

import numpy as np
import pytest


def test_predict_reads_replaced_and_edited_parameters(regressor, table):
    regressor.coefs_ = [np.zeros((4, 5)), np.zeros((5, 1))]
    regressor.intercepts_[1] = np.array([7.0])
    assert set(regressor.predict(table)) == {7.0}
    regressor.intercepts_[1][0] = 8
    assert set(regressor.predict(table)) == {8.0}


def test_the_number_of_hidden_layers_may_change(regressor, table):
    regressor.coefs_, regressor.intercepts_ = [np.ones((4, 1))], [np.zeros(1)]
    np.testing.assert_allclose(regressor.predict(table), table.sum(axis=1))
    assert regressor.hidden_activations(table) == []
    assert regressor.n_parameters_ == 5


def test_lists_integers_and_fortran_order_are_taken(regressor, table):
    weights = regressor.coefs_[0].copy()
    expected = regressor.predict(table)
    regressor.coefs_[0] = np.asfortranarray(weights)
    np.testing.assert_array_equal(regressor.predict(table), expected)
    regressor.coefs_[0] = weights.tolist()
    np.testing.assert_array_equal(regressor.predict(table), expected)
    regressor.coefs_[0] = np.zeros((4, 5), dtype=int)
    assert len(set(regressor.predict(table))) == 1


def test_partial_fit_goes_on_from_edited_parameters(regressor, table):
    regressor.partial_fit(table, table[:, 0])
    regressor.coefs_[0] = regressor.coefs_[0] + 100.0
    regressor.partial_fit(table, table[:, 0])
    assert (regressor.coefs_[0] > 50).all()


def test_partial_fit_keeps_the_type_of_the_parameters(regressor, table):
    regressor.coefs_ = [W.astype(np.float32) for W in regressor.coefs_]
    regressor.intercepts_ = [b.astype(np.float32) for b in regressor.intercepts_]
    regressor.partial_fit(table, table[:, 0])
    assert {a.dtype for a in regressor.coefs_} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("name", "index", "value", "message"),
    [
        ("coefs_", 0, np.ones((3, 5)), r"coefs_\[0\] must have the shape \(4, n_outputs\)"),
        ("coefs_", 0, np.ones((4, 6)), r"intercepts_\[0\] must have the shape \(6,\)"),
        ("coefs_", 1, np.ones((5, 2)), r"intercepts_\[1\] must have the shape \(2,\)"),
        ("coefs_", 1, np.ones(5), r"coefs_\[1\] must have the shape"),
        ("coefs_", 1, np.array([["a"]] * 5), r"coefs_\[1\] must be an array of real numbers"),
        ("coefs_", 1, np.ones((5, 1)) * 1j, r"coefs_\[1\] must be an array of real numbers"),
        ("intercepts_", 0, np.ones((1, 5)), r"intercepts_\[0\] must have the shape \(5,\)"),
        ("intercepts_", 0, [None] * 5, r"intercepts_\[0\] must be an array of real numbers"),
    ],
)
def test_parameters_that_make_no_network(regressor, table, name, index, value, message):
    original = getattr(regressor, name)[index]
    getattr(regressor, name)[index] = value
    for call in (
        lambda: regressor.predict(table),
        lambda: regressor.partial_fit(table, table[:, 0]),
        lambda: regressor.loss_and_gradients(table, table[:, 0]),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    getattr(regressor, name)[index] = original
    assert np.isfinite(regressor.predict(table)).all()


def test_a_last_layer_of_another_width(regressor, table):
    regressor.coefs_[1], regressor.intercepts_[1] = np.ones((5, 2)), np.ones(2)
    with pytest.raises(ValueError, match=r"coefs_\[1\] must have 1 columns"):
        regressor.predict(table)


def test_a_missing_layer(regressor, table):
    regressor.intercepts_ = regressor.intercepts_[:1]
    with pytest.raises(ValueError, match="one entry per layer, got 2 and 1"):
        regressor.predict(table)
