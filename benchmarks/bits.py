"""The bits of 200 small fits, which must not change when code is refactored.

``python -m benchmarks.bits`` prints a digest of the parameters after three epochs for each
configuration; ``--compare FILE`` compares with the output of another version.
"""

import argparse
import hashlib
import json
import sys
import warnings
from itertools import cycle, islice, product
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from lightmlp import MLPClassifier, MLPRegressor

__all__ = ["main"]

N_CONFIGURATIONS = 200
LISTS = ("coefs_", "intercepts_", "scales_", "running_means_", "running_variances_")

LOSSES = [
    (MLPClassifier, "log_loss"), (MLPClassifier, "focal"), (MLPClassifier, "hinge"),
    (MLPClassifier, "squared_error"), (MLPRegressor, "squared_error"),
    (MLPRegressor, "absolute_error"), (MLPRegressor, "huber"), (MLPRegressor, "quantile"),
    (MLPRegressor, "poisson"), (MLPRegressor, "gamma"), (MLPRegressor, "tweedie"),
    (MLPRegressor, "log_cosh"),
]  # fmt: skip
ACTIVATIONS = ["relu", "tanh", "logistic", "gelu", "mish", "selu", "softplus"]
SOLVERS = ["sgd", "adam", "adamw", "nadam", "rmsprop", "lion", "muon"]
LAYERS: list[dict[str, Any]] = [
    {},
    {"normalization": "batch"},
    {"normalization": "layer", "dropout": 0.2},
    {"dropout": (0.3, 0.1), "input_dropout": 0.1},
    {"l1": 0.01, "max_norm": 1.0, "gradient_clip": 0.5},
]
TABLES = [
    (dtype, form, weighted)
    for dtype, form, weighted in product(
        [np.float32, np.float64], [np.asarray, sparse.csr_matrix], [False, True]
    )
]


def configurations() -> list[dict[str, Any]]:
    """List the configurations: each option cycles with its own period."""
    options = zip(
        cycle(LOSSES), cycle(ACTIVATIONS), cycle(SOLVERS), cycle(LAYERS), cycle(TABLES),
        cycle([1, 2, 3]), cycle([16, 33, 200, 300, 77]), cycle(["native", "reference"]),
    )  # fmt: skip
    names = ("loss", "activation", "solver", "layers", "table", "n_threads", "batch", "engine")
    found = [dict(zip(names, one, strict=True)) for one in islice(options, N_CONFIGURATIONS)]
    for number, one in enumerate(found):
        one["activation"] = ACTIVATIONS[(number + number // 7) % len(ACTIVATIONS)]
    return found


def _digest(one: dict[str, Any]) -> str:
    kind, loss = one["loss"]
    dtype, form, weighted = one["table"]
    rng = np.random.RandomState(0)
    X = (rng.normal(size=(300, 20)) * (rng.uniform(size=(300, 20)) < 0.6)).astype(dtype)
    numbers = np.exp(0.3 * X[:, :2].astype(float)) + 0.1
    y = rng.randint(0, 3, 300) if kind is MLPClassifier else numbers
    model = kind(
        hidden_layer_sizes=(33, 18), loss=loss, activation=one["activation"],
        solver=one["solver"], batch_size=one["batch"], n_threads=one["n_threads"],
        engine=one["engine"], max_iter=3, random_state=0, learning_rate_init=0.003,
        **one["layers"],
    )  # fmt: skip
    model.fit(form(X), y, sample_weight=rng.randint(0, 3, 300) / 2 if weighted else None)
    result = hashlib.sha256()
    for name in LISTS:
        for array in getattr(model, name):
            result.update(np.ascontiguousarray(array).tobytes())
    return result.hexdigest()[:16]


def main() -> None:
    """Print the digests, or how many agree with those of another version."""
    parser = argparse.ArgumentParser("python -m benchmarks.bits", description=__doc__)
    parser.add_argument("--compare", type=Path, metavar="FILE")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    digests = [_digest(one) for one in configurations()]
    if options.compare is None:
        print(json.dumps(digests, indent=0))
        return
    before = json.loads(options.compare.read_text(encoding="utf-8"))
    differing = [
        i for i, pair in enumerate(zip(digests, before, strict=True)) if len({*pair}) > 1
    ]
    print(
        f"{len(digests) - len(differing)} of {len(digests)} configurations have the same bits"
    )
    for index in differing:
        print("other bits:", configurations()[index])
    sys.exit(bool(differing))


if __name__ == "__main__":
    main()
