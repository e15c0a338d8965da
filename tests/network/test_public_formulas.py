"""A student can read every formula: it has its equation, its source and an example."""

import inspect

import pytest

from lightmlp import network

functions = {
    name: getattr(network, name)
    for name in network.__all__
    if inspect.isfunction(getattr(network, name))
}
tables = [network.ACTIVATIONS, network.LOSSES]
formulas = dict.fromkeys(
    function
    for table in tables
    for row in table.values()
    for function in vars(row).values()
    if inspect.isfunction(function)
)


@pytest.mark.parametrize("name", functions)
def test_documented_with_parameters_result_and_example(name):
    documentation = inspect.getdoc(functions[name])
    takes_any = bool(inspect.signature(functions[name]).parameters)
    for section in (*["Parameters\n-"] * takes_any, "Returns\n-", "Examples\n-", ">>> "):
        assert section in documentation, f"{name} lacks {section!r}"


@pytest.mark.parametrize("formula", formulas, ids=lambda formula: formula.__name__)
def test_formulas_are_public_and_have_equation_and_source(formula):
    assert functions.get(formula.__name__) is formula
    documentation = inspect.getdoc(formula)
    assert ".. math::" in documentation
    assert "References\n-" in documentation


@pytest.mark.parametrize("table", tables)
def test_rows_name_their_source(table):
    assert all("(" in row.source and row.source[-1] != " " for row in table.values())
