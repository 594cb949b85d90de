"""One's own account: shown to whoever is signed in, and its password changed by whoever knows the present one."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from pipeline.desk.desk import Desk
from pipeline.desk.sessions import CROWD, FREE_ATTEMPTS
from pipeline.errors import SignInRefused
from tests.pipeline.review.conftest import PASSWORD, StoppableClock, token_of
from tests.pipeline.review.test_pages import Outline

NEW = "four other words entirely"
SignIn = Callable[[str], TestClient]


@pytest.fixture
def hanna(sign_in: SignIn, people: dict[str, str]) -> TestClient:
    return sign_in("hanna")


def change(browser: TestClient, *, now: str = PASSWORD, password: str = NEW, again: str = NEW) -> Response:
    csrf = token_of(browser.get("/account").text)
    return browser.post("/account", data={"csrf": csrf, "now": now, "password": password, "again": again})


def test_the_page_says_who_one_is_and_what_one_may_read(hanna: TestClient) -> None:
    page = hanna.get("/account")
    outline = Outline()
    outline.feed(page.text)
    assert outline.wrong == []
    assert {control["id"] for control in outline.controls} <= outline.labels
    assert "Hiring manager, signs in as" in page.text
    assert "Locker network" in page.text


def test_a_new_password_ends_the_sessions_elsewhere_and_keeps_this_one(hanna: TestClient, sign_in: SignIn) -> None:
    elsewhere = sign_in("hanna")
    assert change(hanna).status_code == 303
    assert hanna.get("/account").status_code == 200
    assert elsewhere.get("/account").headers["location"].startswith("/sign-in")
    with pytest.raises(AssertionError):
        sign_in("hanna")  # by the password of before


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"now": "not the present one"}, "The present password is another one."),
        ({"again": "four other words entirelx"}, "The two passwords differ."),
        ({"password": "short", "again": "short"}, "A password has 12 to"),
    ],
)
def test_what_cannot_be_a_new_password_changes_nothing(
    hanna: TestClient, sign_in: SignIn, sent: dict[str, str], told: str
) -> None:
    answer = change(hanna, **sent)
    assert answer.status_code == 400
    assert told in answer.text
    sign_in("hanna")


def test_a_borrowed_session_cannot_guess_the_password(hanna: TestClient, clock: StoppableClock) -> None:
    clock.stop()
    for _ in range(FREE_ATTEMPTS):
        assert change(hanna, now="not the present one").status_code == 400
    assert "Too many attempts" in change(hanna).text


def test_a_change_is_noted(hanna: TestClient, desk: Desk) -> None:
    change(hanna)
    assert [told.event.kind for told in desk.chain.told(actor="hanna")] == ["signed_in", "user.changed", "signed_in"]


def test_where_nobody_signs_in_there_is_no_account(client: TestClient, opening: str) -> None:
    assert client.get("/account").status_code == 404
    assert client.post("/account", data={"csrf": token_of(client.get("/openings/new").text)}).status_code == 404


def test_a_crowd_at_the_door_does_not_hide_that_the_password_is_changed(
    hanna: TestClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crowded(name: str, password: str) -> None:
        raise SignInRefused(CROWD, wait=5.0)

    with monkeypatch.context() as patched:
        patched.setattr(desk.sessions, "sign_in", crowded)
        assert change(hanna).headers["location"] == "/sign-in"
    assert desk.sessions.sign_in("hanna", NEW).session.user.name == "hanna"
