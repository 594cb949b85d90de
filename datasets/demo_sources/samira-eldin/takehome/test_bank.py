import unittest

from bank import is_occupied, reserve, take_in
from tools import empty_bank


class BankTest(unittest.TestCase):
    def test_event_twice_counts_once(self):
        db = empty_bank()
        event = {"event_id": "a", "type": "parcel_in", "compartment": 1, "locker_time": "2026-02-03T10:00:00Z"}
        take_in(db, [event, event])
        self.assertEqual(db.execute("SELECT count(*) FROM events").fetchone()[0], 1)

    def test_late_event_does_not_put_the_parcel_back(self):
        db = empty_bank()
        take_in(db, [{"event_id": "b", "type": "parcel_out", "compartment": 1, "locker_time": "2026-02-03T11:00:00Z"}])
        take_in(db, [{"event_id": "a", "type": "parcel_in", "compartment": 1, "locker_time": "2026-02-03T10:00:00Z"}])
        self.assertFalse(is_occupied(db, 1))

    def test_same_parcel_again_gets_the_same_compartment(self):
        db = empty_bank()
        self.assertEqual(reserve(db, "p", "S", 0), reserve(db, "p", "S", 0))
