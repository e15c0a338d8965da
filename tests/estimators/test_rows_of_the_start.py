"""A start that reads rows reads those that train: none that are held out, none of weight 0."""

import numpy as np
import pytest
from sklearn.model_selection import ShuffleSplit, train_test_split

from lightmlp import MLPRegressor
from lightmlp.callbacks import Checkpoint
from lightmlp.embeddings import PiecewiseLinear

pytestmark = [
    pytest.mark.filterwarnings("ignore:Stochastic Optimizer"),
    pytest.mark.filterwarnings("ignore:Scales can be"),
    pytest.mark.filterwarnings("ignore:lbfgs failed"),
]

rng = np.random.default_rng(0)
X = np.column_stack([rng.normal(size=(60, 2)), rng.integers(0, 4, 60)])
y = X[:, 0] + X[:, 2]
SPLIT = next(ShuffleSplit(1, test_size=0.3, random_state=3).split(X))
STARTS = {
    "quantiles": {"numeric_embedding": "piecewise_linear"},
    "tree": {"numeric_embedding": PiecewiseLinear(bins="tree")},
    "beside categories": {"numeric_embedding": "piecewise_linear", "categorical_features": [2]},
    "unit_deviation": {"initialization": "unit_deviation"},
    "he+5": {"bias_initialization": "he+5"},
}
each = pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)


def make(start, **settings):
    defaults = {"hidden_layer_sizes": (4,), "random_state": 0, "max_iter": 2}
    return MLPRegressor(**{**defaults, **start, **settings})


class KeepFirst(Checkpoint):
    """Writes a checkpoint after the third epoch alone, as if the fit had ended there."""

    def on_epoch_end(self, state):
        if state.epoch == 3:
            super().on_epoch_end(state)

    def on_fit_end(self, state):
        pass


def arrays(model):
    return [*model.coefs_, *model.intercepts_, *getattr(model, "embeddings_", [])]


def assert_same(one, other):
    for mine, theirs in zip(arrays(one), arrays(other), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def moved(rows):
    """Return X and y with other numbers in these rows."""
    table, targets = X.copy(), y.copy()
    table[rows, :2] = 50 * table[rows, :2] + 7
    targets[rows] += 100
    return table, targets


@each
def test_not_those_of_a_splitter(start):
    settings = {"validation_split": [SPLIT], "restore_best_weights": False, "scoring": "r2"}
    settings["scale_target"] = False
    first = make(start, **settings).fit(X, y)
    assert_same(first, make(start, **settings).fit(*moved(SPLIT[1])))


@each
def test_not_those_of_early_stopping(start):
    settings = {"early_stopping": True, "restore_best_weights": False, "scale_target": False}
    # The first thing that random_state draws.
    _, held_out = train_test_split(np.arange(60), test_size=0.1, random_state=0)
    first = make(start, **settings).fit(X, y)
    assert_same(first, make(start, **settings).fit(*moved(held_out)))


@each
def test_not_those_without_weight(start):
    weight = np.ones(60)
    weight[SPLIT[1]] = 0
    fits = [
        make(start, scale_target=False, shuffle=False).fit(*rows, sample_weight=weight)
        for rows in ((X, y), moved(SPLIT[1]))
    ]
    assert_same(*fits)


@each
@pytest.mark.parametrize("random_state", [0, None])
def test_a_resumed_fit_divides_as_the_interrupted_one(start, random_state, tmp_path):
    settings = {"early_stopping": True, "random_state": random_state, "max_iter": 6}
    path = tmp_path / "checkpoint"
    whole = make(start, **settings, callbacks=[KeepFirst(path)]).fit(X, y)
    resumed = make(start, **settings).fit(X, y, resume_from=path)
    assert_same(whole, resumed)


@each
def test_a_part_without_weight_is_an_error(start):
    weight = np.zeros(60)
    weight[SPLIT[1]] = 1
    with pytest.raises(ValueError, match="is zero in all 42 rows of the training"):
        make(start, validation_split=[SPLIT]).fit(X, y, sample_weight=weight)


def test_lbfgs_holds_nothing_out():
    start = STARTS["quantiles"] | {"solver": "lbfgs"}
    edges = [
        make(start, early_stopping=stops).fit(X, y).input_layer_ for stops in (False, True)
    ]
    assert edges[0] == edges[1]
