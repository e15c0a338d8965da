"""``scale_target=True``: training in standard units, predictions in the unit of y."""

import pickle
import warnings

import numpy as np
import pytest
import sklearn.neural_network
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from lightmlp import MLPRegressor, augmentations, callbacks, find_learning_rate, losses

rng = np.random.RandomState(0)
X = rng.normal(size=(80, 4))
y = 3000 + 500 * (X[:, 0] - X[:, 1] ** 2)
two = np.column_stack([y, 1e-3 * X[:, 2]])

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def model(engine="auto", **parameters):
    chosen = {"hidden_layer_sizes": (6,), "max_iter": 30, "random_state": 0} | parameters
    return MLPRegressor(engine=engine, scale_target=True, **chosen)


def outside(estimator):
    """Scale outside of the same regressor, as scikit-learn's users do."""
    plain = clone(estimator).set_params(scale_target=False)
    return TransformedTargetRegressor(plain, transformer=StandardScaler())


@pytest.mark.parametrize("targets", [y, two], ids=["one", "two"])
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"early_stopping": True},
        {"solver": "lbfgs"},
        {"solver": "sgd", "loss": "huber"},
        {"loss": "absolute_error", "normalization": "batch", "dropout": 0.1},
        {"loss": losses.Quantile(0.8)},
        {"loss": "log_cosh", "augmentation": "mixup"},
    ],
    ids=str,
)
def test_the_same_as_scaling_outside(engine, parameters, targets):
    inside = model(engine, **parameters).fit(X, targets)
    wrapped = outside(inside).fit(X, targets)
    np.testing.assert_allclose(inside.predict(X), wrapped.predict(X), rtol=1e-9)
    assert inside.score(X, targets) == pytest.approx(wrapped.score(X, targets), abs=1e-9)
    assert inside.loss_ == pytest.approx(wrapped.regressor_.loss_, rel=1e-9)


def test_learns_where_the_default_does_not():
    """As house prices: of the mean nothing is learned in some hundred steps."""
    settings = {"max_iter": 200, "learning_rate_init": 0.01}
    assert model(**settings).fit(X, y).score(X, y) > 0.9
    assert model(**settings).set_params(scale_target=False).fit(X, y).score(X, y) < 0


def test_attributes_tell_mean_and_deviation(engine):
    fitted = model(engine).fit(X, two)
    np.testing.assert_allclose(fitted.target_mean_, two.mean(axis=0))
    np.testing.assert_allclose(fitted.target_scale_, two.std(axis=0))
    fitted.set_params(scale_target=False).fit(X, two)
    assert fitted.target_mean_ is None
    assert fitted.target_scale_ is None


def test_weights_count_as_repetitions():
    weights = np.arange(80) % 3
    weighted = model(solver="lbfgs").fit(X, two, weights)
    repeated = model(solver="lbfgs").fit(X.repeat(weights, axis=0), two.repeat(weights, axis=0))
    np.testing.assert_allclose(weighted.target_mean_, repeated.target_mean_)
    np.testing.assert_allclose(weighted.target_scale_, repeated.target_scale_)


def test_a_row_without_weight_does_not_count():
    far = np.append(y, 1e300)
    fitted = model().fit(np.vstack([X, X[:1]]), far, np.append(np.ones(80), 0))
    np.testing.assert_array_equal(fitted.target_scale_, model().fit(X, y).target_scale_)


@pytest.mark.parametrize("constant", [0.0, 0.1, 7.0, -1e30])
def test_a_constant_is_not_divided(constant):
    fitted = model().fit(X, np.full(80, constant))
    assert fitted.target_scale_.tolist() == [1.0]
    assert fitted.target_mean_ == pytest.approx([constant])


@pytest.mark.parametrize("unit", [1e-200, 1e30, 1e300])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_any_unit_will_do(engine, unit, dtype):
    """Sums of squares would overflow, and float32 cannot hold the unit itself."""
    base = model(engine, solver="sgd").fit(X.astype(dtype), X[:, 0])
    fitted = model(engine, solver="sgd").fit(X.astype(dtype), unit * X[:, 0])
    predicted = fitted.predict(X.astype(dtype))
    if unit > 1:
        np.testing.assert_allclose(predicted / unit, base.predict(X), rtol=1e-3, atol=1e-5)
    assert predicted.dtype == ("float64" if unit == 1e300 else dtype)


def test_the_whole_range_of_float64():
    ends = np.array([1e308, -1e308])  # whose difference overflows
    predicted = model(solver="lbfgs").fit(X[:2], ends).predict(X[:2])
    np.testing.assert_allclose(predicted, ends, rtol=0.1)


def test_a_deviation_below_float32_of_the_mean(engine):
    """Targets are scaled in their own type before they become float32."""
    far = 1e9 + X[:, 0]
    fitted = model(engine, max_iter=300, learning_rate_init=0.01).fit(X.astype("float32"), far)
    standard = fitted.predict(X) - 1e9  # float64 rows, which are predicted in float64
    assert r2_score(X[:, 0], standard) > 0.9


@pytest.mark.parametrize(
    "loss", ["poisson", "gamma", "tweedie", losses.Tweedie(power=1), losses.Gamma()], ids=str
)
def test_losses_of_positive_targets_say_what_to_do(loss):
    with pytest.raises(ValueError, match=r"scale_target=True is incompatible .*Set scale_t"):
        model(loss=loss).fit(X, y**2)


def test_several_quantiles_in_the_unit_of_y(engine):
    levels = losses.Quantile((0.1, 0.5, 0.9))
    settings = {"loss": levels, "max_iter": 400, "learning_rate_init": 0.01}
    one = model(engine, **settings).fit(X, y).predict(X)
    assert (np.diff(one, axis=1) >= 0).all()
    assert 0.02 < (y < one[:, 0]).mean() < 0.25
    assert 0.02 < (y > one[:, 2]).mean() < 0.25
    assert model(engine, loss=levels).fit(X, two).predict(X).shape == (80, 2, 3)


def test_scores_and_losses_of_rows_held_out(engine):
    rows = {"X_val": X[60:], "y_val": y[60:]}
    fitted = model(engine).fit(X[:60], y[:60], **rows)
    assert fitted.validation_scores_[-1] == pytest.approx(fitted.score(X[60:], y[60:]))
    standard = (y[60:] - y[:60].mean()) / y[:60].std()
    predicted = (fitted.predict(X[60:]) - y[:60].mean()) / y[:60].std()
    assert fitted.validation_loss_curve_[-1] == pytest.approx(
        np.mean((standard - predicted) ** 2) / 2
    )


def test_scorers_see_the_unit_of_y(engine):
    fitted = model(engine, scoring="neg_mean_absolute_error")
    fitted.fit(X[:60], y[:60], X_val=X[60:], y_val=y[60:])
    error = mean_absolute_error(y[60:], fitted.predict(X[60:]))
    assert fitted.validation_scores_[-1] == pytest.approx(-error)


def test_a_split_scales_by_all_rows_of_the_fit():
    split = [(np.arange(60), np.arange(60, 80))]
    fitted = model(validation_split=split).fit(X, y)
    assert fitted.target_mean_ == pytest.approx([y.mean()])


def test_callbacks_see_a_model_that_predicts_in_the_unit_of_y(engine):
    class Watch(callbacks.Callback):
        def on_epoch_end(self, state):
            self.predicted = state.model.predict(X)

    watch = Watch()
    fitted = model(engine, callbacks=[watch]).fit(X, y)
    np.testing.assert_array_equal(watch.predicted, fitted.predict(X))


def test_loss_and_gradients_are_those_of_standard_units(engine):
    fitted = model(engine, batch_size="full", learning_rate_init=1e-9).fit(X, two)
    loss, coef_gradients, _ = fitted.loss_and_gradients(X, two)
    assert loss == pytest.approx(fitted.loss_, rel=1e-5)
    plain = clone(fitted).set_params(scale_target=False)
    plain.fit(X, StandardScaler().fit_transform(two))
    expected = plain.loss_and_gradients(X, StandardScaler().fit_transform(two))[1]
    for one, other in zip(coef_gradients, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9)


def test_edited_parameters_predict_in_the_unit_of_y(engine):
    fitted = model(engine).fit(X, two)
    fitted.coefs_[-1][:] = 0
    fitted.intercepts_[-1][:] = [0, 2]
    expected = two.mean(axis=0) + [0, 2] * two.std(axis=0)
    np.testing.assert_allclose(fitted.predict(X[:1]), [expected])
    fitted.target_mean_, fitted.target_scale_ = [1.0, 2.0], [3.0, 4.0]
    np.testing.assert_allclose(fitted.predict(X[:1]), [[1, 10]])
    fitted.target_mean_ = [1.0]
    with pytest.raises(ValueError, match="one entry a target each"):
        fitted.predict(X)
    fitted.target_mean_ = fitted.target_scale_ = [1.0, 2.0, 3.0]
    with pytest.raises(ValueError, match=r"got 3 for 2 output\(s\)"):
        fitted.predict(X)


class TestGoingOn:
    """What was learned of the unit stays, as the parameters do that rely on it."""

    def test_partial_fit_keeps_the_unit_of_its_first_call(self, engine):
        stream = model(engine).partial_fit(X[:40], y[:40])
        stream.partial_fit(X[40:], y[40:] + 1000)
        assert stream.target_mean_ == pytest.approx([y[:40].mean()])
        assert stream.target_scale_ == pytest.approx([y[:40].std()])
        for _ in range(300):
            stream.partial_fit(X, y)
        assert stream.score(X, y) > 0.5

    def test_fit_and_partial_fit(self, engine):
        fitted = model(engine).fit(X, y)
        before = fitted.score(X, y)
        for _ in range(50):
            fitted.partial_fit(X, y)
        assert fitted.score(X, y) > before

    def test_warm_start_keeps_it_and_a_new_fit_does_not(self):
        warm = model(warm_start=True).fit(X, y).fit(X, y + 1e6)
        assert warm.target_mean_ == pytest.approx([y.mean()])
        assert warm.set_params(warm_start=False).fit(X, y + 1e6).target_mean_[0] > 1e6

    @pytest.mark.parametrize("then", [False, True])
    def test_a_changed_parameter_is_refused(self, then):
        fitted = model(warm_start=True).set_params(scale_target=not then).fit(X, y)
        fitted.set_params(scale_target=then)
        wanted = f"scale_target={then} differs from the {not then} of the fit before"
        for go_on in (fitted.fit, fitted.partial_fit):
            with pytest.raises(ValueError, match=wanted):
                go_on(X, y)
        expected = fitted.predict(X)  # by what was fitted
        np.testing.assert_array_equal(
            expected, fitted.set_params(scale_target=not then).predict(X)
        )

    def test_other_outputs_are_refused(self):
        fitted = model(warm_start=True).fit(X, two)
        for targets in (y, np.column_stack([two, y])):
            with pytest.raises(ValueError, match=r"output\(s\), expected 2"):
                fitted.partial_fit(X, targets)

    def test_a_stream_that_begins_with_a_constant_is_warned(self):
        with pytest.warns(UserWarning, match=r"all targets of this call are 5: the scale is 1"):
            stream = model().partial_fit(X[:1], [5.0])
        stream.partial_fit(X, y)
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            warnings.simplefilter("ignore", ConvergenceWarning)
            model().fit(X, np.full(80, 5.0))

    def test_a_checkpoint_belongs_to_its_unit(self, tmp_path, engine):
        path = tmp_path / "fit.ckpt"
        settings = {"callbacks": [callbacks.Checkpoint(path)], "early_stopping": True}
        whole = model(engine, **settings, max_iter=6).fit(X, y)
        model(engine, **settings, max_iter=3).fit(X, y)
        resumed = model(engine, **settings, max_iter=6).fit(X, y, resume_from=path)
        np.testing.assert_array_equal(resumed.predict(X), whole.predict(X))
        np.testing.assert_array_equal(resumed.target_scale_, whole.target_scale_)
        assert resumed.loss_curve_ == whole.loss_curve_
        # A power of two leaves the targets in standard units as they were.
        with pytest.raises(ValueError, match="the mean and deviation of y is"):
            model(engine, **settings, max_iter=6).fit(X, 2 * y, resume_from=path)

    def test_a_pickle_goes_on(self, engine):
        stream = model(engine).partial_fit(X, y)
        again = pickle.loads(pickle.dumps(stream)).partial_fit(X, y)
        np.testing.assert_array_equal(again.predict(X), stream.partial_fit(X, y).predict(X))


class TestTransfer:
    """``init_from`` takes over what the source predicts, in whichever units."""

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    @pytest.mark.parametrize("scaled", [(True, True), (True, False), (False, True)])
    def test_predictions_are_taken_over(self, engine, scaled, dtype):
        source = model(engine).set_params(scale_target=scaled[0]).fit(X.astype(dtype), two)
        still = {"learning_rate_init": 1e-30, "max_iter": 1, "solver": "sgd"}
        taken = model(engine, **still).set_params(scale_target=scaled[1])
        taken.fit(X.astype(dtype), 3 * two + 100, init_from=source)
        assert taken.coefs_[0].dtype == dtype
        expected = source.predict(X)
        tolerance = {"rtol": 1e-4 if dtype == "float32" else 1e-9, "atol": 1e-3 * two.std()}
        np.testing.assert_allclose(taken.predict(X)[:, 0], expected[:, 0], **tolerance)
        deviation = two[:, 1].std()
        np.testing.assert_allclose(
            taken.predict(X)[:, 1] / deviation, expected[:, 1] / deviation, rtol=0.02, atol=0.02
        )

    def test_several_quantiles_are_taken_in_the_same_unit_only(self, engine):
        levels = {"loss": losses.Quantile((0.2, 0.8))}
        source = model(engine, **levels).fit(X, y)
        still = levels | {"learning_rate_init": 1e-30, "max_iter": 1, "solver": "sgd"}
        same = model(engine, **still).fit(X, y, init_from=source)
        np.testing.assert_allclose(same.predict(X), source.predict(X))
        with pytest.warns(UserWarning, match="several quantile levels in other units of y"):
            other = model(engine, **still).fit(X, 2 * y, init_from=source)
        np.testing.assert_array_equal(other.coefs_[0], source.coefs_[0])

    def test_a_source_of_scikit_learn(self):
        source = sklearn.neural_network.MLPRegressor(hidden_layer_sizes=(6,), random_state=0)
        source.fit(X, y)
        still = {"learning_rate_init": 1e-30, "max_iter": 1, "solver": "sgd"}
        taken = model(**still).fit(X, y, init_from=source)
        np.testing.assert_allclose(taken.predict(X), source.predict(X))


def test_a_function_that_augments_sees_standard_units():
    seen = []

    def look(rows, targets, random_state):
        seen.append(targets.copy())
        return rows, targets

    model(augmentation=augmentations.Function(look), max_iter=1).fit(X, y)
    assert abs(np.concatenate(seen).mean()) < 1e-9


def test_find_learning_rate_and_searches():
    found = find_learning_rate(model(), X, y)
    outer = find_learning_rate(
        model().set_params(scale_target=False), X, (y - y.mean()) / y.std()
    )
    np.testing.assert_allclose(found.losses, outer.losses, rtol=1e-9)
    search = GridSearchCV(
        model(max_iter=200, learning_rate_init=0.01), {"scale_target": [False, True]}, cv=2
    )
    assert search.fit(X, y).best_params_ == {"scale_target": True}


def test_sparse_rows_and_integer_targets(engine):
    rows = sparse.csr_matrix(np.where(X > 0, X, 0))
    counts = np.arange(80) * 1000
    fitted = model(engine).fit(rows, counts)
    assert fitted.target_mean_ == pytest.approx([counts.mean()])
    assert fitted.predict(rows).min() > -1e5


@pytest.mark.filterwarnings("default")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_scikit_learns_checks():
    check_estimator(MLPRegressor(max_iter=20, scale_target=True), on_skip=None)
