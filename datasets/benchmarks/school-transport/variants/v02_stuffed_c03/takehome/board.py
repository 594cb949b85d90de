"""The morning board: events in, state out."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta


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
    """Single source of truth for one morning."""

    def __init__(self, runs: list[Run]) -> None:
        self.runs = {run.id: run for run in runs}
        self.events: dict[str, list[Event]] = defaultdict(list)
        self.status: dict[str, str] = {}

    def apply(self, event: Event) -> None:
        """Take in one event, idempotently."""
        if event in self.events[event.run]:
            return
        self.events[event.run].append(event)
        self.events[event.run].sort(key=lambda e: e.at)
        self._derive(event.run)

    def _derive(self, run_id: str) -> None:
        run = self.runs[run_id]
        for event in self.events[run_id]:
            if event.kind == "driver_changed":
                run.driver = event.detail["driver"]
            elif event.kind == "bus_changed":
                run.bus = event.detail["bus"]
                run.wheelchair_places = event.detail.get("wheelchair_places", run.wheelchair_places)
            elif event.child is not None:
                self.status[event.child] = event.kind

    def roster(self, run_id: str) -> list[Child]:
        """What the driver's phone shows."""
        return [child for child in self.runs[run_id].children if self.status.get(child.id) != "absent"]

    def unaccounted(self, run_id: str, now: datetime) -> list[Child]:
        """Children of whom we do not know where they are."""
        run = self.runs[run_id]
        if now < run.arrives_at + timedelta(minutes=15):
            return []
        known = {"absent", "not_at_stop", "handed_over"}
        return [child for child in run.children if self.status.get(child.id) not in known]
