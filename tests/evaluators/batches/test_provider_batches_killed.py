"""Real processes with a batch under way, killed at every point where something is half done."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.ledger import Ledger
from tests.evaluators.batches.batch_asking import POINTS, Desk, plans
from tests.mock_endpoint.behaviour import BatchBehaviour, Fault, When
from tests.mock_endpoint.endpoint import MockEndpoint

ROOT = Path(__file__).parents[3]
CANDIDATES = 10
REQUESTS = 2 * CANDIDATES
REPAIRS = 4
ALWAYS = ("after the batch is made", "while polling", "while fetching")
"""The other points are as many variants; they run with the slow tests."""


def behaviour() -> BatchBehaviour:
    faults = (Fault(kind="off_schema", when=When(first=REPAIRS)),)
    return BatchBehaviour(validating_seconds=0.1, in_progress_seconds=0.3, finalizing_seconds=0.05, faults=faults)


def start(endpoint: MockEndpoint, ledger: Path, die_at: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "tests.evaluators.batches.batch_asking",
        endpoint.base_url,
        str(ledger),
        str(CANDIDATES),
    ]
    return subprocess.Popen([*command, die_at], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)


def finish(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors.decode()
    report: dict[str, Any] = json.loads(output)
    return report


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with (
        MockEndpoint(batches=behaviour()) as endpoint,
        Ledger.open(tmp_path_factory.mktemp("whole") / "l.db") as ledger,
    ):
        return Desk(endpoint.base_url, ledger).run(plans(CANDIDATES)).verdicts


@pytest.mark.parametrize(
    "die_at",
    [pytest.param(point, marks=() if point in ALWAYS else pytest.mark.slow) for point in POINTS if point != "never"],
)
def test_a_killed_run_is_continued_and_nothing_is_asked_twice(tmp_path: Path, undisturbed: Any, die_at: str) -> None:
    path = tmp_path / "ledger.db"
    with MockEndpoint(batches=behaviour()) as endpoint:
        doomed = start(endpoint, path, die_at)
        doomed.communicate(timeout=300)
        assert doomed.returncode == -signal.SIGKILL
        with Ledger.open(path) as ledger:
            second = Desk(endpoint.base_url, ledger).run(plans(CANDIDATES), "second")
            third = Desk(endpoint.base_url, ledger).run(plans(CANDIDATES), "third")
        stats = endpoint.stats()
    # A body is answered well at most once: itself, or in its stead its repair.
    assert (stats.doubled, stats.answered, stats.batch_lines) == (0, REQUESTS, REQUESTS + REPAIRS)
    assert stats.files == 0
    assert second.verdicts == third.verdicts == undisturbed
    assert third.statistics.asked == 0


def test_a_run_beside_one_that_waits_for_its_batch_sends_nothing(tmp_path: Path, undisturbed: Any) -> None:
    path = tmp_path / "ledger.db"
    with MockEndpoint(batches=behaviour()) as endpoint:
        first = start(endpoint, path, "never")
        second = start(endpoint, path, "never")
        reports = [finish(first), finish(second)]
        assert endpoint.stats().batch_lines == REQUESTS + REPAIRS
    assert reports[0]["verdicts"] == reports[1]["verdicts"]
    assert reports[0]["verdicts"] == {
        name: [verdict.model_dump(mode="json") for verdict in verdicts] for name, verdicts in undisturbed.items()
    }
    assert sum(report["statistics"]["asked"] for report in reports) == REQUESTS
