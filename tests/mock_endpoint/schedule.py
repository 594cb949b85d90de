"""Which fault befalls a call: seeded shares and exact counts."""

import hashlib
from collections.abc import Callable, Sequence

from tests.mock_endpoint.behaviour import Fault, When
from tests.mock_endpoint.statistics import Attempt


def seeded_share(seed: int, *parts: object) -> float:
    """A number from 0 to 1 (exclusive) that hangs on nothing but its arguments, evenly spread."""
    text = "\x00".join(str(part) for part in (seed, *parts))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) / 2**64


class FaultSchedule:
    """Picks faults; counts are its own, so that a new schedule begins anew."""

    def __init__(self, faults: Sequence[Fault], *, seed: int) -> None:
        self._faults = tuple(faults)
        self._seed = seed
        self._met = [0] * len(self._faults)

    def pick(self, attempt: Attempt, texts: Sequence[str], *, concerns: Callable[[Fault], bool]) -> Fault | None:
        """The fault for this arrival of a body with these messages, if any.

        Every fault's conditions are counted on every call that it concerns, also when an earlier one befalls it.
        """
        hits = [
            fault
            for number, fault in enumerate(self._faults)
            if concerns(fault) and self._hits(number, fault.when, attempt, texts)
        ]
        return hits[0] if hits else None

    def _hits(self, number: int, when: When, attempt: Attempt, texts: Sequence[str]) -> bool:
        if when.containing is not None and not any(when.containing in text for text in texts):
            return False
        if attempt.number < when.from_attempt or (when.attempts is not None and attempt.number > when.attempts):
            return False
        if when.share_of_bodies < 1 and self._draw("body", number, attempt.digest) >= when.share_of_bodies:
            return False
        if when.share < 1 and self._draw("call", number, attempt.digest, attempt.number) >= when.share:
            return False
        self._met[number] += 1
        counted = self._met[number] - when.after
        if counted < 1 or (when.first is not None and counted > when.first):
            return False
        return counted % when.every == 0

    def _draw(self, *parts: object) -> float:
        return seeded_share(self._seed, *parts)
