import pytest

from lightmlp.training.schedules import SCHEDULES


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_ends_a_stalled_training(name):
    schedule, rate = SCHEDULES[name](0.1), 0.1
    for _ in range(100):
        rate, remark = schedule.after_stall(rate)
        if rate is None:
            assert remark.endswith("Stopping.")
            return
        assert f"{rate:f}" in remark
    pytest.fail("the schedule never stops")


@pytest.mark.parametrize("name", SCHEDULES)
def test_rates_stay_positive_and_never_rise(name):
    schedule = SCHEDULES[name](0.5, 0.7)
    rates = [schedule.after_epoch(0.5, n_samples_seen=n) for n in (0, 10, 10_000)]
    assert rates == sorted(rates, reverse=True)
    assert min(rates) > 0
    assert rates[0] == 0.5


def test_inverse_scaling_counts_samples():
    assert SCHEDULES["invscaling"](1.0, 0.5).after_epoch(9.0, n_samples_seen=3) == 0.5


def test_adaptive_divides_by_five_down_to_a_millionth():
    adaptive = SCHEDULES["adaptive"](1.0)
    assert adaptive.after_stall(1.0)[0] == 0.2
    assert adaptive.after_stall(1e-6) == (None, "Learning rate too small. Stopping.")
