"""Every page by the rules of WCAG 2.2 AA: in light and in dark, on a desk and on a phone, with and without script."""

from collections.abc import Callable
from itertools import pairwise
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Watched, needs_chromium, violations
from tests.browser.serving import Served

pytestmark = [*needs_chromium, pytest.mark.slow]

MakeWatched = Callable[..., Watched]
LOCKERS = "/openings/lockers"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def pages(app: Served) -> list[str]:
    """The address of every page there is for an operator."""
    run = app.desk.runs.done("lockers")[0]
    candidate = f"{LOCKERS}/candidates/candidate-01"
    return [
        "/",
        "/openings/new",
        LOCKERS,
        f"{LOCKERS}/settings",
        f"{LOCKERS}/scorecard",
        f"{LOCKERS}/scorecard?view=yaml",
        f"{LOCKERS}/scorecard/versions/1",
        f"{LOCKERS}/upload",
        f"{LOCKERS}/files",
        f"{LOCKERS}/runs",
        f"{LOCKERS}/runs/{run.id}",
        f"{LOCKERS}/schedule",
        f"{LOCKERS}/shortlist",
        f"{LOCKERS}/shortlist?band=hold",
        candidate,
        f"{LOCKERS}/candidates/candidate-02?doc=2",
        f"{LOCKERS}/compare?c=candidate-01&c=candidate-02&c=candidate-03",
        f"{candidate}/kit",
        f"{candidate}/explanation",
        f"{LOCKERS}/decisions",
        f"{LOCKERS}/outcomes",
        "/settings/users",
        "/settings/users/rita",
        "/health",
        "/api/docs",
        "/nothing/here",
    ]


BARE = "/openings/bare"
UNTOUCHED = (
    *("/", "/?archived=true", "/openings/new", "/health", "/settings/users"),
    *(BARE + path for path in ("", "/settings", "/scorecard", "/upload", "/files", "/runs", "/schedule")),
    *(BARE + path for path in ("/shortlist", "/decisions", "/outcomes", "/runs/none", "/scorecard/versions/7")),
)
"""Pages before there is anything on them."""
REFUSALS: tuple[tuple[str, str, str], ...] = (
    ("/openings/new", "Make the opening", "name the role"),
    (f"{LOCKERS}/upload", "Fetch", "no folder"),
    (f"{LOCKERS}/scorecard", "Save version", "Not saved"),
    ("/settings/users", "Add", ""),
)
"""A page, a button that is pressed after something was filled in wrong, and what the page says then."""
WRONG = {
    "#f-place": "/no/such/folder",
    "#f-criterion-1-weight": "heavy",
    "#f-name": "new person",
    "#f-display": "Nora New",
    "#f-password": "short",
    "#f-again": "other",
}


def open_everything(page: Page) -> None:
    """Show what is folded, so that it is looked at too."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


def test_a_page_that_breaks_the_rules_is_found(watched: MakeWatched, lockers: Served) -> None:
    page = watched(lockers).page
    page.set_content("<title>A</title><main><p style='color: #ccc; background: #fff'>Pale</p><input></main>")
    assert {line.partition(":")[0] for line in violations(page)} == {
        *("color-contrast", "html-has-lang", "label", "page-has-heading-one"),
    }


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_page_breaks_a_rule_of_wcag(watched: MakeWatched, lockers: Served, scheme: str) -> None:
    visit = watched(lockers, color_scheme=scheme, reduced_motion="reduce")
    page = visit.page
    page.goto("/sign-in")
    found = {"/sign-in": violations(page)}
    visit.sign_in("olga")
    for path in pages(lockers):
        page.goto(path)
        open_everything(page)
        found[path] = violations(page)
    assert {path: told for path, told in found.items() if told} == {}
    # The one page that is not there says so in the browser's log.
    assert [one for one in visit.complaints if "/nothing/here" not in one] == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_page_that_is_still_empty_breaks_a_rule(watched: MakeWatched, fresh: Served, scheme: str) -> None:
    page = watched(fresh, color_scheme=scheme, reduced_motion="reduce").page
    found = {}
    for path in UNTOUCHED:
        page.goto(path)
        open_everything(page)
        found[path] = violations(page)
        assert page.locator("h1").count() == 1, path
        assert len(page.locator("main").inner_text()) > 20, path
    assert {path: told for path, told in found.items() if told} == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_page_that_says_what_is_wrong_breaks_a_rule(watched: MakeWatched, lockers: Served, scheme: str) -> None:
    visit = watched(lockers, color_scheme=scheme, reduced_motion="reduce")
    page = visit.page
    page.goto("/sign-in")
    page.get_by_label("Name").fill("olga")
    page.get_by_label("Password").fill("not this one")
    page.keyboard.press("Enter")
    page.locator("[role=alert]").first.wait_for()
    found = {"/sign-in": violations(page)}
    visit.sign_in("olga")
    for path, button, said in REFUSALS:
        page.goto(path)
        for field, value in WRONG.items():
            if page.locator(field).count() == 1:
                page.locator(field).fill(value)
        page.get_by_role("button", name=button, exact=button == "Add").first.click()
        page.locator(".why, .said.problem:not([hidden])").first.wait_for()
        assert said in page.locator("main").inner_text(), path
        found[path] = violations(page)
    page.goto(f"{LOCKERS}/compare?c=candidate-01")
    found["compare"] = violations(page)
    assert {path: told for path, told in found.items() if told} == {}


def test_no_page_is_wider_than_a_phone(watched: MakeWatched, lockers: Served) -> None:
    visit = watched(lockers, viewport={"width": 360, "height": 740})
    page = visit.sign_in("olga")
    wide = {}
    for path in pages(lockers):
        page.goto(path)
        open_everything(page)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 360:
            wide[path] = width
    assert wide == {}


def test_pages_with_evidence_opened_keep_the_rules_too(watched: MakeWatched, lockers: Served) -> None:
    visit = watched(lockers)
    page = visit.sign_in("olga")
    page.goto(f"{LOCKERS}/candidates/candidate-03")
    opener = page.get_by_role("button", name="Open all the evidence")
    if opener.count():
        opener.click()
    open_everything(page)
    assert violations(page) == []
    visit.sound()


def test_pages_work_without_script(chromium: Browser, lockers: Served) -> None:
    with Watched(chromium, lockers.address, java_script_enabled=False) as visit:
        page = visit.sign_in("olga")
        page.goto(f"{LOCKERS}/candidates/candidate-04")
        page.get_by_role("button", name="Open all the evidence").click()
        expect(page.locator(".criterion .level.covered")).to_have_count(0)
        page.get_by_role("radio", name="Hold").check()
        page.locator("#f-reason").fill("Read without script.")
        page.get_by_role("button", name="Keep this decision").click()
        expect(page.locator("#decision")).to_contain_text("Read without script.")


def test_every_page_has_one_main_heading_and_a_title_of_its_own(watched: MakeWatched, lockers: Served) -> None:
    visit = watched(lockers)
    page = visit.sign_in("olga")
    titles: dict[str, str] = {}
    for path in pages(lockers):
        page.goto(path)
        assert page.locator("h1").count() == 1, path
        levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
        assert all(after - before <= 1 for before, after in pairwise(levels)), (path, levels)
        titles[path] = page.title()
    assert all(title.endswith("Shortlist") for title in titles.values())
    plain = {path: title for path, title in titles.items() if "?" not in path}
    assert len(set(plain.values())) == len(plain), plain
