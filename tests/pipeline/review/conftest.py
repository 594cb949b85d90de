"""A review app over a real desk in a temporary folder, with a starter that screens nothing."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from evaluators.rubric_library import load_rubric_library
from pipeline.desk.desk import Desk
from pipeline.review.app import make_app
from tests.pipeline.review.demo_shortlist import finished_run
from tests.pipeline.review.starting import FakeStarter

LOCAL = ("127.0.0.1", 50_000)
PASSWORD = "correct horse battery"
MakeClient = Callable[..., TestClient]


class StoppableClock:
    """The time, which stands still once it is stopped."""

    def __init__(self) -> None:
        self._stopped: datetime | None = None

    def __call__(self) -> datetime:
        return self._stopped or datetime.now(UTC)

    def stop(self) -> None:
        self._stopped = datetime.now(UTC)


@pytest.fixture
def clock() -> StoppableClock:
    return StoppableClock()


@pytest.fixture
def desk(tmp_path: Path, clock: StoppableClock) -> Iterator[Desk]:
    with Desk.open(tmp_path / "ledger.db", clock=clock) as opened:
        yield opened


@pytest.fixture
def starter(desk: Desk) -> FakeStarter:
    return FakeStarter(desk)


@pytest.fixture
def beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder outside of SHORTLIST_HOME, from which nothing inside can be fetched."""
    return tmp_path_factory.mktemp("beside")


@pytest.fixture
def app(desk: Desk, starter: FakeStarter, tmp_path: Path, beside: Path) -> FastAPI:
    return make_app(
        desk=desk,
        starter=starter,
        home=tmp_path,
        rubrics=load_rubric_library(),
        max_upload_bytes=2_000_000,
        max_upload_files=50,
        import_roots=(str(beside / "allowed"),),
    )


@pytest.fixture
def make_client(app: FastAPI) -> MakeClient:
    """A browser, at this machine unless told otherwise."""

    def make(client: tuple[str, int] = LOCAL) -> TestClient:
        return TestClient(app, base_url="http://127.0.0.1:8000", client=client, follow_redirects=False)

    return make


@pytest.fixture
def client(make_client: MakeClient) -> TestClient:
    """Somebody at this machine, while there is no account."""
    return make_client()


@pytest.fixture
def csrf(client: TestClient) -> str:
    return token_of(client.get("/openings/new").text)


@pytest.fixture
def scorecard() -> str:
    return (Path(__file__).parents[3] / "datasets/demo/scorecard.yaml").read_text(encoding="utf-8")


@pytest.fixture
def opening(desk: Desk, scorecard: str) -> str:
    """Id of an opening with a scorecard."""
    made = desk.openings.create("Locker network", by="local-operator", id="lockers")
    desk.scorecards.save(made.id, scorecard, by="local-operator")
    return made.id


@pytest.fixture
def people(desk: Desk, opening: str) -> dict[str, str]:
    """Accounts by role: an operator, and a recruiter and a hiring manager with access to the opening."""
    desk.accounts.add("olga", display="Olga", role="operator", password=PASSWORD, by="command line")
    for name, role in (("rita", "recruiter"), ("hanna", "hiring_manager"), ("noah", "recruiter")):
        desk.accounts.add(name, display=name.capitalize(), role=role, password=PASSWORD, by="olga")  # type: ignore[arg-type]  # literals
    for name in ("rita", "hanna"):
        desk.accounts.set_access(name, [opening], by="olga")
    return {"operator": "olga", "recruiter": "rita", "hiring_manager": "hanna", "stranger": "noah"}


@pytest.fixture
def sign_in(make_client: MakeClient) -> Callable[[str], TestClient]:
    """Sign somebody in, in a browser of their own."""

    def signed_in(name: str) -> TestClient:
        browser = make_client()
        page = browser.get("/sign-in")
        answer = browser.post("/sign-in", data={"csrf": token_of(page.text), "name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return browser

    return signed_in


@pytest.fixture
def program(app: FastAPI, desk: Desk) -> Callable[[str], TestClient]:
    """A program that brings a token of a user."""

    def made(name: str) -> TestClient:
        token = desk.tokens.make(name, label="test", by="olga").token
        return TestClient(
            app,
            base_url="http://127.0.0.1:8000",
            client=("127.0.0.1", 50_000),
            headers={"authorization": f"Bearer {token}"},
        )

    return made


@pytest.fixture
def operator(people: dict[str, str], program: Callable[[str], TestClient]) -> TestClient:
    return program("olga")


@pytest.fixture
def recruiter(people: dict[str, str], program: Callable[[str], TestClient]) -> TestClient:
    return program("rita")


@pytest.fixture
def manager(people: dict[str, str], program: Callable[[str], TestClient]) -> TestClient:
    return program("hanna")


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vault")


@pytest.fixture
def screened(desk: Desk, tmp_path: Path, vault: Path) -> str:
    """Id of a run that is done; names and levels are covered. Asked for before anybody has an account."""
    finished_run(desk, tmp_path, vault)
    run = desk.runs.latest_done("lockers")
    assert run is not None
    desk.accounts.add("olga", display="Olga", role="operator", password="correct horse battery", by="command line")
    for name, role in (("rita", "recruiter"), ("hanna", "hiring_manager"), ("noah", "hiring_manager")):
        desk.accounts.add(name, display=name, role=role, password="correct horse battery", by="olga")  # type: ignore[arg-type]  # literals
    for name in ("rita", "hanna"):
        desk.accounts.set_access(name, ["lockers"], by="olga")
    return run.id


def token_of(page: str) -> str:
    """The CSRF token of a page."""
    found = re.search(r'name="csrf" content="([^"]+)"', page)
    assert found is not None
    return found[1]


def said(page: str) -> str:
    """What a page says at its top, with entities as they are."""
    return " ".join(re.findall(r'class="said [^"]*"[^>]*>(.*?)</(?:p|div)>', page, re.DOTALL))
