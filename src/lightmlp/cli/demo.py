"""``lightmlp demo``: the same results in a fraction of the time."""

import sys
from pathlib import Path

from .comparison import Comparison, compare
from .environment import describe_engine, library_versions
from .problems import diabetes, digits
from .progress import ProgressLine
from .table import format_table

__all__ = ["run_demo"]


def run_demo(output: Path, *, engine: str = "auto", rounds: int = 5) -> int:
    """Compare on both problems, print the tables and write the picture.

    Parameters
    ----------
    output : Path
        File of the picture, replaced if it exists.
    engine : {"auto", "native", "reference"}, default="auto"
        The engine of LightMLP's estimators.
    rounds : int, default=5
        Timed fits per library and problem, >= 1.

    Returns
    -------
    int
        0, or 1 if any prediction of the two libraries differs.
    """
    print(f"LightMLP's engine: {describe_engine(engine)}; one thread for each library")
    print(f"each fits once to warm up, then {rounds} times, taking turns\n")
    progress = ProgressLine(sys.stdout)
    comparisons = []
    for problem in (digits(), diabetes()):
        comparisons.append(compare(problem, engine=engine, rounds=rounds, progress=progress))
        progress.clear()
        print("\n" + format_table(comparisons[-1], library_versions()) + "\n", flush=True)
    _draw(comparisons[0], output)
    return 0 if all(comparison.same_predictions for comparison in comparisons) else 1


def _draw(comparison: Comparison, output: Path) -> None:
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        print('No picture: matplotlib is missing. Install it by: pip install "lightmlp[plot]"')
        return
    from .picture import save_picture

    save_picture(comparison, output)
    print(f"picture: {output}")
