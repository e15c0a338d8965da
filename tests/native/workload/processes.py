"""Other instruction sets, forks while fits run, and the end of the process while one does."""

import os
import subprocess
import sys
import threading
import time

import numpy as np

from .threads import model_of, parameters_of, y


def other_instruction_sets():
    """The widths of their vectors are others, and so are the rests."""
    from lightmlp import _native

    for name in _native.available_isas().split(", "):
        if name != _native.isa():
            subprocess.run(
                [sys.executable, "-m", __package__, _native.__file__, "edges"],
                env={**os.environ, "LIGHTMLP_ISA": name},
                check=True,
            )


def _compute_in_child():
    """Learn and predict as the parent does, on one thread and on several."""
    for seed in range(5):
        model, rows = model_of(seed)
        model.fit(rows, y).predict(rows)


def _child_of_fork():
    """Fork; return the child's number. It ends where the sanitizers look, not Python."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            _compute_in_child()
            status = 0
        finally:
            os._exit(status)
    return child


def forks_while_fits_run():
    """Teams of several threads are at work, and others sleep, when the process is copied."""
    stop = threading.Event()

    def learn(seed):
        while not stop.is_set():
            parameters_of(seed)

    fits = [threading.Thread(target=learn, args=[seed]) for seed in (3, 5, 8)]
    expected = [np.sum(W) for W in parameters_of(4)]
    for fit in fits:
        fit.start()
    try:
        for _ in range(6):
            time.sleep(0.1)
            child = _child_of_fork()
            _, status = os.waitpid(child, 0)
            assert status == 0, f"a child ended with status {status}"
            assert [np.sum(W) for W in parameters_of(4)] == expected
    finally:
        stop.set()
        for fit in fits:
            fit.join()


def an_end_while_a_fit_runs():
    """Leave a daemon thread at work: the last part."""
    model, rows = model_of(0, max_iter=10**6, n_iter_no_change=10**6)
    threading.Thread(target=model.fit, args=(rows, y), daemon=True).start()
    time.sleep(0.5)
