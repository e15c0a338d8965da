"""``verbose="log"``: lines and warnings of a fit as records of Python's logging."""

import logging
import subprocess
import sys
import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.callbacks import Callback, GradientHealth, GradientHealthWarning

X = np.random.RandomState(0).normal(size=(60, 3))
y = (X[:, 0] > 0).astype(int)

STEPS = {
    "plain": {"max_iter": 30, "tol": 1.0, "n_iter_no_change": 2},
    "early stopping": {"early_stopping": True, "tol": 1.0, "n_iter_no_change": 2},
    "adaptive": {"solver": "sgd", "learning_rate": "adaptive", "learning_rate_init": 1e-5,
                 "tol": 1.0, "n_iter_no_change": 1},
}  # fmt: skip


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, logger="lightmlp")
    return caplog


def texts(log, level=logging.INFO):
    assert {record.name for record in log.records} <= {"lightmlp"}
    return [record.getMessage() for record in log.records if record.levelno == level]


@pytest.mark.parametrize("settings", STEPS.values(), ids=STEPS)
def test_the_log_has_the_lines_that_verbose_prints(settings, engine, log, capsys):
    """And the fit the same figures as without."""
    settings = {"random_state": 0, "engine": engine, **settings}
    printing = MLPClassifier((4,), verbose=True, **settings).fit(X, y)
    printed = capsys.readouterr().out
    logging_ = MLPClassifier((4,), verbose="log", **settings).fit(X, y)
    assert texts(log) == [line.rstrip() for line in printed.splitlines()]
    assert len(log.records) > 3
    assert capsys.readouterr() == ("", "")
    assert logging_.loss_curve_ == printing.loss_curve_


def test_every_call_of_partial_fit_logs_a_line(engine, log):
    model = MLPRegressor(verbose="log", random_state=0, engine=engine)
    for _ in range(3):
        model.partial_fit(X, y)
    expected = [f"Iteration 1, loss = {loss:.8f}" for loss in model.loss_curve_]
    assert texts(log) == expected
    assert len(log.records) == 3


def test_lbfgs_logs_its_iterations_and_computes_the_same_bits(engine, log):
    settings = {"solver": "lbfgs", "tol": 0.01, "random_state": 0, "engine": engine}
    model = MLPRegressor(hidden_layer_sizes=3, verbose="log", **settings).fit(X, y)
    lines = texts(log)
    assert len(lines) == model.n_iter_
    assert lines[-1] == f"Iteration {model.n_iter_}, loss = {model.loss_:.8f}"
    silent = MLPRegressor(hidden_layer_sizes=3, **settings).fit(X, y)
    assert silent.loss_ == model.loss_


STOP = {"n_iter_no_change": 1, "tol": 9}


class Interrupt(Callback):
    def on_epoch_end(self, state):
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("settings", "message", "category"),
    [
        ({"max_iter": 2}, "Maximum iterations", ConvergenceWarning),
        ({"max_iter": 2, "solver": "lbfgs"}, "lbfgs failed to converge", ConvergenceWarning),
        ({"max_time": 1e-9}, "max_time=1e-09 seconds passed", ConvergenceWarning),
        ({"max_time": 1e-9, "solver": "lbfgs"}, "max_time=1e-09", ConvergenceWarning),
        ({"callbacks": [Interrupt()]}, "interrupted by user", UserWarning),
        (
            {"callbacks": [GradientHealth(exploding=1e-9)], "hidden_layer_sizes": (), **STOP},
            "Layer 0 is exploding",
            GradientHealthWarning,
        ),
        ({"batch_size": 99, **STOP}, "batch_size", UserWarning),
    ],
)
def test_warnings_are_logged_and_issued(settings, message, category, log):
    model = MLPClassifier(**{"hidden_layer_sizes": 3, "random_state": 0} | settings)
    model.set_params(verbose="log")
    with pytest.warns(category, match=message) as caught:
        model.fit(X, y)
    assert len(caught) == 1
    (logged,) = texts(log, logging.WARNING)
    assert message in logged
    log.clear()
    with pytest.warns(category, match=message):
        model.set_params(verbose=0).fit(X, y)
    assert log.records == []


def test_a_filter_that_makes_them_errors_finds_them_in_the_log_too(log):
    with warnings.catch_warnings(action="error"), pytest.raises(ConvergenceWarning):
        MLPClassifier(max_iter=2, verbose="log").fit(X, y)
    assert len(texts(log, logging.WARNING)) == 1


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("verbose", [True, "bar"])
def test_nothing_is_logged_otherwise(solver, verbose, log):
    settings = {"tol": 9, "n_iter_no_change": 1, "verbose": verbose, "random_state": 0}
    MLPClassifier(solver=solver, **settings).fit(X, y)
    assert log.records == []


def test_warnings_point_at_the_line_that_called():
    """That of the user's call, however deep the warning arises."""
    model = MLPClassifier((3,), batch_size=99, max_iter=2)
    with warnings.catch_warnings(record=True, action="always") as caught:
        model.fit(X, y)
    assert [warning.filename for warning in caught] == [__file__] * 2
    with warnings.catch_warnings(record=True, action="always") as caught:
        make_pipeline(StandardScaler(), model).fit(X, y)
    assert {warning.filename.rpartition("/")[2] for warning in caught} == {"pipeline.py"}


def test_no_handler_and_no_level_is_set():
    code = (
        "import logging, lightmlp\n"
        "model = lightmlp.MLPRegressor(verbose='log', tol=9, n_iter_no_change=1)\n"
        "model.fit([[0.0], [1.0]], [0.0, 1.0])\n"
        "logger = logging.getLogger('lightmlp')\n"
        "print(logger.handlers, logger.level, logging.getLogger().handlers)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert run.stdout.split() == [b"[]", b"0", b"[]"]
