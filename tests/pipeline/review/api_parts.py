"""What the tests of the API share: addresses, and answers as they must be."""

from collections.abc import Callable

from fastapi.testclient import TestClient
from httpx import Response

from pipeline.desk.desk import Desk
from pipeline.models.report import Report

BASE = "/api/v1"
LOCKERS = f"{BASE}/openings/lockers"
As = Callable[[str], TestClient]


def problem(answer: Response, status: int) -> str:
    """The text of a problem document."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert told["title"]
    assert told["detail"].endswith((".", "?")), told["detail"]
    return str(told["detail"])


def good(answer: Response, status: int = 200) -> object:
    assert answer.status_code == status, answer.text
    return answer.json()


def label_of(desk: Desk, name: str) -> str:
    run = desk.runs.latest_done("lockers")
    assert run is not None
    assert run.out is not None
    report = Report.model_validate_json((run.out / "shortlist.json").read_bytes())
    return next(row.label for row in report.rows if row.candidate == name).lower().replace(" ", "-")
