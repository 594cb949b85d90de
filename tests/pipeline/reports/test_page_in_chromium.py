"""The page in a real browser: no overflow on a phone, no requests, no errors, and it prints."""

from pathlib import Path

import pytest

from pipeline.reports.html import html_report
from tests.factories import make_batch, make_scorecard, make_shortlist
from tests.second_readings import make_twice_read

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.chromium,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing; make test-full installs it"),
]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    card = make_scorecard()
    shortlist = make_shortlist(card)
    path = tmp_path_factory.mktemp("page") / "shortlist.html"
    path.write_text(html_report(shortlist, make_batch(shortlist), card, judge_note="A note."), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


class Visit:
    """A page that notes everything it should not do."""

    def __init__(self, browser, path: Path, **options) -> None:
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())

    def __enter__(self):
        return self

    def __exit__(self, *exc) -> None:
        self.context.close()


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_page_fits_its_window_quietly_with_and_without_script(browser, page_file, width, script):
    options = {"viewport": {"width": width, "height": 800}, "java_script_enabled": script}
    with Visit(browser, page_file, **options) as visit:
        box = visit.page.locator("html").bounding_box()
        assert box is not None
        if script:
            assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
        assert visit.complaints == []
        assert visit.requests == [page_file.as_uri()]
        assert visit.page.locator("#c1 .cr").first.is_visible()


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_page_of_two_judges_and_a_second_pass_fits_its_window(browser, tmp_path, width):
    card = make_scorecard()
    shortlist = make_twice_read(card)
    path = tmp_path / "shortlist.html"
    path.write_text(html_report(shortlist, make_batch(shortlist), card, judge_note="A note."), encoding="utf-8")
    with Visit(browser, path, viewport={"width": width, "height": 800}) as visit:
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
        assert visit.complaints == []
        line = visit.page.locator("#table tr.line").bounding_box()
        assert line is not None
        last_above = visit.page.locator("#table tbody tr:has(+ tr.line)").bounding_box()
        assert last_above is not None
        assert line["y"] >= last_above["y"] + last_above["height"] - 1
        assert visit.page.locator("#differ tbody tr").first.is_visible()


def test_content_security_policy_really_holds(browser, page_file):
    with Visit(browser, page_file) as visit:
        with visit.page.expect_console_message(lambda told: "Content Security Policy" in told.text):
            ran = visit.page.evaluate(
                "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
                " document.head.append(s); return window.ran === 1 }"
            )
        assert ran is False
        assert any("Content Security Policy" in complaint for complaint in visit.complaints)


def test_link_from_the_table_opens_a_closed_justification(browser, page_file):
    with Visit(browser, page_file) as visit:
        assert not visit.page.locator("#c9 .body").is_visible()
        visit.page.locator("#table a[href='#c9']").click()
        visit.page.locator("#c9 .body").wait_for(state="visible", timeout=60_000)


def test_quote_number_leads_to_its_quote(browser, page_file):
    with Visit(browser, page_file) as visit:
        visit.page.locator("#c1 .ck a.ref").first.click()
        assert visit.page.locator("figure:target").count() == 1


def test_dark_scheme_darkens_the_page(browser, page_file):
    colours = []
    for scheme in ("light", "dark"):
        with Visit(browser, page_file, color_scheme=scheme) as visit:
            colours.append(visit.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours[0] != colours[1]


def test_page_prints_with_the_justifications_above_the_cut(browser, page_file, tmp_path):
    import pypdfium2

    path = tmp_path / "page.pdf"
    with Visit(browser, page_file) as visit:
        visit.page.pdf(path=str(path), format="A4")
    document = pypdfium2.PdfDocument(path)
    text = " ".join(page.get_textpage().get_text_bounded() for page in document)
    count = len(document)
    document.close()
    assert 4 <= count <= 25
    assert "Stock is held for 15 minutes" in " ".join(text.split())
    assert "A must-have is not met in their own words" in " ".join(text.split())


def test_keyboard_reaches_the_ranking_first(browser, page_file):
    with Visit(browser, page_file) as visit:
        visit.page.keyboard.press("Tab")
        assert visit.page.evaluate("document.activeElement.textContent") == "Skip to the ranking"
        names = visit.page.evaluate(
            "[...document.querySelectorAll('a, summary, input, select')]"
            ".filter(e => !(e.getAttribute('aria-label') || e.textContent || e.labels?.[0]?.textContent).trim())"
            ".length"
        )
        assert names == 0
