"""Files that are replaced as a whole: what has the name is the old one or the new one."""

import errno
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be removed anyway
    fcntl = None  # type: ignore[assignment]

__all__ = ["replaced"]


@contextmanager
def replaced(path: Path, *, rehearse: bool = False) -> Iterator[BinaryIO]:
    """Open a file that takes the place of ``path`` if nothing fails.

    It is written beside it, forced to the disk and renamed. A symbolic link stays one: the
    file that it points to is replaced. The new file has the mode of the old one and, where
    that is allowed, its owner. What killed writers have left beside it is removed.

    Parameters
    ----------
    path : Path
        A regular file, or nothing yet.
    rehearse : bool, default=False
        Whether to leave the old file, and to remove the new one instead.

    Raises
    ------
    OSError
        Names the path, and what is wrong with it.
    """
    with _naming_path(path):
        target = Path(os.path.realpath(path))
        old = _status(target)
        _remove_abandoned(target)
        # Never readable by more than the old file; a new one's mode follows the umask.
        temporary, descriptor = _create_beside(target, 0o666 if old is None else 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                if old is not None and os.name == "posix":
                    _take_over(file.fileno(), old)
                os.fsync(file.fileno())
                if fcntl is not None and not rehearse:
                    temporary.replace(target)  # under the lock, or it would look abandoned
            if fcntl is None and not rehearse:
                temporary.replace(target)  # Windows renames no open file
            _force_to_disk(target.parent)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def _naming_path(path: Path) -> Iterator[None]:
    """Word what the system says about a path, in an exception of the same type."""
    try:
        yield
    except OSError as error:
        directory = os.path.dirname(os.path.realpath(path))
        reason, remedy = error.strerror or str(error), "Choose a path that can be written."
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            remedy = "Make room there."
        elif error.errno == errno.ENAMETOOLONG:
            remedy = "Choose a shorter name: a temporary file beside it needs 14 bytes more."
        elif not os.path.isdir(directory):
            reason, remedy = f"there is no directory {directory!r}", "Create it."
        raise type(error)(
            error.errno, f"Checkpoint(path={str(path)!r}) cannot be written: {reason}. {remedy}"
        ) from error


def _status(target: Path) -> os.stat_result | None:
    """Return the status of a regular file, None where there is nothing; refuse all else."""
    try:
        status = target.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "is a directory, expected a file")
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "is a device, pipe or socket, expected a regular file")
    return status


def _create_beside(target: Path, mode: int) -> tuple[Path, int]:
    """Create a temporary file, locked for as long as it is being written."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    while True:
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
        descriptor = os.open(temporary, flags, mode)
        _lock(descriptor)
        if temporary.exists():  # else another fit has taken it for an abandoned one
            return temporary, descriptor
        os.close(descriptor)


def _take_over(descriptor: int, old: os.stat_result) -> None:
    """Give a new file the owner and the mode of the old one, where that is allowed."""
    with suppress(OSError):
        os.fchown(descriptor, old.st_uid, old.st_gid)
    with suppress(OSError):
        os.fchmod(descriptor, old.st_mode & 0o777)


def _force_to_disk(directory: Path) -> None:
    """Let a rename in it reach the disk."""
    if os.name != "posix":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, *, wait: bool = True) -> bool:
    """Show that the file is being written, until it is closed: also by a kill.

    The number of a process would tell less: it is used again, and other machines that share
    the disk have the same ones.
    """
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:  # a process writes it, or this file system knows no locks
        return False
    return True


def _remove_abandoned(target: Path) -> None:
    """Remove temporary files of this target that no process writes any more."""
    pattern = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]+\.tmp")
    with os.scandir(target.parent) as entries:
        found = [entry.path for entry in entries if pattern.fullmatch(entry.name)]
    for path in found:
        with suppress(OSError):
            _remove_if_abandoned(path)


def _remove_if_abandoned(path: str) -> None:
    flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags)
    try:
        is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        if is_file and _lock(descriptor, wait=False) and fcntl is not None:
            os.unlink(path)  # under the lock: its writer would wait for it, and look again
    finally:
        os.close(descriptor)
    if is_file and fcntl is None:
        os.unlink(path)
