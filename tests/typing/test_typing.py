"""Types as users' checkers and editors see them."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

import lightmlp
from lightmlp import losses
from lightmlp.engines import ENGINES
from lightmlp.estimators import types
from lightmlp.network import ACTIVATIONS, INITIALIZERS
from lightmlp.training.augmentations import AUGMENTATIONS
from lightmlp.training.optimizers import OPTIMIZERS
from lightmlp.training.schedules import SCHEDULES

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    ("names", "table"),
    [
        (types.ActivationName, ACTIVATIONS),
        (types.SolverName, ["lbfgs", *OPTIMIZERS]),
        (types.ScheduleName, SCHEDULES),
        (types.InitializerName, ["auto", *INITIALIZERS]),
        (types.AugmentationName, AUGMENTATIONS),
        (types.ClassificationLossName, losses.CLASSIFICATION_LOSSES),
        (types.RegressionLossName, losses.REGRESSION_LOSSES),
        (types.EngineName, ENGINES),
    ],
)
def test_the_names_written_out_are_those_of_the_tables(names, table):
    assert sorted(get_args(names)) == sorted(table)


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Return the lines that mypy refuses in each program, with what it says."""
    pytest.importorskip("mypy", reason="mypy is not installed")
    environment = dict(os.environ)
    source = Path(lightmlp.__file__).parents[1]
    if source.name != "site-packages":  # an editable installation, whose hook mypy knows not
        environment["MYPYPATH"] = str(source)
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent",
         "--disable-error-code=misc", "--config-file=", "--no-error-summary",
         f"--cache-dir={tmp_path_factory.mktemp('mypy')}", "right.py", "wrong.py"],
        capture_output=True, text=True, check=False, cwd=HERE, env=environment,
    )  # fmt: skip
    assert run.stderr == ""
    found = {"right.py": {}, "wrong.py": {}}
    for file, line, text in re.findall(r"^(\S+?):(\d+): error: (.*)$", run.stdout, re.M):
        found[file].setdefault(int(line), text)
    return found


def test_a_right_program_has_no_errors(reports):
    assert reports["right.py"] == {}


def test_wrong_lines_are_found_and_no_others(reports):
    lines = (HERE / "wrong.py").read_text(encoding="utf-8").splitlines()
    wrong = {n for n, line in enumerate(lines, start=1) if line.endswith("# wrong")}
    assert len(wrong) > 20
    assert set(reports["wrong.py"]) == wrong
