"""What the Prefect server has due: scheduled looks at openings, and what was started or cancelled on its own pages."""

import logging
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from flows.schedules import DESK_RUN, FLOW, POOL, server_answers

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.responses import FlowRunResponse

_log = logging.getLogger(__name__)


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

    def take(self, count: int) -> list[str]:
        """Take some flow runs that are due, so that nobody else runs them.

        Of several that are due for one deployment, because nobody ran them in time, the newest is taken and the others
        are noted as cancelled: each would do the same.

        Returns:
            Their ids.
        """
        if self._runner == "pool" or (client := self._connected()) is None:
            return []
        try:
            due = _newest_of_each(client, _due(client))
            return [str(run.id) for run in due[:count] if _taken(client, run.id)]
        except Exception:
            self._disconnect()
            raise

    def cancelling(self) -> list[str]:
        """Ids of runs of the desk that somebody cancelled on the server's pages."""
        if (client := self._connected()) is None:
            return []
        from prefect.client.schemas.filters import (
            FlowFilter,
            FlowFilterName,
            FlowRunFilter,
            FlowRunFilterState,
            FlowRunFilterStateType,
        )
        from prefect.client.schemas.objects import StateType

        try:
            stopping = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.CANCELLING]))
            runs = client.read_flow_runs(
                flow_filter=FlowFilter(name=FlowFilterName(any_=[DESK_RUN])),
                flow_run_filter=FlowRunFilter(state=stopping),
                limit=50,
            )
        except Exception:
            self._disconnect()
            raise
        return [str(run.parameters["run"]) for run in runs if "run" in run.parameters]

    def send_to_pool(self, run: str) -> bool:
        """Let a worker of the pool run a queued run of the desk.

        Returns:
            Whether it is on its way; False while the server is away.
        """
        if (client := self._connected()) is None:
            return False
        try:
            deployment = client.read_deployment_by_name(f"{DESK_RUN}/{DESK_RUN}")
            client.create_flow_run_from_deployment(
                # By key, so that a message that is sent twice starts it once.
                deployment.id,
                parameters={"run": run},
                name=run,
                idempotency_key=run,
            )
        except Exception:
            self._disconnect()
            raise
        return True

    def _connected(self) -> "SyncPrefectClient | None":
        """The client, once the server answers and knows our deployment."""
        if not server_answers(self._api):
            self._disconnect()
            return None
        if self._client is None:
            from prefect.client.orchestration import get_client

            self._open = ExitStack()
            self._client = self._open.enter_context(get_client(sync_client=True))
            _register(self._runner)
            if self._runner == "here":
                _tidy(self._client, before=self._began)
        return self._client

    def _disconnect(self) -> None:
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
        flow_filter=FlowFilter(name=FlowFilterName(any_=[FLOW, DESK_RUN])),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=going),
            expected_start_time=FlowRunFilterExpectedStartTime(before_=before),
        ),
        limit=200,
    )
    for run in left:
        client.set_flow_run_state(run.id, Crashed(message="shortlist up was ended meanwhile."), force=True)


def _due(client: "SyncPrefectClient") -> list["FlowRunResponse"]:
    from prefect.client.schemas.filters import FlowFilter, FlowFilterName

    ours = FlowFilter(name=FlowFilterName(any_=[FLOW, DESK_RUN]))
    deployments = [one.id for one in client.read_deployments(flow_filter=ours, limit=200)]
    if not deployments:
        return []
    return client.get_scheduled_flow_runs_for_deployments(deployments, scheduled_before=datetime.now(UTC), limit=200)


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
