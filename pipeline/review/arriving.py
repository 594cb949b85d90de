"""How many uploads arrive at the same time: each may fill as much of the disk as one upload may bring."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pipeline.errors import DeskError

MOST_UPLOADS: Final = 8


class UploadsCrowded(DeskError):
    """Many uploads are arriving; the same again works in a minute."""


class Arriving:
    """The uploads that arrive now, of people who are known and may send some. Used in the event loop alone."""

    def __init__(self) -> None:
        self._now = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """A place for an upload while it arrives.

        Raises:
            UploadsCrowded: There is none.
        """
        if self._now >= MOST_UPLOADS:
            raise UploadsCrowded(
                "Many uploads are arriving right now. Try again in a minute; nothing was kept of this one."
            )
        self._now += 1
        try:
            yield
        finally:
            self._now -= 1
