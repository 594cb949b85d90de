"""The steps of docs/running.md with a real Prefect server, a process work pool and a worker, as separate processes."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.flows.desk_fixtures import OPENING, add_candidates, open_with_opening
from tests.flows.test_serving import free_port
from tests.flows.test_up import Up

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PREFECT = str(Path(sys.executable).with_name("prefect"))


class Prefect:
    """A server of its own, and commands that speak to it."""

    def __init__(self, folder: Path, *, shortlist_home: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/api"
        self.log = folder / "prefect.log"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("SHORTLIST_", "PREFECT_"))},
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_API_URL": self.url,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
            "SHORTLIST_HOME": str(shortlist_home),
            "OPENBLAS_NUM_THREADS": "1",
        }

    def run(self, *words: str) -> None:
        """Run a command to its end."""
        done = subprocess.run(
            [PREFECT, "--no-prompt", *words],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        """Start a command that goes on."""
        with self.log.open("ab") as log:
            return subprocess.Popen([PREFECT, *words], cwd=ROOT, env=self._environment, stdout=log, stderr=log)

    def is_up(self) -> bool:
        """The server answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def wait(condition: Callable[[], bool], *, seconds: float, log: Path) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, log.read_text(errors="replace")[-5000:]
        time.sleep(0.2)


def end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    desk, _ = open_with_opening(tmp_path / "home")
    desk.close()
    return tmp_path / "home"


@pytest.fixture
def prefect(tmp_path: Path, home: Path) -> Iterator[Prefect]:
    prefect = Prefect(tmp_path, shortlist_home=home)
    with ExitStack() as ending:
        server = prefect.start("server", "start", "--host", "127.0.0.1", "--port", str(prefect.port))
        ending.callback(end, server)
        wait(prefect.is_up, seconds=180, log=prefect.log)
        prefect.run("work-pool", "create", "shortlist", "--type", "process")
        prefect.run("deploy", "--all")
        ending.callback(end, prefect.start("worker", "start", "--pool", "shortlist"))
        yield prefect


def test_a_worker_screens_on_request_and_what_the_review_app_asks_for(
    tmp_path: Path, home: Path, prefect: Prefect
) -> None:
    add_candidates(home, "c02", "c05")
    demo, out = ROOT / "datasets" / "demo", tmp_path / "out"
    given = {"batch": str(demo), "scorecard": str(demo / "scorecard.yaml"), "out": str(out)}
    # With --watch it ends when the run does, and fails when the run fails.
    prefect.run("deployment", "run", "screening/screening", "--watch", *(f"-p={name}={given[name]}" for name in given))
    assert json.loads((out / "run.json").read_text())["counts"]["candidates"] == 12

    up = Up(home, prefect_url=prefect.url, runner="pool")
    try:
        up.until(lambda: all(part["ok"] for part in up.get("/health")), seconds=120)
        run = up.do("start", OPENING)
        up.until(lambda: up.run(run)["state"] in ("done", "failed"), seconds=240)
        assert up.run(run)["state"] == "done", up.run(run)["error"]
        assert (Path(up.run(run)["out"]) / "shortlist.json").exists()
    finally:
        if up.process.poll() is None:
            up.end(signal.SIGINT)
