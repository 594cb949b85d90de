"""A hiring manager's way through a shortlist, in a real browser over a batch that was really screened."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched, needs_chromium
from tests.browser.serving import Served

pytestmark = [*needs_chromium, pytest.mark.slow]

SHORTLIST = "/openings/lockers/shortlist"
MakeWatched = Callable[..., Watched]


def first_candidate(page: Page) -> str:
    """Go to the first candidate of the shortlist; returns the label."""
    page.goto(SHORTLIST)
    link = page.locator("#ranking a[data-row]").first
    label = link.inner_text()
    link.click()
    page.wait_for_url(re.compile(r"/candidates/candidate-\d+"))
    return label


def test_a_hiring_manager_reads_evidence_before_scores_decides_and_reveals(
    watched: MakeWatched, lockers: Served
) -> None:
    visit = watched(lockers, accept_downloads=True)
    page = visit.sign_in("hanna")
    page.get_by_role("link", name="Locker Network").first.click()
    page.get_by_role("link", name="Read the shortlist").first.click()
    # Blind and covered: labels, no names, no scores.
    text = page.locator("main").inner_text()
    assert "Candidate 0" in text
    assert "linh-tran" not in text
    assert page.locator("#ranking .figure").count() == 0
    assert page.locator("a.cover").count() > 5

    label = first_candidate(page)
    expect(page.locator("h1")).to_have_text(label)
    assert page.locator(".criterion .level.covered").count() >= 3
    # One criterion after the other: its level comes with its evidence.
    criterion = page.locator(".criterion").filter(has=page.get_by_text("Level covered")).first
    name = criterion.get_attribute("id")
    criterion.get_by_role("button", name="Open the evidence").click()
    opened = page.locator(f"#{name}")
    expect(opened.locator(".level b").first).to_be_visible()
    assert page.locator(".criterion .level.covered").count() >= 2
    page.get_by_role("button", name="Open all the evidence").click()
    expect(page.locator(".criterion .level.covered")).to_have_count(0)
    expect(page.locator(".under-name")).to_contain_text("of 100")
    visit.sound()

    # A sentence leads to its quote, marked in the document beside it.
    quote = page.locator(".quote a.to-quote").first
    number = quote.get_attribute("data-quote")
    words = quote.locator(".words").inner_text()
    quote.click()
    marked = page.locator(f"mark[data-q~='{number}']")
    expect(marked.first).to_be_visible()
    expect(marked.first).to_be_in_viewport()
    shown = re.sub(r"\W+", "", "".join(marked.all_inner_texts()))
    assert re.sub(r"\W+", "", words)[:30] in shown or shown[:30] in re.sub(r"\W+", "", words)

    # A level beside the computed one, with a reason.
    criterion = page.locator(".criterion").filter(has=page.locator(".level b")).first
    computed = criterion.locator(".level b").first.inner_text()
    criterion.get_by_text("Set another level").click()
    criterion.get_by_role("radio", name="1", exact=True).check()
    criterion.get_by_label("Reason").fill("Their own part was smaller than it reads.")
    criterion.get_by_role("button", name="Keep this level").click()
    expect(page.locator(".said")).to_contain_text("beside the computed one")
    person = page.locator(".criterion .level.person")
    expect(person).to_contain_text("1 set by Hanna Manager")
    assert (
        page.locator(".criterion").filter(has=page.locator(".level.person")).locator(".level b").first.inner_text()
        == computed
    )

    # The decision needs a reason; the browser says so before anything is sent.
    page.get_by_role("radio", name=re.compile("^Advance")).check()
    page.get_by_role("button", name="Keep this decision").click()
    assert page.locator("#f-reason").evaluate("field => field.validity.valueMissing")
    page.locator("#f-reason").fill("Moved a ledger while it was in use.")
    page.get_by_role("button", name="Keep this decision").click()
    expect(page.locator("#decision")).to_contain_text("Moved a ledger while it was in use.")
    page.locator("#f-text").fill("Ask about the night of the cutover.")
    page.get_by_role("button", name="Keep this comment").click()
    expect(page.locator("#comments")).to_contain_text("Ask about the night of the cutover.")

    # The name is a click away, and that click is logged.
    page.get_by_text("Reveal the name").click()
    page.get_by_label("I know that this is logged").check()
    page.get_by_role("button", name="Reveal and log it").click()
    expect(page.locator("h1")).not_to_have_text(label)
    name = page.locator("h1").inner_text()
    revealed = lockers.desk.chain.told("name.revealed")[-1]
    assert (revealed.event.actor, revealed.candidate) == ("hanna", name)

    # The kit asks about what is this candidate's own.
    page.get_by_role("link", name="Interview kit").click()
    page.wait_for_url(re.compile("/kit"))
    assert len(page.locator("main").inner_text()) > 1_500
    visit.sound()

    # What is exported is what is on screen.
    page.goto(SHORTLIST)
    rows = page.locator("#ranking tr.cand")
    on_screen = [rows.nth(n).locator("a[data-row]").inner_text() for n in range(rows.count())]
    assert name in on_screen
    with page.expect_download() as csv_file:
        page.get_by_role("link", name="CSV").click()
    with page.expect_download() as json_file:
        page.get_by_role("link", name="JSON").click()
    sheet = list(csv.DictReader(io.StringIO(Path(csv_file.value.path()).read_text(encoding="utf-8-sig"))))
    told = json.loads(Path(json_file.value.path()).read_text(encoding="utf-8"))
    assert [row["candidate"] for row in sheet][: len(on_screen)] == on_screen
    assert [row["candidate"] for row in told["rows"]][: len(on_screen)] == on_screen
    one = next(row for row in told["rows"] if row["candidate"] == name)
    assert one["decision"]["reason"] == "Moved a ledger while it was in use."
    assert all(row["score"] is None for row in told["rows"] if row["covered"])
    figure = page.locator("#ranking tr.cand", has_text=name).locator(".figure").inner_text()
    assert figure == f"{one['score']:.1f}"
    others = {row["candidate"] for row in told["rows"]} - {name}
    assert all(re.fullmatch(r"Candidate \d+", other) for other in others)

    # Everything that was done stands in the chain, and the chain holds.
    kinds = {told.event.kind for told in lockers.desk.chain.told(actor="hanna")}
    assert {"level.opened", "level.overridden", "decision.made", "comment.added", "name.revealed"} <= kinds
    assert lockers.desk.verify().ok
    visit.sound()


def test_up_to_four_candidates_stand_side_by_side(watched: MakeWatched, lockers: Served) -> None:
    visit = watched(lockers)
    page = visit.sign_in("hanna")
    page.goto(SHORTLIST)
    boxes = page.locator("#ranking input[name=c]")
    for n in range(3):
        boxes.nth(n).check()
    page.get_by_role("button", name="Compare side by side").click()
    page.wait_for_url(re.compile("/compare"))
    expect(page.locator("table.sides thead th a")).to_have_count(3)
    visit.sound()


def test_a_decision_is_made_with_the_keyboard_alone(watched: MakeWatched, lockers: Served) -> None:
    visit = watched(lockers)
    page = visit.sign_in("hanna")
    page.goto(SHORTLIST)
    # The first stop skips the navigation.
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    tab_to(page, "a[data-row]", times=40)
    tab_to(page, "a[data-row]", times=40)
    label = page.evaluate("document.activeElement.textContent").strip()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/candidates/candidate-\d+"))
    expect(page.locator("h1")).to_have_text(label)
    tab_to(page, "a[href='#decision']", times=60)
    page.keyboard.press("Enter")
    tab_to(page, "input[name=choice]", times=400)
    assert is_outlined(page)
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.value") == "hold"
    tab_to(page, "#f-reason", times=5)
    page.keyboard.type("Waits for the second interviewer.")
    tab_to(page, "#decision button.main", times=5)
    assert is_outlined(page)
    page.keyboard.press("Enter")
    expect(page.locator("#decision")).to_contain_text("Waits for the second interviewer.")
    decision = lockers.desk.reviews.decisions("lockers")[-1]
    assert (decision.choice, decision.by) == ("hold", "hanna")
    visit.sound()


def tab_to(page: Page, selector: str, *, times: int) -> None:
    """Press Tab until the focus is on something."""
    for _ in range(times):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"{selector} was not reached with {times} presses of Tab")


def is_outlined(page: Page) -> bool:
    """Whether one sees where the focus is."""
    return bool(
        page.evaluate(
            "(() => { const style = getComputedStyle(document.activeElement);"
            " return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1; })()"
        )
    )
