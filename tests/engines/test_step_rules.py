"""A run with dropout, normalisation and the rules around a step."""

import numpy as np
import pytest

from lightmlp.engines import OptimizerState, StepRules, TrainingData, get_engine
from lightmlp.network import Parameters, batch_statistics
from lightmlp.training.optimizers import OPTIMIZERS, SGD, AdamW, Lion, Muon

SEED = 12345
plain = SGD(momentum=0.0, nesterov=False)
optimizers = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)


def start(engine, problem, rules=None, optimizer=plain, state=None, batch_size=33):
    return get_engine(engine).start_training(
        *problem.parameters,
        problem.data,
        optimizer,
        state,
        batch_size=batch_size,
        rules=rules or StepRules(),
        seed=SEED,
    )


def train(engine, problem, rules=None, optimizer=plain, rate=0.5, n_epochs=1, batch_size=33):
    training = start(engine, problem, rules, optimizer, batch_size=batch_size)
    for _ in range(n_epochs):
        training.train_epoch(np.arange(33), rate)
    return training


def flat(parameters):
    return parameters.flatten()


def trained(parameters):
    """Return those that have a gradient, in one vector."""
    specs = parameters.specs
    return np.concatenate([a.ravel() for name, a in parameters.items() if specs[name].trained])


def changes(problem, training):
    """Return how the run has changed the parameters."""
    difference = flat(training.parameters()) - flat(problem.values)
    return Parameters.of_buffer(problem.network.parameters, difference)


@pytest.mark.parametrize("normalization", [None, "batch", "layer"])
@pytest.mark.parametrize("csr", [False, True])
def test_a_step_goes_down_the_gradient_of_its_own_number(
    make_regularized, engine, normalization, csr
):
    problem = make_regularized(
        normalization=normalization, dropout=0.4, input_dropout=0.2, l1=0.1, csr=csr
    )
    state = OptimizerState(4, [Parameters.zeros(problem.network.parameters, np.float64)])
    training = start(engine, problem, state=state)
    loss, gradients = get_engine(engine).loss_and_gradients(
        *problem.parameters, problem.data, step=5, seed=SEED
    )
    assert training.train_epoch(np.arange(33), 0.5) == pytest.approx(loss, rel=1e-12)
    np.testing.assert_allclose(
        trained(changes(problem, training)), -0.5 * trained(gradients), rtol=1e-9, atol=1e-14
    )
    assert training.optimizer_state().n_steps == 5


@pytest.mark.parametrize("weighted", [False, True])
def test_running_statistics_follow_the_batches(make_regularized, engine, weighted):
    problem = make_regularized(normalization="batch", weighted=weighted)
    training = train(engine, problem, rate=0.0)
    mean, variance = batch_statistics(
        problem.data.X @ problem.coefs[0], problem.data.sample_weight
    )
    before, after = (some.of_layer(1) for some in (problem.values, training.parameters()))
    for name, of_batch in {"running_mean": mean, "running_variance": variance}.items():
        expected = 0.9 * before[name] + 0.1 * of_batch
        np.testing.assert_allclose(after[name], expected, rtol=1e-12)
    for name in ("shift", "scale"):
        assert np.array_equal(after[name], before[name])


@optimizers
def test_no_optimiser_moves_running_statistics(make_regularized, engine, optimizer):
    one_row = make_regularized(normalization="batch", n_rows=33)
    training = start(engine, one_row, optimizer=optimizer(), batch_size=1)
    training.train_epoch(np.arange(33), 0.1)  # batches of one row leave them as well
    for name, after in training.parameters().items():
        if one_row.network.parameters[name].trained:
            assert (one_row.values[name] != after).all()
        else:
            assert np.array_equal(one_row.values[name], after)
    for slot in training.optimizer_state().slots:
        assert not any(array.any() for array in slot.of_role("statistic"))


def test_a_last_batch_of_one_row_is_trained_by_running_statistics(make_regularized, engine):
    problem = make_regularized(normalization="batch")
    whole = train(engine, problem, batch_size=32)
    parted = start(engine, problem, batch_size=32)
    parted.train_epoch(np.arange(32), 0.5)
    between = parted.parameters()
    loss, gradients = get_engine(engine).loss_and_gradients(
        problem.network,
        between,
        TrainingData(problem.data.X[32:], problem.data.targets[32:]),
    )
    assert np.isfinite(loss)
    # Running statistics have no gradient, and stay.
    expected = flat(between) - 0.5 * flat(gradients)
    np.testing.assert_allclose(flat(whole.parameters()), expected, rtol=1e-11)


class TestClipping:
    @pytest.mark.parametrize("normalization", [None, "batch", "layer"])
    def test_a_long_gradient_is_scaled_to_the_norm(
        self, make_regularized, engine, normalization
    ):
        problem = make_regularized(normalization=normalization, l1=0.2)
        free = changes(problem, train(engine, problem, rate=1.0))
        clipped = changes(problem, train(engine, problem, StepRules(clip_norm=1e-3), rate=1.0))
        steps = [trained(free), trained(clipped)]
        assert np.linalg.norm(steps[1]) == pytest.approx(1e-3, rel=1e-9)
        np.testing.assert_allclose(
            steps[1] / 1e-3, steps[0] / np.linalg.norm(steps[0]), rtol=1e-6, atol=1e-9
        )

    def test_a_short_gradient_stays(self, make_regularized, engine):
        problem = make_regularized()
        free, limited = (train(engine, problem, rules) for rules in (None, StepRules(1e3, 1e3)))
        assert np.array_equal(flat(free.parameters()), flat(limited.parameters()))

    def test_values_are_cut_before_the_norm_is_taken(self, make_regularized, engine):
        problem = make_regularized("squared_error")
        problem.data.targets[:] *= 100
        free = -flat(changes(problem, train(engine, problem, rate=1.0)))
        cut = np.clip(free, -0.01, 0.01)
        by_value = -flat(changes(problem, train(engine, problem, StepRules(0.01), rate=1.0)))
        np.testing.assert_allclose(by_value, cut, rtol=1e-9, atol=1e-14)
        rules = StepRules(clip_value=0.01, clip_norm=0.02)
        both = -flat(changes(problem, train(engine, problem, rules, rate=1.0)))
        np.testing.assert_allclose(
            both, cut * 0.02 / np.linalg.norm(cut), rtol=1e-8, atol=1e-14
        )

    def test_frozen_layers_do_not_count(self, make_regularized, engine):
        problem = make_regularized()
        rules = StepRules(clip_norm=1e-3, n_frozen=2)
        step = flat(changes(problem, train(engine, problem, rules, rate=1.0)))
        assert np.linalg.norm(step) == pytest.approx(1e-3, rel=1e-9)


class TestWeightDecay:
    def test_without_a_gradient_weights_shrink_geometrically(self, make_regularized, engine):
        problem = make_regularized("squared_error", "relu", alpha=0.0)
        for W in problem.coefs:
            W[:] = -np.abs(W)  # with negative biases all units are dead: zero gradients
        for b in problem.intercepts[:-1]:
            b[:] = -1e6
        problem.intercepts[-1][:] = problem.data.targets[0]
        problem.data.targets[:] = problem.data.targets[0]
        rules = StepRules(weight_decay=0.1, layer_rates=(1.0, 0.5, 0.0))
        training = train(engine, problem, rules, rate=0.3, n_epochs=5)
        parameters = training.parameters()
        weights = parameters.of_role("weight")
        for W, before, rate in zip(weights, problem.coefs, (0.3, 0.15, 0.0), strict=True):
            np.testing.assert_allclose(W, before * (1 - rate * 0.1) ** 5, rtol=1e-13)
        assert all(map(np.array_equal, parameters.of_role("bias"), problem.intercepts))

    @pytest.mark.parametrize("optimizer", [AdamW, Lion, Muon])
    def test_it_takes_the_place_of_the_optimisers_own(
        self, make_regularized, engine, optimizer
    ):
        problem = make_regularized()
        own = train(engine, problem, None, optimizer(weight_decay=0.2), 0.05, 3, 8)
        rules = StepRules(weight_decay=0.2)
        given = train(engine, problem, rules, optimizer(weight_decay=0.9), 0.05, 3, 8)
        assert np.allclose(flat(own.parameters()), flat(given.parameters()), rtol=1e-12)
        none = train(engine, problem, StepRules(weight_decay=0.0), optimizer(), 0.05, 3, 8)
        assert not np.allclose(flat(own.parameters()), flat(none.parameters()))


class TestMaxNorm:
    @optimizers
    def test_no_unit_has_longer_weights(self, make_regularized, engine, optimizer):
        problem = make_regularized(normalization="layer")
        rules = StepRules(max_norm=0.4, n_frozen=1)
        training = train(engine, problem, rules, optimizer(), 0.1, 3, 8)
        frozen, *others = training.parameters().of_role("weight")
        assert np.array_equal(frozen, problem.coefs[0])
        norms = [np.linalg.norm(W, axis=0) for W in others]
        assert max(map(np.max, norms)) <= 0.4 * (1 + 1e-12)

    def test_long_ones_are_scaled_and_shorter_ones_stay(self, make_regularized, engine):
        problem = make_regularized()
        limit = np.median(np.linalg.norm(problem.coefs[0], axis=0))
        training = train(engine, problem, StepRules(max_norm=limit), rate=0.0)
        for W, before in zip(
            training.parameters().of_role("weight"), problem.coefs, strict=True
        ):
            norms = np.linalg.norm(before, axis=0)
            expected = before * np.minimum(1, limit / norms)
            np.testing.assert_allclose(W, expected, rtol=1e-13)
            assert np.array_equal(W[:, norms <= limit], before[:, norms <= limit])


class TestLayers:
    @optimizers
    @pytest.mark.parametrize("normalization", [None, "batch", "layer"])
    def test_frozen_layers_keep_every_bit(
        self, make_regularized, engine, optimizer, normalization
    ):
        problem = make_regularized(normalization=normalization, dropout=0.3)
        rules = StepRules(n_frozen=2, weight_decay=0.1, max_norm=0.1, clip_norm=0.5)
        training = train(engine, problem, rules, optimizer(), 0.1, 2, 8)
        depths = problem.network.depths
        for name, after in training.parameters().items():
            assert np.array_equal(problem.values[name], after) == (depths[name] < 2)
        for slot in training.optimizer_state().slots:
            assert not any(slot[name].any() for name in slot if depths[name] < 2)

    def test_the_rest_trains_as_if_the_frozen_part_made_the_rows(
        self, make_regularized, engine
    ):
        problem = make_regularized(normalization="batch")
        frozen = train(engine, problem, StepRules(n_frozen=2), batch_size=8)
        rows = get_engine(engine).hidden_activations(*problem.parameters, problem.data.X)[-1]
        head = make_regularized(widths=(3, 2))
        head.coefs[0][:], head.intercepts[0][:] = problem.coefs[-1], problem.intercepts[-1]
        training = get_engine(engine).start_training(
            *head.parameters,
            TrainingData(rows, problem.data.targets),
            plain,
            None,
            batch_size=8,
        )
        training.train_epoch(np.arange(33), 0.5)
        np.testing.assert_allclose(
            frozen.parameters().of_role("weight")[-1],
            training.parameters().of_role("weight")[0],
            rtol=1e-10,
        )

    @optimizers
    def test_a_rate_of_zero_keeps_every_bit_of_what_is_learned(
        self, make_regularized, engine, optimizer
    ):
        problem = make_regularized(normalization="batch")
        rules = StepRules(layer_rates=(0.0, 1.0, 0.0), weight_decay=0.1)
        training = train(engine, problem, rules, optimizer(), 0.1, 2, 8)
        for name, after in training.parameters().items():
            before, spec = problem.values[name], problem.network.parameters[name]
            if spec.trained and problem.network.depths[name] != 1:
                assert np.array_equal(after, before)
            else:
                assert (after != before).all()

    def test_factors_scale_the_step_of_their_layer(self, make_regularized, engine):
        problem = make_regularized()
        factors = (0.5, 2.0, 0.25)
        one = changes(problem, train(engine, problem))
        scaled = changes(problem, train(engine, problem, StepRules(layer_rates=factors)))
        for name, change in scaled.items():
            factor = factors[problem.network.depths[name]]
            np.testing.assert_allclose(change, factor * one[name], rtol=1e-9, atol=1e-15)


def test_a_run_goes_on_with_other_rows(make_regularized, engine):
    settings = {"normalization": "batch", "dropout": 0.3}
    problem, other = (make_regularized(**settings, n_rows=n, seed=n) for n in (33, 20))
    other.data.X[:] += 1
    moved = start(engine, problem, batch_size=8, optimizer=SGD())
    moved.train_epoch(np.arange(33), 0.1)
    begun = get_engine(engine).start_training(
        problem.network,
        moved.parameters(),
        other.data,
        SGD(),
        moved.optimizer_state(),
        batch_size=7,
        seed=SEED,
    )
    moved.set_data(other.data, 7)
    for training in (moved, begun):
        training.train_epoch(np.arange(20), 0.1)
    assert np.array_equal(flat(moved.parameters()), flat(begun.parameters()))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_stays(make_regularized, engine, dtype):
    problem = make_regularized(
        normalization="batch", dropout=0.2, input_dropout=0.2, l1=0.1, dtype=dtype
    )
    rules = StepRules(1.0, 1.0, 0.1, 1.0, 0, (1.0, 0.5, 0.1))
    training = train(engine, problem, rules, AdamW(), 0.01, 2, 8)
    assert {array.dtype for array in training.parameters().values()} == {np.dtype(dtype)}
    assert np.isfinite(flat(training.parameters())).all()
