"""How many threads a call may use: what the process, its surroundings and its user grant."""

import os
import sys
import threading
from functools import lru_cache

from .. import _native

__all__ = ["available_cores", "granted_threads"]


def granted_threads(n_threads: int | None) -> int:
    """Return the most threads that one call may use; never more than there are cores.

    Parameters
    ----------
    n_threads : int or None
        The user's number, or None for what OpenMP's limit allows, which carries
        OMP_NUM_THREADS, threadpoolctl and the worker processes of joblib, and which
        scikit-learn is asked for. A worker thread of joblib and a process that was forked get
        one: their siblings keep the other cores busy.
    """
    cores = available_cores()
    if n_threads is not None:
        return min(n_threads, cores)
    if cores == 1 or _is_joblib_thread() or _is_forked_process():
        return 1
    return min(_openmp_limit(cores), cores)


def available_cores() -> int:
    """Return the cores of this process: those it may run on, or its cgroup's quota."""
    if not hasattr(os, "sched_getaffinity"):
        return _cpu_count(None)
    return _cpu_count(frozenset(os.sched_getaffinity(0)))


@lru_cache(maxsize=16)
def _cpu_count(affinity: frozenset[int] | None) -> int:
    """Ask joblib, which reads files, anew only where the affinity is another."""
    from joblib import cpu_count

    return max(1, int(cpu_count()))


def _openmp_limit(cores: int) -> int:
    from sklearn.utils import _openmp_helpers

    if not _openmp_helpers._openmp_parallelism_enabled():
        return cores
    limit = _openmp_helpers._openmp_effective_n_threads(only_physical_cores=False)
    return max(1, int(limit))


def _is_joblib_thread() -> bool:
    parallel = sys.modules.get("joblib.parallel")
    if parallel is None or threading.current_thread() is threading.main_thread():
        return False
    backend, _ = parallel.get_active_backend()
    return (backend.nesting_level or 0) > 0


def _is_forked_process() -> bool:
    """Tell whether a sibling of this process may be at work beside it, as a pool's are."""
    multiprocessing = sys.modules.get("multiprocessing")
    if multiprocessing is None or multiprocessing.parent_process() is None:
        return bool(_native.is_forked())
    own_method = getattr(multiprocessing.current_process(), "_start_method", None)
    return bool((own_method or multiprocessing.get_start_method()) == "fork")
