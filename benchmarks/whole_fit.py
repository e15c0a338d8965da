"""A whole fit as in a course: iris, 4-3-2-3, up to 6000 epochs of one step each."""

from .problems import FitProblem
from .race import Arena, Race
from .results import Result, timings
from .rivals import BASELINE
from .steps import loss_difference

__all__ = ["measure_iris"]

TARGET = 12.0
SETTINGS = {"hidden_layer_sizes": (3, 2), "max_iter": 6000, "random_state": 2024}


def measure_iris(arena: Arena) -> tuple[list[Result], Race]:
    """Race the fit until it converges; equal losses show that the epochs agree."""
    from sklearn.datasets import load_iris
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler

    X, y = load_iris(return_X_y=True)
    X_train, _, y_train, _ = train_test_split(X, y, test_size=0.2, random_state=1, stratify=y)
    problem = FitProblem(StandardScaler().fit_transform(X_train), y_train, SETTINGS)
    race = arena.race("whole_fit", {"": problem})
    results = timings(
        "iris, whole fit",
        "float64",
        race,
        per_run=1,
        unit="ms",
        scale=1e3,
        target=lambda rival: TARGET if rival == BASELINE else None,
        difference=loss_difference,
        tolerance=lambda rival: 1e-8,
    )
    return results, race
