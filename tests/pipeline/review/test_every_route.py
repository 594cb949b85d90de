"""Every address of the app, walked by everybody who should not get in: none is forgotten when one is added."""

import re
from collections.abc import Iterator
from typing import NamedTuple, cast, get_args

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from httpx import Response

from evaluators.rubric_library import load_rubric_library
from pipeline.desk.access import ALLOWED
from pipeline.desk.desk import Desk
from pipeline.desk.models import Action, Role
from pipeline.review.app import make_app
from tests.pipeline.review.conftest import PASSWORD, token_of
from tests.pipeline.review.demo_shortlist import DEMO, LEVELS, finished_run
from tests.pipeline.review.starting import FakeStarter

API = "/api/v1"
EVERYBODYS = frozenset(
    ("GET /sign-in", "GET /sign-in/still", "POST /sign-in", "GET /api/docs", f"GET {API}/openapi.json")
)
"""What may be asked for without being anybody."""
SIGNED_IN = frozenset(
    ("GET /", "GET /account", "POST /account", "POST /sign-out", f"GET {API}/me", f"GET {API}/openings")
)
"""What whoever is signed in may ask for."""
NEEDED: dict[str, Action] = {
    "GET /openings/new": "create",
    "POST /openings/new": "create",
    "GET /openings/{opening}": "see",
    "GET /openings/{opening}/settings": "settings",
    "POST /openings/{opening}/settings": "settings",
    "GET /openings/{opening}/scorecard": "scorecard",
    "POST /openings/{opening}/scorecard": "scorecard",
    "POST /openings/{opening}/scorecard/edit": "scorecard",
    "GET /openings/{opening}/scorecard/edit": "scorecard",
    "POST /openings/{opening}/scorecard/check": "scorecard",
    "GET /openings/{opening}/scorecard.yaml": "see",
    "GET /openings/{opening}/scorecard/versions/{version}": "see",
    "POST /openings/{opening}/scorecard/versions/{version}/restore": "scorecard",
    "GET /openings/{opening}/upload": "upload",
    "POST /openings/{opening}/upload": "upload",
    "POST /openings/{opening}/fetch": "upload",
    "GET /openings/{opening}/files": "upload",
    "POST /openings/{opening}/files/replace": "upload",
    "GET /openings/{opening}/runs": "see",
    "POST /openings/{opening}/runs": "run",
    "GET /openings/{opening}/runs/{run}": "see",
    "GET /openings/{opening}/runs/{run}/progress": "see",
    "GET /openings/{opening}/runs/{run}/candidates": "upload",
    "POST /openings/{opening}/runs/{run}/cancel": "run",
    "POST /openings/{opening}/runs/{run}/resume": "run",
    "POST /openings/{opening}/runs/{run}/again": "run",
    "GET /openings/{opening}/schedule": "see",
    "POST /openings/{opening}/schedule": "schedule",
    "POST /openings/{opening}/schedule/pause": "schedule",
    "POST /openings/{opening}/schedule/unpause": "schedule",
    "POST /openings/{opening}/schedule/remove": "schedule",
    "POST /openings/{opening}/schedule/now": "run",
    "GET /openings/{opening}/shortlist": "see",
    "GET /openings/{opening}/shortlist.csv": "see",
    "GET /openings/{opening}/shortlist.json": "see",
    "GET /openings/{opening}/candidates/{label}": "see",
    "POST /openings/{opening}/candidates/{label}/open": "see",
    "POST /openings/{opening}/candidates/{label}/reveal": "reveal",
    "POST /openings/{opening}/candidates/{label}/decide": "decide",
    "POST /openings/{opening}/candidates/{label}/override": "override",
    "POST /openings/{opening}/candidates/{label}/comment": "comment",
    "POST /openings/{opening}/candidates/{label}/outcome": "outcome",
    "GET /openings/{opening}/decisions": "see",
    "GET /openings/{opening}/outcomes": "see",
    "GET /openings/{opening}/candidates/{label}/kit": "see",
    "GET /openings/{opening}/compare": "see",
    "GET /openings/{opening}/candidates/{label}/explanation": "explain",
    "POST /openings/{opening}/candidates/{label}/explanation": "explain",
    "GET /settings/users": "users",
    "POST /settings/users": "users",
    "GET /settings/users/{name}": "users",
    "POST /settings/users/{name}": "users",
    "POST /settings/users/{name}/password": "users",
    "POST /settings/users/{name}/tokens": "users",
    "GET /settings/users/{name}/tokens": "users",
    "POST /settings/users/{name}/tokens/{token}/revoke": "users",
    "GET /health": "health",
    "POST /health/verify": "health",
    f"POST {API}/openings": "create",
    f"GET {API}/openings/{{opening}}": "see",
    f"GET {API}/openings/{{opening}}/scorecard": "see",
    f"PUT {API}/openings/{{opening}}/scorecard": "scorecard",
    f"POST {API}/openings/{{opening}}/scorecard/check": "scorecard",
    f"GET {API}/openings/{{opening}}/scorecard/versions": "see",
    f"GET {API}/openings/{{opening}}/batch": "upload",
    f"GET {API}/openings/{{opening}}/uploads": "upload",
    f"POST {API}/openings/{{opening}}/uploads": "upload",
    f"POST {API}/openings/{{opening}}/imports": "upload",
    f"POST {API}/openings/{{opening}}/files/replace": "upload",
    f"GET {API}/openings/{{opening}}/runs": "see",
    f"POST {API}/openings/{{opening}}/runs": "run",
    f"GET {API}/openings/{{opening}}/runs/{{run}}": "see",
    f"GET {API}/openings/{{opening}}/runs/{{run}}/candidates": "upload",
    f"POST {API}/openings/{{opening}}/runs/{{run}}/cancel": "run",
    f"POST {API}/openings/{{opening}}/runs/{{run}}/resume": "run",
    f"GET {API}/openings/{{opening}}/shortlist": "see",
    f"GET {API}/openings/{{opening}}/shortlist.csv": "see",
    f"GET {API}/openings/{{opening}}/candidates/{{label}}": "see",
    f"POST {API}/openings/{{opening}}/candidates/{{label}}/opened": "see",
    f"POST {API}/openings/{{opening}}/candidates/{{label}}/revealed": "reveal",
    f"GET {API}/openings/{{opening}}/decisions": "see",
    f"POST {API}/openings/{{opening}}/candidates/{{label}}/decisions": "decide",
    f"GET {API}/openings/{{opening}}/overrides": "see",
    f"POST {API}/openings/{{opening}}/candidates/{{label}}/overrides": "override",
    f"GET {API}/openings/{{opening}}/comments": "see",
    f"POST {API}/openings/{{opening}}/candidates/{{label}}/comments": "comment",
    f"GET {API}/openings/{{opening}}/outcomes": "see",
    f"POST {API}/openings/{{opening}}/candidates/{{label}}/outcomes": "outcome",
}


class Address(NamedTuple):
    """One method of one path."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def of_api(self) -> bool:
        return self.path.startswith(API)


def addresses(app: FastAPI) -> Iterator[Address]:
    """Every address with a page or an answer of its own."""
    for route in iter_route_contexts(app.routes):
        # Refusals of methods that an address of the API has not.
        if route.endpoint is not None and route.endpoint.__name__ != "refuse":
            for method in route.methods or ():
                yield Address(method, str(route.path))


class Walked(NamedTuple):
    """An app over an opening that has everything, and values for the parts of its addresses."""

    app: FastAPI
    desk: Desk
    values: dict[str, str]


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    home = tmp_path_factory.mktemp("home")
    with Desk.open(home / "ledger.db") as desk:
        finished_run(desk, home, tmp_path_factory.mktemp("vault"), cover_levels=False)
        run = desk.runs.latest_done("lockers")
        assert run is not None
        desk.accounts.add("olga", display="Olga", role="operator", password=PASSWORD, by="command line")
        for name in ("recruiter-in", "recruiter-out", "hiring-manager-in", "hiring-manager-out"):
            role = cast(Role, name.rpartition("-")[0].replace("-", "_"))
            desk.accounts.add(name, display=name, role=role, password=PASSWORD, by="olga")
            desk.accounts.set_access(name, ["lockers"] if name.endswith("-in") else [], by="olga")
        values = {"opening": "lockers", "run": run.id, "label": "candidate-01", "version": "1", "name": "olga"}
        values["token"] = desk.tokens.make("olga", label="x", by="olga").made.id
        app = make_app(desk=desk, starter=FakeStarter(desk), home=home, rubrics=load_rubric_library())
        yield Walked(app, desk, values)


def test_every_address_says_who_may_ask_for_it(walked: Walked) -> None:
    assert sorted(map(str, addresses(walked.app))) == sorted([*NEEDED, *EVERYBODYS, *SIGNED_IN])


class Visitor:
    """Somebody who asks for addresses, on the pages with a session and of the API with a token."""

    def __init__(self, walked: Walked, name: str | None) -> None:
        def fresh(**headers: str) -> TestClient:
            return TestClient(
                walked.app,
                base_url="http://127.0.0.1:8000",
                client=("127.0.0.1", 50_000),
                follow_redirects=False,
                headers=headers,
            )

        self.csrf = ""
        if name is None:
            self.pages = self.program = fresh()
            return
        self.pages = fresh()
        page = self.pages.get("/sign-in")
        sent = {"csrf": token_of(page.text), "name": name, "password": PASSWORD}
        assert self.pages.post("/sign-in", data=sent).status_code == 303
        self.csrf = token_of(self.pages.get("/").text)
        self.program = fresh(authorization=f"Bearer {walked.desk.tokens.make(name, label='walk', by='olga').token}")

    def ask(self, address: Address, values: dict[str, str], *, csrf: bool = True) -> Response:
        path = re.sub(r"{(\w+)}", lambda part: values[part[1]], address.path)
        if address.of_api:
            body = {"json": {}} if address.method in ("POST", "PUT") else {}
            return self.program.request(address.method, path, **body)  # type: ignore[arg-type]  # httpx's own
        headers = {"x-csrf-token": self.csrf} if csrf and self.csrf else {}
        files = {"files": ("ada.pdf", b"x")} if path.endswith(("/upload", "/files/replace")) else None
        return self.pages.request(address.method, path, headers=headers, files=files)


def test_whoever_is_not_signed_in_gets_nothing(walked: Walked) -> None:
    visitor, before = Visitor(walked, None), walked.desk.chain.head()
    for address in addresses(walked.app):
        if str(address) in EVERYBODYS:
            continue
        answer = visitor.ask(address, walked.values)
        if address.of_api:
            assert answer.status_code == 401, address
        elif str(address) != "GET /health":
            assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in"), address
        assert "linh" not in answer.text.lower(), address
    assert walked.desk.chain.head() == before


@pytest.mark.parametrize("role", ["recruiter", "hiring_manager"])
def test_an_account_without_access_gets_nothing_of_an_opening(walked: Walked, role: Role) -> None:
    visitor = Visitor(walked, f"{role.replace('_', '-')}-out")
    before = walked.desk.chain.head()
    for address in addresses(walked.app):
        if "{opening}" in address.path:
            answer = visitor.ask(address, walked.values)
            assert answer.status_code == 403, address
            missing = visitor.ask(address, {**walked.values, "opening": "no-such"})
            assert missing.text.replace("no-such", "lockers") == answer.text, address
    assert walked.desk.chain.head() == before


@pytest.mark.parametrize("role", ["recruiter", "hiring_manager"])
def test_a_role_gets_what_it_may_and_no_more(walked: Walked, role: Role) -> None:
    visitor = Visitor(walked, f"{role.replace('_', '-')}-in")
    for address in addresses(walked.app):
        if str(address) in NEEDED:
            before = walked.desk.chain.head()
            answer = visitor.ask(address, walked.values)
            allowed = NEEDED[str(address)] in ALLOWED[role]
            assert (answer.status_code not in (401, 403, 500)) is allowed, (address, answer.status_code)
            assert allowed or walked.desk.chain.head() == before, address


def test_an_operator_gets_everything(walked: Walked) -> None:
    assert ALLOWED["operator"] == set(get_args(Action))
    visitor = Visitor(walked, "olga")
    for address in addresses(walked.app):
        # What ends the operator's own session or rights comes last, if at all.
        if str(address) in NEEDED and not address.path.startswith("/settings/users/{name}"):
            assert visitor.ask(address, walked.values).status_code not in (401, 403, 500), address


def test_nothing_is_changed_by_a_request_without_the_visitors_token(walked: Walked) -> None:
    visitor = Visitor(walked, "olga")
    before = walked.desk.chain.head()
    for address in addresses(walked.app):
        if address.method != "GET" and not address.of_api and str(address) != "POST /sign-in":
            assert visitor.ask(address, walked.values, csrf=False).status_code == 403, address
    assert walked.desk.chain.head() == before


def test_nothing_is_changed_from_a_page_of_another_site(walked: Walked) -> None:
    visitor = Visitor(walked, "olga")
    before = walked.desk.chain.head()
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "http://[bad"}):
        visitor.pages.headers.update(headers)
        visitor.program.headers.update(headers)
        for address in addresses(walked.app):
            if address.method != "GET":
                assert visitor.ask(address, walked.values).status_code == 403, (address, headers)
        for name in headers:
            del visitor.pages.headers[name], visitor.program.headers[name]
    assert walked.desk.chain.head() == before


def test_no_address_that_a_hiring_manager_may_ask_for_names_anybody_while_names_are_covered(walked: Walked) -> None:
    table = (DEMO / "candidates.csv").read_text(encoding="utf-8")
    named = {line.split(",")[0].removesuffix(".pdf"): line.split(",")[1:3] for line in table.splitlines()[1:]}
    secret = {
        word
        for folder, (name, mail) in named.items()
        for word in re.findall(r"\w{3,}", f"{folder.replace('-', ' ')} {name} {mail.partition('@')[0]}".casefold())
    } | set(named)
    assert {"linh", "tran", "sarkodie", "abena-sarkodie"} <= secret
    visitor, asked = Visitor(walked, "hiring-manager-in"), 0
    for address in addresses(walked.app):
        if address.method != "GET" or NEEDED.get(str(address)) not in ALLOWED["hiring_manager"]:
            continue
        labels = range(1, len(LEVELS) + 1) if "{label}" in address.path else [1]
        for n in labels:
            beside = "?c=candidate-01&c=candidate-02" if address.path.endswith("/compare") else ""
            answer = visitor.ask(
                address._replace(path=address.path + beside), {**walked.values, "label": f"candidate-{n:02d}"}
            )
            shown = f"{answer.text} {dict(answer.headers)}".casefold()
            assert not secret & {*re.findall(r"\w+", shown), *re.findall(r"[\w-]+", shown)}, (address, n)
            asked += answer.status_code == 200
    assert asked > 40
