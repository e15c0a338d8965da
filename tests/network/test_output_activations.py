"""Output activations by name."""

import numpy as np
import pytest
from scipy.special import softmax

from lightmlp.network import (
    LOSSES,
    LossSettings,
    output_activation,
    output_activation_names,
)

scores = np.array([[-1.0, 0.5, 2.0], [3.0, -2.0, 0.0]])


@pytest.mark.parametrize("name", output_activation_names())
def test_every_name_gives_outputs_of_the_shape_and_dtype_of_the_scores(name):
    for values in (scores, scores.astype(np.float32)):
        outputs = output_activation(name, LossSettings())(values)
        assert (outputs.shape, outputs.dtype) == (values.shape, values.dtype)


@pytest.mark.parametrize("row", LOSSES.values(), ids=LOSSES)
def test_the_link_of_every_loss_has_its_name(row):
    np.testing.assert_array_equal(
        output_activation(row.inverse_link_name, LossSettings())(scores),
        row.with_settings(LossSettings()).inverse_link(scores),
    )


def test_settings_of_the_loss_count():
    by_groups = output_activation("softmax", LossSettings(groups=(1, 2)))(scores)
    np.testing.assert_allclose(by_groups[:, 0], 1)
    np.testing.assert_allclose(by_groups[:, 1:], softmax(scores[:, 1:], axis=1))
    levels = LossSettings(levels=(0.1, 0.5, 0.9))
    assert (np.diff(output_activation("increasing", levels)(scores)) > 0).all()


@pytest.mark.parametrize("name", ["sigmoid", None, 1])
def test_an_unknown_name(name):
    with pytest.raises(ValueError, match=r"out_activation_=.* is unknown: .*'softmax'"):
        output_activation(name, LossSettings())
