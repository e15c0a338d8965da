"""The package as a whole: names, import, typing information, README."""

import importlib
import importlib.metadata
import importlib.resources
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import lightmlp
from lightmlp.links import HOME

ROOT = Path(__file__).parents[1]

# In a build without the extension, where the reference engine announces itself.
FALLBACK_IS_ALLOWED = ("-W", "default:lightmlp computes with its NumPy engine:RuntimeWarning")

HEAVY = {
    "jax",
    "lightmlp.engines.native",
    "lightmlp.training",
    "matplotlib",
    "pandas",
    "scipy.optimize",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.neural_network",
    "sklearn.preprocessing",
    "torch",
}


def run_python(code, *options, **settings):
    """Run the code in a new interpreter; return what it prints."""
    run = subprocess.run(
        [sys.executable, *options, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        **settings,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def modules_loaded_by(code, *, after="pass"):
    """Names of the modules that the code adds, in a new interpreter."""
    printed = run_python(
        f"import sys\n{after}\nbefore = set(sys.modules)\n{code}\n"
        "print(*sorted(set(sys.modules) - before), sep='\\n')"
    )
    return set(printed.split())


def packages():
    """Names of the package and all its subpackages."""
    found = pkgutil.walk_packages(lightmlp.__path__, "lightmlp.")
    return ["lightmlp", *(module.name for module in found if module.ispkg)]


def public_modules():
    """Names of the modules right below the package that are for users."""
    names = [module.name for module in pkgutil.iter_modules(lightmlp.__path__)]
    return [name for name in names if not name.startswith("_")]


def test_public_names():
    assert lightmlp.__all__ == [
        "MLPClassifier",
        "MLPRegressor",
        "__version__",
        "find_learning_rate",
    ]


@pytest.mark.parametrize("name", public_modules())
def test_every_module_is_there_without_importing_it(name):
    printed = run_python(f"import lightmlp; print(lightmlp.{name}.__name__)")
    assert printed == f"lightmlp.{name}\n"


def test_dir_lists_what_is_loaded_late():
    printed = run_python("import lightmlp; print(*dir(lightmlp))")
    names = printed.split()
    assert {*public_modules(), *lightmlp.__all__} <= set(names)
    assert names == sorted(set(names))


def test_other_names_are_not_there():
    with pytest.raises(AttributeError, match="module 'lightmlp' has no attribute 'schedule'"):
        lightmlp.schedule  # noqa: B018


@pytest.mark.parametrize("name", packages())
def test_exported_names_exist_and_are_documented(name):
    package = importlib.import_module(name)
    for public in getattr(package, "__all__", ()):
        value = getattr(package, public)
        assert not callable(value) or value.__doc__, f"{name}.{public} has no docstring"


def test_installed_version_is_the_one_in_the_package():
    assert importlib.metadata.version("lightmlp") == lightmlp.__version__


def test_the_projects_address_is_one():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["urls"]["Homepage"] == HOME
    assert {"Documentation", "Changelog", "Issues"} < set(project["urls"])
    for address in project["urls"].values():
        assert address.startswith(HOME)
    in_repository = project["urls"]["Changelog"].rpartition("/")[2]
    assert (ROOT / in_repository).is_file()


def test_package_is_marked_as_typed():
    assert (importlib.resources.files("lightmlp") / "py.typed").is_file()


def test_import_adds_no_heavy_module_to_sklearn_base():
    added = modules_loaded_by("import lightmlp", after="import sklearn.base")
    assert not added & HEAVY


def test_import_adds_little_beyond_its_own_modules():
    added = modules_loaded_by("import lightmlp", after="import sklearn.base")
    foreign = {name for name in added if name.partition(".")[0] != "lightmlp"}
    assert len(foreign) <= 5, sorted(foreign)


def test_fitting_loads_no_optional_package():
    added = modules_loaded_by(
        "import lightmlp\n"
        "model = lightmlp.MLPRegressor(hidden_layer_sizes=2, max_iter=20, tol=1e9)\n"
        "model.fit([[0.0], [1.0]], [0.0, 1.0]).predict([[2.0]])"
    )
    assert not added & {"jax", "matplotlib", "torch"}


def test_committed_stub_is_that_of_the_extension():
    native = pytest.importorskip("lightmlp._native")
    stubgen = pytest.importorskip("nanobind.stubgen")
    generator = stubgen.StubGen(native)
    generator.put(native)
    committed = importlib.resources.files("lightmlp") / "_native.pyi"
    assert generator.get() == committed.read_text(), "run `make stubs` and commit the change"


@pytest.mark.parametrize(
    "name", ["README.md", "docs/options.md", "docs/coming-from-scikit-learn.md"]
)
def test_python_blocks_run_in_order(name, tmp_path):
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert blocks
    run_python("\n".join(blocks), "-W", "error", *FALLBACK_IS_ALLOWED, cwd=tmp_path)
