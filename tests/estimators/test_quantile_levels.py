"""Several quantile levels in scikit-learn's tools: transformed targets, scores and searches."""

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.metrics import d2_pinball_score
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer, StandardScaler

from lightmlp import MLPRegressor, losses

rng = np.random.RandomState(0)
X = rng.normal(size=(80, 3))
y = np.exp(X[:, 0] + 0.3 * rng.normal(size=80))
TARGETS = {"one": y, "two": np.stack([y, 5 + 2 * y], axis=1)}
LEVELS = (0.1, 0.5, 0.9)
QUANTILES = losses.Quantile(LEVELS)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def make(loss=QUANTILES, **parameters):
    model = MLPRegressor(loss, (8,), solver="lbfgs", max_iter=100, random_state=0)
    return model.set_params(**parameters)


@pytest.mark.parametrize("n_outputs", TARGETS)
def test_a_level_alone_is_its_part_of_the_prediction(n_outputs, engine):
    model = make(engine=engine).fit(X, TARGETS[n_outputs])
    together = model.predict(X)
    for k, level in enumerate(LEVELS):
        alone = model.predict(X, level=level)
        assert alone.shape == TARGETS[n_outputs].shape
        np.testing.assert_array_equal(alone, together[..., k])


@pytest.mark.parametrize("n_outputs", TARGETS)
def test_a_single_level_may_be_named(n_outputs):
    model = make(losses.Quantile(0.3)).fit(X, TARGETS[n_outputs])
    np.testing.assert_array_equal(model.predict(X, level=0.3), model.predict(X))


@pytest.mark.parametrize("level", [0.3, 0, "median", [0.1]])
def test_a_level_that_was_not_fitted_is_named(level):
    model = make().fit(X, y)
    with pytest.raises(ValueError, match=r"level=.* must be one of .* \[0.1, 0.5, 0.9\]"):
        model.predict(X, level=level)
    with pytest.raises(ValueError, match=r"level=0\.5 must be one of the quantile levels"):
        make("squared_error").fit(X, y).predict(X, level=0.5)


@pytest.mark.parametrize("n_outputs", TARGETS)
@pytest.mark.parametrize("transformer", [StandardScaler(), PowerTransformer("box-cox")])
def test_every_transformer_takes_a_level_back(n_outputs, transformer, engine):
    targets = TARGETS[n_outputs]
    regressor = make_pipeline(StandardScaler(), make(engine=engine))
    model = TransformedTargetRegressor(regressor, transformer=transformer).fit(X, targets)
    inner = model.regressor_.predict(X)
    for k, level in enumerate(LEVELS):
        expected = model.transformer_.inverse_transform(inner[..., k].reshape(80, -1))
        np.testing.assert_array_equal(
            model.predict(X, level=level), expected.reshape(targets.shape)
        )


def test_one_scaled_target_takes_all_levels_back():
    model = TransformedTargetRegressor(make(), func=np.log, inverse_func=np.exp).fit(X, y)
    predicted = model.predict(X)
    assert predicted.shape == (80, 3)
    for k, level in enumerate(LEVELS):
        np.testing.assert_allclose(predicted[:, k], model.predict(X, level=level))


@pytest.mark.parametrize("n_outputs", TARGETS)
def test_the_scorer_is_the_mean_explained_pinball_loss(n_outputs):
    targets, weights = TARGETS[n_outputs], np.arange(80) % 3 + 0.5
    model = make().fit(X, targets)
    assert QUANTILES.score(model, X, targets, weights) == model.score(X, targets, weights)
    scaled = TransformedTargetRegressor(make(), transformer=StandardScaler()).fit(X, targets)
    expected = [
        d2_pinball_score(targets, scaled.predict(X, level=level), alpha=level)
        for level in LEVELS
    ]
    assert QUANTILES.score(scaled, X, targets) == pytest.approx(np.mean(expected))


@pytest.mark.parametrize("n_outputs", TARGETS)
def test_searches_score_all_levels(n_outputs):
    targets = TARGETS[n_outputs]
    assert cross_val_predict(make(), X, targets).shape == (*targets.shape, 3)
    plain = cross_val_score(make(), X, targets, error_score="raise")
    named = cross_val_score(make(), X, targets, scoring=QUANTILES.score, error_score="raise")
    np.testing.assert_array_equal(plain, named)
    model = TransformedTargetRegressor(make(), transformer=StandardScaler())
    grid = {"regressor__alpha": [0.1, 1.0]}
    search = GridSearchCV(model, grid, scoring=QUANTILES.score, error_score="raise", cv=3)
    assert np.isfinite(search.fit(X, targets).cv_results_["mean_test_score"]).all()


def test_early_stopping_takes_the_scorer():
    parameters = {"solver": "adam", "early_stopping": True, "max_iter": 20}
    plain = make(**parameters).fit(X, y)
    named = make(scoring=QUANTILES.score, restore_best_weights=True, **parameters).fit(X, y)
    np.testing.assert_allclose(named.validation_scores_, plain.validation_scores_)
    with pytest.raises(ValueError, match=r"scoring='r2' cannot score .* scoring='loss'"):
        make(scoring="r2", **parameters).fit(X, y)
