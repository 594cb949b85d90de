"""The audit page in a real browser: it fits a phone, loads nothing and complains about nothing."""

from pathlib import Path

import pytest

from pipeline.reports.audit import audit_files
from tests.pipeline.reports.test_audit_report import make_report

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.chromium,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing; make test-full installs it"),
]


@pytest.mark.parametrize("width", [360, 1280])
def test_page_fits_its_window_quietly(tmp_path, width) -> None:
    from playwright.sync_api import sync_playwright

    path = tmp_path / "audit.html"
    path.write_text(audit_files(make_report())["audit.html"], encoding="utf-8")
    complaints: list[str] = []
    requests: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.on("console", lambda message: complaints.append(message.text))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        browser.close()
    assert overflow <= 0
    assert complaints == []
    assert requests == [path.as_uri()]
