"""scikit-learn's own tests of its perceptrons, with the import changed to LightMLP's.

They are read from the installed scikit-learn, so each new version brings its new tests.
Those that reach private members of upstream are named below, each with the test here or
in ``test_sklearn_suite_replacements.py`` that checks the same behaviour publicly.
"""

import ast
import types
from pathlib import Path

import pytest
import sklearn.neural_network
from _pytest.assertion.rewrite import rewrite_asserts

# Upstream runs its tests with these filters; ours, where every warning is an error, would
# fail tests that do not care whether a fit has converged.
pytestmark = [
    pytest.mark.filterwarnings("default"),
    pytest.mark.filterwarnings("error::DeprecationWarning"),
    pytest.mark.filterwarnings("error::FutureWarning"),
]

UPSTREAM_TESTS = Path(sklearn.neural_network.__file__).parent / "tests"
UPSTREAM_IMPORT = "from sklearn.neural_network import MLPClassifier, MLPRegressor\n"
OUR_IMPORT = "from lightmlp import MLPClassifier, MLPRegressor\n"

REPLACEMENTS = {
    "test_mlp.py": {
        # _loss_grad_lbfgs
        "test_gradient": ["test_gradient_against_central_differences"],
        # _optimizer.learning_rate
        "test_learning_rate_warmstart": ["test_warm_start_restarts_the_learning_rate"],
        "test_adaptive_learning_rate": ["test_adaptive_rate_is_divided_until_it_is_tiny"],
    },
    "test_base.py": {
        "test_binary_log_loss_1_prob_finite": ["test_log_loss_is_finite_at_certainty"],
        "test_log_loss_1_prob_finite": ["test_log_loss_is_finite_at_certainty"],
        "test_poisson_loss": ["test_poisson_loss_against_half_poisson_loss"],
    },
    "test_stochastic_optimizers.py": {
        "test_base_optimizer": ["test_constant_rate_stops_when_nothing_improves"],
        "test_sgd_optimizer_no_momentum": ["test_sgd_update"],
        "test_sgd_optimizer_momentum": ["test_sgd_update"],
        "test_sgd_optimizer_nesterovs_momentum": ["test_sgd_update"],
        "test_sgd_optimizer_trigger_stopping": [
            "test_adaptive_rate_is_divided_until_it_is_tiny"
        ],
        "test_adam_optimizer": ["test_adam_update"],
    },
}


def upstream_tests(file_name):
    """Return the names of the test functions in a file of upstream's, in their order."""
    tree = ast.parse((UPSTREAM_TESTS / file_name).read_text(encoding="utf-8"))
    return [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


def with_our_import(file_name):
    """Execute a file of upstream's tests, its asserts rewritten, on our estimators."""
    path = UPSTREAM_TESTS / file_name
    source = path.read_text(encoding="utf-8")
    assert source.count(UPSTREAM_IMPORT) == 1, f"{path} imports its estimators differently"
    source = source.replace(UPSTREAM_IMPORT, OUR_IMPORT)
    tree = ast.parse(source, str(path))
    rewrite_asserts(tree, source.encode())
    module = types.ModuleType(path.stem)
    module.__file__ = str(path)
    exec(compile(tree, str(path), "exec"), module.__dict__)
    return module


swapped = with_our_import("test_mlp.py")
globals().update(
    {
        name: getattr(swapped, name)
        for name in upstream_tests("test_mlp.py")
        if name not in REPLACEMENTS["test_mlp.py"]
    }
)


def test_the_suite_runs_on_lightmlp():
    assert swapped.MLPClassifier.__module__.startswith("lightmlp.")
    assert swapped.MLPRegressor.__module__.startswith("lightmlp.")


def test_at_most_three_tests_of_the_estimators_reach_private_members():
    assert len(REPLACEMENTS["test_mlp.py"]) <= 3


@pytest.mark.parametrize("file_name", REPLACEMENTS)
def test_replaced_tests_exist_upstream(file_name):
    gone = set(REPLACEMENTS[file_name]) - set(upstream_tests(file_name))
    assert not gone, f"no longer in scikit-learn's {file_name}: {sorted(gone)}"


@pytest.mark.parametrize("file_name", ["test_base.py", "test_stochastic_optimizers.py"])
def test_every_test_of_private_functions_has_a_replacement(file_name):
    missing = set(upstream_tests(file_name)) - set(REPLACEMENTS[file_name])
    assert not missing, f"write a public equivalent of {sorted(missing)}"


def test_replacements_exist():
    source = (Path(__file__).parent / "test_sklearn_suite_replacements.py").read_text(
        encoding="utf-8"
    )
    ours = {node.name for node in ast.parse(source).body if hasattr(node, "name")}
    named = {
        name
        for replacements in REPLACEMENTS.values()
        for names in replacements.values()
        for name in names
    }
    assert named <= ours
