"""What holds for every page: it can be used without script, by keyboard and by ear, and carries no inline code."""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pipeline.desk.desk import Desk
from pipeline.review.protocols import HealthPart
from pipeline.review.rendering import STATIC, size
from tests.pipeline.review.conftest import PASSWORD, said

PATHS = (
    "/",
    "/?archived=true",
    "/openings/new",
    "/openings/lockers",
    "/openings/lockers/scorecard",
    "/openings/lockers/scorecard?view=yaml",
    "/openings/lockers/scorecard/versions/1",
    "/openings/lockers/upload",
    "/openings/lockers/files",
    "/openings/lockers/runs",
    "/openings/lockers/runs/RUN",
    "/openings/lockers/schedule",
    "/openings/lockers/settings",
    "/settings/users",
    "/health",
    "/nothing-here",
)
_VOID = {"input", "meta", "link", "br", "img", "path", "rect", "hr", "circle", "line"}


class Outline(HTMLParser):
    """Collects what the rules are about."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.controls: list[dict[str, str]] = []
        self.labels: set[str] = set()
        self.headings: list[int] = []
        self.wrong: list[str] = []
        self.open: list[str] = []
        self.described: list[str] = []
        self.tables = self.captions = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids[given["id"]] += 1
        self.wrong += [name for name in given if name == "style" or name.startswith("on")]
        self.described += given.get("aria-describedby", "").split() + given.get("aria-labelledby", "").split()
        if tag == "style" or (tag == "script" and "src" not in given):
            self.wrong.append(tag)
        if tag == "form" and "p" in self.open:
            self.wrong.append("a form in a paragraph")
        if tag in ("input", "select", "textarea") and given.get("type") != "hidden" and "label" not in self.open:
            self.controls.append(given)
        if tag == "label" and "for" in given:
            self.labels.add(given["for"])
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.tables += tag == "table"
        self.captions += tag == "caption"
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass


@pytest.fixture
def run(desk: Desk, opening: str) -> str:
    return desk.runs.queue(opening, by="rita").id


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_well_built(client: TestClient, run: str, path: str) -> None:
    answer = client.get(path.replace("RUN", run))
    assert answer.status_code == (404 if "nothing" in path else 200)
    page = Outline()
    page.feed(answer.text)
    assert page.wrong == []
    assert [name for name, times in page.ids.items() if times > 1] == []
    assert [one for one in page.controls if one.get("id") not in page.labels] == []
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert set(page.described) <= set(page.ids)
    assert page.tables == page.captions
    assert '<html lang="en">' in answer.text
    assert 'href="#main"' in answer.text


def test_every_form_carries_the_token(client: TestClient, run: str) -> None:
    for path in PATHS:
        page = client.get(path.replace("RUN", run)).text
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", page, re.DOTALL):
            assert 'name="csrf"' in form, path


def test_the_list_says_what_is_next(client: TestClient, desk: Desk, opening: str, tmp_path: Path) -> None:
    assert "Add candidates" in client.get("/").text
    folder = tmp_path / "openings" / opening / "batch" / "ada"
    folder.mkdir(parents=True)
    (folder / "resume.md").write_text("x")
    assert "Start a run" in client.get("/").text
    desk.runs.queue(opening, by="rita")
    assert "A run is under way" in client.get("/").text


def test_an_archived_opening_leaves_the_list_and_stays_reachable(
    client: TestClient, csrf: str, opening: str, desk: Desk
) -> None:
    data = {"csrf": csrf, "title": "Locker network", "archived": "yes"}
    assert client.post(f"/openings/{opening}/settings", data=data).status_code == 303
    changed = desk.openings.get(opening)
    assert (changed.archived, changed.blind) == (True, False)
    assert "Locker network" not in client.get("/").text
    assert "Locker network" in client.get("/?archived=true").text


def test_the_first_account_is_made_in_the_app_and_has_to_sign_in(client: TestClient, csrf: str, desk: Desk) -> None:
    data = {
        "csrf": csrf,
        "name": "olga",
        "display": "Olga",
        "role": "operator",
        "password": PASSWORD,
        "again": PASSWORD,
    }
    differs = client.post("/settings/users", data={**data, "again": "x"})
    assert differs.status_code == 400
    assert "differ" in said(differs.text)
    made = client.post("/settings/users", data=data)
    assert made.headers["location"] == "/sign-in"
    assert "Sign in with it" in said(client.get("/sign-in").text)
    assert client.get("/settings/users").status_code == 303


def test_access_and_role_are_set_in_the_app(sign_in, people: dict[str, str], opening: str, desk: Desk) -> None:  # type: ignore[no-untyped-def]
    browser = sign_in("olga")
    page = browser.get("/settings/users/noah").text
    token = re.search(r'name="csrf" value="([^"]+)"', page)
    assert token is not None
    data = {"csrf": token[1], "display": "Noah", "role": "hiring_manager", "opening": opening}
    assert browser.post("/settings/users/noah", data=data).status_code == 303
    noah = desk.accounts.get("noah")
    assert noah.role == "hiring_manager"
    assert desk.may(noah, opening, "see")
    last = browser.post("/settings/users/olga", data={**data, "role": "recruiter"})
    assert last.status_code == 400
    assert "only operator" in said(last.text)


def test_health_is_told_to_people_and_programs(client: TestClient, make_client, starter, people) -> None:  # type: ignore[no-untyped-def]
    json = client.get("/health", headers={"accept": "application/json"})
    assert json.status_code == 503
    assert json.json()["parts"][3]["name"] == "disk"
    starter.parts = (HealthPart(name="disk", ok=True, detail="x"),)
    assert client.get("/health", headers={"accept": "application/json"}).status_code == 200
    elsewhere = make_client(("192.0.2.7", 1))
    assert elsewhere.get("/health", headers={"accept": "application/json"}).status_code == 401


def test_the_chain_is_checked_on_request(client: TestClient, csrf: str, opening: str) -> None:
    page = client.post("/health/verify", data={"csrf": csrf}).text
    assert "2 events as they were written" in said(page)


def test_the_licence_of_what_is_shipped_lies_beside_it() -> None:
    script = next(STATIC.glob("htmx-*.min.js"))
    assert "Zero-Clause BSD" in (STATIC / script.name.replace(".min.js", ".LICENSE")).read_text(encoding="utf-8")
    # Nothing that the content security policy forbids may be relied on.
    assert "style=" not in (STATIC / "app.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("amount", "words"), [(5, "5 bytes"), (1500, "2 kB"), (500_000_000, "500 MB"), (1_250_000, "1.2 MB")]
)
def test_sizes_are_read_easily(amount: int, words: str) -> None:
    assert size(amount) == words
