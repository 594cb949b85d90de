"""When openings are prescreened by themselves: one Prefect deployment for each opening, with one schedule.

A deployment of its own can be paused, seen and run from the Prefect server's pages like from the app, and its next
runs are its own. When it is due while clocks change, `flows.clock_changes` says.
"""

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from flows.clock_changes import Cron, due_times
from flows.opening_state import last_look
from flows.planned_runs import deployments_of
from flows.serving import check_schedule
from pipeline.errors import ConfigurationError, ShortlistError
from pipeline.review.protocols import RunRefused, ScheduleRefused, ScheduleView

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.responses import DeploymentResponse

FLOW = "prescreen-opening"
DESK_RUN = "desk-run"
"""Name of the flow that runs what was asked for at the desk, and of its deployment."""
POOL = "shortlist"
"""Name of the process work pool in `prefect.yaml`."""
SHOWN = 3
"""Next runs of a schedule that are shown."""


def server_answers(api: str, *, seconds: float = 2.0) -> bool:
    """Whether a Prefect server is there and well."""
    try:
        with urllib.request.urlopen(f"{api}/health", timeout=seconds) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


class Schedules:
    """The schedules of all openings, kept by a Prefect server.

    Args:
        api: Address of the server's API; it must be the one that Prefect's own settings name.
        home: SHORTLIST_HOME, for when an opening was last looked at.
        runner: Who runs what is due, see `UpSettings.runner`.
    """

    def __init__(self, api: str, *, home: Path, runner: Literal["here", "pool"] = "here") -> None:
        self._api = api
        self._home = home
        self._runner = runner

    def all(self) -> tuple[ScheduleView, ...]:
        """Every schedule, by opening.

        Raises:
            RunRefused: The server does not answer.
        """
        with self._client() as client:
            return tuple(sorted(map(self._view, deployments_of(client, flows=(FLOW,))), key=lambda view: view.opening))

    def put(self, opening: str, cron: str, timezone: str, *, inbox: str | None) -> None:
        """Set or change the schedule of an opening; a paused one stays paused.

        Raises:
            ScheduleRefused: The cron line or the time zone cannot be used.
            RunRefused: The server does not answer.
        """
        try:
            check_schedule(cron, timezone)
        except ConfigurationError as error:
            raise ScheduleRefused(str(error)) from error
        if len(cron.split()) != 5:
            raise ScheduleRefused(f"Cron line {cron!r} must have five fields, such as '0 7 * * 1-5'.")
        from prefect.client.schemas.actions import DeploymentScheduleCreate, DeploymentUpdate
        from prefect.client.schemas.schedules import CronSchedule

        with self._client() as client:
            if (known := _find(client, opening)) is None:
                self._create(opening, cron, timezone, inbox=inbox)
                return
            client.update_deployment(known.id, DeploymentUpdate(parameters=_parameters(opening, inbox)))
            for schedule in known.schedules:
                client.delete_deployment_schedule(known.id, schedule.id)
            client.create_deployment_schedules(
                known.id, [DeploymentScheduleCreate(schedule=CronSchedule(cron=cron, timezone=timezone))]
            )

    def remove(self, opening: str) -> None:
        """Forget the schedule of an opening; does nothing if there is none.

        Raises:
            RunRefused: The server does not answer.
        """
        with self._client() as client:
            if (known := _find(client, opening)) is not None:
                client.delete_deployment(known.id)

    def pause(self, opening: str, *, paused: bool) -> None:
        """Pause a schedule or go on with it.

        Raises:
            ScheduleRefused: There is none.
            RunRefused: The server does not answer.
        """
        with self._client() as client:
            if (known := _find(client, opening)) is None:
                raise ScheduleRefused(f"Opening {opening!r} has no schedule. Set one first.")
            if paused:
                client.pause_deployment(known.id)
            else:
                client.resume_deployment(known.id)

    def workers_online(self) -> int:
        """How many workers of the pool are there.

        Raises:
            RunRefused: The server does not answer, or has no such pool.
        """
        from prefect.client.schemas.objects import WorkerStatus

        with self._client() as client:
            return sum(one.status == WorkerStatus.ONLINE for one in client.read_workers_for_work_pool(POOL))

    def _create(self, opening: str, cron: str, timezone: str, *, inbox: str | None) -> None:
        from prefect.deployments.runner import RunnerDeployment
        from prefect.schedules import Cron
        from prefect.types.entrypoint import EntrypointType

        from flows.desk_flows import prescreen_opening_flow

        deployment = prescreen_opening_flow.to_deployment(
            name=opening,
            schedule=Cron(cron, timezone=timezone),
            parameters=_parameters(opening, inbox),
            entrypoint_type=EntrypointType.MODULE_PATH,
            work_pool_name=POOL if self._runner == "pool" else None,
            description="Screens what is new in the opening.",
        )
        assert isinstance(deployment, RunnerDeployment), "outside an event loop this is never a coroutine"
        deployment.apply()

    def _view(self, deployment: "DeploymentResponse") -> ScheduleView:
        opening = str(deployment.parameters.get("opening", deployment.name))
        inbox = deployment.parameters.get("inbox")
        cron, timezone, active = "", "UTC", not deployment.paused
        for known in deployment.schedules:
            cron = str(getattr(known.schedule, "cron", ""))
            timezone = getattr(known.schedule, "timezone", None) or "UTC"
            active = active and known.active
        look = last_look(self._home, opening)
        return ScheduleView(
            opening=opening,
            cron=cron,
            timezone=timezone,
            active=active and bool(cron),
            next_runs=due_times(Cron(cron, timezone), after=datetime.now(UTC), count=SHOWN) if active and cron else (),
            last=look.at if look else None,
            last_outcome=look.outcome if look else None,
            inbox=inbox if isinstance(inbox, str) else None,
        )

    @contextmanager
    def _client(self) -> Iterator["SyncPrefectClient"]:
        if not server_answers(self._api):
            raise RunRefused("The Prefect server does not answer; schedules cannot be read or changed now. Try again.")
        from prefect.client.orchestration import get_client

        try:
            with get_client(sync_client=True) as client:
                yield client
        except ShortlistError:
            raise
        except Exception as error:  # the client raises whatever its HTTP library does
            raise RunRefused(
                f"The Prefect server did not do it ({type(error).__name__}). Try again; its log says more."
            ) from error


def _parameters(opening: str, inbox: str | None) -> dict[str, str | None]:
    return {"opening": opening, "inbox": inbox}


def _find(client: "SyncPrefectClient", opening: str) -> "DeploymentResponse | None":
    return next(iter(deployments_of(client, flows=(FLOW,), name=opening)), None)
