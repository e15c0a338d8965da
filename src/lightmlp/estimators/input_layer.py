"""The first layer of a fit: what becomes of the columns of X before the first weights."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from .. import reporting
from ..embeddings import NUMERIC_EMBEDDINGS, NumericEmbedding, Periodic
from ..network import CategoricalEmbedding, Columns, Network, OneHot, Parameters, Part
from ..settings import choose
from .categories import CategoryEncoder
from .fit_options import FitOptions, NetworkOptions

if TYPE_CHECKING:
    from .base import BaseMultilayerPerceptron

__all__ = [
    "category_width",
    "earlier_input_layer",
    "input_settings",
    "make_input_layer",
    "start_unknown_at_zero",
]

Array = NDArray[Any]

MOST_ONE_HOT = 9
"""Codes of a column, that of missing values included, up to which they are one-hot."""


def category_width(n_categories: int) -> int:
    """Width of the embedding of so many categories: 1.6 n ** 0.56, at most 16.

    References
    ----------
    The rule of fast.ai's tabular models, which has no such limit.

    Examples
    --------
    >>> from lightmlp.estimators.input_layer import category_width
    >>> category_width(10), category_width(2000)
    (6, 16)
    """
    width: float = 1.6 * n_categories**0.56
    return min(16, round(width))


def make_input_layer(
    options: FitOptions,
    encoder: CategoryEncoder | None,
    X: Any,
    targets: Array,
    weights: Array | None,
    rows: NDArray[np.int64] | None,
) -> Columns | None:
    """Return the layer that encodes the columns of X, None if they enter as they are.

    Parameters
    ----------
    options : FitOptions
        How numbers are embedded.
    encoder : CategoryEncoder or None
        Which columns are categories.
    X : ndarray of shape (n_rows, n_features)
        All rows, categories as codes.
    targets, weights
        Their encoded targets and weights.
    rows : ndarray of int64, or None
        Those that may be read; None: all.

    Raises
    ------
    ValueError
        If an option could not act.
    """
    numeric_embedding = options.network.numeric_embedding
    if numeric_embedding is None and encoder is None:
        return None
    if not isinstance(X, np.ndarray):
        raise ValueError(
            f"numeric_embedding={numeric_embedding!r} needs a dense X, got a sparse one. Pass "
            "X.toarray(), or set numeric_embedding=None."
        )
    is_category = np.zeros(X.shape[1], bool) if encoder is None else encoder.is_categorical
    n_numbers = int(np.count_nonzero(~is_category))
    embedding = _chosen(numeric_embedding, n_numbers)
    parts, layer = [], None
    if embedding is not None:
        if rows is not None:
            X, targets = X[rows], targets[rows]
            weights = None if weights is None else weights[rows]
        numbers = X[:, ~is_category]
        if isinstance(embedding, Periodic):
            _warn_of_units(numbers, options.verbose)
        layer = embedding.layer(numbers, targets, weights)
    if n_numbers > 0:
        parts.append(Part(tuple(range(n_numbers)), layer))
    sizes = [] if encoder is None else [len(own) + 1 for own in encoder.categories]
    wide = [k for k, size in enumerate(sizes) if size > MOST_ONE_HOT]
    for k in wide:
        parts.append(Part((k,), CategoricalEmbedding(sizes[k], category_width(sizes[k]))))
    # These come last, where the compiled engine takes rows of W for them.
    parts += [Part((k,), OneHot(n)) for k, n in enumerate(sizes) if k not in wide]
    return Columns(n_numbers, len(sizes), tuple(parts))


def _chosen(wanted: Any, n_numbers: int) -> NumericEmbedding | None:
    if wanted is None:
        return None
    embedding = choose("numeric_embedding", wanted, NUMERIC_EMBEDDINGS, NumericEmbedding)
    if n_numbers == 0:
        raise ValueError(
            f"numeric_embedding={wanted!r} cannot act: categorical_features names all columns "
            "of X. Set numeric_embedding=None."
        )
    return embedding


def _warn_of_units(numbers: Array, verbose: Any) -> None:
    deviations = numbers.std(axis=0)
    wrong = np.flatnonzero((deviations > 10) | ((deviations < 0.1) & (deviations > 0)))
    if len(wrong):
        reporting.warn(
            f"numeric_embedding='periodic' starts from frequencies for columns in standard "
            f"units, and {len(wrong)} of {numbers.shape[1]} have others: the first has a "
            f"standard deviation of {deviations[wrong[0]]:.3g}. Scale X, as by StandardScaler.",
            verbose=verbose,
        )


def input_settings(options: NetworkOptions) -> dict[str, Any]:
    """Return copies of the parameters that decide how columns are encoded."""
    embedding, columns = options.numeric_embedding, options.categorical_features
    if embedding is not None:
        embedding = clone(
            choose("numeric_embedding", embedding, NUMERIC_EMBEDDINGS, NumericEmbedding)
        )
    if not (columns is None or isinstance(columns, str)):
        columns = list(columns)
    return {"numeric_embedding": embedding, "categorical_features": columns}


def earlier_input_layer(
    estimator: "BaseMultilayerPerceptron", options: NetworkOptions
) -> Columns | None:
    """Return the layer of an earlier fit, with which its network continues.

    Raises
    ------
    ValueError
        If columns are to be encoded otherwise than in that fit.
    """
    earlier = getattr(estimator, "_input_settings", {})
    for name, wanted in input_settings(options).items():
        if wanted != earlier.get(name):
            raise ValueError(
                f"{name}={getattr(options, name)!r} differs from the {earlier.get(name)!r} of "
                "the fit before: warm_start and partial_fit continue the fitted network. Set "
                "it back, or fit again with warm_start=False."
            )
    return getattr(estimator, "input_layer_", None)


def start_unknown_at_zero(network: Network, parameters: Parameters) -> None:
    """Let the code 0, for missing and unknown categories, begin with weights of zero.

    Where no row of the fit has it, it is never trained, and must not add noise.
    """
    layer = network.layers[0]
    if not isinstance(layer, Columns):
        return
    first_weights = parameters[f"layers.{network.linear_layers[0]}.weight"]
    row = 0
    for index, part in enumerate(layer.parts):
        if isinstance(part.encoder, CategoricalEmbedding):
            parameters[f"layers.0.parts.{index}.weight"][0] = 0
        elif isinstance(part.encoder, OneHot):
            first_weights[row] = 0
        row += part.n_outputs
