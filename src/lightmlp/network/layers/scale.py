"""The layer that multiplies each column by a factor of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import issparse

from .base import Array, ElementwiseLayer, ParameterSpec, Place

__all__ = ["Scale"]


@dataclass(frozen=True)
class Scale(ElementwiseLayer):
    r"""Multiply each column by a factor that is learned.

    .. math:: A = s \odot Z

    Before the first linear layer it lets the optimiser weigh the features: where the steps of
    all parameters are alike, as Adam's are, a factor acts upon a whole row of weights.

    Parameters
    ----------
    width : int
        Number of columns.

    References
    ----------
    Holzmüller, Grinsztajn and Steinwart (2024), "Better by Default: Strong Pre-Tuned MLPs and
    Boosted Trees on Tabular Data", section 3, the scaling layer.

    Examples
    --------
    >>> import numpy as np
    >>> from lightmlp.network import Place, Scale
    >>> own = {"scale": np.array([1.0, 0.5])}
    >>> print(Scale(2).forward(own, np.array([[3.0, 4.0]]), Place(depth=0))[0])
    [[3. 2.]]
    """

    @property
    def parameters(self) -> tuple[ParameterSpec, ...]:
        """The factors, which start at 1."""
        return (ParameterSpec("scale", (self.width,), "scale", start=1.0),)

    def forward(self, own: Mapping[str, Array], inputs: Any, place: Place) -> tuple[Any, Any]:
        """A = s Z, (n_rows, width); Z may be a CSR matrix."""
        if issparse(inputs):
            return inputs.multiply(own["scale"]).tocsr(), inputs
        return inputs * own["scale"], inputs

    def backward(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> Array:
        """dL/dZ = s dL/dA."""
        back: Array = delta * own["scale"]
        return back

    def gradients(
        self, own: Mapping[str, Array], memory: Any, delta: Array, place: Place
    ) -> dict[str, Array]:
        """dL/ds = the sum of Z dL/dA over the rows."""
        Z = memory
        products = Z.multiply(delta) if issparse(Z) else Z * delta
        return {"scale": np.asarray(products.sum(axis=0)).reshape(self.width)}
