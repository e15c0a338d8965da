"""What errors say of a name that is not there."""

import subprocess
import sys

import pytest
from sklearn.metrics import get_scorer_names

from lightmlp import losses
from lightmlp.names import Names, did_you_mean
from lightmlp.network import ACTIVATIONS, INITIALIZERS
from lightmlp.settings import choose
from lightmlp.training.augmentations import AUGMENTATIONS
from lightmlp.training.optimizers import OPTIMIZERS
from lightmlp.training.schedules import SCHEDULES

TABLES = {
    "activation": ACTIVATIONS,
    "solver": {"lbfgs": None, **OPTIMIZERS},
    "classification": losses.CLASSIFICATION_LOSSES,
    "regression": losses.REGRESSION_LOSSES,
    "initialization": INITIALIZERS,
    "learning_rate": SCHEDULES,
    "augmentation": AUGMENTATIONS,
    "scoring": get_scorer_names(),
    "normalization": ["batch", "layer"],
    "monitor": ["validation_loss", "validation_score", "loss"],
}


@pytest.mark.parametrize(
    ("table", "written", "meant"),
    [
        ("activation", "sigmoid", "logistic"),
        ("activation", "ReLU", "relu"),
        ("activation", "LeakyReLU", "leaky_relu"),
        ("activation", "swish", "silu"),
        ("activation", "linear", "identity"),
        ("activation", "hardswish", "hard_silu"),
        ("activation", "tahn", "tanh"),
        ("solver", "Adam", "adam"),
        ("solver", "L-BFGS-B", "lbfgs"),
        ("solver", "RMSProp", "rmsprop"),
        ("regression", "mse", "squared_error"),
        ("regression", "mae", "absolute_error"),
        ("regression", "logcosh", "log_cosh"),
        ("classification", "cross_entropy", "log_loss"),
        ("classification", "binary_crossentropy", "log_loss"),
        ("classification", "MSE", "squared_error"),
        ("initialization", "xavier", "glorot_uniform"),
        ("initialization", "kaiming_normal", "he_normal"),
        ("learning_rate", "cosine_annealing", "cosine"),
        ("learning_rate", "OneCycle", "one_cycle"),
        ("learning_rate", "linear ", "linear"),
        ("augmentation", "mix_up", "mixup"),
        ("scoring", "mse", "neg_mean_squared_error"),
        ("scoring", "auc", "roc_auc"),
        ("scoring", "accurracy", "accuracy"),
        ("normalization", "BatchNorm", "batch"),
        ("monitor", "val_loss", "validation_loss"),
    ],
)
def test_the_name_that_is_meant(table, written, meant):
    assert did_you_mean(written, TABLES[table]) == f" Did you mean {meant!r}?"


@pytest.mark.parametrize("written", ["", "quicksort", "é", 3, None, ("relu",), b"relu"])
@pytest.mark.parametrize("table", TABLES)
def test_nothing_is_guessed_where_nothing_is_near(table, written):
    assert did_you_mean(written, TABLES[table]) == ""


def test_a_choice_by_name_says_what_may_be_meant():
    with pytest.raises(ValueError, match=r"of the class Initializer\. Did you mean 'zeros'\?$"):
        choose("initialization", "Zeros", INITIALIZERS, type("Initializer", (), {}))


def test_names_are_a_constraint_that_lists_them_in_order():
    names = Names(["b", "a", "c"])
    assert str(names) == "a str among {'b', 'a', 'c'}"
    assert names.is_satisfied_by("a")
    assert not names.is_satisfied_by("d")
    assert not names.is_satisfied_by(1)


def test_messages_do_not_depend_on_the_process():
    """The order of a set of strings does: each process hashes them by a seed of its own."""
    code = (
        "from lightmlp import MLPClassifier, MLPRegressor, augmentations, schedules\n"
        "for model in (MLPClassifier, MLPRegressor):\n"
        "    for name in model._parameter_constraints:\n"
        "        try:\n"
        "            model(**{name: object()}).fit([[0.0], [1.0]], [0, 1])\n"
        "        except ValueError as error:\n"
        "            print(str(error).partition('Got')[0])\n"
        "for wrong in (schedules.Cosine(per=''), schedules.OneCycle(anneal=''),\n"
        "              augmentations.FeatureDropout(fill='')):\n"
        "    try:\n"
        "        wrong.validate()\n"
        "    except ValueError as error:\n"
        "        print(error)\n"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(printed) == 1
    assert printed.pop().count(b"must be") > 50
