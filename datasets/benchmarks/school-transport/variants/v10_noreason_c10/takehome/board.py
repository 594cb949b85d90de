"""One morning: what was planned, what the road says, and who is not accounted for."""

import json
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SCHEMA = """create table if not exists event (
    id text primary key, run text not null, kind text not null, at text not null,
    child text, detail text not null, received text not null default current_timestamp)"""

WEIGHT = {"expected": 0, "absent": 1, "not_at_stop": 2, "aboard": 3, "handed_over": 4}
STATE = {"absent": "absent", "not_at_stop": "not_at_stop", "boarded": "aboard", "handed_over": "handed_over"}
GRACE = timedelta(minutes=15)


@dataclass(frozen=True)
class Child:
    id: str
    stop: str
    school: str
    wheelchair: bool = False
    collectors: tuple[str, ...] = ()


@dataclass
class Run:
    id: str
    bus: str
    driver: str
    wheelchair_places: int
    leaves_at: datetime
    arrives_at: datetime
    children: list[Child] = field(default_factory=list)


@dataclass(frozen=True)
class Event:
    id: str
    run: str
    kind: str
    at: datetime
    child: str | None = None
    detail: dict = field(default_factory=dict)


class Refused(Exception):
    """Only for plans."""


class Board:
    def __init__(self, runs: list[Run], path: str = ":memory:") -> None:
        self.runs = {run.id: run for run in runs}
        self.db = sqlite3.connect(path)
        self.db.execute(SCHEMA)

    def apply(self, event: Event) -> bool:
        """Keep the event; False if we had it."""
        if event.kind == "bus_changed":
            seated = [c for c in self.roster(event.run) if c.wheelchair]
            if int(event.detail["wheelchair_places"]) < len(seated):
                raise Refused(f"{event.run}: no place for {', '.join(c.id for c in seated)}")
        with self.db:
            done = self.db.execute(
                "insert or ignore into event (id, run, kind, at, child, detail) values (?, ?, ?, ?, ?, ?)",
                (event.id, event.run, event.kind, event.at.isoformat(), event.child, json.dumps(event.detail)),
            )
        return done.rowcount == 1

    def _events(self, run_id: str) -> list[tuple[str, str | None, dict]]:
        rows = self.db.execute("select kind, child, detail from event where run = ? order by rowid", (run_id,))
        return [(kind, child, json.loads(detail)) for kind, child, detail in rows]

    def states(self, run_id: str) -> dict[str, str]:
        state = {child.id: "expected" for child in self.runs[run_id].children}
        corrected = {}
        for kind, child, detail in self._events(run_id):
            if kind == "correction":  # by the office
                corrected[child] = detail["state"]
            elif child in state and WEIGHT[STATE.get(kind, "expected")] > WEIGHT[state[child]]:
                state[child] = STATE[kind]
        return state | corrected

    def roster(self, run_id: str) -> list[Child]:
        state = self.states(run_id)
        return [c for c in self.runs[run_id].children if state[c.id] != "absent"]

    def unaccounted(self, run_id: str, now: datetime) -> list[Child]:
        run, state = self.runs[run_id], self.states(run_id)
        if now < run.leaves_at:
            return []
        reached = {child for kind, child, _ in self._events(run_id) if kind == "parent_reached"}
        late = now > run.arrives_at + GRACE
        open_states = {"expected", "aboard"} if late else set()
        return [
            c
            for c in run.children
            if state[c.id] in open_states or (state[c.id] == "not_at_stop" and c.id not in reached)
        ]

    def alarms(self, run_id: str, now: datetime) -> list[str]:
        run, known = self.runs[run_id], {c.id: c for c in self.runs[run_id].children}
        said, state = [], self.states(run_id)
        checked = False
        for kind, child, detail in self._events(run_id):
            if child is not None and child not in known:
                said.append(f"{kind} of {child}, who is not on this run")
            elif kind == "handed_over" and detail["to"] not in (known[child].school, *known[child].collectors):
                said.append(f"{child} went with {detail['to']}, not on the list")
            elif kind == "absent" and state[child] in ("aboard", "handed_over"):
                said.append(f"{child} reported ill by {detail.get('by', '?')} but is {state[child]}")
            checked = checked or kind == "bus_checked"
        if now > run.arrives_at + GRACE and not (checked and "aboard" not in state.values()):
            said.append(f"{run_id} is not closed")
        return said + [f"where is {c.id}?" for c in self.unaccounted(run_id, now)]
