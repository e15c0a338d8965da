"""Warnings that LightMLP issues under classes of its own."""

from sklearn.exceptions import InconsistentVersionWarning as _SklearnVersionWarning

__all__ = ["InconsistentVersionWarning"]


class InconsistentVersionWarning(_SklearnVersionWarning):  # type: ignore[misc]
    """A pickle or a checkpoint was written by another version of LightMLP.

    A filter for scikit-learn's warning of this name holds for it too.

    Parameters
    ----------
    message : str
        What is read, and what may come of it.
    original_version : str or None
        The version that wrote it; None where it does not tell, as before it was recorded.
    current_version : str
        The version that reads it.

    Examples
    --------
    >>> from lightmlp.exceptions import InconsistentVersionWarning
    >>> str(InconsistentVersionWarning("written by another version", "0.1", "0.2"))
    'written by another version'
    """

    # What scikit-learn's warning tells: here its versions are unknown.
    current_sklearn_version: str | None = None
    original_sklearn_version: str | None = None

    def __init__(
        self, message: str, original_version: str | None, current_version: str
    ) -> None:
        self.message = message
        self.original_version = original_version
        self.current_version = current_version

    def __str__(self) -> str:
        return self.message
