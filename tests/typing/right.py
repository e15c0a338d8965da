"""What a type checker accepts: a user's program, checked by test_typing.py and never run."""

from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import lightmlp
from lightmlp import (
    MLPClassifier,
    MLPRegressor,
    augmentations,
    callbacks,
    find_learning_rate,
    initializers,
    losses,
    schedules,
    solvers,
)
from lightmlp.tuning import RangeTest

X: NDArray[np.float64] = np.zeros((4, 2))
y = [0, 1, 0, 1]

clf = MLPClassifier()
assert_type(clf, MLPClassifier)
assert_type(clf.fit(X, y), MLPClassifier)
assert_type(clf.partial_fit(X, y, classes=[0, 1]), MLPClassifier)
assert_type(clf.set_params(alpha=0.1), MLPClassifier)
assert_type(clf.fit(X, y).predict(X), NDArray[Any])
assert_type(clf.hidden_activations(X), list[NDArray[Any]])
assert_type(clf.n_parameters_, int)

reg = MLPRegressor("huber", (64, 32), ("relu", "tanh"))
assert_type(reg.fit(X, y, X_val=X, y_val=y), MLPRegressor)
assert_type(reg.partial_fit(X, y), MLPRegressor)
assert_type(reg.predict(X), NDArray[Any])
assert_type(reg.score(X, y), float)
assert_type(find_learning_rate(reg, X, y), RangeTest)


class Wide(MLPRegressor):
    pass


assert_type(Wide().fit(X, y), Wide)


def halved(epoch: int) -> float:
    return 0.1 / (1 + epoch)


def small(random_state: np.random.RandomState, n_inputs: int, n_outputs: int) -> NDArray[Any]:
    return random_state.normal(size=(n_inputs, n_outputs))


def twice(X: NDArray[Any], y: NDArray[Any], random_state: Any) -> tuple[Any, Any]:
    return X, y


def score(model: Any, X: Any, y: Any) -> float:
    return 0.0


MLPClassifier(
    100,
    "silu",
    solver=solvers.AdamW(weight_decay=0.1),
    batch_size="full",
    learning_rate=schedules.Cosine(warmup=2),
    random_state=np.random.RandomState(0),
    verbose="log",
    n_iter_no_change=np.inf,
    loss=losses.Focal(gamma=1.0),
    class_weight={0: 1, 1: 2.5},
    initialization=initializers.Normal(std=0.1),
    bias_initialization=initializers.HePlus(n_points=3),
    engine="reference",
    scoring=score,
    restore_best_weights=True,
    callbacks=[callbacks.History(), callbacks.EarlyStopping("loss")],
    dropout=[0.1, 0.2],
    weight_decay=schedules.Scheduled(0.02, schedules.FlatCosine()),
    normalization="batch",
    layer_learning_rates=(0.1, 1),
    role_learning_rates={"bias": 0.1, "scale": 6},
    augmentation=["mixup", augmentations.GaussianNoise(), twice],
)
MLPRegressor(
    loss=losses.Quantile((0.1, 0.9)),
    hidden_layer_sizes=np.array([3, 2]),
    solver="lbfgs",
    learning_rate=halved,
    verbose=True,
    initialization=small,
    bias_initialization="zeros",
    scoring="r2",
    augmentation="swap_noise",
)
MLPClassifier(loss="hinge", class_weight=[{0: 1.0}, {1: 2.0}], batch_size=8, verbose="bar")
lightmlp.solvers.Lion()
lightmlp.callbacks.PrintLoss(every=5)
