"""Does it help to start from another model? Eight digits, then the other two.

For every seed two of the ten handwritten digits are held out. A network learns the other
eight; starting from its hidden layers, or from scratch, networks learn the two from a few rows
of each, and are tested on all other rows of the two.
"""

import argparse
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning

from lightmlp import MLPClassifier

from .report import markdown_row, mean_and_deviation, paired_difference
from .tables import Table

ROWS_A_DIGIT = 20
BATCH_SIZE = 10
SCRATCH = "scratch"
FRESH = {"initialization": "zeros"}  # of the output layer, the only one not taken over
WAYS: dict[str, dict[str, Any]] = {
    SCRATCH: {},
    "init_from": {},
    "init_from, zeros": FRESH,
    "init_from, zeros, frozen_layers=1": {**FRESH, "frozen_layers": 1},
    "init_from, zeros, layer_learning_rates=(0.1, 0.3, 1)": {
        **FRESH,
        "layer_learning_rates": (0.1, 0.3, 1),
    },
}

Array = NDArray[Any]


@dataclass(frozen=True)
class Source:
    """Images of digits, and how the eight are learned."""

    table: Table
    white: int
    hidden: tuple[int, ...]
    epochs: int
    batch_size: int


DIGITS = Source(Table("digits", "8 x 8 pixels", load_digits), 16, (64, 32), 60, 50)
MNIST = Source(Table("mnist", "28 x 28 pixels", "mnist_70000.npz"), 255, (128, 64), 15, 100)
MAX_ROWS = 10_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a Markdown table of test accuracies for each number of epochs."""
    options = _parser().parse_args(arguments)
    if options.seeds < 2 or min(options.epochs) < 1:
        _parser().error("expected --seeds >= 2 and --epochs >= 1")
    source = DIGITS if options.data is None else MNIST
    X, y = source.table.read(options.data, MAX_ROWS)
    X = np.asarray(X / source.white, np.float32)
    print(
        f"{source.table.name}, {source.table.kind}, {len(y)} rows; hidden layers "
        f"{source.hidden}, adam, learning rate 0.001; eight digits: {source.epochs} epochs, "
        f"batches of {source.batch_size}; two digits: {ROWS_A_DIGIT} rows of each, batches of "
        f"{BATCH_SIZE}; {options.seeds} seeds; float32"
    )
    scores: dict[tuple[str, int], list[float]] = {}
    for seed in range(options.seeds):
        for key, accuracy in _accuracies(source, X, y, seed, options.epochs).items():
            scores.setdefault(key, []).append(accuracy)
    for epochs in options.epochs:
        _print(epochs, {way: scores[way, epochs] for way in WAYS})
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m studies.transfer", description=__doc__)
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help=f"folder with {MNIST.table.source}; default: the digits of scikit-learn",
    )
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="default: 20")
    parser.add_argument(
        "--epochs",
        type=int,
        nargs="+",
        default=[20, 100],
        metavar="N",
        help="of adaptation and from scratch alike; default: 20 100",
    )
    return parser


def _accuracies(
    source: Source, X: Array, y: Array, seed: int, all_epochs: Sequence[int]
) -> dict[tuple[str, int], float]:
    """Return the test accuracy of each variant after each number of epochs."""
    rng = np.random.default_rng(seed)
    new = rng.permutation(10)[:2]
    is_new = np.isin(y, new)
    settings: dict[str, Any] = {"hidden_layer_sizes": source.hidden, "random_state": seed}
    eight = MLPClassifier(max_iter=source.epochs, batch_size=source.batch_size, **settings)
    _fit(eight, X[~is_new], y[~is_new])
    rows = rng.permutation(np.flatnonzero(is_new))
    train = np.concatenate([rows[y[rows] == digit][:ROWS_A_DIGIT] for digit in new])
    test = np.setdiff1d(rows, train)
    accuracies = {}
    for epochs in all_epochs:
        for way, own in WAYS.items():
            model = MLPClassifier(max_iter=epochs, batch_size=BATCH_SIZE, **settings, **own)
            _fit(model, X[train], y[train], None if way == SCRATCH else eight)
            accuracies[way, epochs] = model.score(X[test], y[test])
    return accuracies


def _fit(model: MLPClassifier, X: Array, y: Array, init_from: Any = None) -> None:
    model.set_params(n_iter_no_change=np.inf)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # every fit has all its epochs
        model.fit(X, y, init_from=init_from)


def _print(epochs: int, scores: dict[str, list[float]]) -> None:
    print(f"\n**{epochs} epochs**\n")
    print(markdown_row(["", "accuracy", "difference to scratch [95 %]; seeds"]))
    print(markdown_row(["---"] * 3))
    for way, accuracies in scores.items():
        difference = "" if way == SCRATCH else paired_difference(accuracies, scores[SCRATCH])
        print(markdown_row([f"`{way}`", mean_and_deviation(accuracies), difference]))


if __name__ == "__main__":
    raise SystemExit(main())
