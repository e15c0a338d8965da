"""Is it worth beginning with another model? Eight digits help to learn the other two.

For every seed two of the ten handwritten digits of scikit-learn are put aside. A network learns
the other eight; from its layers, or from scratch, networks learn the two from a few rows of
each, and are tested on all other rows of the two.
"""

import argparse
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning

from lightmlp import MLPClassifier

from .report import markdown_row, mean_and_deviation, paired_difference

HIDDEN = (64, 32)
ROWS_A_DIGIT = 20
PRETRAINING_EPOCHS = 60
PRETRAINING_BATCH = 50
BATCH_SIZE = 10
SCRATCH = "scratch"
WAYS: dict[str, dict[str, Any]] = {
    SCRATCH: {},
    "init_from": {},
    "init_from, frozen_layers=1": {"frozen_layers": 1},
    "init_from, layer_learning_rates=(0.1, 0.3, 1)": {"layer_learning_rates": (0.1, 0.3, 1)},
}

Array = NDArray[Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a Markdown table of test accuracies for each number of epochs."""
    parser = argparse.ArgumentParser(prog="python -m studies.transfer", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="default: 20")
    parser.add_argument(
        "--epochs",
        type=int,
        nargs="+",
        default=[5, 20, 100],
        metavar="N",
        help="of adaptation and from scratch; default: 5 20 100",
    )
    options = parser.parse_args(arguments)
    if options.seeds < 2 or min(options.epochs) < 1:
        parser.error("expected --seeds >= 2 and --epochs >= 1")
    print(
        f"Hidden layers {HIDDEN}, adam, learning rate 0.001; eight digits: "
        f"{PRETRAINING_EPOCHS} epochs, batches of {PRETRAINING_BATCH}; two digits: "
        f"{ROWS_A_DIGIT} rows of each, batches of {BATCH_SIZE}; {options.seeds} seeds"
    )
    scores: dict[tuple[str, int], list[float]] = {
        (way, epochs): [] for epochs in options.epochs for way in WAYS
    }
    for seed in range(options.seeds):
        for key, accuracy in _accuracies(seed, options.epochs).items():
            scores[key].append(accuracy)
    for epochs in options.epochs:
        _print(epochs, {way: scores[way, epochs] for way in WAYS})
    return 0


def _accuracies(seed: int, all_epochs: Sequence[int]) -> dict[tuple[str, int], float]:
    """Return the test accuracy of each way after each number of epochs."""
    X, y = load_digits(return_X_y=True)
    X = X / 16
    rng = np.random.default_rng(seed)
    new = rng.permutation(10)[:2]
    is_new = np.isin(y, new)
    source = _fit(X[~is_new], y[~is_new], PRETRAINING_EPOCHS, PRETRAINING_BATCH, seed)
    rows = rng.permutation(np.flatnonzero(is_new))
    train = np.concatenate([rows[y[rows] == digit][:ROWS_A_DIGIT] for digit in new])
    test = np.setdiff1d(rows, train)
    accuracies = {}
    for epochs in all_epochs:
        for way, settings in WAYS.items():
            start = None if way == SCRATCH else source
            model = _fit(X[train], y[train], epochs, BATCH_SIZE, seed, start, **settings)
            accuracies[way, epochs] = model.score(X[test], y[test])
    return accuracies


def _fit(
    X: Array,
    y: Array,
    epochs: int,
    batch_size: int,
    seed: int,
    init_from: MLPClassifier | None = None,
    **settings: Any,
) -> MLPClassifier:
    model = MLPClassifier(
        HIDDEN,
        batch_size=batch_size,
        max_iter=epochs,
        n_iter_no_change=np.inf,
        random_state=seed,
        **settings,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # every fit has all its epochs
        return model.fit(X, y, init_from=init_from)


def _print(epochs: int, scores: dict[str, list[float]]) -> None:
    print(f"\n**{epochs} epochs**\n")
    print(markdown_row(["", "accuracy", "difference to scratch [95 %]; seeds"]))
    print(markdown_row(["---"] * 3))
    for way, accuracies in scores.items():
        difference = "" if way == SCRATCH else paired_difference(accuracies, scores[SCRATCH])
        print(markdown_row([f"`{way}`", mean_and_deviation(accuracies), difference]))


if __name__ == "__main__":
    raise SystemExit(main())
