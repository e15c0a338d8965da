"""Where LightMLP lives, and the links from HTML representations to the documentation."""

from ._version import __version__

__all__ = ["HOME", "DocumentationLinks"]

HOME = "https://github.com/lightmlp/lightmlp"
"""The address of the project, as in the metadata of the package."""


class DocumentationLinks:
    """Mixin of scikit-learn's objects: the "?" of their HTML links to the class's docstring.

    The docstrings are the reference, so that the link leads to the source of the installed
    version. Classes of other packages have no link, as in scikit-learn.
    """

    _doc_link_module = "lightmlp"
    _doc_link_template = f"{HOME}/blob/v{{version}}/src/{{path}}"

    def _doc_link_url_param_generator(self) -> dict[str, str]:
        return {
            "version": __version__,
            "path": type(self).__module__.replace(".", "/") + ".py",
        }
