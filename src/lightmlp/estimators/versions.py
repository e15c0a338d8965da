"""Which version of LightMLP wrote a pickle or a checkpoint."""

from typing import Any

from .._version import __version__
from ..exceptions import InconsistentVersionWarning
from ..reporting import warn

__all__ = ["VERSION_KEY", "warn_of_other_version"]

VERSION_KEY = "_lightmlp_version"
"""Entry of a pickled estimator's state."""


def warn_of_other_version(subject: str, original: Any, *, verbose: Any = False) -> None:
    """Warn if what is read was written by another version, or by an unknown one.

    Parameters
    ----------
    subject : str
        What is read, with a verb, such as "resume_from='file' was written".
    original : str or None
        The version that wrote it, as it says.
    verbose : bool, int or str, default=False
        The estimator's parameter.
    """
    if original == __version__:
        return
    writer = f"LightMLP {original}" if original else "an unknown version of LightMLP"
    remedy = f"install lightmlp=={original}, or fit" if original else "or fit"
    message = (
        f"{subject} by {writer} and is read by LightMLP {__version__}. This might lead to "
        f"breaking code or invalid results. Use it at your own risk, {remedy} again."
    )
    warning = InconsistentVersionWarning(message, original, __version__)
    warn(warning, InconsistentVersionWarning, verbose=verbose)
