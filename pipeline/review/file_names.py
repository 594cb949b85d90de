"""Names of files as every disk takes them: the rules of intake count letters, disks count bytes."""

import hashlib
import os
from collections.abc import Iterable
from typing import Final

from pipeline.intake_tree import safe_name

MOST_BYTES: Final = 180
"""Of a name; disks take 255, and a name gets additions such as ` (folder)`."""
MOST_PATH_BYTES: Final = 2_000
"""Of a whole path below the batch; systems take 4,096 with what stands before it."""
DEEPEST: Final = 24
"""Folders one in another."""
_LONGEST_SUFFIX: Final = 20


def disk_name(name: str) -> str:
    """A name that is safe to show and short enough for a disk; a cut one ends in a mark of what it was."""
    safe = safe_name(name)
    if len(safe.encode()) <= MOST_BYTES:
        return safe
    stem, suffix = os.path.splitext(safe)
    if len(suffix.encode()) > _LONGEST_SUFFIX:
        stem, suffix = safe, ""
    mark = "-" + hashlib.sha256(safe.encode()).hexdigest()[:8]
    room = MOST_BYTES - len(mark) - len(suffix.encode())
    kept = stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .")
    return safe_name(kept + mark + suffix)


def disk_parts(parts: Iterable[str]) -> tuple[str, ...]:
    """The parts of a path as a disk takes them; of one that is too long, folders in its middle are left away."""
    names = [disk_name(part) for part in parts]
    while len(names) > 2 and (len(names) > DEEPEST or len("/".join(names).encode()) > MOST_PATH_BYTES):
        del names[1]
    return tuple(names)
