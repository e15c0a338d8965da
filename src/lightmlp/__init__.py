"""Multi-layer perceptrons for tables: scikit-learn's estimators on a compiled engine."""

from .estimators import MLPClassifier, MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor", "__version__"]

__version__ = "0.1.0"
