"""Models whose weights are set by hand, on an estimator that was never fitted."""

import pickle
from copy import deepcopy
from itertools import pairwise

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import LabelBinarizer

from lightmlp import MLPClassifier, MLPRegressor, losses

rng = np.random.RandomState(0)
X = rng.normal(size=(30, 3))
y = np.arange(30) % 3
LETTERS = np.array(["a", "b", "c"])

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def weights(*widths):
    draws = np.random.RandomState(1)
    pairs = list(pairwise(widths))
    return [draws.normal(size=pair) for pair in pairs], [draws.normal(size=b) for _, b in pairs]


def built(kind, engine, *widths, **settings):
    fitted = {name: settings.pop(name) for name in list(settings) if name.endswith("_")}
    model = kind(hidden_layer_sizes=widths[1:-1], activation="tanh", engine=engine, **settings)
    model.coefs_, model.intercepts_ = weights(*widths)
    vars(model).update(fitted)
    return model


def scores(model):
    hidden = np.tanh(X @ model.coefs_[0] + model.intercepts_[0])
    return hidden @ model.coefs_[1] + model.intercepts_[1]


def softmax(s):
    powers = np.exp(s)
    return powers / powers.sum(axis=1, keepdims=True)


class TestRegressor:
    def test_it_predicts(self, engine):
        model = built(MLPRegressor, engine, 3, 4, 2)
        np.testing.assert_allclose(model.predict(X), scores(model), rtol=1e-10)
        assert (model.n_features_in_, model.n_layers_, model.n_outputs_) == (3, 3, 2)
        assert (model.out_activation_, model.n_iter_, model.t_) == ("identity", 0, 0)
        assert model.n_parameters_ == 26
        assert [a.shape for a in model.hidden_activations(X)] == [(30, 4)]

    @pytest.mark.parametrize("call", ["hidden_activations", "loss", "n_parameters_", "score"])
    def test_whatever_is_asked_first(self, engine, call):
        model = built(MLPRegressor, engine, 3, 4, 1)
        target = scores(model).ravel()
        if call == "hidden_activations":
            assert len(model.hidden_activations(X)) == 1
        elif call == "loss":
            penalty = model.alpha / 2 * sum((W**2).sum() for W in model.coefs_) / 30
            assert model.loss_and_gradients(X, target)[0] == pytest.approx(penalty)
        elif call == "n_parameters_":
            assert model.n_parameters_ == 21
        else:
            assert model.score(X, target) == pytest.approx(1)

    def test_the_loss_says_what_outputs_are(self, engine):
        model = built(MLPRegressor, engine, 3, 4, 1, loss="poisson")
        np.testing.assert_allclose(model.predict(X), np.exp(scores(model)).ravel())
        levels = losses.Quantile((0.1, 0.5, 0.9))
        assert built(MLPRegressor, engine, 3, 4, 6, loss=levels).predict(X).shape == (30, 2, 3)
        with pytest.raises(
            ValueError, match="has 3 outputs per target, and the last of coefs_"
        ):
            built(MLPRegressor, engine, 3, 4, 5, loss=levels).predict(X)

    def test_out_activation_counts_before_the_loss(self, engine):
        model = built(MLPRegressor, engine, 3, 4, 1, out_activation_="exp")
        np.testing.assert_allclose(model.predict(X), np.exp(scores(model)).ravel())

    def test_normalised_layers(self, engine):
        fitted = MLPRegressor(hidden_layer_sizes=(4,), normalization="batch", max_iter=2)
        fitted.set_params(engine=engine).fit(X, X[:, 0])
        model = MLPRegressor(hidden_layer_sizes=(4,), normalization="batch", engine=engine)
        for name in ("coefs_", "intercepts_", "scales_", "running_means_"):
            setattr(model, name, getattr(fitted, name))
        model.running_variances_ = fitted.running_variances_
        np.testing.assert_array_equal(model.predict(X), fitted.predict(X))

    @pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
    def test_it_learns_as_a_fitted_one(self, engine, solver):
        """From the initial weights of a fit, a warm fit without shuffling is that fit."""
        settings = {"solver": solver, "max_iter": 4, "random_state": 0, "shuffle": False}
        settings |= {"hidden_layer_sizes": (4,), "engine": engine}
        fitted = MLPRegressor(**settings).fit(X, X[:, 0])
        start = MLPRegressor(**settings).initialize(X, X[:, 0])
        model = MLPRegressor(**settings, warm_start=True)
        model.coefs_, model.intercepts_ = start.coefs_, start.intercepts_
        model.fit(X, X[:, 0])
        for one, other in zip(model.coefs_, fitted.coefs_, strict=True):
            np.testing.assert_array_equal(one, other)
        assert model.n_iter_ == fitted.n_iter_

    def test_a_fit_that_is_not_warm_starts_anew(self, engine):
        model = built(MLPRegressor, engine, 3, 4, 1, max_iter=2, random_state=0)
        other = clone(model)
        assert not hasattr(other, "coefs_")
        wide = np.column_stack([X, X])
        np.testing.assert_array_equal(
            model.fit(wide, X[:, 0]).predict(wide), other.fit(wide, X[:, 0]).predict(wide)
        )

    def test_copies_predict_the_same(self, engine):
        model = built(MLPRegressor, engine, 3, 4, 1)
        early = [deepcopy(model), pickle.loads(pickle.dumps(model))]
        expected = model.predict(X)
        for copy in (*early, deepcopy(model), pickle.loads(pickle.dumps(model))):
            np.testing.assert_array_equal(copy.predict(X), expected)

    def test_its_layers_are_a_beginning(self, engine):
        source = built(MLPRegressor, engine, 3, 4, 1)
        model = MLPRegressor(hidden_layer_sizes=(4,), activation="tanh", engine=engine)
        model.initialize(X, X[:, 0], init_from=source)
        np.testing.assert_array_equal(model.predict(X), source.predict(X))


class TestClassifier:
    def test_several_classes(self, engine):
        model = built(MLPClassifier, engine, 3, 4, 3, classes_=LETTERS)
        np.testing.assert_allclose(model.predict_proba(X), softmax(scores(model)))
        labels = LETTERS[scores(model).argmax(axis=1)]
        np.testing.assert_array_equal(model.predict(X), labels)
        assert model.score(X, labels) == 1
        loss = -np.log(softmax(scores(model)).max(axis=1)).mean()
        penalty = model.alpha / 2 * sum((W**2).sum() for W in model.coefs_) / 30
        assert model.loss_and_gradients(X, labels)[0] == pytest.approx(loss + penalty)
        assert np.isfinite(model.partial_fit(X, labels).loss_)

    @pytest.mark.parametrize("classes", [["no", "yes"], np.array([0, 1]), None])
    def test_two_classes(self, engine, classes):
        given = {} if classes is None else {"classes_": classes}
        model = built(MLPClassifier, engine, 3, 4, 1, **given)
        positive = scores(model).ravel() > 0
        expected = np.array([0, 1] if classes is None else classes)[positive.astype(int)]
        np.testing.assert_array_equal(model.predict(X), expected)
        assert model.predict_proba(X).shape == (30, 2)
        assert np.isfinite(model.partial_fit(X, expected).loss_)

    def test_two_classes_with_an_output_each(self, engine):
        model = built(MLPClassifier, engine, 3, 4, 2, classes_=["no", "yes"])
        probabilities = softmax(scores(model))
        np.testing.assert_allclose(model.predict_proba(X), probabilities)
        labels = np.array(["no", "yes"])[probabilities.argmax(axis=1)]
        np.testing.assert_array_equal(model.predict(X), labels)
        assert np.isfinite(model.loss_and_gradients(X, labels)[0])
        assert np.isfinite(model.partial_fit(X, labels).loss_)

    def test_labels(self, engine):
        model = built(MLPClassifier, engine, 3, 4, 3, out_activation_="logistic")
        labels = (scores(model) > 0).astype(int)
        np.testing.assert_array_equal(model.predict(X), labels)
        assert model.score(X, labels) == 1
        assert np.isfinite(model.partial_fit(X, labels).loss_)

    def test_columns_of_classes(self, engine):
        classes = [np.array(["a", "b"]), np.array(["u", "v", "w"])]
        model = built(MLPClassifier, engine, 3, 4, 5, classes_=classes)
        parts = scores(model)[:, :2].argmax(axis=1), scores(model)[:, 2:].argmax(axis=1)
        expected = np.column_stack([classes[0][parts[0]], classes[1][parts[1]]])
        np.testing.assert_array_equal(model.predict(X), expected)
        assert np.isfinite(model.partial_fit(X, expected, classes=classes).loss_)

    def test_hinge(self, engine):
        model = built(MLPClassifier, engine, 3, 4, 1, loss="hinge")
        assert not hasattr(model, "predict_proba")
        np.testing.assert_array_equal(model.predict(X), scores(model).ravel() > 0)

    def test_a_coding_of_labels_as_sklearn_has_it(self, engine):
        coding = LabelBinarizer().fit(LETTERS)
        model = built(MLPClassifier, engine, 3, 4, 3)
        model._label_binarizer = coding
        np.testing.assert_array_equal(model.predict(X), LETTERS[scores(model).argmax(axis=1)])

    def test_classes_come_with_the_first_rows(self, engine):
        model = built(MLPClassifier, engine, 3, 4, 3)
        model.partial_fit(X[:2], LETTERS[:2], classes=LETTERS)
        np.testing.assert_array_equal(model.classes_, LETTERS)
        model = built(MLPClassifier, engine, 3, 4, 3, warm_start=True, max_iter=2)
        np.testing.assert_array_equal(model.fit(X, LETTERS[y]).classes_, LETTERS)
        model = built(MLPClassifier, engine, 3, 4, 3)
        with pytest.raises(ValueError, match="classes must be passed on the first call"):
            model.partial_fit(X, LETTERS[y])

    def test_class_weights_count(self, engine):
        heavy = built(MLPClassifier, engine, 3, 4, 3, class_weight={0: 4.0}, alpha=0)
        plain = built(MLPClassifier, engine, 3, 4, 3, alpha=0)
        rows = np.where(y == 0, 4.0, 1.0)
        expected = plain.loss_and_gradients(X, y, sample_weight=rows)[0]
        assert heavy.loss_and_gradients(X, y)[0] == pytest.approx(expected)


class TestContradictions:
    @pytest.mark.parametrize(
        ("fitted", "message"),
        [
            ({"coefs_": []}, "one entry per layer, got 0 and 2"),
            ({"coefs_": [0, 0]}, r"coefs_\[0\] must be a matrix of shape"),
            ({"intercepts_": [np.ones(4)]}, "one entry per layer, got 2 and 1"),
            (
                {"intercepts_": [np.ones(4), np.ones(2)]},
                r"intercepts_\[1\] must have the shape",
            ),
            ({"coefs_": None}, "coefs_ must be a list of arrays, one per layer"),
            ({"intercepts_": None}, "intercepts_ must be a list of arrays, one per layer"),
            ({"n_features_in_": 5}, r"coefs_\[0\] must have the shape \(5, n_outputs\)"),
            ({"n_outputs_": 2}, r"coefs_\[1\] must have 2 columns"),
            ({"n_layers_": 2}, "n_layers_=2 does not match the 2 matrices"),
        ],
    )
    def test_of_shapes(self, engine, fitted, message):
        for kind in (MLPClassifier, MLPRegressor):
            model = built(kind, engine, 3, 4, 1, **fitted)
            before = dict(vars(model))
            with pytest.raises(ValueError, match=message):
                model.predict(X)
            assert vars(model) == before

    @pytest.mark.parametrize(
        ("fitted", "message"),
        [
            ({"classes_": ["a", "b"]}, r"classes_=.* need 1 output\(s\), .* 3 columns"),
            ({"classes_": list("abcd")}, r"need 4 output\(s\), and the last of coefs_ has 3"),
            ({"classes_": 3}, "classes_=3 must be an array of labels"),
            ({"classes_": np.array(3)}, r"classes_=array\(3\) must be an array of labels"),
            ({"classes_": {0, 1, 2}}, r"classes_=\{0, 1, 2\} must be an array of labels"),
            ({"classes_": ["c", "a", "b"]}, "must be different labels in ascending order"),
            (
                {"classes_": LETTERS, "out_activation_": "logistic"},
                "means a multi-label model, whose classes_ are 0 to 2",
            ),
            ({"out_activation_": "sigmoid"}, "out_activation_='sigmoid' is unknown"),
        ],
    )
    def test_of_labels(self, engine, fitted, message):
        with pytest.raises(ValueError, match=message):
            built(MLPClassifier, engine, 3, 4, 3, **fitted).predict(X)

    def test_of_parameters(self, engine):
        model = built(MLPRegressor, engine, 3, 4, 1, loss="log_loss")
        with pytest.raises(ValueError, match="The 'loss' parameter of MLPRegressor"):
            model.predict(X)
        model = built(MLPRegressor, engine, 3, 4, 1).set_params(hidden_layer_sizes=(9,))
        assert model.predict(X).shape == (30,)
        with pytest.raises(
            ValueError,
            match=r"=\(9,\) differs from the \(4,\) .*Set hidden_layer_sizes=\(4",
        ):
            model.partial_fit(X, X[:, 0])
        model = built(MLPRegressor, engine, 3, 4, 1)
        with pytest.raises(
            ValueError, match="X has 2 features, but MLPRegressor is expecting 3"
        ):
            model.partial_fit(X[:, :2], X[:, 0])

    def test_one_list_alone(self, engine):
        model = built(MLPRegressor, engine, 3, 4, 1)
        del model.intercepts_
        with pytest.raises(ValueError, match="coefs_ is set and intercepts_ is not"):
            model.predict(X)
        del model.coefs_
        with pytest.raises(NotFittedError):
            model.predict(X)
