"""Weight decay and dropout that follow a schedule."""

import pickle
from contextlib import nullcontext

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV

from lightmlp import (
    MLPClassifier,
    MLPRegressor,
    augmentations,
    find_learning_rate,
    schedules,
    solvers,
)
from lightmlp.callbacks import Callback, Checkpoint
from lightmlp.engines.base import StepFactors
from lightmlp.engines.reference import ReferenceTraining
from lightmlp.schedules import SCHEDULES, Scheduled

rng = np.random.RandomState(0)
X = rng.normal(size=(40, 3))
y = X @ [1.0, -2.0, 0.5]
NAMES = ("weight_decay", "dropout")
OF_LOSSES = ("plateau", "adaptive", "invscaling")
COUNTING = [name for name in SCHEDULES if name not in (*OF_LOSSES, "constant")]

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings(
        "ignore:learning_rate=.* (schedule restarts|next to nothing|almost)"
    ),
]
parameters = pytest.mark.parametrize("name", NAMES)


def regressor(engine="auto", **settings):
    settings = {"max_iter": 4, "batch_size": 10, "random_state": 0, **settings}
    settings = {"tol": 0, "n_iter_no_change": np.inf, "hidden_layer_sizes": (8,), **settings}
    return MLPRegressor(**settings, engine=engine)


def same(one, other):
    return all(map(np.array_equal, one.coefs_, other.coefs_))


@pytest.fixture
def given(monkeypatch):
    """Learning rates and factors of all epochs, as the reference engine is given them."""
    seen, train_epoch = [], ReferenceTraining.train_epoch

    def spy(self, order, learning_rate, factors):
        seen.append((learning_rate, factors))
        return train_epoch(self, order, learning_rate, factors)

    monkeypatch.setattr(ReferenceTraining, "train_epoch", spy)
    return seen


@parameters
def test_every_epoch_has_the_value_times_the_factor(name, engine):
    """The same bits as calls of partial_fit with these values."""
    settings = {"shuffle": False, "solver": "sgd", "learning_rate_init": 0.1}
    halving = Scheduled(0.5, schedules.Exponential(0.5))
    whole = regressor(engine, **settings, **{name: halving}).fit(X, y)
    steps = regressor(engine, **settings)
    for value in (0.5, 0.25, 0.125, 0.0625):
        steps.set_params(**{name: value}).partial_fit(X, y)
    assert same(whole, steps)
    assert not same(whole, regressor(engine, **settings, **{name: 0.5}).fit(X, y))


@parameters
@pytest.mark.parametrize("per", ["epoch", "step"])
@pytest.mark.parametrize("schedule", COUNTING)
def test_it_counts_as_the_learning_rate_does(name, schedule, per, given):
    """In fits, warm fits, streams, and past the end."""
    schedule = SCHEDULES[schedule]().set_params(per=per, warmup=2)
    settings = {"learning_rate": schedule, "learning_rate_init": 0.5, "solver": "lion"}
    model = regressor("reference", **settings, **{name: Scheduled(0.5, clone(schedule))})
    model.fit(X, y).set_params(warm_start=True, max_iter=2).fit(X, y)
    for _ in range(5):
        model.partial_fit(X, y)
    assert len(given) == 11
    for rates, factors in given:
        np.testing.assert_array_equal(0.5 * np.asarray(getattr(factors, name)), rates)
        (other,) = set(NAMES) - {name}
        assert getattr(factors, other) == 1.0


@parameters
def test_after_its_end_it_stays(name, given):
    schedule = schedules.Linear(end=0.25, length=2)
    regressor("reference", **{name: Scheduled(0.5, schedule)}).fit(X, y)
    factors = [getattr(factors, name) for _, factors in given]
    assert factors == [1.0, 0.625, 0.25, 0.25]


def test_without_a_schedule_the_factors_are_the_default_ones(given):
    regressor("reference", weight_decay=0.1, dropout=0.5).fit(X, y)
    assert {id(factors) for _, factors in given} == {id(given[0][1])}
    assert given[0][1] == StepFactors()


@parameters
def test_the_schedule_of_a_factor_one_changes_no_bit(name, engine):
    ones = schedules.Function(lambda step: 1.0, per="step")
    plain = regressor(engine, **{name: 0.5}).fit(X, y)
    assert same(regressor(engine, **{name: Scheduled(0.5, ones)}).fit(X, y), plain)
    zeros = schedules.Function(lambda epoch: 0.0)
    off = regressor(engine, weight_decay=0.0).fit(X, y)
    if name == "weight_decay":  # dropout draws its seed whatever the factor
        assert same(regressor(engine, **{name: Scheduled(0.5, zeros)}).fit(X, y), off)


@pytest.mark.parametrize("augmentation", [None, "gaussian_noise"])
@pytest.mark.parametrize("dropout", [0.5, [0.5, 0.0]])
def test_engines_agree(augmentation, dropout):
    models = [
        regressor(
            engine,
            hidden_layer_sizes=(8, 6),
            augmentation=augmentation,
            dropout=Scheduled(dropout, "log_cosine"),
            weight_decay=Scheduled(0.5, schedules.FlatCosine(per="step")),
            learning_rate_init=0.01,
        ).fit(X, y)
        for engine in ("auto", "reference")
    ]
    for W, V in zip(models[0].coefs_, models[1].coefs_, strict=True):
        np.testing.assert_allclose(W, V, rtol=1e-9, atol=1e-12)


def test_augmented_epochs_of_many_parts(monkeypatch, engine):
    """Each part has the factors of its own steps."""
    settings = {
        "weight_decay": Scheduled(0.5, schedules.Linear(per="step")),
        "augmentation": augmentations.Function(lambda X, y, random_state: (X, y)),
    }
    whole = regressor(engine, **settings).fit(X, y)
    monkeypatch.setattr("lightmlp.training.augmented._MOST_ROWS", 20)
    assert same(regressor(engine, **settings).fit(X, y), whole)


@pytest.mark.parametrize("per", ["epoch", "step"])
def test_a_resumed_fit_has_the_same_bits(per, engine, tmp_path):
    settings = {
        "weight_decay": Scheduled(0.5, schedules.Cosine(per=per)),
        "dropout": Scheduled((0.5,), schedules.FlatCosine(per=per)),
        "max_iter": 6,
    }
    path = tmp_path / "run"
    whole = regressor(engine, **settings).fit(X, y)

    class Stop(Callback):
        def on_epoch_end(self, state):
            return state.epoch == 3

    regressor(engine, **settings, callbacks=[Checkpoint(path), Stop()]).fit(X, y)
    assert same(regressor(engine, **settings).fit(X, y, resume_from=path), whole)
    with pytest.raises(ValueError, match="max_iter is 7, was 6"):
        regressor(engine, **settings | {"max_iter": 7}).fit(X, y, resume_from=path)
    other = settings | {"weight_decay": Scheduled(0.5, schedules.Cosine(end=0.1, per=per))}
    with pytest.raises(ValueError, match=r"weight_decay is .*Cosine"):
        regressor(engine, **other).fit(X, y, resume_from=path)


def test_a_range_test_has_the_full_values(given):
    model = regressor("reference", weight_decay=Scheduled(0.5, "log_cosine"))
    find_learning_rate(model, X, y, n_steps=5, end=0.1)
    assert {factors for _, factors in given} == {StepFactors()}


class TestAsAnOption:
    def test_nested_parameters(self):
        model = MLPClassifier(dropout=Scheduled(0.1, "cosine"))
        model.set_params(dropout__schedule__restarts=1, dropout__value=0.2)
        assert model.dropout == Scheduled(0.2, schedules.Cosine(restarts=1))
        assert model.get_params()["dropout__schedule__restarts"] == 1
        model.set_params(weight_decay=Scheduled(0.1, "linear"), weight_decay__value=0.3)
        assert clone(model).weight_decay == Scheduled(0.3, "linear")
        assert repr(model.weight_decay) == "Scheduled(schedule='linear', value=0.3)"
        assert pickle.loads(pickle.dumps(model)).dropout == model.dropout

    def test_it_is_no_parameter_of_a_number(self):
        with pytest.raises(ValueError, match=r"weight_decay__value=0.3 .* to a Scheduled of"):
            MLPClassifier(weight_decay=0.1).set_params(weight_decay__value=0.3)

    def test_in_a_search(self):
        model = regressor(dropout=Scheduled(0.1, "flat_cosine"))
        grid = {"dropout__value": [0.1, 0.4], "dropout__schedule__flat": [0.1, 0.5]}
        search = GridSearchCV(model, grid, cv=2).fit(X, y)
        assert len({round(s, 9) for s in search.cv_results_["mean_test_score"]}) == 4

    def test_the_users_object_stays(self):
        theirs = schedules.FlatCosine()
        model = regressor(weight_decay=Scheduled(0.1, theirs)).fit(X, y)
        assert model.weight_decay.schedule is theirs
        assert theirs == schedules.FlatCosine()

    def test_fits_end_as_without_it(self):
        """The warning that training did not converge is that of the learning rate."""
        model = MLPRegressor(max_iter=2, weight_decay=Scheduled(0.1, "linear"), random_state=0)
        with pytest.warns(ConvergenceWarning):
            model.fit(X, y)


@parameters
@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Scheduled(0.1, "plateau"), "schedule='plateau' depends on losses"),
        (Scheduled(0.1, schedules.Adaptive()), r"schedule=Adaptive\(\) depends on losses"),
        (Scheduled(0.1, "invscaling"), "counts rows"),
        (Scheduled(0.1, "constant"), "never changes the value. Give the value without"),
        (Scheduled(0, "cosine"), "the value 0 stays 0 whatever the schedule"),
        (Scheduled(-0.1, "cosine"), "'value' parameter of Scheduled must be a float in"),
        (Scheduled(None, "cosine"), "'value' parameter of Scheduled must be"),
        (Scheduled(True, "cosine"), "'value' parameter of Scheduled must be"),
        (Scheduled(np.nan, "cosine"), "nan"),
        (Scheduled("big", "cosine"), "'value' parameter of Scheduled must be"),
        (Scheduled(0.1, "cosin"), "Did you mean 'cosine'"),
        (Scheduled(0.1, 0.5), "'schedule' parameter of Scheduled must be a str among"),
        (Scheduled(0.1, solvers.Adam()), "'schedule' parameter of Scheduled"),
        (Scheduled(0.1, schedules.Cosine(end=2)), "'end' parameter of Cosine"),
        (schedules.Cosine(), r"=Cosine\(\) is an object that it cannot be. .*Scheduled\(0.1"),
        (Scheduled(0.1, schedules.Function(lambda: 1.0)), "schedule: .*cannot be called as"),
        (
            Scheduled(0.1, schedules.Function(lambda epoch: -1.0)),
            ": schedule: the function returned -1.0 for epoch 0, .* the factor of the value",
        ),
    ],
)
def test_errors_name_the_parameter_and_the_way_out(name, wanted, message):
    model = regressor(**{name: wanted})
    with pytest.raises(ValueError, match=f"^{name}.*{message}"):
        model.fit(X, y)
    assert not hasattr(model, "coefs_")


def test_a_class_instead_of_an_object():
    with pytest.raises(ValueError, match="weight_decay"):
        regressor(weight_decay=Scheduled).fit(X, y)


def test_several_values_are_for_dropout_alone():
    with pytest.raises(ValueError, match=r"^weight_decay=.*'value' parameter of Scheduled"):
        regressor(weight_decay=Scheduled((0.1,), "cosine")).fit(X, y)
    with pytest.raises(ValueError, match=r"^dropout=\(0.1, 0.2\) has 2 rate"):
        regressor(dropout=Scheduled((0.1, 0.2), "cosine")).fit(X, y)
    with pytest.raises(ValueError, match=r"^dropout=.*the value \(0,\) stays 0"):
        regressor(dropout=Scheduled((0,), "cosine")).fit(X, y)
    with pytest.raises(ValueError, match=r"^dropout=.*must be a float in the range \[0"):
        regressor(dropout=Scheduled(1.0, "cosine")).fit(X, y)


@parameters
def test_factors_above_one_are_for_weight_decay_alone(name):
    twice = Scheduled(0.1, schedules.Function(lambda epoch: 2.0 * epoch))
    expected = nullcontext()
    if name == "dropout":
        expected = pytest.raises(
            ValueError, match=r"^dropout: .* factor 2.0 in epoch 1, expected one in \[0, 1\]"
        )
    with expected:
        regressor(**{name: twice}).fit(X, y)


def test_dropout_of_the_input_has_no_schedule_to_follow():
    with pytest.raises(ValueError, match=r"beside input_dropout=0.1.* Set input_dropout=0"):
        regressor(dropout=Scheduled(0.1, "cosine"), input_dropout=0.1).fit(X, y)


@parameters
def test_lbfgs_refuses_it(name):
    model = MLPRegressor(solver="lbfgs", **{name: Scheduled(0.1, "cosine")})
    with pytest.raises(ValueError, match=f"solver='lbfgs' does not support {name}"):
        model.fit(X, y)


def test_beside_the_decay_of_a_solver():
    wanted = Scheduled(0.1, "cosine")
    with pytest.raises(ValueError, match=r"weight_decay=Scheduled.* and solver=AdamW"):
        regressor(weight_decay=wanted, solver=solvers.AdamW()).fit(X, y)
    regressor(weight_decay=wanted, solver="adamw").fit(X, y)
