"""What the conformance tests share: the estimators under test and where data lie."""

import os
import warnings
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import sklearn.neural_network

import lightmlp
from lightmlp.engines import get_engine

DATA_FOLDER = Path(
    os.environ.get("LIGHTMLP_DATA", Path(__file__).parents[2] / ".." / "shared" / "data")
)


def native_is_importable():
    """Whether the compiled engine was built."""
    try:
        import lightmlp._native  # noqa: F401
    except ImportError:
        return False
    return True


def estimators(engine):
    """Return the two estimators as a program gets them by its import.

    ``"default"`` is the plain import; it must run natively where the extension is built.
    ``"scikit-learn"`` shows whether a figure comes out of scikit-learn on this machine.
    """
    if engine == "scikit-learn":
        return sklearn.neural_network
    if engine == "default" and native_is_importable():
        assert get_engine("auto").name == "native"
        return lightmlp
    return SimpleNamespace(
        MLPClassifier=partial(lightmlp.MLPClassifier, engine="reference"),
        MLPRegressor=partial(lightmlp.MLPRegressor, engine="reference"),
    )


@pytest.fixture(scope="session", autouse=True)
def _warned_about_the_missing_engine():
    """Without the extension a process warns once; here, and then not in the tests."""
    if not native_is_importable():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            get_engine("auto")


def pytest_generate_tests(metafunc):
    """Run the courses on each engine, or on what LIGHTMLP_COURSES_ON names."""
    only = os.environ.get("LIGHTMLP_COURSES_ON")
    if "course" in metafunc.fixturenames:
        engines = ["default", "reference"] if native_is_importable() else ["default"]
        metafunc.parametrize("course", [only] if only else engines, indirect=True)
    if "long_course" in metafunc.fixturenames:
        metafunc.parametrize("long_course", [only or "default"], indirect=True)


@pytest.fixture
def course(request):
    """MLPClassifier and MLPRegressor for a figure that takes seconds at most."""
    return estimators(request.param)


@pytest.fixture
def long_course(request):
    """MLPClassifier and MLPRegressor for a figure that takes the reference too long."""
    return estimators(request.param)


@pytest.fixture
def data_file():
    """Return the path of a file of real data; skip the test where it is absent."""

    def find(name):
        path = DATA_FOLDER / name
        if not path.exists():
            pytest.skip(f"{name} is not in {DATA_FOLDER}; set LIGHTMLP_DATA to its folder")
        return path

    return find


@pytest.fixture
def global_random_seed():
    """Stand in for the fixture of scikit-learn's own conftest, which uses 42 as well."""
    return int(os.environ.get("SKLEARN_TESTS_GLOBAL_RANDOM_SEED", "42"))
