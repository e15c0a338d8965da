"""Errors about the estimators' parameters that say what to write instead."""

import numpy as np
import pytest
from sklearn.utils._param_validation import InvalidParameterError

from lightmlp import MLPClassifier, MLPRegressor, solvers
from lightmlp.callbacks import EarlyStopping
from lightmlp.engines import get_engine
from lightmlp.initializers import Glorot

X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2


@pytest.mark.parametrize(
    ("parameters", "meant"),
    [
        ({"activation": "sigmoid"}, "logistic"),
        ({"activation": "ReLU"}, "relu"),
        ({"solver": "Adam"}, "adam"),
        ({"loss": "cross_entropy"}, "log_loss"),
        ({"learning_rate": "cosine_decay"}, "cosine"),
        ({"initialization": "xavier"}, "glorot_uniform"),
        ({"bias_initialization": "zero"}, "zeros"),
        ({"normalization": "layer_norm"}, "layer"),
        ({"augmentation": "noise"}, "gaussian_noise"),
        ({"engine": "numpy"}, "reference"),
        ({"batch_size": "all"}, "full"),
        ({"class_weight": "balance"}, "balanced"),
        ({"verbose": "progress"}, "bar"),
        ({"restore_best_weights": "Auto"}, "auto"),
    ],
)
def test_a_wrong_name_is_refused_in_scikit_learns_words_and_with_the_right_one(
    parameters, meant
):
    (name, value), *_ = parameters.items()
    message = (
        rf"^The '{name}' parameter of MLPClassifier must be .*a str among {{.*'{meant}'.*}}.*"
        rf"\. Did you mean '{meant}'\? Got '{value}' instead\.$"
    )
    with pytest.raises(InvalidParameterError, match=message):
        MLPClassifier(**parameters).fit(X, y)


@pytest.mark.parametrize(
    ("loss", "meant"), [("mse", "squared_error"), ("mae", "absolute_error")]
)
def test_losses_by_their_short_names(loss, meant):
    with pytest.raises(InvalidParameterError, match=rf"Did you mean '{meant}'\? Got '{loss}'"):
        MLPRegressor(loss).fit(X, y)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            lambda: MLPClassifier((3, 2), ("relu", "sigmoid")).fit(X, y),
            r"activation\[1\]='sigmoid' is unknown.*Did you mean 'logistic'\?$",
        ),
        (
            lambda: MLPClassifier(early_stopping=True, scoring="auc").fit(X, y),
            r"scoring='auc' must be.*Did you mean 'roc_auc'\?$",
        ),
        (
            lambda: MLPClassifier(augmentation=["mixup", "cut_mix"]).fit(X, y),
            r"augmentation='cut_mix' is unknown.*Did you mean 'cutmix'\?$",
        ),
        (lambda: EarlyStopping("val_loss"), r"monitor=.*Did you mean 'validation_loss'\?$"),
        (lambda: get_engine("numpy"), r"engine='numpy' is unknown.*Did you mean 'reference'\?"),
        (
            lambda: Glorot("gaussian").validate(),
            r"'distribution' parameter of Glorot.*Did you mean 'normal'\? Got 'gaussian'",
        ),
    ],
)
def test_names_elsewhere(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


@pytest.mark.parametrize("rate", [0.01, 1, np.float32(0.5)])
def test_a_number_as_learning_rate_is_learning_rate_init(rate):
    with pytest.raises(InvalidParameterError, match=f"write learning_rate_init={rate}. Got"):
        MLPClassifier(learning_rate=rate).fit(X, y)


@pytest.mark.parametrize("sizes", [(64,), (64, 32), [8], 64, np.array([3, 2])])
def test_hidden_sizes_as_the_regressors_first_argument(sizes):
    with pytest.raises(
        InvalidParameterError, match=r"argument is loss.*write hidden_layer_sizes="
    ):
        MLPRegressor(sizes).fit(X, y)


def test_a_class_in_place_of_an_object():
    with pytest.raises(InvalidParameterError, match=r"It is a class: write AdamW\(\)\. Got"):
        MLPClassifier(solver=solvers.AdamW).fit(X, y)


@pytest.mark.parametrize(
    "sizes",
    [True, False, np.True_, (True, 3), [5, False], np.array([True]), 100.0, (100.0,), "100",
     ["100"], ((5, 3),), np.array([[5, 3]]), np.array(5), {"a": 1}],
)  # fmt: skip
def test_hidden_sizes_that_are_no_widths(sizes):
    with pytest.raises(ValueError, match=r"hidden_layer_sizes.*must be"):
        MLPClassifier(sizes).fit(X, y)


@pytest.mark.parametrize(
    "name",
    ["n_threads", "max_time", "dropout", "input_dropout", "l1", "weight_decay", "max_norm",
     "gradient_clip", "gradient_clip_value", "frozen_layers", "bias_initialization"],
)  # fmt: skip
def test_a_yes_is_no_number(name):
    with pytest.raises(InvalidParameterError, match=f"'{name}' parameter .* Got True instead"):
        MLPClassifier(**{name: True}).fit(X, y)


def test_a_message_keeps_what_looks_like_its_own_words():
    value = "x Got 'relu' instead."
    with pytest.raises(InvalidParameterError) as caught:
        MLPClassifier(activation=value).fit(X, y)
    assert str(caught.value).endswith(f"an array-like or a callable. Got {value!r} instead.")
