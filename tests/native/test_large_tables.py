"""Memory that fit and predict take beyond a large X: little, and never a copy of X."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("lightmlp._native")

PROGRAM = Path(__file__).parent / "large_table.py"
MIB = 2**20
TABLE_BYTES = 400 * MIB
LIMIT = 64 * MIB


def memory_beyond_X(path, kind, dtype, storage, n_features, *options):
    """Return bytes for the fit, and for the fit and a prediction of all rows."""
    n_rows = TABLE_BYTES // n_features // (4 if dtype == "float32" else 8)
    arguments = [kind, dtype, storage, path, n_rows, n_features, *options]
    result = subprocess.run(
        [sys.executable, PROGRAM, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [int(value) for value in result.stdout.split()]


@pytest.mark.parametrize(
    "case",
    [
        ("classifier", "float32", "memmap", 25),  # four million rows
        ("classifier", "float64", "array", 100),
        ("regressor", "float32", "array", 100, "early_stopping"),
        ("regressor", "float64", "memmap", 100),
    ],
    ids=lambda case: "-".join(map(str, case)),
)
def test_a_large_table_is_not_copied(tmp_path, case):
    kind, dtype, storage, n_features, *options = case
    path = tmp_path / "X.npy"
    in_fit, altogether = memory_beyond_X(path, kind, dtype, storage, n_features, *options)
    assert in_fit < LIMIT, f"fit took {in_fit / MIB:.0f} MiB"
    assert altogether < LIMIT, f"fit and predict took {altogether / MIB:.0f} MiB"
