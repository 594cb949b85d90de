from datetime import timedelta

import pytest
from board import Board, Event
from morning import START, as_received, events, run

END = START + timedelta(minutes=90)


def played(order):
    board = Board([run()])
    for event in order:
        board.apply(event)
    return board


def test_nobody_is_unaccounted_after_a_usual_morning():
    board = played(as_received(seed=1))
    assert [child.id for child in board.unaccounted("r7", START + timedelta(minutes=90))] in ([], ["c5"])


def test_an_ill_child_leaves_the_roster():
    assert "c4" not in [child.id for child in played(as_received(seed=1)).roster("r7")]


@pytest.mark.parametrize("seed", range(50))
def test_the_uncle_needs_an_ok(seed):
    board = played(as_received(seed))
    assert [c.id for c in board.unaccounted("r7", END)] == ["c5"]
    board.apply(Event("ok1", "r7", "office_ok", END, "c5", {"by": "Mele"}))
    assert board.unaccounted("r7", END) == []


def test_backwards():
    assert played(reversed(events()))._best("r7")["c1"][0] == "handed_over"


def test_forgot_one_on_the_bus():
    board = played([e for e in events() if e.id not in ("e8", "e10")])
    assert "Where is c3? (Station -> Heron School)" in board.messages("r7", END)
    assert "driver-12 has not walked to the back of BUS-31" in board.messages("r7", END)


def test_bus_too_small():
    with pytest.raises(ValueError, match="c2.*c3"):
        Board([run()]).apply(Event("b", "r7", "bus_changed", START, None, {"bus": "BUS-2", "wheelchair_places": 1}))


def test_still_there_after_restart(tmp_path):
    path = tmp_path / "m.db"
    Board([run()], path).apply(events()[0])
    assert Board([run()], path)._best("r7")["c1"][0] == "boarded"
