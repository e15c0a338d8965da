"""The tables of the studies: from files, or those that ship with scikit-learn."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.model_selection import train_test_split

__all__ = ["FILES", "SHIPPED", "Split", "Table"]

TEST_SHARE = 0.25


@dataclass(frozen=True)
class Split:
    """Training and test rows in float32, scaled by statistics of the training rows."""

    X_train: NDArray[Any]
    X_test: NDArray[Any]
    y_train: NDArray[Any]
    y_test: NDArray[Any]


@dataclass(frozen=True)
class Table:
    """A table and how to read it.

    Parameters
    ----------
    name, kind : str
        ``kind`` is a short description.
    source : str or callable
        A file in the folder, or a function of ``sklearn.datasets``.
    target : str or None
        Column of the target; None if the source returns it separately.
    classes : bool
        Whether the target is a class.
    categories, dropped : tuple of str
        Numeric columns that are categories (text columns always are); columns to drop.
    pixels : bool
        Whether the columns are pixels with a common scale: they are scaled to [0, 1].
    """

    name: str
    kind: str
    source: str | Callable[..., Any]
    target: str | None = None
    classes: bool = True
    categories: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    pixels: bool = False

    def read(self, folder: Path | None, max_rows: int) -> tuple[Any, NDArray[Any]]:
        """Return at most ``max_rows`` rows of X and y, drawn with a fixed seed."""
        X, y = self._read_all(folder)
        if len(y) > max_rows:
            chosen = np.random.default_rng(0).choice(len(y), max_rows, replace=False)
            X, y = (X[chosen] if isinstance(X, np.ndarray) else X.iloc[chosen]), y[chosen]
        return X, y

    def _read_all(self, folder: Path | None) -> tuple[Any, NDArray[Any]]:
        if not isinstance(self.source, str):
            X, y = self.source(return_X_y=True)
            return X, y
        assert folder is not None
        if self.source.endswith(".npz"):
            with np.load(folder / self.source) as arrays:
                X, y = arrays["X"], arrays["y"]
            return X.reshape(len(X), -1), y
        import pandas as pd

        frame = pd.read_csv(folder / self.source)
        X = frame.drop(columns=[self.target, *self.dropped])
        return X.astype(dict.fromkeys(self.categories, str)), frame[self.target].to_numpy()

    def split(self, X: Any, y: NDArray[Any], seed: int) -> Split:
        """Hold out a quarter of the rows, stratified by class, and scale the columns."""
        X_train, X_test, y_train, y_test = train_test_split(
            X,
            y,
            test_size=TEST_SHARE,
            random_state=seed,
            stratify=y if self.classes else None,
        )
        encoder = self._encoder().fit(X_train)
        X_train, X_test = (
            np.asarray(encoder.transform(part), np.float32) for part in (X_train, X_test)
        )
        return Split(X_train, X_test, y_train, y_test)

    def _encoder(self) -> Any:
        """Standardise numbers, and one-hot encode categories."""
        from sklearn.compose import make_column_selector, make_column_transformer
        from sklearn.impute import SimpleImputer
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

        if self.pixels:
            return MinMaxScaler()
        numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
        if not isinstance(self.source, str):
            return numbers
        one_hot = OneHotEncoder(
            handle_unknown="infrequent_if_exist", min_frequency=10, sparse_output=False
        )
        return make_column_transformer(
            (numbers, make_column_selector(dtype_include="number")),
            (one_hot, make_column_selector(dtype_exclude="number")),
        )


FILES = (
    Table("credit_g", "small, noisy, imbalanced", "credit_g.csv.gz", "class"),
    Table(
        "bank_marketing",
        "imbalanced",
        "bank_marketing.csv.gz",
        "y",
        dropped=("duration",),  # known only after the call whose success is to be told
    ),
    Table(
        "wine_quality",
        "noisy, very rare classes",
        "wine_quality.csv.gz",
        "quality",
    ),
    Table(
        "covertype",
        "little noise, rare classes",
        "covertype_part.csv.gz",
        "Cover_Type",
        categories=("Wilderness_Area", "Soil_Type"),
    ),
    Table("fashion_mnist", "images", "fashion_mnist_70000.npz", pixels=True),
    Table(
        "bike_sharing",
        "regression",
        "bike_sharing.csv.gz",
        "cnt",
        classes=False,
        categories=("season", "mnth", "hr", "weekday", "weathersit"),
        dropped=("dteday",),
    ),
)
SHIPPED = (
    Table("digits", "images", load_digits, pixels=True),
    Table("breast_cancer", "two classes", load_breast_cancer),
    Table("wine", "small", load_wine),
    Table("diabetes", "regression, small, noisy", load_diabetes, classes=False),
)
