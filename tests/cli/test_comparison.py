"""How two sets of predictions are judged, and what the table says about them."""

from types import SimpleNamespace

import numpy as np
import pytest

from lightmlp.cli.comparison import Comparison, Outcome
from lightmlp.cli.problems import diabetes, digits
from lightmlp.cli.table import format_table


def comparison_of(problem, upstream, ours, seconds=((4.0, 1.0, 9.0), (2.0, 1.0, 3.0))):
    outcomes = [
        Outcome(
            library=library,
            model=SimpleNamespace(n_iter_=3, loss_curve_=[2.25, 1.5, 0.125]),
            score=0.5,
            predictions=np.asarray(predictions),
            seconds=times,
        )
        for library, predictions, times in zip(
            ("scikit-learn", "LightMLP"), (upstream, ours), seconds, strict=True
        )
    ]
    return Comparison(problem, *outcomes)


def table_of(comparison):
    return format_table(comparison, {"scikit-learn": "1.9.1", "LightMLP": "0.1"})


def test_ratio_is_of_medians():
    assert comparison_of(digits(), [1], [1]).speedup == 4.0 / 2.0


def test_losses_have_eight_digits():
    table = table_of(comparison_of(digits(), [1], [1]))
    assert table.count("2.2500000") == 2
    assert table.count("0.12500000") == 2


@pytest.mark.parametrize(
    ("problem", "upstream", "ours", "same", "sentence"),
    [
        (digits, [1, 2, 3], [1, 2, 3], True, "yes, all 3"),
        (digits, [1, 2, 3], [1, 2, 8], False, "no, 2 of 3"),
        (diabetes, [1.0, 200.0], [1.0, 200.0], True, "yes, all 2"),
        (
            diabetes,
            [1.0, 200.0],
            [1.0, 200.0 * (1 + 1e-12)],
            True,
            "yes, all 2 to eight digits (largest relative difference 1e-12)",
        ),
        (diabetes, [1.0, 2.0], [1.0, 2.02], False, "no (largest relative difference 1e-02)"),
    ],
)
def test_identity_of_predictions(problem, upstream, ours, same, sentence):
    comparison = comparison_of(problem(), upstream, ours)
    assert comparison.same_predictions is same
    assert table_of(comparison).endswith(f"predictions identical: {sentence}")
