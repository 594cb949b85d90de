"""What all parts of the desk share: transactions, the clock, and the audit chain."""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection

from pipeline.audit_chain import AuditChain
from pipeline.audit_events import milliseconds
from pipeline.audit_log import HeadsLog
from pipeline.errors import DeskError
from pipeline.ledger_engine import Database

LONGEST_TEXT = 10_000
"""Characters of a reason, a comment or a note."""


class Store:
    """One open database and the chain in it.

    Args:
        database: Shared by all parts of one desk.
        clock: The current time, aware of its zone.
        heads: Where heads of the chain are kept outside of the database, if anywhere.
    """

    def __init__(self, database: Database, *, clock: Callable[[], datetime], heads: HeadsLog | None = None) -> None:
        self.database = database
        self.clock = clock
        self.chain = AuditChain(reading=database.reading, writing=database.writing, clock=clock, heads=heads)

    @contextmanager
    def reading(self, doing: str) -> Iterator[Connection]:
        """A transaction that reads."""
        with self.database.reading(doing) as connection:
            yield connection

    @contextmanager
    def writing(self, doing: str) -> Iterator[Connection]:
        """A transaction that writes; one at a time, so that what it reads first still holds when it writes."""
        with self.database.writing(doing) as connection:
            yield connection

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return milliseconds(self.clock())

    def new_id(self) -> str:
        """An id that sorts by time and that nobody guesses: for uploads and runs, in addresses and folders."""
        return f"{self.clock():%Y%m%dt%H%M%S}-{secrets.token_hex(4)}"


def slug(title: str) -> str:
    """A title as it can stand in an address and be a folder's name; may be empty."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].strip("-")


def storable(text: str) -> str:
    """A text without what columns refuse: zero bytes, and half a character pair as file names can hold."""
    return text.replace("\0", "?").encode("utf-8", "replace").decode()


def clean_text(text: str, *, what: str, required: bool = False) -> str:
    """A text that somebody typed, without blank ends and control characters.

    Raises:
        DeskError: It is too long, or empty though it must not be.
    """
    kept = storable("".join(letter for letter in text.replace("\r\n", "\n") if letter >= " " or letter in "\n\t"))
    kept = kept.strip()
    if required and not kept:
        raise DeskError(f"{what} is missing. Write a sentence.")
    if len(kept) > LONGEST_TEXT:
        raise DeskError(f"{what} has {len(kept):,} characters; at most {LONGEST_TEXT:,} are kept. Shorten it.")
    return kept
