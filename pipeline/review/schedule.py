"""When an opening is prescreened by itself: shown, changed, paused, run now."""

import re
from typing import Annotated, Final, NamedTuple
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from pipeline.errors import DeskError
from pipeline.review.context import Visit
from pipeline.review.forms import FormDep
from pipeline.review.protocols import RunRefused, ScheduleRefused, ScheduleView
from pipeline.review.rendering import redirect, render
from pipeline.review.visitors import require

router = APIRouter()

ScheduleVisit = Annotated[Visit, Depends(require("schedule"))]
_BASE: Final = "/openings/{opening}/schedule"
_TIME: Final = re.compile(r"(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)")
_DAYS: Final = {"workdays": "1-5", "daily": "*", "mondays": "1"}
RHYTHMS: Final = {
    "workdays": "Every working day",
    "daily": "Every day",
    "mondays": "Every Monday",
    "cron": "Another rhythm (cron line)",
}


class Plan(NamedTuple):
    """A schedule as the form shows it."""

    rhythm: str
    """`workdays`, `daily`, `mondays` or `cron`."""
    time: str
    cron: str
    timezone: str
    inbox: str


@router.get(_BASE)
def schedule_page(request: Request, visit: Annotated[Visit, Depends(require("see"))]) -> Response:
    """Show the schedule of an opening."""
    found, trouble = schedule_of(visit)
    return _page(request, visit, found, plan_of(found), trouble=trouble)


@router.post(_BASE)
def set_schedule(request: Request, visit: ScheduleVisit, form: FormDep) -> Response:
    """Set or change the schedule."""
    found, _ = schedule_of(visit)
    plan = Plan(*(form.text(name) for name in Plan._fields))
    try:
        cron = cron_of(plan)
        visit.app.starter.set_schedule(
            visit.opening.id, cron, plan.timezone, by=visit.user.name, inbox=plan.inbox or None
        )
    except (DeskError, ScheduleRefused, RunRefused) as error:
        return _page(request, visit, found, plan, wrong=str(error), status=400)
    return redirect(request, _address(visit), say="The schedule is kept.")


@router.post(f"{_BASE}/pause")
def pause(request: Request, visit: ScheduleVisit) -> Response:
    """Leave out runs until further notice."""
    visit.app.starter.pause(visit.opening.id, by=visit.user.name)
    return redirect(request, _address(visit), say="Paused. What is left out is not made up for.")


@router.post(f"{_BASE}/unpause")
def unpause(request: Request, visit: ScheduleVisit) -> Response:
    """Run by schedule again."""
    visit.app.starter.unpause(visit.opening.id, by=visit.user.name)
    return redirect(request, _address(visit), say="It runs by its schedule again.")


@router.post(f"{_BASE}/remove")
def remove(request: Request, visit: ScheduleVisit) -> Response:
    """Forget the schedule."""
    visit.app.starter.remove_schedule(visit.opening.id, by=visit.user.name)
    return redirect(request, _address(visit), say="The schedule is gone; the batch stays as it is.")


@router.post(f"{_BASE}/now")
def run_now(request: Request, visit: Annotated[Visit, Depends(require("run"))]) -> Response:
    """Do now what the schedule would."""
    run = visit.app.starter.run_now(visit.opening.id, by=visit.user.name)
    if run is None:
        return redirect(request, _address(visit), say="Nothing new: everything was screened with this scorecard.")
    return redirect(request, f"/openings/{visit.opening.id}/runs/{run}")


def schedule_of(visit: Visit) -> tuple[ScheduleView | None, str]:
    """The schedule of the opening, or why it cannot be told."""
    try:
        found = next((one for one in visit.app.starter.schedules() if one.opening == visit.opening.id), None)
    except RunRefused as refused:
        return None, str(refused)
    return found, ""


def plan_of(found: ScheduleView | None) -> Plan:
    """The form of a schedule; workdays at seven if there is none."""
    if found is None:
        return Plan("workdays", "07:00", "", "UTC", "")
    inbox = found.inbox or ""
    minute, hour, *rest = (found.cron.split() + [""] * 5)[:5]
    for rhythm, days in _DAYS.items():
        if rest == ["*", "*", days] and minute.isdecimal() and hour.isdecimal():
            return Plan(rhythm, f"{int(hour):02d}:{int(minute):02d}", found.cron, found.timezone, inbox)
    return Plan("cron", "", found.cron, found.timezone, inbox)


def rhythm_of(found: ScheduleView) -> str:
    """When a schedule is due, in words: `Every working day at 07:00, Europe/Berlin`."""
    plan = plan_of(found)
    when = f"{RHYTHMS[plan.rhythm]} at {plan.time}" if plan.time else f"By the cron line {found.cron}"
    return f"{when}, {found.timezone}"


def cron_of(plan: Plan) -> str:
    """The cron line of a plan.

    Raises:
        DeskError: The time is none.
    """
    if plan.rhythm not in _DAYS:
        return plan.cron
    time = _TIME.fullmatch(plan.time)
    if time is None:
        raise DeskError(f"{plan.time[:20]!r} is no time of day. Write it like 07:00.")
    return f"{int(time['minute'])} {int(time['hour'])} * * {_DAYS[plan.rhythm]}"


def _page(
    request: Request,
    visit: Visit,
    found: ScheduleView | None,
    plan: Plan,
    *,
    trouble: str = "",
    wrong: str = "",
    status: int = 200,
) -> Response:
    zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix")))
    return render(
        request,
        "schedule.html",
        status=status,
        found=found,
        rhythm=rhythm_of(found) if found else "",
        rhythms=RHYTHMS,
        plan=plan,
        trouble=trouble,
        wrong=wrong,
        zones=["UTC", *zones],
    )


def _address(visit: Visit) -> str:
    return f"/openings/{visit.opening.id}/schedule"
