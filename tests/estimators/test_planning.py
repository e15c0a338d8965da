"""A plan needs no estimator, and trainers can be driven epoch by epoch, many at once."""

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import sparse

from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.estimators.fitting import carry_out
from lightmlp.estimators.planning import plan_epochs, plan_fit
from lightmlp.estimators.problem import read_problem
from lightmlp.estimators.storing import store
from lightmlp.training.trainer import Trainer

X = np.random.RandomState(0).normal(size=(120, 5))
labels = np.arange(120) % 3
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def classifier(engine, seed=0, **settings):
    settings = {"max_iter": 4, "n_threads": 1, "batch_size": 32, **settings}
    return MLPClassifier((6,), engine=engine, random_state=seed, **settings)


def plan(model, table=X):
    return plan_epochs(model, read_problem(model, table, labels))


def same(result, model):
    arrays = zip(result.parameters.values(), parameters(model), strict=True)
    return all(np.array_equal(a, b) for a, b in arrays)


def parameters(model):
    for W, b in zip(model.coefs_, model.intercepts_, strict=True):
        yield from (W, b)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("scoring", [None, "f1_macro"])
def test_a_plan_outlives_its_estimator(engine, solver, scoring):
    settings = {"solver": solver}
    if solver == "adam":
        settings |= {"early_stopping": True, "scoring": scoring}
    fitted = classifier(engine, **settings).fit(X, labels)
    model = classifier(engine, **settings)
    planned, freed = plan_fit(model, read_problem(model, X, labels)), weakref.ref(model)
    del model
    gc.collect()
    assert freed() is None
    assert same(carry_out(planned), fitted)


def test_trainers_take_turns_on_one_table(engine):
    trainers = [Trainer(plan(classifier(engine, seed))) for seed in range(3)]
    assert all(np.shares_memory(trainer.plan.data.X, X) for trainer in trainers)
    for trainer in trainers:
        trainer.begin()
    while any(trainer.stop_reason is None for trainer in trainers):
        for trainer in trainers:
            trainer.accept(trainer.next_epoch())
    for seed, trainer in enumerate(trainers):
        assert same(trainer.finish(), classifier(engine, seed).fit(X, labels))


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix])
def test_many_trainers_in_threads_have_the_bits_of_one_after_the_other(engine, form):
    table, settings = form(X), {"dropout": 0.2, "early_stopping": True}
    plans = [plan(classifier(engine, seed, **settings), table) for seed in range(8)]
    values = table.data if sparse.issparse(table) else table
    before = values.copy()
    for planned in plans:
        held = planned.data.X
        assert np.shares_memory(held.data if sparse.issparse(held) else held, values)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda planned: Trainer(planned).run(), plans))
    assert np.array_equal(values, before)
    for seed, result in enumerate(results):
        assert same(result, classifier(engine, seed, **settings).fit(table, labels))


def test_whoever_drives_a_trainer_may_end_it(engine):
    model = MLPRegressor(hidden_layer_sizes=(6,), engine=engine, random_state=0)
    planned = plan_epochs(model, read_problem(model, X, X[:, 0]))
    trainer = Trainer(planned)
    trainer.begin()
    while trainer.stop_reason is None:
        trainer.accept(trainer.next_epoch())
        if trainer.n_iter == 2:
            trainer.stop_reason = "halved"
    result = trainer.finish()
    store(model, planned, result)
    assert (result.stop_reason, model.n_iter_, len(model.loss_curve_)) == ("halved", 2, 2)
    twin = MLPRegressor(hidden_layer_sizes=(6,), engine=engine, random_state=0, max_iter=2)
    assert np.array_equal(model.predict(X), twin.fit(X, X[:, 0]).predict(X))


def test_an_epoch_that_is_not_accepted_is_in_no_curve(engine):
    trainer = Trainer(plan(classifier(engine, solver="sgd")))
    trainer.begin()
    epoch = trainer.next_epoch(np.arange(32), 0.1)
    assert np.isfinite(epoch.loss)
    assert epoch.learning_rate == 0.1
    assert trainer.n_iter == 0
    assert trainer.state.progress.n_steps == 1
    assert trainer.finish().curves.losses == []
