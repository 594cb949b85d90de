from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.desk.desk import Desk
from pipeline.desk.models import DeskRun
from pipeline.errors import DeskConflict
from tests.pipeline.desk.clock import SteppedClock


@pytest.fixture(autouse=True)
def opening(desk: Desk) -> None:
    desk.openings.create("Billing", by="rana")
    desk.scorecards.save("billing", "id: billing\n", by="rana")


def begun(desk: Desk, tmp_path: Path, **chosen: int) -> DeskRun:
    run = desk.runs.queue("billing", by="rana", options=dict(chosen))
    return desk.runs.begin(run.id, out=tmp_path / run.id)


def kinds(desk: Desk) -> list[str]:
    return [told.event.kind for told in desk.reviews.history("billing") if told.event.kind.startswith("run.")]


def test_a_run_goes_from_queued_to_done(desk: Desk, tmp_path: Path, clock: SteppedClock) -> None:
    queued = desk.runs.queue("billing", by="rana", options={"top": 3})
    assert (queued.state, queued.scorecard_version, queued.options) == ("queued", 1, {"top": 3})
    running = desk.runs.begin(queued.id, out=tmp_path)
    assert running.state == "running"
    assert desk.runs.heartbeat(queued.id, stage="judging", done=2, total=9, current="half-\udcff-pair")
    shown = desk.runs.get(queued.id)
    assert (shown.stage, shown.done, shown.total, shown.current) == ("judging", 2, 9, "half-?-pair")
    clock.move(seconds=5)
    done = desk.runs.finish(queued.id, run_id="20260302-billing")
    assert (done.state, done.out, done.current, done.lease_until) == ("done", tmp_path, "", None)
    assert desk.runs.latest_done("billing") == done
    assert kinds(desk) == ["run.started", "run.ended"]


def test_heartbeats_hold_a_run_that_would_be_interrupted_without(
    desk: Desk, tmp_path: Path, clock: SteppedClock
) -> None:
    run = begun(desk, tmp_path)
    for _ in range(5):
        clock.move(seconds=20)
        assert desk.runs.heartbeat(run.id)
    assert desk.runs.active("billing") == (desk.runs.get(run.id),)
    clock.move(seconds=31)
    assert desk.runs.get(run.id).state == "interrupted"
    assert desk.runs.active("billing") == ()
    assert [found.id for found in desk.runs.note_interrupted()] == [run.id]
    assert desk.runs.note_interrupted() == ()
    assert not desk.runs.heartbeat(run.id)
    with pytest.raises(DeskConflict, match="interrupted by now"):
        desk.runs.finish(run.id)
    assert kinds(desk) == ["run.started", "run.interrupted"]


def test_a_process_that_slept_ends_its_run_if_nobody_took_it_for_dead(
    desk: Desk, tmp_path: Path, clock: SteppedClock
) -> None:
    run = begun(desk, tmp_path)
    clock.move(minutes=10)
    assert desk.runs.heartbeat(run.id)
    assert desk.runs.get(run.id).state == "running"
    clock.move(minutes=10)
    assert desk.runs.finish(run.id).state == "done"


def test_a_queued_run_whose_process_is_gone_is_interrupted_too(desk: Desk, clock: SteppedClock) -> None:
    run = desk.runs.queue("billing", by="rana")
    clock.move(seconds=31)
    assert desk.runs.get(run.id).state == "interrupted"
    assert desk.runs.queue("billing", by="rana").state == "queued"
    assert kinds(desk) == ["run.interrupted"]


def test_one_run_of_an_opening_at_a_time(desk: Desk, tmp_path: Path) -> None:
    desk.openings.create("Parts", by="rana")
    desk.scorecards.save("parts", "id: parts\n", by="rana")
    begun(desk, tmp_path)
    with pytest.raises(DeskConflict, match="under way"):
        desk.runs.queue("billing", by="olga")
    assert desk.runs.queue("parts", by="olga").state == "queued"


def test_of_many_who_start_a_run_at_once_one_does(desk: Desk) -> None:
    def start(_: int) -> bool:
        try:
            desk.runs.queue("billing", by="rana")
        except DeskConflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(start, range(8))) == 1


def test_a_cancelled_run_learns_it_at_its_next_heartbeat(desk: Desk, tmp_path: Path) -> None:
    run = begun(desk, tmp_path)
    assert desk.runs.cancel(run.id, by="olga").state == "cancelled"
    assert not desk.runs.heartbeat(run.id, done=3)
    with pytest.raises(DeskConflict, match="cancelled by now"):
        desk.runs.finish(run.id)
    with pytest.raises(DeskConflict, match="cancelled by now"):
        desk.runs.cancel(run.id, by="olga")
    assert desk.chain.told("run.cancelled")[0].event.actor == "olga"


def test_a_run_that_was_cancelled_while_queued_does_not_begin(desk: Desk, tmp_path: Path) -> None:
    run = desk.runs.queue("billing", by="rana")
    desk.runs.cancel(run.id, by="rana")
    with pytest.raises(DeskConflict, match="cancelled by now"):
        desk.runs.begin(run.id, out=tmp_path)


def test_a_resumed_run_has_the_scorecard_and_the_options_of_the_one_before(
    desk: Desk, tmp_path: Path, clock: SteppedClock
) -> None:
    first = begun(desk, tmp_path, top=4)
    with pytest.raises(DeskConflict, match="is running"):
        desk.runs.queue("billing", by="rana", resumes=first.id)
    clock.move(seconds=31)
    desk.scorecards.save("billing", "id: billing-2\n", by="rana")
    second = desk.runs.queue("billing", by="olga", resumes=first.id)
    assert (second.resumes, second.scorecard_version, second.options) == (first.id, 1, {"top": 4})
    assert desk.runs.get(first.id).state == "interrupted"
    assert not desk.runs.heartbeat(first.id)


@pytest.mark.parametrize("end", ["cancelled", "failed"])
def test_what_was_cancelled_or_failed_can_be_gone_on_with_and_what_is_done_cannot(
    desk: Desk, tmp_path: Path, end: str
) -> None:
    run = begun(desk, tmp_path)
    desk.runs.cancel(run.id, by="rana") if end == "cancelled" else desk.runs.fail(run.id, "no room \0")
    again = desk.runs.queue("billing", by="rana", resumes=run.id)
    desk.runs.begin(again.id, out=tmp_path)
    desk.runs.finish(again.id)
    with pytest.raises(DeskConflict, match="is done and cannot be gone on with"):
        desk.runs.queue("billing", by="rana", resumes=again.id)


def test_an_error_is_shown_and_kept_out_of_the_audit_chain(desk: Desk, tmp_path: Path) -> None:
    run = begun(desk, tmp_path)
    assert desk.runs.fail(run.id, "linh-tran/resume.pdf cannot be read").error.startswith("linh-tran")
    (told,) = desk.chain.told("run.ended")
    assert told.data == {"run": run.id, "state": "failed"}


def test_no_run_without_a_scorecard(desk: Desk) -> None:
    desk.openings.create("Parts", by="rana")
    with pytest.raises(DeskConflict, match="no scorecard yet"):
        desk.runs.queue("parts", by="rana")


def test_the_run_that_ended_last_is_shown(desk: Desk, tmp_path: Path, clock: SteppedClock) -> None:
    assert desk.runs.latest_done("billing") is None
    ended = []
    for _ in range(3):
        run = begun(desk, tmp_path)
        clock.move(seconds=2)
        ended.append(desk.runs.finish(run.id).id)
    desk.runs.cancel(begun(desk, tmp_path).id, by="rana")
    assert [run.id for run in desk.runs.done("billing")] == ended
    latest = desk.runs.latest_done("billing")
    assert latest is not None
    assert latest.id == ended[-1]
    assert len(desk.runs.all("billing")) == 4
