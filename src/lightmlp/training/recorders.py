"""Callbacks that record figures of every epoch."""

from typing import Any

from .callbacks import Callback, TrainingState
from .fields import LARGEST_COUNT, items, members, number

__all__ = ["History", "LearningRateMonitor"]


class History(Callback):
    """Records the figures of every epoch.

    Attributes
    ----------
    rows : list of dict
        One per epoch: epoch, loss, learning_rate, samples_per_second, time, and
        validation_loss and validation_score where rows are held out.
        ``pandas.DataFrame(history.rows)`` is a table of them.

    Examples
    --------
    >>> from lightmlp import MLPRegressor
    >>> from lightmlp.callbacks import History
    >>> history = History()
    >>> model = MLPRegressor(max_iter=3, tol=9, n_iter_no_change=1, callbacks=[history])
    >>> model = model.set_params(random_state=0).fit([[0.0], [1.0]], [0.0, 1.0])
    >>> history["loss"] == model.loss_curve_, history["learning_rate"]
    (True, [0.001, 0.001, 0.001])
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def __getitem__(self, name: str) -> list[Any]:
        """Return one figure of all epochs."""
        return [row[name] for row in self.rows]

    def on_fit_begin(self, state: TrainingState) -> None:
        """Forget the fit before."""
        self.rows = []

    def on_epoch_end(self, state: TrainingState) -> None:
        """Add a row."""
        self.rows.append(state.figures())

    def get_state(self) -> dict[str, Any]:
        """Return the rows as plain floats."""
        return {"rows": [{name: float(row[name]) for name in row} for row in self.rows]}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take the rows over."""
        rows = []
        for index, row in enumerate(items("rows", members("state", state, ["rows"])["rows"])):
            found = members(f"rows[{index}]", row)
            figures = {name: number(f"{name} in rows[{index}]", found[name]) for name in found}
            epoch = number(f"epoch in rows[{index}]", found.get("epoch"), 1, LARGEST_COUNT)
            rows.append({**figures, "epoch": int(epoch)})
        self.rows = rows


class LearningRateMonitor(Callback):
    """Records the learning rate of every epoch.

    Attributes
    ----------
    learning_rates : list of float
        Base learning rate of each epoch (Adam's step has its bias correction on top).

    Examples
    --------
    >>> from lightmlp import MLPRegressor
    >>> from lightmlp.callbacks import LearningRateMonitor
    >>> monitor = LearningRateMonitor()
    >>> model = MLPRegressor(solver="sgd", learning_rate="invscaling", max_iter=3, tol=9)
    >>> model = model.set_params(n_iter_no_change=1, callbacks=[monitor], random_state=0)
    >>> model = model.fit([[0.0], [1.0]], [0.0, 1.0])
    >>> [round(rate, 6) for rate in monitor.learning_rates]
    [0.001, 0.000577, 0.000447]
    """

    def __init__(self) -> None:
        self.learning_rates: list[float] = []

    def on_fit_begin(self, state: TrainingState) -> None:
        """Forget the fit before."""
        self.learning_rates = []

    def on_epoch_end(self, state: TrainingState) -> None:
        """Add the rate."""
        if state.learning_rate is not None:
            self.learning_rates.append(float(state.learning_rate))

    def get_state(self) -> dict[str, Any]:
        """Return the rates."""
        return {"learning_rates": self.learning_rates}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take the rates over."""
        rates = items(
            "learning_rates", members("state", state, ["learning_rates"])["learning_rates"]
        )
        self.learning_rates = [number("learning_rates", rate, low=0.0) for rate in rates]
