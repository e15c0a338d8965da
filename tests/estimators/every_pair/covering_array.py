"""Few cases in which every pair of options occurs: a pairwise covering array.

Built greedily, one case at a time (Cohen, Dalal, Fredman and Patton, 1997, "The AETG
System"), but without random numbers: the same options give the same cases.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, product

Case = dict[str, str]
Pair = frozenset[tuple[str, str]]
Rule = Mapping[str, Iterable[str]]


def all_pairs(options: Mapping[str, Sequence[str]]) -> list[Pair]:
    """List every choice of one value for each of two options."""
    return [
        frozenset({(one, a), (other, b)})
        for one, other in combinations(options, 2)
        for a, b in product(options[one], options[other])
    ]


def pairs_of(case: Case) -> set[Pair]:
    """Pairs that occur in a case."""
    return {frozenset(pair) for pair in combinations(case.items(), 2)}


def breaks(case: Case, rule: Rule) -> bool:
    """Whether the case, complete or not, has one of the rule's values for all its options."""
    return all(name in case and case[name] in values for name, values in rule.items())


def covering_array(options: Mapping[str, Sequence[str]], rules: Sequence[Rule]) -> list[Case]:
    """Return complete cases that break no rule and have every pair that any such case has."""
    names = _by_rules(options, rules)
    cases: list[Case] = []
    open_pairs = dict.fromkeys(all_pairs(options))  # ordered, as a set is not
    while open_pairs:
        seed = next(iter(open_pairs))
        case = _completed(dict(sorted(seed)), names, options, rules, open_pairs)
        del open_pairs[seed]
        if case is not None:
            cases.append(case)
            for pair in pairs_of(case):
                open_pairs.pop(pair, None)
    return cases


def complete(
    case: Case, options: Mapping[str, Sequence[str]], rules: Sequence[Rule]
) -> Case | None:
    """Choose what a case leaves open, breaking no rule; None if that is impossible."""
    return _completed(case, _by_rules(options, rules), options, rules, {})


def _by_rules(options: Iterable[str], rules: Sequence[Rule]) -> list[str]:
    """Sort so that what rules are about is chosen first, while there is most to choose from."""
    return sorted(options, key=lambda name: -sum(name in rule for rule in rules))


def _completed(
    case: Case,
    names: Sequence[str],
    options: Mapping[str, Sequence[str]],
    rules: Sequence[Rule],
    open_pairs: Mapping[Pair, None],
) -> Case | None:
    """Choose the options that are missing, so that many new pairs occur; None if impossible."""
    if any(breaks(case, rule) for rule in rules):
        return None
    name = next((name for name in names if name not in case), None)
    if name is None:
        return {name: case[name] for name in options}

    def n_new(value: str) -> int:
        return sum(frozenset({(name, value), other}) in open_pairs for other in case.items())

    for value in sorted(options[name], key=n_new, reverse=True):
        found = _completed({**case, name: value}, names, options, rules, open_pairs)
        if found is not None:
            return found
    return None
