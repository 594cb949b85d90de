"""A review app over a real desk in a temporary folder, with a starter that screens nothing."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from evaluators.rubric_library import load_rubric_library
from pipeline.desk.desk import Desk
from pipeline.review.app import make_app

sys.path.insert(0, str(Path(__file__).parent))
from starting import FakeStarter

LOCAL = ("127.0.0.1", 50_000)
PASSWORD = "correct horse battery"
SCORECARD = (Path(__file__).parents[3] / "datasets/demo/scorecard.yaml").read_text(encoding="utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk.open(tmp_path / "ledger.db") as opened:
        yield opened


@pytest.fixture
def starter(desk: Desk) -> FakeStarter:
    return FakeStarter(desk)


@pytest.fixture
def client(desk: Desk, starter: FakeStarter, tmp_path: Path) -> Iterator[TestClient]:
    """Somebody at this machine, while there is no account."""
    app = make_app(
        desk=desk,
        starter=starter,
        home=tmp_path,
        rubrics=load_rubric_library(),
        max_upload_bytes=2_000_000,
        max_upload_files=50,
    )
    with TestClient(app, base_url="http://127.0.0.1:8000", client=LOCAL, follow_redirects=False) as opened:
        yield opened
