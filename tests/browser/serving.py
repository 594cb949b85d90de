"""A review app that really screens, served on this machine for a browser."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import uvicorn
from playwright.sync_api import FilePayload

from evaluators.rubric_library import load_rubric_library
from flows.desk_screening import open_desk, screen_desk_run
from pipeline.desk.desk import Desk
from pipeline.desk.models import Role
from pipeline.desk.places import batch_folder
from pipeline.review.app import make_app
from pipeline.settings import Settings
from tests.pipeline.review.starting import FakeStarter

DEMO = Path(__file__).parents[2] / "datasets" / "demo"
PASSWORD = "correct horse battery"
PEOPLE: dict[str, tuple[str, Role]] = {
    "olga": ("Olga Operator", "operator"),
    "rita": ("Rita Recruiter", "recruiter"),
    "hanna": ("Hanna Manager", "hiring_manager"),
}


def document(name: str, source: str) -> FilePayload:
    """A file of the demo under another name, as a person would choose it."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": (DEMO / source).read_bytes()}


class InProcessStarter(FakeStarter):
    """Screens in a thread of this process, as `shortlist up` does in processes of its own."""

    def __init__(self, desk: Desk, *, home: Path) -> None:
        super().__init__(desk, pace=0.0)
        self._settings = Settings(home=home)
        self._under_way: list[threading.Thread] = []

    def _walk(self, run: str) -> None:
        self._under_way.append(threading.current_thread())
        screen_desk_run(run, desk=self._desk, settings=self._settings)

    def wait(self) -> None:
        """Wait for what was started."""
        for thread in self._under_way:
            thread.join()


class Served(NamedTuple):
    """A served app."""

    address: str
    home: Path
    desk: Desk


@contextmanager
def served(home: Path) -> Iterator[Served]:
    """Serve the app over a home until the end."""
    with open_desk(Settings(home=home)) as desk:
        starter = InProcessStarter(desk, home=home)
        app = make_app(desk=desk, starter=starter, home=home, rubrics=load_rubric_library())
        server = uvicorn.Server(
            uvicorn.Config(app, port=0, log_level="critical", access_log=False, timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server ended at once"
                time.sleep(0.02)
            port = server.servers[0].sockets[0].getsockname()[1]
            yield Served(f"http://127.0.0.1:{port}", home, desk)
        finally:
            server.should_exit = True
            thread.join()
            starter.wait()


def add_people(desk: Desk, *openings: str) -> None:
    """An account for each role, with access to the openings."""
    for name, (display, role) in PEOPLE.items():
        desk.accounts.add(name, display=display, role=role, password=PASSWORD, by="command line")
        if role != "operator":
            desk.accounts.set_access(name, openings, by="olga")


def screened(home: Path) -> str:
    """Screen the demo batch for real; returns the id of its opening. Names and levels are covered."""
    settings = Settings(home=home)
    with open_desk(settings) as desk:
        opening = desk.openings.create("Senior Backend Engineer, Locker Network", by="olga", id="lockers")
        desk.scorecards.save(opening.id, (DEMO / "scorecard.yaml").read_text(encoding="utf-8"), by="olga")
        shutil.copytree(DEMO, batch_folder(home, opening.id), ignore=shutil.ignore_patterns("scorecard.yaml"))
        run = desk.runs.queue(opening.id, by="olga")
        end = screen_desk_run(run.id, desk=desk, settings=settings)
        assert end.state == "done", end.detail
        add_people(desk, opening.id)
    return opening.id
