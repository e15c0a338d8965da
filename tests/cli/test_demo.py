"""The demo as a whole, with a real run: table, picture and the path without matplotlib."""

import importlib.util
import re
import struct
import sys

import pytest

from lightmlp.cli import demo as demo_module
from lightmlp.cli import main

needs_native = pytest.mark.skipif(
    importlib.util.find_spec("lightmlp._native") is None, reason="the extension is not built"
)
needs_matplotlib = pytest.mark.skipif(
    importlib.util.find_spec("matplotlib") is None, reason="matplotlib is not installed"
)


@pytest.fixture(params=["reference", pytest.param("native", marks=needs_native)])
def run(request, capsys):
    """Run the demo with one engine; return its status and what it printed."""

    def run_once(output):
        arguments = ["demo", "--rounds", "1", "--engine", request.param]
        status = main([*arguments, "--output", str(output)])
        return status, capsys.readouterr().out

    return run_once


def row(text, label):
    """Return the two cells of each of the two tables' rows with this label."""
    return re.findall(rf"^  {label}\s+(\S+)\s+(\S+)", text, flags=re.MULTILINE)


@needs_matplotlib
def test_demo_prints_equal_figures_and_draws_a_picture(run, tmp_path):
    picture = tmp_path / "demo.png"
    status, text = run(picture)
    assert status == 0
    assert row(text, "accuracy") == [("0.9733", "0.9733")]
    ((upstream_r2, our_r2),) = row(text, "R2")
    assert upstream_r2 == our_r2
    for label in ("epochs", "first loss", "last loss"):
        cells = row(text, label)
        assert len(cells) == 2
        assert all(upstream == ours for upstream, ours in cells), (label, cells)
    assert row(text, "epochs")[0] == ("80", "80")
    assert text.count("predictions identical: yes") == 2
    assert len(re.findall(r"\d\.\d times as fast$", text, flags=re.MULTILINE)) == 2
    assert f"picture: {picture}" in text
    assert "\r" not in text, "a live line is for terminals only"
    assert_is_png(picture.read_bytes())


def test_without_matplotlib_the_table_is_printed_and_the_extra_is_named(
    run, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    picture = tmp_path / "demo.png"
    status, text = run(picture)
    assert status == 0
    assert len(row(text, "last loss")) == 2
    assert 'pip install "lightmlp[plot]"' in text
    assert not picture.exists()


def test_differing_predictions_give_status_one(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    compare = demo_module.compare

    def compare_with_an_error(problem, **settings):
        comparison = compare(problem, **settings)
        comparison.ours.predictions[0] += 1
        return comparison

    monkeypatch.setattr(demo_module, "compare", compare_with_an_error)
    assert main(["demo", "--rounds", "1", "--engine", "reference"]) == 1


def assert_is_png(content):
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    assert width >= 1000
    assert height >= 1000
    assert content.endswith(b"IEND\xaeB`\x82")
