"""The description of a network."""

from dataclasses import FrozenInstanceError

import pytest

from lightmlp.network import Activation, Linear, Network


def test_dense_ends_with_raw_scores():
    network = Network.dense([4, 3, 2], "relu", "log_loss", alpha=0.5)
    assert network.layers == (Linear(4, 3), Activation(3, "relu"), Linear(3, 2))
    assert (network.loss, network.alpha) == ("log_loss", 0.5)
    assert (network.n_features, network.n_outputs) == (4, 2)
    assert network.widths == (4, 3, 2)
    assert network.n_parameters == 4 * 3 + 3 + 3 * 2 + 2


def test_no_hidden_layer():
    network = Network.dense([4, 1], "relu", "squared_error")
    assert network.layers == (Linear(4, 1),)


def test_a_network_is_a_value():
    network = Network.dense([4, 1], "relu", "squared_error")
    assert network == Network.dense((4, 1), "relu", "squared_error")
    with pytest.raises(FrozenInstanceError):
        network.alpha = 1.0
