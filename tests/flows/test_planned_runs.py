"""What a real Prefect server plans for a day when clocks change is put where it belongs, once, and stays there."""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.clock_changes import clock_changes
from flows.due_runs import DueRuns
from flows.planned_runs import mend_plans
from flows.prefect_server import PrefectServer, prefect_environment
from flows.schedules import FLOW, Schedules, server_answers
from tests.flows.test_serving import free_port

pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    port = free_port()
    address = f"http://127.0.0.1:{port}/api"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in prefect_environment(home, api=address, own=True).items():
            patch.setenv(name, value)
        # Far enough for the next spring, whenever this is run.
        patch.setenv("PREFECT_SERVER_SERVICES_SCHEDULER_MAX_SCHEDULED_TIME", "400 days")
        server = PrefectServer(home, port=port)
        server.start()
        try:
            deadline = time.monotonic() + 120
            while not server_answers(address):
                assert time.monotonic() < deadline, "the server did not come up"
                time.sleep(0.3)
            with temporary_settings({PREFECT_API_URL: address}):
                yield address
        finally:
            server.end()


@pytest.fixture
def client(api: str) -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as opened:
        yield opened


def until_planned(client: SyncPrefectClient, day: datetime, *times: str) -> None:
    """Wait until the server has planned these times for the day, and no longer what was planned before."""
    deadline = time.monotonic() + 120
    while (found := [f"{moment:%H:%M}" for moment in planned(client, day)]) != [*times]:
        assert time.monotonic() < deadline, f"the server planned {found}"
        time.sleep(0.5)


def put_forward() -> datetime:
    """The next change after which a clock in Berlin shows an hour more, with two days to come before it."""
    today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    changes = clock_changes("Europe/Berlin", since=today + timedelta(days=3), days=390)
    return next(change for change in changes if change.astimezone(ZONE).dst())


def planned(client: SyncPrefectClient, day: datetime) -> list[datetime]:
    """When the server is going to start something on a day, as the clock shows it."""
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
    from prefect.client.schemas.objects import StateType

    scheduled = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED]))
    runs = client.read_flow_runs(flow_run_filter=FlowRunFilter(state=scheduled))
    times = [datetime.fromtimestamp(run.next_scheduled_start_time.timestamp(), ZONE) for run in runs]
    return sorted(moment for moment in times if moment.date() == day.astimezone(ZONE).date())


def test_a_skipped_time_is_planned_an_hour_later_and_stays_there(
    api: str, client: SyncPrefectClient, tmp_path: Path
) -> None:
    day = put_forward()
    # The change is on the last Sunday of March, which may be its last day: the two days before are in March always.
    days = f"{(day - timedelta(days=2)).day}-{day.day} {day.month}"
    schedules = Schedules(api, home=tmp_path)
    schedules.put("billing", f"30 2 {days} *", "Europe/Berlin", inbox=None)
    # Once the server has learned of such days, nothing need be mended.
    until_planned(client, day, "01:30")

    assert mend_plans(client, flows=(FLOW,), now=datetime.now(UTC)) == 1
    assert [f"{moment:%H:%M}" for moment in planned(client, day)] == ["03:30"]
    assert mend_plans(client, flows=(FLOW,), now=datetime.now(UTC)) == 0
    (shown,) = (view for view in schedules.all() if view.opening == "billing")
    assert [f"{moment:%H:%M}" for moment in shown.next_runs] == ["02:30", "02:30", "03:30"]

    # A new time is planned anew, and whoever asks what is due puts it right without being told to.
    schedules.put("billing", f"45 2 {days} *", "Europe/Berlin", inbox=None)
    until_planned(client, day, "01:45")
    with closing(DueRuns(api)) as due:
        assert due.take(1) == []
    assert [f"{moment:%H:%M}" for moment in planned(client, day)] == ["03:45"]


def test_two_times_that_fall_together_are_planned_once(api: str, client: SyncPrefectClient, tmp_path: Path) -> None:
    day = put_forward()
    Schedules(api, home=tmp_path).put("billing", f"30 1,2 {day.day} {day.month} *", "Europe/Berlin", inbox=None)
    # Both fall on the same moment, which the server plans once.
    until_planned(client, day, "01:30")
    assert mend_plans(client, flows=(FLOW,), now=datetime.now(UTC)) == 1
    assert [f"{moment:%H:%M}" for moment in planned(client, day)] == ["01:30", "03:30"]
    assert mend_plans(client, flows=(FLOW,), now=datetime.now(UTC)) == 0
