"""Flow runs that a Prefect server planned for a moment that clocks mislead it about, put where they belong."""

import logging
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from flows.clock_changes import LONGEST_CHANGE, Belongs, Cron, belongs, clock_changes

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun
    from prefect.client.schemas.responses import DeploymentResponse

PLANNED_DAYS: Final = 400
"""How far is looked ahead; a server plans a hundred days unless its settings say more."""
_MOST: Final = 200
"""Flow runs that the server tells of at a time."""

_log = logging.getLogger(__name__)


def mend_plans(client: "SyncPrefectClient", *, flows: Collection[str], now: datetime) -> int:
    """Look at what is planned around the next changes of clocks, and put right what is not where it belongs.

    Args:
        client: Of the server.
        flows: Names of the flows whose deployments are looked at.
        now: Aware of its zone.

    Returns:
        How many flow runs were put elsewhere, added or left out.
    """
    crons = {one.id: cron for one in deployments_of(client, flows=flows) if (cron := _cron(one)) is not None}
    mended = 0
    # From a whole day on, so that what was worked out is remembered until tomorrow.
    since = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    for timezone in sorted({cron.timezone for cron in crons.values()}):
        there = {deployment: cron for deployment, cron in crons.items() if cron.timezone == timezone}
        for change in clock_changes(timezone, since=since, days=PLANNED_DAYS):
            mended += _mend(client, there, _planned(client, there, around=change), now=now)
    if mended:
        _log.info("clocks change: %d planned runs were put where they belong", mended)
    return mended


def deployments_of(
    client: "SyncPrefectClient", *, flows: Collection[str], name: str | None = None
) -> "list[DeploymentResponse]":
    """All deployments of some flows, or those with a name."""
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName, FlowFilter, FlowFilterName

    found: list[DeploymentResponse] = []
    while True:
        some = client.read_deployments(
            flow_filter=FlowFilter(name=FlowFilterName(any_=list(flows))),
            deployment_filter=None if name is None else DeploymentFilter(name=DeploymentFilterName(any_=[name])),
            limit=_MOST,
            offset=len(found),
        )
        found += some
        if len(some) < _MOST:
            return found


def _cron(deployment: "DeploymentResponse") -> Cron | None:
    """Its schedule, if it is one cron line; what else was set on the server's own pages stays as it is."""
    from prefect.client.schemas.schedules import CronSchedule

    active = [one.schedule for one in deployment.schedules if one.active and not deployment.paused]
    if len(active) != 1 or not isinstance(active[0], CronSchedule):
        return None
    return Cron(active[0].cron, active[0].timezone or "UTC", day_or=active[0].day_or)


def _planned(client: "SyncPrefectClient", deployments: Collection[UUID], *, around: datetime) -> "list[FlowRun]":
    """What is planned around a moment and did not begin."""
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterDeploymentId,
        FlowRunFilterNextScheduledStartTime,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType

    wanted = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=list(deployments)),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
        next_scheduled_start_time=FlowRunFilterNextScheduledStartTime(
            after_=around - 2 * LONGEST_CHANGE, before_=around + 2 * LONGEST_CHANGE
        ),
    )
    found: list[FlowRun] = []
    while True:
        some = client.read_flow_runs(flow_run_filter=wanted, limit=_MOST, offset=len(found))
        found += some
        if len(some) < _MOST:
            return found


def _mend(
    client: "SyncPrefectClient", crons: Mapping[UUID, Cron], runs: "Collection[FlowRun]", *, now: datetime
) -> int:
    planned: set[tuple[UUID | None, datetime | None]] = {
        (run.deployment_id, run.next_scheduled_start_time) for run in runs
    }
    mended = 0
    for run in runs:
        if run.deployment_id is None or run.next_scheduled_start_time is None or not run.auto_scheduled:
            continue
        if (found := belongs(crons[run.deployment_id], run.next_scheduled_start_time)) is not None:
            mended += _put(client, run, found, free=(run.deployment_id, found.at) not in planned, now=now)
            planned.add((run.deployment_id, found.at))
    return mended


def _put(client: "SyncPrefectClient", run: "FlowRun", found: Belongs, *, free: bool, now: datetime) -> bool:
    """Put one planned run where it belongs; say whether anything was to be done."""
    from prefect.states import Cancelled, Scheduled

    assert run.deployment_id is not None, "what is planned has a deployment"
    assert run.next_scheduled_start_time is not None, "what is planned has a time"
    is_later = found.at > run.next_scheduled_start_time
    if is_later and (found.at <= now or (found.also and not free)):
        return False
    if is_later and found.also:
        client.create_flow_run_from_deployment(
            run.deployment_id,
            state=Scheduled(scheduled_time=found.at),
            # By key, so that it is added once.
            idempotency_key=f"clocks {run.deployment_id} {found.at.isoformat()}",
        )
    elif is_later and free:
        client.set_flow_run_state(run.id, Scheduled(scheduled_time=found.at), force=True)
    else:
        client.set_flow_run_state(run.id, Cancelled(message="Clocks change: another one is due."), force=True)
    return True
