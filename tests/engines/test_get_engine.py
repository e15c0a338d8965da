"""Engines by name, and what happens where the extension is missing."""

import sys
import warnings

import pytest

from lightmlp import engines
from lightmlp.engines import ENGINES, get_engine


@pytest.fixture
def without_extension(monkeypatch):
    """As if the compiled extension had not been built."""
    caches = (engines._best_engine, engines._native_engine)
    monkeypatch.setitem(sys.modules, "lightmlp.engines.native", None)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


def test_reference_is_always_there(without_extension):
    assert get_engine("reference").name == "reference"


def test_native_and_auto_are_the_compiled_engine():
    pytest.importorskip("lightmlp._native")
    assert get_engine("native").name == "native"
    assert get_engine("auto") is get_engine("native")
    assert get_engine() is get_engine("native")


def test_auto_falls_back_with_one_warning(without_extension):
    with pytest.warns(RuntimeWarning, match="much slower.*engine='reference'"):
        engine = get_engine("auto")
    assert engine.name == "reference"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert get_engine("auto") is engine


def test_native_says_how_to_get_the_extension(without_extension):
    with pytest.raises(ImportError, match=r"lightmlp\._native.*C\+\+20 compiler"):
        get_engine("native")


@pytest.mark.parametrize("name", ["torch", "", None, 1, ["native"]])
def test_unknown_names_list_the_choices(name):
    with pytest.raises(ValueError, match=r"engine=.*'auto', 'native', 'reference'") as error:
        get_engine(name)
    assert repr(name) in str(error.value)


def test_choices_can_all_be_asked_for():
    pytest.importorskip("lightmlp._native")
    assert {get_engine(name).name for name in ENGINES} == {"native", "reference"}
