"""Predictions through the estimators: of one row, and of a large table."""

from collections.abc import Callable
from typing import Any

from .data import generate
from .race import race
from .results import Result, ratios_to_rivals
from .rivals import Rival
from .steps import silenced

__all__ = ["ONE_ROW", "measure_bulk", "measure_one_row"]

ONE_ROW = {"classifier": (64, 128, 64, 10), "regressor": (8, 100, 50, 1)}
ONE_ROW_TARGET = 2.0
BULK = (54, 256, 128, 7)
BULK_ROWS = 100_000


def measure_one_row(kind: str, dtype: str, rivals: list[Rival], rounds: int) -> list[Result]:
    """Race calls of ``predict`` with one row."""
    calls = 300
    laps = _race_predict(kind, ONE_ROW[kind], 1, calls, dtype, rivals, rounds)
    return ratios_to_rivals(
        f"predict one row, {kind}",
        dtype,
        laps,
        per_run=calls,
        unit="us a call",
        scale=1e6,
        target=ONE_ROW_TARGET,
    )


def measure_bulk(dtype: str, rivals: list[Rival], rounds: int) -> list[Result]:
    """Race ``predict`` of 100,000 rows."""
    laps = _race_predict("classifier", BULK, BULK_ROWS, 1, dtype, rivals, rounds)
    name = f"predict {BULK_ROWS} rows, {'-'.join(map(str, BULK))}"
    return ratios_to_rivals(name, dtype, laps, per_run=1, unit="ms", scale=1e3)


def _race_predict(
    kind: str,
    widths: tuple[int, ...],
    n_rows: int,
    calls: int,
    dtype: str,
    rivals: list[Rival],
    rounds: int,
) -> dict[str, Any]:
    n_train = 500
    X, y = generate(max(n_rows, n_train), widths[0], widths[-1], kind, dtype)

    def prepare(rival: Rival) -> Callable[[], None]:
        model = rival.estimators[kind](
            hidden_layer_sizes=widths[1:-1], max_iter=3, random_state=0
        )
        model.fit(X[:n_train], y[:n_train])
        rows = X[:n_rows]

        def run() -> None:
            for _ in range(calls):
                model.predict(rows)

        return run

    with silenced():
        return race(rivals, prepare, rounds)
