"""Many threads of Python at once, and Ctrl-C."""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import numpy as np
from scipy import sparse

from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.callbacks import Callback, History

rng = np.random.RandomState(0)
X = rng.normal(size=(700, 40))
y = np.digitize(X[:, 0], [-0.5, 0.5])


def model_of(seed, **options):
    """Return an estimator that differs from its neighbours, and its rows."""
    settings = {
        "hidden_layer_sizes": (100, 30 + seed), "max_iter": 3, "tol": 0, "random_state": seed,
        "batch_size": 350, "engine": "native", "n_threads": (1, 2, 3, 4, None)[seed % 5],
        "solver": ("adam", "muon", "sgd", "lbfgs")[seed % 4],
        "normalization": ("batch", None, "layer", None)[seed % 4],
        "augmentation": "mixup" if seed % 4 == 1 else None,
    } | options  # fmt: skip
    rows = X.astype((np.float32, np.float64)[seed % 2])
    rows = sparse.csr_matrix(rows) if seed % 3 == 2 else rows
    return (MLPClassifier if seed % 2 else MLPRegressor)(**settings), rows


def parameters_of(seed):
    """Fit, and return what was learned."""
    model, rows = model_of(seed)
    return model.fit(rows, y).coefs_


def fits_at_once():
    """As many teams as there are threads; what they learn does not depend on that."""
    seeds = list(range(12)) * 3
    alone = {seed: parameters_of(seed) for seed in set(seeds)}
    for n_threads in (2, 8):
        with ThreadPoolExecutor(n_threads) as pool:
            for seed, together in zip(seeds, pool.map(parameters_of, seeds), strict=True):
                for one, other in zip(alone[seed], together, strict=True):
                    np.testing.assert_array_equal(one, other)


def predictions_at_once():
    """From one model, few rows and many, while another model learns."""
    for seed in range(4):
        model, rows = model_of(seed)
        model.fit(rows, y)
        tables = [rows[start : start + 1 + 60 * (start % 7)] for start in range(0, 350, 5)]
        alone = [model.predict(table) for table in tables]
        with ThreadPoolExecutor(8) as pool:
            learning = pool.submit(parameters_of, seed + 1)
            together = list(pool.map(model.predict, tables))
            list(pool.map(model.hidden_activations, tables))
            list(pool.map(model.loss_and_gradients, [rows] * 8, [y] * 8))
            learning.result()
        for one, other in zip(alone, together, strict=True):
            np.testing.assert_array_equal(one, other)


class Reader(Callback):
    """Read and use the model after every epoch, from this thread and from others."""

    def on_epoch_end(self, state):
        """Predict, and keep nothing."""
        model = state.model
        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(model.predict, X[:n]) for n in (1, 300)]
            sum(float(np.abs(W).sum()) for W in model.coefs_ + model.intercepts_)
            for future in futures:
                future.result()


class Nested(Callback):
    """Another fit between two epochs."""

    def on_epoch_end(self, state):
        """Fit."""
        parameters_of(state.epoch)


def callbacks_that_read():
    """Callbacks that use the model, and that fit others meanwhile."""
    for seed in range(8):
        plain = {"solver": "muon" if seed % 2 else "adam"}
        model, rows = model_of(seed, callbacks=[Reader(), History(), Nested()], **plain)
        model.fit(rows, y)


def _repeat_until_interrupted(function):
    """Send Ctrl-C once while the function runs, again and again until then."""
    sent = threading.Event()

    def send():
        sent.set()  # first: a fit ends early in silence, and the next would never be stopped
        signal.raise_signal(signal.SIGINT)

    timer = threading.Timer(0.2, send)
    with suppress(KeyboardInterrupt):
        timer.start()
        while not sent.is_set():
            function()
        timer.join()
    timer.join()


def interrupts():
    """In fits, where it ends them early, and in predictions, while another thread fits."""
    for seed in range(8):
        stop = threading.Event()

        def learn(stop=stop, seed=seed):
            while not stop.is_set():
                parameters_of(seed + 1)

        other = threading.Thread(target=learn)
        other.start()
        model, rows = model_of(seed, max_iter=10**6, n_iter_no_change=10**6, max_fun=10**6)
        _repeat_until_interrupted(partial(model.fit, rows, y))
        model.set_params(max_iter=2).fit(rows, y)
        for function in (model.predict, model.hidden_activations):
            _repeat_until_interrupted(partial(function, rows))
        _repeat_until_interrupted(partial(model.loss_and_gradients, rows, y))
        stop.set()
        other.join()
