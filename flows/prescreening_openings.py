"""Looking at one opening by schedule: fetch its inbox, and screen if anything is new."""

import time
from collections.abc import Callable
from typing import NamedTuple

from flows.desk_screening import RunEnd, screen_desk_run
from flows.inboxes import SETTLE_SECONDS, Limits, StillArriving, check_inbox, fetch_inbox
from flows.judging_stage import Wrap, unwatched
from flows.opening_state import files_of, opening_state, remember_look, screened_state
from pipeline.desk.desk import Desk
from pipeline.desk.places import batch_folder
from pipeline.errors import DeskConflict, ShortlistError
from pipeline.own_files import OwnFiles
from pipeline.settings import Settings
from pipeline.settings_up import UpSettings

SCHEDULE = "schedule"
"""Who starts what nobody asked for by hand."""


class Prescreened(NamedTuple):
    """What came of looking at an opening."""

    outcome: str
    run: str | None = None
    end: RunEnd | None = None


def prescreen_opening(
    opening: str,
    *,
    inbox: str | None,
    desk: Desk,
    settings: Settings,
    up: UpSettings,
    tell: Callable[[str], None] = lambda _: None,
    wrap: Wrap = unwatched,
) -> Prescreened:
    """Fetch, look, and screen what is new; a run that is under way, or files that still arrive, wait for next time.

    Raises:
        ShortlistError: The inbox or the scorecard cannot be used; it is noted as the outcome, too.
    """
    try:
        if (reason := why_not_now(opening, inbox=inbox, by=SCHEDULE, desk=desk, settings=settings, up=up)) is not None:
            return _noted(Prescreened(reason), opening, settings)
        run = desk.runs.queue(opening, by=SCHEDULE, options=up.run)
    except (StillArriving, DeskConflict) as later:
        return _noted(Prescreened(f"not now: {later}"), opening, settings)
    except ShortlistError as error:
        remember_look(settings.home, opening, f"failed: {error}")
        raise
    end = screen_desk_run(run.id, desk=desk, settings=settings, tell=tell, wrap=wrap)
    outcome = "screened" if end.state == "done" else f"{end.state}: {end.detail}"
    return _noted(Prescreened(outcome, run.id, end), opening, settings)


def why_not_now(
    opening: str, *, inbox: str | None, by: str, desk: Desk, settings: Settings, up: UpSettings
) -> str | None:
    """Fetch the inbox; say why nothing need be screened, or None if something must be.

    Raises:
        StillArriving: Files are being written right now.
        ShortlistError: The inbox cannot be read, or there is no scorecard.
    """
    home = settings.home
    if (chosen := inbox or up.inboxes.get(opening)) is not None:
        check_inbox(chosen, own=OwnFiles(home, desk.file))
        limits = Limits(up.max_upload_files, up.max_upload_mb)
        fetch_inbox(chosen, opening, desk=desk, home=home, by=by, limits=limits)
    files = files_of(batch_folder(home, opening))
    if not files:
        return "nothing in the batch yet"
    # What was fetched is whole; what somebody copies into the batch by hand may not be.
    if chosen is None and time.time() - max(path.stat().st_mtime for path in files) < SETTLE_SECONDS:
        raise StillArriving("Files are still arriving in the batch. Look again in a few seconds.")
    scorecard = desk.scorecards.get(opening)
    state = opening_state(home, opening, scorecard_sha256=scorecard.sha256, options=up.run)
    return "nothing new" if state == screened_state(home, opening) else None


def _noted(done: Prescreened, opening: str, settings: Settings) -> Prescreened:
    remember_look(settings.home, opening, done.outcome)
    return done
