"""The editor of scorecards: as a form or as text, checked while one types, every version kept."""

import difflib
from collections.abc import Sequence
from typing import Annotated, Final, Literal, NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse, Response

from pipeline.desk.models import ScorecardVersion
from pipeline.errors import DeskConflict
from pipeline.review.context import Visit
from pipeline.review.drafting import draft_from_post, left_out_of
from pipeline.review.forms import Form, FormDep
from pipeline.review.openings_view import DRAFT_NOTE
from pipeline.review.rendering import redirect, render
from pipeline.review.scorecard_form import (
    CriterionFields,
    GateFields,
    ScorecardFields,
    fields_from_form,
    fields_from_yaml,
    yaml_of,
)
from pipeline.review.scorecard_notes import check_text, notes_of
from pipeline.review.visitors import require

router = APIRouter()

EditVisit = Annotated[Visit, Depends(require("scorecard"))]
View = Literal["form", "yaml"]
_BASE: Final = "/openings/{opening}/scorecard"


class Edited(NamedTuple):
    """What is in the editor, saved or not."""

    view: View
    yaml: str
    fields: ScorecardFields | None
    """None when the text cannot be shown as a form."""
    expected: int
    """The version that was opened."""
    note: str = ""
    focus: str = ""
    """The field to go on with, after a row was added."""


@router.get(_BASE)
def editor(request: Request, visit: EditVisit, view: View = "form") -> Response:
    """Show the newest version, ready to be edited."""
    version = visit.opening.scorecard_version
    text = visit.desk.scorecards.get(visit.opening.id).yaml if version else draft_from_post("").yaml
    fields = fields_from_yaml(text)
    return _page(request, visit, Edited(view if fields else "yaml", text, fields, version))


@router.post(_BASE)
def save(request: Request, visit: EditVisit, form: FormDep) -> Response:
    """Keep what was typed as a new version, unless it could not be used."""
    edited = _edited(form)
    if notes_of(check_text(edited.yaml, rubrics=visit.app.rubrics), None).errors:
        return _page(request, visit, edited, status=400, wrong="Not saved: correct what is marked as an error first.")
    note = edited.note or ("Edited" if edited.expected else "First version")
    try:
        saved = visit.desk.scorecards.save(
            visit.opening.id, edited.yaml, by=visit.user.name, note=note, expected=edited.expected
        )
    except DeskConflict as conflict:
        newest = visit.desk.openings.get(visit.opening.id).scorecard_version
        return _page(request, visit, edited._replace(expected=newest), status=409, wrong=f"Not saved. {conflict}")
    if edited.fields and saved.note == DRAFT_NOTE:
        # The text did not change, but somebody looked at it and pressed the button.
        return redirect(request, _address(visit), say="Nothing was changed, so the draft is still a draft.")
    _follow_title(visit, saved)
    return redirect(request, _address(visit, edited.view), say=f"Saved as version {saved.version}.")


@router.post(f"{_BASE}/edit")
def edit(request: Request, visit: EditVisit, form: FormDep) -> Response:
    """Add or remove a row, or go from form to text and back; nothing is saved."""
    edited = _edited(form)
    what, _, which = form.text("do").partition(":")
    if what in ("form", "yaml"):
        fields = edited.fields or fields_from_yaml(edited.yaml)
        edited = edited._replace(view="form" if what == "form" and fields else "yaml", fields=fields)
    elif edited.fields is not None:
        fields, focus = _with_rows(edited.fields, what, int(which) if which.isdecimal() and len(which) < 10 else 0)
        edited = edited._replace(fields=fields, yaml=yaml_of(fields), focus=focus)
    return _page(request, visit, edited)


@router.get(f"{_BASE}/edit")
def edit_again(request: Request, visit: EditVisit) -> Response:
    """Whoever reloads a page that was only typed gets the saved one."""
    return redirect(request, _address(visit))


@router.post(f"{_BASE}/check")
def check(request: Request, visit: EditVisit, form: FormDep) -> Response:
    """Say what `scorecard check` says of what is typed so far."""
    edited = _edited(form)
    notes = notes_of(check_text(edited.yaml, rubrics=visit.app.rubrics), edited.fields)
    return render(request, "_notes.html", notes=notes, in_form=edited.view == "form", swap=True)


@router.get("/openings/{opening}/scorecard.yaml")
def download(visit: Annotated[Visit, Depends(require("see"))], version: int | None = None) -> Response:
    """The scorecard as a file."""
    found = visit.desk.scorecards.get(visit.opening.id, version)
    name = f"{visit.opening.id}-v{found.version}.yaml"
    return PlainTextResponse(found.yaml, headers={"content-disposition": f'attachment; filename="{name}"'})


@router.get(f"{_BASE}/versions/{{version}}")
def version_page(
    request: Request,
    visit: Annotated[Visit, Depends(require("see"))],
    version: int,
    against: int | None = None,
) -> Response:
    """Show one version and what it changed."""
    found = visit.desk.scorecards.get(visit.opening.id, version)
    versions = visit.desk.scorecards.all(visit.opening.id)
    other = next((one for one in versions if one.version == (version - 1 if against is None else against)), None)
    return render(
        request,
        "scorecard_version.html",
        found=found,
        other=other,
        versions=versions,
        diff=diff_lines(other, found) if other else (),
    )


@router.post(f"{_BASE}/versions/{{version}}/restore")
def restore(request: Request, visit: EditVisit, version: int) -> Response:
    """Make an earlier version the newest again; the ones between are kept."""
    old = visit.desk.scorecards.get(visit.opening.id, version)
    saved = visit.desk.scorecards.save(visit.opening.id, old.yaml, by=visit.user.name, note=f"Version {version} again")
    return redirect(request, _address(visit), say=f"Version {version} is back, as version {saved.version}.")


class DiffLine(NamedTuple):
    """A line of a comparison."""

    kind: Literal["same", "added", "removed", "gap"]
    old: int | None
    new: int | None
    text: str


def diff_lines(old: ScorecardVersion, new: ScorecardVersion, *, around: int = 2) -> tuple[DiffLine, ...]:
    """Compare two versions line by line; unchanged stretches are left out but for a few lines."""
    before, after = old.yaml.splitlines(), new.yaml.splitlines()
    lines: list[DiffLine] = []
    for group in difflib.SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(around):
        if lines:
            lines.append(DiffLine("gap", None, None, ""))
        for tag, a, b, c, d in group:
            if tag == "equal":
                lines.extend(DiffLine("same", n + 1, c + n - a + 1, before[n]) for n in range(a, b))
                continue
            lines.extend(DiffLine("removed", n + 1, None, before[n]) for n in range(a, b))
            lines.extend(DiffLine("added", None, n + 1, after[n]) for n in range(c, d))
    return tuple(lines)


def _follow_title(visit: Visit, saved: ScorecardVersion) -> None:
    """Call the opening as its scorecard is called, unless somebody gave it another name in its settings."""
    opening = visit.desk.openings.get(visit.opening.id)
    title = _title(saved)
    before = _title(visit.desk.scorecards.get(opening.id, saved.version - 1)) if saved.version > 1 else opening.title
    if title and title != opening.title and before == opening.title:
        visit.desk.openings.change(opening.id, by=visit.user.name, title=title)


def _title(version: ScorecardVersion) -> str:
    fields = fields_from_yaml(version.yaml)
    return fields.title if fields else ""


def _edited(form: Form) -> Edited:
    number = form.text("expected")
    expected = int(number) if number.isdecimal() and len(number) < 10 else 0
    if form.text("view") == "yaml":
        text = form.raw("yaml").replace("\r\n", "\n")
        return Edited("yaml", text, None, expected, form.text("note"))
    fields = fields_from_form(form)
    return Edited("form", yaml_of(fields), fields, expected, form.text("note"))


def _with_rows(fields: ScorecardFields, what: str, row: int) -> tuple[ScorecardFields, str]:
    """Return the fields with a row more or less, and the field to go on with."""
    gates, criteria = list(fields.gates), list(fields.criteria)
    focus = ""
    if what == "gate-add":
        gates.append(GateFields())
        focus = f"gate-{len(gates)}-statement"
    elif what == "criterion-add":
        criteria.append(CriterionFields())
        focus = f"criterion-{len(criteria)}-statement"
    elif what == "gate-remove" and 0 < row <= len(gates):
        del gates[row - 1]
        focus = "gate-add"
    elif what == "criterion-remove" and 0 < row <= len(criteria):
        del criteria[row - 1]
        focus = "criterion-add"
    return fields.model_copy(update={"gates": tuple(gates), "criteria": tuple(criteria)}), focus


def _page(request: Request, visit: Visit, edited: Edited, *, status: int = 200, wrong: str = "") -> Response:
    versions: Sequence[ScorecardVersion] = visit.desk.scorecards.all(visit.opening.id)
    notes = notes_of(check_text(edited.yaml, rubrics=visit.app.rubrics), edited.fields)
    return render(
        request,
        "scorecard.html",
        status=status,
        edited=edited,
        fields=edited.fields,
        notes=notes,
        wrong=wrong,
        unsaved=request.method == "POST",
        versions=versions,
        draft=bool(versions) and versions[0].note == DRAFT_NOTE,
        left_out=left_out_of(versions[0].yaml) if versions else (),
        rubrics=sorted(set(visit.app.rubrics) - {"gate"}),
    )


def _address(visit: Visit, view: View = "form") -> str:
    return f"/openings/{visit.opening.id}/scorecard{'?view=yaml' if view == 'yaml' else ''}"
