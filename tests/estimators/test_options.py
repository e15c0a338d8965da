"""Options of LightMLP's own that could not act, or that are given twice: errors."""

import warnings

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from lightmlp import MLPClassifier, MLPRegressor, schedules, solvers
from lightmlp.callbacks import Callback, Checkpoint
from lightmlp.training.optimizers import OPTIMIZERS

rng = np.random.RandomState(0)
X = rng.normal(size=(40, 3))
y = np.arange(40) % 3

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def classifier(engine="auto", **settings):
    settings = {"hidden_layer_sizes": (5, 4), "max_iter": 3, "random_state": 0, **settings}
    return MLPClassifier(**settings, engine=engine)


def refuse(match, **settings):
    model = classifier(**settings)
    with pytest.raises(ValueError, match=match):
        model.fit(X, y)
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize(
    "schedule",
    ["cosine", "plateau", schedules.Constant(), schedules.Exponential(), lambda epoch: 0.1],
)
def test_lbfgs_has_no_learning_rate(schedule):
    refuse("learning_rate=.* is incompatible with solver='lbfgs'.*'constant'", solver="lbfgs",
           learning_rate=schedule)  # fmt: skip


class TestGivenTwice:
    @pytest.mark.parametrize(
        ("solver", "given", "remedy"),
        [
            (solvers.AdamW(), {"beta_2": 0.95}, r"solvers\.AdamW\(beta_2=0\.95\)"),
            ("adamw", {"beta_1": 0.8}, r"solvers\.AdamW\(beta_1=0\.8\)"),
            (solvers.Adam(), {"epsilon": 1e-3}, r"solvers\.Adam\(epsilon=0\.001\)"),
            (solvers.SGD(), {"momentum": 0.5}, r"solvers\.SGD\(momentum=0\.5\)"),
            (
                solvers.SGD(nesterov=True),
                {"nesterovs_momentum": False, "momentum": 0.1},
                r"solvers\.SGD\(momentum=0\.1, nesterov=False\).*momentum=0\.9",
            ),
            ("muon", {"momentum": 0.5}, r"solvers\.Muon\(momentum=0\.5\)"),
            ("rmsprop", {"epsilon": 0.1}, r"solvers\.RMSprop\(epsilon=0\.1\)"),
            ("lion", {"beta_2": 0.9}, r"solvers\.Lion\(beta_2=0\.9\)"),
        ],
    )
    def test_what_the_solver_has_too(self, solver, given, remedy):
        names = ", ".join(f"{name}={value}" for name, value in sorted(given.items()))
        refuse(f"{names} would not be read beside solver=.*{remedy}", solver=solver, **given)

    def test_the_objects_own_counts_beside_the_default(self, engine):
        fitted = [
            classifier(engine, solver=solver, **given).fit(X, y)
            for solver, given in [
                (solvers.Adam(beta_1=0.5), {}),
                ("adam", {"beta_1": 0.5}),
                ("adam", {}),
            ]
        ]
        np.testing.assert_array_equal(fitted[0].coefs_[0], fitted[1].coefs_[0])
        assert not np.array_equal(fitted[0].coefs_[0], fitted[2].coefs_[0])

    def test_every_solver_is_asked_for_its_parameters(self):
        """Of all parameters that an estimator and a solver share, one counts."""
        shared = {"momentum": 0.3, "beta_1": 0.3, "beta_2": 0.3, "epsilon": 0.3}
        for name, cls in OPTIMIZERS.items():
            own = shared.keys() & cls().get_params().keys()
            for parameter in own if name not in ("sgd", "adam") else ():
                refuse(f"{parameter}=0.3 would not be read", solver=name, **{parameter: 0.3})
            for parameter in own:
                refuse(f"{parameter}=0.3 would not be", solver=cls(), **{parameter: 0.3})

    def test_an_exponent(self):
        given = {"learning_rate": schedules.InverseScaling(), "power_t": 0.25}
        refuse(r"power_t=0\.25 and .*learning_rate__power_t=0\.25", solver="sgd", **given)


class TestFrozenLayers:
    @pytest.mark.parametrize("settings", [{}, {"warm_start": True}])
    def test_random_layers_are_not_frozen(self, settings):
        refuse(
            r"frozen_layers=1 keeps .*init_from=\.\.\..*warm_start", frozen_layers=1, **settings
        )

    def test_partial_fit_and_a_cold_fit_after_a_fit(self):
        with pytest.raises(ValueError, match="frozen_layers=1 keeps"):
            classifier(frozen_layers=1).partial_fit(X, y, classes=[0, 1, 2])
        model = classifier().fit(X, y)
        with pytest.raises(ValueError, match="frozen_layers=1 keeps"):
            model.set_params(frozen_layers=1).fit(X, y)
        before = model.coefs_[0].copy()
        model.partial_fit(X, y)
        np.testing.assert_array_equal(model.coefs_[0], before)

    def test_not_more_than_were_taken(self):
        source = classifier(hidden_layer_sizes=(5, 7)).fit(X, y)
        classifier(frozen_layers=1).fit(X, y, init_from=source)
        with pytest.raises(ValueError, match=r"frozen_layers=2 .* 1 layer\(s\) can be taken"):
            classifier(frozen_layers=2).fit(X, y, init_from=source)

    def test_a_resumed_fit_has_them(self, engine, tmp_path):
        class StopAt2(Callback):
            def on_epoch_end(self, state):
                return state.epoch == 2

        source, path = classifier(engine).fit(X, y), tmp_path / "run.npz"
        settings = {"frozen_layers": 1, "max_iter": 5}
        whole = classifier(engine, **settings).fit(X, y, init_from=source)
        cut = classifier(engine, **settings, callbacks=[Checkpoint(path), StopAt2()])
        cut.fit(X, y, init_from=source)
        resumed = classifier(engine, **settings).fit(X, y, resume_from=path)
        for one, other in zip(resumed.coefs_, whole.coefs_, strict=True):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(resumed.coefs_[0], source.coefs_[0])

    def test_random_layers_are_kept_by_a_factor_of_zero(self, engine):
        class Start(Callback):
            def on_fit_begin(self, state):
                self.coefs = state.coefs[0].copy()

        start = Start()
        model = classifier(engine, layer_learning_rates=(0, 1, 1), callbacks=[start])
        np.testing.assert_array_equal(model.fit(X, y).coefs_[0], start.coefs)

    def test_something_must_be_left_to_learn(self):
        refuse("leaves nothing to learn", layer_learning_rates=(0, 0, 0))
        source = classifier().fit(X, y)
        model = classifier(frozen_layers=2, layer_learning_rates=(1, 1, 0))
        with pytest.raises(ValueError, match="frozen_layers=2 leaves nothing to learn"):
            model.fit(X, y, init_from=source)


@pytest.mark.parametrize(
    "given", [{"dropout": 0.2}, {"normalization": "batch"}, {"normalization": "layer"}]
)
def test_no_hidden_layer_to_act_on(given):
    (name,) = given
    refuse(
        rf"{name}=.* cannot act with hidden_layer_sizes=\(\)", hidden_layer_sizes=(), **given
    )


def test_a_plateau_that_waits_too_long(engine):
    refuse("learning_rate='plateau' could not act.*patience=5.*n_iter_no_change=5",
           learning_rate="plateau", n_iter_no_change=5)  # fmt: skip
    acting = {"patience": 5, "threshold": 0.1}  # more than tol: it counts other epochs as bad
    classifier(learning_rate=schedules.Plateau(**acting), n_iter_no_change=5).fit(X, y)
    model = classifier(learning_rate="plateau", n_iter_no_change=5)
    model.fit(X, y, X_val=X, y_val=y)  # which the schedule watches, and the stopping does not
    with pytest.raises(ValueError, match="could not act"):
        model.set_params(early_stopping=True).fit(X, y, X_val=X, y_val=y)


@pytest.mark.parametrize(
    "given", [{"scoring": "loss"}, {"restore_best_weights": True}, {"max_time": 3}]
)
@pytest.mark.parametrize("cls", [MLPClassifier, MLPRegressor])
def test_a_single_epoch_validates_nothing(cls, given):
    (name,) = given
    model = cls(hidden_layer_sizes=(3,), random_state=0, **given)
    more = {"classes": [0, 1, 2]} if cls is MLPClassifier else {}
    with pytest.raises(ValueError, match=f"partial_fit does not support {name}"):
        model.partial_fit(X, y, **more)


def test_a_search_over_solvers_and_schedules_goes_on():
    """As with any combination that cannot be fitted: it has no score, the others have."""
    grid = {"solver": ["adam", "lbfgs"], "learning_rate": ["constant", "adaptive", "cosine"]}
    search = GridSearchCV(classifier(), grid, cv=2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(X, y)
    scores = search.cv_results_["mean_test_score"].tolist()
    of_lbfgs_and_cosine = [p == {"solver": "lbfgs", "learning_rate": "cosine"}
                           for p in search.cv_results_["params"]]  # fmt: skip
    assert np.isnan(scores).tolist() == of_lbfgs_and_cosine
    assert any("have no effect: learning_rate='adaptive'" in str(w.message) for w in caught)
