"""Parts of `shortlist up`, without its processes: in which order it ends, what it says, and who may read its files."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flows import up
from flows.prefect_server import prefect_environment
from pipeline.desk.desk import Desk
from pipeline.desk.places import is_open, make_home, private_files
from pipeline.settings import Settings
from pipeline.settings_up import UpSettings
from tests.flows.desk_fixtures import OPENING, open_with_opening
from tests.flows.test_serving import free_port


@pytest.fixture
def home(tmp_path: Path) -> Path:
    opened, _ = open_with_opening(tmp_path / "home")
    opened.close()
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What `up` does to its whole process is undone."""
    umask, environment = os.umask(0o022), dict(os.environ)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(up, "_keep_pages_moving", lambda: None)
    yield
    os.umask(umask)
    os.environ.clear()
    os.environ.update(environment)


class Server:
    """A Prefect server that notes when it is ended."""

    def __init__(self, noted: list[str]) -> None:
        self._noted = noted

    def start(self) -> None:
        self._noted.append("server starts")

    def let_go(self) -> None:
        self._noted.append("server ends")

    def end(self) -> None:
        self.let_go()


def run_up(home: Path, monkeypatch: pytest.MonkeyPatch, *, serve: Callable[[Desk], None] = lambda _: None) -> list[str]:
    """Run `up` with a loop and a server that only note what becomes of them; all that was said and done."""
    noted: list[str] = []

    def machinery(desk: Desk, *_: Any, tell: Callable[[Any], None]) -> tuple[Any, Any]:
        def stop() -> tuple[str, ...]:
            noted.append("loop ends")
            return ()

        def start() -> None:
            for run in desk.runs.note_interrupted():
                tell(run)

        return SimpleNamespace(start=start, stop=stop), None

    def served(app: Any, listening: Any, *, started: Callable[[], None]) -> None:
        del app, listening
        started()
        with up.open_desk(Settings(home=home)) as desk:
            serve(desk)
        raise KeyboardInterrupt

    monkeypatch.setattr(up, "PrefectServer", lambda *_, **__: Server(noted))
    monkeypatch.setattr(up, "_machinery", machinery)
    monkeypatch.setattr(up, "_serve", served)
    with pytest.raises(KeyboardInterrupt):
        up.run_up(Settings(home=home), UpSettings(port=free_port()), make_app=lambda _: None, say=noted.append)  # type: ignore[arg-type, return-value]  # nobody asks it
    return noted


def test_the_server_ends_after_everybody_who_asks_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = run_up(home, monkeypatch)
    assert noted[0] == "server starts"
    assert noted[noted.index("Stopping ...") + 1 :] == ["loop ends", "server ends", "server ends"]


def test_a_prefect_that_is_away_is_given_up_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_CLIENT_MAX_RETRIES", raising=False)
    asked = prefect_environment(tmp_path, api="http://127.0.0.1:1/api", own=True)["PREFECT_CLIENT_MAX_RETRIES"]
    assert sum(2**n for n in range(1, int(asked) + 1)) < 20
    monkeypatch.setenv("PREFECT_CLIENT_MAX_RETRIES", "1")
    assert prefect_environment(tmp_path, api="", own=False)["PREFECT_CLIENT_MAX_RETRIES"] == "1"


def test_a_run_that_was_interrupted_is_told_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Desk.open(home / "ledger.db", lease=timedelta(milliseconds=-1)) as desk:
        desk.runs.queue(OPENING, by="maria")
    noted = run_up(home, monkeypatch)
    assert len([line for line in noted if line.startswith("Interrupted: run")]) == 1


def test_what_is_made_is_for_its_owner_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def work(_: Desk) -> None:
        (home / "openings" / OPENING / "runs" / "x").mkdir(parents=True)
        (home / "openings" / OPENING / "runs" / "x" / "shortlist.json").write_text("{}")

    shutil.rmtree(home)
    noted = run_up(home, monkeypatch, serve=work)
    assert not any("chmod" in line for line in noted)
    open_ones = [path for path in (home, *home.rglob("*")) if path.stat().st_mode & 0o077 and path.suffix != ".lock"]
    assert open_ones == []


def test_a_home_that_others_may_read_is_told_with_the_way_to_close_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.chmod(0o755)
    noted = run_up(home, monkeypatch)
    assert [line for line in noted if "chmod" in line] == [
        f"Others on this machine may look into it. Close it: chmod -R go-rwx {home}"
    ]
    assert is_open(home)


def test_the_ledger_and_its_log_are_private_whatever_the_umask(tmp_path: Path) -> None:
    os.umask(0o022)
    make_home(tmp_path / "home")
    with Desk.open(tmp_path / "home" / "ledger.db") as desk:
        desk.openings.create("Billing", by="olga")
        files = sorted((tmp_path / "home").glob("ledger.db*"))
        assert len(files) >= 3
        assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (*files, tmp_path / "home")} == {0}


def test_the_umask_is_as_before_after_private_work(tmp_path: Path) -> None:
    os.umask(0o022)
    with private_files():
        (tmp_path / "own").write_text("x")
    (tmp_path / "all").write_text("x")
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("own", "all")] == [0o600, 0o644]
