"""`shortlist serve`: the Prefect server and both deployments on one machine, until Ctrl-C."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flows.run_options import RunOptions
from pipeline.errors import ConfigurationError
from pipeline.settings import load_settings

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment
    from prefect.schedules import Schedule

STARTUP_SECONDS = 180.0
MEND_SECONDS = 60.0
"""Between two looks at what is planned for days when clocks change."""

_log = logging.getLogger(__name__)


def run_server(*, inbox: Path, cron: str, timezone: str, host: str, port: int, options: RunOptions) -> None:
    """Start the server, register the deployments, run what is due; return on Ctrl-C.

    Raises:
        ConfigurationError: The time zone, the cron line or a setting is wrong, or the server does not come up.
    """
    home = load_settings().home / "prefect"
    # Ended from outside, it still ends the server it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    inbox = inbox.resolve()
    inbox.mkdir(parents=True, exist_ok=True)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Prefect reads its settings when it is imported, so they stand in the environment before.
    os.environ.update(
        PREFECT_HOME=str(home),
        PREFECT_API_URL=f"http://{host}:{port}/api",
        PREFECT_SERVER_ANALYTICS_ENABLED="false",
        DO_NOT_TRACK="1",
    )
    from prefect.schedules import Cron

    check_schedule(cron, timezone)
    with _server(host, port, home):
        _serve_deployments(
            {"inbox": str(inbox), "options": options.model_dump(mode="json")}, schedule=Cron(cron, timezone=timezone)
        )


def check_schedule(cron: str, timezone: str) -> None:
    """Refuse a schedule that cannot be kept.

    Raises:
        ConfigurationError: Names the part that is wrong.
    """
    from prefect.client.schemas.schedules import CronSchedule

    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigurationError(
            f"Time zone {timezone!r} is not known. Use a name such as 'Europe/Berlin' or 'UTC'."
        ) from error
    try:
        CronSchedule(cron=cron, timezone=timezone)
    except ValueError as error:
        raise ConfigurationError(
            f"Cron line {cron!r} cannot be read. It has five fields, such as '0 7 * * 1-5' for workdays at seven."
        ) from error


@contextmanager
def _server(host: str, port: int, home: Path) -> Iterator[None]:
    """A Prefect server of our own, ended with this process."""
    command = [sys.executable, "-P", "-m", "prefect", "server", "start", "--host", host, "--port", str(port)]
    with (home / "server.log").open("ab") as log:
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        _wait_until_up(f"http://{host}:{port}/api/health", server, home / "server.log")
        yield
    finally:
        _end(server)


def _wait_until_up(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise ConfigurationError(
        f"The Prefect server at {url} did not come up. Is the port taken? Choose another with --port; "
        f"what it said is in {log}."
    )


def _end(server: subprocess.Popen[bytes]) -> None:
    """End the server and the processes it started: it leads a session of its own."""
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGINT)
        try:
            server.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _serve_deployments(parameters: dict[str, object], *, schedule: "Schedule") -> None:
    from prefect import serve
    from prefect.types.entrypoint import EntrypointType

    from flows.prescreening import prescreening
    from flows.screening import screening

    # Outside an event loop `to_deployment` gives the deployment itself, which its type does not say.
    deployments = (
        prescreening.to_deployment(
            name="prescreening",
            schedule=schedule,
            parameters=parameters,
            # By module, since an installed package is not below the folder that `serve` is run in.
            entrypoint_type=EntrypointType.MODULE_PATH,
            # Two runs over one inbox would only wait for each other's leases.
            concurrency_limit=1,
            description="Screens what is new or changed in the inbox.",
        ),
        screening.to_deployment(
            name="screening",
            entrypoint_type=EntrypointType.MODULE_PATH,
            description="Screens one batch on request.",
        ),
    )
    threading.Thread(target=_keep_plans_right, args=(prescreening.name,), daemon=True).start()
    serve(*(cast("RunnerDeployment", deployment) for deployment in deployments))


def _keep_plans_right(flow: str) -> None:
    """Put right what the server plans for days when clocks change, until this process ends."""
    from prefect.client.orchestration import get_client

    from flows.planned_runs import mend_plans

    while True:
        try:
            with get_client(sync_client=True) as client:
                mend_plans(client, flows=(flow,), now=datetime.now(UTC))
        except Exception:  # noqa: BLE001 - the client raises whatever its HTTP library does; the next time may be better
            _log.warning("the Prefect server did not tell what it plans")
        time.sleep(MEND_SECONDS)
