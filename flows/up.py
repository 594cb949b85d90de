"""`shortlist up`: Prefect server, screenings and review app in one command, until Ctrl-C."""

import gc
import logging
import os
import shlex
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flows.desk_runner import DeskRunner
from flows.desk_screening import clear_leftovers, let_go, open_desk, run_options
from flows.due_runs import DueRuns
from flows.notifying import check_addresses
from flows.prefect_server import PrefectServer, prefect_environment
from flows.run_loop import RunLoop
from flows.run_pool import PoolRuns
from flows.run_processes import RunProcesses
from flows.schedules import Schedules
from pipeline.desk.desk import Desk
from pipeline.desk.models import DeskRun
from pipeline.desk.places import is_open, make_home
from pipeline.errors import ConfigurationError
from pipeline.review.protocols import RunStarter
from pipeline.settings import Settings
from pipeline.settings_file import WHERE, settings_file
from pipeline.settings_up import LOOPBACK, UpSettings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

GOODBYE_SECONDS = 2
"""How long open connections may take to end."""
KEEP_ALIVE_SECONDS = 75
"""Longer than programs and proxies keep an idle connection: whoever ends it first must not be we, or a request that is
on its way just then gets no answer."""


class Parts(NamedTuple):
    """What the review app is made of."""

    desk: Desk
    starter: RunStarter
    settings: Settings
    up: UpSettings


MakeApp = Callable[[Parts], "ASGIApp"]
Say = Callable[[str], None]


def run_up(settings: Settings, up: UpSettings, *, make_app: MakeApp, say: Say) -> None:
    """Run everything until a signal ends it; nothing that was started is left then.

    Args:
        settings: Where things lie.
        up: What an operator chose.
        make_app: Makes the review app.
        say: Told, a line at a time, what a person at the terminal should know.

    Raises:
        ConfigurationError: A setting cannot be used, a port is taken, another `shortlist up` has this SHORTLIST_HOME,
            or the review app would be open to others without accounts.
    """
    # Now, and not when the first run fails or the first message is lost.
    run_options(up.run)
    check_addresses(up.notify)
    # Ended from outside, it still ends what it started.
    signal.signal(signal.SIGTERM, _leave)
    # Whatever this process and those it starts make is for its owner alone.
    os.umask(0o077)
    make_home(settings.home)
    with ExitStack() as stack:
        stack.enter_context(_alone(settings.home))
        desk = stack.enter_context(open_desk(settings))
        listening = stack.enter_context(_listen(up, accounts=desk.accounts.exist()))
        os.environ.update(_environment(settings, up))
        server = None if up.prefect_url else PrefectServer(settings.home, port=up.prefect_port)
        if server is not None:
            server.start()
            stack.callback(server.end)
        tell = _Interruptions(up.address, say)
        loop, starter = _machinery(desk, settings, up, tell=tell)
        app = make_app(Parts(desk, starter, settings, up))
        clear_leftovers(desk, home=settings.home)
        # A signal may come as soon as the loop has begun.
        try:
            loop.start()
            _keep_pages_moving()
            _serve(app, listening, started=lambda: _announce(desk, settings, up, say=say, tell=tell))
        finally:
            # A second Ctrl-C must not keep the first from ending everything; all of it is bounded.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            say("Stopping ...")
            # The server last: whoever asks one that is gone asks again, and waits longer each time.
            left = loop.stop()
            if server is not None:
                server.let_go()
            let_go(left, settings=settings)


class _Interruptions:
    """Says of each run once that it was interrupted, whoever sees it first.

    Args:
        address: Of the review app.
        say: Told a line.
    """

    def __init__(self, address: str, say: Say) -> None:
        self._address, self._say = address, say
        self._told: set[str] = set()

    def __call__(self, run: DeskRun) -> None:
        """Say so of a run."""
        if run.id not in self._told:
            self._told.add(run.id)
            self._say(_interrupted(run, self._address))


def _machinery(desk: Desk, settings: Settings, up: UpSettings, *, tell: _Interruptions) -> tuple[RunLoop, DeskRunner]:
    """The loop that starts runs, and what the app asks."""
    log = settings.home / "up" / "runs.log"
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    due = DueRuns(up.prefect_api, runner=up.runner)
    places = PoolRuns(due) if up.runner == "pool" else RunProcesses(log)
    loop = RunLoop(
        desk,
        places,
        due,
        at_once=up.runs_at_once,
        interrupted=tell,
        tidy=partial(clear_leftovers, desk, home=settings.home),
    )

    def state() -> tuple[bool, str]:
        if not loop.healthy:
            return False, "does not look for runs any more; start shortlist up again"
        if up.runner == "pool":
            return True, "workers of the pool screen"
        return True, "1 screening goes on" if loop.running == 1 else f"{loop.running} screenings go on"

    starter = DeskRunner(
        desk,
        settings=settings,
        up=up,
        schedules=Schedules(up.prefect_api, home=settings.home, runner=up.runner),
        wake=loop.wake,
        loop=state,
    )
    return loop, starter


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One `shortlist up` for each SHORTLIST_HOME; the system drops the lock of a process that was killed."""
    from filelock import FileLock, Timeout

    lock = FileLock(home / "up.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise ConfigurationError(
            f"shortlist up runs already with the files in {str(home)!r}. Use it, end it, or set SHORTLIST_HOME."
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _listen(up: UpSettings, *, accounts: bool) -> Iterator[socket.socket]:
    """The socket of the review app, taken before anything is started.

    Raises:
        ConfigurationError: The port is taken, or the address is open to others and there is nobody to sign in.
    """
    if up.host not in LOOPBACK and not accounts:
        raise ConfigurationError(
            f"The review app would be open to everybody who reaches {up.host}. Make the first account with "
            "`shortlist user add NAME --role operator`, or leave --host at 127.0.0.1."
        )
    family = socket.AF_INET6 if ":" in up.host else socket.AF_INET
    try:
        listening = socket.create_server((up.host, up.port), family=family, backlog=512)
    except OSError as error:
        raise ConfigurationError(
            f"The review app cannot listen on {up.host}:{up.port}: {error.strerror}. Choose another with --port."
        ) from error
    with listening:
        yield listening


def _environment(settings: Settings, up: UpSettings) -> dict[str, str]:
    """What the processes of screenings read again: they must come to the same settings."""
    file = settings_file()
    return prefect_environment(settings.home, api=up.prefect_api, own=up.prefect_url is None) | {
        "SHORTLIST_HOME": str(settings.home),
        "SHORTLIST_UP_PUBLIC_URL": up.address,
        # A file of the folder that `up` was started in is no module of the processes that it starts.
        "PYTHONSAFEPATH": "1",
        **({WHERE: str(file)} if file else {}),
    }


def _serve(app: "ASGIApp", listening: socket.socket, *, started: Callable[[], None]) -> None:
    """Serve the app in this thread until SIGINT or SIGTERM."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                started()

    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        # Who may see what depends on the real peer; a proxy's word for it is looked at by the app.
        proxy_headers=False,
        timeout_graceful_shutdown=GOODBYE_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    Server(config).run(sockets=[listening])


def _keep_pages_moving() -> None:
    """Spare whoever reads a page the pauses of one process that does much else.

    Shortlists of past runs are millions of objects that never change. Python looks through all of them for garbage
    whenever their number grew by a quarter, and every page waits a second for it.
    """
    gc.freeze()
    gc.set_threshold(10_000, 10, 100)
    # A page that is quick comes to its turn between pieces of one that is slow.
    sys.setswitchinterval(0.001)


def _announce(desk: Desk, settings: Settings, up: UpSettings, *, say: Say, tell: _Interruptions) -> None:
    say(f"Review app      {up.address}")
    pages = up.prefect_api.removesuffix("/api")
    say(f"Prefect server  {pages}" + ("" if up.prefect_url else "  (ready in a few seconds)"))
    say(f"Files           {settings.home}")
    if is_open(settings.home):
        say(f"Others on this machine may look into it. Close it: chmod -R go-rwx {shlex.quote(str(settings.home))}")
    for run in desk.runs.all():
        if run.state == "interrupted" and not _was_resumed(run, desk):
            tell(run)
    say("Ctrl-C stops everything.")


def _was_resumed(run: DeskRun, desk: Desk) -> bool:
    """Whether the opening has had a later run, so that nobody misses this one."""
    return desk.runs.all(run.opening, newest=1)[0].id != run.id


def _interrupted(run: DeskRun, address: str) -> str:
    where = f" at {run.stage} {run.done} of {run.total}" if run.total else ""
    return (
        f"Interrupted: run {run.id} of {run.opening}{where}. Nothing that was answered is asked again; "
        f"resume it at {address}/openings/{run.opening}/runs/{run.id}"
    )


def _leave(_: int, __: object) -> None:
    sys.exit(0)
