"""Every loss, solver, activation, augmentation and rule, on large teams and small ones."""

from itertools import cycle, product

import numpy as np
from scipy import sparse

from lightmlp import MLPClassifier, MLPRegressor, losses, schedules, solvers
from lightmlp.augmentations import AUGMENTATIONS, Rotate, Shift
from lightmlp.embeddings import NUMERIC_EMBEDDINGS
from lightmlp.losses import CLASSIFICATION_LOSSES, REGRESSION_LOSSES
from lightmlp.network import ACTIVATIONS
from lightmlp.training.optimizers import OPTIMIZERS

N_ROWS = 603
rng = np.random.RandomState(0)
X = rng.normal(size=(N_ROWS, 60)) * (rng.uniform(size=(N_ROWS, 60)) < 0.4)
weight = rng.randint(0, 3, N_ROWS) / 2
CLASSES = {
    "binary": (X[:, 0] > 0).astype(int),
    "classes": np.digitize(X[:, 0], [-0.5, 0.5]) * 2,
    "labels": (X[:, :3] > 0).astype(int),
    "columns": np.column_stack([np.arange(N_ROWS) % 3, X[:, 0] > 0]).astype(int),
}
NUMBERS = {"one": X[:, 0] ** 2 + 0.1, "three": X[:, :3] ** 2 + 0.1}
# So many of each that over time every one meets every case of the loops below.
TEAMS = cycle([1, 2, 3, 4, None])
BATCHES = cycle([301, 7 * 16, 256, N_ROWS, 200, 37, N_ROWS - 1])
SOLVERS = cycle(["sgd", "adam", "muon"])

# Dense and sparse rows of both precisions, weighted and not.
TABLES = list(
    product([np.float32, np.float64], [np.asarray, sparse.csr_matrix], [None, weight])
)


def run(estimator, table, y, **options):
    """Fit, and use the model in every way."""
    dtype, form, sample_weight = table
    rows = form(X.astype(dtype))
    settings = {
        "hidden_layer_sizes": (97, 33), "max_iter": 2, "random_state": 0, "tol": 0,
        "batch_size": next(BATCHES), "n_threads": next(TEAMS), "engine": "native",
    } | options  # fmt: skip
    model = estimator(**settings).fit(rows, y, sample_weight)
    model.predict(rows)
    model.predict(rows[:1])
    model.hidden_activations(rows[:40])
    model.loss_and_gradients(rows, y, sample_weight)
    return model


def every_loss():
    """Each with each kind of target."""
    for (name, loss), table in product(CLASSIFICATION_LOSSES.items(), TABLES):
        for y in CLASSES.values():
            run(MLPClassifier, table, y, loss=loss() if name == "hinge" else name)
    parameters = [losses.Huber(delta=0.1), losses.Quantile((0.1, 0.5, 0.9))]
    parameters += [losses.Tweedie(power) for power in (1.5, 2.5, 3.0)]
    for loss, table in product([*REGRESSION_LOSSES, *parameters], TABLES):
        for y in NUMBERS.values():
            run(MLPRegressor, table, y, loss=loss)
    smoothed = {"label_smoothing": 0.1, "class_weight": "balanced"}
    for table in TABLES:
        run(MLPClassifier, table, CLASSES["classes"], **smoothed)


def every_encoding():
    """Embeddings of numbers, and columns of categories, narrow and wide."""
    codes = rng.randint(-1, 60, size=(N_ROWS, 60)) % [*[4] * 30, *[61] * 30]
    mixed = np.where(np.arange(60) % 7 == 0, codes, X)
    columns = list(range(0, 60, 7))
    for name, dtype in product([None, *NUMERIC_EMBEDDINGS], [np.float32, np.float64]):
        for chosen in (None, columns):
            if name is None and chosen is None:
                continue
            encoded = {"numeric_embedding": name, "categorical_features": chosen}
            for solver, drop in ((next(SOLVERS), 0.0), ("lbfgs", 0.0), ("adam", 0.2)):
                settings = {
                    "hidden_layer_sizes": (97, 33), "max_iter": 2, "random_state": 0,
                    "batch_size": next(BATCHES), "n_threads": next(TEAMS), "solver": solver,
                }  # fmt: skip
                model = MLPRegressor(**settings, **encoded, input_dropout=drop)
                model.fit(mixed.astype(dtype), NUMBERS["three"], sample_weight=weight)
                for rows in (mixed, mixed[:1]):
                    model.predict(rows.astype(dtype))


def every_solver():
    """Each beside each normalization, with dropout, and L-BFGS."""
    objects = [solvers.SGD(momentum=0.5), solvers.Muon(nesterov=False, n_iterations=3)]
    for solver, table in product([*OPTIMIZERS, *objects], TABLES):
        for normalization in (None, "batch", "layer"):
            drops = {"dropout": 0.3, "input_dropout": 0.1, "normalization": normalization}
            run(MLPClassifier, table, CLASSES["classes"], solver=solver, **drops)
    for table in TABLES:
        run(MLPRegressor, table, NUMBERS["three"], solver="lbfgs", max_iter=5)


def every_activation():
    """Each in a layer of whole vectors and in one with a rest."""
    for activation, table in product(ACTIVATIONS, TABLES):
        run(MLPRegressor, table, NUMBERS["three"], activation=activation)
        run(MLPClassifier, table, CLASSES["binary"], activation=(activation, "tanh"))


def every_augmentation():
    """Each alone and all together, for targets that are mixed and for those that are not."""
    images = [Shift((6, 10)), Shift((5, 4, 3)), Rotate((10, 6))]
    both = ["mixup", "cutmix", "swap_noise"]
    for augmentation, table in product([*AUGMENTATIONS, *images, both], TABLES):
        chosen = {"augmentation": augmentation}
        run(MLPRegressor, table, NUMBERS["three"], **chosen)
        run(MLPRegressor, table, NUMBERS["one"], loss="gamma", **chosen)
        for name in rng.choice(list(CLASSES), 2):
            run(MLPClassifier, table, CLASSES[name], normalization="batch", **chosen)


def every_rule():
    """What happens around a step, and ways of going on."""
    rules = [
        {"gradient_clip": 0.1, "max_norm": 1.0, "l1": 1e-3, "weight_decay": 0.1},
        {"gradient_clip_value": 0.01, "layer_learning_rates": [0.1, 0, 1]},
        {"weight_decay": schedules.Scheduled(0.1, schedules.Linear(per="step"))},
        {"dropout": schedules.Scheduled(0.5, "flat_cosine")},
        {"normalization": "batch", "role_learning_rates": {"bias": 0.1, "scale": 6.0}},
        {"early_stopping": True, "max_iter": 4, "scoring": "loss"},
        {"early_stopping": True, "validation_fraction": 0.5, "restore_best_weights": True},
        {"learning_rate": schedules.Cosine(per="step", warmup=1), "shuffle": False},
        {"hidden_layer_sizes": (), "batch_size": "full"},
        {"hidden_layer_sizes": (1200, 40), "batch_size": 64},
        {"warm_start": True, "normalization": "batch"},
    ]
    y = CLASSES["classes"]
    for options, table in product(rules, TABLES):
        model = run(MLPClassifier, table, y, solver=next(SOLVERS), **options)
        rows = table[1](X.astype(table[0]))
        model.coefs_[0] = model.coefs_[0] * 2
        if "normalization" in options:
            model.folded().predict(rows)
        model.set_params(learning_rate="constant")
        if "early_stopping" not in options:
            model.partial_fit(rows[:50], y[:50])
        model.fit(rows, y)
    for table in TABLES:
        first = run(MLPRegressor, table, NUMBERS["one"], scale_target=True)
        second = MLPRegressor(hidden_layer_sizes=(97, 33), max_iter=1, frozen_layers=2)
        second.fit(X.astype(table[0]), NUMBERS["one"], init_from=first)


def half_square(y, raw_scores, sample_weight):
    """The squared error, as a user would write it."""
    weights = np.ones(len(y)) if sample_weight is None else sample_weight
    share = (weights / max(weights.sum(), 1e-9))[:, np.newaxis]
    error = raw_scores - y.reshape(raw_scores.shape)
    return 0.5 * (share * error**2).sum(), share * error


def doubled(X, y, random_state):
    """Change rows as a user would."""
    return 2 * X, y


def functions_of_a_user():
    """A loss and an augmentation in Python between the steps of the engine."""
    for table, solver in product(TABLES, ("adam", "muon", "lbfgs")):
        options = {"loss": half_square, "solver": solver}
        run(MLPRegressor, table, NUMBERS["three"], **options)
        if solver != "lbfgs":
            run(MLPRegressor, table, NUMBERS["one"], augmentation=doubled, solver=solver)
            run(MLPRegressor, table, NUMBERS["one"], augmentation="mixup", **options)
