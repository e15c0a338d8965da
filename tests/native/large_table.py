"""Fit and predict on a large table; print the memory taken beyond it. A program of its own.

Arguments: kind of estimator, dtype, "array" or "memmap", path of the memory map, rows,
features, and the names of parameters to set to True.
"""

import sys
import warnings
from pathlib import Path

import numpy as np

CHUNK = 1000


def peak():
    """Most memory that this process has had, in bytes."""
    if sys.platform == "linux":
        # Not ru_maxrss, which a child inherits from the process that started it.
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def make_data(kind, dtype, storage, path, shape):
    """Return X, all of it in memory, and y, made without a copy that would count."""
    if storage == "memmap":
        X = np.lib.format.open_memmap(path, "w+", dtype, shape)
    else:
        X = np.empty(shape, dtype)
    y = np.empty(shape[0], np.int64 if kind == "classifier" else dtype)
    rng = np.random.default_rng(0)
    for start in range(0, len(X), CHUNK):
        part = X[start : start + CHUNK]
        part[...] = rng.standard_normal(part.shape, np.float32)
        wave = np.sin(part[:, 0])
        y[start : start + CHUNK] = (
            np.digitize(wave, [-0.5, 0.5]) if kind == "classifier" else wave
        )
    if storage == "memmap":
        X.flush()
        del X, part  # else both maps would count
        X = np.load(path, mmap_mode="r")
        X.sum()
    return X, y


def main():
    """Run one case."""
    from lightmlp import MLPClassifier, MLPRegressor

    kind, dtype, storage, path, n_rows, n_features, *options = sys.argv[1:]
    X, y = make_data(kind, dtype, storage, path, (int(n_rows), int(n_features)))
    estimator = MLPClassifier if kind == "classifier" else MLPRegressor
    warnings.simplefilter("ignore")
    settings = {"max_iter": 2, "batch_size": CHUNK, "random_state": 0}
    settings["hidden_layer_sizes"] = (16,)
    settings |= dict.fromkeys(options, True)
    # What is imported and allocated once, whatever the size of X.
    few = slice(5 * CHUNK)
    estimator(**settings).fit(X[few], y[few]).predict(X[few])
    before = peak()
    model = estimator(**settings).fit(X, y)
    after_fit = peak()
    model.predict(X)
    print(after_fit - before, peak() - before)


if __name__ == "__main__":
    main()
