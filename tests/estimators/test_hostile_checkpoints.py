"""Checkpoints that somebody else may have written: refused by one error, or right."""

import copy
import hashlib
import json
import math
import os
import re
import socket

import numpy as np
import pytest

from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.callbacks import (
    Callback,
    Checkpoint,
    EarlyStopping,
    GradientHealth,
    History,
    LearningRateMonitor,
)
from lightmlp.training.checkpoint_file import read_checkpoint

rng = np.random.RandomState(0)
X = rng.normal(size=(30, 3))
target = X[:, 0] - X[:, 1] ** 2

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

MAGIC = b"LightMLP checkpoint\n"
START = len(MAGIC) + 8 + 32

HOSTILE = [
    None, True, False, "x", "", -1, 0, 1.5, 2**28, -(2**28), 2**63, 2**70, 10**400,
    math.nan, math.inf, -math.inf, [], {}, [[[[]]]], [1, "x", None], {"x": {}},
]  # fmt: skip


NO_CHECKPOINT = r"run\.ckpt' is (damaged|not a checkpoint of LightMLP)"


class Anything:
    """Expects nothing of a checkpoint: what is found without it is found at once."""

    def check_header(self, header, table):
        pass

    def check_arrays(self, saved):
        pass


def blake(data):
    return hashlib.blake2b(data, digest_size=32)


def unpack(path):
    """Take a file apart: its header, and the bytes of its arrays."""
    content = path.read_bytes()
    assert content.startswith(MAGIC)
    length = int.from_bytes(content[len(MAGIC) : len(MAGIC) + 8], "little")
    return json.loads(content[START : START + length]), content[START + length :]


def pack(path, header, data, text=None):
    """Put a file together, with the digests that it should have."""
    if isinstance(header, dict) and "digest" in header:
        header = {**header, "digest": blake(data).hexdigest()}
    text = json.dumps(header).encode() if text is None else text
    path.write_bytes(
        MAGIC + len(text).to_bytes(8, "little") + blake(text).digest() + text + data
    )


def split(header, data):
    """Return the arrays by name."""
    arrays = {}
    for name, dtype, shape in header["arrays"]:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        arrays[name], data = np.frombuffer(data[:size], dtype).reshape(shape), data[size:]
    return arrays


def pack_arrays(path, header, arrays):
    table = [[name, array.dtype.name, list(array.shape)] for name, array in arrays.items()]
    data = b"".join(array.tobytes() for array in arrays.values())
    pack(path, {**header, "arrays": table}, data)


def model(**settings):
    settings = {"max_iter": 4, "random_state": 0, "early_stopping": True, **settings}
    return MLPRegressor(hidden_layer_sizes=(3,), **settings)


class StopAt(Callback):
    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_end(self, state):
        return state.epoch == self.epoch


def bits(fitted):
    state = fitted._optimizer.state
    arrays = [*fitted.coefs_, *fitted.intercepts_, *(a for slot in state.slots for a in slot)]
    curves = fitted.loss_curve_, fitted.validation_scores_, fitted.validation_loss_curve_
    counts = fitted.n_iter_, fitted.t_, state.n_steps, fitted.best_validation_score_
    return [a.tobytes() for a in arrays], curves, counts


class Run:
    """A fit of four epochs, and its checkpoint of the second."""

    def __init__(self, path, **settings):
        self.path, self.settings = path, settings
        self.right = bits(model(**settings).fit(X, target))
        cut = model(**settings, callbacks=[Checkpoint(path), StopAt(2)])
        cut.fit(X, target)
        self.header, self.data = unpack(path)
        self.content = path.read_bytes()

    def resume(self, **settings):
        return model(**self.settings, **settings).fit(X, target, resume_from=self.path)

    def named(self, error):
        """Return what the error says, which must name the file."""
        assert repr(str(self.path)) in str(error)
        return str(error)

    def is_refused_or_right(self):
        """Resume; return the error, None if the bits are the right ones."""
        try:
            resumed = self.resume()
        except ValueError as error:
            return self.named(error)
        return None if bits(resumed) == self.right else "other bits"


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path / "run.ckpt")


def paths_into(value, path=()):
    """Yield the path of each member of nested dicts and lists; of long lists, three."""
    if path:
        yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths_into(inner, (*path, name))
    elif isinstance(value, list):
        for index in sorted({0, len(value) // 2, len(value) - 1} & set(range(len(value)))):
            yield from paths_into(value[index], (*path, index))


def with_value(header, path, value, remove=False):
    changed = copy.deepcopy(header)
    place = changed
    for step in path[:-1]:
        place = place[step]
    if remove:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed


class TestDamage:
    def test_every_bit_of_the_header_and_many_others(self, run):
        content = np.frombuffer(run.content, np.uint8)
        n_header = 8 * (len(run.content) - len(run.data))
        others = np.random.RandomState(1).randint(n_header, 8 * len(content), 2000)
        assert read_checkpoint(run.path, Anything()).header == run.header
        with run.path.open("r+b", buffering=0) as file:
            for bit in [*range(n_header), *others]:
                at, mask = bit // 8, 1 << (bit % 8)
                os.pwrite(file.fileno(), bytes([content[at] ^ mask]), at)
                with pytest.raises(ValueError, match=NO_CHECKPOINT):
                    read_checkpoint(run.path, Anything())
                os.pwrite(file.fileno(), bytes([content[at]]), at)

    def test_a_fit_refuses_flipped_bits(self, run):
        content = np.frombuffer(run.content, np.uint8)
        for bit in np.random.RandomState(2).randint(0, 8 * len(content), 300):
            changed = content.copy()
            changed[bit // 8] ^= 1 << (bit % 8)
            run.path.write_bytes(changed.tobytes())
            assert re.search(NO_CHECKPOINT, run.is_refused_or_right())

    def test_truncated_at_every_length(self, run):
        for length in [*range(START + 50), *range(START + 50, len(run.content), 97)]:
            run.path.write_bytes(run.content[:length])
            assert run.is_refused_or_right() is not None

    def test_longer_than_it_should_be(self, run):
        run.path.write_bytes(run.content + b"\0")
        assert "expected" in run.is_refused_or_right()

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (b"", "not JSON"),
            (b"\xff\xfe{}", "not JSON"),
            (b"[" * 100_000, "not JSON"),
            (b'{"format": ' + b"9" * 5000 + b"}", "not JSON"),
            (b"[1]", "the header is"),
            (b"{}", "lacks 'format'"),
            (b'{"format": 1}', "arrays is None"),
            (b'{"format": 1, "format": 1}', "a member twice"),
            (b'{"format": NaN}', "format is nan"),
        ],
    )
    def test_headers_that_are_none(self, run, text, message):
        pack(run.path, None, b"", text=text)
        assert message in run.is_refused_or_right()


class TestFields:
    def test_each_field_with_hostile_values(self, run):
        n_refused, others = 0, []
        for path in paths_into(run.header):
            if path == ("digest",):  # it is what is put right
                continue
            for value in HOSTILE:
                pack(run.path, with_value(run.header, path, value), run.data)
                error = run.is_refused_or_right()
                n_refused += error is not None
                if error == "other bits":
                    others.append((path, value))
            if isinstance(path[-1], str):
                pack(run.path, with_value(run.header, path, None, remove=True), run.data)
                assert run.is_refused_or_right() is not None, path
        assert n_refused > 1000
        # A position that the generator may well have: that it had another one, none can tell.
        assert others == [(("random_state", "state.pos"), 0)]

    def test_the_instruction_set_is_that_of_the_compiled_engine(self, tmp_path, engine):
        run = Run(tmp_path / "run.ckpt", engine=engine)
        other = "avx2" if engine == "reference" else None
        for value in ("x", 1, other):
            pack(run.path, with_value(run.header, ("isa",), value), run.data)
            assert "isa is" in run.is_refused_or_right()

    def test_fields_of_a_warm_start_with_a_schedule(self, tmp_path):
        path = tmp_path / "run.ckpt"
        settings = {"warm_start": True, "solver": "sgd", "learning_rate": "adaptive"}
        first = model(**settings, callbacks=[Checkpoint(path)], early_stopping=False)
        first.fit(X, target).fit(X, target)
        header, data = unpack(path)
        assert header["start"]["n_epochs"] == 4
        for name in paths_into({"start": header["start"]}):
            for value in HOSTILE:
                pack(path, with_value(header, name, value), data)
                again = model(**settings, early_stopping=False)
                try:
                    again.fit(X, target, resume_from=path)
                except ValueError as error:
                    assert repr(str(path)) in str(error)  # noqa: PT017

    @pytest.mark.parametrize(
        "value",
        [2**28, -(2**28), -1, 625, True, 3.0, None, 2**63],
    )
    def test_a_position_that_would_crash_the_generator(self, run, value):
        pack(run.path, with_value(run.header, ("random_state", "state.pos"), value), run.data)
        error = run.is_refused_or_right()
        assert re.search(
            r"random_state\['state.pos'\] is .*, expected an integer from 0 to 624", error
        )

    def test_names_the_field_and_what_was_expected(self, run):
        pack(run.path, with_value(run.header, ("n_iter",), "two"), run.data)
        message = r"resume_from=.*run\.ckpt.*n_iter is 'two', expected an integer from 1 to"
        with pytest.raises(ValueError, match=message):
            run.resume()


class TestArrays:
    def test_each_array_missing_twice_and_of_another_dtype_or_shape(self, run):
        arrays = split(run.header, run.data)
        for name, array in arrays.items():
            others = {
                "missing": None,
                "longer": np.resize(array, (*array.shape[:-1], array.shape[-1] + 1)),
                "shorter": array[..., :-1],
                "flat": array.reshape(-1, 1),
                "float32": array.astype(np.float32),
                "uint64": array.astype(np.uint64),
                "int64": array.astype(np.int64),
            }
            for kind, other in others.items():
                if other is not None and (other.shape, other.dtype) == (
                    array.shape,
                    array.dtype,
                ):
                    continue
                changed = {**arrays, name: other}
                pack_arrays(
                    run.path, run.header, {n: a for n, a in changed.items() if a is not None}
                )
                error = run.is_refused_or_right()
                assert error is not None, (name, kind)
            pack_arrays(run.path, run.header, {**arrays, f"{name}_": array})
            assert "the name of an array" in run.is_refused_or_right()

    def test_numbers_that_are_not_finite(self, run):
        arrays = split(run.header, run.data)
        for name, array in arrays.items():
            for value in (np.nan, np.inf, -np.inf):
                if array.dtype.kind == "f":
                    changed = array.copy()
                    changed.flat[0] = value
                    pack_arrays(run.path, run.header, {**arrays, name: changed})
                    assert f"the array {name} has" in run.is_refused_or_right()

    @pytest.mark.parametrize("name", ["rows", "validation_rows"])
    @pytest.mark.parametrize("row", [-1, 30, 2**28, -(2**62), 2**62])
    def test_rows_that_are_none_of_X(self, run, name, row):
        arrays = split(run.header, run.data)
        changed = arrays[name].copy()
        changed[1] = row
        pack_arrays(run.path, run.header, {**arrays, name: changed})
        assert f"the array {name} has {row}" in run.is_refused_or_right()

    def test_rows_twice_and_in_both_parts(self, run):
        arrays = split(run.header, run.data)
        for name, other in (
            ("rows", "rows"),
            ("rows", "validation_rows"),
            ("validation_rows",) * 2,
        ):
            changed = arrays[name].copy()
            changed[0] = arrays[other][1]
            pack_arrays(run.path, run.header, {**arrays, name: changed})
            assert "rows" in run.is_refused_or_right()

    def test_second_moments_and_running_variances_are_not_negative(self, tmp_path, engine):
        run = Run(tmp_path / "run.ckpt", engine=engine, normalization="batch")
        arrays = split(run.header, run.data)
        for name, at in (
            ("slot1_0", 0),
            ("slot1_3", 0),
            ("intercepts0", -1),
            ("best_intercepts0", -1),
        ):
            changed = arrays[name].copy()
            changed.flat[at] = -1e-3
            pack_arrays(run.path, run.header, {**arrays, name: changed})
            assert f"the array {name}" in run.is_refused_or_right()

    def test_curves_that_contradict_the_run(self, run):
        arrays = split(run.header, run.data)
        falling = np.array([0.0, -1.0]) + arrays["validation_scores"].min() - 1
        pack_arrays(run.path, run.header, {
            name: array for name, array in {**arrays, "validation_scores": falling}.items()
            if not name.startswith("best_")
        })  # fmt: skip
        assert "best_coefs0 is missing" in run.is_refused_or_right()

    def test_memory_is_not_asked_for_by_a_claim(self, run):
        for shape in ([2**40], [2**20, 2**33], [2**53, 2**53]):
            header = copy.deepcopy(run.header)
            for entry in header["arrays"]:
                entry[2] = shape
            pack(run.path, header, run.data)
            assert "expected" in run.is_refused_or_right()
        with run.path.open("wb") as file:  # a header of a terabyte, which are holes
            file.write(MAGIC + (2**40).to_bytes(8, "little") + bytes(32))
            file.truncate(2**40 + START)
        assert "is not a text" in run.is_refused_or_right()


class TestOtherStreams:
    @pytest.mark.parametrize("kind", ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"])
    def test_every_bit_generator_goes_on(self, kind, tmp_path):
        def fit(epoch=None, resume_from=None):
            stream = np.random.RandomState(getattr(np.random, kind)(7))
            callbacks = None if epoch is None else [Checkpoint(path), StopAt(epoch)]
            settings = {"random_state": stream, "callbacks": callbacks}
            return model(**settings).fit(X, target, resume_from=resume_from), stream

        path = tmp_path / "run.ckpt"
        whole, stream = fit()
        fit(epoch=2)
        resumed, other = fit(resume_from=path)
        assert bits(resumed) == bits(whole)
        assert other.bytes(50) == stream.bytes(50)
        header, data = unpack(path)
        for name in header["random_state"].keys() - {"gauss"}:
            for value in (-1, 2**128, None, "x", True):
                pack(path, with_value(header, ("random_state", name), value), data)
                with pytest.raises(ValueError, match=r"run\.ckpt.*random_state"):
                    fit(resume_from=path)


class Counter(Callback):
    """A callback of the user's, which does not check what it is given."""

    def __init__(self):
        self.count = 0

    def on_epoch_end(self, state):
        self.count += 1

    def get_state(self):
        return {"count": self.count, "lists": {"a": [1, 2]}}

    def set_state(self, state):
        self.count = state["count"] + 0
        assert len(state["lists"]["a"]) == 2


class TestCallbacks:
    def test_their_states_are_checked(self, tmp_path):
        def callbacks():
            stop = EarlyStopping("loss", patience=9)
            return [stop, History(), LearningRateMonitor(), GradientHealth(), Counter()]

        path = tmp_path / "run.ckpt"
        model(callbacks=[*callbacks(), Checkpoint(path), StopAt(2)]).fit(X, target)
        header, data = unpack(path)
        n_refused = 0
        for where in paths_into({"callbacks": header["callbacks"]}):
            for value in [*HOSTILE, "removed"]:
                pack(path, with_value(header, where, value, remove=value == "removed"), data)
                try:
                    model(callbacks=callbacks()).fit(X, target, resume_from=path)
                except ValueError as error:
                    assert repr(str(path)) in str(error)  # noqa: PT017
                    n_refused += 1
        assert n_refused > 300

    def test_a_refusal_of_the_users_names_file_and_callback(self, tmp_path):
        path = tmp_path / "run.ckpt"
        model(callbacks=[Counter(), Checkpoint(path), StopAt(2)]).fit(X, target)
        header, data = unpack(path)
        pack(path, with_value(header, ("callbacks", 0, 1), {}), data)
        with pytest.raises(
            ValueError, match=r"run\.ckpt.*Counter\.set_state .*KeyError: 'count'"
        ):
            model(callbacks=[Counter()]).fit(X, target, resume_from=path)

    def test_a_state_that_JSON_does_not_know(self, tmp_path):
        class Odd(Callback):
            def get_state(self):
                return {"value": np.int64(1)}

        with pytest.raises(ValueError, match="cannot write what get_state"):
            model(callbacks=[Odd(), Checkpoint(tmp_path / "run.ckpt")]).fit(X, target)

    def test_saved_by_a_callback_in_the_first_epoch(self, tmp_path):
        class First(Callback):
            def on_epoch_end(self, state):
                if state.epoch == 1:
                    state.save(tmp_path / "first")

        whole = model(callbacks=[First()]).fit(X, target)
        assert bits(model().fit(X, target, resume_from=tmp_path / "first")) == bits(whole)


class TestNoFiles:
    @pytest.mark.parametrize("make", [
        lambda path: path.mkdir(),
        os.mkfifo,
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.symlink_to("/dev/null"),
        lambda path: path.touch(),
    ], ids=["directory", "pipe", "zeros", "null", "empty"])  # fmt: skip
    @pytest.mark.skipif(os.name != "posix", reason="pipes and devices are of POSIX")
    def test_what_is_no_file_with_content(self, make, tmp_path):
        make(tmp_path / "run.ckpt")
        with pytest.raises(ValueError, match=r"run\.ckpt' is not a checkpoint of LightMLP"):
            model().fit(X, target, resume_from=tmp_path / "run.ckpt")

    @pytest.mark.skipif(
        not hasattr(socket, "AF_UNIX"), reason="sockets with names are of POSIX"
    )
    def test_a_socket(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)  # a socket's name must be short
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("run.ckpt")
            with pytest.raises(ValueError, match="is not a checkpoint of LightMLP"):
                model().fit(X, target, resume_from="run.ckpt")

    @pytest.mark.parametrize("path", [5, True, [], "a\0b"])
    def test_what_is_no_path(self, path):
        with pytest.raises(ValueError, match=r"resume_from=.* must be the path of a file"):
            model().fit(X, target, resume_from=path)


def test_a_fit_that_diverges_leaves_the_last_file_that_helps(tmp_path):
    class Spoil(Callback):
        def on_epoch_end(self, state):
            if state.epoch == 2:
                (tmp_path / "good").write_bytes((tmp_path / "run.ckpt").read_bytes())

    huge = X * 1e155
    settings = {"early_stopping": False, "solver": "sgd", "learning_rate_init": 1.0}
    settings["callbacks"] = [Checkpoint(tmp_path / "run.ckpt")]
    with (
        pytest.warns(UserWarning, match="writes nothing after epoch 1: .* is not finite"),
        pytest.raises(ValueError, match="Solver produced non-finite"),
    ):
        model(**settings).fit(huge, target)
    assert os.listdir(tmp_path) == []


def test_a_classifier_is_read_as_strictly(tmp_path, engine):
    path = tmp_path / "run.ckpt"
    y = np.arange(30) % 3
    settings = {"max_iter": 4, "random_state": 0, "engine": engine}
    whole = MLPClassifier((3,), **settings).fit(X, y)
    cut = MLPClassifier((3,), **settings, callbacks=[Checkpoint(path), StopAt(2)])
    cut.fit(X, y)
    header, data = unpack(path)
    resumed = MLPClassifier((3,), **settings).fit(X, y, resume_from=path)
    assert [a.tobytes() for a in resumed.coefs_] == [a.tobytes() for a in whole.coefs_]
    arrays = split(header, data)
    pack_arrays(path, header, {**arrays, "rows": arrays["rows"][::-1] * 0})
    with pytest.raises(ValueError, match="has a row twice"):
        MLPClassifier((3,), **settings).fit(X, y, resume_from=path)
