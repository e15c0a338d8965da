"""Time of ``import lightmlp`` after ``sklearn.base``, in fresh processes."""

import os
import subprocess
import sys

from .results import Cost

__all__ = ["measure_import"]

LIMIT = 30.0
PROGRAM = """
import time
import sklearn.base
start = time.perf_counter()
import lightmlp
print(time.perf_counter() - start)
"""


def measure_import(rounds: int) -> Cost:
    """Return the milliseconds of each process.

    A first process warms the disk cache and stores bytecode, as installing a package does.
    """
    values = [_milliseconds() for _ in range(rounds + 1)][1:]
    return Cost("import lightmlp", "ms", tuple(values), LIMIT)


def _milliseconds() -> float:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return float(result.stdout) * 1e3
