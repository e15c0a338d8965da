from itertools import product

from .covering_array import all_pairs, breaks, covering_array, pairs_of

OPTIONS = {"a": "123", "b": "12345", "c": "12", "d": "1234", "e": "123"}


def _found(cases):
    return set().union(*map(pairs_of, cases))


def test_every_pair_occurs():
    assert _found(covering_array(OPTIONS, [])) == set(all_pairs(OPTIONS))
    assert len(all_pairs(OPTIONS)) == 15 + 6 + 12 + 9 + 10 + 20 + 15 + 8 + 6 + 12


def test_few_cases_are_needed():
    assert 5 * 4 <= len(covering_array(OPTIONS, [])) <= 26  # all combinations are 360


def test_rules_take_exactly_the_pairs_that_they_make_impossible():
    rules = [
        {"a": "1", "b": "12"},
        {"c": "1", "d": "12", "e": "3"},
        {"c": "2", "d": "1"},  # with the rule before: d=1 is impossible with e=3
        {"a": "2"},
    ]
    allowed = [
        case
        for values in product(*OPTIONS.values())
        if not any(
            breaks(case := dict(zip(OPTIONS, values, strict=True)), rule) for rule in rules
        )
    ]
    cases = covering_array(OPTIONS, rules)
    assert all(case in allowed for case in cases)
    assert _found(cases) == _found(allowed)


def test_the_same_options_give_the_same_cases():
    assert covering_array(OPTIONS, []) == covering_array(dict(OPTIONS), [])
