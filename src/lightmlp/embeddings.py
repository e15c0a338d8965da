"""How columns of numbers are embedded, for the parameter ``numeric_embedding``.

A plain string, such as ``numeric_embedding="periodic"``, means the object with its defaults.

Examples
--------
>>> from lightmlp import MLPRegressor, embeddings
>>> model = MLPRegressor(numeric_embedding=embeddings.PiecewiseLinear(n_bins=16))
>>> model.set_params(numeric_embedding__width=4).numeric_embedding
PiecewiseLinear(n_bins=16, width=4)
"""

from abc import ABC, abstractmethod
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from .names import Names
from .network import ACTIVATIONS, Layer, PeriodicEmbedding, PiecewiseLinearEmbedding
from .settings import Settings

__all__ = ["NUMERIC_EMBEDDINGS", "NumericEmbedding", "Periodic", "PiecewiseLinear"]

Array = NDArray[Any]
_POSITIVE = Interval(Integral, 1, 2**16, closed="both")


class NumericEmbedding(Settings, ABC):
    """Base of the embeddings of numbers."""

    @abstractmethod
    def layer(self, X: Array, targets: Array, weights: Array | None) -> Layer:
        """Return the layer that embeds these columns.

        Parameters
        ----------
        X : ndarray of shape (n_rows, n_columns)
            The training rows.
        targets : ndarray of shape (n_rows,) or (n_rows, n_targets)
            Their targets: class indices (int32), or numbers.
        weights : ndarray of shape (n_rows,) or None
            Weights of the rows.

        Returns
        -------
        Layer
        """


class PiecewiseLinear(NumericEmbedding):
    r"""Each number by the bins that it fills, then a linear layer of its own.

    Bin t of column j is filled to :math:`e_t = (x - b_{t-1}) / (b_t - b_{t-1})`, cut to
    [0, 1] but for the open ends of the first and last one; the column becomes
    :math:`f(\sum_t e_t W_{jt} + b_j)`.

    Parameters
    ----------
    n_bins : int, default=32
        Bins of each column, at most; there are fewer where values repeat.
    bins : {'quantile', 'tree'}, default='quantile'
        Where the edges are: at quantiles of the training rows, or at the splits of a decision
        tree that predicts y from the column.
    width : int, default=12
        Values that each column becomes.
    activation : str, default='relu'
        Name of the function f.

    References
    ----------
    Gorishniy, Rubachev and Babenko (2022), "On Embeddings for Numerical Features in Tabular
    Deep Learning", sections 3.2 and 3.3: Q-LR and T-LR.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.embeddings import PiecewiseLinear
    >>> X = np.arange(5.0).reshape(-1, 1)
    >>> PiecewiseLinear(n_bins=2, width=3).layer(X, X, None).edges
    ((0.0, 2.0, 4.0),)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_bins": [_POSITIVE],
        "bins": [Names(("quantile", "tree"))],
        "width": [_POSITIVE],
        "activation": [Names(sorted(ACTIVATIONS))],
    }

    def __init__(
        self,
        n_bins: int = 32,
        bins: str = "quantile",
        width: int = 12,
        activation: str = "relu",
    ) -> None:
        self.n_bins = n_bins
        self.bins = bins
        self.width = width
        self.activation = activation

    def layer(self, X: Array, targets: Array, weights: Array | None) -> Layer:
        """Return the layer, with the edges that these rows give."""
        X = X.astype(np.float64, copy=False)
        if self.bins == "quantile":
            edges = list(np.quantile(X, np.linspace(0, 1, self.n_bins + 1), axis=0).T)
        else:
            edges = [self._splits(column, targets, weights) for column in X.T]
        return PiecewiseLinearEmbedding(
            tuple(map(_distinct, edges)), int(self.width), self.activation
        )

    def _splits(self, column: Array, targets: Array, weights: Array | None) -> Array:
        """Ends of the column, and the thresholds of a tree between them."""
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

        kind = DecisionTreeClassifier if targets.dtype == np.int32 else DecisionTreeRegressor
        fewest = max(1, len(column) // (8 * self.n_bins))
        tree = kind(
            max_leaf_nodes=max(2, int(self.n_bins)), min_samples_leaf=fewest, random_state=0
        )
        low, high = column.min(), column.max()
        if self.n_bins == 1 or low == high:
            return np.array([low, high])
        # The tree computes in float32, which lacks the digits of a column far from 0.
        place = (column - low) / (high - low)
        tree.fit(place[:, np.newaxis], targets, sample_weight=weights)
        thresholds = tree.tree_.threshold[tree.tree_.children_left >= 0]
        return np.array([low, *(low + np.sort(thresholds) * (high - low)), high])


def _distinct(edges: Array) -> tuple[float, ...]:
    """Return increasing edges; a column of one value has one bin that begins there."""
    found = np.unique(edges)
    if len(found) < 2:
        found = np.append(found, found[0] + max(1.0, abs(found[0])))
    return tuple(found.tolist())


class Periodic(NumericEmbedding):
    r"""Each number by sines and cosines of frequencies that are learned.

    Column j becomes :math:`f([\sin(2 \pi c_j x_j), \cos(2 \pi c_j x_j)] W_j + b_j)`. The
    frequencies suit columns in standard units.

    Parameters
    ----------
    n_frequencies : int, default=24
        Frequencies of each column.
    width : int, default=12
        Values that each column becomes.
    deviation : float, default=0.1
        Standard deviation of the normal draws from which the frequencies start, in turns per
        unit of x, > 0. It is worth tuning.
    activation : str, default='relu'
        Name of the function f.

    References
    ----------
    Gorishniy, Rubachev and Babenko (2022), "On Embeddings for Numerical Features in Tabular
    Deep Learning", section 3.4: PLR.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.embeddings import Periodic
    >>> Periodic(n_frequencies=8, width=4).layer(np.zeros((9, 2)), np.zeros(9), None)
    PeriodicEmbedding(n_columns=2, n_frequencies=8, width=4, deviation=0.1, activation='relu')
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_frequencies": [_POSITIVE],
        "width": [_POSITIVE],
        "deviation": [Interval(Real, 0, None, closed="neither")],
        "activation": [Names(sorted(ACTIVATIONS))],
    }

    def __init__(
        self,
        n_frequencies: int = 24,
        width: int = 12,
        deviation: float = 0.1,
        activation: str = "relu",
    ) -> None:
        self.n_frequencies = n_frequencies
        self.width = width
        self.deviation = deviation
        self.activation = activation

    def layer(self, X: Array, targets: Array, weights: Array | None) -> Layer:
        """Return the layer, which depends on the number of columns alone."""
        return PeriodicEmbedding(
            X.shape[1],
            int(self.n_frequencies),
            int(self.width),
            float(self.deviation),
            self.activation,
        )


NUMERIC_EMBEDDINGS: dict[str, type[NumericEmbedding]] = {
    "periodic": Periodic,
    "piecewise_linear": PiecewiseLinear,
}
"""The embeddings by the names that ``numeric_embedding`` takes."""
