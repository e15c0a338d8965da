"""The line that shows what runs now, on a terminal and elsewhere."""

import io
import time

import pytest

from lightmlp.cli.progress import SECONDS_BETWEEN_REPAINTS, ProgressLine


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_elsewhere_only_finished_lines_are_written():
    stream = io.StringIO()
    line = ProgressLine(stream)
    with line.running("digits: warm-up"):
        pass
    line.finish("digits: round 1 of 2")
    line.clear()
    assert stream.getvalue() == "digits: round 1 of 2\n"


def test_terminal_shows_the_seconds_of_what_runs_and_wipes_the_line():
    stream = Terminal()
    line = ProgressLine(stream)
    with line.running("fit"):
        time.sleep(1.5 * SECONDS_BETWEEN_REPAINTS)
    line.finish("done")
    line.clear()
    painted = stream.getvalue()
    assert "\n" not in painted
    frames = painted.split("\r")
    assert frames[1].startswith("fit  0.0 s")
    assert len([frame for frame in frames if frame.startswith("fit")]) >= 2
    assert "done".ljust(len(frames[1].rstrip())) in frames
    assert frames[-1] == ""
    assert frames[-2].strip() == ""


def test_line_is_cut_to_the_width_of_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    stream = Terminal()
    ProgressLine(stream).finish("x" * 50)
    assert stream.getvalue() == "\r" + "x" * 19


def test_line_ends_when_the_block_raises():
    stream = Terminal()
    line = ProgressLine(stream)
    with pytest.raises(KeyboardInterrupt), line.running("fit"):
        raise KeyboardInterrupt
    written = stream.getvalue()
    time.sleep(1.5 * SECONDS_BETWEEN_REPAINTS)
    assert stream.getvalue() == written, "the ticker outlived its block"
