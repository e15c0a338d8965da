"""Models that an estimator under way is shown as, or scored as."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..network import Parameters
from .parameter_lists import fitted_attributes

if TYPE_CHECKING:
    from .base import BaseMultilayerPerceptron

__all__ = ["ModelTemplate"]


class ModelTemplate(NamedTuple):
    """What is known of a model before it is trained.

    Parameters
    ----------
    kind : type
        Class of the model.
    attributes : mapping
        Its parameters and fitted attributes, which all its models share.
    """

    kind: type["BaseMultilayerPerceptron"]
    attributes: Mapping[str, Any]

    @classmethod
    def of(cls, estimator: "BaseMultilayerPerceptron") -> "ModelTemplate":
        """Take an estimator as it is now."""
        return cls(type(estimator), dict(vars(estimator)))

    def model(self) -> "BaseMultilayerPerceptron":
        """Return a model with the parameters that training begins with."""
        model = self.kind.__new__(self.kind)
        model.__dict__.update(self.attributes)
        return model

    def with_parameters(self, parameters: Parameters) -> "BaseMultilayerPerceptron":
        """Return a model that has these parameters."""
        model = self.model()
        model.__dict__.update(fitted_attributes(parameters))
        return model
