"""The sinks of a fit's output and warnings: standard output, or Python's logging.

With ``verbose="log"`` the lines that ``verbose=True`` prints become records with level INFO
of the logger "lightmlp". Warnings about the fit are also logged, with level WARNING; they are
still issued as warnings, since programs may rely on them, e.g. with a filter that turns them
into errors. LightMLP attaches no handler and sets no level.
"""

import logging
import sys
import warnings

__all__ = ["emit", "log_warning", "warn"]

_LOGGER = logging.getLogger("lightmlp")


def emit(verbose: bool | int | str, text: str) -> None:
    """Print a line, or log it.

    Parameters
    ----------
    verbose : bool, int or "log"
        The estimator's parameter.
    text : str
        A line.
    """
    if isinstance(verbose, str):
        _LOGGER.info("%s", text.rstrip())
    else:
        print(text)


def warn(
    message: str | Warning,
    category: type[Warning] = UserWarning,
    *,
    verbose: bool | int | str = False,
) -> None:
    """Issue a warning that points at the user's code, and log it if requested.

    Parameters
    ----------
    message : str or Warning
        As for :func:`warnings.warn`.
    category : type, default=UserWarning
        As for :func:`warnings.warn`.
    verbose : bool, int or str, default=False
        The estimator's parameter; "log" requests logging.

    Examples
    --------
    >>> import warnings
    >>> from lightmlp.reporting import warn
    >>> with warnings.catch_warnings(record=True, action="always") as caught:
    ...     warn("The optimization hasn't converged yet.")
    >>> caught[0].category
    <class 'UserWarning'>
    """
    log_warning(str(message), verbose)
    warnings.warn(message, category, stacklevel=_level_of_user())


def log_warning(text: str, verbose: bool | int | str) -> None:
    """Log a warning that is issued elsewhere, if logging is requested."""
    if isinstance(verbose, str) and verbose == "log":
        _LOGGER.warning("%s", text)


def _level_of_user() -> int:
    """Return the ``stacklevel`` of the first caller outside LightMLP, for :func:`warn`."""
    frame, level = sys._getframe(2), 2
    while frame.f_back is not None and _is_inside(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    return level


def _is_inside(module: str) -> bool:
    # scikit-learn's decorator of fit is between LightMLP and the user's code.
    return module.partition(".")[0] == "lightmlp" or module == "sklearn.base"
