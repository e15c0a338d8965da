import math

import pytest

from lightmlp.training.stopping import LossStopping, ScoreStopping


@pytest.mark.parametrize(
    ("stopping", "sign"), [(LossStopping, 1), (ScoreStopping, -1)], ids=["loss", "score"]
)
class TestBoth:
    def test_stalls_only_when_the_patience_is_exceeded(self, stopping, sign):
        watch = stopping(tol=0.0, n_iter_no_change=2)
        stalled = []
        for value in [1.0, 2.0, 2.0, 2.0]:
            watch.observe(sign * value)
            stalled.append(watch.stalled)
        assert stalled == [False, False, False, True]

    def test_an_improvement_below_tol_counts_but_is_the_best(self, stopping, sign):
        watch = stopping(tol=0.5, n_iter_no_change=2)
        assert [watch.observe(sign * value) for value in [1.0, 0.75]] == [True, True]
        assert (watch.count, watch.best) == (1, sign * 0.75)

    def test_an_improvement_of_tol_resets_the_count(self, stopping, sign):
        watch = stopping(tol=0.5, n_iter_no_change=2, best=sign * 1.0, count=2)
        watch.observe(sign * 0.5)
        assert watch.count == 0

    def test_nan_resets_the_count_and_is_never_the_best(self, stopping, sign):
        watch = stopping(tol=0.0, n_iter_no_change=2, best=sign * 1.0, count=2)
        assert not watch.observe(math.nan)
        assert (watch.count, watch.best) == (0, sign * 1.0)

    def test_infinite_patience_never_stalls(self, stopping, sign):
        watch = stopping(tol=0.0, n_iter_no_change=math.inf, count=10**9)
        watch.observe(sign * 1.0)
        assert not watch.stalled


def test_reasons_are_scikit_learns():
    assert LossStopping(1e-4, 10).reason == (
        "Training loss did not improve more than tol=0.000100 for 10 consecutive epochs."
    )
    assert ScoreStopping(1e-4, 10).reason == (
        "Validation score did not improve more than tol=0.000100 for 10 consecutive epochs."
    )
