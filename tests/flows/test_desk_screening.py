"""One run of the desk: what it writes, and how it ends when it fails, is cancelled or loses its lease."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import ParamSpec, TypeVar

import pytest

from flows import desk_screening, run_lease
from flows.desk_screening import (
    clear_leftovers,
    let_go,
    run_options,
    screen_desk_run,
)
from flows.opening_state import screened_state
from flows.run_lease import RunLease, RunStopped
from flows.workbench import Step
from pipeline.desk.desk import Desk
from pipeline.desk.places import run_folder
from pipeline.desk.runs_progress import CandidateProgress, read_progress, unfinished_folder
from pipeline.errors import ConfigurationError, StorageError
from pipeline.settings import Settings
from tests.flows.desk_fixtures import OPENING, add_candidates, add_many, open_with_opening
from tests.pipeline.desk.clock import SteppedClock

P = ParamSpec("P")
T = TypeVar("T")
PRIVATE = "/home/somebody/anna-resume.pdf"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened, _ = open_with_opening(tmp_path)
    with opened:
        yield opened


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_a_run_leaves_its_results_and_its_end(desk: Desk, settings: Settings) -> None:
    add_candidates(settings.home, "c02", "c05")
    run = desk.runs.queue(OPENING, by="maria", options={"top": 1})
    end = screen_desk_run(run.id, desk=desk, settings=settings)
    assert end.state == "done"
    done = desk.runs.get(run.id)
    out = run_folder(settings.home, OPENING, run.id)
    assert (done.state, done.out) == ("done", out)
    assert sorted(path.name for path in out.iterdir()) == [
        "run.json",
        "scorecard.yaml",
        "shortlist.csv",
        "shortlist.html",
        "shortlist.json",
    ]
    report = json.loads((out / "shortlist.json").read_text())
    assert report["top"] == 1
    # The review app covers names; the files of a run hold them, so that one can be revealed.
    assert {row["candidate"] for row in report["rows"]} == {"c02", "c05"}
    assert screened_state(settings.home, OPENING) is not None


def test_a_run_that_cannot_start_says_why(desk: Desk, settings: Settings) -> None:
    run = desk.runs.queue(OPENING, by="maria")
    end = screen_desk_run(run.id, desk=desk, settings=settings)
    assert end.state == "failed"
    assert desk.runs.get(run.id).error == end.detail != ""
    assert list(run_folder(settings.home, OPENING, run.id).parent.iterdir()) == []


def test_a_run_that_was_cancelled_before_it_began_does_nothing(desk: Desk, settings: Settings) -> None:
    add_candidates(settings.home, "c02")
    run = desk.runs.queue(OPENING, by="maria")
    desk.runs.cancel(run.id, by="maria")
    assert screen_desk_run(run.id, desk=desk, settings=settings).state == "cancelled"
    assert not run_folder(settings.home, OPENING, run.id).exists()


@pytest.mark.slow
def test_cancelling_stops_soon_and_a_resumed_run_asks_only_what_is_missing(desk: Desk, settings: Settings) -> None:
    add_many(settings.home, 60)
    run = desk.runs.queue(OPENING, by="maria")
    cancelled: list[float] = []
    over = threading.Event()

    def cancel_in_the_middle() -> None:
        while not over.wait(0.05):
            if desk.runs.get(run.id).stage == "judging" and desk.runs.get(run.id).done >= 10:
                desk.runs.cancel(run.id, by="maria")
                cancelled.append(time.monotonic())
                return

    thread = threading.Thread(target=cancel_in_the_middle, daemon=True)
    thread.start()
    try:
        end = screen_desk_run(run.id, desk=desk, settings=settings)
        ended = time.monotonic()
    finally:
        over.set()
        thread.join()
    assert end.state == desk.runs.get(run.id).state == "cancelled"
    assert ended - cancelled[0] < 30, "a heartbeat, a grace period and the room of a busy machine"
    assert not run_folder(settings.home, OPENING, run.id).exists()

    again = desk.runs.queue(OPENING, by="maria", resumes=run.id)
    finished = screen_desk_run(again.id, desk=desk, settings=settings)
    assert finished.published is not None
    counts = finished.published.record.counts
    assert counts.from_ledger > 0
    assert counts.asked + counts.from_ledger == counts.questions


def work_in_silence(*, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.01)


def work_and_tell(lease: RunLease) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        lease.progress(Step("reading", 1, 2, "c02"))
        time.sleep(0.01)


def test_work_that_reports_nothing_is_broken_off(desk: Desk) -> None:
    run = desk.runs.queue(OPENING, by="maria")
    desk.runs.begin(run.id, out=Path("unused"))
    desk.runs.cancel(run.id, by="maria")
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), RunLease(desk, run.id, beat=0.05, grace=0.1):
        work_in_silence(seconds=60)
    assert time.monotonic() - began < 50


def test_work_that_reports_is_stopped_by_its_report(desk: Desk) -> None:
    run = desk.runs.queue(OPENING, by="maria")
    desk.runs.cancel(run.id, by="maria")
    with pytest.raises(RunStopped), RunLease(desk, run.id, beat=0.05, grace=300) as lease:
        work_and_tell(lease)


def test_a_lease_is_held_and_tells_how_far_the_run_is(tmp_path: Path) -> None:
    opened, _ = open_with_opening(tmp_path)
    opened.close()
    clock = SteppedClock()
    with Desk.open(tmp_path / "ledger.db", clock=clock, lease=timedelta(seconds=20)) as desk:
        run = desk.runs.queue(OPENING, by="maria")
        with RunLease(desk, run.id, beat=0.02) as lease:
            lease.progress(Step("judging", 3, 7, "c02"))
            # Longer than a lease in all; at each step a beat has time to renew it.
            for _ in range(2):
                clock.move(seconds=15)
                deadline = time.monotonic() + 60
                while desk.runs.get(run.id).lease_until != clock() + timedelta(seconds=20):
                    assert time.monotonic() < deadline, "the lease was not renewed"
                    time.sleep(0.01)
            held = desk.runs.get(run.id)
            assert (held.state, held.stage, held.done, held.total, held.current) == ("queued", "judging", 3, 7, "c02")
        clock.move(seconds=21)
        assert desk.runs.get(run.id).state == "interrupted"


def test_who_is_read_and_judged_is_told_while_the_run_goes_on(
    desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_lease, "BEAT_SECONDS", 0.02)
    batch = add_candidates(settings.home, "c02", "c05")
    (batch / "scan").mkdir()
    (batch / "scan" / "resume.pdf").write_bytes(b"%PDF-1.4 nothing in it")
    (batch / "empty").mkdir()
    (batch / "empty" / "notes.bin").write_bytes(bytes(40))
    (batch / "dora.zip").write_bytes(b"PK no zip at all")
    run = desk.runs.queue(OPENING, by="maria")
    seen: dict[str, dict[str, CandidateProgress]] = {}

    def known() -> dict[str, CandidateProgress]:
        return {one.candidate: one for one in read_progress(settings.home, OPENING, run.id)}

    def looked_at(name: str, stage: Callable[P, T], /) -> Callable[P, T]:
        """Wait before a stage until a beat has told of all that came before."""
        passed = {"judge a chunk of candidates": "reading", "rank": "judging"}.get(name)

        def after_a_look(*args: P.args, **kwargs: P.kwargs) -> T:
            deadline = time.monotonic() + 60
            while passed and not (len(known()) == 5 and all(one.passed == passed for one in known().values())):
                assert time.monotonic() < deadline, known()
                time.sleep(0.01)
            seen[name] = known()
            return stage(*args, **kwargs)

        return after_a_look

    end = screen_desk_run(run.id, desk=desk, settings=settings, wrap=looked_at)
    assert end.state == "done", end.detail
    files = {name: [aside.file for aside in one.set_aside] for name, one in seen["rank"].items()}
    assert files == {"c02": [], "c05": [], "scan": ["resume.pdf"], "empty": ["resume"], "dora": ["dora.zip"]}
    assert read_progress(settings.home, OPENING, run.id) == ()


def test_runs_that_are_let_go_can_be_resumed_at_once(desk: Desk, settings: Settings) -> None:
    run = desk.runs.queue(OPENING, by="maria")
    desk.runs.begin(run.id, out=Path("unused"))
    let_go([run.id], settings=settings)
    assert desk.runs.get(run.id).state == "interrupted"
    assert desk.runs.queue(OPENING, by="maria", resumes=run.id).resumes == run.id


def test_what_a_killed_run_left_is_cleared_and_what_goes_on_or_is_whole_stays(desk: Desk, settings: Settings) -> None:
    going = desk.runs.queue(OPENING, by="maria")
    folders = [unfinished_folder(settings.home, OPENING, name) for name in ("killed", going.id)]
    folders.append(run_folder(settings.home, OPENING, "whole"))
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "scorecard.yaml").write_text("id: x\n")
    assert clear_leftovers(desk, home=settings.home) == 1
    assert [folder.exists() for folder in folders] == [False, True, True]
    desk.runs.cancel(going.id, by="maria")
    assert clear_leftovers(desk, home=settings.home) == 1
    assert clear_leftovers(desk, home=settings.home) == 0


def test_an_unexpected_error_ends_the_run_without_its_text(
    desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(PRIVATE)

    # No real part fails like this on purpose.
    monkeypatch.setattr(desk_screening, "screen_and_publish", broken)
    run = desk.runs.queue(OPENING, by="maria")
    assert screen_desk_run(run.id, desk=desk, settings=settings).state == "failed"
    assert "RuntimeError" in desk.runs.get(run.id).error
    assert PRIVATE not in desk.runs.get(run.id).error
    assert run.id in caplog.text
    assert "RuntimeError" in caplog.text
    assert PRIVATE not in caplog.text


@pytest.mark.parametrize(("end", "state"), [("cancelled", "cancelled"), ("away", "failed"), ("done", "done")])
def test_results_that_were_whole_when_the_run_came_to_no_end_do_not_stay(
    desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch, end: str, state: str
) -> None:
    def published(*_: object, out: Path, **__: object) -> SimpleNamespace:
        (out / "shortlist.html").write_text("Anna Lindqvist")
        return SimpleNamespace(record=SimpleNamespace(run_id="r1"))

    finish = desk.runs.finish

    def meanwhile(run: str, *, run_id: str) -> None:
        if end == "cancelled":
            desk.runs.cancel(run, by="maria")
        if end == "away":
            raise StorageError("The database is away.")
        finish(run, run_id=run_id)
        raise KeyboardInterrupt

    # No real run can be stopped at just that moment.
    monkeypatch.setattr(desk_screening, "screen_and_publish", published)
    monkeypatch.setattr(desk.runs, "finish", meanwhile)
    run = desk.runs.queue(OPENING, by="maria")
    assert screen_desk_run(run.id, desk=desk, settings=settings).state == state
    assert run_folder(settings.home, OPENING, run.id).exists() is (end == "done")


def test_unknown_options_are_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match="jugde"):
        run_options({"jugde": "evidence"})
    with pytest.raises(ConfigurationError, match="in_flight"):
        run_options({"in_flight": 0})
    assert run_options({"blind": True, "top": 3}).blind is False
