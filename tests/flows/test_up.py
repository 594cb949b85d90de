"""`shortlist up` as processes: killed, cancelled, started twice, ended by Ctrl-C; with a real database and batch."""

import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import flows.up
from flows.run_processes import RunProcesses
from pipeline.settings import Settings
from pipeline.settings_up import UpSettings
from tests.flows.desk_fixtures import OPENING, add_candidates, add_many, open_with_opening
from tests.flows.test_serving import free_port

pytestmark = pytest.mark.slow

NOBODY = "http://127.0.0.1:1/api"
"""A Prefect server that never answers: runs go on without, and the tests need not wait for one."""


class Up:
    """A running `shortlist up` with a bare app."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.port = free_port()
        self.log = home.parent / f"up-{self.port}.log"
        environment = {
            **os.environ,
            "SHORTLIST_HOME": str(home),
            "SHORTLIST_UP_PORT": str(self.port),
            "OPENBLAS_NUM_THREADS": "1",
            **{f"SHORTLIST_UP_{name.upper()}": value for name, value in settings.items()},
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.flows.up_driver"],
                cwd=Path(__file__).parents[2],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self.until(lambda: self.get("/runs") is not None, seconds=120)
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    def get(self, path: str) -> Any:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return json.loads(error.read())
        except OSError:
            return None

    def do(self, verb: str, subject: str, **given: str) -> Any:
        query = urllib.parse.urlencode(given)
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/do/{verb}/{subject}?{query}", method="POST", data=b""
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read())["done"]
        except urllib.error.HTTPError as error:
            with error:
                return json.loads(error.read())

    def run(self, run: str) -> dict[str, Any]:
        return next(one for one in self.get("/runs") if one["id"] == run)

    def until(self, condition: Callable[[], bool], *, seconds: float = 180.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, f"it did not come to that: {self.said}"
            time.sleep(0.1)

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def family(self) -> set[int]:
        """This process and all below it, now."""
        found, above = {self.process.pid}, parents()
        while more := {pid for pid, parent in above.items() if parent in found} - found:
            found |= more
        return found

    def end(self, number: signal.Signals) -> None:
        """Send a signal, and see that nothing of the family is left."""
        family = self.family()
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=60)
        while left := {pid for pid in family if alive(pid)}:
            assert time.monotonic() - began < 60, f"left behind: {left}"
            time.sleep(0.05)


def parents() -> dict[int, int]:
    """The parent of each process, now."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                after_name = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            found[int(folder.name)] = int(after_name[1])
    return found


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


@pytest.fixture
def home(tmp_path: Path) -> Path:
    desk, _ = open_with_opening(tmp_path / "home")
    desk.close()
    return tmp_path / "home"


@pytest.fixture
def start(home: Path) -> Iterator[Callable[..., Up]]:
    started: list[Up] = []

    def begin(**settings: str) -> Up:
        up = Up(home, **{"prefect_url": NOBODY, **settings})
        started.append(up)
        return up

    yield begin
    for up in started:
        if up.process.poll() is None:
            up.end(signal.SIGTERM)


def answered(home: Path) -> int:
    with closing(sqlite3.connect(home / "ledger.db")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM answers WHERE findings IS NOT NULL").fetchone()
    return int(count)


def test_a_killed_run_is_found_and_resumed_and_asks_only_what_is_missing(home: Path, start: Callable[..., Up]) -> None:
    add_many(home, 110)
    first = start()
    run = first.do("start", OPENING)
    first.until(lambda: first.run(run)["stage"] == "judging" and first.run(run)["done"] >= 20)
    first.end(signal.SIGKILL)
    kept = answered(home)
    assert kept > 0

    second = start()
    second.until(lambda: f"Interrupted: run {run} of {OPENING}" in second.said, seconds=120)
    again = second.do("resume", run)
    second.until(lambda: second.run(again)["state"] in ("done", "failed"), seconds=180)
    assert second.run(again)["state"] == "done", second.run(again)["error"]
    counts = json.loads((Path(second.run(again)["out"]) / "run.json").read_text())["counts"]
    assert counts["candidates"] == 110
    assert counts["from_ledger"] >= kept
    assert counts["asked"] == counts["questions"] - counts["from_ledger"]
    assert counts["asked"] > 0, "what the killed one started must not outlive it"
    assert second.run(run)["state"] == "interrupted"
    assert sorted(path.name for path in Path(second.run(again)["out"]).parent.iterdir()) == [again]


def test_a_cancelled_run_stops_soon_and_the_next_one_can_start(home: Path, start: Callable[..., Up]) -> None:
    add_many(home, 110)
    up = start()
    run = up.do("start", OPENING)
    assert up.do("start", OPENING)["refused"] == "RunRefused"
    up.until(lambda: up.run(run)["done"] > 0)
    began = time.monotonic()
    up.do("cancel", run)
    up.until(lambda: "0 screenings" in next(part for part in up.get("/health") if part["name"] == "runner")["detail"])
    assert time.monotonic() - began < 60
    assert up.run(run)["state"] == "cancelled"
    assert isinstance(up.do("start", OPENING), str)


def test_ctrl_c_in_the_middle_of_a_run_leaves_nothing_and_the_run_can_be_resumed_at_once(
    home: Path, start: Callable[..., Up]
) -> None:
    add_many(home, 110)
    up = start()
    run = up.do("start", OPENING)
    up.until(lambda: up.run(run)["done"] > 0)
    up.end(signal.SIGINT)
    again = start()
    assert again.run(run)["state"] == "interrupted"
    assert f"Interrupted: run {run}" in again.said


def test_a_killed_screening_is_noted_and_the_others_go_on(home: Path, start: Callable[..., Up]) -> None:
    add_many(home, 110)
    up = start()
    run = up.do("start", OPENING)
    up.until(lambda: up.run(run)["done"] > 0)
    above, of_the_server = parents(), {pid for pid in up.family() if b"forkserver" in cmdline(pid)}
    # Whoever is forked goes by the name of the server that it was forked from.
    (screening,) = (pid for pid in of_the_server if above.get(pid) in of_the_server)
    os.kill(screening, signal.SIGKILL)
    up.until(lambda: up.run(run)["state"] == "failed", seconds=60)
    assert "SIGKILL" in up.run(run)["error"]
    assert isinstance(up.do("resume", run), str)


def cmdline(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_a_connection_that_was_quiet_for_a_while_is_still_answered(start: Callable[..., Up]) -> None:
    up = start()
    with closing(http.client.HTTPConnection("127.0.0.1", up.port, timeout=10)) as connection:
        for pause in (0, 6):
            # Programs keep an idle connection for five seconds; the server must not give up first.
            time.sleep(pause)
            connection.request("GET", "/runs")
            assert connection.getresponse().read() == b"[]"
            # Connected anew, it would prove nothing.
            connection.auto_open = 0


def test_two_of_one_home_are_refused_and_a_taken_port_is_named(home: Path, start: Callable[..., Up]) -> None:
    up = start()
    environment = {**os.environ, "SHORTLIST_HOME": str(home), "PREFECT_API_URL": NOBODY}
    for variables, said in (
        ({}, "runs already with the files"),
        ({"SHORTLIST_UP_RUN": '{"jugde": "evidence"}'}, "jugde"),
        ({"SHORTLIST_UP_NOTIFY": "nonsense://host"}, "Address 1"),
        ({"SHORTLIST_UP_PROT": "8000"}, "SHORTLIST_UP_PORT"),
        ({"SHORTLIST_HOME": str(home.parent / "other"), "SHORTLIST_UP_PORT": str(up.port)}, "cannot listen on"),
        ({"SHORTLIST_HOME": str(home.parent / "other"), "SHORTLIST_UP_HOST": "0.0.0.0"}, "shortlist user add"),
    ):
        refused = subprocess.run(
            [sys.executable, "-m", "flows.cli", "up"],
            env={**environment, **variables},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert refused.returncode == 2, refused.stderr
        assert said in refused.stderr


def test_with_its_own_prefect_server_a_schedule_runs_and_ctrl_c_ends_everything(
    home: Path, start: Callable[..., Up]
) -> None:
    add_candidates(home, "c02", "c05")
    prefect_port = free_port()
    up = start(prefect_url="", prefect_port=str(prefect_port))
    up.until(lambda: all(part["ok"] for part in up.get("/health")), seconds=180)
    up.do("set_schedule", OPENING, cron="* * * * *", timezone="Europe/Berlin")
    (view,) = up.get("/schedules")
    assert (view["cron"], view["timezone"], view["active"]) == ("* * * * *", "Europe/Berlin", True)
    assert len(view["next_runs"]) == 3

    up.until(lambda: [run["state"] for run in up.get("/runs")] == ["done"], seconds=180)
    assert up.get("/runs")[0]["by"] == "schedule"
    up.until(lambda: up.get("/schedules")[0]["last_outcome"] == "nothing new", seconds=150)
    assert len(up.get("/runs")) == 1

    up.do("pause", OPENING)
    assert up.get("/schedules")[0]["active"] is False
    assert up.get("/schedules")[0]["next_runs"] == []
    up.do("set_schedule", OPENING, cron="0 7 * * 1-5", timezone="UTC")
    assert up.get("/schedules")[0]["active"] is False, "a new time does not wake a paused schedule"
    up.do("unpause", OPENING)
    assert up.get("/schedules")[0]["active"] is True
    assert up.do("run_now", OPENING) is None

    run = up.do("start", OPENING)
    up.until(lambda: up.run(run)["state"] == "done")
    assert flow_runs(prefect_port)[run] == "COMPLETED"

    # Whoever cancels a look on the server's pages cancels its run.
    an_hour_ago = time.time() - 3600
    for path in add_many(home, 110).rglob("*"):
        # What just came counts as still arriving.
        os.utime(path, (an_hour_ago, an_hour_ago))
    api = f"http://127.0.0.1:{prefect_port}/api"
    deployment = ask(f"{api}/deployments/name/prescreen-opening/{OPENING}")
    look = ask(f"{api}/deployments/{deployment['id']}/create_flow_run", {"parameters": {"opening": OPENING}})
    up.until(lambda: up.get("/runs")[0]["by"] == "schedule" and up.get("/runs")[0]["done"] > 0)
    ask(f"{api}/flow_runs/{look['id']}/set_state", {"state": {"type": "CANCELLING"}})
    up.until(lambda: up.get("/runs")[0]["state"] == "cancelled", seconds=60)
    up.until(lambda: ask(f"{api}/flow_runs/{look['id']}")["state_type"] == "CANCELLED", seconds=60)
    up.end(signal.SIGINT)


def ask(url: str, body: dict[str, Any] | None = None) -> Any:
    """What the Prefect server answers."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def flow_runs(port: int) -> dict[str, str]:
    """State of the server's flow runs by name."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/flow_runs/filter", data=b"{}", headers={"content-type": "application/json"}
    )
    deadline = time.monotonic() + 60
    while True:
        with urllib.request.urlopen(request, timeout=60) as answer:
            found = {run["name"]: run["state_type"] for run in json.loads(answer.read())}
        if "RUNNING" not in found.values() or time.monotonic() > deadline:
            return found
        time.sleep(0.2)


def test_the_process_that_screenings_are_forked_from_has_one_thread() -> None:
    """A fork copies one thread; locks that others hold would stay held for ever."""
    preloaded = "import importlib, os\nfor name in {!r}: importlib.import_module(name)\n".format(
        RunProcesses.__init__.__globals__["PRELOADED"]
    )
    told = subprocess.run(
        [sys.executable, "-c", preloaded + "print(len(os.listdir('/proc/self/task')))"],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert told.stdout.strip() == "1", told.stderr


def test_a_signal_that_comes_while_the_loop_begins_still_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Loop:
        stopped = False

        def start(self) -> None:
            sys.exit(0)

        def stop(self) -> tuple[str, ...]:
            self.stopped = True
            return ()

    loop = Loop()
    # A real signal would come at another moment; the handlers and the environment are those of the tests.
    monkeypatch.setattr(flows.up, "_machinery", lambda *_, **__: (loop, None))
    monkeypatch.setattr(flows.up, "_environment", lambda *_: {})
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    chosen = UpSettings(port=free_port(), prefect_url=NOBODY)
    with pytest.raises(SystemExit):
        flows.up.run_up(Settings(home=tmp_path), chosen, make_app=lambda _: None, say=lambda _: None)
    assert loop.stopped
