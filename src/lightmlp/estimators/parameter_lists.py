"""The estimators' lists of arrays and the parameters of a network: only here both are known.

Users of scikit-learn read and edit ``coefs_`` and ``intercepts_``, and one list more for each
parameter of normalised layers; engines have parameters by their names.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..network import Network, Parameters, ParameterSpec
from ..network.description import kept_with_network

__all__ = [
    "NORM_LISTS",
    "as_parameters",
    "embedding_list",
    "fitted_attributes",
    "fitted_normalization",
    "norm_lists",
]

Array = NDArray[Any]

_LISTS = {
    "weight": "coefs_",
    "bias": "intercepts_",
    "shift": "intercepts_",  # which takes the place of the bias
    "scale": "scales_",
    "running_mean": "running_means_",
    "running_variance": "running_variances_",
}
"""The attribute that lists a parameter of each layer, by its name within the layer."""

_ENCODER = "parts."
"""Begins the names of the parameters of what encodes the columns of X."""

NORM_LISTS = ("scales_", "running_means_", "running_variances_")
"""Attributes with one array per normalised layer."""


def fitted_attributes(parameters: Parameters) -> dict[str, list[Array]]:
    """List parameters as a fitted estimator's attributes do.

    Parameters
    ----------
    parameters : Parameters
        Those of all layers; the lists share their memory.

    Returns
    -------
    dict
        ``coefs_``, ``intercepts_`` and those of :data:`NORM_LISTS`; ``embeddings_`` where
        columns of X are embedded.
    """
    lists: dict[str, list[Array]] = {name: [] for name in _LISTS.values()}
    for array, spec in zip(parameters.values(), parameters.specs.values(), strict=True):
        lists.setdefault(_list_of(spec), []).append(array)
    return lists


def _list_of(spec: ParameterSpec) -> str:
    return "embeddings_" if spec.name.startswith(_ENCODER) else _LISTS[spec.name]


def as_parameters(network: Network, lists: Mapping[str, Sequence[Array]]) -> Parameters:
    """Name the arrays of an estimator's lists, which are not copied.

    Parameters
    ----------
    network : Network
        What the lists describe.
    lists : mapping
        As :func:`fitted_attributes` returns them.

    Returns
    -------
    parameters : Parameters
    """
    arrays = [lists[name][index] for name, index in _places(network)]
    return Parameters(network.parameters, arrays)


@kept_with_network
def _places(network: Network) -> list[tuple[str, int]]:
    """Tell in which list each parameter is, and where."""
    counts = dict.fromkeys((*_LISTS.values(), "embeddings_"), 0)
    places = []
    for spec in network.parameters.values():
        name = _list_of(spec)
        places.append((name, counts[name]))
        counts[name] += 1
    return places


def fitted_normalization(model: object) -> str | None:
    """Name the normalisation of the hidden layers, which the fitted attributes tell."""
    lists = [getattr(model, name, ()) for name in NORM_LISTS]
    if len(lists[1]) or len(lists[2]):
        return "batch"
    return "layer" if len(lists[0]) else None


def norm_lists(model: object, intercepts: Sequence[Array]) -> dict[str, list[Array]]:
    """Check the lists that belong to the normalisation of a fitted model.

    Parameters
    ----------
    model : object
        A fitted one, whose attributes of :data:`NORM_LISTS` are read.
    intercepts : sequence of ndarray of shape (n_outputs,)
        Those of all layers.

    Returns
    -------
    dict
        The lists that the normalisation has, by their names.

    Raises
    ------
    ValueError
        If a list does not have one entry per hidden layer, or an entry another shape than
        the biases, or no numbers.
    """
    normalization = fitted_normalization(model)
    if normalization is None:
        return {}
    names = NORM_LISTS if normalization == "batch" else NORM_LISTS[:1]
    return {name: _checked(getattr(model, name, ()), name, intercepts[:-1]) for name in names}


def embedding_list(model: object) -> dict[str, list[Array]]:
    """Check ``embeddings_``, which a model has whose columns of X are embedded.

    Raises
    ------
    ValueError
        If the list or an array in it does not have the shape that ``input_layer_`` has.
    """
    layer = getattr(model, "input_layer_", None)
    if layer is None or not layer.parameters:
        return {}
    arrays = [np.asarray(array) for array in getattr(model, "embeddings_", ())]
    shapes = [spec.shape for spec in layer.parameters]
    are_numbers = all(array.dtype.kind in "fiub" for array in arrays)
    if [array.shape for array in arrays] != shapes or not are_numbers:
        raise ValueError(
            f"embeddings_ must have arrays of real numbers of the shapes {shapes}, as "
            f"input_layer_ has, got {[array.shape for array in arrays]}. Assign such a list."
        )
    return {"embeddings_": arrays}


def _checked(rows: Iterable[Any], name: str, hidden: Sequence[Array]) -> list[Array]:
    arrays = [np.asarray(row) for row in rows]
    if len(arrays) != len(hidden):
        raise ValueError(
            f"{name} must have one array per hidden layer, {len(hidden)}, got {len(arrays)}. "
            "Assign a list of that length."
        )
    for index, (row, b) in enumerate(zip(arrays, hidden, strict=True)):
        if row.shape != b.shape or row.dtype.kind not in "fiub":
            raise ValueError(
                f"{name}[{index}] must be an array of real numbers of the shape {b.shape} of "
                f"intercepts_[{index}], got shape {row.shape} and dtype {row.dtype}. Replace "
                "both together."
            )
    return arrays
