"""Each field of the header, and the states of callbacks and streams."""

import re

import numpy as np
import pytest

from lightmlp.callbacks import (
    Callback,
    Checkpoint,
    EarlyStopping,
    GradientHealth,
    History,
    LearningRateMonitor,
)

from .forging import (
    HOSTILE,
    Run,
    StopAt,
    X,
    bits,
    model,
    pack,
    paths_into,
    target,
    unpack,
    with_value,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class TestFields:
    def test_each_field_with_hostile_values(self, run):
        n_refused, others = 0, []
        for path in paths_into(run.header):
            if path == ("digest",):  # it is what is put right
                continue
            for value in HOSTILE:
                pack(run.path, with_value(run.header, path, value), run.data)
                error = run.is_refused_or_right()
                n_refused += error is not None
                if error == "other bits":
                    others.append((path, value))
            if isinstance(path[-1], str):
                pack(run.path, with_value(run.header, path, None, remove=True), run.data)
                assert run.is_refused_or_right() is not None, path
        assert n_refused > 1000
        # A position that the generator may well have: that it had another one, none can tell.
        assert others == [(("random_state", "state.pos"), 0)]

    def test_the_seed_of_dropout_is_the_one_that_random_state_gives(self, tmp_path):
        run = Run(tmp_path / "run.ckpt", dropout=0.4)
        for value in (0, 2**28, run.header["seed"] + 1, str(run.header["seed"])):
            pack(run.path, with_value(run.header, ("seed",), value), run.data)
            assert "seed is" in run.is_refused_or_right()
        pack(run.path, run.header, run.data)
        assert run.is_refused_or_right() is None

    def test_the_instruction_set_is_that_of_the_compiled_engine(self, tmp_path, engine):
        run = Run(tmp_path / "run.ckpt", engine=engine)
        other = "avx2" if engine == "reference" else None
        for value in ("x", 1, other):
            pack(run.path, with_value(run.header, ("isa",), value), run.data)
            assert "isa is" in run.is_refused_or_right()

    def test_fields_of_a_warm_start_with_a_schedule(self, tmp_path):
        path = tmp_path / "run.ckpt"
        settings = {"warm_start": True, "solver": "sgd", "learning_rate": "adaptive"}
        first = model(**settings, callbacks=[Checkpoint(path)], early_stopping=False)
        first.fit(X, target).fit(X, target)
        header, data = unpack(path)
        assert header["start"]["n_epochs"] == 4
        for name in paths_into({"start": header["start"]}):
            for value in HOSTILE:
                pack(path, with_value(header, name, value), data)
                again = model(**settings, early_stopping=False)
                try:
                    again.fit(X, target, resume_from=path)
                except ValueError as error:
                    assert repr(str(path)) in str(error)  # noqa: PT017

    @pytest.mark.parametrize(
        "value",
        [2**28, -(2**28), -1, 625, True, 3.0, None, 2**63],
    )
    def test_a_position_that_would_crash_the_generator(self, run, value):
        pack(run.path, with_value(run.header, ("random_state", "state.pos"), value), run.data)
        error = run.is_refused_or_right()
        assert re.search(
            r"random_state\['state.pos'\] is .*, expected an integer from 0 to 624", error
        )

    def test_names_the_field_and_what_was_expected(self, run):
        pack(run.path, with_value(run.header, ("n_iter",), "two"), run.data)
        message = r"resume_from=.*run\.ckpt.*n_iter is 'two', expected an integer from 1 to"
        with pytest.raises(ValueError, match=message):
            run.resume()


class TestOtherStreams:
    @pytest.mark.parametrize("kind", ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"])
    def test_every_bit_generator_goes_on(self, kind, tmp_path):
        def fit(epoch=None, resume_from=None):
            stream = np.random.RandomState(getattr(np.random, kind)(7))
            callbacks = None if epoch is None else [Checkpoint(path), StopAt(epoch)]
            settings = {"random_state": stream, "callbacks": callbacks}
            return model(**settings).fit(X, target, resume_from=resume_from), stream

        path = tmp_path / "run.ckpt"
        whole, stream = fit()
        fit(epoch=2)
        resumed, other = fit(resume_from=path)
        assert bits(resumed) == bits(whole)
        assert other.bytes(50) == stream.bytes(50)
        header, data = unpack(path)
        for name in header["random_state"].keys() - {"gauss"}:
            for value in (-1, 2**128, None, "x", True):
                pack(path, with_value(header, ("random_state", name), value), data)
                with pytest.raises(ValueError, match=r"run\.ckpt.*random_state"):
                    fit(resume_from=path)


class Counter(Callback):
    """A callback of the user's, which does not check what it is given."""

    def __init__(self):
        self.count = 0

    def on_epoch_end(self, state):
        self.count += 1

    def get_state(self):
        return {"count": self.count, "lists": {"a": [1, 2]}}

    def set_state(self, state):
        self.count = state["count"] + 0
        assert len(state["lists"]["a"]) == 2


class TestCallbacks:
    def test_their_states_are_checked(self, tmp_path):
        def callbacks():
            stop = EarlyStopping("loss", patience=9)
            return [stop, History(), LearningRateMonitor(), GradientHealth(), Counter()]

        path = tmp_path / "run.ckpt"
        model(callbacks=[*callbacks(), Checkpoint(path), StopAt(2)]).fit(X, target)
        header, data = unpack(path)
        n_refused = 0
        for where in paths_into({"callbacks": header["callbacks"]}):
            for value in [*HOSTILE, "removed"]:
                pack(path, with_value(header, where, value, remove=value == "removed"), data)
                try:
                    model(callbacks=callbacks()).fit(X, target, resume_from=path)
                except ValueError as error:
                    assert repr(str(path)) in str(error)  # noqa: PT017
                    n_refused += 1
        assert n_refused > 300

    def test_a_refusal_of_the_users_names_file_and_callback(self, tmp_path):
        path = tmp_path / "run.ckpt"
        model(callbacks=[Counter(), Checkpoint(path), StopAt(2)]).fit(X, target)
        header, data = unpack(path)
        pack(path, with_value(header, ("callbacks", 0, 1), {}), data)
        with pytest.raises(
            ValueError, match=r"run\.ckpt.*Counter\.set_state .*KeyError: 'count'"
        ):
            model(callbacks=[Counter()]).fit(X, target, resume_from=path)

    def test_a_state_that_JSON_does_not_know(self, tmp_path):
        class Odd(Callback):
            def get_state(self):
                return {"value": np.int64(1)}

        with pytest.raises(ValueError, match="cannot write what get_state"):
            model(callbacks=[Odd(), Checkpoint(tmp_path / "run.ckpt")]).fit(X, target)

    def test_saved_by_a_callback_in_the_first_epoch(self, tmp_path):
        class First(Callback):
            def on_epoch_end(self, state):
                if state.epoch == 1:
                    state.save(tmp_path / "first")

        whole = model(callbacks=[First()]).fit(X, target)
        assert bits(model().fit(X, target, resume_from=tmp_path / "first")) == bits(whole)
