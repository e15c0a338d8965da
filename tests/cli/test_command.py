"""Arguments, exit statuses and what reaches the demo."""

import subprocess
import sys

import pytest

import lightmlp
from lightmlp.cli import demo, main


@pytest.fixture
def calls(monkeypatch):
    """Replace the demo by a record of how it was called."""
    recorded = []

    def record(output, **settings):
        recorded.append((output, settings))
        return 0

    monkeypatch.setattr(demo, "run_demo", record)
    return recorded


def test_demo_by_default_draws_into_the_current_folder(calls):
    assert main(["demo"]) == 0
    output, settings = calls[0]
    assert str(output) == "lightmlp-demo.png"
    assert settings == {"engine": "auto", "rounds": 5}


def test_demo_passes_its_options_on(calls, tmp_path):
    path = tmp_path / "digits.PNG"
    assert main(["demo", "--output", str(path), "--engine", "reference", "--rounds", "2"]) == 0
    assert calls == [(path, {"engine": "reference", "rounds": 2})]


def test_status_of_the_demo_is_the_status_of_the_command(monkeypatch):
    monkeypatch.setattr(demo, "run_demo", lambda output, **settings: 1)
    assert main(["demo"]) == 1


def test_interruption_has_the_status_of_shells(monkeypatch, capsys):
    def interrupt(output, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "run_demo", interrupt)
    assert main(["demo"]) == 130
    assert "Interrupted" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "COMMAND"),
        (["train"], "'train'"),
        (["demo", "--engine", "cuda"], "'cuda'"),
        (["demo", "--rounds", "0"], "'0': expected a whole number, 1 or more"),
        (["demo", "--rounds", "many"], "'many': expected a whole number, 1 or more"),
        (["demo", "--output", "digits.jpg"], "'digits.jpg': expected a name that ends in .png"),
        (["demo", "--output", "no/such/folder/a.png"], "create it first"),
    ],
)
def test_bad_arguments_are_named_before_anything_runs(arguments, message, calls, capsys):
    with pytest.raises(SystemExit) as exit_info:
        main(arguments)
    assert exit_info.value.code == 2
    assert message in capsys.readouterr().err
    assert calls == []


@pytest.mark.parametrize("flag", ["--version", "--help"])
def test_information_succeeds(flag, capsys):
    with pytest.raises(SystemExit) as exit_info:
        main([flag])
    assert exit_info.value.code == 0
    assert "lightmlp" in capsys.readouterr().out


def test_python_m_runs_the_same_command():
    result = subprocess.run(
        [sys.executable, "-m", "lightmlp", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == f"lightmlp {lightmlp.__version__}\n"
