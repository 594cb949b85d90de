"""Heads of the audit chain in a file outside of the database: whoever cuts events off cannot do it there alone.

Every decision, run and the like adds a line with the number, the hash and the time of its event. The chain is whole
if each line's event is in it. A copy of the file on another machine knows what this one can be made to forget.
"""

import json
import logging
import os
import re
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from pipeline.audit_events import ChainProblem, Event, LoggedHead
from pipeline.errors import ConfigurationError

HEADS_FILE: Final = "audit-heads.log"
"""In SHORTLIST_HOME."""
_LINE: Final = re.compile(r"(\d{1,18}) ([0-9a-f]{64}) (\S+)")
_log = logging.getLogger(__name__)


class LoggedHeads(NamedTuple):
    """What such a file remembers."""

    source: str
    """Where it lies, for messages."""
    heads: tuple[LoggedHead, ...] = ()
    problems: tuple[ChainProblem, ...] = ()
    missing: bool = False
    """There is no such file."""


class HeadsLog:
    """The file, written to by several processes and threads at once.

    Args:
        path: Made when the first head is noted, for its owner alone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def note(self, event: Event) -> None:
        """Add the head that an event is; what is told of it stays when the power goes.

        The event is in the chain already, so a disk that is full loses no decision: it is told in the log.
        """
        line = f"{event.seq} {event.hash} {event.time.isoformat(timespec='milliseconds')}\n"
        try:
            with self._lock:
                descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    # One write is one line, whoever else writes; what broke off before is a line of its own.
                    os.write(descriptor, (line if _ends_whole(descriptor) else f"\n{line}").encode())
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
        except OSError as error:
            _log.error("the head of event %d could not be added to %s: %s", event.seq, HEADS_FILE, error.strerror)

    def read(self) -> LoggedHeads:
        """What the file remembers now."""
        return _read(self._path)


def copied_heads(paths: Iterable[Path]) -> tuple[LoggedHeads, ...]:
    """What copies of the file remember, and shortlists that were exported as JSON.

    Raises:
        ConfigurationError: A path is not there, or holds no head.
    """
    found = []
    for path in paths:
        copy = _exported(path) or _read(path)
        if not copy.heads:
            raise ConfigurationError(
                f"{str(path)!r} holds no head of the audit chain. Name a copy of {HEADS_FILE}, or a shortlist that was "
                "exported as JSON."
            )
        found.append(copy)
    return tuple(found)


def _ends_whole(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"


def _read(path: Path) -> LoggedHeads:
    source = str(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return LoggedHeads(source, missing=True)
    except OSError as error:
        text = f"{source!r} cannot be read ({error.strerror}), so its heads could not be looked for."
        return LoggedHeads(source, problems=(ChainProblem(kind="not_checked", seq=None, text=text),))
    *lines, _ = content.decode("ascii", "replace").split("\n")
    heads: list[LoggedHead] = []
    strange: list[int] = []
    for number, line in enumerate(lines, start=1):
        if found := _LINE.fullmatch(line):
            heads.append(LoggedHead(source=source, seq=int(found[1]), hash=found[2], time=found[3]))
        else:
            strange.append(number)
    problems = []
    if strange:
        more = f", and {len(strange) - 1} others" if len(strange) > 1 else ""
        text = f"Line {strange[0]} of {source!r}{more} cannot be read: somebody changed it, or the disk lost it."
        problems.append(ChainProblem(kind="not_checked", seq=None, text=text))
    return LoggedHeads(source, tuple(heads), tuple(problems))


def _exported(path: Path) -> LoggedHeads | None:
    """The head that an exported shortlist names; None for a file that is none."""
    try:
        head = json.loads(path.read_bytes())["audit_head"]
        found = LoggedHead(source=str(path), seq=head["seq"], hash=head["hash"], time=head["time"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return LoggedHeads(str(path), (found,))
