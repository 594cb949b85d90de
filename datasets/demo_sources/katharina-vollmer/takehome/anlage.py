"""Fächer einer Anlage: reservieren, Ereignisse annehmen, freigeben."""

import sqlite3

FRIST_STUNDEN = 72


def ereignis_annehmen(db: sqlite3.Connection, ereignis: dict) -> bool:
    """Nimmt ein Ereignis an; doppelte haben keine Wirkung."""
    with db:
        neu = db.execute(
            "INSERT OR IGNORE INTO ereignisse (id, art, fach, zaehler) VALUES (?, ?, ?, ?)",
            (ereignis["event_id"], ereignis["type"], ereignis["compartment"], ereignis.get("seq")),
        ).rowcount
        if not neu:
            return False
        # Ein verspätetes Ereignis darf ein neueres nicht überholen.
        db.execute(
            "UPDATE faecher SET zustand = ?, zaehler = ? WHERE nummer = ? AND coalesce(zaehler, -1) < ?",
            (zustand_nach(ereignis), ereignis.get("seq"), ereignis["compartment"], ereignis.get("seq", 0)),
        )
    return True


def zustand_nach(ereignis: dict) -> str:
    if ereignis.get("seq") is None:
        return "unsicher"
    return {"parcel_in": "belegt", "parcel_out": "frei"}.get(ereignis["type"], "unsicher")
