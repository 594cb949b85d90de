"""Who may call the API, and the tokens it is called with."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from pipeline.desk.desk import Desk
from tests.pipeline.review.api_parts import BASE, As, good, problem
from tests.pipeline.review.conftest import token_of


class TestWhoMayCall:
    def test_this_machine_needs_no_token_while_there_is_no_account(self, client: TestClient, opening: str) -> None:
        assert client.get(f"{BASE}/me").json()["role"] == "operator"
        assert [one["id"] for one in client.get(f"{BASE}/openings").json()] == [opening]

    def test_another_machine_needs_one(self, make_client: Callable[..., TestClient]) -> None:
        answer = make_client(("192.0.2.7", 50_000)).get(f"{BASE}/me")
        problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize("header", ["Bearer nothing", "Basic b2xnYTp4", "Bearer ", "nonsense", "Bearer \xff"])
    def test_a_header_that_is_no_token_of_ours_is_refused_even_here(self, client: TestClient, header: str) -> None:
        problem(client.get(f"{BASE}/me", headers={"authorization": header.encode("latin-1")}), 401)  # type: ignore[dict-item]  # httpx takes bytes

    def test_a_session_of_a_browser_counts_for_nothing(self, people: dict[str, str], sign_in: As) -> None:
        browser = sign_in("olga")
        assert browser.get("/").status_code == 200
        problem(browser.get(f"{BASE}/me"), 401)
        problem(browser.post(f"{BASE}/openings", json={"title": "Another"}), 401)

    def test_a_page_of_another_site_cannot_call_this_machine(self, client: TestClient, desk: Desk) -> None:
        for header in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
            problem(client.post(f"{BASE}/openings", json={"title": "Another"}, headers=header), 403)
        problem(client.get(f"{BASE}/openings", headers={"host": "evil.example"}), 421)
        assert desk.openings.all() == ()

    def test_a_revoked_token_and_one_of_a_disabled_user_do_nothing(
        self, recruiter: TestClient, operator: TestClient, desk: Desk
    ) -> None:
        good(recruiter.get(f"{BASE}/me"))
        desk.accounts.change("rita", disabled=True, by="olga")
        problem(recruiter.get(f"{BASE}/me"), 401)
        desk.tokens.revoke(desk.tokens.all("olga")[0].id, by="olga")
        problem(operator.get(f"{BASE}/me"), 401)

    def test_a_stranger_does_not_learn_which_openings_exist(self, people: dict[str, str], program: As) -> None:
        stranger = program("noah")
        texts = {
            problem(stranger.get(f"{BASE}/openings/{name}"), 403).replace(name, "X") for name in ("lockers", "none")
        }
        assert len(texts) == 1
        assert good(stranger.get(f"{BASE}/openings")) == []

    @pytest.mark.parametrize(
        ("who", "method", "path", "body"),
        [
            ("hanna", "post", "/openings", {"title": "Another"}),
            ("hanna", "put", "/openings/lockers/scorecard", {"yaml": "x: 1"}),
            ("hanna", "post", "/openings/lockers/runs", {}),
            ("hanna", "post", "/openings/lockers/imports", {"place": "/tmp"}),
            ("hanna", "get", "/openings/lockers/batch", None),
            ("rita", "post", "/openings/lockers/candidates/candidate-01/decisions", None),
            ("rita", "post", "/openings/lockers/candidates/candidate-01/revealed", None),
        ],
    )
    def test_a_role_may_call_what_it_may_do_on_the_pages_and_no_more(
        self, people: dict[str, str], program: As, who: str, method: str, path: str, body: dict[str, str] | None
    ) -> None:
        if body is None:
            body = {"run": "r", "choice": "hold", "reason": "r"} if "decisions" in path else {"run": "r"}
        answer = program(who).request(method, BASE + path, json=None if method == "get" else body)
        problem(answer, 403)


class TestTokensOnThePage:
    def test_an_operator_makes_a_token_sees_it_once_and_revokes_it(
        self, people: dict[str, str], sign_in: As, app: FastAPI, desk: Desk
    ) -> None:
        browser = sign_in("olga")
        csrf = token_of(browser.get("/settings/users/rita").text)
        address = "/settings/users/rita/tokens"
        made = browser.post(address, data={"csrf": csrf, "label": "Nightly upload", "days": "30"})
        assert made.status_code == 200
        token = made.text.partition('<code class="token">')[2].partition("<")[0]
        caller = TestClient(app, base_url="http://127.0.0.1:8000", headers={"authorization": f"Bearer {token}"})
        assert caller.get(f"{BASE}/me").json()["name"] == "rita"
        page = browser.get("/settings/users/rita").text
        assert "Nightly upload" in page
        assert token not in page
        revoke = f"{address}/{desk.tokens.all('rita')[0].id}/revoke"
        assert browser.post(revoke).status_code == 403
        assert browser.post(revoke, data={"csrf": csrf}).status_code == 303
        problem(caller.get(f"{BASE}/me"), 401)

    @pytest.mark.parametrize("form", [{"label": ""}, {"label": "x", "days": "0"}, {"label": "x", "days": "soon"}])
    def test_a_token_that_cannot_be_made_is_told(
        self, people: dict[str, str], sign_in: As, desk: Desk, form: dict[str, str]
    ) -> None:
        browser = sign_in("olga")
        csrf = token_of(browser.get("/settings/users/rita").text)
        answer = browser.post("/settings/users/rita/tokens", data={"csrf": csrf, **form})
        assert (answer.status_code, desk.tokens.all("rita")) == (400, ())

    def test_nobody_but_an_operator_makes_tokens(self, people: dict[str, str], sign_in: As, desk: Desk) -> None:
        browser = sign_in("rita")
        csrf = token_of(browser.get("/").text)
        answer = browser.post("/settings/users/rita/tokens", data={"csrf": csrf, "label": "mine"})
        assert (answer.status_code, desk.tokens.all("rita")) == (403, ())
