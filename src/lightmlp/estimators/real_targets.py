"""Real targets: how they become those of a network, and its outputs predictions again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..losses import RegressionLoss
from ..network import LossSettings, Network
from ..network.class_targets import weightless_as_zero
from .inputs import computing_dtype
from .target_encoder import TargetEncoder
from .target_scaling import ScalingOptions, Unit, check_scalable, learn_unit

__all__ = ["RealTargetEncoder", "as_predictions", "score_predictions"]

Array = NDArray[Any]

_NO_SCALING = ScalingOptions()


@dataclass(frozen=True)
class RealTargetEncoder(TargetEncoder):
    """Encodes the targets of a regressor as (n_samples, n_targets), in their unit.

    Parameters
    ----------
    loss : RegressionLoss or None
        Which targets are allowed; None allows all.
    unit : Unit or None
        In which targets are encoded; None: that of y.
    has_level_axis : bool
        Whether predictions have an axis of quantile levels.
    scaling : ScalingOptions, default=ScalingOptions()
        How a fit learns the unit.
    """

    loss: RegressionLoss | None
    unit: Unit | None
    has_level_axis: bool
    scaling: ScalingOptions = _NO_SCALING

    def learn(
        self, y: Any, weights: Array | None, *, first_pass: bool, incremental: bool
    ) -> tuple[Self, Array]:
        """Learn the unit, or keep that of the fit before, and encode the targets."""
        if self.scaling.scale_target and self.loss is not None:
            check_scalable(self.scaling, self.loss.resolve())
        unit = learn_unit(
            self.scaling,
            y,
            weights,
            earlier=None if first_pass else self.unit,
            first_pass=first_pass,
            incremental=incremental,
        )
        encoder = self
        if unit is not self.unit:
            encoder = type(self)(self.loss, unit, self.has_level_axis, self.scaling)
        return encoder, encoder.encode(y)

    def encode(self, y: Any) -> Array:
        """Return float targets, in units of the encoder's."""
        if self.loss is not None:
            self.loss.check_targets(y)
        # Integers would be taken for class indices.
        targets: Array = y if y.dtype.kind == "f" else y.astype(np.float64)
        targets = targets.reshape(len(y), -1)
        return targets if self.unit is None else self.unit.standardize(targets)

    def n_columns(self, targets: Array, settings: LossSettings) -> int:
        """Return one column per target and quantile level."""
        n_targets: int = targets.shape[1]
        return n_targets * len(settings.levels)

    def stratification(self, targets: Array) -> Array | None:
        """Return None: numbers have no groups."""
        return None

    def scorer(
        self, targets: Array, sample_weight: Array | None, network: Network
    ) -> Callable[[Array], float]:
        """Return R2 or D2, in which units cancel; NaN where an output is not finite."""
        targets = targets.astype(np.float64)
        levels = network.loss_settings.levels

        def score(outputs: Array) -> float:
            outputs = weightless_as_zero(outputs, sample_weight)
            if not np.isfinite(outputs).all():
                return float("nan")
            predicted = as_predictions(outputs, len(levels), self.has_level_axis)
            return score_predictions(
                targets, predicted, sample_weight, levels if self.has_level_axis else None
            )

        return score

    def loss_type(self, X: Any, y: Any, weights: Array | None) -> type[np.floating[Any]]:
        """Return the type of scikit-learn's squared error."""
        arrays = (X, y) if weights is None else (X, y, weights)
        return computing_dtype(*(array.dtype for array in arrays)).type

    def attributes(self) -> dict[str, Any]:
        """Return the unit, and whether predictions have an axis of levels."""
        unit = self.unit
        return {
            "target_mean_": None if unit is None else unit.mean,
            "target_scale_": None if unit is None else unit.scale,
            "_has_level_axis": self.has_level_axis,
        }


def as_predictions(outputs: Array, n_levels: int, has_level_axis: bool) -> Array:
    """Give outputs (n_samples, n_targets * n_levels) the shape that ``predict`` returns."""
    if has_level_axis and outputs.shape[1] > n_levels:
        return outputs.reshape(len(outputs), -1, n_levels)
    if outputs.shape[1] == 1 and not has_level_axis:
        return outputs.ravel()
    return outputs


def score_predictions(
    y: Array, predicted: Array, sample_weight: Any, levels: tuple[float, ...] | None
) -> float:
    """Return R2, or D2 of several quantile levels; weighted."""
    from sklearn.metrics import d2_pinball_score, r2_score

    if levels is None:
        return float(r2_score(y, predicted, sample_weight=sample_weight))
    scores = [
        d2_pinball_score(y, predicted[..., k], sample_weight=sample_weight, alpha=level)
        for k, level in enumerate(levels)
    ]
    return float(np.mean(scores))
