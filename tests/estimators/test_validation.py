"""Rows held out, the scores that watch over them, and when a fit ends."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, log_loss, make_scorer, mean_pinball_loss
from sklearn.model_selection import GridSearchCV, GroupShuffleSplit, TimeSeriesSplit
from sklearn.pipeline import make_pipeline

from lightmlp import MLPClassifier, MLPRegressor

rng = np.random.RandomState(0)
X = rng.normal(size=(60, 4))
y = np.arange(60) % 3
target = X[:, 0] - X[:, 1] ** 2
X_val, y_val, target_val = X[40:] + 0.1, y[40:], target[40:]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def classifier(engine="auto", **settings):
    settings = {"hidden_layer_sizes": (6,), "max_iter": 5, "random_state": 0, **settings}
    return MLPClassifier(**settings, engine=engine)


def regressor(engine="auto", **settings):
    settings = {"hidden_layer_sizes": (6,), "max_iter": 5, "random_state": 0, **settings}
    return MLPRegressor(**settings, engine=engine)


def same_parameters(one, other):
    return all(
        np.array_equal(a, b)
        for a, b in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_,
                        strict=True)
    )  # fmt: skip


class TestOwnValidationSet:
    def test_watching_changes_nothing(self, engine):
        plain = classifier(engine).fit(X, y)
        watched = classifier(engine).fit(X, y, X_val=X_val, y_val=y_val)
        assert same_parameters(plain, watched)
        assert watched.loss_curve_ == plain.loss_curve_
        assert plain.validation_loss_curve_ is plain.validation_scores_ is None
        assert len(watched.validation_loss_curve_) == len(watched.validation_scores_) == 5
        assert watched.best_validation_score_ == max(watched.validation_scores_)

    def test_the_last_entries_are_those_of_the_fitted_model(self, engine):
        weights = np.random.RandomState(9).uniform(size=20)
        model = classifier(engine, scoring="f1_macro")
        model.fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weights)
        expected = log_loss(y_val, model.predict_proba(X_val), sample_weight=weights)
        assert model.validation_loss_curve_[-1] == pytest.approx(expected)
        predicted = model.predict(X_val)
        score = f1_score(y_val, predicted, average="macro", sample_weight=weights)
        assert model.validation_scores_[-1] == pytest.approx(score)

    def test_early_stopping_trains_on_all_of_X_and_stops_by_it(self, engine):
        settings = {"early_stopping": True, "n_iter_no_change": 2, "max_iter": 300}
        model = regressor(engine, learning_rate_init=0.05, **settings)
        model.fit(X, target, X_val=X_val, y_val=target_val)
        best = int(np.argmax(model.validation_scores_))
        assert model.n_iter_ < 300
        assert model.t_ == model.n_iter_ * len(X)
        assert model.score(X_val, target_val) == pytest.approx(model.validation_scores_[best])

    def test_sparse_rows_frames_and_float32(self, engine):
        frame = pd.DataFrame(X, columns=list("abcd"))
        model = classifier(engine, scoring="accuracy")
        model.fit(frame, y, X_val=frame[40:], y_val=y_val)
        csr = sparse.csr_matrix(X.astype(np.float32))
        other = classifier(engine).fit(csr, y, X_val=csr[40:], y_val=y_val)
        assert other.coefs_[0].dtype == np.float32
        np.testing.assert_allclose(
            other.validation_loss_curve_, model.validation_loss_curve_, rtol=1e-4
        )

    def test_the_same_numbers_from_both_engines(self):
        pytest.importorskip("lightmlp._native")
        curves = [
            regressor(engine).fit(X, target, X_val=X_val, y_val=target_val)
            for engine in ("native", "reference")
        ]
        for name in ("validation_loss_curve_", "validation_scores_"):
            np.testing.assert_allclose(*(getattr(model, name) for model in curves), rtol=1e-9)

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"X_val": X_val}, "y_val is missing"),
            ({"y_val": y_val}, "X_val is missing"),
            ({"sample_weight_val": np.ones(20)}, "sample_weight_val weighs the rows of X_val"),
            ({"groups": y}, "groups are read by validation_split alone"),
            ({"X_val": X_val[:, :2], "y_val": y_val}, "X_val, y_val .* 4 features"),
            ({"X_val": X_val, "y_val": y_val + 5}, "X_val, y_val .*classes not in"),
            ({"X_val": X_val, "y_val": y_val, "sample_weight_val": -np.ones(20)},
             "X_val, y_val .*>= 0"),
        ],
    )  # fmt: skip
    def test_what_does_not_fit_together(self, given, message):
        model = classifier()
        with pytest.raises(ValueError, match=message):
            model.fit(X, y, **given)
        assert not hasattr(model, "coefs_")

    def test_as_many_outputs_as_y(self):
        with pytest.raises(ValueError, match="y_val must have 1 output"):
            regressor().fit(X, target, X_val=X_val, y_val=X_val[:, :2])

    def test_grid_search_and_pipeline_pass_it_on(self):
        given = {"X_val": X_val, "y_val": y_val}
        grid = GridSearchCV(classifier(), {"alpha": [0.0, 0.1]}, cv=2).fit(X, y, **given)
        assert len(grid.best_estimator_.validation_scores_) == 5
        pipeline = make_pipeline(classifier())
        pipeline.fit(X, y, mlpclassifier__X_val=X_val, mlpclassifier__y_val=y_val)
        assert len(pipeline[-1].validation_scores_) == 5


class TestScoring:
    def test_loss_is_the_negative_validation_loss(self, engine):
        model = regressor(engine, scoring="loss", early_stopping=True).fit(X, target)
        assert model.validation_scores_ == [-loss for loss in model.validation_loss_curve_]
        assert model.best_validation_score_ == -min(model.validation_loss_curve_)

    def test_a_callable_sees_the_model_of_the_moment(self, engine):
        seen = []

        def score(model, rows, targets):
            assert rows.shape == (6, 4)
            seen.append(model.coefs_[0].copy())
            return -mean_pinball_loss(targets, model.predict(rows), alpha=0.9)

        model = regressor(engine, scoring=score, early_stopping=True).fit(X, target)
        assert len(seen) == model.n_iter_ == len({array.tobytes() for array in seen})
        assert any(np.array_equal(model.coefs_[0], array) for array in seen)

    def test_the_default_score_by_name_gives_the_same_fit(self, engine):
        binary = y > 0
        plain = classifier(engine, early_stopping=True).fit(X, binary)
        named = classifier(engine, early_stopping=True, scoring="accuracy").fit(X, binary)
        assert same_parameters(plain, named)
        assert plain.validation_scores_ == named.validation_scores_

    @pytest.mark.parametrize(
        ("make", "scoring", "message"),
        [
            (regressor, "neg_log_loss", r"needs predict_proba, which MLPRegressor\(loss="),
            (classifier, "no_such_score", "scoring='no_such_score' must be 'loss'"),
            (classifier, f1_score, "scoring=.* must be 'loss'"),
            (regressor, "neg_mean_squared_log_error", "scoring=.* cannot score the rows held"),
        ],
    )
    def test_a_score_that_cannot_be_computed(self, make, scoring, message):
        with pytest.raises(ValueError, match=message):
            make(scoring=scoring, early_stopping=True).fit(X, y)

    @pytest.mark.parametrize("scoring", [None, "loss", "neg_mean_absolute_error"])
    def test_divergence_is_reported_whatever_scores(self, engine, scoring):
        model = regressor(engine, scoring=scoring, solver="sgd", learning_rate_init=1e100)
        with (
            np.errstate(all="ignore"),
            pytest.raises(ValueError, match="Solver produced non-finite parameter weights"),
        ):
            model.fit(X, target, X_val=X[:20], y_val=target[:20])

    def test_weights_need_a_scorer_that_takes_them(self):
        model = regressor(scoring="max_error", early_stopping=True)
        model.set_params(scoring=make_scorer(lambda a, b: -abs(a - b).max()))
        model.fit(X, target)
        with pytest.raises(ValueError, match="does not take sample_weight"):
            model.fit(X, target, sample_weight=np.ones(60))

    def test_another_score_starts_a_new_best_in_a_warm_start(self, engine):
        model = regressor(engine, early_stopping=True, warm_start=True).fit(X, target)
        model.set_params(scoring="neg_mean_absolute_error").fit(X, target)
        assert model.best_validation_score_ == max(model.validation_scores_[5:])


class TestSplit:
    def test_the_latest_rows_validate_in_a_time_series(self, engine):
        rows = []

        def score(model, part, targets):
            rows.append(part)
            return 0.0

        splitter = TimeSeriesSplit(n_splits=3, test_size=12)
        model = regressor(engine, validation_split=splitter, scoring=score)
        model.fit(X, target)
        assert np.array_equal(rows[0], X[48:])
        assert model.t_ == 5 * 48

    def test_groups_stay_together(self):
        groups = np.arange(60) // 5
        seen = []

        def score(model, part, targets):
            seen.append(part)
            return 0.0

        splitter = GroupShuffleSplit(n_splits=1, test_size=0.25, random_state=1)
        regressor(validation_split=splitter, scoring=score).fit(X, target, groups=groups)
        rows = [int(np.flatnonzero((row == X).all(axis=1))[0]) for row in seen[0]]
        assert sorted(np.unique(groups[rows], return_counts=True)[1]) == [5, 5, 5]

    def test_pairs_of_rows_or_masks(self):
        train, validation = np.arange(40), np.arange(40, 60)
        by_rows = regressor(validation_split=[(train, validation)]).fit(X, target)
        mask = np.arange(60) < 40
        by_masks = regressor(validation_split=[(mask, ~mask)]).fit(X, target)
        alone = regressor().fit(X[:40], target[:40], X_val=X[40:], y_val=target[40:])
        assert by_rows.validation_scores_ == by_masks.validation_scores_
        assert by_rows.validation_scores_ == alone.validation_scores_
        assert same_parameters(by_rows, alone)

    @pytest.mark.parametrize(
        ("split", "message"),
        [
            ([], "makes no split"),
            (
                [(np.arange(50), np.arange(40, 60))],
                r"10 row\(s\) both to train and to val",
            ),
            ([(np.arange(50), np.arange(50, 70))], "row numbers below 60"),
            ([(np.arange(0), np.arange(50, 60))], r"gives 0 row\(s\) to train"),
            ([(np.arange(5), np.arange(59, 60))], "The validation set is too small"),
        ],
    )
    def test_bad_splits(self, split, message):
        with pytest.raises(ValueError, match=message):
            regressor(validation_split=split).fit(X, target)

    def test_a_new_option_stratifies_several_classes(self, engine):
        labels = np.repeat(["a", "b", "c"], [40, 14, 6])
        counted = []

        def score(model, part, targets):
            counted.append(np.unique(targets, return_counts=True)[1].tolist())
            return 0.0

        for seed in range(3):
            model = classifier(
                engine, scoring=score, early_stopping=True, validation_fraction=0.5
            )
            model.set_params(random_state=seed).fit(X, labels)
        assert set(map(tuple, counted)) == {(20, 7, 3)}

    def test_a_class_of_one_row_names_the_way_out(self):
        labels = np.r_[np.zeros(30), np.ones(29), [2]]
        classifier(early_stopping=True).fit(X, labels)
        with pytest.raises(ValueError, match=r"cannot be stratified.*ShuffleSplit"):
            classifier(early_stopping=True, scoring="loss").fit(X, labels)

    def test_a_part_without_weight(self):
        weights = np.r_[np.ones(40), np.zeros(20)]
        split = [(np.arange(40), np.arange(40, 60))]
        with pytest.raises(ValueError, match="sample_weight is zero in all 20 rows of the val"):
            regressor(validation_split=split).fit(X, target, sample_weight=weights)


class TestBestParameters:
    def test_kept_without_stopping(self, engine):
        noise = np.random.RandomState(9).normal(size=60)
        settings = {"max_iter": 40, "n_iter_no_change": 40, "learning_rate_init": 0.1}
        model = regressor(engine, restore_best_weights=True, **settings)
        model.fit(X, noise, X_val=X_val, y_val=noise[40:][::-1])
        assert model.n_iter_ == 40
        assert int(np.argmax(model.validation_scores_)) < 39
        score = model.score(X_val, noise[40:][::-1])
        assert score == pytest.approx(model.best_validation_score_)

    def test_left_alone_in_spite_of_early_stopping(self, engine):
        settings = {"early_stopping": True, "max_iter": 30, "learning_rate_init": 0.3}
        noise = np.random.RandomState(9).normal(size=60)
        last = regressor(engine, restore_best_weights=False, **settings).fit(X, noise)
        best = regressor(engine, **settings).fit(X, noise)
        assert np.argmax(last.validation_scores_) < last.n_iter_ - 1
        assert last.validation_scores_ == best.validation_scores_
        assert not same_parameters(last, best)


class TestConflicts:
    @pytest.mark.parametrize("settings", [{"scoring": "loss"}, {"restore_best_weights": True}])
    def test_nothing_to_validate_with(self, settings):
        name = next(iter(settings))
        with pytest.raises(ValueError, match=f"No rows are held out .* {name} would need"):
            regressor(**settings).fit(X, target)

    def test_early_stopping_without_a_part(self):
        model = regressor(early_stopping=True, validation_fraction=0.0)
        with pytest.raises(ValueError, match=r"validation_fraction=0 .*X_val"):
            model.fit(X, target)
        model.fit(X, target, X_val=X_val, y_val=target_val)

    def test_two_ways_to_say_which_rows(self):
        model = regressor(validation_split=TimeSeriesSplit())
        with pytest.raises(ValueError, match="X_val and validation_split both"):
            model.fit(X, target, X_val=X_val, y_val=target_val)

    @pytest.mark.parametrize(
        "settings", [{"validation_split": TimeSeriesSplit()}, {"scoring": "loss"}]
    )
    def test_lbfgs_has_no_epochs(self, settings):
        with pytest.raises(ValueError, match=f"{next(iter(settings))} cannot act with"):
            regressor(solver="lbfgs", **settings).fit(X, target)

    def test_partial_fit_holds_nothing_out(self, engine):
        model = regressor(engine, validation_split=TimeSeriesSplit())
        with pytest.raises(ValueError, match="partial_fit does not support validation_split"):
            model.partial_fit(X, target)
        given = {"scoring": "loss", "restore_best_weights": True, "max_time": 9}
        names = "scoring, restore_best_weights, max_time"
        with pytest.raises(ValueError, match=f"partial_fit does not support {names}: "):
            regressor(engine, **given).partial_fit(X, target)
        assert regressor(engine).partial_fit(X, target).validation_scores_ is None

    @pytest.mark.parametrize(
        "wrong",
        [{"scoring": 3}, {"validation_split": 5}, {"restore_best_weights": "yes"},
         {"max_time": 0}],
    )  # fmt: skip
    def test_bad_values(self, wrong):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            regressor(**wrong).fit(X, target)


def test_max_time_ends_after_the_epoch_and_says_so(engine):
    model = regressor(engine, max_time=1e-9)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, target)
    assert model.n_iter_ == 1
    (warning,) = [w for w in caught if w.category is ConvergenceWarning]
    assert str(warning.message).startswith("max_time=1e-09 seconds passed after 1 epochs")
    assert same_parameters(regressor(engine, max_time=1e9).fit(X, target),
                           regressor(engine).fit(X, target))  # fmt: skip


def test_a_logistic_model_is_validated_as_scikit_learn_would():
    binary = (X[:, 0] + 0.3 * np.random.RandomState(9).normal(size=60) > 0).astype(int)
    split = [(np.arange(40), np.arange(40, 60))]
    model = MLPClassifier((), alpha=1.0, max_iter=2000, n_iter_no_change=2000, random_state=0)
    model.set_params(learning_rate_init=0.02, batch_size=40, validation_split=split)
    model.fit(X, binary)
    peer = LogisticRegression(C=1.0, tol=1e-8, solver="newton-cholesky").fit(
        X[:40], binary[:40]
    )
    expected = log_loss(binary[40:], peer.predict_proba(X[40:]))
    assert model.validation_loss_curve_[-1] == pytest.approx(expected, rel=1e-3)
