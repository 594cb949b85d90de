"""What a candidate is told: the same whether or not whoever sends it has seen the name."""

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pipeline.desk.desk import Desk
from tests.pipeline.review.demo_shortlist import LINH, finished_run


@pytest.mark.parametrize("revealed", [False, True])
def test_a_file_that_could_not_be_read_is_named(
    client: TestClient, desk: Desk, tmp_path: Path, vault: Path, revealed: bool
) -> None:
    opening = finished_run(desk, tmp_path, vault)
    run = desk.runs.latest_done(opening)
    assert run is not None
    assert run.out is not None
    path = run.out / "shortlist.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    report["quarantined"].append(
        {"candidate": LINH, "file": "takehome/linh-notes.pdf", "code": "corrupt", "reason": "It is damaged."}
    )
    path.write_text(json.dumps(report), encoding="utf-8")
    label = next(row["label"] for row in report["rows"] if row["candidate"] == LINH).lower().replace(" ", "-")
    if revealed:
        desk.reviews.reveal(opening, LINH, by="local-operator")
    page = client.get(f"/openings/{opening}/candidates/{label}/explanation").text
    assert page.count("It is damaged.") == 1
    assert ("linh-notes" in page) is revealed
