"""The loop: a few runs at a time, waiting ones held, dead ones noted, stubborn ones killed."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from flows import run_loop
from flows.desk_screening import open_desk
from flows.due_runs import DueRuns
from flows.run_child import Kind
from flows.run_loop import RunLoop
from flows.run_processes import Ended
from pipeline.desk.desk import Desk
from pipeline.desk.models import DeskRun
from tests.flows.desk_fixtures import open_with_opening


class Scripted:
    """Places where screenings start and end when a test says so."""

    def __init__(self) -> None:
        self.going: dict[str, Kind] = {}
        self.over: list[Ended] = []
        self.killed: list[str] = []

    def __len__(self) -> int:
        return len(self.going)

    def __contains__(self, subject: object) -> bool:
        return subject in self.going

    def warm_up(self) -> None:
        pass

    def start(self, kind: Kind, subject: str) -> None:
        self.going[subject] = kind

    def reap(self) -> list[Ended]:
        over, self.over = self.over, []
        for ended in over:
            self.going.pop(ended.subject, None)
        return over

    def kill(self, subject: str) -> None:
        self.killed.append(subject)

    def end(self) -> bool:
        self.going.clear()
        return True


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened, settings = open_with_opening(tmp_path)
    with opened:
        for name in ("second", "third"):
            opened.openings.create(name, by="maria", id=name)
            opened.scorecards.save(name, "id: x\n", by="maria")
    with open_desk(settings, lease=timedelta(seconds=1.0)) as short:
        yield short


@pytest.fixture
def places() -> Scripted:
    return Scripted()


@pytest.fixture
def interrupted() -> list[DeskRun]:
    return []


@pytest.fixture
def loop(
    desk: Desk, places: Scripted, interrupted: list[DeskRun], monkeypatch: pytest.MonkeyPatch
) -> Iterator[RunLoop]:
    # Minutes of waiting in a second.
    for name in ("TICK_SECONDS", "HOLD_SECONDS", "SWEEP_SECONDS", "STOPPING_SECONDS"):
        monkeypatch.setattr(run_loop, name, 0.05)
    running = RunLoop(desk, places, DueRuns("http://127.0.0.1:1/api"), at_once=2, interrupted=interrupted.append)
    running.start()
    yield running
    running.stop()


def until(condition: Callable[[], bool], *, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def queue(desk: Desk, *openings: str) -> list[str]:
    return [desk.runs.queue(opening, by="maria").id for opening in openings]


def test_a_few_go_on_at_a_time_and_those_that_wait_keep_their_place(
    loop: RunLoop, desk: Desk, places: Scripted
) -> None:
    first, second, third = queue(desk, "billing", "second", "third")
    loop.wake()
    until(lambda: set(places.going) == {first, second})
    # Longer than a lease.
    time.sleep(1.5)
    assert desk.runs.get(third).state == "queued"
    places.over.append(Ended(first, "desk run", 0))
    until(lambda: third in places.going)
    assert loop.healthy


def test_a_process_that_went_without_a_word_is_noted(loop: RunLoop, desk: Desk, places: Scripted) -> None:
    (run,) = queue(desk, "billing")
    until(lambda: run in places.going)
    places.over.append(Ended(run, "desk run", -9))
    until(lambda: desk.runs.get(run).state == "failed")
    assert "SIGKILL" in desk.runs.get(run).error


def test_a_cancelled_run_that_does_not_stop_is_killed(loop: RunLoop, desk: Desk, places: Scripted) -> None:
    (run,) = queue(desk, "billing")
    until(lambda: run in places.going)
    assert places.killed == []
    desk.runs.cancel(run, by="maria")
    until(lambda: places.killed[:1] == [run])


def test_a_run_whose_lease_passed_is_told(
    loop: RunLoop, desk: Desk, interrupted: list[DeskRun], tmp_path: Path
) -> None:
    (run,) = queue(desk, "billing")
    desk.runs.begin(run, out=tmp_path / "out")
    until(lambda: [one.id for one in interrupted] == [run])
    assert desk.runs.get(run).state == "interrupted"


def test_stopping_names_the_runs_that_were_not_over(loop: RunLoop, desk: Desk, places: Scripted) -> None:
    (run,) = queue(desk, "billing")
    until(lambda: run in places.going)
    assert loop.stop() == (run,)
    assert not loop.healthy
