from datetime import timedelta

from board import Board
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


def test_repeated_events_are_ignored():
    board = Board([run()])
    events = list(as_received(seed=2))
    for event in events + events:
        board.apply(event)
    assert len(board.events["r7"]) == 10
