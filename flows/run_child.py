"""What a process that `shortlist up` forks for one screening does; it ends with the process that asked for it."""

import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from multiprocessing.connection import wait
from pathlib import Path
from typing import Literal
from uuid import UUID

from flows.desk_screening import open_desk, screen_desk_run
from flows.notifying import tell_of_change
from flows.schedules import DESK_RUN, FLOW, server_answers
from flows.traces import trace_of
from pipeline.background import stay_behind
from pipeline.settings import Settings, load_settings
from pipeline.settings_up import UpSettings, load_up_settings

Kind = Literal["desk run", "flow run"]

NICE = 5
"""Whoever reads a page waits for it; whoever asked for a run has time. Not more: a file has 20 seconds to be read."""
ENDING_SECONDS = 4.0
"""How long a process whose starter is gone may take to end by itself."""

_log = logging.getLogger(__name__)


def run_child(kind: Kind, subject: str, log: str) -> None:
    """Run one screening in this process.

    Args:
        kind: Whether somebody asked for it at the desk, or it is due by schedule.
        subject: Id of the run of the desk, or of Prefect's flow run.
        log: A file that what is said is added to.
    """
    _settle_in(Path(log))
    try:
        if kind == "desk run":
            run_at_desk(subject, settings=load_settings(), up=load_up_settings())
        else:
            _run_flow_run(UUID(subject))
    except KeyboardInterrupt:
        sys.exit(130)


def run_at_desk(run: str, *, settings: Settings, up: UpSettings) -> None:
    """Screen a queued run as a Prefect flow run; without one if the Prefect server is away.

    Prefect schedules and shows; a person who waits for a shortlist does not have to wait for it.
    """
    if server_answers(up.prefect_api):
        try:
            _run_desk_flow(run)
        except Exception as error:  # noqa: BLE001 - whatever was raised there, the desk says below what is left to do
            _log.error("run %s: the Prefect server could not follow it to its end: %s", run, trace_of(error))
    with open_desk(settings) as desk:
        if desk.runs.get(run).state != "queued":
            return
        _log.warning("run %s: screened without a Prefect flow run", run)
        if screen_desk_run(run, desk=desk, settings=settings).state == "done":
            tell_of_change(run, desk=desk, up=up)


def _run_desk_flow(run: str) -> None:
    """Make a flow run of the deployment, and run it here: a process that has everything imported begins at once."""
    from prefect.client.orchestration import get_client
    from prefect.flow_engine import run_flow
    from prefect.states import Pending

    from flows.desk_flows import desk_run_flow

    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(f"{DESK_RUN}/{DESK_RUN}")
        # Pending, not scheduled: nobody else picks it up.
        flow_run = client.create_flow_run_from_deployment(
            deployment.id, parameters={"run": run}, state=Pending(), name=run
        )
    run_flow(desk_run_flow, flow_run=flow_run, parameters=flow_run.parameters, return_type="state")


def _run_flow_run(flow_run_id: UUID) -> None:
    """Run what the Prefect server has due."""
    from prefect.client.orchestration import get_client
    from prefect.flow_engine import run_flow

    from flows.desk_flows import desk_run_flow, prescreen_opening_flow

    with get_client(sync_client=True) as client:
        flow_run = client.read_flow_run(flow_run_id)
        name = client.read_flow(flow_run.flow_id).name
    if name == FLOW:
        run_flow(prescreen_opening_flow, flow_run=flow_run, parameters=flow_run.parameters, return_type="state")
    else:
        run_flow(desk_run_flow, flow_run=flow_run, parameters=flow_run.parameters, return_type="state")


def _settle_in(log: Path) -> None:
    """Leave the terminal to the process that asked, and watch over that one."""
    # Ctrl-C there reaches a whole group; this process is ended in order, by the other.
    os.setsid()
    stay_behind(NICE)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    # A server that forks ignores Ctrl-C; a lost lease breaks work off by that very signal.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ENDING_SECONDS)
    os._exit(1)
