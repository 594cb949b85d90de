"""What the review app asks for: one run of an opening at a time, clear words for what is refused."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.desk_runner import DeskRunner
from flows.desk_screening import screen_desk_run
from flows.prescreening_openings import prescreen_opening
from flows.schedules import Schedules
from pipeline.desk.desk import Desk
from pipeline.desk.places import batch_folder
from pipeline.errors import ConfigurationError
from pipeline.review.protocols import RunRefused, ScheduleRefused
from pipeline.settings import Settings
from pipeline.settings_up import UpSettings
from tests.flows.desk_fixtures import OPENING, add_candidates, open_with_opening

NOBODY = "http://127.0.0.1:1/api"
"""No Prefect server answers there."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened, _ = open_with_opening(tmp_path)
    with opened:
        yield opened


@pytest.fixture
def woken() -> list[float]:
    return []


@pytest.fixture
def runner(desk: Desk, tmp_path: Path, woken: list[float]) -> DeskRunner:
    return DeskRunner(
        desk,
        settings=Settings(home=tmp_path),
        up=UpSettings(run={"top": 3}, prefect_url=NOBODY, import_roots=(str(tmp_path / "allowed"),)),
        schedules=Schedules(NOBODY, home=tmp_path),
        wake=lambda: woken.append(time.monotonic()),
        loop=lambda: (True, "looks for runs"),
    )


def age(batch: Path) -> None:
    moment = time.time() - 60
    for path in batch.rglob("*"):
        os.utime(path, (moment, moment))


def test_starting_queues_a_run_with_the_operators_options_below_those_chosen(
    runner: DeskRunner, desk: Desk, tmp_path: Path, woken: list[float]
) -> None:
    add_candidates(tmp_path, "c02")
    run = desk.runs.get(runner.start(OPENING, by="maria", options={"in_flight": 4}))
    assert (run.state, run.by, run.options) == ("queued", "maria", {"top": 3, "in_flight": 4})
    assert len(woken) == 1


def test_two_people_who_start_at_once_get_one_run_and_one_refusal(
    runner: DeskRunner, desk: Desk, tmp_path: Path
) -> None:
    add_candidates(tmp_path, "c02")
    outcomes: list[str] = []
    at_once = threading.Barrier(4)

    def start(name: str) -> None:
        at_once.wait()
        try:
            outcomes.append(runner.start(OPENING, by=name))
        except RunRefused as refused:
            outcomes.append(str(refused))

    threads = [threading.Thread(target=start, args=(name,)) for name in ("anna", "ben", "cleo", "dora")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(desk.runs.all(OPENING)) == 1
    assert sum("under way" in outcome for outcome in outcomes) == 3


def test_what_cannot_be_started_is_refused_in_words(runner: DeskRunner, desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(RunRefused, match="empty"):
        runner.start(OPENING, by="maria")
    add_candidates(tmp_path, "c02")
    with pytest.raises(ConfigurationError, match="chat judge"):
        runner.start(OPENING, by="maria", options={"budget": 3})
    run = runner.start(OPENING, by="maria")
    with pytest.raises(RunRefused, match="cannot be gone on with"):
        runner.resume(run, by="maria")
    runner.cancel(run, by="maria")
    with pytest.raises(RunRefused, match="cancelled"):
        runner.cancel(run, by="maria")
    assert desk.runs.get(runner.resume(run, by="maria")).resumes == run


def test_without_a_prefect_server_schedules_are_refused_and_health_says_so(runner: DeskRunner) -> None:
    for asked in (runner.schedules, lambda: runner.pause(OPENING, by="maria"), lambda: runner.run_now(OPENING, by="x")):
        with pytest.raises(RunRefused, match="Prefect server"):
            asked()
    health = {part.name: part for part in runner.health()}
    assert not health["prefect server"].ok
    assert health["database"].ok
    assert health["runner"].ok
    assert health["disk"].ok


def test_an_inbox_outside_of_what_is_allowed_is_an_operators_choice(
    runner: DeskRunner, desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    desk.accounts.add("olga", display="Olga", role="operator", password="correct horse battery", by="test")
    desk.accounts.add("rita", display="Rita", role="recruiter", password="correct horse battery", by="test")
    with pytest.raises(ScheduleRefused, match="outside"):
        runner.set_schedule(OPENING, "0 7 * * *", "UTC", by="rita", inbox=str(elsewhere))
    # It gets as far as the server, which is away.
    with pytest.raises(RunRefused, match="Prefect server"):
        runner.set_schedule(OPENING, "0 7 * * *", "UTC", by="olga", inbox=str(elsewhere))
    with pytest.raises(ScheduleRefused, match="five fields"):
        runner.set_schedule(OPENING, "@daily", "UTC", by="olga")


def test_by_schedule_an_opening_is_screened_when_something_is_new_and_only_then(desk: Desk, tmp_path: Path) -> None:
    settings, up = Settings(home=tmp_path), UpSettings()

    def look() -> str:
        return prescreen_opening(OPENING, inbox=None, desk=desk, settings=settings, up=up).outcome

    assert look() == "nothing in the batch yet"
    batch = add_candidates(tmp_path, "c02")
    assert look() == "screened"
    assert look() == "nothing new"
    assert len(desk.runs.all(OPENING)) == 1
    late = batch / "late.md"
    late.write_text("# Late\n\nI fixed the late export of 2,000 invoices.\n")
    # However long a slow machine takes to look.
    in_an_hour = time.time() + 3600
    os.utime(late, (in_an_hour, in_an_hour))
    assert look().startswith("not now: Files are still arriving")
    age(batch)
    assert look() == "screened"
    assert [run.by for run in desk.runs.all(OPENING)] == ["schedule", "schedule"]


def test_a_run_started_by_hand_leaves_nothing_for_the_schedule(runner: DeskRunner, desk: Desk, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    age(add_candidates(tmp_path, "c02"))
    screen_desk_run(runner.start(OPENING, by="maria"), desk=desk, settings=settings)
    looked = prescreen_opening(OPENING, inbox=None, desk=desk, settings=settings, up=UpSettings(run={"top": 3}))
    assert looked.outcome == "nothing new"
    assert batch_folder(tmp_path, OPENING).is_dir()
