"""Where a checkpoint is written: what cannot be written fails before the first epoch."""

import os
import signal
import socket
import stat
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lightmlp import MLPRegressor
from lightmlp.callbacks import Callback, Checkpoint
from lightmlp.training.replacing import replaced

rng = np.random.RandomState(0)
X = rng.normal(size=(40, 3))
target = X[:, 0] - X[:, 1] ** 2

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.skipif(os.name != "posix", reason="modes, links and locks of POSIX"),
]


def model(*callbacks, **settings):
    settings = {"hidden_layer_sizes": (3,), "max_iter": 3, "random_state": 0, **settings}
    return MLPRegressor(**settings, callbacks=list(callbacks))


class Epochs(Callback):
    """Counts the epochs."""

    n = 0

    def on_epoch_end(self, state):
        self.n += 1


def refuse(path, error=OSError, match="cannot be written"):
    """Fit, which must fail before the first epoch."""
    epochs = Epochs()
    with pytest.raises(error, match=match):
        model(epochs, Checkpoint(path)).fit(X, target)
    assert epochs.n == 0


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


class TestBeforeTheFirstEpoch:
    def test_a_directory(self, tmp_path):
        refuse(tmp_path, IsADirectoryError, match="is a directory, expected a file")
        (tmp_path / "link").symlink_to(tmp_path)
        refuse(tmp_path / "link", IsADirectoryError)

    def test_names_that_are_too_long(self, tmp_path):
        refuse(tmp_path / ("a" * 300), match="Choose a shorter name")
        refuse(tmp_path / ("a" * 250), match="Choose a shorter name")
        model(Checkpoint(tmp_path / ("a" * 240))).fit(X, target)

    def test_no_directory_to_write_into(self, tmp_path):
        refuse(tmp_path / "no" / "run.ckpt", FileNotFoundError, match="there is no directory")
        (tmp_path / "file").touch()
        refuse(tmp_path / "file" / "run.ckpt", NotADirectoryError)
        (tmp_path / "loop").symlink_to(tmp_path / "loop")
        refuse(tmp_path / "loop")

    def test_devices(self, terminal, tmp_path):
        (tmp_path / "link").symlink_to(terminal)
        for path in (terminal, tmp_path / "link"):
            refuse(path, match="a device, pipe or socket, expected a regular file")

    def test_pipes_and_sockets(self, tmp_path, monkeypatch):
        os.mkfifo(tmp_path / "pipe")
        refuse(tmp_path / "pipe", match="a device, pipe or socket")
        monkeypatch.chdir(tmp_path)  # a socket's name must be short
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("socket")
            refuse(tmp_path / "socket", match="a device, pipe or socket")
        assert stat.S_ISFIFO(os.stat("pipe").st_mode)

    @pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="of Linux")
    def test_a_file_system_that_takes_no_files(self):
        refuse("/proc/run.ckpt")

    @pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may do all")
    def test_a_directory_that_may_not_be_written(self, tmp_path):
        tmp_path.chmod(0o500)
        refuse(tmp_path / "run.ckpt", PermissionError)
        tmp_path.chmod(0o700)

    def test_too_little_space(self, tmp_path):
        """A limit of the size of files stands for the full disk."""
        code = (
            "import resource, signal, sys\n"
            "from lightmlp import MLPRegressor\n"
            "from lightmlp.callbacks import Callback, Checkpoint\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
            "class Never(Callback):\n"
            "    def on_epoch_end(self, state): sys.exit('an epoch')\n"
            "callbacks = [Never(), Checkpoint(sys.argv[1])]\n"
            "MLPRegressor(callbacks=callbacks).fit([[0.0], [1.0]], [0.0, 1.0])\n"
        )
        path = tmp_path / "run.ckpt"
        run = subprocess.run(
            [sys.executable, "-c", code, path], check=False, capture_output=True, text=True
        )
        assert "cannot be written: File too large. Make room there." in run.stderr
        assert os.listdir(tmp_path) == []

    def test_the_trial_leaves_the_old_file(self, tmp_path):
        path = tmp_path / "run.ckpt"
        path.write_bytes(b"old")

        class Look(Callback):
            def on_fit_begin(self, state):
                state.check_can_save(path)
                seen.append((path.read_bytes(), os.listdir(tmp_path)))

        seen = []
        model(Look()).fit(X, target)
        assert seen == [(b"old", ["run.ckpt"])]


class TestReplacing:
    def test_a_link_stays_one(self, tmp_path):
        (tmp_path / "disk").mkdir()
        link = tmp_path / "run.ckpt"
        link.symlink_to("disk/real.ckpt")  # which is not there yet
        for _ in range(2):
            model(Checkpoint(link)).fit(X, target)
            assert os.readlink(link) == "disk/real.ckpt"
            assert os.listdir(tmp_path / "disk") == ["real.ckpt"]
        resumed = model(max_iter=5).fit(X, target, resume_from=link)
        assert np.array_equal(resumed.coefs_[0], model(max_iter=5).fit(X, target).coefs_[0])

    @pytest.mark.parametrize("kept", [0o600, 0o640, 0o666, 0o400])
    def test_the_mode_is_kept(self, kept, tmp_path):
        path = tmp_path / "run.ckpt"
        path.touch()
        path.chmod(kept)
        model(Checkpoint(path)).fit(X, target)
        assert mode(path) == kept

    @pytest.mark.parametrize(("umask", "expected"), [(0o077, 0o600), (0o022, 0o644)])
    def test_a_new_file_follows_the_umask(self, umask, expected, tmp_path):
        before = os.umask(umask)
        try:
            model(Checkpoint(tmp_path / "run.ckpt")).fit(X, target)
        finally:
            os.umask(before)
        assert mode(tmp_path / "run.ckpt") == expected

    def test_nobody_reads_a_private_file_while_it_is_written(self, tmp_path):
        path = tmp_path / "run.ckpt"
        path.touch()
        path.chmod(0o600)
        with replaced(path) as file:
            assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) == 0o600

    @pytest.mark.skipif(
        os.name == "posix" and os.geteuid() != 0, reason="root gives files away"
    )
    def test_the_owner_is_kept(self, tmp_path):
        path = tmp_path / "run.ckpt"
        path.touch()
        os.chown(path, 1234, 1234)
        model(Checkpoint(path)).fit(X, target)
        assert (path.stat().st_uid, path.stat().st_gid) == (1234, 1234)

    def test_a_relative_path_does_not_follow_chdir(self, tmp_path, monkeypatch):
        (tmp_path / "elsewhere").mkdir()

        class Move(Callback):
            def on_fit_begin(self, state):
                os.chdir(tmp_path / "elsewhere")

        monkeypatch.chdir(tmp_path)
        checkpoint = Checkpoint("run.ckpt")
        assert checkpoint.path == tmp_path / "run.ckpt"
        model(Move(), checkpoint).fit(X, target)
        assert os.listdir(tmp_path / "elsewhere") == []
        assert (tmp_path / "run.ckpt").exists()

    @pytest.mark.parametrize("every", [0, -1, 1.5, True, None, "2"])
    def test_every_is_a_number_of_epochs(self, every, tmp_path):
        with pytest.raises(ValueError, match=r"every=.* must be >= 1"):
            Checkpoint(tmp_path / "run.ckpt", every=every)


KILLED = """
import sys
import numpy as np
from lightmlp import MLPRegressor
from lightmlp.callbacks import Checkpoint

rng = np.random.RandomState(0)
X = rng.normal(size=(40, 3))
model = MLPRegressor(hidden_layer_sizes=(400,), max_iter=10**6, tol=0, random_state=0)
model.set_params(n_iter_no_change=10**6, callbacks=[Checkpoint(sys.argv[1])])
print("ready", flush=True)
model.fit(X, X[:, 0])
"""


class TestAbandonedFiles:
    def test_kills_lose_nothing_and_the_next_save_cleans_up(self, tmp_path):
        path = tmp_path / "run.ckpt"
        delays = np.random.RandomState(0).uniform(0.2, 0.5, 6)
        for delay in delays:
            with subprocess.Popen(
                [sys.executable, "-c", KILLED, path], stdout=subprocess.PIPE
            ) as process:
                process.stdout.readline()
                with pytest.raises(subprocess.TimeoutExpired):
                    process.wait(delay)
                process.send_signal(signal.SIGKILL)
        rows = np.random.RandomState(0).normal(size=(40, 3))
        settings = {"hidden_layer_sizes": (400,), "tol": 0, "n_iter_no_change": 10**6}
        reached = model(max_iter=1, **settings).fit(rows, rows[:, 0], resume_from=path)
        more = {"max_iter": reached.n_iter_ + 2, **settings}
        resumed = model(Checkpoint(path), **more).fit(rows, rows[:, 0], resume_from=path)
        whole = model(**more).fit(rows, rows[:, 0])
        assert all(map(np.array_equal, resumed.coefs_, whole.coefs_))
        assert os.listdir(tmp_path) == ["run.ckpt"]

    def test_only_those_of_this_target_that_nobody_writes(self, tmp_path):
        path = tmp_path / "run.ckpt"
        stale = [".run.ckpt.99999.tmp", ".run.ckpt.0123abcd.tmp"]
        others = [
            ".run.ckpt2.0123abcd.tmp", ".run.0123abcd.tmp", "run.ckpt.0123abcd.tmp",
            ".run.ckpt.mine.tmp", ".run.ckpt.0123abcd", ".other.ckpt.0123abcd.tmp",
        ]  # fmt: skip
        for name in (*stale, *others):
            (tmp_path / name).write_bytes(b"half")
        (tmp_path / ".run.ckpt.00000000.tmp").mkdir()
        (tmp_path / ".run.ckpt.11111111.tmp").symlink_to(tmp_path / "run.ckpt")
        os.mkfifo(tmp_path / ".run.ckpt.22222222.tmp")
        with replaced(path) as file:  # another fit that writes at the moment
            model(Checkpoint(path)).fit(X, target)
            left = set(os.listdir(tmp_path))
            assert left.isdisjoint(stale)
            assert left.issuperset(others)
            assert len(left) == len(others) + 3 + 2  # no files, the target, the other fit's
            file.write(b"the later one")
        assert path.read_bytes() == b"the later one"

    def test_two_that_write_the_same_target(self, tmp_path):
        """Neither takes the other's temporary file for an abandoned one."""

        def write(content):
            for _ in range(150):
                with replaced(tmp_path / "run.ckpt") as file:
                    file.write(content)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, [b"1" * 100, b"2" * 100, b"3" * 100, b"4" * 100]))
        assert os.listdir(tmp_path) == ["run.ckpt"]
        assert len(set((tmp_path / "run.ckpt").read_bytes())) == 1


class TestOtherInstructionSets:
    @pytest.fixture
    def isa(self):
        native = pytest.importorskip("lightmlp.engines.native")
        if native.isa() == "baseline":
            pytest.skip("it is the instruction set of this process")
        return native.isa()

    def fit_in_baseline(self, path):
        code = (
            "import sys, warnings\n"
            "warnings.simplefilter('ignore')\n"
            "import numpy as np\n"
            "from lightmlp import MLPRegressor\n"
            "from lightmlp.callbacks import Checkpoint\n"
            "X = np.random.RandomState(0).normal(size=(40, 3))\n"
            "model = MLPRegressor(hidden_layer_sizes=(3,), max_iter=2, random_state=0)\n"
            "model.set_params(callbacks=[Checkpoint(sys.argv[1])]).fit(X, X[:, 0])\n"
        )
        environment = {**os.environ, "LIGHTMLP_ISA": "baseline"}
        subprocess.run([sys.executable, "-c", code, path], check=True, env=environment)

    def test_one_that_rounds_otherwise_is_told_once(self, isa, tmp_path):
        path = tmp_path / "run.ckpt"
        self.fit_in_baseline(path)
        message = f"'baseline', and '{isa}' computes now.*LIGHTMLP_ISA=baseline"
        with pytest.warns(UserWarning, match=message) as record:
            resumed = model(max_iter=4, engine="native").fit(X, X[:, 0], resume_from=path)
        assert [w.filename for w in record if "LIGHTMLP_ISA" in str(w.message)] == [__file__]
        assert resumed.n_iter_ == 4

    def test_the_same_one_says_nothing(self, isa, tmp_path):
        model(Checkpoint(tmp_path / "run.ckpt"), max_iter=2, engine="native").fit(X, target)
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            warnings.filterwarnings("ignore", message="Stochastic Optimizer")
            again = model(max_iter=3, engine="native")
            again.fit(X, target, resume_from=tmp_path / "run.ckpt")
