"""An operator's way: a schedule shown, paused and run now; accounts and tokens; whether everything is well."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Watched, needs_chromium
from tests.browser.serving import Served

pytestmark = [*needs_chromium, pytest.mark.slow]

MakeWatched = Callable[..., Watched]


def test_an_operator_sets_pauses_and_runs_a_schedule(watched: MakeWatched, lockers: Served) -> None:
    visit = watched(lockers)
    page = visit.sign_in("olga")
    page.goto("/openings/lockers/schedule")
    page.get_by_label("Rhythm").select_option("workdays")
    page.locator("#f-time").fill("06:30")
    page.get_by_label("Time zone").fill("Europe/Athens")
    page.get_by_role("button", name="Keep this schedule").click()
    expect(page.locator("#now-h")).to_have_text("It runs by itself")
    expect(page.locator("dl.pairs")).to_contain_text("Every working day at 06:30")
    expect(page.locator("dl.pairs")).to_contain_text("Europe/Athens")
    assert page.locator("dl.pairs time").count() >= 3
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#now-h")).to_have_text("It is paused")
    page.goto("/openings/lockers")
    expect(page.locator(".tag.paused")).to_be_visible()
    page.get_by_role("link", name="Look at it").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#now-h")).to_have_text("It runs by itself")
    before = len(lockers.desk.runs.all("lockers"))
    page.get_by_role("button", name="Run now").click()
    page.wait_for_url("**/runs/*")
    page.get_by_role("link", name="Read the shortlist").wait_for(timeout=240_000)
    assert len(lockers.desk.runs.all("lockers")) == before + 1
    visit.sound()


def test_an_operator_adds_a_user_gives_access_and_makes_a_token(watched: MakeWatched, lockers: Served) -> None:
    visit = watched(lockers)
    page = visit.sign_in("olga")
    page.goto("/settings/users")
    page.get_by_label("Signs in as").fill("ines")
    page.get_by_label("Name as others read it").fill("Ines Interviewer")
    page.get_by_label("Role").select_option("hiring_manager")
    page.get_by_label("Password", exact=True).fill("a quite long pass phrase")
    page.get_by_label("The password again").fill("a quite long pass phrase")
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("/settings/users/ines")
    page.get_by_role("checkbox", name="Locker Network").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".said")).to_contain_text("Saved.")
    assert lockers.desk.accounts.granted("ines") == {"lockers"}
    page.get_by_label("What it is for").fill("Notebook")
    page.get_by_role("button", name="Make a token").click()
    token = page.locator("code.token").inner_text()
    answer = visit.context.request.get("/api/v1/me", headers={"authorization": f"Bearer {token}"})
    assert answer.json()["name"] == "ines"
    page.get_by_role("button", name="Revoke the token for Notebook").click()
    expect(page.locator(".said")).to_contain_text("holds no more")
    page.goto("/settings/users/ines")
    expect(page.locator("code.token")).to_have_count(0)
    visit.sound()


def test_an_operator_sees_how_the_parts_are_and_that_the_chain_holds(watched: MakeWatched, lockers: Served) -> None:
    visit = watched(lockers)
    page = visit.sign_in("olga")
    page.get_by_role("link", name="Health").click()
    expect(page.locator("main")).to_contain_text("Prefect server")
    page.get_by_role("button", name="Check", exact=False).click()
    expect(page.locator("main")).to_contain_text("as they were written")
    visit.sound()
