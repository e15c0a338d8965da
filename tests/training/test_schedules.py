"""Learning-rate schedules: written-out values, and what all of them have in common."""

import math
import pickle
from itertools import pairwise

import numpy as np
import pytest
from sklearn.base import clone

from lightmlp import schedules
from lightmlp.estimators.parameters import PARAMETER_CONSTRAINTS
from lightmlp.schedules import SCHEDULES
from lightmlp.training.schedules import Progress, choose_schedule

names = pytest.mark.parametrize("name", SCHEDULES)

# PyTorch's scheduler, the object, and the rates of ten epochs from 1.0 of PyTorch 2.13, with
# T_max, total_iters and total_steps 10.
COSINE_10 = [
    *(1, 0.97552826, 0.9045085, 0.79389263, 0.6545085),
    *(0.5, 0.3454915, 0.20610737, 0.0954915, 0.02447174),
]
COSINE_10_TO_TENTH = [
    *(1, 0.97797543, 0.91405765, 0.81450336, 0.68905765),
    *(0.55, 0.41094235, 0.28549664, 0.18594235, 0.12202457),
]
COSINE_5 = [1, 0.9045085, 0.6545085, 0.3454915, 0.0954915]
COSINE_8 = [1, 0.96193977, 0.85355339, 0.69134172, 0.5, 0.30865828, 0.14644661, 0.03806023]
ONE_CYCLE = [
    *(0.04, 0.52, 1, 0.950484632, 0.8117456539),
    *(0.6112620219, 0.3887419781, 0.1882583461, 0.049519368, 4e-6),
]
PYTORCH = {
    "ExponentialLR(gamma=0.5)": (
        schedules.Exponential(0.5),
        [1, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625, 0.001953125],
    ),
    "StepLR(4, gamma=0.1)": (schedules.Step(4, 0.1), [1] * 4 + [0.1] * 4 + [0.01] * 2),
    "MultiStepLR([2, 7], gamma=0.5)": (
        schedules.Step((2, 7), 0.5),
        [1] * 2 + [0.5] * 5 + [0.25] * 3,
    ),
    "LinearLR(1.0, 0.1)": (
        schedules.Linear(end=0.1),
        [1, 0.91, 0.82, 0.73, 0.64, 0.55, 0.46, 0.37, 0.28, 0.19],
    ),
    "PolynomialLR(power=2)": (
        schedules.Polynomial(2),
        [1, 0.81, 0.64, 0.49, 0.36, 0.25, 0.16, 0.09, 0.04, 0.01],
    ),
    "CosineAnnealingLR(10)": (schedules.Cosine(), COSINE_10),
    "CosineAnnealingLR(10, eta_min=0.1)": (schedules.Cosine(end=0.1), COSINE_10_TO_TENTH),
    "CosineAnnealingWarmRestarts(5)": (schedules.Cosine(restarts=1), COSINE_5 * 2),
    "CosineAnnealingWarmRestarts(2, T_mult=4)": (
        schedules.Cosine(restarts=1, multiplier=4),
        [1, 0.5, *COSINE_8],
    ),
    "OneCycleLR(1.0)": (schedules.OneCycle(per="epoch"), ONE_CYCLE),
}


@pytest.mark.parametrize(("schedule", "rates"), PYTORCH.values(), ids=PYTORCH)
def test_values_of_pytorch(schedule, rates):
    np.testing.assert_allclose(schedule.preview(1.0, n_epochs=10), rates, rtol=1e-6)


def test_the_courses_exponential_schedule():
    rate, s = 0.3, 0.7
    expected = [rate, s * rate, s**2 * rate, s**3 * rate]
    by_epoch = schedules.Exponential(s).preview(rate, n_epochs=4)
    np.testing.assert_allclose(by_epoch, expected, rtol=1e-15)
    by_step = schedules.Exponential(s, per="step").preview(rate, 2, steps_per_epoch=2)
    np.testing.assert_array_equal(by_step, by_epoch)
    held = schedules.Exponential(s).preview(rate, 2, steps_per_epoch=2)
    np.testing.assert_array_equal(held, by_epoch[[0, 0, 1, 1]])


@names
def test_every_name_means_an_object_with_its_defaults(name):
    schedule = choose_schedule(name, solver="sgd", power_t=0.5)
    assert schedule == SCHEDULES[name]()
    assert clone(schedule) == pickle.loads(pickle.dumps(schedule)) == schedule


def test_the_estimators_know_every_name():
    options = PARAMETER_CONSTRAINTS["learning_rate"][0].options
    assert options == set(SCHEDULES)


@names
def test_rates_are_never_negative_and_never_above_the_given_one(name):
    rates = SCHEDULES[name]().preview(0.3, n_epochs=40, steps_per_epoch=3)
    assert rates.shape == (120,)
    assert rates.min() >= 0
    assert 0.2997 < rates.max() <= 0.3


# Not one_cycle, whose warm-up is its rise, nor log_cosine, which begins at its lowest rate, nor
# invscaling, which counts the warm-up's rows.
@pytest.mark.parametrize(
    "name", sorted({*SCHEDULES} - {"one_cycle", "log_cosine", "invscaling"})
)
@pytest.mark.parametrize("per", ["epoch", "step"])
def test_a_warm_up_climbs_to_where_the_schedule_begins(name, per):
    schedule, plain = SCHEDULES[name](per=per, warmup=4), SCHEDULES[name](per=per)
    steps = 1 if per == "epoch" else 2
    rates = schedule.preview(0.5, 14 // steps, steps)
    np.testing.assert_allclose(rates[:5], [0.1, 0.2, 0.3, 0.4, 0.5])
    np.testing.assert_allclose(rates[4:], plain.preview(0.5, 10 // steps, steps))


def test_a_warm_up_of_inverse_scaling_multiplies_its_rate():
    warm, plain = (schedules.InverseScaling(warmup=w).preview(0.5, 5) for w in (3, 0))
    np.testing.assert_allclose(warm, plain * [0.25, 0.5, 0.75, 1, 1])


def test_a_warm_up_may_be_a_share_of_the_length():
    rates = schedules.Linear(warmup=0.2).preview(0.3, n_epochs=10)
    np.testing.assert_array_equal(rates, schedules.Linear(warmup=2).preview(0.3, 10))
    rates = schedules.Constant(warmup=5).preview(0.6, n_epochs=2)  # a fit ends in its warm-up
    np.testing.assert_allclose(rates, [0.1, 0.2])


@pytest.mark.parametrize("name", [n for n in SCHEDULES if SCHEDULES[n].has_end])
@pytest.mark.parametrize("per", ["epoch", "step"])
def test_a_schedule_with_an_end_stays_there(name, per):
    schedule = SCHEDULES[name](end=0.25, per=per, length=8)
    n_epochs, n_steps = (12, 1) if per == "epoch" else (6, 2)
    rates = schedule.preview(1.0, n_epochs, n_steps)
    np.testing.assert_allclose(rates[8:], 0.25)
    assert rates[6] > 0.25
    progress = Progress(1.0)
    ends = []
    for _ in range(n_epochs):
        progress.count_epoch(n_steps, 10)
        ends.append(schedule.ended(progress, end=99))
    assert ends == [False] * (8 // n_steps - 1) + [True] * (5 if per == "epoch" else 3)


@names
def test_steps_of_changing_number_still_come_to_the_end(name):
    """Tables of different sizes in partial_fit: ``end`` counts epochs."""
    schedule = SCHEDULES[name](per="step")
    progress = Progress(1.0)
    for n_steps in (3, 1, 2, 5):
        last = np.ravel(schedule.next_rates(progress, n_steps, end=3))
        progress.count_epoch(n_steps, 10 * n_steps)
        assert len(last) == n_steps
        assert np.isfinite(last).all()
    if schedule.has_end:
        np.testing.assert_allclose(last, schedule.end)


@names
def test_every_schedule_ends_a_stalled_training(name):
    schedule, progress = SCHEDULES[name](), Progress(0.1)
    for _ in range(100):
        goes_on, remark = schedule.after_stall(progress)
        if not goes_on:
            assert remark.endswith("Stopping.")
            return
        assert f"{progress.rate:f}" in remark
    pytest.fail("the schedule never stops")


def test_one_cycle_peaks_once():
    rates = schedules.OneCycle(warmup=0.25).preview(0.8, n_epochs=10, steps_per_epoch=10)
    assert rates.argmax() == 24
    assert rates[[0, 24, 99]] == pytest.approx([0.032, 0.8, 3.2e-6])
    assert (np.diff(rates[:25]) > 0).all()
    assert (np.diff(rates[24:]) < 0).all()


def test_log_cosine_peaks_where_the_logarithm_is_a_half():
    """1/2 (1 - cos(2 pi log2(1 + 15 t))): the schedule of RealMLP."""
    rates = schedules.LogCosine().preview(0.8, n_epochs=15, steps_per_epoch=100)
    starts = np.array([0, 100, 300, 700])  # 2 ** cycle - 1 of 15 parts
    np.testing.assert_allclose(rates[starts], 0.0, atol=1e-12)
    peaks = 100 * (2.0 ** np.array([0.5, 1.5, 2.5, 3.5]) - 1)
    found = [start + rates[start:end].argmax() for start, end in pairwise([*starts, 1500])]
    np.testing.assert_allclose(found, peaks, atol=0.5)
    half = schedules.LogCosine(cycles=2, end=0.5).preview(1.0, 3, 10)
    assert half.min() == pytest.approx(0.5)


def test_a_warm_up_of_log_cosine_multiplies_its_rates():
    warm, plain = (schedules.LogCosine(warmup=w).preview(0.5, 20) for w in (3, 0))
    np.testing.assert_allclose(warm, plain * [0.25, 0.5, 0.75, *[1] * 17])


def test_log_cosine_of_a_single_epoch_is_idle():
    schedule, progress = schedules.LogCosine(per="epoch"), Progress(0.1)
    assert schedule.is_idle(progress, schedule.next_rates(progress, 5, 1), 1)
    assert not schedule.is_idle(progress, schedule.next_rates(progress, 5, 2), 2)
    long = schedules.LogCosine(length=10**12)
    assert long.is_idle(progress, long.next_rates(progress, 5, 2), 2)


def test_flat_cosine_is_a_cosine_behind_a_plain():
    rates = schedules.FlatCosine(0.25, end=0.1).preview(0.3, n_epochs=40)
    np.testing.assert_allclose(rates[:10], 0.3)
    np.testing.assert_allclose(rates[10:], schedules.Cosine(end=0.1).preview(0.3, 30))


def test_restarts_grow_by_the_multiplier():
    rates = schedules.Cosine(restarts=2, multiplier=2).preview(1.0, n_epochs=70)
    assert np.flatnonzero(rates == 1.0).tolist() == [0, 10, 30]


def test_inverse_scaling_counts_samples():
    progress = Progress(1.0)
    progress.count_epoch(n_steps=1, n_samples=3)
    schedule = schedules.InverseScaling(0.5)
    schedule.after_epoch(progress, 1.0)
    assert schedule.next_rates(progress, 1, 9) == 0.5


def test_adaptive_divides_by_five_down_to_a_millionth():
    adaptive, progress = schedules.Adaptive(), Progress(1.0)
    assert adaptive.after_stall(progress)[0]
    assert progress.rate == 0.2
    progress.rate = 1e-6
    assert adaptive.after_stall(progress) == (False, "Learning rate too small. Stopping.")


def test_plateau_as_pytorch():
    """ReduceLROnPlateau(patience=1, cooldown=2, threshold=0.1, threshold_mode='abs')."""
    plateau = schedules.Plateau(0.5, patience=1, threshold=0.1, cooldown=2, end=0.3)
    progress, rates = Progress(1.0), []
    for loss in [1.0, 0.95, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]:
        plateau.after_epoch(progress, loss)
        rates.append(plateau.next_rates(progress, 1, 99))
    assert rates == [1.0] * 4 + [0.5] * 4 + [0.3] * 4


def test_a_function_gives_the_rate_itself():
    schedule = choose_schedule(lambda epoch: 0.1 / (1 + epoch), solver="adam", power_t=0.5)
    np.testing.assert_allclose(schedule.preview(77.0, 3), [0.1, 0.05, 0.1 / 3])
    by_step = schedules.Function(float, per="step").preview(77.0, 2, 2)
    np.testing.assert_array_equal(by_step, [0, 1, 2, 3])


@pytest.mark.parametrize("value", [-1, math.nan, math.inf, "0.1", None])
def test_what_a_function_must_not_return(value):
    schedule = schedules.Function(lambda t: value, per="step")
    with pytest.raises(ValueError, match=r"learning_rate: the function returned .* for step 0"):
        schedule.preview(1.0, 1)


@pytest.mark.parametrize("name", ["constant", "invscaling", "adaptive"])
def test_scikit_learns_names_change_sgd_alone_and_their_objects_all(name):
    assert choose_schedule(name, solver="adam", power_t=0.5) == schedules.Constant()
    given = SCHEDULES[name](warmup=1)
    assert choose_schedule(given, solver="adam", power_t=0.5) == given
    assert choose_schedule("invscaling", solver="sgd", power_t=0.3).power_t == 0.3


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        (schedules.Exponential(0), "'gamma' parameter of Exponential must be .* Got 0"),
        (schedules.Step(0), "'every' parameter of Step"),
        (schedules.Step((3, 2)), r"Step.every=\(3, 2\) must be .* such as \(30, 60\)"),
        (schedules.Step((0, 2)), "Step.every"),
        (schedules.Step((1.5,)), "Step.every"),
        (schedules.Linear(end=2), "'end' parameter of Linear"),
        (schedules.Polynomial(0), "'power' parameter of Polynomial"),
        (schedules.Cosine(restarts=-1), "'restarts' parameter of Cosine"),
        (schedules.Cosine(multiplier=0), "'multiplier' parameter of Cosine"),
        (schedules.FlatCosine(flat=1), "'flat' parameter of FlatCosine"),
        (schedules.LogCosine(cycles=0), "'cycles' parameter of LogCosine"),
        (schedules.OneCycle(anneal="quick"), "'anneal' parameter of OneCycle"),
        (schedules.Plateau(factor=1), "'factor' parameter of Plateau"),
        (schedules.Adaptive(divisor=1), "'divisor' parameter of Adaptive"),
        (schedules.InverseScaling(-1), "'power_t' parameter of InverseScaling"),
        (schedules.Function(3), "'function' parameter of Function"),
        (schedules.Constant(per="batch"), "'per' parameter of Constant"),
        (schedules.Constant(warmup=1.5), "'warmup' parameter of Constant"),
        (schedules.Constant(length=0), "'length' parameter of Constant"),
        (schedules.Cosine, r"learning_rate=Cosine is a class: write Cosine\(\)"),
    ],
)
def test_wrong_parameters(schedule, message):
    with pytest.raises(ValueError, match=message):
        choose_schedule(schedule, solver="sgd", power_t=0.5)


@pytest.mark.parametrize("schedule", [*SCHEDULES.values(), schedules.Function])
def test_documentation_has_formula_or_rule_source_and_example(schedule):
    for section in ("Parameters\n", "Examples\n"):
        assert section in schedule.__doc__
    if schedule is not schedules.Function:
        assert "References\n" in schedule.__doc__
