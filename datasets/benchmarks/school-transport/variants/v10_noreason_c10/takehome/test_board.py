import itertools
import unittest
from datetime import timedelta

from board import Board, Event, Refused
from morning import START, as_received, events, run

LATER = START + timedelta(minutes=90)


class Morning(unittest.TestCase):
    def test_any_order_ends_in_the_same_place(self):
        chosen = [events()[i] for i in (0, 1, 2, 4, 5, 8, 9)]
        ends = set()
        for order in itertools.permutations(chosen):
            board = Board([run()])
            for event in order:
                board.apply(event)
            ends.add((tuple(board.states("r7").items()), frozenset(board.alarms("r7", LATER))))
        self.assertEqual(len(ends), 1)

    def test_boarded_beats_ill_and_says_so(self):
        board = Board([run()])
        board.apply(Event("a", "r7", "boarded", START, "c4"))
        board.apply(Event("b", "r7", "absent", START + timedelta(minutes=3), "c4", {"by": "mother"}))
        self.assertIn("c4", [c.id for c in board.roster("r7")])
        self.assertIn("c4 reported ill by mother but is aboard", board.alarms("r7", START))

    def test_uncle_is_kept_and_alarms(self):
        board = Board([run()])
        for event in as_received(seed=3):
            board.apply(event)
        self.assertEqual(board.alarms("r7", LATER), ["c5 went with uncle, not on the list"])

    def test_not_at_stop_is_open_until_the_parent_was_reached(self):
        board = Board([run()])
        board.apply(Event("a", "r7", "not_at_stop", START, "c3"))
        self.assertEqual([c.id for c in board.unaccounted("r7", START)], ["c3"])
        board.apply(Event("b", "r7", "parent_reached", START, "c3"))
        self.assertEqual(board.unaccounted("r7", START), [])

    def test_smaller_bus_is_refused_until_somebody_has_another_seat(self):
        board = Board([run()])
        change = Event("a", "r7", "bus_changed", START, None, {"bus": "BUS-9", "wheelchair_places": 1})
        with self.assertRaises(Refused):
            board.apply(change)
        board.apply(Event("b", "r7", "absent", START, "c2", {"by": "father"}))
        self.assertTrue(board.apply(change))


if __name__ == "__main__":
    unittest.main()
