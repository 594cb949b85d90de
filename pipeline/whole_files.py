"""Files written whole: a reader sees the old file or the new one, never half of it.

What is written lies under a name of its own beside the file until it is complete. An error takes it away; a process
that is killed leaves it there, and whoever deletes the file for good calls `delete_unfinished` as well.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

UNFINISHED: Final = ".unfinished-"
"""How the names begin; intake passes over hidden files, so no run takes one for a document."""
OWNER_ALONE: Final = 0o600
"""Permissions of what holds anything of candidates that is not meant to be passed on."""
ANYBODY: Final = 0o666
"""Permissions of results, of which the system takes away what the umask says, as of any new file."""

_STILL_WRITTEN_SECONDS: Final = 60.0
"""A file that has not grown for so long has nobody who writes it."""
_AT_ONCE: Final = 1 << 20


def write_whole(path: Path, content: bytes | Iterable[bytes], *, permissions: int = OWNER_ALONE) -> None:
    """Write a file whole.

    There is no fsync: after a power cut the file may be damaged, as after any other write.

    Args:
        path: Its folder is there.
        content: Whole, or in pieces that are made while it is written.
        permissions: Before the umask.

    Raises:
        OSError: It cannot be written; what was there before is as it was.
    """
    with _unfinished(path) as unfinished:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, permissions)
        with open(descriptor, "wb") as file:
            file.writelines((content,) if isinstance(content, bytes) else content)
        os.replace(unfinished, path)


def link_whole(source: Path, path: Path) -> None:
    """Let a file be at a second place too, without taking the room twice where the disk can do that.

    Args:
        source: The file; where it cannot be linked to, it is copied, for the owner alone.
        path: Its folder is there.

    Raises:
        OSError: It cannot be done; what was there before is as it was.
    """
    with _unfinished(path) as unfinished:
        try:
            os.link(source, unfinished)
        except OSError:
            write_whole(path, _pieces(source))
        else:
            os.replace(unfinished, path)
            # Two names of one file are not put one in the place of the other.
            unfinished.unlink(missing_ok=True)


def delete_unfinished(folder: Path, *, older_than: float = _STILL_WRITTEN_SECONDS) -> None:
    """Delete what killed processes were writing in a folder and below it; what somebody writes right now stays.

    Args:
        folder: It need not be there.
        older_than: Seconds; 0 where nobody writes.

    Raises:
        OSError: It cannot be deleted.
    """
    for path in folder.rglob(f"{UNFINISHED}*"):
        with contextlib.suppress(FileNotFoundError):
            if path.lstat().st_mtime <= time.time() - older_than:
                path.unlink()


@contextlib.contextmanager
def _unfinished(path: Path) -> Iterator[Path]:
    """A name beside a file that nobody else uses; nothing is left under it when anything fails."""
    unfinished = path.with_name(f"{UNFINISHED}{secrets.token_hex(8)}")
    try:
        yield unfinished
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise


def _pieces(source: Path) -> Iterator[bytes]:
    with source.open("rb") as file:
        while piece := file.read(_AT_ONCE):
            yield piece
