"""The loop: a few runs at a time, waiting ones held, dead ones noted, stubborn ones killed."""

import threading
import time
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from flows import run_loop
from flows.desk_screening import open_desk
from flows.due_runs import DueRuns, FlowRunOf
from flows.prescreening_openings import SCHEDULE
from flows.run_child import Kind
from flows.run_loop import RunLoop
from flows.run_processes import Ended
from pipeline.desk.desk import Desk
from pipeline.desk.models import DeskRun
from pipeline.errors import StorageError
from pipeline.settings import Settings
from tests.flows.desk_fixtures import OPENING, open_with_opening

PRIVATE = "/home/somebody/anna-resume.pdf"


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
    # Nobody renews what a test begins, so its lease must outlast the test.
    with open_desk(settings, lease=timedelta(hours=1)) as held:
        yield held


@pytest.fixture
def lapsed(desk: Desk, tmp_path: Path) -> str:
    """A run that began and whose lease has passed."""
    with open_desk(Settings(home=tmp_path), lease=timedelta(0)) as short:
        (run,) = queue(short, "billing")
        short.runs.begin(run, out=tmp_path / "out")
    return run


@pytest.fixture
def places() -> Scripted:
    return Scripted()


class Told(DueRuns):
    """A Prefect server that has due, and was told to cancel, what a test says."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1/api")
        self.due: list[FlowRunOf] = []
        self.cancelled: list[FlowRunOf] = []
        self.ended: list[tuple[str, bool]] = []

    def take(self, count: int) -> list[FlowRunOf]:
        taken, self.due = self.due[:count], self.due[count:]
        return taken

    def stopped(self, active: Collection[DeskRun]) -> list[FlowRunOf]:
        return self.cancelled

    def flow_run_of(self, run: str) -> str | None:
        return f"flow run of {run}"

    def note_end(self, flow_run: str, *, cancelled: bool, why: str) -> None:
        self.ended.append((flow_run, cancelled))


@pytest.fixture
def server() -> Told:
    return Told()


@pytest.fixture
def interrupted() -> list[DeskRun]:
    return []


@pytest.fixture
def loop(
    desk: Desk, places: Scripted, server: Told, interrupted: list[DeskRun], monkeypatch: pytest.MonkeyPatch
) -> Iterator[RunLoop]:
    # Minutes of waiting in a second.
    for name in ("TICK_SECONDS", "HOLD_SECONDS", "SWEEP_SECONDS", "STOPPING_SECONDS", "DUE_SECONDS"):
        monkeypatch.setattr(run_loop, name, 0.05)
    running = RunLoop(desk, places, server, at_once=2, interrupted=interrupted.append)
    running.start()
    yield running
    running.stop()


def until(condition: Callable[[], bool], *, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def queue(desk: Desk, *openings: str) -> list[str]:
    return [desk.runs.queue(opening, by="maria").id for opening in openings]


def held_until(desk: Desk, run: str) -> datetime:
    lease = desk.runs.get(run).lease_until
    assert lease is not None
    return lease


def test_a_few_go_on_at_a_time_and_those_that_wait_keep_their_place(
    loop: RunLoop, desk: Desk, places: Scripted
) -> None:
    first, second, third = queue(desk, "billing", "second", "third")
    loop.wake()
    until(lambda: set(places.going) == {first, second})
    before = held_until(desk, third)
    until(lambda: held_until(desk, third) > before)
    assert desk.runs.get(third).state == "queued"
    places.over.append(Ended(first, "desk run", 0))
    until(lambda: third in places.going)
    assert loop.healthy


def test_what_a_scheduled_look_queues_is_begun_by_nobody_else(loop: RunLoop, desk: Desk, places: Scripted) -> None:
    desk.runs.queue("billing", by=SCHEDULE)
    (asked,) = queue(desk, "second")
    loop.wake()
    until(lambda: asked in places.going)
    assert set(places.going) == {asked}


def test_a_process_that_went_without_a_word_is_noted(loop: RunLoop, desk: Desk, places: Scripted, server: Told) -> None:
    (run,) = queue(desk, "billing")
    until(lambda: run in places.going)
    places.over.append(Ended(run, "desk run", -9))
    until(lambda: desk.runs.get(run).state == "failed")
    assert "SIGKILL" in desk.runs.get(run).error
    # Or the server would show it as running for ever.
    until(lambda: server.ended == [(f"flow run of {run}", False)])


def test_a_cancelled_run_that_does_not_stop_is_killed(loop: RunLoop, desk: Desk, places: Scripted) -> None:
    (run,) = queue(desk, "billing")
    until(lambda: run in places.going)
    assert places.killed == []
    desk.runs.cancel(run, by="maria")
    until(lambda: places.killed[:1] == [run])


def test_a_run_whose_lease_passed_is_told(lapsed: str, loop: RunLoop, desk: Desk, interrupted: list[DeskRun]) -> None:
    until(lambda: [one.id for one in interrupted] == [lapsed])
    assert desk.runs.get(lapsed).state == "interrupted"


def test_stopping_names_the_runs_that_were_not_over(loop: RunLoop, desk: Desk, places: Scripted) -> None:
    (run,) = queue(desk, "billing")
    until(lambda: run in places.going)
    assert loop.stop() == (run,)
    assert not loop.healthy


def look_by_schedule(desk: Desk, places: Scripted, server: Told) -> str:
    """Let a scheduled look begin, and queue its run as its process does; gives the run."""
    server.due.append(FlowRunOf("look", None, "billing"))
    until(lambda: places.going.get("look") == "flow run")
    time.sleep(0.01)
    run = desk.runs.queue("billing", by=SCHEDULE)
    desk.runs.begin(run.id, out=Path("unused"))
    return run.id


def test_a_scheduled_look_that_is_killed_takes_its_run_along(
    loop: RunLoop, desk: Desk, places: Scripted, server: Told
) -> None:
    run = look_by_schedule(desk, places, server)
    (of_somebody,) = queue(desk, "second")
    places.over.append(Ended("look", "flow run", -9))
    until(lambda: desk.runs.get(run).state == "failed")
    assert "SIGKILL" in desk.runs.get(run).error
    until(lambda: server.ended == [("look", False)])
    assert desk.runs.get(of_somebody).active


def test_what_is_cancelled_on_the_servers_pages_is_cancelled_at_the_desk(
    loop: RunLoop, desk: Desk, places: Scripted, server: Told
) -> None:
    run = look_by_schedule(desk, places, server)
    server.cancelled.append(FlowRunOf("look", None, "billing", began=datetime.now(UTC) - timedelta(seconds=30)))
    until(lambda: desk.runs.get(run).state == "cancelled")
    assert [told.event.actor for told in desk.chain.told("run.cancelled")] == ["prefect"]
    until(lambda: "look" in places.killed)


def test_a_look_that_is_cancelled_before_it_has_a_run_is_ended(
    loop: RunLoop, desk: Desk, places: Scripted, server: Told
) -> None:
    server.due.append(FlowRunOf("look", None, "billing"))
    until(lambda: "look" in places.going)
    server.cancelled.append(FlowRunOf("look", None, "billing", began=datetime.now(UTC)))
    until(lambda: places.killed[:1] == ["look"])
    server.cancelled.clear()
    places.over.append(Ended("look", "flow run", -15))
    until(lambda: server.ended == [("look", True)])


def test_a_flow_run_that_nobody_is_about_is_ended_when_it_is_cancelled(loop: RunLoop, server: Told) -> None:
    server.cancelled.append(FlowRunOf("of another day", None, "billing"))
    until(lambda: ("of another day", True) in server.ended)


def test_a_look_has_the_run_that_was_queued_while_it_went_on(desk: Desk) -> None:
    run = desk.runs.queue("billing", by=SCHEDULE)
    before, after = run.asked - timedelta(minutes=1), run.asked + timedelta(minutes=1)
    assert FlowRunOf("1", None, "billing", began=before).is_of(run)
    assert FlowRunOf("1", None, "billing", began=before, ended=after).is_of(run)
    assert not FlowRunOf("1", None, "billing", began=before, ended=before).is_of(run)
    assert not FlowRunOf("1", None, "billing", began=after).is_of(run)
    assert not FlowRunOf("1", None, "second", began=before).is_of(run)
    assert FlowRunOf("1", run.id, None).is_of(run)
    assert not FlowRunOf("1", None, "second", began=before).is_of(desk.runs.queue("second", by="maria"))


def test_what_killed_processes_left_is_cleared_away(desk: Desk, places: Scripted, server: Told) -> None:
    tidied: list[int] = []
    loop = RunLoop(desk, places, server, at_once=1, interrupted=lambda _: None, tidy=lambda: tidied.append(len(tidied)))
    loop.start()
    try:
        (run,) = queue(desk, "billing")
        until(lambda: run in places.going)
        assert tidied == []
        places.over.append(Ended(run, "desk run", -9))
        until(lambda: tidied == [0])
    finally:
        loop.stop()


def test_a_database_that_is_away_is_told_once_and_outlived(
    loop: RunLoop, desk: Desk, places: Scripted, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object) -> NoReturn:
        raise StorageError("The database is away.")

    # The same desk must answer again later, as no database that was taken away does within a test.
    with monkeypatch.context() as patched:
        patched.setattr(type(desk.runs), "active", away)
        until(lambda: "The database is away." in caplog.text)
        time.sleep(0.5)
    assert caplog.text.count("The database is away.") == 1
    (run,) = queue(desk, "billing")
    until(lambda: run in places.going)


def test_an_unexpected_error_is_outlived_and_told_without_its_text(
    loop: RunLoop, desk: Desk, places: Scripted, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> NoReturn:
        raise RuntimeError(PRIVATE)

    with monkeypatch.context() as patched:
        patched.setattr(type(desk.runs), "active", broken)
        until(lambda: "RuntimeError" in caplog.text)
    assert PRIVATE not in caplog.text
    (run,) = queue(desk, "billing")
    until(lambda: run in places.going)


def test_a_server_that_does_not_answer_keeps_nobody_from_ending_everything(
    loop: RunLoop, desk: Desk, places: Scripted, server: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_loop, "JOIN_SECONDS", 0.2)
    asked, answers = threading.Event(), threading.Event()

    def take(count: int) -> list[FlowRunOf]:
        asked.set()
        answers.wait(30)
        return [FlowRunOf("late", None, OPENING)]

    monkeypatch.setattr(server, "take", take)
    assert asked.wait(10)
    began = time.monotonic()
    loop.stop()
    assert time.monotonic() - began < 5
    answers.set()
    until(lambda: not loop.healthy)
    # What it learns afterwards begins nothing.
    assert places.going == {}
