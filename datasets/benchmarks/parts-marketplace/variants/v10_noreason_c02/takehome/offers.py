"""What is known about each offer: one row per (yard, number). SQLite is the truth, the index is a copy of it."""
import json
import sqlite3
from typing import Iterator, NamedTuple


class Refused(ValueError):
    """A line that must not change anything. The text is the reason, short enough to count by."""


class Offer(NamedTuple):
    yard: str
    no: str
    seq: int
    live: bool
    part: str = ""
    oe: str = ""
    donor: str = ""
    cents: int = 0


def parse(line: str) -> Offer:
    try:
        e = json.loads(line)
        yard, no, seq, op = e["yard"], str(e["offer"]), int(e["seq"]), e["op"]
    except (ValueError, KeyError, TypeError) as x:
        raise Refused("unreadable") from x
    if op in ("sold", "withdraw"):
        return Offer(yard, no, seq, False)
    if op != "put":
        raise Refused("unknown op")
    oe = str(e.get("oe", "")).upper().replace(" ", "").replace("-", "")
    cents = e.get("price")
    if not isinstance(cents, int) or not 0 < cents < 5_000_000:
        raise Refused("price")
    if not e.get("part"):
        raise Refused("no part name")
    return Offer(yard, no, seq, True, e["part"].lower(), oe, e.get("donor", ""), cents)


class Offers:
    def __init__(self, path: str) -> None:
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.execute("pragma journal_mode = wal")
        self.db.execute(
            "create table if not exists offer (yard text, no text, seq integer not null, live integer not null,"
            " part text, oe text, donor text, cents integer, primary key (yard, no))")

    def apply(self, o: Offer) -> bool:
        """True if this event was newer than what we had. A repeat or a late one changes nothing."""
        done = self.db.execute(
            "insert into offer values (?,?,?,?,?,?,?,?) on conflict (yard, no) do update set"
            " seq = excluded.seq, live = excluded.live, part = excluded.part, oe = excluded.oe,"
            " donor = excluded.donor, cents = excluded.cents where excluded.seq > offer.seq", o)
        return done.rowcount == 1

    def all(self) -> Iterator[Offer]:
        for r in self.db.execute("select * from offer order by yard, no"):
            yield Offer(*r[:3], bool(r[3]), *r[4:])
