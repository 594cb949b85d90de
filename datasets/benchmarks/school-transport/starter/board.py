"""Draft of the morning board. In memory, and most of it is missing. Change what you like."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Child:
    id: str
    stop: str
    school: str
    wheelchair: bool = False
    collectors: tuple[str, ...] = ()  # who may take the child over, besides the school


@dataclass
class Run:
    id: str
    bus: str
    driver: str
    wheelchair_places: int
    leaves_at: datetime
    arrives_at: datetime
    children: list[Child] = field(default_factory=list)  # in the order of the stops


@dataclass(frozen=True)
class Event:
    id: str
    run: str
    kind: str  # absent, boarded, not_at_stop, handed_over, bus_checked, driver_changed, bus_changed
    at: datetime  # clock of whoever sent it
    child: str | None = None
    detail: dict = field(default_factory=dict)


class Board:
    def __init__(self, runs: list[Run]) -> None:
        self.runs = {run.id: run for run in runs}

    def apply(self, event: Event) -> None:
        """Take in one event. It may be late, repeated, or older than one that we have."""
        raise NotImplementedError

    def roster(self, run_id: str) -> list[Child]:
        """What the driver's phone shows."""
        raise NotImplementedError

    def unaccounted(self, run_id: str, now: datetime) -> list[Child]:
        """Children of whom we do not know where they are."""
        raise NotImplementedError
