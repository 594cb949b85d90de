"""A browser in which every page is watched: its errors, its requests, and what axe finds."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.browser.serving import PASSWORD, Served, add_people, screened, served

CHROMIUM = Path("/usr/bin/chromium")
ASSETS = Path(__file__).with_name("assets")
AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
PATIENCE = 60_000
"""Milliseconds for what takes a moment on a busy machine."""

needs_chromium = (
    pytest.mark.chromium,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing; make test-full installs it"),
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as play:
        expect.set_options(timeout=PATIENCE)
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An app with people and nothing to work on."""
    with served(tmp_path_factory.mktemp("home")) as app:
        add_people(app.desk)
        yield app


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An app as it is when it was just started: nobody has an account, and there is one opening with nothing in it."""
    with served(tmp_path_factory.mktemp("home")) as app:
        app.desk.openings.create("Engineer", by="local-operator", id="bare")
        yield app


@pytest.fixture(scope="module")
def lockers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An app with a batch that was really screened, and people who have not yet looked at it."""
    home = tmp_path_factory.mktemp("home")
    screened(home)
    with served(home) as app:
        yield app


class Watched:
    """A browser of one person, in which nothing goes unnoticed.

    Args:
        browser: The program.
        address: Of the app; a request to any other is a complaint.
        options: Of the browser's context, such as its width.
    """

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:
        self.address = address
        self.complaints: list[str] = []
        self.context: BrowserContext = browser.new_context(
            base_url=address, viewport=options.pop("viewport", {"width": 1280, "height": 900}), **options
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.on("console", self._console)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.context.on("request", self._request)
        self.page: Page = self.context.new_page()

    def __enter__(self) -> "Watched":
        return self

    def __exit__(self, *exc: object) -> None:
        self.context.close()

    def sign_in(self, name: str) -> Page:
        """Sign in with the keyboard, as most people do."""
        self.page.goto("/sign-in")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("/")
        return self.page

    def sound(self) -> None:
        """Nothing was wrong so far."""
        assert self.complaints == []

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.address}/", "data:", "blob:")):
            self.complaints.append(f"asked {request.url}")


@pytest.fixture
def watched(chromium: Browser) -> Iterator[Callable[..., Watched]]:
    """Makes watched browsers, and ends them."""
    made: list[Watched] = []

    def make(app: Served, **options: Any) -> Watched:
        made.append(Watched(chromium, app.address, **options))
        return made[-1]

    yield make
    for one in made:
        one.context.close()


@cache
def _axe() -> str:
    return next(ASSETS.glob("axe-*.min.js")).read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """What axe finds on a page by the rules of WCAG 2.2 AA and by good practice, a line each."""
    if not page.evaluate("() => 'axe' in window"):
        # Evaluated by the debugger: the page's own policy lets no script in, which is as it should be.
        page.evaluate(_axe())
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})"
        ".then(told => told.violations.flatMap(v => v.nodes.map(n => "
        "`${v.id}: ${n.target.join(' ')}: ${n.failureSummary.split('\\n').slice(1).join(' ').trim()}`)))",
        list(AXE_TAGS),
    )
    return [str(one) for one in found]
