"""Plays one morning of one bus, as a badly connected phone would report it."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from board import Child, Event, Run

START = datetime(2026, 3, 9, 6, 40)


def run() -> Run:
    children = [
        Child("c1", "Mill Lane", "Heron School", collectors=("grandmother R.",)),
        Child("c2", "Mill Lane", "Heron School", wheelchair=True),
        Child("c3", "Station", "Heron School", wheelchair=True),
        Child("c4", "Upper Farm", "Alder School"),
        Child("c5", "Upper Farm", "Alder School", collectors=("escort T.", "father")),
    ]
    return Run("r7", "BUS-31", "driver-12", 2, START, START + timedelta(minutes=70), children)


def events() -> list[Event]:
    def event(number: int, minute: int, kind: str, child: str | None = None, **detail: str) -> Event:
        return Event(f"e{number}", "r7", kind, START + timedelta(minutes=minute), child, detail)

    return [
        event(1, 4, "boarded", "c1"),
        event(2, 5, "boarded", "c2"),
        event(3, 11, "absent", "c4", by="mother"),
        event(4, 17, "boarded", "c3"),
        event(5, 29, "boarded", "c5"),
        event(6, 55, "handed_over", "c1", to="Heron School"),
        event(7, 56, "handed_over", "c2", to="Heron School"),
        event(8, 57, "handed_over", "c3", to="Heron School"),
        event(9, 68, "handed_over", "c5", to="uncle"),
        event(10, 74, "bus_checked"),
    ]


def as_received(seed: int) -> Iterator[Event]:
    """The same morning, but with a gap, some of it twice, and not in order."""
    dice = random.Random(seed)
    sent = events()
    late = sent[3:8]
    dice.shuffle(late)
    yield from sent[:3]
    yield from sent[8:]
    yield from late
    yield from dice.sample(sent, 3)
