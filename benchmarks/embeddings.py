"""Training steps of networks that embed the columns of a table, against PyTorch and JAX.

``python -m benchmarks.embeddings`` trains the same networks, from the same parameters and in
the same order of rows, in worker processes that take turns: 20 numbers by piecewise-linear
embeddings of 16 bins, and 10 columns of categories with 2 to 2,000 of them; both into two
hidden layers of 256 neurons, in batches of 256 rows, by Adam, in float32. All have to arrive
at the same loss. Rivals that are not installed are left out.
"""

import argparse
import importlib.util
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from lightmlp.engines import TrainingData, get_engine
from lightmlp.network import (
    Activation,
    CategoricalEmbedding,
    Columns,
    Linear,
    MixedTable,
    Network,
    Parameters,
    Part,
    PiecewiseLinearEmbedding,
    initialize,
)
from lightmlp.training.optimizers import Adam

__all__ = ["main"]

N_ROWS, BATCH_SIZE, N_EPOCHS, RATE = 256 * 40, 256, 3, 1e-3
N_NUMBERS, N_BINS, WIDTH = 20, 16, 8
CARDINALITIES = tuple(np.geomspace(2, 2000, 10).round().astype(int).tolist())
CASES = ("numbers", "categories")
RIVALS = {"lightmlp": "lightmlp", "pytorch": "torch", "jax": "jax"}
TOLERANCE = 2e-3  # of the last epoch's loss, relative


def make_problem(case: str) -> tuple[Network, Parameters, TrainingData]:
    """Return a network, its parameters to begin with, and rows."""
    rng = np.random.default_rng(0)
    none = np.zeros((N_ROWS, 0), np.float32)
    if case == "numbers":
        X: Any = rng.normal(size=(N_ROWS, N_NUMBERS)).astype(np.float32)
        quantiles = np.quantile(X, np.linspace(0, 1, N_BINS + 1), axis=0)
        first: Any = PiecewiseLinearEmbedding(tuple(map(tuple, quantiles.T.tolist())), WIDTH)
    else:
        codes = [rng.integers(0, n, N_ROWS) for n in CARDINALITIES]
        X = MixedTable(none, np.stack(codes, axis=1).astype(np.int32))
        parts = [
            Part((column,), CategoricalEmbedding(n, WIDTH))
            for column, n in enumerate(CARDINALITIES)
        ]
        first = Columns(0, len(parts), tuple(parts))
    width = first.n_outputs
    layers = (first, Linear(width, 256), Activation(256, "relu"), Linear(256, 256),
              Activation(256, "relu"), Linear(256, 1))  # fmt: skip
    network = Network(layers, "squared_error", alpha=0.0)
    parameters = initialize(network, "relu", np.random.RandomState(0), dtype=np.float32)
    targets = rng.normal(size=(N_ROWS, 1)).astype(np.float32)
    return network, parameters, TrainingData(X, targets)


def run_lightmlp(case: str, n_threads: int) -> tuple[float, float]:
    """Return seconds per step and the loss of the last epoch."""
    network, parameters, data = make_problem(case)
    order = np.arange(N_ROWS, dtype=np.int64)
    training = get_engine("native").start_training(
        network, parameters, data, Adam(), None, batch_size=BATCH_SIZE, n_threads=n_threads
    )
    return _measure(lambda: training.train_epoch(order, RATE))


def run_pytorch(case: str, n_threads: int) -> tuple[float, float]:
    """Do the same in PyTorch, eagerly, with fused Adam."""
    import torch
    from torch.nn import functional

    torch.set_num_threads(n_threads)
    network, parameters, data = make_problem(case)
    leaves = [torch.from_numpy(array.copy()) for array in parameters.values()]
    for leaf in leaves:
        leaf.requires_grad_(True)
    *embedding, W1, b1, W2, b2, W3, b3 = leaves
    optimizer = torch.optim.Adam(leaves, lr=RATE, fused=True)
    y = torch.from_numpy(data.targets)
    embed = _pytorch_embedding(network, data, embedding)

    def epoch() -> float:
        total = 0.0
        for start in range(0, N_ROWS, BATCH_SIZE):
            rows = slice(start, start + BATCH_SIZE)
            hidden = functional.relu(torch.addmm(b1, embed(rows), W1))
            hidden = functional.relu(torch.addmm(b2, hidden, W2))
            loss = 0.5 * functional.mse_loss(torch.addmm(b3, hidden, W3), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        return total * BATCH_SIZE / N_ROWS

    return _measure(epoch)


def _pytorch_embedding(
    network: Network, data: TrainingData, own: list[Any]
) -> Callable[[Any], Any]:
    import torch
    from torch.nn import functional

    if isinstance(network.layers[0], Columns):
        codes = torch.from_numpy(data.X.codes.astype(np.int64))
        return lambda rows: torch.cat(
            [functional.embedding(codes[rows, c], W) for c, W in enumerate(own)], dim=1
        )
    weight, bias = own[0].view(N_NUMBERS, N_BINS, WIDTH), own[1]
    X = torch.from_numpy(data.X)
    edges = torch.from_numpy(_edges(network))
    low, size = edges[:, :-1], edges[:, 1:] - edges[:, :-1]
    lower, upper = torch.zeros(N_BINS), torch.ones(N_BINS)
    lower[0], upper[-1] = -math.inf, math.inf

    def embed(rows: Any) -> Any:
        encoded = ((X[rows].unsqueeze(2) - low) / size).clamp(lower, upper)
        sums = torch.bmm(encoded.transpose(0, 1), weight).transpose(0, 1) + bias
        return functional.relu(sums).flatten(1)

    return embed


def _edges(network: Network) -> Any:
    first: Any = network.layers[0]
    return np.array(first.edges, np.float32)


def run_jax(case: str, n_threads: int) -> tuple[float, float]:
    """Do the same in JAX: a whole epoch is one compiled scan."""
    import jax
    import jax.numpy as jnp

    network, parameters, data = make_problem(case)
    leaves = [jnp.asarray(array) for array in parameters.values()]
    table = data.X if case == "numbers" else data.X.codes
    X = jnp.asarray(table).reshape(-1, BATCH_SIZE, table.shape[1])
    y = jnp.asarray(data.targets).reshape(-1, BATCH_SIZE, 1)
    edges = jnp.asarray(_edges(network)) if case == "numbers" else None

    def loss_of(leaves: Any, x: Any, target: Any) -> Any:
        *own, W1, b1, W2, b2, W3, b3 = leaves
        if edges is None:
            a = jnp.concatenate([W[x[:, c]] for c, W in enumerate(own)], axis=1)
        else:
            e = (x[:, :, None] - edges[:, :-1]) / (edges[:, 1:] - edges[:, :-1])
            first, last = jnp.arange(N_BINS) == 0, jnp.arange(N_BINS) == N_BINS - 1
            e = jnp.clip(e, jnp.where(first, -jnp.inf, 0.0), jnp.where(last, jnp.inf, 1.0))
            sums = jnp.einsum("ijt,jtd->ijd", e, own[0].reshape(N_NUMBERS, N_BINS, WIDTH))
            a = jax.nn.relu(sums + own[1]).reshape(len(x), -1)
        a = jax.nn.relu(jax.nn.relu(a @ W1 + b1) @ W2 + b2)
        return 0.5 * jnp.mean((a @ W3 + b3 - target) ** 2)

    def step(state: Any, batch: Any) -> Any:
        leaves, first, second, t = state
        loss, gradients = jax.value_and_grad(loss_of)(leaves, *batch)
        t = t + 1
        first = [0.9 * m + 0.1 * g for m, g in zip(first, gradients, strict=True)]
        second = [0.999 * v + 0.001 * g * g for v, g in zip(second, gradients, strict=True)]
        rate = RATE * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        moments = zip(leaves, first, second, strict=True)
        leaves = [p - rate * m / (jnp.sqrt(v) + 1e-8) for p, m, v in moments]
        return (leaves, first, second, t), loss

    scan = jax.jit(lambda state: jax.lax.scan(step, state, (X, y)))
    zeros = [jnp.zeros_like(leaf) for leaf in leaves]
    state: Any = (leaves, zeros, zeros, jnp.float32(0))

    def epoch() -> float:
        nonlocal state
        state, losses = scan(state)
        return float(losses.mean())

    return _measure(epoch)


def _measure(epoch: Callable[[], float]) -> tuple[float, float]:
    """Seconds per step of the best of some epochs, after a first one to warm up."""
    epoch()
    best, loss = math.inf, math.nan
    for _ in range(N_EPOCHS):
        start = time.perf_counter()
        loss = epoch()
        best = min(best, time.perf_counter() - start)
    return best / (N_ROWS // BATCH_SIZE), loss


def _worker(rival: str, case: str, n_threads: int) -> tuple[float, float]:
    """Run one rival in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.embeddings", "--worker", rival, case]
    flags = "" if n_threads > 1 else "--xla_cpu_multi_thread_eigen=false"
    environment = {**os.environ, "OMP_NUM_THREADS": str(n_threads), "XLA_FLAGS": flags}
    run = subprocess.run(
        [*command, str(n_threads)], env=environment, check=True, capture_output=True, text=True
    )
    seconds, loss = json.loads(run.stdout.splitlines()[-1])
    return seconds, loss


def race(case: str, rivals: list[str], n_rounds: int) -> None:
    """Print the median over rounds of each rival's better number of threads."""
    threads = sorted({1, len(os.sched_getaffinity(0))})
    seconds: dict[str, list[float]] = {rival: [] for rival in rivals}
    losses: dict[str, float] = {}
    for _ in range(n_rounds):
        for rival in rivals:
            results = [_worker(rival, case, n_threads) for n_threads in threads]
            seconds[rival].append(min(result[0] for result in results))
            losses[rival] = results[0][1]
    ours = seconds["lightmlp"]
    print(f"{case}:")
    for rival in rivals:
        off = abs(losses[rival] / losses["lightmlp"] - 1)
        if not off <= TOLERANCE:
            raise SystemExit(f"{rival} arrived at another loss: {losses}")
        ratios = [theirs / own for theirs, own in zip(seconds[rival], ours, strict=True)]
        median = statistics.median(seconds[rival])
        print(
            f"  {rival:10} {1e6 * median:8.0f} us per step, {statistics.median(ratios):5.2f} x"
        )


def main() -> None:
    """Compare all rivals that are installed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--worker", nargs=3, metavar=("RIVAL", "CASE", "N_THREADS"))
    arguments = parser.parse_args()
    if arguments.worker:
        rival, case, n_threads = arguments.worker
        run = {"lightmlp": run_lightmlp, "pytorch": run_pytorch, "jax": run_jax}[rival]
        print(json.dumps(run(case, int(n_threads))))
        return
    rivals = [name for name, module in RIVALS.items() if importlib.util.find_spec(module)]
    for case in CASES:
        race(case, rivals, arguments.rounds)


if __name__ == "__main__":
    main()
