"""Fits of 20 to 200 ms in typical environments: is the number of threads right?

``python -m benchmarks.short_fits`` compares whole fits with ``n_threads=None`` with fits on
one and on all threads, and with scikit-learn's fits at the better number of threads: on a
quiet machine, in the first fit of a process, after a pause, after a product in NumPy (whose
threads keep spinning for a while), beside busy programs, and with OMP_NUM_THREADS, a quota or
one core.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["main"]

BOUND = 1.1  # times the better of one and all threads
N_EPOCHS = 3
SPIN_SECONDS = 0.25  # for which the BLAS's threads go on after scikit-learn's fits, at most


@dataclass(frozen=True)
class Case:
    """A network, and the number of steps of its fit."""

    n_features: int
    hidden: tuple[int, ...]
    n_classes: int  # 1: a regression
    batch_size: int
    n_steps: int


CASES = {
    "300-200-1": Case(300, (200,), 1, 128, 142),
    "784-128-64-10": Case(784, (128, 64), 10, 64, 250),
    "28-64-64-64-2": Case(28, (64, 64, 64), 2, 256, 157),
    "64-128-64-10": Case(64, (128, 64), 10, 200, 300),
    "54-256-128-7": Case(54, (256, 128), 7, 512, 60),
}


@dataclass(frozen=True)
class Surroundings:
    """The environment of the fits."""

    n_busy: int = 0
    before: str = "nothing"  # before each fit: nothing, a pause or a product
    fresh: bool = False  # whether each fit is the first of a process
    environment: dict[str, str] = field(default_factory=dict)
    prefix: Callable[[], list[str]] = list  # of the command


def _taskset() -> list[str]:
    return ["taskset", "-c", str(min(os.sched_getaffinity(0)))]


def _quota() -> list[str]:
    """Run in a control group limited to one processor, visible as in a container."""
    if Path("/sys/fs/cgroup/cgroup.controllers").exists():
        group, limit = "/sys/fs/cgroup/lightmlp-short-fits", "echo '100000 100000' > $0/cpu.max"
        mount = "mount -t cgroup2 none /sys/fs/cgroup"
    else:
        group = "/sys/fs/cgroup/cpu/lightmlp-short-fits"
        limit = "echo 100000 > $0/cpu.cfs_period_us; echo 100000 > $0/cpu.cfs_quota_us"
        mount = "umount /sys/fs/cgroup/cpu; mount -t cgroup -o cpu none /sys/fs/cgroup/cpu"
    script = f"mkdir -p $0; {limit}; echo $$ > $0/cgroup.procs; "
    inside = f'{mount}; exec "$@"'
    return ["sh", "-ec", f"{script} exec unshare --cgroup --mount sh -ec '{inside}' sh \"$@\"",
            group]  # fmt: skip


SURROUNDINGS = {
    "quiet": Surroundings(),
    "first fit": Surroundings(fresh=True),
    "after a pause": Surroundings(before="pause"),
    "after a product": Surroundings(before="product"),
    "2 busy": Surroundings(n_busy=2),
    "8 busy": Surroundings(n_busy=8),
    **{
        f"OMP_NUM_THREADS={n}": Surroundings(environment={"OMP_NUM_THREADS": str(n)})
        for n in (2, 8, 32, 64)
    },
    "quota of 1": Surroundings(before="pause", prefix=_quota),
    "one core": Surroundings(prefix=_taskset),
}


def _problem(case: Case, dtype: str) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    n_rows = case.batch_size * case.n_steps // N_EPOCHS
    X = rng.normal(size=(n_rows, case.n_features)).astype(dtype)
    return X, X[:, 0].copy() if case.n_classes == 1 else rng.integers(0, case.n_classes, n_rows)


def _fits(case: Case) -> dict[str, Callable[[Any, Any], Any]]:
    """Return the estimators, by the name of the option."""
    import sklearn.neural_network
    from threadpoolctl import threadpool_limits

    import lightmlp

    name = "MLPRegressor" if case.n_classes == 1 else "MLPClassifier"
    settings = {
        "hidden_layer_sizes": case.hidden,
        "batch_size": case.batch_size,
        "max_iter": N_EPOCHS,
        "random_state": 0,
    }
    ours, theirs = (getattr(m, name)(**settings) for m in (lightmlp, sklearn.neural_network))

    def fit(n_threads: int | None) -> Callable[[Any, Any], Any]:
        return lambda X, y: ours.set_params(n_threads=n_threads).fit(X, y)

    def fit_theirs(n_threads: int | None) -> Callable[[Any, Any], Any]:
        def run(X: Any, y: Any) -> Any:
            with threadpool_limits(n_threads):
                return theirs.fit(X, y)

        return run

    return {
        "auto": fit(None),
        "one": fit(1),
        "all": fit(os.cpu_count()),
        "scikit-learn, 1": fit_theirs(1),
        "scikit-learn, all": fit_theirs(None),
    }


def _serve(surroundings: Surroundings, only: str | None, names: list[str], rounds: int) -> None:
    """In the measured process: time fits, and print milliseconds as JSON, one line per case."""
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    square = rng.normal(size=(1500, 1500))
    for name in names:
        for dtype in ("float32", "float64"):
            X, y = _problem(CASES[name], dtype)
            fits = _fits(CASES[name])
            seconds: dict[str, list[float]] = {
                option: [] for option in fits if only in (None, option)
            }
            for _ in range(rounds):
                for option in rng.permutation(list(seconds)):  # what came before matters
                    if surroundings.before == "pause":
                        time.sleep(0.5)
                    elif surroundings.before == "product":
                        square @ square
                    start = time.perf_counter()
                    fits[option](X, y)
                    seconds[option].append(1e3 * (time.perf_counter() - start))
                    if "scikit-learn" in option:
                        time.sleep(SPIN_SECONDS)
            print(json.dumps([name, dtype, seconds]), flush=True)


@contextmanager
def _busy(n_programs: int) -> Iterator[None]:
    command = [sys.executable, "-c", "while True: pass"]
    programs = [subprocess.Popen(command) for _ in range(n_programs)]
    try:
        time.sleep(0.2 * bool(programs))
        yield
    finally:
        for program in programs:
            program.kill()
            program.wait()


def _measure(name: str, cases: list[str], rounds: int) -> dict[tuple[str, str], Any]:
    """Return the milliseconds of each case and dtype, by option."""
    surroundings = SURROUNDINGS[name]
    options = [*_fits(CASES[cases[0]])] if surroundings.fresh else [None]
    results: dict[tuple[str, str], dict[str, list[float]]] = {}
    for _ in range(rounds if surroundings.fresh else 1):
        for option in options:
            command = [*surroundings.prefix(), sys.executable, "-m", "benchmarks.short_fits"]
            command += ["--serve", name, "--rounds", str(1 if option else rounds)]
            command += ["--only", option] if option else []
            for part in ([case] for case in cases) if option else (cases,):
                arguments = [argument for case in part for argument in ("--case", case)]
                with _busy(surroundings.n_busy):
                    printed = subprocess.run(
                        [*command, *arguments],
                        env={**os.environ, **surroundings.environment},
                        stdout=subprocess.PIPE,
                        text=True,
                        check=True,
                    ).stdout
                for line in printed.splitlines():
                    case, dtype, found = json.loads(line)
                    if option and dtype == "float64":
                        continue  # it was the second fit of its process
                    known = results.setdefault((case, dtype), {})
                    for key, values in found.items():
                        known.setdefault(key, []).extend(values)
    return results


def _line(case: str, dtype: str, found: dict[str, list[float]]) -> str:
    medians = {option: float(np.median(values)) for option, values in found.items()}
    theirs = min(medians["scikit-learn, 1"], medians["scikit-learn, all"])
    share = medians["auto"] / min(medians["one"], medians["all"])
    quartiles = np.percentile(found["auto"], [25, 75])
    remark = "" if share <= BOUND and medians["auto"] <= theirs else "  MISSED"
    return (
        f"{case:14} {dtype:8} {medians['auto']:8.1f} ({quartiles[0]:.0f} to {quartiles[1]:.0f})"
        f" {medians['one']:8.1f} {medians['all']:8.1f} {theirs:8.1f}   {share:5.2f}{remark}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser("python -m benchmarks.short_fits", description=__doc__)
    parser.add_argument("--case", action="append", choices=CASES, help="repeatable")
    parser.add_argument("--in", dest="names", action="append", choices=SURROUNDINGS)
    parser.add_argument("--rounds", type=int, default=9, metavar="N")
    parser.add_argument("--serve", choices=SURROUNDINGS, help=argparse.SUPPRESS)
    parser.add_argument("--only", help=argparse.SUPPRESS)
    options = parser.parse_args()
    cases = options.case or [*CASES]
    if options.serve:
        _serve(SURROUNDINGS[options.serve], options.only, cases, options.rounds)
        return
    print("milliseconds of a whole fit, medians; auto with its quartiles; last: auto to the "
          "better of one and all threads")  # fmt: skip
    print(f"{'':24}{'auto':>17} {'one':>10} {'all':>8} {'sklearn':>8}   ratio")
    for name in options.names or SURROUNDINGS:
        print(f"-- {name}", flush=True)
        try:
            results = _measure(name, cases, options.rounds)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"not measured: {error}", flush=True)
            continue
        for (case, dtype), found in results.items():
            print(_line(case, dtype, found), flush=True)


if __name__ == "__main__":
    main()
