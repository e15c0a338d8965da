"""The programs of the studies, in small: their figures stand in docs/options.md."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# In a build without the extension, where the reference engine announces itself.
FALLBACK_IS_ALLOWED = ("-W", "default:lightmlp computes with its NumPy engine:RuntimeWarning")


def run_study(name, *arguments):
    """Run the program; return the rows of its Markdown tables, header lines left out."""
    run = subprocess.run(
        [sys.executable, "-W", "error", *FALLBACK_IS_ALLOWED, "-m", name, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    lines = [line for line in run.stdout.splitlines() if line.startswith("| ")]
    return [line for line in lines if not line.startswith(("|  |", "| ---"))]


@pytest.mark.parametrize(("table", "only_for_classes"), [("wine", True), ("diabetes", False)])
def test_effects_has_a_row_for_every_option_that_applies(table, only_for_classes):
    rows = run_study("studies.effects", "--table", table, "--seeds", "2", "--epochs", "1")
    names = [row.split(" | ")[0].removeprefix("| ") for row in rows]
    assert names[0] == "plain"
    assert {"dropout", "batch normalization", "cosine", "weight_decay"} <= set(names)
    assert ("class_weight" in names) == ("label_smoothing" in names) == only_for_classes


def test_transfer_compares_every_way_with_scratch():
    rows = run_study("studies.transfer", "--seeds", "2", "--epochs", "1")
    assert len(rows) == 5
    assert rows[0].startswith("| `scratch` |")
    assert all("of 2" in row for row in rows[1:])


def test_marks_follow_a_sign_test(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    from studies.report import compare

    plain, better = [0.5] * 10, [0.6] * 9 + [0.4]
    assert compare(better, plain, higher=True) == "0.580 ± 0.063 (9) +"
    assert compare(better, plain, higher=False) == "0.580 ± 0.063 (1) -"
    assert compare([0.6] * 8 + [0.4] * 2, plain, higher=True) == "0.560 ± 0.084 (8)"
    assert compare(plain, plain, higher=True) == "0.500 ± 0.000 (0)"
