"""The morning board, with the events in SQLite."""

import json
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta


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


# bigger wins, whatever the clock says (see README)
ORDER = {"absent": 1, "not_at_stop": 2, "boarded": 3, "handed_over": 4}


class Board:
    def __init__(self, runs, path=":memory:"):
        self.runs = {run.id: run for run in runs}
        self.db = sqlite3.connect(path)
        self.db.execute(
            "create table if not exists events (id text primary key, run text, kind text, at text, child text, detail text)"
        )

    def apply(self, event):
        if event.kind == "bus_changed":
            self._check_places(event)
        with self.db:
            self.db.execute(
                "insert or ignore into events values (?, ?, ?, ?, ?, ?)",
                (event.id, event.run, event.kind, event.at.isoformat(), event.child, json.dumps(event.detail)),
            )

    def _check_places(self, event):
        places = event.detail.get("wheelchair_places", 0)
        chairs = [c.id for c in self.roster(event.run) if c.wheelchair]
        if len(chairs) > places:
            raise ValueError(f"{event.detail.get('bus')} has {places} wheelchair places, these need one: {chairs}")

    def _best(self, run_id):
        """For each child the event that wins."""
        best = {}
        rows = self.db.execute("select child, kind, detail from events where run = ? and child is not null", (run_id,))
        for child, kind, detail in rows:
            if kind in ORDER and (child not in best or ORDER[kind] > ORDER[best[child][0]]):
                best[child] = (kind, json.loads(detail))
        return best

    def _office_ok(self, run_id):
        rows = self.db.execute("select child from events where run = ? and kind = 'office_ok'", (run_id,))
        return {child for (child,) in rows}

    def roster(self, run_id):
        best = self._best(run_id)
        return [c for c in self.runs[run_id].children if best.get(c.id, ("",))[0] != "absent"]

    def unaccounted(self, run_id, now):
        run = self.runs[run_id]
        if now < run.arrives_at + timedelta(minutes=10):
            return []
        best, ok = self._best(run_id), self._office_ok(run_id)
        missing = []
        for child in run.children:
            kind, detail = best.get(child.id, ("nothing", {}))
            if kind in ("nothing", "boarded"):
                missing.append(child)
            # handed over, but to somebody we don't know
            elif kind == "handed_over" and detail["to"] not in (child.school, *child.collectors) and child.id not in ok:
                missing.append(child)
        return missing

    def messages(self, run_id, now):
        out = [f"Where is {c.id}? ({c.stop} -> {c.school})" for c in self.unaccounted(run_id, now)]
        checked = self.db.execute("select 1 from events where run = ? and kind = 'bus_checked'", (run_id,)).fetchone()
        if not checked and now > self.runs[run_id].arrives_at + timedelta(minutes=10):
            out.append(f"{self.runs[run_id].driver} has not walked to the back of {self.runs[run_id].bus}")
        return out
