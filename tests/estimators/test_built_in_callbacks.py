"""History, EarlyStopping, LearningRateMonitor, PrintLoss, GradientHealth, the progress bar."""

import sys
import warnings
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from lightmlp import MLPClassifier, MLPRegressor
from lightmlp.callbacks import (
    EarlyStopping,
    GradientHealth,
    GradientHealthWarning,
    History,
    LearningRateMonitor,
    PrintLoss,
)

rng = np.random.RandomState(0)
X = rng.normal(size=(60, 4))
y = np.arange(60) % 3
target = X[:, 0] - X[:, 1] ** 2

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def regressor(*callbacks, **settings):
    settings = {"hidden_layer_sizes": (6,), "max_iter": 5, "random_state": 0, **settings}
    return MLPRegressor(**settings, callbacks=list(callbacks))


class TestBuiltIn:
    def test_history(self, engine):
        history = History()
        model = regressor(history, engine=engine).fit(X, target)
        assert history["epoch"] == [1, 2, 3, 4, 5]
        assert history["loss"] == model.loss_curve_
        assert "validation_loss" not in history.rows[0]
        model.fit(X, target)
        assert len(pd.DataFrame(history.rows)) == 5

    def test_early_stopping_counts_as_its_patience_says(self, engine):
        noise = np.random.RandomState(9).normal(size=60)
        stop = EarlyStopping(patience=4)
        settings = {"max_iter": 500, "learning_rate_init": 0.1, "n_iter_no_change": 500}
        split = [(np.arange(40), np.arange(40, 60))]
        model = regressor(stop, engine=engine, validation_split=split, **settings)
        model.fit(X, noise)
        best = int(np.argmin(model.validation_loss_curve_))
        assert model.n_iter_ == best + 1 + 4 < 500
        assert stop.best == min(model.validation_loss_curve_)

    def test_early_stopping_by_a_score_that_rises(self):
        stop = EarlyStopping("validation_score", patience=1, min_delta=0.0)
        split = [(np.arange(40), np.arange(40, 60))]
        model = regressor(stop, validation_split=split, max_iter=300).fit(X, target)
        scores = model.validation_scores_
        assert all(np.diff(scores[:-1]) > 0)
        assert model.n_iter_ == 300 or scores[-1] <= scores[-2]

    def test_early_stopping_needs_something_to_watch(self):
        with pytest.raises(ValueError, match=r"validation_loss.*Pass X_val"):
            regressor(EarlyStopping()).fit(X, target)

    @pytest.mark.parametrize(
        "make",
        [
            lambda: EarlyStopping("accuracy"),
            lambda: EarlyStopping(patience=0),
            lambda: PrintLoss(every=0),
            lambda: GradientHealth(n_rows=0),
        ],
    )
    def test_bad_settings(self, make):
        with pytest.raises(ValueError, match="must be"):
            make()

    def test_learning_rates(self, engine):
        monitor = LearningRateMonitor()
        model = regressor(monitor, solver="sgd", learning_rate="adaptive", engine=engine)
        model.set_params(tol=10, n_iter_no_change=1).fit(X, target)
        assert monitor.learning_rates == [1e-3, 1e-3, 1e-3, 2e-4, 2e-4]

    def test_print_loss(self, capsys):
        split = [(np.arange(40), np.arange(40, 60))]
        model = regressor(PrintLoss(every=2), validation_split=split).fit(X, target)
        lines = capsys.readouterr().out.splitlines()
        assert [line.split(":")[0] for line in lines] == ["Epoch 2/5", "Epoch 4/5", "Epoch 5/5"]
        assert lines[-1] == (
            f"Epoch 5/5: loss {model.loss_:.6g}, validation loss "
            f"{model.validation_loss_curve_[-1]:.6g}, validation score "
            f"{model.validation_scores_[-1]:.6g}"
        )


class TestGradientHealth:
    def test_figures_are_those_of_the_public_methods(self, engine):
        health = GradientHealth(n_rows=1000)
        model = MLPClassifier((6, 3), activation="tanh", max_iter=2, random_state=0)
        model.set_params(engine=engine, callbacks=[health]).fit(X, y)
        _, gradients, _ = model.loss_and_gradients(X, y)
        hidden = model.hidden_activations(X)
        for layer, row in enumerate(health.rows[-3:]):
            assert (row["epoch"], row["layer"]) == (2, layer)
            assert row["gradient_norm"] == pytest.approx(np.linalg.norm(gradients[layer]))
            assert row["weight_norm"] == pytest.approx(np.linalg.norm(model.coefs_[layer]))
            share = (abs(hidden[layer]) > 0.98).mean() if layer < 2 else 0.0
            assert row["saturated_share"] == pytest.approx(share)

    @pytest.mark.parametrize(
        ("kind", "settings", "scale"),
        [
            ("vanishing", {"activation": "logistic", "hidden_layer_sizes": (8,) * 8}, 1.0),
            ("exploding", {"activation": "identity"}, 1e4),
            ("saturated", {"activation": "tanh"}, 1e3),
        ],
    )
    def test_warns_with_advice_once(self, kind, settings, scale):
        model = regressor(GradientHealth(), **settings, learning_rate_init=1e-9)
        with pytest.warns(GradientHealthWarning) as caught:
            model.fit(X * scale, target)
        about = [str(w.message) for w in caught if f" is {kind} in epoch 1" in str(w.message)]
        assert about
        assert all(text.endswith(".") and text.count(".") >= 2 for text in about)
        assert len(about) == len({text[:9] for text in about})

    def test_warns_of_dead_units(self, engine):
        model = regressor(GradientHealth(), warm_start=True, engine=engine).fit(X, target)
        model.intercepts_[0] -= 1e3
        with pytest.warns(GradientHealthWarning, match="Layer 0 is dead .*100% units never"):
            model.fit(X, target)

    def test_a_healthy_network_is_left_in_peace(self, engine):
        with warnings.catch_warnings():
            warnings.simplefilter("error", GradientHealthWarning)
            regressor(GradientHealth(every=2), engine=engine).fit(X, target)

    def test_sparse_rows_and_names(self):
        frame = pd.DataFrame(X, columns=list("abcd"))
        for rows in (sparse.csr_matrix(X), frame):
            health = GradientHealth(n_rows=10)
            regressor(health).fit(rows, target)
            assert len(health.rows) == 10


class TestProgress:
    @pytest.mark.parametrize("solver", ["adam", "lbfgs"])
    def test_plain_lines_where_there_is_no_terminal(self, solver, capsys):
        model = regressor(verbose="bar", solver=solver, max_iter=40, tol=0.0)
        model.fit(X, target)
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith("Epoch 2/40: loss ")
        assert len(lines) == 20
        assert lines[-1].endswith("0:00 left")
        if solver == "adam":
            assert "learning rate 0.001" in lines[0]
            assert " samples/s, " in lines[0]

    def test_a_bar_on_a_terminal(self, capsys, monkeypatch):
        pytest.importorskip("rich")
        for name, value in {"FORCE_COLOR": "1", "COLUMNS": "150", "TERM": "xterm"}.items():
            monkeypatch.setenv(name, value)
        split = [(np.arange(40), np.arange(40, 60))]
        model = regressor(verbose="bar", validation_split=split).fit(X, target)
        out = capsys.readouterr().out
        assert "epoch 5/5" in out
        for figure in (model.loss_, model.validation_scores_[-1]):
            assert f"{figure:.6g}" in out
        assert "samples/s" in out
        assert "Iteration" not in out

    def test_a_notebook_without_ipywidgets(self, capsys, monkeypatch):
        """One output that is replaced, as IPython does it; rich's own needs ipywidgets."""
        pytest.importorskip("rich")
        shown = []

        class Handle:
            def update(self, data, *, raw):
                assert raw
                shown.append(data)

        def display(data, *, raw, display_id):
            assert raw
            assert display_id
            shown.append(data)
            return Handle()

        monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
        monkeypatch.setitem(sys.modules, "ipywidgets", None)
        for name in ("IPython", "IPython.display"):
            monkeypatch.setitem(sys.modules, name, ModuleType(name))
        monkeypatch.setattr(sys.modules["IPython.display"], "display", display, raising=False)
        model = regressor(verbose="bar").fit(X, target)
        assert shown[0] == {"text/plain": ""}
        last = shown[-1]["text/plain"]
        assert last.startswith(
            "epoch 5/5 " + "\N{BOX DRAWINGS HEAVY HORIZONTAL}" * 20 + " loss "
        )
        assert f"{model.loss_:.6g}" in last
        assert "0:00 left" in last
        assert capsys.readouterr() == ("", "")

    def test_a_notebook_that_can_replace_nothing_has_lines(self, capsys, monkeypatch):
        pytest.importorskip("rich")
        monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
        for name in ("IPython", "IPython.display", "ipywidgets"):
            monkeypatch.setitem(sys.modules, name, None)
        regressor(verbose="bar").fit(X, target)
        out, err = capsys.readouterr()
        assert out.startswith("Epoch 1/5: loss ")
        assert err == ""

    def test_without_rich_the_error_names_the_extra(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "rich", None)
        monkeypatch.setitem(sys.modules, "rich.console", None)
        with pytest.raises(ImportError, match=r"lightmlp\[progress\]"):
            regressor(verbose="bar").fit(X, target)

    def test_other_words_are_refused(self):
        with pytest.raises(ValueError, match="verbose"):
            regressor(verbose="line").fit(X, target)
