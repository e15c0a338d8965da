"""A small checkpoint."""

import pytest

from .forging import Run


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path / "run.ckpt")
