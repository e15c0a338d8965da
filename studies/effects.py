"""Effects of options on test scores, compared with the same network without them.

For every seed each table is split again, and the plain network and those with one or two
options are trained on the same rows from the same seed for the same number of epochs.
"""

import argparse
import time
import warnings
from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    log_loss,
    r2_score,
    root_mean_squared_error,
)

from lightmlp import MLPClassifier, MLPRegressor, schedules

from .report import compare, markdown_row, mean_and_deviation
from .tables import FILES, SHIPPED, TEST_SHARE, Split, Table

HIDDEN = (128, 64)
BATCH_SIZE = 50
PLAIN = "plain"
COSINE = {"learning_rate": schedules.Cosine(warmup=0.1)}
OPTIONS: dict[str, dict[str, Any]] = {
    PLAIN: {},
    "class_weight": {"class_weight": "balanced"},
    "dropout": {"dropout": 0.3},
    "batch normalization": {"normalization": "batch"},
    "layer normalization": {"normalization": "layer"},
    "cosine": COSINE,
    "label_smoothing": {"label_smoothing": 0.1},
    "weight_decay": {"weight_decay": 0.1},
    "mixup": {"augmentation": "mixup"},
    "noise": {"augmentation": "gaussian_noise"},
    "cosine, dropout": {**COSINE, "dropout": 0.3},
    "cosine, batch normalization": {**COSINE, "normalization": "batch"},
}
# Whether higher is better, by the name of the score.
CLASS_SCORES = {"accuracy": True, "balanced accuracy": True, "log-loss": False}
NUMBER_SCORES = {"RMSE": False, "R2": True}

Scores = dict[str, dict[str, list[float]]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a Markdown table of test scores for each table."""
    options = _parser().parse_args(arguments)
    if options.seeds < 2 or options.epochs < 1:
        _parser().error("expected --seeds >= 2 and --epochs >= 1")
    known = {table.name: table for table in (SHIPPED if options.data is None else FILES)}
    if options.table and not known.keys() >= {*options.table}:
        _parser().error(f"--table: expected some of {', '.join(known)}; got {options.table}")
    tables = [known[name] for name in options.table or known]
    print(_describe(options), flush=True)
    names = _available(options.option)
    for table in tables:
        start = time.perf_counter()
        _study(table, names, options)
        print(f"\n({time.perf_counter() - start:.0f} s)", flush=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m studies.effects", description=__doc__)
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help=f"folder with {', '.join(str(table.source) for table in FILES)}; "
        "default: tables that ship in scikit-learn",
    )
    parser.add_argument(
        "--table", action="append", metavar="NAME", help="one of these tables; repeatable"
    )
    parser.add_argument(
        "--option", action="append", choices=[*OPTIONS][1:], help="one option; repeatable"
    )
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="default: 10")
    parser.add_argument("--epochs", type=int, default=40, metavar="N", help="default: 40")
    parser.add_argument(
        "--rows", type=int, default=5000, metavar="N", help="at most; default: 5000"
    )
    return parser


def _describe(options: argparse.Namespace) -> str:
    return (
        f"Hidden layers {HIDDEN}, adam, learning rate 0.001, batches of {BATCH_SIZE}, "
        f"{options.epochs} epochs; at most {options.rows} rows, {TEST_SHARE:.0%} of them to "
        f"test; {options.seeds} seeds of split and network; float32"
    )


def _study(table: Table, available: Sequence[str], options: argparse.Namespace) -> None:
    X, y = table.read(options.data, options.rows)
    names = [name for name in available if OPTIONS[name].keys() <= _keywords(table.classes)]
    kinds = CLASS_SCORES if table.classes else NUMBER_SCORES
    scores: Scores = {name: {kind: [] for kind in kinds} for name in names}
    for seed in range(options.seeds):
        split = table.split(X, y, seed)
        for name in names:
            found = _score(table, split, OPTIONS[name], options.epochs, seed)
            for kind in kinds:
                scores[name][kind].append(found[kind])
    _print(table, split, kinds, scores)


def _keywords(classes: bool) -> set[str]:
    return {*signature(MLPClassifier if classes else MLPRegressor).parameters}


def _available(wanted: Sequence[str] | None) -> list[str]:
    """Return the requested options, except those whose keyword this version lacks."""
    known = _keywords(True) | _keywords(False)
    names = []
    for name, option in OPTIONS.items():
        if wanted and name not in wanted and name != PLAIN:
            continue
        if option.keys() <= known:
            names.append(name)
        else:
            print(f"skipped: {name}, this version has no keyword {', '.join(option)}")
    return names


def _score(
    table: Table, split: Split, option: dict[str, Any], epochs: int, seed: int
) -> dict[str, float]:
    """Train with the option and return the scores of the test rows."""
    settings: dict[str, Any] = {
        "hidden_layer_sizes": HIDDEN,
        "batch_size": BATCH_SIZE,
        "max_iter": epochs,
        "n_iter_no_change": np.inf,
        "random_state": seed,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # every fit has all its epochs
        if not table.classes:
            return _score_regressor(MLPRegressor(**settings | option), split)
        model = MLPClassifier(**settings | option).fit(split.X_train, split.y_train)
    probabilities = model.predict_proba(split.X_test).astype(np.float64)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    predicted = model.classes_[probabilities.argmax(axis=1)]
    return {
        "accuracy": accuracy_score(split.y_test, predicted),
        "balanced accuracy": balanced_accuracy_score(split.y_test, predicted),
        "log-loss": log_loss(split.y_test, probabilities, labels=model.classes_),
    }


def _score_regressor(model: MLPRegressor, split: Split) -> dict[str, float]:
    """Train on standardised targets, and score in their own unit."""
    mean, deviation = split.y_train.mean(), split.y_train.std()
    model.fit(split.X_train, (split.y_train - mean) / deviation)
    predicted = model.predict(split.X_test) * deviation + mean
    return {
        "RMSE": root_mean_squared_error(split.y_test, predicted),
        "R2": r2_score(split.y_test, predicted),
    }


def _print(table: Table, split: Split, kinds: dict[str, bool], scores: Scores) -> None:
    n_train, n_columns = split.X_train.shape
    what = f"{len(np.unique(split.y_train))} classes, " if table.classes else ""
    print(
        f"\n**{table.name}** ({table.kind}): {n_train} rows to train, {len(split.X_test)} to "
        f"test, {what}{n_columns} columns after coding\n"
    )
    print(markdown_row(["", *kinds]))
    print(markdown_row(["---"] * (len(kinds) + 1)))
    plain = scores[PLAIN]
    for name, found in scores.items():
        if name == PLAIN:
            cells = [mean_and_deviation(found[kind]) for kind in kinds]
        else:
            cells = [
                compare(found[kind], plain[kind], higher) for kind, higher in kinds.items()
            ]
        print(markdown_row([name, *cells]))


if __name__ == "__main__":
    raise SystemExit(main())
