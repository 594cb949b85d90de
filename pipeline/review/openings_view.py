"""Where openings stand, and what to do next in them."""

from typing import Final, Literal, NamedTuple

from pipeline.desk.models import Action, DeskRun, Opening
from pipeline.review.batch_view import candidate_count
from pipeline.review.context import Visit

DRAFT_NOTE: Final = "Draft made from a job post; not edited yet"
"""The note of a scorecard version that nobody has looked at."""

Step = Literal["scorecard", "draft", "candidates", "run", "running", "interrupted", "read"]
NEXT: Final[dict[Step, str]] = {
    "scorecard": "Write the scorecard",
    "draft": "Edit the draft scorecard",
    "candidates": "Add candidates",
    "run": "Start a run",
    "running": "A run is under way",
    "interrupted": "Resume the interrupted run",
    "read": "Read the shortlist",
}

WAYS: Final[dict[Step, tuple[Action, str]]] = {
    "scorecard": ("scorecard", "/scorecard"),
    "draft": ("scorecard", "/scorecard"),
    "candidates": ("upload", "/upload"),
    "run": ("run", "#run"),
    "running": ("see", "#run"),
    "interrupted": ("run", ""),
    "read": ("see", "/shortlist"),
}
"""What a visitor must be allowed to do, and where it is done."""


class OpeningCard(NamedTuple):
    """One opening in the list."""

    opening: Opening
    candidates: int
    last: DeskRun | None
    """The newest run, in whatever state."""
    done: DeskRun | None
    """The run whose shortlist is shown."""
    step: Step
    next: str


def opening_cards(visit: Visit, *, archived: bool = False) -> tuple[OpeningCard, ...]:
    """The openings that a visitor has access to, by title."""
    mine = visit.desk.accounts.openings_of(visit.user)
    found = [one for one in visit.desk.openings.all(archived=archived) if one.id in mine]
    return tuple(opening_card(visit, one) for one in found)


def opening_card(visit: Visit, opening: Opening) -> OpeningCard:
    """Where one opening stands."""
    newest = visit.desk.runs.all(opening.id, newest=1)
    last = newest[0] if newest else None
    done = last if last and last.state == "done" else visit.desk.runs.latest_done(opening.id)
    candidates = candidate_count(visit.app.home, opening.id)
    step = _step(visit, opening, candidates=candidates, last=last, done=done)
    return OpeningCard(opening, candidates, last, done, step, NEXT[step])


def is_draft(visit: Visit, opening: Opening) -> bool:
    """Whether the newest scorecard is a draft that nobody has edited."""
    if not opening.scorecard_version:
        return False
    return visit.desk.scorecards.get(opening.id).note == DRAFT_NOTE


def _step(visit: Visit, opening: Opening, *, candidates: int, last: DeskRun | None, done: DeskRun | None) -> Step:
    if not opening.scorecard_version:
        return "scorecard"
    if last is not None and last.active:
        return "running"
    if is_draft(visit, opening):
        return "draft"
    if not candidates:
        return "candidates"
    if last is not None and last.state == "interrupted":
        return "interrupted"
    return "read" if done is not None else "run"
