"""Flipped bits, other lengths, and what is no checkpoint at all."""

import os
import re
import socket

import numpy as np
import pytest

from lightmlp import MLPClassifier
from lightmlp.callbacks import Checkpoint
from lightmlp.training.checkpoint_file import read_checkpoint

from .forging import (
    NO_CHECKPOINT,
    START,
    Anything,
    StopAt,
    X,
    model,
    pack,
    pack_arrays,
    split,
    target,
    unpack,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


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


class TestNoFiles:
    @pytest.mark.parametrize("make", [
        lambda path: path.mkdir(),
        os.mkfifo,
        lambda path: path.touch(),
    ], ids=["directory", "pipe", "empty"])  # fmt: skip
    @pytest.mark.skipif(os.name != "posix", reason="pipes and devices are of POSIX")
    def test_what_is_no_file_with_content(self, make, tmp_path):
        make(tmp_path / "run.ckpt")
        with pytest.raises(ValueError, match=r"run\.ckpt' is not a checkpoint of LightMLP"):
            model().fit(X, target, resume_from=tmp_path / "run.ckpt")

    @pytest.mark.skipif(os.name != "posix", reason="terminals with names are of POSIX")
    def test_a_device(self, terminal):
        with pytest.raises(ValueError, match="is not a checkpoint of LightMLP"):
            model().fit(X, target, resume_from=terminal)

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


def test_what_no_fit_could_go_on_from_does_not_replace_a_file_that_helps(tmp_path):
    path = tmp_path / "run.ckpt"
    path.write_bytes(b"old")
    settings = {"early_stopping": False, "callbacks": [Checkpoint(path)]}
    overflows = np.full((2, 3), 3e38, np.float32)
    with pytest.warns(UserWarning, match="nothing after epoch 1: .* is not finite") as record:
        model(**settings).fit(X.astype(np.float32), target, X_val=overflows, y_val=[0, 1])
    assert len([w for w in record if "writes nothing" in str(w.message)]) == 1
    assert path.read_bytes() == b"old"


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
