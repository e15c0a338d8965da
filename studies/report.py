"""Scores over seeds with those of a baseline, as Markdown."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binomtest, t

__all__ = ["compare", "markdown_row", "mean_and_deviation", "paired_difference"]

LEVEL = 0.05


def mean_and_deviation(scores: ArrayLike, digits: int = 3) -> str:
    """Format mean and standard deviation over the seeds."""
    scores = np.asarray(scores)
    return f"{scores.mean():.{digits}f} ± {scores.std(ddof=1):.{digits}f}"


def compare(
    scores: Sequence[float], plain: Sequence[float], higher: bool, digits: int = 3
) -> str:
    """Format scores and the number of seeds in which they are better than the plain ones.

    A plus marks better, a minus worse scores by a sign test at the 5 % level: in at least
    nine of ten seeds.
    """
    differences = np.subtract(scores, plain) * (1 if higher else -1)
    n_better, n_worse = int(np.sum(differences > 0)), int(np.sum(differences < 0))
    mark = ""
    if n_better + n_worse and binomtest(n_better, n_better + n_worse).pvalue <= LEVEL:
        mark = " +" if n_better > n_worse else " -"
    return f"{mean_and_deviation(scores, digits)} ({n_better}){mark}"


def paired_difference(scores: Sequence[float], others: Sequence[float]) -> str:
    """Format the mean of the differences by seed, and its 95 % confidence interval."""
    differences = np.subtract(scores, others)
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    half = t.ppf(1 - LEVEL / 2, len(differences) - 1) * error
    better, worse = int(np.sum(differences > 0)), int(np.sum(differences < 0))
    mean = differences.mean()
    return (
        f"{mean:+.3f} [{mean - half:+.3f}, {mean + half:+.3f}]; better in {better}, "
        f"worse in {worse} of {len(differences)}"
    )


def markdown_row(cells: Iterable[str]) -> str:
    """Return a line of a Markdown table."""
    return f"| {' | '.join(cells)} |"
