"""An embedding of the codes of a category's values."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .base import Array, Layer, ParameterSpec, Place, check_counts
from .one_hot import codes_of_column
from .starts import UniformStart

__all__ = ["CategoricalEmbedding"]


@dataclass(frozen=True)
class CategoricalEmbedding(Layer):
    r"""Turn the code of a category into a row of a table that is learned.

    .. math:: A_i = W_{k_i}

    where :math:`k_i` is the code of row i: what a one-hot encoding and a linear layer without
    bias compute, without their products by zero.

    Parameters
    ----------
    n_categories : int
        Number of categories, whose codes are 0, 1, ..., n_categories - 1.
    width : int
        Number of values that a category becomes.

    References
    ----------
    Guo and Berkhahn (2016), "Entity Embeddings of Categorical Variables". The initial values
    are uniform between :math:`\pm 1 / \sqrt{width}`, as in Gorishniy, Rubachev, Khrulkov and
    Babenko (2021), "Revisiting Deep Learning Models for Tabular Data".

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import CategoricalEmbedding, Place
    >>> own = {"weight": np.array([[0.1, 0.2], [1.1, 1.2], [2.1, 2.2]])}
    >>> codes = np.array([[2], [0]], dtype=np.int32)
    >>> print(CategoricalEmbedding(3, 2).forward(own, codes, Place(depth=0))[0])
    [[2.1 2.2]
     [0.1 0.2]]
    """

    n_categories: int
    width: int
    reads_codes: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_counts(self, "n_categories", "width")

    @property
    def n_inputs(self) -> int:  # type: ignore[override]
        """One column of codes."""
        return 1

    @property
    def n_outputs(self) -> int:  # type: ignore[override]
        """Number of values that a category becomes."""
        return self.width

    @property
    def parameters(self) -> tuple[ParameterSpec, ...]:
        """The table, a row for each category."""
        shape, start = (
            (self.n_categories, self.width),
            UniformStart((1 / math.sqrt(self.width),)),
        )
        return (ParameterSpec("weight", shape, "embedding", start=start),)

    def forward(self, own: Mapping[str, Array], inputs: Any, place: Place) -> tuple[Array, Any]:
        """A = the rows of W that the codes (n_rows, 1) name, (n_rows, width)."""
        codes = codes_of_column(self, inputs, self.n_categories)
        return own["weight"][codes], codes

    def backward(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> Array:
        """Zeros (n_rows, 1): nothing is between one code and the next."""
        return np.zeros((len(delta), 1), delta.dtype)

    def gradients(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> dict[str, Array]:
        """dL/dW_k = the sum of dL/dA_i over the rows i of code k."""
        gradient = np.zeros((self.n_categories, self.width), delta.dtype)
        np.add.at(gradient, memory, delta)
        return {"weight": gradient}
