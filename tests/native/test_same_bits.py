"""Same seed, same bits: for any number of threads, and on AVX2 as on AVX-512."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("lightmlp._native")

from scipy import sparse

from lightmlp.engines.base import AugmentedRows, Stage, StepRules, TrainingData
from lightmlp.engines.native import NativeEngine
from lightmlp.network import LOSSES, Network, initialize
from lightmlp.solvers import SGD, Adam, AMSGrad, Muon, NAdam

N_ROWS = 1100

# Odd widths and batches; large enough that a team of threads is worth trying.
CASES = {
    "odd": ((257, 101, 33, 3), "tanh", "log_loss", 333),
    "narrow": ((100, 257, 1), "logistic", "binary_log_loss", 501),
    "wide_output": ((17, 129, 257), "relu", "squared_error", 700),
    "poisson": ((60, 130, 100, 2), "relu", "poisson", 257),
    "linear": ((300, 300), "identity", "log_loss", 1100),
    "pages": ((30, 1024, 512, 2), "relu", "squared_error", 130),  # rows of whole pages
    "blocks": ((40, 1500, 700, 2), "relu", "squared_error", 550),  # of fewer rows than a batch
    "small": ((3, 1, 17), "relu", "squared_error", 7),
    "long_rows": ((300, 1500, 700, 2), "relu", "squared_error", 550),  # in several blocks
    **{loss: ((20, 65, 33, 6), "tanh", loss, 301) for loss in LOSSES},
    "gates": ((90, 33, 130, 3), ("gelu", "mish"), "log_loss", 333),
    "exponential": ((50, 70, 40, 2), ("elu", "softplus"), "squared_error", 201),
    "others": ((40, 65, 65, 2), ("gelu_tanh", "selu"), "binary_log_loss", 333),
    "powers": ((90, 128, 256, 3), "tanh", "log_loss", 333),  # rows are spread
    "layer powers": ((90, 128, 64, 3), "tanh", "log_loss", 333),
}
for kind in ("batch", "layer"):
    CASES |= {
        kind: ((45, 67, 33, 3), "tanh", "log_loss", 333),
        f"{kind} clipped": ((45, 129, 17, 1), ("silu", "relu"), "squared_error", 130),
    }
# What the layers have besides, and the rules around a step.
LAYERS = {
    "batch": {"normalization": "batch", "dropout": 0.2, "input_dropout": 0.1, "l1": 1e-3},
    "layer": {"normalization": "layer", "dropout": 0.2, "input_dropout": 0.1, "l1": 1e-3},
    "batch clipped": {"normalization": "batch"},
    "layer clipped": {"normalization": "layer"},
    "layer powers": {"normalization": "layer"},
}
RULES = {
    "batch": StepRules(clip_value=0.1, weight_decay=0.1, layer_rates=(0.5, 1.0, 2.0)),
    "batch clipped": StepRules(clip_norm=0.05, max_norm=1.0),
    "layer clipped": StepRules(clip_norm=0.05, max_norm=1.0, n_frozen=1),
}
SOLVERS = {"gates": Muon(), "powers": Muon(), "exponential": NAdam(), "others": AMSGrad()}


def make_problem(case, dtype, *, use_sparse=False, weighted=False):
    widths, activation, loss, _ = CASES[case]
    rng = np.random.RandomState(0)
    X = rng.standard_normal((N_ROWS, widths[0]))
    if use_sparse:
        X[rng.random_sample(X.shape) < 0.9] = 0.0
        X = sparse.csr_matrix(X)
    if LOSSES[loss].takes_class_indices:
        targets = rng.randint(0, widths[-1], N_ROWS).astype(np.int32)
    else:
        lowest = 1 if LOSSES[loss].target_range == "above 0" else 0
        targets = rng.randint(lowest, lowest + 2, (N_ROWS, widths[-1])).astype(dtype)
    weight = rng.uniform(0.0, 2.0, N_ROWS).astype(dtype) if weighted else None
    network = Network.dense(widths, activation, loss, alpha=1e-3, **LAYERS.get(case, {}))
    parameters = initialize(network, "relu", rng, dtype=dtype)
    return network, parameters, TrainingData(X.astype(dtype), targets, weight)


def start(case, problem, n_threads):
    optimizer = SOLVERS.get(case, Adam()) if problem[-1].sample_weight is None else SGD()
    return NativeEngine().start_training(
        *problem,
        optimizer,
        None,
        batch_size=CASES[case][-1],
        n_threads=n_threads,
        rules=RULES.get(case, StepRules()),
        seed=3,
    )


def digest(case, dtype, n_threads, **options):
    """Everything that two epochs and a prediction give, as one hash."""
    problem = make_problem(case, dtype, **options)
    training = start(case, problem, n_threads)
    order = np.random.RandomState(1).permutation(N_ROWS)
    losses = [training.train_epoch(order, 1e-3) for _ in range(2)]
    assert np.isfinite(losses).all()
    parameters = training.parameters()
    state = training.optimizer_state()
    result = hashlib.sha256(repr(losses).encode())
    for array in [
        *parameters.values(),
        *state.slots[0].values(),
        training.forward(problem[-1].X),
    ]:
        result.update(np.ascontiguousarray(array).tobytes())
    return result.hexdigest()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("use_sparse", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_bits_do_not_depend_on_the_number_of_threads(case, use_sparse, weighted, dtype):
    options = {"use_sparse": use_sparse, "weighted": weighted}
    expected = digest(case, dtype, 1, **options)
    for n_threads in (2, 3, 5, 8):
        assert digest(case, dtype, n_threads, **options) == expected


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES)
def test_sparse_input_gives_the_bits_of_dense_input(case, dtype):
    problem = make_problem(case, dtype, use_sparse=True)
    dense_data = replace(problem[-1], X=problem[-1].X.toarray())
    runs = [start(case, problem, 2), start(case, (*problem[:-1], dense_data), 1)]
    order = np.random.RandomState(1).permutation(N_ROWS)
    losses = [run.train_epoch(order, 1e-3) for run in runs]
    assert losses[0] == losses[1]
    np.testing.assert_array_equal(*(run.parameters().flatten() for run in runs))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("begins_sparse", [False, True])
def test_a_run_predicts_for_tables_of_the_other_kind(begins_sparse, dtype):
    """Held-out rows may be sparse where the training rows are dense, and the reverse."""
    problem = make_problem("poisson", dtype, use_sparse=True)
    X = problem[-1].X
    data = problem[-1] if begins_sparse else replace(problem[-1], X=X.toarray())
    training = start("poisson", (*problem[:-1], data), 2)
    np.testing.assert_array_equal(training.forward(X), training.forward(X.toarray()))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_sparse_run_goes_on_with_fuller_rows_in_any_order(dtype):
    """Room for the values of a batch is made for each table and order; a row may come twice."""
    *network, data = make_problem("layer", dtype, use_sparse=True)
    thin, full = data.X.multiply(data.X > 1.5).tocsr(), data.X + data.X[::-1]
    full.sort_indices()
    fullest = np.full(N_ROWS, np.diff(full.indptr).argmax())
    assert np.diff(full.indptr).max() > np.diff(thin.indptr).max()
    empty = thin[:0].copy()
    empty.resize(N_ROWS, thin.shape[1])
    parameters = []
    for form in (lambda X: X, lambda X: X.toarray()):
        training = start("layer", (*network, replace(data, X=form(empty))), 2)
        for X, order in ((empty, fullest), (thin, np.arange(N_ROWS)), (full, fullest)):
            training.set_data(replace(data, X=form(X)), CASES["layer"][-1])
            training.train_epoch(order, 1e-3)
        parameters.append(training.parameters().flatten())
    np.testing.assert_array_equal(*parameters)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_few_rows_are_predicted_to_the_same_bits_as_many(dtype):
    """Single rows use the user's arrays in place, many rows padded copies."""
    problem = make_problem("odd", dtype)
    network, parameters, data = problem
    engine = NativeEngine()
    many = engine.forward(network, parameters, data.X)
    for row in (0, 17, N_ROWS - 1):
        alone = engine.forward(network, parameters, data.X[row : row + 1])
        np.testing.assert_array_equal(alone[0], many[row])
    np.testing.assert_array_equal(start("odd", problem, 2).forward(data.X), many)


def augmented_digest(loss, dtype, n_threads, use_sparse=False):
    """Everything that an epoch over rows changed in every way gives, as one hash."""
    rng = np.random.RandomState(0)
    rows = np.where(rng.random_sample((N_ROWS, 30)) < 0.5, 0, rng.normal(size=(N_ROWS, 30)))
    X = sparse.csr_matrix(rows.astype(dtype)) if use_sparse else rows.astype(dtype)
    takes_class_indices = LOSSES[loss].takes_class_indices
    targets = rng.randint(0, 3, N_ROWS).astype(np.int32) if takes_class_indices else rows[:, :3]
    data = TrainingData(X, targets if takes_class_indices else targets.astype(dtype))
    pixels = rng.randint(-1, 2, (N_ROWS, 2)).astype(float)
    angles = rng.uniform(-1, 1, N_ROWS)
    turns = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    batch_size = 64
    partners = rng.randint(0, N_ROWS % batch_size, N_ROWS)
    mixed = {"coefficients": rng.uniform(size=(N_ROWS, 1)), "permutation": partners}
    stages = [
        Stage("gaussian_noise", 0.5),
        Stage("mixup", **mixed),
        Stage("shift", 2.0, pixels, image_shape=(3, 5, 2)),
        Stage("swap_noise", 0.3),
        Stage("cutmix", **mixed),
        Stage("feature_dropout", 0.2, fill_values=rng.normal(size=30)),
        Stage("rotate", 1.0, turns, image_shape=(5, 6, 1)),
    ]
    network = Network.dense((30, 65, 3), "relu", loss, alpha=1e-3)
    training = NativeEngine().start_training(
        network, initialize(network, "relu", rng, dtype=dtype),
        replace(data.take(np.arange(1)), X=np.zeros((1, 30), dtype)), Adam(), None,
        batch_size=4 * batch_size, n_threads=n_threads,
    )  # fmt: skip
    changed = AugmentedRows(data, stages, batch_size, seed=3, mixes_losses=takes_class_indices)
    value = training.train_augmented(changed, rng.permutation(N_ROWS), 1e-3)
    assert np.isfinite(value)
    result = hashlib.sha256(repr(value).encode())
    for array in training.parameters().of_role("weight"):
        result.update(np.ascontiguousarray(array).tobytes())
    return result.hexdigest()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
def test_augmented_rows_give_the_same_bits_sparse_or_dense_on_any_number_of_threads(
    loss, dtype
):
    expected = augmented_digest(loss, dtype, 1)
    for n_threads in (1, 2, 3, 5, 8):
        assert augmented_digest(loss, dtype, n_threads, use_sparse=True) == expected
        assert augmented_digest(loss, dtype, n_threads) == expected


def test_avx2_and_avx512_give_the_same_bits(lines_per_isa):
    script = (
        "import numpy as np; from test_same_bits import CASES, augmented_digest, digest\n"
        "for case in CASES:\n"
        "    for dtype in (np.float32, np.float64):\n"
        "        print(digest(case, dtype, 2), digest(case, dtype, 1, use_sparse=True))\n"
        "for loss in ('log_loss', 'squared_error'):\n"
        "    print(*(augmented_digest(loss, dtype, 2) for dtype in (np.float32, np.float64)))"
    )
    one, other = lines_per_isa(script, os.path.dirname(__file__))
    assert one == other
    assert len(one) == 2 * len(CASES) + 2


def test_unknown_isa_is_an_error_that_names_the_choices():
    result = subprocess.run(
        [sys.executable, "-c", "from lightmlp.engines.native import isa; isa()"],
        env={**os.environ, "LIGHTMLP_ISA": "mmx"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "LIGHTMLP_ISA is 'mmx'" in result.stderr
    assert "baseline" in result.stderr or "neon" in result.stderr
