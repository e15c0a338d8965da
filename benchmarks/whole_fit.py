"""A whole fit as a course runs it: iris, 4-3-2-3, up to 6000 epochs of one step each."""

from functools import partial

from .race import race
from .results import Result, ratios_to_rivals
from .rivals import Rival

__all__ = ["measure_iris"]

TARGET = 12
SETTINGS = {"hidden_layer_sizes": (3, 2), "max_iter": 6000, "random_state": 2024}


def measure_iris(rivals: list[Rival], rounds: int) -> list[Result]:
    """Race the fit until it stops by itself; the number of epochs must agree."""
    from sklearn.datasets import load_iris
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler

    X, y = load_iris(return_X_y=True)
    X_train, _, y_train, _ = train_test_split(X, y, test_size=0.2, random_state=1, stratify=y)
    X_train = StandardScaler().fit_transform(X_train)
    laps = race(
        rivals,
        lambda rival: partial(rival.train, "classifier", SETTINGS, X_train, y_train),
        rounds,
    )
    return ratios_to_rivals(
        "iris, whole fit",
        "float64",
        laps,
        per_run=1,
        unit="ms",
        scale=1e3,
        target=TARGET,
        loss_tolerance=1e-8,
    )
