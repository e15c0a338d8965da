"""What a fitted model does depends on what was fitted, and on what users may edit."""

import numpy as np
import pytest
import sklearn.neural_network
from scipy.special import expit, softmax

from lightmlp import MLPClassifier, MLPRegressor, losses

rng = np.random.RandomState(0)
X = rng.normal(size=(40, 4))
targets = {
    "binary": (X[:, 0] > 0).astype(int),
    "multiclass": np.arange(40) % 3,
    "multilabel": np.column_stack([X[:, 0] > 0, X[:, 1] > 0, X[:, 2] > 0.5]).astype(int),
}
kinds = pytest.mark.parametrize("kind", targets)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def classifier(engine, kind="binary", **settings):
    model = MLPClassifier((5,), max_iter=3, random_state=0, **settings)
    return model.set_params(engine=engine).fit(X, targets[kind])


def regressor(engine, **settings):
    model = MLPRegressor(hidden_layer_sizes=(5,), max_iter=3, random_state=0, **settings)
    return model.set_params(engine=engine).fit(X, 1 + np.abs(X[:, 0]))


class TestOutputActivation:
    @pytest.mark.parametrize("name", ["identity", "logistic", "tanh", "relu", "exp", "softmax"])
    @kinds
    def test_a_classifier_does_as_that_of_sklearn(self, engine, kind, name):
        theirs = sklearn.neural_network.MLPClassifier((5,), max_iter=3, random_state=0)
        theirs.fit(X, targets[kind]).out_activation_ = name
        ours = classifier(engine, kind)
        ours.out_activation_ = name
        np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-6)
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
        assert ours.score(X, targets[kind]) == theirs.score(X, targets[kind])

    @pytest.mark.parametrize("name", ["identity", "logistic", "tanh", "relu", "exp"])
    def test_a_regressor_does_as_that_of_sklearn(self, engine, name):
        settings = {"hidden_layer_sizes": (5,), "max_iter": 3, "random_state": 0}
        theirs = sklearn.neural_network.MLPRegressor(**settings).fit(X, 1 + np.abs(X[:, 0]))
        ours = regressor(engine)
        theirs.out_activation_ = ours.out_activation_ = name
        np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-6)

    def test_groups_of_columns_have_a_softmax_each(self, engine):
        y = np.column_stack([np.arange(40) % 2, np.arange(40) % 3])
        model = MLPClassifier((5,), loss="hinge", max_iter=3, random_state=0, engine=engine)
        model.fit(X, y).out_activation_ = "softmax"
        scores = model.decision_function(X)
        for part, probabilities in zip(scores, model.predict_proba(X), strict=True):
            np.testing.assert_allclose(probabilities, softmax(part, axis=1), rtol=1e-6)

    def test_hinge_scores_are_cut_at_zero_and_probabilities_at_half(self, engine):
        model = classifier(engine, loss="hinge")
        by_scores = model.predict(X)
        np.testing.assert_array_equal(by_scores, model.decision_function(X) > 0)
        model.out_activation_ = "logistic"
        np.testing.assert_allclose(
            model.predict_proba(X)[:, 1], expit(model.decision_function(X)), rtol=1e-6
        )
        np.testing.assert_array_equal(model.predict(X), by_scores)

    @pytest.mark.parametrize("name", ["sigmoid", None, 3])
    def test_an_unknown_name(self, engine, name):
        model = regressor(engine)
        model.out_activation_ = name
        with pytest.raises(ValueError, match=r"out_activation_=.* is unknown: .*'logistic'"):
            model.predict(X)

    def test_a_loss_needs_its_own(self, engine):
        model = regressor(engine)
        model.out_activation_ = "logistic"
        with pytest.raises(ValueError, match=r"out_activation_='logistic', its own is 'iden"):
            model.loss_and_gradients(X, X[:, 0])
        with pytest.raises(ValueError, match=r"its own is 'identity': warm_start and partial"):
            model.partial_fit(X, X[:, 0])
        model.out_activation_ = "identity"
        assert np.isfinite(model.partial_fit(X, X[:, 0]).loss_)


class TestChangedLoss:
    def test_scores_do_not_become_probabilities(self, engine):
        model = classifier(engine, loss="hinge").set_params(loss="log_loss")
        assert not hasattr(model, "predict_proba")
        assert not hasattr(model, "predict_log_proba")
        assert hasattr(MLPClassifier(), "predict_proba")
        assert not hasattr(MLPClassifier(loss=losses.Hinge()), "predict_proba")

    def test_probabilities_stay(self, engine):
        model = classifier(engine)
        before = model.predict_proba(X)
        model.set_params(loss="hinge")
        np.testing.assert_array_equal(model.predict_proba(X), before)
        np.testing.assert_array_equal(model.predict(X), before.argmax(axis=1))

    @pytest.mark.parametrize(
        ("change", "kind"),
        [
            ({"loss": "focal"}, "multiclass"),
            ({"label_smoothing": 0.3}, "multiclass"),
            ({"class_weight": {0: 5.0}}, "binary"),
            ({"hidden_layer_sizes": (7, 7)}, "binary"),
            ({"normalization": "batch"}, "binary"),
            ({"dropout": 0.5}, "binary"),
        ],
    )
    def test_loss_and_gradients_are_those_of_the_fit(self, engine, change, kind):
        model = classifier(engine, kind)
        before, gradients, _ = model.loss_and_gradients(X, targets[kind])
        predicted = model.predict_proba(X)
        after, again, _ = model.set_params(**change).loss_and_gradients(X, targets[kind])
        assert after == before
        np.testing.assert_array_equal(again[0], gradients[0])
        np.testing.assert_array_equal(model.predict_proba(X), predicted)

    def test_targets_are_checked_for_the_loss_of_the_fit(self, engine):
        model = regressor(engine).set_params(loss="gamma")
        expected = regressor(engine).loss_and_gradients(X, X[:, 0])[0]
        assert model.loss_and_gradients(X, X[:, 0])[0] == expected
        model = regressor(engine, loss=losses.Tweedie(power=2.5)).set_params(loss="huber")
        with pytest.raises(ValueError, match=r"y must be > 0 for loss=Tweedie\(power=2.5\)"):
            model.loss_and_gradients(X, np.zeros(40))

    def test_learning_goes_on_with_a_loss_of_the_same_outputs(self, engine):
        model = regressor(engine).set_params(loss="absolute_error").partial_fit(X, X[:, 0])
        errors = np.abs(model.predict(X) - X[:, 0])
        penalty = model.alpha / 2 * sum((W**2).sum() for W in model.coefs_) / 40
        assert model.loss_and_gradients(X, X[:, 0])[0] == pytest.approx(errors.mean() + penalty)

    @pytest.mark.parametrize("loss", ["poisson", "quantile"])
    def test_learning_does_not_go_on_with_a_loss_of_others(self, engine, loss):
        model = regressor(engine).set_params(loss=loss)
        with pytest.raises(ValueError, match="does not belong to out_activation_='identity'"):
            model.partial_fit(X, np.abs(X[:, 0]))


@pytest.mark.parametrize("labels", [["no", "yes"], np.array([5, 6]), [0]])
@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_other_classes_do_not_change_the_labels(engine, kind, labels):
    theirs = sklearn.neural_network.MLPClassifier((5,), max_iter=3, random_state=0)
    theirs, ours = theirs.fit(X, targets[kind]), classifier(engine, kind)
    theirs.classes_ = ours.classes_ = labels
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    assert ours.score(X, targets[kind]) == theirs.score(X, targets[kind])


class TestChangedParameters:
    def test_the_activation_is_that_of_now_as_in_sklearn(self, engine):
        model = regressor(engine).set_params(activation="tanh")
        hidden = np.tanh(X @ model.coefs_[0] + model.intercepts_[0])
        expected = (hidden @ model.coefs_[1] + model.intercepts_[1]).ravel()
        np.testing.assert_allclose(model.predict(X), expected, rtol=1e-10)

    @pytest.mark.parametrize("activation", ["sigmoidal", None, 3])
    def test_a_wrong_activation_is_named(self, engine, activation):
        model = regressor(engine).set_params(activation=activation)
        with pytest.raises(ValueError, match="The 'activation' parameter of MLPRegressor"):
            model.predict(X)

    def test_penalties_are_those_of_now(self, engine):
        model = regressor(engine, alpha=0.0)
        without = model.loss_and_gradients(X, X[:, 0])[0]
        model.set_params(alpha=2.0)
        squares = sum((W**2).sum() for W in model.coefs_)
        assert model.loss_and_gradients(X, X[:, 0])[0] == pytest.approx(without + squares / 40)
