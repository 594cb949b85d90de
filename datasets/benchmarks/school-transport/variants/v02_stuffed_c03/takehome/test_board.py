from datetime import timedelta

from board import Board, Event
from morning import START, as_received, run


def test_nobody_is_unaccounted_after_a_usual_morning():
    board = Board([run()])
    for event in as_received(seed=1):
        board.apply(event)
    assert [child.id for child in board.unaccounted("r7", START + timedelta(minutes=90))] in ([], ["c5"])


def test_an_ill_child_leaves_the_roster():
    board = Board([run()])
    for event in as_received(seed=1):
        board.apply(event)
    assert "c4" not in [child.id for child in board.roster("r7")]


def test_a_new_driver_is_shown():
    board = Board([run()])
    board.apply(Event("d1", "r7", "driver_changed", START, None, {"driver": "driver-20"}))
    assert board.runs["r7"].driver == "driver-20"
