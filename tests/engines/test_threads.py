"""How many threads a call is granted, in all surroundings."""

import multiprocessing
import os
import subprocess
import sys
import textwrap

import pytest
from joblib import Parallel, delayed, parallel_config
from threadpoolctl import threadpool_limits

pytest.importorskip("lightmlp._native")

from lightmlp import MLPRegressor
from lightmlp.engines import threads
from lightmlp.engines.threads import available_cores, granted_threads

needs_fork = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="this system has no fork"
)
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="affinity is Linux's")


@pytest.fixture
def four_cores(monkeypatch):
    """A machine of four cores, whatever it is."""
    monkeypatch.setattr(threads, "available_cores", lambda: 4)
    monkeypatch.setattr(threads, "_openmp_limit", lambda cores: cores)


def run(script, *, path=None, **environment):
    """Run a script, from a file or not, in a process of its own; return the words it prints."""
    script = textwrap.dedent(script)
    if path is not None:
        path.write_text(script)
    result = subprocess.run(
        [sys.executable, *(["-c", script] if path is None else [str(path)])],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,  # a deadlock is what some of these look for
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


def test_all_cores_unless_fewer_are_asked_for(four_cores):
    assert [granted_threads(n) for n in (None, 1, 3, 16, 2**31 - 1)] == [4, 1, 3, 4, 4]


@pytest.mark.parametrize("n_threads", [2**31, 0, -1, 1.5, True])
def test_numbers_that_cannot_be_are_refused(n_threads):
    with pytest.raises(ValueError, match="n_threads"):
        MLPRegressor(n_threads=n_threads).fit([[0.0], [1.0]], [0.0, 1.0])


@pytest.mark.parametrize("wanted", ["2", "8", "64"])
def test_openmp_variable_asks_for_no_more_than_there_are_cores(wanted):
    script = "from lightmlp.engines.threads import granted_threads as f; print(f(None))"
    assert run(script, OMP_NUM_THREADS=wanted) == [str(min(int(wanted), available_cores()))]
    assert run(script, OMP_NUM_THREADS="1") == ["1"]


@on_linux
def test_affinity_of_the_moment_counts():
    script = """
        import os
        from lightmlp.engines.threads import granted_threads
        before = granted_threads(None)
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(allowed)})
        print(granted_threads(None), granted_threads(8))
        os.sched_setaffinity(0, allowed)
        print(granted_threads(None) == before)
    """
    assert run(script) == ["1", "1", "True"]


def test_threadpoolctl_limits_it():
    with threadpool_limits(1):
        assert granted_threads(None) == 1


def test_workers_of_joblib_do_not_multiply_threads():
    with parallel_config("threading", n_jobs=2):
        assert Parallel()(delayed(granted_threads)(None) for _ in range(4)) == [1] * 4
    with parallel_config("loky", n_jobs=2, inner_max_num_threads=1):
        assert Parallel()(delayed(granted_threads)(None) for _ in range(4)) == [1] * 4


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_children_of_every_kind_compute_the_same(method, tmp_path):
    program = f"""
        import multiprocessing, warnings, numpy as np
        def work(_):
            from lightmlp import MLPClassifier
            from lightmlp.engines.threads import available_cores, granted_threads
            warnings.simplefilter("ignore")
            X = np.random.RandomState(0).normal(size=(600, 100))
            model = MLPClassifier((200, 100), batch_size=200, max_iter=2, random_state=0)
            loss = model.fit(X, np.arange(600) % 3).loss_
            return loss.hex(), granted_threads(None), available_cores()
        if __name__ == "__main__":
            print(*work(0))
            with multiprocessing.get_context("{method}").Pool(2) as pool:
                for found in pool.map(work, range(2)):
                    print(*found)
    """
    words = run(program, path=tmp_path / "program.py")  # which spawned children import
    cores = words[2]
    for loss, n_granted in zip(words[3::3], words[4::3], strict=True):
        assert loss == words[0]
        assert n_granted == ("1" if method == "fork" else cores)


FORK = """
    import os, sys
    import numpy as np
    {before}
    def fit():
        from lightmlp import MLPClassifier
        X = np.random.RandomState(0).normal(size=(600, 100))
        model = MLPClassifier((200, 100), batch_size=200, max_iter=2, random_state=0)
        model.set_params(tol=10, n_iter_no_change=1, n_threads={n_threads})
        model.fit(X, np.arange(600) % 3)
        return model.loss_, model.predict_proba(X).sum()
    pid = os.fork()
    if pid == 0:
        print(*map(float.hex, map(float, fit())), flush=True)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    print(*map(float.hex, map(float, fit())))
"""

OPENMP_LIBRARY = """
int busy(void) {
  int sum = 0;
#pragma omp parallel for num_threads(4) reduction(+ : sum)
  for (int i = 0; i < 1000; ++i) sum += i;
  return sum;
}
"""


def openmp_library(folder):
    """Compile a library with a team of OpenMP's."""
    source, library = folder / "busy.c", folder / "busy.so"
    source.write_text(OPENMP_LIBRARY)
    command = ["cc", "-shared", "-fPIC", "-fopenmp", str(source), "-o", str(library)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("there is no C compiler with OpenMP")
    return f"import ctypes; assert ctypes.CDLL({str(library)!r}).busy() == 499500"


LIGHTGBM = "import lightgbm; X = np.eye(200); lightgbm.LGBMRegressor(verbose=-1).fit(X, X[0])"
PYTORCH = "import torch; A = torch.ones(900, 900); (A @ A).sum(); A.exp().sum()"
SMALL_FITS = (
    "from lightmlp import MLPRegressor; "
    "MLPRegressor(max_iter=1, tol=10, n_iter_no_change=1).fit([[0.0], [1.0]], [0.0, 1.0])"
)


@needs_fork
@pytest.mark.parametrize("n_threads", [None, 2])
@pytest.mark.parametrize("before", ["openmp", "lightgbm", "torch", "small fits", "teams", ""])
def test_a_forked_child_computes_whatever_its_parent_did(before, n_threads, tmp_path):
    if before in ("lightgbm", "torch"):
        pytest.importorskip(before)
    lines = {
        "lightgbm": LIGHTGBM,
        "torch": PYTORCH,
        "small fits": SMALL_FITS,
        "teams": "from lightmlp import _native; _native.multiply_add_peak('float32', 3, 0.01)",
    }
    line = openmp_library(tmp_path) if before == "openmp" else lines.get(before, "")
    words = run(
        "import warnings; warnings.simplefilter('ignore')\n"
        + textwrap.dedent(FORK).format(before=line, n_threads=n_threads)
    )
    assert words[:2] == words[2:]


@on_linux
@pytest.mark.skipif(sys.maxsize < 2**32, reason="needs an address space of 64 bits")
def test_where_no_thread_can_be_created_the_calling_one_computes():
    limit = """
        import resource, sys, os
        resource.setrlimit(resource.RLIMIT_STACK, (1 << 32, resource.RLIM_INFINITY))
        os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
    """
    work = """
        import resource, threading
        import numpy as np
        from lightmlp import MLPClassifier, _native
        from lightmlp.engines import threads
        threads.available_cores = lambda: 4
        X = np.random.RandomState(0).normal(size=(600, 100))
        def fit(n_threads):
            model = MLPClassifier((200, 100), batch_size=200, max_iter=2, random_state=0)
            model.set_params(tol=10, n_iter_no_change=1, n_threads=n_threads)
            return model.fit(X, np.arange(600) % 3)
        alone = fit(1).loss_
        pages = int(open("/proc/self/statm").read().split()[0])
        size = pages * resource.getpagesize() + (1 << 31)
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        try:
            threading.Thread(target=int).start()
        except RuntimeError:
            print("none")
        _native.multiply_add_peak("float32", 4, 0.001)
        print(fit(4).loss_ == alone, len(fit(4).predict(X)))
    """
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "4"}
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(limit), textwrap.dedent(work)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if "setrlimit" in result.stderr and "not allowed" in result.stderr:
        pytest.skip("this process may not raise the limit of its stack")
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["none", "True", "600"]
