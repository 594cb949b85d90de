"""What people decide: advance, hold or decline, levels beside the computed ones, remarks, and how it went on."""

from typing import Annotated, Final, cast, get_args

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from pipeline.desk.models import Choice, OutcomeKind, OutcomeValue
from pipeline.errors import DeskError
from pipeline.review.context import Visit
from pipeline.review.decisions_view import decided_rows, outcome_view
from pipeline.review.evidence import Undecided, back_to, named_run, show_candidate
from pipeline.review.forms import FormDep
from pipeline.review.history import CHOICE_TITLES, OUTCOME_TITLES
from pipeline.review.rendering import redirect, render
from pipeline.review.shown import latest_shown
from pipeline.review.tabs import tabs_with
from pipeline.review.visitors import require

router = APIRouter()

_BASE: Final = "/openings/{opening}/candidates/{label}"
_LEVELS: Final = (0, 1, 2, 3, 4)
_MOST_DIGITS: Final = 6


@router.post(f"{_BASE}/decide")
def decide(
    request: Request, visit: Annotated[Visit, Depends(require("decide"))], label: str, form: FormDep
) -> Response:
    """Keep a person's decision with its reason."""
    shown = named_run(visit, form.text("run"))
    one = shown.row(label)
    choice, reason, document = form.text("choice"), form.text("reason"), form.text("doc")
    try:
        if choice not in get_args(Choice):
            raise DeskError("Choose advance, hold or decline; nothing is chosen for you.")
        one.check_read(cast(Choice, choice))
        visit.desk.reviews.decide(
            visit.opening.id,
            one.row.candidate,
            cast(Choice, choice),
            reason=reason,
            by=visit.user.name,
            run=shown.run.id,
        )
    except DeskError as error:
        # What was typed stays on the page: a reason is thought over for a while.
        doc = int(document) if document.isdecimal() and len(document) < _MOST_DIGITS else 1
        undecided = Undecided(str(error), choice, reason)
        return show_candidate(request, visit, shown, one, doc=doc, undecided=undecided)
    said = f"Decision kept: {CHOICE_TITLES[choice].lower()}."
    return redirect(request, back_to(shown, one, document, "decision"), say=said)


@router.post(f"{_BASE}/override")
def override(
    request: Request, visit: Annotated[Visit, Depends(require("override"))], label: str, form: FormDep
) -> Response:
    """Set a level beside the computed one; the score stays as computed."""
    shown = named_run(visit, form.text("run"))
    one = shown.row(label)
    criterion = form.text("criterion")
    if criterion not in one.row.criteria:
        raise DeskError("This scorecard has no such criterion. Reload the page.")
    if criterion in one.covered:
        raise DeskError("Open the evidence of this criterion first, then set its level.")
    level = form.whole("level", least=min(_LEVELS), most=max(_LEVELS), what="The level")
    if level is None:
        raise DeskError("Choose a level from 0 to 4.")
    visit.desk.reviews.override(
        visit.opening.id,
        one.row.candidate,
        criterion,
        level,
        computed=one.row.criteria[criterion].level,
        reason=form.text("reason"),
        by=visit.user.name,
        run=shown.run.id,
    )
    said = f"Your level for {one.row.criteria[criterion].title} is kept beside the computed one."
    return redirect(request, back_to(shown, one, form.text("doc"), f"c-{criterion}"), say=said)


@router.post(f"{_BASE}/comment")
def comment(
    request: Request, visit: Annotated[Visit, Depends(require("comment"))], label: str, form: FormDep
) -> Response:
    """Keep a remark."""
    shown = named_run(visit, form.text("run"))
    one = shown.row(label)
    visit.desk.reviews.comment(
        visit.opening.id, one.row.candidate, form.text("text"), by=visit.user.name, run=shown.run.id
    )
    return redirect(request, back_to(shown, one, form.text("doc"), "comments"), say="Comment kept.")


@router.post(f"{_BASE}/outcome")
def outcome(
    request: Request, visit: Annotated[Visit, Depends(require("outcome"))], label: str, form: FormDep
) -> Response:
    """Note how it went on with a candidate."""
    shown = named_run(visit, form.text("run"))
    one = shown.row(label)
    changed = 0
    for kind in get_args(OutcomeKind):
        value = form.text(kind)
        before = one.outcomes.get(kind)
        if not value or (before is not None and before.value == value):
            continue
        if value not in get_args(OutcomeValue):
            raise DeskError("An outcome is yes, no or unknown.")
        visit.desk.reviews.record_outcome(
            visit.opening.id, one.row.candidate, kind, cast(OutcomeValue, value), by=visit.user.name
        )
        changed += 1
    said = "Outcome kept." if changed else "Nothing was changed."
    return redirect(request, back_to(shown, one, form.text("doc"), "outcomes"), say=said)


@router.get("/openings/{opening}/decisions")
def decisions(request: Request, visit: Annotated[Visit, Depends(require("see"))], run: str = "") -> Response:
    """Show what was decided, and who still waits for a decision."""
    shown = latest_shown(visit, run)
    if shown is None:
        return render(request, "manager/no_shortlist.html", heading="Decisions")
    return render(
        request,
        "manager/decisions.html",
        shown=shown,
        page=decided_rows(shown),
        titles=CHOICE_TITLES,
        outcome_titles=OUTCOME_TITLES,
    )


@router.get("/openings/{opening}/outcomes")
def outcomes(request: Request, visit: Annotated[Visit, Depends(require("see"))]) -> Response:
    """Hold how it went on against the scores that were known before."""
    return render(
        request,
        "manager/outcomes.html",
        shown=latest_shown(visit),
        page=outcome_view(visit),
        outcome_titles=OUTCOME_TITLES,
        tabs=tabs_with(visit, "/decisions"),
    )
