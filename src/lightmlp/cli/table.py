"""The comparison as a table for the terminal."""

from .comparison import Comparison, Outcome

__all__ = ["format_table"]


def format_table(comparison: Comparison, versions: dict[str, str]) -> str:
    """Return the lines of one problem's table, without a final line break."""
    problem, upstream, ours = comparison.problem, comparison.upstream, comparison.ours
    titles = [f"{side.library} {versions[side.library]}" for side in (upstream, ours)]
    rows = [
        ("", *titles, ""),
        (problem.score_name, *(f"{side.score:.4f}" for side in (upstream, ours)), ""),
        ("epochs", *(str(side.model.n_iter_) for side in (upstream, ours)), ""),
        ("first loss", *(_eight_digits(side, 0) for side in (upstream, ours)), ""),
        ("last loss", *(_eight_digits(side, -1) for side in (upstream, ours)), ""),
        (
            f"seconds, median of {len(ours.seconds)}",
            *(f"{side.median_seconds:.4f}" for side in (upstream, ours)),
            f"{comparison.speedup:.1f} times as fast",
        ),
    ]
    label_width = max(len(row[0]) for row in rows) + 2
    width = max(len(cell) for row in rows for cell in row[1:3]) + 3
    lines = [problem.title, f"  {problem.description}", ""]
    for label, left, right, remark in rows:
        line = f"  {label:<{label_width}}{left:>{width}}{right:>{width}}   {remark}"
        lines.append(line.rstrip())
    lines.append(f"  predictions identical: {_agreement(comparison)}")
    return "\n".join(lines)


def _eight_digits(side: Outcome, epoch: int) -> str:
    return f"{side.model.loss_curve_[epoch]:#.8g}"


def _agreement(comparison: Comparison) -> str:
    total = len(comparison.ours.predictions)
    if comparison.n_identical == total:
        return f"yes, all {total}"
    if comparison.problem.kind == "MLPClassifier":
        return f"no, {comparison.n_identical} of {total}"
    difference = f"largest relative difference {comparison.largest_difference:.0e}"
    if comparison.same_predictions:
        return f"yes, all {total} to eight digits ({difference})"
    return f"no ({difference})"
