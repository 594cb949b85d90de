"""A recruiter's way from a pasted scorecard to a shortlist, in a real browser with real screenings."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched, needs_chromium
from tests.browser.serving import DEMO, Served, document

pytestmark = [*needs_chromium, pytest.mark.slow]

SCORECARD = (DEMO / "scorecard.yaml").read_text(encoding="utf-8")
MakeWatched = Callable[..., Watched]
RUN_TAKES = 240_000
"""Milliseconds, at the most, on a machine that does other things too."""


def finished(page: Page) -> None:
    """Wait, on the page of a run, until it is done; the page goes on by itself."""
    page.get_by_role("link", name="Read the shortlist").wait_for(timeout=RUN_TAKES)


def test_a_recruiter_makes_an_opening_uploads_runs_and_replaces_a_broken_file(
    watched: MakeWatched, empty: Served
) -> None:
    visit = watched(empty)
    page = visit.sign_in("rita")
    page.get_by_role("link", name=re.compile("opening", re.IGNORECASE)).last.click()
    page.goto("/openings/new")
    page.get_by_label("Job post or scorecard").fill(SCORECARD)
    page.get_by_role("button", name="Make the opening").click()
    page.wait_for_url(re.compile(r"/openings/[a-z0-9-]+/scorecard$"))
    opening = page.url.split("/")[-2]
    expect(page.locator("#f-title")).to_have_value("Senior Backend Engineer, Locker Network")

    # The check speaks while one types.
    page.locator("#f-criterion-1-statement").fill("Is a passionate team player and a rock star")
    expect(page.locator("#n-criterion-1-statement")).not_to_be_empty()
    page.reload()
    visit.sound()

    page.get_by_role("navigation", name="Senior Backend").get_by_role("link", name="Candidates").click()
    page.get_by_role("link", name="Add candidates").first.click()
    page.locator("#f-files").set_input_files(
        [
            document("linh-tran.md", "linh-tran/resume.md"),
            document("samira-eldin.json", "samira-eldin/resume.json"),
            document("yuki-hamasaki.html", "yuki-hamasaki/resume.html"),
            {"name": "ben-broken.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\nthis is no document\n"},
        ]
    )
    page.get_by_role("button", name="Add to the batch").click()
    page.wait_for_url(f"/openings/{opening}/files")
    expect(page.locator(".said").first).to_contain_text("4 candidates: 4 files added.")

    page.goto(f"/openings/{opening}")
    page.get_by_role("button", name="Start a run").click()
    page.wait_for_url(re.compile(r"/runs/"))
    expect(page.locator("#progress, .facts").first).to_be_visible()
    finished(page)
    assert "4" in page.locator(".facts").inner_text()
    page.locator(".facts a").click()
    page.wait_for_url(f"/openings/{opening}/files")

    # Nobody is turned down for a file that cannot be read: it is replaced, and read in the next run.
    broken = page.locator(".quarantine li", has_text="ben-broken.pdf").first
    expect(broken).to_be_visible()
    broken.locator("input[type=file]").set_input_files([document("better.pdf", "brandon-hale.pdf")])
    broken.get_by_role("button", name="Replace").click()
    expect(page.locator(".said").first).to_contain_text("the earlier file is kept")
    expect(page.locator(".quarantine li", has_text="ben-broken.pdf").first).to_contain_text("replaced since")

    page.goto(f"/openings/{opening}")
    page.get_by_role("button", name="Run again").click()
    page.wait_for_url(re.compile(r"/runs/"))
    finished(page)
    page.goto(f"/openings/{opening}/files")
    expect(page.locator(".quarantine li", has_text="ben-broken")).to_have_count(0)
    runs = empty.desk.runs.done(opening)
    assert len(runs) == 2
    page.get_by_role("navigation", name="Senior Backend").get_by_role("link", name="Shortlist").click()
    expect(page.locator("tr.cand")).to_have_count(4)
    assert empty.desk.verify().ok
    visit.sound()


def test_folders_are_dropped_on_the_page_with_everything_in_them(
    watched: MakeWatched, empty: Served, tmp_path: Path
) -> None:
    empty.desk.openings.create("Dropped on", by="olga", id="dropped-on")
    empty.desk.scorecards.save("dropped-on", SCORECARD, by="olga")
    empty.desk.accounts.set_access(
        "rita", [*empty.desk.accounts.openings_of(empty.desk.accounts.get("rita")), "dropped-on"], by="olga"
    )
    shutil.copytree(DEMO / "linh-tran", tmp_path / "linh-tran")
    shutil.copytree(DEMO / "linh-tran", tmp_path / "batch" / "someone-else")
    visit = watched(empty)
    page = visit.sign_in("rita")
    page.goto("/openings/dropped-on/upload")
    field = page.locator("#drop").bounding_box()
    assert field is not None
    # As the browser is told by the desktop; a drop that a script makes up has no folders.
    desktop = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        desktop.send(
            "Input.dispatchDragEvent",
            {
                "type": kind,
                "x": field["x"] + 20,
                "y": field["y"] + 20,
                "data": {
                    "items": [],
                    "files": [str(tmp_path / "linh-tran"), str(tmp_path / "batch")],
                    "dragOperationsMask": 1,
                },
            },
        )
    files = sum(path.is_file() for path in tmp_path.rglob("*"))
    expect(page.locator("#chosen .sum")).to_contain_text(f"{files} files")
    page.get_by_role("button", name="Leave out linh-tran/").click()
    expect(page.locator("#chosen .sum")).to_contain_text(f"{files // 2} files")
    page.get_by_role("button", name="Add to the batch").click()
    page.wait_for_url("/openings/dropped-on/files")
    expect(page.locator(".said").first).to_contain_text(f"1 candidate: {files // 2} files added.")
    expect(page.locator("main")).to_contain_text("someone-else")
    visit.sound()


def test_a_job_post_becomes_a_draft_that_has_to_be_edited_first(watched: MakeWatched, empty: Served) -> None:
    visit = watched(empty)
    page = visit.sign_in("rita")
    page.goto("/openings/new")
    page.get_by_label("Job post or scorecard").fill(
        "# Platform Engineer\n\n## You will\n- move our billing to a new ledger\n\n"
        "## Requirements\n- works within two hours of CET\n\n## Nice to have\n- Terraform\n"
    )
    page.get_by_role("button", name="Make the opening").click()
    page.wait_for_url(re.compile(r"/scorecard$"))
    expect(page.locator(".said")).to_contain_text("This is a draft")
    page.locator("#f-mission").fill("In a year, billing runs on the new ledger and nobody has noticed the move.")
    page.locator("#f-note").fill("First reading")
    page.get_by_role("button", name=re.compile("^Save version")).click()
    expect(page.locator(".said").first).to_be_visible()
    visit.sound()


def test_a_scorecard_that_cannot_be_used_is_told_where_it_was_pasted(watched: MakeWatched, empty: Served) -> None:
    visit = watched(empty)
    page = visit.sign_in("rita")
    page.goto("/openings/new")
    page.get_by_label("Job post or scorecard").fill(SCORECARD.replace("criteria:", "criterias:", 1))
    page.get_by_role("button", name="Make the opening").click()
    expect(page.get_by_text("This scorecard cannot be used yet")).to_be_visible()
    assert "criterias" in page.get_by_label("Job post or scorecard").input_value()
    # The browser's log tells of the status that such a page has, and of nothing else.
    assert [one for one in visit.complaints if "400" not in one] == []
