"""Real processes on one ledger: at once, and killed in the middle."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from pipeline.ledger import Ledger

ROOT = Path(__file__).parents[2]
CANDIDATES = 30
REQUESTS = 2 * CANDIDATES


def start(tmp_path: Path, run_id: str, *, seconds: float, stop_at: int = 0) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.evaluators.scripted_judge"]
    arguments = [str(tmp_path / "ledger.db"), str(tmp_path / f"{run_id}.log"), run_id, str(CANDIDATES)]
    return subprocess.Popen([*command, *arguments, str(seconds), str(stop_at)], stdout=subprocess.PIPE, cwd=ROOT)


def finish(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    report: dict[str, Any] = json.loads(output)
    return report


def asked(tmp_path: Path, run_id: str) -> list[str]:
    log = tmp_path / f"{run_id}.log"
    return log.read_text().split() if log.exists() else []


def test_two_processes_at_once_double_nothing(tmp_path: Path) -> None:
    both = [start(tmp_path, run_id, seconds=0.01) for run_id in ("a", "b")]
    reports = [finish(process) for process in both]
    everything = asked(tmp_path, "a") + asked(tmp_path, "b")
    assert len(everything) == len(set(everything)) == REQUESTS
    assert reports[0]["verdicts"] == reports[1]["verdicts"]
    assert sum(report["statistics"]["asked"] for report in reports) == REQUESTS


def test_a_killed_run_is_continued_at_once_and_repeats_only_what_was_under_way(tmp_path: Path) -> None:
    doomed = start(tmp_path, "doomed", seconds=0.03, stop_at=20)
    deadline = time.monotonic() + 120
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        # All that was answered is written down by then, and one request is under way.
        while len(ledger.answers(asked(tmp_path, "doomed"))) < 19 and time.monotonic() < deadline:
            time.sleep(0.05)
    os.kill(doomed.pid, signal.SIGKILL)
    doomed.communicate()
    before = asked(tmp_path, "doomed")
    assert len(before) == 20
    started = time.monotonic()
    report = finish(start(tmp_path, "second", seconds=0.0))
    assert time.monotonic() - started < 300  # The dead run's leases are not waited for.
    after = asked(tmp_path, "second")
    assert len(after) == len(set(after)) == report["statistics"]["asked"]
    assert len(before) + len(after) == REQUESTS + 1
    untouched = finish(start(tmp_path, "third", seconds=0.0))
    assert asked(tmp_path, "third") == []
    assert untouched["verdicts"] == report["verdicts"]
