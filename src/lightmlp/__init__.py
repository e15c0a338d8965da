"""Multi-layer perceptrons for tables: scikit-learn's estimators on a compiled engine."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__
from .estimators import MLPClassifier, MLPRegressor

if TYPE_CHECKING:
    from . import augmentations as augmentations
    from . import callbacks as callbacks
    from . import exceptions as exceptions
    from . import initializers as initializers
    from . import losses as losses
    from . import plotting as plotting
    from . import schedules as schedules
    from . import solvers as solvers
    from . import tuning as tuning
    from .tuning import find_learning_rate as find_learning_rate

__all__ = ["MLPClassifier", "MLPRegressor", "__version__", "find_learning_rate"]

# Loaded when first used, so that the import of the package stays light.
_MODULES = {
    "augmentations", "callbacks", "cli", "engines", "estimators", "exceptions", "initializers",
    "links", "losses", "names", "network", "plotting", "reporting", "schedules", "settings",
    "solvers", "training", "tuning",
}  # fmt: skip
_MODULE_OF = {"find_learning_rate": "tuning"}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name in _MODULE_OF:
        return getattr(import_module(f".{_MODULE_OF[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *_MODULE_OF})
