"""The objects of lightmlp.losses: documented, complete and tied to the table of formulas."""

import inspect

import pytest
from sklearn.base import clone

from lightmlp import losses
from lightmlp.losses import CLASSIFICATION_LOSSES, REGRESSION_LOSSES
from lightmlp.network import LOSSES, LossSettings

CLASSES = list(dict.fromkeys([*CLASSIFICATION_LOSSES.values(), *REGRESSION_LOSSES.values()]))


def test_every_formula_is_reached_by_a_loss():
    reached = {loss().resolve()[0] for loss in REGRESSION_LOSSES.values()}
    for loss in CLASSIFICATION_LOSSES.values():
        names = [
            loss().resolve_for(takes_class_indices)[0] for takes_class_indices in (False, True)
        ]
        assert [LOSSES[name].takes_class_indices for name in names] == [False, True]
        reached.update(names)
    assert reached == set(LOSSES)


def test_defaults_are_those_of_the_formulas():
    for loss in REGRESSION_LOSSES.values():
        assert loss().resolve()[1] == LossSettings()
    for loss in CLASSIFICATION_LOSSES.values():
        assert loss().resolve_for(True)[1] == LossSettings()


@pytest.mark.parametrize("loss", CLASSES, ids=lambda loss: loss.__name__)
def test_public_documented_and_cloned(loss):
    assert loss.__name__ in losses.__all__
    documentation = inspect.getdoc(loss)
    assert ">>> " in documentation
    assert ":func:`lightmlp.network." in documentation
    for name in inspect.signature(loss).parameters:
        assert f"\n{name} : " in documentation
    assert clone(loss()) == loss()
