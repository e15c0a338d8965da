"""How targets of the user's become those of a network, and its outputs theirs again."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..network import LossSettings, Network

__all__ = ["TargetEncoder"]

Array = NDArray[Any]


class TargetEncoder(ABC):
    """Base of the encoders: of classes in ``labels.py``, of numbers in ``real_targets.py``.

    An encoder is immutable and needs no estimator. A fit learns one from y; a fitted model
    makes it again from its attributes, which users may edit.
    """

    @abstractmethod
    def learn(
        self, y: Any, weights: Array | None, *, first_pass: bool, incremental: bool
    ) -> tuple[Self, Array]:
        """Encode the targets of a fit, and learn from them what is still open.

        Parameters
        ----------
        y : array
            Checked targets, those of rows that the fit holds out included.
        weights : ndarray of shape (n_samples,) or None
            The user's weights of the rows.
        first_pass : bool
            Whether training starts from new parameters.
        incremental : bool
            Whether it is a ``partial_fit``.

        Returns
        -------
        encoder : TargetEncoder
            With nothing open.
        targets : ndarray
            As :meth:`encode` returns them.
        """

    @abstractmethod
    def encode(self, y: Any) -> Array:
        """Return targets as engines take them, in a dtype of their own.

        Raises
        ------
        ValueError
            If y has what the model cannot learn.
        """

    @abstractmethod
    def n_columns(self, targets: Array, settings: LossSettings) -> int:
        """Return the number of columns of the output layer."""

    def weigh_rows(self, targets: Array, weights: Array | None) -> Array | None:
        """Combine the rows' weights with those of their classes, if these have any."""
        return weights

    @abstractmethod
    def stratification(self, targets: Array) -> Array | None:
        """Return the group of each row, by which rows are held out; None for no groups."""

    @abstractmethod
    def scorer(
        self, targets: Array, sample_weight: Array | None, network: Network
    ) -> Callable[[Array], float]:
        """Return ``score(outputs)``, what ``score`` returns for rows with these targets."""

    @abstractmethod
    def loss_type(self, X: Any, y: Any, weights: Array | None) -> type[np.floating[Any]]:
        """Return the NumPy scalar type that the losses of scikit-learn's fit would have.

        It follows from the promotion of the types of rows, targets and weights, with
        ``batch_size="auto"``.
        """

    @abstractmethod
    def attributes(self) -> dict[str, Any]:
        """Return what a fitted estimator keeps of the encoder, by the names there."""
