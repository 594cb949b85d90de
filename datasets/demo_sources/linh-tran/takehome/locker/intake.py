import sqlite3


def take_in(db: sqlite3.Connection, pack: list[dict], arrived: float) -> int:
    """Save a pack. Returns how many events were new. Caller answers 202 only after this returned."""
    with db:  # one transaction: all of the pack or nothing
        offset = offset_of(db, pack, arrived)
        new = 0
        for event in pack:
            cursor = db.execute(
                "INSERT INTO events (event_id, type, door, locker_time, corrected_time, arrived)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING",
                (
                    event["event_id"],
                    event["type"],
                    event["compartment"],
                    event["locker_time"],
                    event["locker_time"] + offset,
                    arrived,
                ),
            )
            new += cursor.rowcount
        note_jumps(db, pack, offset)
    return new


def offset_of(db: sqlite3.Connection, pack: list[dict], arrived: float) -> float:
    # A heartbeat that came alone was not waiting in the locker, so it shows what the clock is worth.
    if len(pack) == 1 and pack[0]["type"] == "heartbeat":
        offset = arrived - pack[0]["locker_time"]
        db.execute("INSERT INTO offsets (arrived, offset) VALUES (?, ?)", (arrived, offset))
        return offset
    row = db.execute("SELECT offset FROM offsets ORDER BY arrived DESC LIMIT 1").fetchone()
    return row[0] if row else 0.0


def note_jumps(db: sqlite3.Connection, pack: list[dict], offset: float) -> None:
    ordered = [event["locker_time"] for event in pack]
    for before, after, event in zip(ordered, ordered[1:], pack[1:]):
        if abs(after - before) > 600:
            db.execute(
                "INSERT INTO clock_jumps (door, at) VALUES (?, ?)", (event["compartment"], after + offset)
            )
