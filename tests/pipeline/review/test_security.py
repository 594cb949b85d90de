"""Who gets in, and what a request from elsewhere can do: nothing."""

import asyncio
import re
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from starlette.types import Message

from pipeline.desk.desk import Desk
from pipeline.errors import DeskError
from pipeline.review import security
from pipeline.review.arriving import MOST_UPLOADS
from pipeline.review.forms import Form
from pipeline.review.security import HEADERS
from pipeline.review.visitors import safe_next
from tests.pipeline.review.conftest import PASSWORD, MakeClient, StoppableClock, token_of
from tests.pipeline.review.starting import FakeStarter

SignIn = Callable[[str], TestClient]


def test_every_answer_forbids_inline_code_and_framing(client: TestClient, opening: str) -> None:
    for path in (
        "/",
        "/sign-in",
        f"/openings/{opening}",
        "/nothing-here",
        "/static/app.js",
        f"/openings/{opening}/upload",
    ):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"


def test_pages_about_people_are_kept_by_nobody_and_assets_are(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["cache-control"] == "no-store"
    asset = re.search(r'href="(/static/style.css[^"]+)"', page.text)
    assert asset is not None
    assert "immutable" in client.get(asset[1]).headers["cache-control"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8000", "", "localhost.evil:8000"])
def test_another_host_name_is_not_served(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 421


def test_a_request_with_two_names_is_not_served(client: TestClient) -> None:
    both = [("host", "127.0.0.1:8000"), ("host", "evil.example")]
    assert client.get("/", headers=both).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:9", "[::1]:8000", "LOCALHOST"])
def test_this_machine_is_served_under_its_names(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_site_cannot_post_even_with_the_token(
    client: TestClient, csrf: str, desk: Desk, headers: dict[str, str]
) -> None:
    answer = client.post("/openings/new", data={"csrf": csrf, "title": "X"}, headers=headers)
    assert answer.status_code == 403
    assert desk.openings.all() == ()


@pytest.mark.parametrize("token", [None, "", "wrong", "é"])
def test_a_form_without_the_visitors_token_changes_nothing(client: TestClient, desk: Desk, token: str | None) -> None:
    data = {"title": "X"} if token is None else {"title": "X", "csrf": token}
    assert client.post("/openings/new", data=data).status_code == 403
    assert desk.openings.all() == ()


def test_the_token_may_come_in_a_header(client: TestClient, csrf: str, desk: Desk) -> None:
    assert client.post("/openings/new", data={"title": "X"}, headers={"X-CSRF-Token": csrf}).status_code == 303
    assert len(desk.openings.all()) == 1


def test_without_accounts_the_app_is_open_to_this_machine_alone(make_client: MakeClient) -> None:
    assert make_client().get("/").status_code == 200
    elsewhere = make_client(("192.0.2.7", 50_000)).get("/")
    assert elsewhere.status_code == 303
    assert elsewhere.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(
    "header", ["x-forwarded-for", "forwarded", "x-real-ip", "via", "x-forwarded-host", "X-Forwarded-Proto"]
)
def test_what_a_proxy_passes_on_does_not_come_from_this_machine(client: TestClient, header: str) -> None:
    assert client.get("/", headers={header: "203.0.113.9"}).status_code == 303


def test_the_first_account_ends_the_open_door(client: TestClient, people: dict[str, str]) -> None:
    assert client.get("/").headers["location"] == "/sign-in?next=/"


def test_signing_in_leads_back_to_what_was_asked_for(
    make_client: MakeClient, people: dict[str, str], opening: str
) -> None:
    browser = make_client()
    first = browser.get(f"/openings/{opening}/files?page=2")
    page = browser.get(first.headers["location"])
    found = re.search(r'name="next" value="([^"]+)"', page.text)
    assert found is not None
    data = {"csrf": token_of(page.text), "name": "rita", "password": PASSWORD, "next": found[1]}
    answer = browser.post("/sign-in", data=data)
    assert answer.headers["location"] == f"/openings/{opening}/files?page=2"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil", "javascript:x", "", "/a\r\nb", "/ä"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(target: str) -> None:
    assert safe_next(target) == "/"


def test_a_wrong_password_and_an_unknown_name_are_told_alike(make_client: MakeClient, people: dict[str, str]) -> None:
    browser = make_client()
    token = token_of(browser.get("/sign-in").text)
    pages = [
        browser.post("/sign-in", data={"csrf": token, "name": name, "password": "not the right one"})
        for name in ("rita", "nobody")
    ]
    assert [page.status_code for page in pages] == [401, 401]
    assert pages[0].text.replace("rita", "") == pages[1].text.replace("nobody", "")


def test_too_many_attempts_are_told_to_wait(
    make_client: MakeClient, people: dict[str, str], clock: StoppableClock
) -> None:
    clock.stop()
    browser = make_client()
    token = token_of(browser.get("/sign-in").text)
    answers = [browser.post("/sign-in", data={"csrf": token, "name": "rita", "password": "x" * 12}) for _ in range(6)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0


def test_signing_out_ends_the_session(sign_in: SignIn, people: dict[str, str]) -> None:
    browser = sign_in("rita")
    page = browser.get("/")
    assert page.status_code == 200
    kept = dict(browser.cookies)
    browser.post("/sign-out", data={"csrf": token_of(page.text)})
    browser.cookies.update(kept)
    assert browser.get("/").status_code == 303


def test_a_token_of_one_visitor_is_none_of_another(sign_in: SignIn, people: dict[str, str], opening: str) -> None:
    hers = token_of(sign_in("olga").get("/").text)
    answer = sign_in("rita").post("/openings/new", data={"csrf": hers, "title": "X"})
    assert answer.status_code == 403


def test_an_opening_without_access_looks_like_one_that_does_not_exist(
    sign_in: SignIn, people: dict[str, str], opening: str
) -> None:
    browser = sign_in("noah")
    theirs, none = browser.get(f"/openings/{opening}"), browser.get("/openings/nothing")
    assert theirs.status_code == none.status_code == 403
    assert theirs.text.replace(opening, "nothing") == none.text
    assert opening not in browser.get("/").text


@pytest.mark.parametrize("path", ["upload", "files", "scorecard"])
def test_a_hiring_manager_reads_but_does_not_upload_or_edit(
    sign_in: SignIn, people: dict[str, str], opening: str, path: str
) -> None:
    browser = sign_in("hanna")
    assert browser.get(f"/openings/{opening}").status_code == 200
    assert browser.get(f"/openings/{opening}/{path}").status_code == 403


def test_a_recruiter_neither_schedules_nor_manages_users(sign_in: SignIn, people: dict[str, str], opening: str) -> None:
    browser = sign_in("rita")
    token = token_of(browser.get(f"/openings/{opening}/schedule").text)
    plan = {"csrf": token, "rhythm": "daily", "time": "07:00", "timezone": "UTC"}
    assert browser.post(f"/openings/{opening}/schedule", data=plan).status_code == 403
    assert browser.get("/settings/users").status_code == 403
    assert browser.get("/health").status_code == 403


def test_a_large_form_is_refused_before_it_is_read(client: TestClient, csrf: str) -> None:
    answer = client.post("/openings/new", data={"csrf": csrf, "source": "x" * 1_100_000})
    assert answer.status_code == 413


def test_a_large_form_that_hides_its_size_is_refused(client: TestClient, csrf: str) -> None:
    def chunks():  # type: ignore[no-untyped-def]
        yield f"csrf={csrf}&title=".encode()
        for _ in range(20):
            yield b"x" * 100_000

    answer = client.post(
        "/openings/new", content=chunks(), headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 413


def test_a_flash_that_was_not_written_here_is_not_shown(client: TestClient, csrf: str) -> None:
    client.post("/openings/new", data={"csrf": csrf, "title": "X"})
    client.cookies.set("shortlist-said", "eyJzYWlkIjpbeyJ0b25lIjoiZG9uZSIsInRleHQiOiJwd25lZCJ9XX0=.00")
    assert "pwned" not in client.get("/").text


def test_an_unexpected_error_shows_no_traceback_and_has_the_headers_of_every_answer(
    app: FastAPI, starter: FakeStarter, opening: str
) -> None:
    class Broken:
        def __iter__(self) -> NoReturn:
            raise RuntimeError("secret detail")

    starter.parts = Broken()  # type: ignore[assignment]  # it is to fail
    browser = TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 1), raise_server_exceptions=False)
    answer = browser.get("/health")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    asked = browser.get("/health", headers={"accept": "application/json"})
    assert (asked.status_code, "secret" in asked.text) == (500, False)


def test_an_error_of_the_database_does_not_say_where_it_is(
    client: TestClient, desk: Desk, opening: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite3.connect(tmp_path / "ledger.db") as raw:
        raw.execute("DROP TABLE desk_runs")
    raw.close()
    for path in (f"/openings/{opening}", f"/api/v1/openings/{opening}/runs"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert "cannot be used right now" in answer.text
        assert "ledger" not in answer.text
        assert str(tmp_path) not in answer.text
    # Whoever reads the log needs to know.
    assert "desk_runs" in caplog.text


@pytest.mark.parametrize("origin", ["http://[bad", "http://", "http://127.0.0.1:8000@evil.example", "null"])
def test_an_origin_that_is_none_is_foreign(client: TestClient, csrf: str, desk: Desk, origin: str) -> None:
    answer = client.post("/openings/new", data={"csrf": csrf, "title": "X"}, headers={"origin": origin})
    assert (answer.status_code, desk.openings.all()) == (403, ())


def test_whoever_signs_in_again_leaves_no_session_behind(sign_in: SignIn, people: dict[str, str]) -> None:
    browser = sign_in("rita")
    before = dict(browser.cookies)
    page = browser.get("/sign-in")
    again = browser.post("/sign-in", data={"csrf": token_of(page.text), "name": "olga", "password": PASSWORD})
    assert again.status_code == 303
    assert browser.get("/settings/users").status_code == 200
    browser.cookies.clear()
    browser.cookies.update(before)
    assert browser.get("/").status_code == 303


def test_a_token_that_somebody_planted_is_not_the_one_of_the_session(
    make_client: MakeClient, people: dict[str, str]
) -> None:
    browser = make_client()
    browser.cookies.set("shortlist", "planted")
    page = browser.get("/sign-in")
    answer = browser.post("/sign-in", data={"csrf": token_of(page.text), "name": "rita", "password": PASSWORD})
    assert answer.cookies["shortlist"] != "planted"


@pytest.mark.parametrize("change", ["password", "disabled", "role", "access"])
def test_what_changes_about_an_account_counts_at_once(
    sign_in: SignIn, people: dict[str, str], opening: str, desk: Desk, change: str
) -> None:
    browser = sign_in("rita")
    assert browser.get(f"/openings/{opening}").status_code == 200
    if change == "password":
        desk.accounts.set_password("rita", "another horse battery", by="olga")
    elif change == "access":
        desk.accounts.set_access("rita", (), by="olga")
    else:
        desk.accounts.change(
            "rita", by="olga", **({"disabled": True} if change == "disabled" else {"role": "hiring_manager"})
        )
    assert browser.get(f"/openings/{opening}").status_code == (403 if change == "access" else 303)


@pytest.mark.parametrize("typed", ["0000000049", "9" * 5_000, "²", "-1", "1e3", "٥" * 20])
def test_a_number_is_one_within_its_bounds(typed: str) -> None:
    with pytest.raises(DeskError):
        Form((("level", typed),)).whole("level", least=0, most=4, what="The level")


class Sender:
    """A program of its own over HTTP, which sends what it likes when it likes; no browser does."""

    def __init__(self, app: FastAPI, path: str, kind: str, *bodies: bytes, cookie: str = "", leaves: bool = False):
        self._app, self._path, self._kind, self._cookie = app, path, kind, cookie
        self._bodies, self._leaves = list(bodies), leaves
        self.read = 0
        self.started: list[Message] = []

    async def _receive(self) -> Message:
        if self._bodies:
            self.read += 1
            return {"type": "http.request", "body": self._bodies.pop(0), "more_body": True}
        if self._leaves:
            return {"type": "http.disconnect"}
        await asyncio.sleep(60)
        raise AssertionError("nobody waits for so long")

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started.append(message)

    def ask(self) -> int | None:
        """The status of the answer; None if there was none."""
        headers = [(b"host", b"127.0.0.1"), (b"content-type", self._kind.encode()), (b"cookie", self._cookie.encode())]
        scope = {"type": "http", "method": "POST", "path": self._path, "raw_path": self._path.encode()}
        scope |= {"headers": headers, "query_string": b"", "client": ("127.0.0.1", 1), "http_version": "1.1"}
        scope |= {"server": ("127.0.0.1", 8000), "scheme": "http", "root_path": ""}
        asyncio.run(self._app(scope, self._receive, self._send))
        return self.started[0]["status"] if self.started else None


FORM, JSON, FILES = "application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("path", "kind", "status"),
    [
        ("/openings/lockers/upload", FORM, 303),
        ("/openings/lockers/upload", FILES, 303),
        ("/openings/lockers/files/replace", FILES, 303),
        ("/openings/lockers/runs", FORM, 303),
        ("/openings/new", FORM, 303),
        ("/sign-out", FORM, 303),
        ("/health/verify", FORM, 303),
        ("/api/v1/openings", JSON, 401),
        ("/api/v1/openings/lockers/imports", JSON, 401),
        ("/api/v1/openings/lockers/uploads", FILES, 401),
    ],
)
def test_nothing_is_read_of_whoever_is_not_known(
    app: FastAPI, people: dict[str, str], opening: str, path: str, kind: str, status: int
) -> None:
    sender = Sender(app, path, kind, b"a=b", b"c=d")
    assert (sender.ask(), sender.read) == (status, 0)


@pytest.mark.parametrize("path", ["/openings/lockers/upload", "/api/v1/openings/lockers/uploads"])
def test_only_files_may_be_large(client: TestClient, csrf: str, opening: str, path: str) -> None:
    answer = client.post(path, data={"csrf": csrf, "x": "y" * 1_100_000})
    assert answer.status_code == 413
    assert client.post("/sign-in", data={"csrf": csrf, "name": "y" * 21_000}).status_code == 413


def test_whoever_holds_back_the_rest_is_given_up(app: FastAPI, opening: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "SILENCE_SECONDS", 0.05)
    for path, kind, status in (
        ("/openings/new", FORM, 408),
        ("/api/v1/openings", JSON, 408),
        ("/api/v1/openings/lockers/uploads", FILES, 400),
    ):
        sender = Sender(app, path, kind, b"--")
        assert sender.ask() == status, path
        assert (b"connection", b"close") in sender.started[0]["headers"]


@pytest.mark.parametrize(("path", "kind"), [("/openings/new", FORM), ("/sign-in", FORM)])
def test_whoever_leaves_in_the_middle_gets_no_answer_and_makes_no_noise(
    app: FastAPI, opening: str, path: str, kind: str
) -> None:
    assert Sender(app, path, kind, b"csrf=", leaves=True).ask() is None


def test_uploads_that_come_while_many_arrive_are_asked_to_come_again(
    client: TestClient, app: FastAPI, csrf: str, opening: str, tmp_path: Path
) -> None:
    def send(path: str) -> Response:
        return client.post(path, data={"csrf": csrf}, files={"files": ("ada.md", b"# Ada")})

    paths = ("/openings/lockers/upload", "/api/v1/openings/lockers/uploads")
    with ExitStack() as stack:
        for _ in range(MOST_UPLOADS):
            stack.enter_context(app.state.review.arriving.one())
        for path in paths:
            answer = send(path)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
            assert "Many uploads are arriving" in answer.text
    assert [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()] == []
    assert [send(path).status_code for path in paths] == [303, 201]


def test_monitors_may_ask_for_a_page_by_its_head(client: TestClient, opening: str) -> None:
    page, head = client.get("/"), client.head("/")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == page.headers["content-length"]
    assert head.headers["content-security-policy"] == page.headers["content-security-policy"]


def test_an_address_without_a_page_has_the_way_back(client: TestClient, opening: str) -> None:
    assert 'aria-label="Site"' in client.get("/nothing-here").text
