"""What the Prefect server has due: scheduled looks at openings, and what was started or cancelled on its own pages."""

import logging
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple
from uuid import UUID

from flows.planned_runs import deployments_of, mend_plans
from flows.prescreening_openings import SCHEDULE
from flows.schedules import DESK_RUN, FLOW, POOL, server_answers
from pipeline.desk.models import DeskRun

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun, State
    from prefect.client.schemas.responses import FlowRunResponse

OURS: Final = (FLOW, DESK_RUN)
MEND_SECONDS: Final = 60.0
"""Between two looks at what is planned for days when clocks change."""
_MOST: Final = 200

_log = logging.getLogger(__name__)


class FlowRunOf(NamedTuple):
    """A flow run of ours, and what it is about."""

    id: str
    run: str | None
    """Of the desk, if it was made for one."""
    opening: str | None
    """That it looks at by schedule."""
    began: datetime | None = None
    ended: datetime | None = None

    def is_of(self, run: DeskRun) -> bool:
        """Whether a run of the desk goes on in this flow run."""
        if self.run is not None:
            return run.id == self.run
        inside = self.began is not None and self.began <= run.asked and (self.ended is None or run.asked <= self.ended)
        return run.by == SCHEDULE and run.opening == self.opening and inside


class DueRuns:
    """Asks one Prefect server, and has nothing to tell while it is away. Used by one thread.

    Args:
        api: Address of the server's API; it must be the one that Prefect's own settings name.
        runner: Who runs what is due, see `UpSettings.runner`; workers of a pool ask the server themselves.
    """

    def __init__(self, api: str, *, runner: Literal["here", "pool"] = "here") -> None:
        self._api = api
        self._runner = runner
        self._began = datetime.now(UTC)
        self._open: ExitStack | None = None
        self._client: SyncPrefectClient | None = None
        self._mended = 0.0

    def take(self, count: int) -> list[FlowRunOf]:
        """Take some flow runs that are due, so that nobody else runs them.

        Of several that are due for one deployment, because nobody ran them in time, the newest is taken and the others
        are noted as cancelled: each would do the same.

        Returns:
            What was taken.
        """
        if self._runner == "pool":
            return []
        with self._server() as client:
            if client is None:
                return []
            due = _newest_of_each(client, _due(client))
            return [_of(run) for run in due[:count] if _taken(client, run.id)]

    def stopped(self, active: Collection[DeskRun]) -> list[FlowRunOf]:
        """Flow runs that somebody cancelled on the server's pages.

        Args:
            active: Runs that the desk takes for going on.

        Returns:
            Those that are to be cancelled, and those that are cancelled already while one of the active runs goes on
            in them: a worker of a pool ends a process by itself.
        """
        with self._server() as client:
            found = [] if client is None else [(_of(run), run.state_type) for run in _stopped(client, active)]
        return [one for one, state in found if state == "CANCELLING" or any(one.is_of(run) for run in active)]

    def note_end(self, flow_run: str, *, cancelled: bool, why: str) -> None:
        """Say of a flow run whose process is gone that it is over, if the server does not know."""
        from prefect.states import Cancelled, Crashed

        with self._server() as client:
            if client is None:
                return
            known = client.read_flow_run(UUID(flow_run))
            state = known.state
            # A process that was ended on request says of itself that it crashed.
            if state is None or not state.is_final() or (cancelled and state.is_crashed()):
                end: State[object] = Cancelled(message=why) if cancelled else Crashed(message=why)
                client.set_flow_run_state(known.id, end, force=True)

    def flow_run_of(self, run: str) -> str | None:
        """Id of the newest flow run that was made for a run of the desk, if the server knows one."""
        from prefect.client.schemas.filters import FlowFilter, FlowFilterName, FlowRunFilter, FlowRunFilterName
        from prefect.client.schemas.sorting import FlowRunSort

        with self._server() as client:
            if client is None:
                return None
            found = client.read_flow_runs(
                flow_filter=FlowFilter(name=FlowFilterName(any_=[DESK_RUN])),
                flow_run_filter=FlowRunFilter(name=FlowRunFilterName(any_=[run])),
                sort=FlowRunSort.START_TIME_DESC,
                limit=1,
            )
        return str(found[0].id) if found else None

    def send_to_pool(self, run: str) -> bool:
        """Let a worker of the pool run a queued run of the desk.

        Returns:
            Whether it is on its way; False while the server is away.
        """
        with self._server() as client:
            if client is None:
                return False
            deployment = client.read_deployment_by_name(f"{DESK_RUN}/{DESK_RUN}")
            client.create_flow_run_from_deployment(
                # By key, so that a message that is sent twice starts it once.
                deployment.id,
                parameters={"run": run},
                name=run,
                idempotency_key=run,
            )
        return True

    @contextmanager
    def _server(self) -> Iterator["SyncPrefectClient | None"]:
        """The client while the server answers; one that failed is made anew the next time."""
        try:
            yield self._connected()
        except Exception:
            self.close()
            raise

    def _connected(self) -> "SyncPrefectClient | None":
        """The client, once the server answers and knows our deployment."""
        if not server_answers(self._api):
            self.close()
            return None
        if self._client is None:
            from prefect.client.orchestration import get_client

            self._open = ExitStack()
            self._client = self._open.enter_context(get_client(sync_client=True))
            _register(self._runner)
            if self._runner == "here":
                _tidy(self._client, before=self._began)
            else:
                _send_looks_to_pool(self._client)
            self._mended = 0.0
        if not self._mended or time.monotonic() - self._mended > MEND_SECONDS:
            self._mended = time.monotonic()
            mend_plans(self._client, flows=(FLOW,), now=datetime.now(UTC))
        return self._client

    def close(self) -> None:
        """Let go of the server; the next question connects anew."""
        self._client = None
        if self._open is not None:
            self._open.close()
            self._open = None


def _register(runner: Literal["here", "pool"]) -> None:
    """Make the deployment of the desk's runs, or bring it up to date."""
    from prefect.deployments.runner import RunnerDeployment
    from prefect.types.entrypoint import EntrypointType

    from flows.desk_flows import desk_run_flow

    deployment = desk_run_flow.to_deployment(
        name=DESK_RUN,
        entrypoint_type=EntrypointType.MODULE_PATH,
        work_pool_name=POOL if runner == "pool" else None,
        description="Screens what was asked for in the review app; started by it.",
    )
    assert isinstance(deployment, RunnerDeployment), "outside an event loop this is never a coroutine"
    deployment.apply()


def _send_looks_to_pool(client: "SyncPrefectClient") -> None:
    """Let workers run schedules that were set while `shortlist up` did so itself."""
    from prefect.client.schemas.actions import DeploymentUpdate

    for deployment in deployments_of(client, flows=(FLOW,)):
        if deployment.work_pool_name != POOL:
            client.update_deployment(deployment.id, DeploymentUpdate(work_pool_name=POOL))


def _tidy(client: "SyncPrefectClient", *, before: datetime) -> None:
    """Note flow runs that began before this process as crashed: it was alone, so whoever ran them was killed."""
    from prefect.client.schemas.filters import (
        FlowFilter,
        FlowFilterName,
        FlowRunFilter,
        FlowRunFilterExpectedStartTime,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType
    from prefect.states import Crashed

    going = FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING, StateType.CANCELLING])
    left = client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=list(OURS))),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=going),
            expected_start_time=FlowRunFilterExpectedStartTime(before_=before),
        ),
        limit=200,
    )
    for run in left:
        client.set_flow_run_state(run.id, Crashed(message="shortlist up was ended meanwhile."), force=True)


def _due(client: "SyncPrefectClient") -> list["FlowRunResponse"]:
    deployments = [one.id for one in deployments_of(client, flows=OURS)]
    if not deployments:
        return []
    return client.get_scheduled_flow_runs_for_deployments(deployments, scheduled_before=datetime.now(UTC), limit=_MOST)


def _of(run: "FlowRun | FlowRunResponse") -> FlowRunOf:
    made_for, opening = run.parameters.get("run"), run.parameters.get("opening")
    return FlowRunOf(
        str(run.id),
        made_for if isinstance(made_for, str) else None,
        opening if isinstance(opening, str) else None,
        began=run.start_time,
        ended=run.end_time,
    )


def _stopped(client: "SyncPrefectClient", active: Collection[DeskRun]) -> list["FlowRun"]:
    from prefect.client.schemas.filters import (
        FlowFilter,
        FlowFilterName,
        FlowRunFilter,
        FlowRunFilterEndTime,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType

    ours = FlowFilter(name=FlowFilterName(any_=list(OURS)))
    stopping = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.CANCELLING]))
    found = client.read_flow_runs(flow_filter=ours, flow_run_filter=FlowRunFilter(state=stopping), limit=_MOST)
    if active:
        since = min(run.asked for run in active) - timedelta(minutes=1)
        stopped = FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.CANCELLED])),
            end_time=FlowRunFilterEndTime(after_=since),
        )
        found += client.read_flow_runs(flow_filter=ours, flow_run_filter=stopped, limit=_MOST)
    return found


def _newest_of_each(client: "SyncPrefectClient", due: list["FlowRunResponse"]) -> list["FlowRunResponse"]:
    from prefect.states import Cancelled

    newest: dict[str, FlowRunResponse] = {}
    for run in sorted(due, key=lambda one: one.next_scheduled_start_time or datetime.min.replace(tzinfo=UTC)):
        # What somebody asked for by hand, with parameters of its own, is not made up for by another one.
        key = str(run.deployment_id) if run.auto_scheduled else str(run.id)
        if (older := newest.get(key)) is not None:
            client.set_flow_run_state(older.id, Cancelled(message="A later one does the same."), force=True)
        newest[key] = run
    return list(newest.values())


def _taken(client: "SyncPrefectClient", flow_run: UUID) -> bool:
    """Whether we are the first to take it: the server lets a flow run become pending once."""
    from prefect.client.schemas.responses import SetStateStatus
    from prefect.states import Pending

    return client.set_flow_run_state(flow_run, Pending()).status == SetStateStatus.ACCEPT
