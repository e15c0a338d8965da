"""Multi-layer perceptrons for tables: scikit-learn's estimators on a compiled engine."""

from importlib import import_module
from typing import Any

from .estimators import MLPClassifier, MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor", "__version__", "find_learning_rate"]

__version__ = "0.1.0"

# Loaded when first used, so that the import of the package stays light.
_MODULES = {"augmentations", "initializers", "losses", "schedules", "solvers"}
_MODULE_OF = {"find_learning_rate": "tuning"}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name in _MODULE_OF:
        return getattr(import_module(f".{_MODULE_OF[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
