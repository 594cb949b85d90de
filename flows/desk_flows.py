"""Screenings of the desk as Prefect flows: what `shortlist up` and workers of a process work pool run."""

from pathlib import Path
from typing import TYPE_CHECKING

from prefect import flow, get_run_logger
from prefect.states import Cancelled, Completed

from flows.desk_screening import RunEnd, open_desk, screen_desk_run
from flows.notifying import tell_of_change
from flows.prescreening_openings import prescreen_opening
from flows.schedules import DESK_RUN, FLOW
from flows.screening import as_task, publish_artifact
from pipeline.desk.desk import Desk
from pipeline.desk.places import private_files
from pipeline.errors import ShortlistError
from pipeline.reports.blind import blind_shortlist
from pipeline.settings import load_settings
from pipeline.settings_up import load_up_settings

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State


@flow(name=DESK_RUN, persist_result=False)
def desk_run_flow(run: str) -> "State[str]":
    """Screen what a queued run of the desk asks for.

    Args:
        run: Id of the run, from the desk.

    Raises:
        ShortlistError: The run failed; the desk says so too.
    """
    log = get_run_logger()
    settings = load_settings()
    with private_files(), open_desk(settings) as desk:
        end = screen_desk_run(run, desk=desk, settings=settings, tell=log.info, wrap=as_task)
        return _ended(end, run, desk=desk)


@flow(name=FLOW, persist_result=False)
def prescreen_opening_flow(opening: str, inbox: str | None = None) -> "State[str]":
    """Screen an opening if anything is new in its inbox, its batch or its scorecard.

    Args:
        opening: Id of the opening.
        inbox: Folder or bucket that candidates are fetched from before.

    Raises:
        ShortlistError: It could not be screened.
    """
    log = get_run_logger()
    settings, up = load_settings(), load_up_settings()
    with private_files(), open_desk(settings) as desk:
        done = prescreen_opening(opening, inbox=inbox, desk=desk, settings=settings, up=up, tell=log.info, wrap=as_task)
        log.info("%s: %s", opening, done.outcome)
        if done.end is None or done.run is None:
            return Completed(message=done.outcome, data=done.outcome)
        return _ended(done.end, done.run, desk=desk)


def _ended(end: RunEnd, run: str, *, desk: Desk) -> "State[str]":
    """The state of a flow run that tells how the run of the desk ended."""
    if end.state == "done" and end.published is not None:
        if told := tell_of_change(run, desk=desk, up=load_up_settings()):
            get_run_logger().info("%s", told)
        # Whoever opens the Prefect server's pages has revealed no name, so candidates are numbered there.
        blind = blind_shortlist(end.published.shortlist)
        publish_artifact(end.published._replace(html=Path(end.detail), shortlist=blind))
        return Completed(message="done", data=end.detail)
    if end.state == "failed":
        raise ShortlistError(end.detail)
    return Cancelled(message=end.detail)
