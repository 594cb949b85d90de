"""Files of this program itself, which nobody may name as a place where candidates lie.

SQLite's locks belong to a process and a file, not to a connection: a process that opens `ledger.db` once more, as a
plain file, and closes it again drops the locks of its own connections. The next process that is done with the ledger
then takes it for unused and deletes the log that this one goes on writing into. So nothing copies, hashes or lists
what lies there by opening it, and places that hold it are refused.
"""

import os
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import ConfigurationError

Mark = tuple[int, int]
"""Device and number of a file: the same by whatever name, link or mount it is reached."""

_BESIDE = ("", "-wal", "-shm", "-journal")


class OwnFiles(NamedTuple):
    """SHORTLIST_HOME, and the ledger wherever it lies."""

    home: Path
    ledger: Path | None = None
    """None for a database that is no file."""

    def check(self, place: Path, *, inside: bool = False) -> None:
        """Refuse a folder or file in which files of this program would be read.

        Args:
            place: Links are followed.
            inside: Let a place below SHORTLIST_HOME pass, such as the batch of an opening.

        Raises:
            ConfigurationError: It holds SHORTLIST_HOME or the ledger, or lies in SHORTLIST_HOME.
        """
        real, home = place.resolve(), self.home.resolve()
        above_real, above_home = (real, *real.parents), (home, *home.parents)
        ledger = self.ledger.resolve() if self.ledger is not None else home
        above = {*above_home, ledger, *ledger.parents}
        mark = _mark(real)
        if real in above or mark in self.marks() or (mark is not None and mark in {_mark(path) for path in above}):
            raise ConfigurationError(
                f"{str(place)!r} holds files of shortlist itself (SHORTLIST_HOME is {str(self.home)!r}), which are no "
                "candidates. Name a folder beside it, with candidates alone."
            )
        own = _mark(home)
        if not inside and (home in above_real or (own is not None and own in {_mark(path) for path in above_real})):
            raise ConfigurationError(
                f"{str(place)!r} lies in SHORTLIST_HOME ({str(self.home)!r}), where shortlist keeps its own files. "
                "Copy the candidates to a folder elsewhere and name that."
            )

    def marks(self) -> frozenset[Mark]:
        """What must not be opened or gone into, by whatever name it is met further down."""
        paths = [self.home]
        if self.ledger is not None:
            paths += [self.ledger.with_name(f"{self.ledger.name}{end}") for end in _BESIDE]
        return frozenset(mark for path in paths if (mark := _mark(path)) is not None)


def _mark(path: Path) -> Mark | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
