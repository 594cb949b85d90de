"""What was done about a candidate, in sentences."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Final, NamedTuple

from pipeline.audit_events import Told
from pipeline.review.shown import Shown, ShownRow

OUTCOME_TITLES: Final = {
    "interview_passed": "Interview passed",
    "hired": "Hired",
    "well_at_90_days": "Doing well at 90 days",
}
CHOICE_TITLES: Final = {"advance": "Advance", "hold": "Hold", "decline": "Decline"}


class HistoryLine(NamedTuple):
    """One event."""

    at: datetime
    by: str
    text: str
    reason: str
    elsewhere: bool
    """It was done on the shortlist of another run."""
    opened: str = ""
    """Title of the criterion whose evidence was opened."""


def told_history(shown: Shown, one: ShownRow) -> tuple[HistoryLine, ...]:
    """What was done about a candidate, newest first; levels that are still covered stay so."""
    told = shown.visit.desk.reviews.history(shown.visit.opening.id, one.row.candidate)
    lines = (_line(event, shown, one) for event in reversed(told))
    return tuple(_joined(line for line in lines if line is not None))


def _joined(lines: Iterable[HistoryLine]) -> Iterator[HistoryLine]:
    """Evidence that was opened at one go is one line; the log has each."""
    for _, group in groupby(lines, key=lambda line: (line.at.replace(microsecond=0), line.by, bool(line.opened))):
        same = list(group)
        if len(same) == 1 or not same[0].opened:
            yield from same
            continue
        titles = [line.opened for line in reversed(same)]
        yield same[0]._replace(text=f"Opened the evidence of {', '.join(titles[:-1])} and {titles[-1]}")


def _line(told: Told, shown: Shown, one: ShownRow) -> HistoryLine | None:
    data = {name: "" if value is None else str(value) for name, value in told.data.items()}
    title, opened = _criterion_title(data.get("criterion", ""), one), ""
    match told.event.kind:
        case "decision.made":
            text, reason = f"Decided: {CHOICE_TITLES.get(data['choice'], data['choice'])}", data["reason"]
        case "level.overridden":
            hidden = data["criterion"] in one.covered
            level = "" if hidden else f" to {float(data['level']):g}"
            computed = "" if hidden or not data["computed"] else f", computed {float(data['computed']):.1f}"
            text, reason = f"Set the level of {title}{level}{computed}", data["reason"]
        case "comment.added":
            text, reason = "Commented", data["text"]
        case "outcome.recorded":
            text, reason = f"Recorded: {OUTCOME_TITLES.get(data['kind'], data['kind'])}, {data['value']}", ""
        case "name.revealed":
            text, reason = "Revealed the name", data.get("reason", "")
        case "explanation.exported":
            text, reason = "Exported an explanation for the candidate", ""
        case "level.opened":
            # What everybody has read is not worth a line for everybody else.
            if told.event.actor != shown.visit.user.name:
                return None
            text, reason, opened = f"Opened the evidence of {title}", "", title
        case _:
            return None
    elsewhere = bool(data.get("run")) and data["run"] != shown.run.id
    return HistoryLine(told.event.time, told.event.actor, text, reason, elsewhere, opened)


def _criterion_title(criterion: str, one: ShownRow) -> str:
    told = one.row.criteria.get(criterion)
    return told.title if told is not None else criterion
