"""A callback that looks after gradients, weights and hidden units."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import reporting
from ..network.activations import activation_per_layer
from .callbacks import Callback, TrainingState
from .fields import integer, items, members, number, refuse, text

__all__ = ["GradientHealth", "GradientHealthWarning"]

Array = NDArray[Any]

# The bounds that an activation flattens out at; a unit of relu that stays at 0 is dead.
_BOUNDS = {"logistic": (0.0, 1.0), "tanh": (-1.0, 1.0)}
_NEAR = 0.01  # share of the range between the bounds

_ADVICE = {
    "vanishing": "Use activation='relu', fewer hidden layers, or scale the columns of X.",
    "exploding": "Lower learning_rate_init, or scale the columns of X and the targets.",
    "dead": "Lower learning_rate_init, scale the columns of X, or use another activation.",
    "saturated": "Scale the columns of X, lower learning_rate_init or raise alpha.",
}


class GradientHealthWarning(UserWarning):
    """Issued by :class:`GradientHealth`, once for each finding and layer of a fit."""


class GradientHealth(Callback):
    r"""Measures gradients, weights and hidden units of each layer, and warns.

    The figures are those of ``loss_and_gradients`` and ``hidden_activations`` on a sample
    of the rows that train. With g the root mean square of a layer's weight gradient:

    - *vanishing*: g is below ``vanishing`` times the largest g of all layers;
    - *exploding*: the gradient's norm is above ``exploding`` times that of the weights
      (at least 1), or is not finite;
    - *dead*: more than the share ``dead`` of the layer's units is never active on the
      sample (their 'relu' is 0 in all rows);
    - *saturated*: more than the share ``saturated`` of the layer's values lies within a
      hundredth of the range of 'logistic' or 'tanh' from its ends.

    Parameters
    ----------
    every : int, default=1
        Epochs from measurement to measurement, >= 1; a measurement costs about as much
        as training on the sample.
    n_rows : int, default=256
        Rows of the sample, >= 1, evenly spaced over those that train.
    vanishing, exploding, dead, saturated : float
        The bounds above; 1e-4, 1e3, 0.5 and 0.5.

    Attributes
    ----------
    rows : list of dict
        One a measurement and layer: epoch, layer (0 is the first), gradient_norm,
        weight_norm, dead_share and saturated_share (0 for the output layer).

    References
    ----------
    Glorot and Bengio (2010), "Understanding the difficulty of training deep feedforward
    neural networks", for the figures; the bounds are rules of thumb.

    Examples
    --------
    >>> from lightmlp import MLPRegressor
    >>> from lightmlp.callbacks import GradientHealth
    >>> health = GradientHealth()
    >>> model = MLPRegressor(hidden_layer_sizes=(5,), max_iter=3, tol=9, n_iter_no_change=1)
    >>> model = model.set_params(callbacks=[health], random_state=0)
    >>> model = model.fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 4.0])
    >>> [(row["epoch"], row["layer"]) for row in health.rows]
    [(1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (3, 1)]
    """

    def __init__(
        self,
        every: int = 1,
        n_rows: int = 256,
        vanishing: float = 1e-4,
        exploding: float = 1e3,
        dead: float = 0.5,
        saturated: float = 0.5,
    ) -> None:
        if every < 1 or n_rows < 1:
            raise ValueError(f"every and n_rows must be >= 1, got {every} and {n_rows}.")
        self.every, self.n_rows = every, n_rows
        self.vanishing, self.exploding = vanishing, exploding
        self.dead, self.saturated = dead, saturated
        self.rows: list[dict[str, Any]] = []
        self._found: set[tuple[str, int]] = set()

    def on_fit_begin(self, state: TrainingState) -> None:
        """Forget the fit before."""
        self.rows, self._found = [], set()

    def on_epoch_end(self, state: TrainingState) -> None:
        """Measure, and warn of what is new."""
        if state.epoch % self.every:
            return
        X, y = state.sample(self.n_rows)
        rows, steepness = measure(state.model, X, y)
        self.rows += [{"epoch": state.epoch, **row} for row in rows]
        steepest = max(steepness)
        for row, slope in zip(rows, steepness, strict=True):
            self._judge(row, slope < self.vanishing * steepest, state)

    def get_state(self) -> dict[str, Any]:
        """Return the rows and what has been warned of."""
        return {"rows": self.rows, "found": sorted(self._found)}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take them over."""
        members("state", state, ["rows", "found"])
        rows = [
            _checked_row(f"rows[{i}]", row)
            for i, row in enumerate(items("rows", state["rows"]))
        ]
        found = set()
        for index, entry in enumerate(items("found", state["found"])):
            if len(items(f"found[{index}]", entry)) != 2:
                refuse(f"found[{index}]", entry, "a kind and a layer")
            kind, layer = entry
            found.add(
                (text("a kind in found", kind, _ADVICE), integer("a layer in found", layer))
            )
        self.rows, self._found = rows, found

    def _judge(self, row: dict[str, Any], vanishes: bool, state: TrainingState) -> None:
        norm, largest = row["gradient_norm"], self.exploding * max(row["weight_norm"], 1.0)
        if vanishes:
            self._warn("vanishing", row, state, f"a gradient of norm {norm:.3g}")
        if not norm <= largest:
            self._warn("exploding", row, state, f"a gradient of norm {norm:.3g}")
        if row["dead_share"] > self.dead:
            self._warn("dead", row, state, f"{row['dead_share']:.0%} units never active")
        if row["saturated_share"] > self.saturated:
            share = row["saturated_share"]
            self._warn("saturated", row, state, f"{share:.0%} of its values at the bounds")

    def _warn(self, kind: str, row: dict[str, Any], state: TrainingState, finding: str) -> None:
        if (kind, row["layer"]) in self._found:
            return
        self._found.add((kind, row["layer"]))
        reporting.warn(
            f"Layer {row['layer']} is {kind} in epoch {state.epoch}: {finding}. "
            f"{_ADVICE[kind]}",
            GradientHealthWarning,
            verbose=state.model.verbose,
        )


def _checked_row(label: str, row: Any) -> dict[str, Any]:
    """Return a row that was read from a file; a norm may be infinite or NaN."""
    counts = ("epoch", "layer")
    figures = ("gradient_norm", "weight_norm", "dead_share", "saturated_share")
    members(label, row, (*counts, *figures))
    found: dict[str, Any] = {name: integer(f"{name} in {label}", row[name]) for name in counts}
    for name in figures:
        found[name] = number(f"{name} in {label}", row[name], finite=False)
    return found


def measure(model: Any, X: Any, y: Any) -> tuple[list[dict[str, Any]], list[float]]:
    """Return the figures of each layer, and the root mean square of its gradient."""
    _, gradients, _ = model.loss_and_gradients(X, y)
    hidden = model.hidden_activations(X)
    names = activation_per_layer(model.activation, len(hidden))
    rows, steepness = [], []
    with np.errstate(all="ignore"):  # a diverging network is what this looks for
        for layer, gradient in enumerate(gradients):
            norm = float(np.linalg.norm(gradient))
            row = {
                "layer": layer,
                "gradient_norm": norm,
                "weight_norm": float(np.linalg.norm(model.coefs_[layer])),
                "dead_share": 0.0,
                "saturated_share": 0.0,
            }
            if layer < len(hidden):
                row |= _unit_shares(str(names[layer]), hidden[layer])
            rows.append(row)
            steepness.append(norm / math.sqrt(gradient.size))
    return rows, steepness


def _unit_shares(activation: str, values: Array) -> dict[str, float]:
    """Share of dead units, and of values near the bounds of the activation."""
    if activation == "relu":
        return {"dead_share": float((values == 0).all(axis=0).mean())}
    if activation not in _BOUNDS:
        return {}
    low, high = _BOUNDS[activation]
    margin = _NEAR * (high - low)
    near = (values < low + margin) | (values > high - margin)
    return {"saturated_share": float(near.mean())}
