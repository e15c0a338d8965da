"""Links from HTML representations to the documentation, inside scikit-learn's diagrams."""

from pathlib import Path

import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_html_repr

import lightmlp
from lightmlp import MLPClassifier, MLPRegressor, losses, schedules, solvers
from lightmlp.links import HOME

SOURCES = Path(lightmlp.__file__).parents[1]


@pytest.mark.parametrize(
    "documented",
    [MLPClassifier(), MLPRegressor(), schedules.Cosine(), solvers.AdamW(), losses.Huber()],
)
def test_the_link_leads_to_the_class(documented):
    base = f"{HOME}/blob/v{lightmlp.__version__}/src/"
    link = documented._get_doc_link()
    assert link.startswith(base)
    source = (SOURCES / link.removeprefix(base)).read_text(encoding="utf-8")
    assert f"\nclass {type(documented).__name__}(" in source


def test_diagrams_of_pipelines_link_to_every_step():
    html = estimator_html_repr(make_pipeline(StandardScaler(), MLPClassifier()))
    assert f'href="{MLPClassifier()._get_doc_link()}"' in html
    assert "sklearn.preprocessing.StandardScaler.html" in html
    assert "Documentation for MLPClassifier" in html


def test_classes_of_others_have_no_link():
    class Wide(MLPRegressor):
        """One of a user."""

    assert clone(Wide())._get_doc_link() == ""
