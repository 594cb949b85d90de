"""Runs and schedules, asked for in the app and done by somebody else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pipeline.desk.desk import Desk
from pipeline.errors import DeskError
from pipeline.review.forms import Form
from pipeline.review.protocols import ScheduleView
from pipeline.review.rendering import took
from pipeline.review.runs import options_of
from pipeline.review.schedule import cron_of, plan_of
from tests.pipeline.review.conftest import said, token_of
from tests.pipeline.review.starting import FakeStarter

SignIn = Callable[[str], TestClient]


def start(client: TestClient, csrf: str, **fields: str) -> str:
    answer = client.post("/openings/lockers/runs", data={"csrf": csrf, **fields})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_a_run_is_started_with_what_was_chosen(client: TestClient, csrf: str, opening: str, desk: Desk) -> None:
    address = start(client, csrf, judge="openai:small", top="4", budget="2,50")
    run = desk.runs.all(opening)[0]
    assert run.options == {"judge": "openai:small", "top": 4, "budget": 2.5}
    assert run.by == "local-operator"
    page = client.get(address).text
    assert "openai:small" in page
    assert 'hx-trigger="every 1s"' in page


@pytest.mark.parametrize(
    "fields", [{"top": "0"}, {"top": "x"}, {"budget": "-1"}, {"budget": "nan"}, {"judge": "what"}, {"budget": "5"}]
)
def test_options_that_cannot_be_used_start_nothing(
    client: TestClient, csrf: str, opening: str, desk: Desk, fields: dict[str, str]
) -> None:
    assert client.post("/openings/lockers/runs", data={"csrf": csrf, **fields}).status_code == 400
    assert desk.runs.all(opening) == ()


def test_another_judge_does_not_inherit_the_options_of_the_settings() -> None:
    given = {"judge": "openai:large", "budget": 9, "calibration": "none"}
    assert options_of(Form(()), given) == given
    assert options_of(Form((("judge", "evidence"),)), given) == {"judge": "evidence"}
    with pytest.raises(DeskError):
        options_of(Form((("judge", "evidence"), ("budget", "5"))), given)


def test_progress_moves_and_ends_with_the_whole_page(client: TestClient, csrf: str, opening: str, desk: Desk) -> None:
    address = start(client, csrf)
    run = desk.runs.all(opening)[0].id
    desk.runs.begin(run, out=Path("nowhere"))
    desk.runs.heartbeat(run, stage="judging", done=3, total=12, current="Ada Lovelace")
    part = client.get(f"{address}/progress", headers={"hx-request": "true"})
    assert 'value="0.250"' in part.text
    assert 'data-say="Judging, 20 percent"' in part.text
    assert "3 of 12 candidates" in part.text.replace("</span>", "")
    assert "HX-Refresh" not in part.headers
    desk.runs.fail(run, "The endpoint is gone.")
    assert client.get(f"{address}/progress").headers["HX-Refresh"] == "true"
    assert "The endpoint is gone." in said(client.get(address).text)


def test_who_is_worked_on_is_covered_while_names_are(client: TestClient, csrf: str, opening: str, desk: Desk) -> None:
    address = start(client, csrf)
    run = desk.runs.all(opening)[0].id
    desk.runs.begin(run, out=Path("nowhere"))
    desk.runs.heartbeat(run, stage="judging", done=3, total=12, current="Ada Lovelace")
    assert "Ada Lovelace" not in client.get(address).text
    desk.openings.change(opening, by="olga", blind=False)
    assert "Ada Lovelace" in client.get(address).text


def test_a_run_is_cancelled_and_resumed_once(
    client: TestClient, csrf: str, opening: str, desk: Desk, starter: FakeStarter
) -> None:
    address = start(client, csrf, top="4")
    assert client.post(f"{address}/cancel", data={"csrf": csrf}).status_code == 303
    page = client.get(address).text
    assert "What was answered is kept" in said(page)
    assert f'action="{address}/resume"' in page
    resumed = client.post(f"{address}/resume", data={"csrf": csrf}).headers["location"]
    newest = desk.runs.all(opening)[0]
    assert (newest.resumes, newest.options) == (address.rpartition("/")[2], {"top": 4})
    assert resumed.endswith(newest.id)
    assert f'action="{address}/resume"' not in client.get(address).text
    assert [what for what, _, _ in starter.asked] == ["start", "cancel", "resume"]


def test_a_second_run_is_refused_while_one_is_under_way(client: TestClient, csrf: str, opening: str) -> None:
    start(client, csrf)
    refused = client.post("/openings/lockers/runs", data={"csrf": csrf})
    assert refused.status_code == 409
    assert "under way" in refused.text


def test_a_run_whose_process_was_killed_can_be_resumed(
    tmp_path: Path, make_client, desk: Desk, opening: str, client: TestClient
) -> None:  # type: ignore[no-untyped-def]
    late = datetime.now(UTC) - timedelta(minutes=5)
    with Desk.open(tmp_path / "ledger.db", clock=lambda: late) as before:
        before.runs.queue(opening, by="rita")
    page = client.get(f"/openings/{opening}").text
    assert "was broken off" in page
    address = f"/openings/{opening}/runs/{desk.runs.all(opening)[0].id}"
    assert f'action="{address}/resume"' in client.get(address).text


def test_a_run_of_another_opening_does_not_exist_here(client: TestClient, csrf: str, opening: str, desk: Desk) -> None:
    run = start(client, csrf).rpartition("/")[2]
    desk.openings.create("Other", by="olga", id="other")
    assert client.get(f"/openings/other/runs/{run}").status_code == 404
    assert client.post(f"/openings/other/runs/{run}/cancel", data={"csrf": csrf}).status_code == 404


def test_a_hiring_manager_watches_and_does_not_start(
    sign_in: SignIn, people: dict[str, str], opening: str, desk: Desk
) -> None:
    run = desk.runs.queue(opening, by="rita").id
    browser = sign_in("hanna")
    page = browser.get(f"/openings/{opening}/runs/{run}").text
    assert "/cancel" not in page
    data = {"csrf": token_of(page)}
    assert browser.post(f"/openings/{opening}/runs/{run}/cancel", data=data).status_code == 403
    assert browser.post(f"/openings/{opening}/runs", data=data).status_code == 403


@pytest.mark.parametrize(
    ("rhythm", "time", "cron"),
    [("workdays", "07:05", "5 7 * * 1-5"), ("daily", "0:00", "0 0 * * *"), ("cron", "", "*/5 * * * *")],
)
def test_a_rhythm_is_a_cron_line_and_back(rhythm: str, time: str, cron: str) -> None:
    view = ScheduleView(opening="x", cron=cron, timezone="UTC", active=True)
    plan = plan_of(view)._replace(cron=cron)
    assert plan.rhythm == rhythm
    assert cron_of(plan) == cron
    assert cron_of(plan._replace(time=time)) == cron


def test_an_inbox_is_scheduled_paused_run_and_forgotten(
    client: TestClient, csrf: str, opening: str, starter: FakeStarter
) -> None:
    address = f"/openings/{opening}/schedule"
    plan = {"csrf": csrf, "rhythm": "workdays", "time": "07:30", "timezone": "Europe/Berlin", "inbox": "/data/in"}
    assert client.post(address, data=plan).status_code == 303
    assert starter.schedules()[0].cron == "30 7 * * 1-5"
    assert "/data/in" in client.get(address).text
    client.post(f"{address}/pause", data={"csrf": csrf})
    assert "It is paused" in client.get(address).text
    client.post(f"{address}/unpause", data={"csrf": csrf})
    starter.nothing_new = True
    assert "Nothing new" in said(
        client.get(client.post(f"{address}/now", data={"csrf": csrf}).headers["location"]).text
    )
    starter.nothing_new = False
    assert "/runs/" in client.post(f"{address}/now", data={"csrf": csrf}).headers["location"]
    client.post(f"{address}/remove", data={"csrf": csrf})
    assert starter.schedules() == ()


@pytest.mark.parametrize("plan", [{"rhythm": "daily", "time": "25:00"}, {"rhythm": "cron", "cron": "every day"}])
def test_a_schedule_that_cannot_be_kept_is_shown_again(
    client: TestClient, csrf: str, opening: str, starter: FakeStarter, plan: dict[str, str]
) -> None:
    page = client.post(
        f"/openings/{opening}/schedule", data={"csrf": csrf, "timezone": "UTC", "inbox": "/kept", **plan}
    )
    assert page.status_code == 400
    assert 'value="/kept"' in page.text
    assert starter.schedules() == ()


def test_a_schedule_shows_when_it_is_due_by_its_own_clock(
    client: TestClient, csrf: str, opening: str, starter: FakeStarter
) -> None:
    starter.set_schedule(opening, "0 7 * * 1-5", "Asia/Tokyo", by="olga")
    for path in (f"/openings/{opening}/schedule", f"/openings/{opening}"):
        # The starter of these tests is always due at seven in London.
        assert "Mon 30 Nov 2026, 16:00, Asia/Tokyo" in client.get(path).text


def test_a_time_is_told_in_the_unit_that_it_has() -> None:
    assert [took(seconds) for seconds in (1, 5, 65, 3_600)] == [
        "1 second",
        "5 seconds",
        "1:05 minutes",
        "60:00 minutes",
    ]
