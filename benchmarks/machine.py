"""Where the measurements were taken."""

import platform
import sys
from pathlib import Path
from typing import Any

import numpy
import scipy
from threadpoolctl import threadpool_info

from lightmlp.cli.environment import describe_engine

from .rivals import Rival, usable_cores

__all__ = ["describe_machine"]


def describe_machine(rivals: list[Rival]) -> dict[str, Any]:
    """Return processor, cores, instruction sets and versions as plain values."""
    return {
        "processor": _processor(),
        "cores": usable_cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "engine": describe_engine("auto"),
        "blas": sorted(
            f"{pool['internal_api']} {pool['version']} ({pool.get('architecture')})"
            for pool in threadpool_info()
            if pool["user_api"] == "blas"
        ),
        "versions": {
            "Python": platform.python_version(),
            "numpy": numpy.__version__,
            "scipy": scipy.__version__,
            **{rival.name: rival.version for rival in rivals},
        },
    }


def _processor() -> str:
    """Name of the processor, which ``platform.processor()`` leaves empty on Linux."""
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
