"""Which digits the picture shows."""

import numpy as np

from lightmlp.cli.picture import choose_rows

RNG = np.random.default_rng(0)
TARGETS = np.repeat(np.arange(10), 5)
CONFIDENCES = RNG.uniform(0.5, 1.0, TARGETS.size)


def test_six_surest_mistakes_follow_six_right_ones_of_different_digits():
    predictions = TARGETS.copy()
    wrong = np.arange(0, 50, 5)
    predictions[wrong] += 1
    rows = choose_rows(predictions, TARGETS, CONFIDENCES)
    right_rows, wrong_rows = rows[:6], rows[6:]
    assert np.all(predictions[right_rows] == TARGETS[right_rows])
    assert len(set(TARGETS[right_rows])) == 6
    surest = wrong[np.argsort(-CONFIDENCES[wrong])][:6]
    np.testing.assert_array_equal(wrong_rows, surest)


def test_few_mistakes_are_all_shown_and_filled_up_with_right_ones():
    predictions = TARGETS.copy()
    predictions[[7, 31]] = (TARGETS[[7, 31]] + 1) % 10
    rows = choose_rows(predictions, TARGETS, CONFIDENCES)
    assert len(set(rows)) == 12
    assert set(rows[-2:]) == {7, 31}


def test_no_mistake_gives_twelve_right_ones():
    rows = choose_rows(TARGETS, TARGETS, CONFIDENCES)
    assert len(set(rows)) == 12
