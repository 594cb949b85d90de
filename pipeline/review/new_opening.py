"""Making an opening from whatever there is: a job post, a scorecard, or a blank page."""

from secrets import token_hex
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from pipeline.desk.store import slug
from pipeline.review.context import Visit
from pipeline.review.drafting import draft_from_post
from pipeline.review.forms import Form, FormDep
from pipeline.review.openings_view import DRAFT_NOTE
from pipeline.review.rendering import redirect, render
from pipeline.review.scorecard_form import fields_from_yaml
from pipeline.review.scorecard_notes import Notes, check_text, notes_of
from pipeline.review.visitors import require
from pipeline.scorecard_problem import ProblemLog
from pipeline.scorecard_yaml import parse_mapping

router = APIRouter()

CreateVisit = Annotated[Visit, Depends(require("create"))]


@router.get("/openings/new")
def new_opening(request: Request, visit: CreateVisit) -> Response:
    """Ask for what there is."""
    return _page(request, visit)


@router.post("/openings/new")
def create_opening(request: Request, visit: CreateVisit, form: FormDep) -> Response:
    """Make an opening with the first version of its scorecard."""
    text, title = form.raw("source").replace("\r\n", "\n"), form.text("title")
    if not (text.strip() or title):
        wrong = "Paste a job post or a scorecard, or at least name the role."
        return _page(request, visit, form=form, wrong=wrong)
    if looks_like_scorecard(text):
        notes = notes_of(check_text(text, rubrics=visit.app.rubrics), fields_from_yaml(text))
        if notes.errors:
            return _page(request, visit, form=form, notes=notes)
        fields = fields_from_yaml(text)
        yaml, note, title = text, "Pasted", title or (fields.title if fields else "")
    else:
        draft = draft_from_post(text, title=title)
        yaml, note, title = draft.yaml, DRAFT_NOTE, draft.fields.title
    opening = visit.desk.openings.create(
        title,
        by=visit.user.name,
        # The address of this very page is nobody's.
        id=f"new-{token_hex(3)}" if slug(title) == "new" else None,
        blind=form.has("blind"),
        cover_levels=form.has("cover_levels"),
    )
    visit.desk.scorecards.save(opening.id, yaml, by=visit.user.name, note=note)
    return redirect(request, f"/openings/{opening.id}/scorecard")


def looks_like_scorecard(text: str) -> bool:
    """Whether a pasted text is meant as a scorecard: YAML with a field that only scorecards have."""
    if not any(line.startswith(("criteria:", "non_negotiables:", "mission:")) for line in text.splitlines()):
        return False
    root = parse_mapping(text, ProblemLog("scorecard.yaml"))
    # Broken YAML with such a line is a scorecard too: its author should hear what is wrong with it.
    return root is None or bool({"criteria", "non_negotiables"} & root.entries.keys())


def _page(
    request: Request, visit: Visit, *, form: Form | None = None, wrong: str = "", notes: Notes | None = None
) -> Response:
    """The page, as it was sent if there is a form to correct."""
    return render(
        request,
        "new_opening.html",
        status=200 if form is None else 400,
        text=form.raw("source") if form else "",
        title=form.text("title") if form else "",
        wrong=wrong,
        notes=notes,
        blind=form.has("blind") if form else visit.app.blind,
        cover_levels=form.has("cover_levels") if form else visit.app.cover_levels,
    )
