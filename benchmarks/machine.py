"""The machine of the measurements, and its peak."""

import platform
import sys
from pathlib import Path
from typing import Any

import numpy
import scipy
from threadpoolctl import threadpool_info

from lightmlp import _native
from lightmlp.cli.environment import describe_engine

from .rivals import Rival, usable_cores, versions

__all__ = ["describe_machine", "measure_peaks"]

PEAK_SECONDS = 0.1
PEAK_TRIALS = 5
_best_peaks: dict[str, dict[int, float]] = {}


def describe_machine(rivals: list[Rival]) -> dict[str, Any]:
    """Return processor, cores, peaks, instruction set and versions as plain values."""
    return {
        "processor": _processor(),
        "cores": usable_cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "engine": describe_engine("auto"),
        "peak_gflops": {dtype: measure_peaks(dtype) for dtype in ("float32", "float64")},
        "blas": sorted(
            f"{pool['internal_api']} {pool['version']} ({pool.get('architecture')})"
            for pool in threadpool_info()
            if pool["user_api"] == "blas"
        ),
        "versions": {
            "Python": platform.python_version(),
            "numpy": numpy.__version__,
            "scipy": scipy.__version__,
            **versions(rivals),
        },
    }


def measure_peaks(dtype: str) -> dict[int, float]:
    """Return the multiply-add peak in GFLOP/s of one thread, and of one thread per core.

    This is the best of all trials so far, since other programs slow down some of them.
    """
    best = _best_peaks.setdefault(dtype, {})
    for threads in sorted({1, usable_cores()}):
        trials = [
            _native.multiply_add_peak(dtype, threads, PEAK_SECONDS) for _ in range(PEAK_TRIALS)
        ]
        best[threads] = max(best.get(threads, 0.0), *trials)
    return dict(best)


def _processor() -> str:
    """Name of the processor, which ``platform.processor()`` leaves empty on Linux."""
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
