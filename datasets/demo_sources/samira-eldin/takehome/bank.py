"""One locker bank. All events are kept, the state is worked out from them."""

import json
import sqlite3
import threading

HOLD_SECONDS = 72 * 3600

lock = threading.Lock()


def take_in(db, events):
    with db:
        for event in events:
            # The same event twice has the same id; the second one is dropped.
            db.execute(
                "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?)",
                (event["event_id"], event["type"], event["compartment"], event["locker_time"]),
            )


def is_occupied(db, compartment):
    row = db.execute(
        "SELECT type FROM events WHERE compartment = ? AND type IN ('parcel_in', 'parcel_out')"
        " ORDER BY locker_time DESC LIMIT 1",
        (compartment,),
    ).fetchone()
    return row is not None and row[0] == "parcel_in"


def reserve(db, parcel_id, size, now):
    with lock, db:
        known = db.execute("SELECT compartment FROM reservations WHERE parcel_id = ?", (parcel_id,)).fetchone()
        if known:
            return known[0]
        for (number,) in db.execute("SELECT number FROM compartments WHERE size = ? ORDER BY number", (size,)):
            taken = db.execute(
                "SELECT 1 FROM reservations WHERE compartment = ? AND until > ?", (number, now)
            ).fetchone()
            if not taken and not is_occupied(db, number):
                db.execute("INSERT INTO reservations VALUES (?, ?, ?)", (parcel_id, number, now + HOLD_SECONDS))
                return number
    return None
