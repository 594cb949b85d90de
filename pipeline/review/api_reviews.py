"""The API's endpoints about shortlists, candidates, and what people made of them."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response

from pipeline.desk.models import Decision, Override
from pipeline.errors import DeskError
from pipeline.review.api_access import KnownFirst, caller
from pipeline.review.api_problems import REFUSED
from pipeline.review.api_review_models import (
    CandidateOut,
    CommentOut,
    DecisionNote,
    DecisionOut,
    NewComment,
    NewDecision,
    NewOutcome,
    NewOverride,
    Opened,
    OutcomeOut,
    OverrideNote,
    OverrideOut,
    Revealing,
    ShortlistOut,
)
from pipeline.review.context import Visit
from pipeline.review.exporting import exported_csv, exported_json
from pipeline.review.shown import Shown, ShownRow, latest_shown, shown_run

router = APIRouter(route_class=KnownFirst)

SeeVisit = Annotated[Visit, Depends(caller("see"))]
_OPENING: Final = "/openings/{opening}"
_CANDIDATE: Final = f"{_OPENING}/candidates/{{label}}"


@router.get(
    f"{_OPENING}/shortlist", tags=["Shortlists"], responses={200: {"model": ShortlistOut}}, response_class=Response
)
def get_shortlist(visit: SeeVisit, run: str = "") -> Response:
    """The shortlist of the latest run that is done, or of a named one: what is on the caller's screen and no more.

    Names and levels that are covered there are covered here. That it was exported is noted in the audit chain.
    """
    shown = shown_run(visit, run)
    head = visit.desk.reviews.note_export(visit.opening.id, by=visit.user.name, format="json", run=shown.run.id)
    content = exported_json(shown, head)
    # A file's name may hold half a character pair, which no encoding can write.
    return Response(content.encode("utf-8", "replace"), media_type="application/json")


@router.get(
    f"{_OPENING}/shortlist.csv",
    tags=["Shortlists"],
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    response_class=Response,
)
def get_shortlist_csv(visit: SeeVisit, run: str = "") -> Response:
    """The same for spreadsheets."""
    shown = shown_run(visit, run)
    content = exported_csv(shown)
    visit.desk.reviews.note_export(visit.opening.id, by=visit.user.name, format="csv", run=shown.run.id)
    return Response(content.encode("utf-8", "replace"), media_type="text/csv; charset=utf-8")


@router.get(_CANDIDATE, tags=["Candidates"])
def get_candidate(visit: SeeVisit, label: str, run: str = "") -> CandidateOut:
    """One candidate with the evidence, by the label that the shortlist has for them."""
    shown = shown_run(visit, run)
    return _candidate(shown, shown.row(label))


@router.post(f"{_CANDIDATE}/opened", tags=["Candidates"], responses=REFUSED)
def open_evidence(visit: SeeVisit, label: str, opened: Opened) -> CandidateOut:
    """Open the evidence of a criterion, or of all: the levels are shown to the caller from then on. It is noted."""
    shown, one = _named(visit, opened.run, label)
    if opened.criterion is not None:
        _check_criterion(one, opened.criterion)
    for criterion in one.covered if opened.criterion is None else (opened.criterion,):
        visit.desk.reviews.open_evidence(
            visit.opening.id, one.row.candidate, criterion, by=visit.user.name, run=shown.run.id
        )
    again = Shown(visit, shown.run)
    return _candidate(again, again.row(label))


@router.post(f"{_CANDIDATE}/revealed", tags=["Candidates"], responses=REFUSED)
def reveal(visit: Annotated[Visit, Depends(caller("reveal"))], label: str, revealing: Revealing) -> CandidateOut:
    """Uncover a candidate's name and original words, for the caller alone. It is logged."""
    shown, one = _named(visit, revealing.run, label)
    visit.desk.reviews.reveal(visit.opening.id, one.row.candidate, by=visit.user.name, reason=revealing.reason)
    again = Shown(visit, shown.run)
    return _candidate(again, again.row(label))


@router.get(f"{_OPENING}/decisions", tags=["Reviews"])
def list_decisions(
    visit: SeeVisit, run: str = "", candidate: str = "", history: bool = False
) -> tuple[DecisionOut, ...]:
    """The latest decision on each candidate, oldest first; with `history`, all that were made."""
    shown, about = _asked(visit, run, candidate)
    found = visit.desk.reviews.decisions(visit.opening.id, about)
    latest = {one.candidate: one.seq for one in found}
    told = (_decision(shown, one, current=one.seq == latest[one.candidate]) for one in found)
    return tuple(one for one in told if history or one.current)


@router.post(f"{_CANDIDATE}/decisions", tags=["Reviews"], status_code=201, responses=REFUSED)
def decide(visit: Annotated[Visit, Depends(caller("decide"))], label: str, new: NewDecision) -> DecisionOut:
    """Keep what a person decided, with the reason; earlier decisions stay in the history."""
    shown, one = _named(visit, new.run, label)
    one.check_read(new.choice)
    kept = visit.desk.reviews.decide(
        visit.opening.id, one.row.candidate, new.choice, reason=new.reason, by=visit.user.name, run=shown.run.id
    )
    return _decision(shown, kept, current=True)


@router.get(f"{_OPENING}/overrides", tags=["Reviews"])
def list_overrides(visit: SeeVisit, run: str = "", candidate: str = "") -> tuple[OverrideOut, ...]:
    """The levels that people set, oldest first; of criteria whose evidence the caller has opened."""
    shown, about = _asked(visit, run, candidate)
    return tuple(_override(shown, one) for one in visit.desk.reviews.overrides(visit.opening.id, about))


@router.post(f"{_CANDIDATE}/overrides", tags=["Reviews"], status_code=201, responses=REFUSED)
def override(visit: Annotated[Visit, Depends(caller("override"))], label: str, new: NewOverride) -> OverrideOut:
    """Set a level beside the computed one, whose evidence was opened before; the score stays as computed."""
    shown, one = _named(visit, new.run, label)
    _check_criterion(one, new.criterion)
    if new.criterion in one.covered:
        raise DeskError(f"The evidence of {new.criterion!r} was not opened yet. Open it, then set its level.")
    kept = visit.desk.reviews.override(
        visit.opening.id,
        one.row.candidate,
        new.criterion,
        new.level,
        computed=one.row.criteria[new.criterion].level,
        reason=new.reason,
        by=visit.user.name,
        run=shown.run.id,
    )
    return _override(shown, kept)


@router.get(f"{_OPENING}/comments", tags=["Reviews"])
def list_comments(visit: SeeVisit, run: str = "", candidate: str = "") -> tuple[CommentOut, ...]:
    """Remarks, oldest first."""
    shown, about = _asked(visit, run, candidate)
    return tuple(
        CommentOut(
            seq=one.seq,
            candidate=_label(shown, one.candidate),
            by=one.by,
            at=one.at,
            run=one.run,
            text=one.text,
        )
        for one in visit.desk.reviews.comments(visit.opening.id, about)
    )


@router.post(f"{_CANDIDATE}/comments", tags=["Reviews"], status_code=201, responses=REFUSED)
def comment(visit: Annotated[Visit, Depends(caller("comment"))], label: str, new: NewComment) -> CommentOut:
    """Keep a remark."""
    shown, one = _named(visit, new.run, label)
    kept = visit.desk.reviews.comment(
        visit.opening.id, one.row.candidate, new.text, by=visit.user.name, run=shown.run.id
    )
    return CommentOut(seq=kept.seq, candidate=one.slug, by=kept.by, at=kept.at, run=kept.run, text=kept.text)


@router.get(f"{_OPENING}/outcomes", tags=["Reviews"])
def list_outcomes(visit: SeeVisit, run: str = "", candidate: str = "") -> tuple[OutcomeOut, ...]:
    """How it went on with candidates, oldest first; the latest of each kind counts."""
    shown, about = _asked(visit, run, candidate)
    return tuple(
        OutcomeOut(
            seq=one.seq,
            candidate=_label(shown, one.candidate),
            by=one.by,
            at=one.at,
            run=None,
            kind=one.kind,
            value=one.value,
        )
        for one in visit.desk.reviews.outcomes(visit.opening.id, about)
    )


@router.post(f"{_CANDIDATE}/outcomes", tags=["Reviews"], status_code=201, responses=REFUSED)
def record_outcome(visit: Annotated[Visit, Depends(caller("outcome"))], label: str, new: NewOutcome) -> OutcomeOut:
    """Note how it went on with a candidate."""
    _, one = _named(visit, new.run, label)
    kept = visit.desk.reviews.record_outcome(
        visit.opening.id, one.row.candidate, new.kind, new.value, by=visit.user.name
    )
    return OutcomeOut(
        seq=kept.seq, candidate=one.slug, by=kept.by, at=kept.at, run=None, kind=kept.kind, value=kept.value
    )


def _named(visit: Visit, run: str, label: str) -> tuple[Shown, ShownRow]:
    """The candidate that somebody read about; a label may mean another one in another run, so the run is named."""
    if not run:
        raise DeskError("The request names no run. Send the `run` of the shortlist that was read.")
    shown = shown_run(visit, run)
    return shown, shown.row(label)


def _asked(visit: Visit, run: str, candidate: str) -> tuple[Shown | None, str | None]:
    """The shortlist whose labels are used, and the one candidate that is asked about, as the desk names them."""
    if candidate:
        shown = shown_run(visit, run)
        return shown, shown.row(candidate).row.candidate
    return latest_shown(visit, run), None


def _label(shown: Shown | None, candidate: str) -> str | None:
    one = shown.by_candidate.get(candidate) if shown else None
    return one.slug if one else None


def _check_criterion(one: ShownRow, criterion: str) -> None:
    if criterion not in one.row.criteria:
        known = ", ".join(one.row.criteria)
        raise DeskError(f"This scorecard has no criterion {criterion[:80]!r}. Choose one of {known}.")


def _decision(shown: Shown | None, one: Decision, *, current: bool) -> DecisionOut:
    return DecisionOut(
        seq=one.seq,
        candidate=_label(shown, one.candidate),
        by=one.by,
        at=one.at,
        run=one.run,
        choice=one.choice,
        reason=one.reason,
        current=current,
    )


def _override(shown: Shown | None, one: Override) -> OverrideOut:
    found = shown.by_candidate.get(one.candidate) if shown else None
    # Of somebody who is not in this shortlist nobody can tell what was opened.
    hidden = one.criterion in found.covered if found else True
    return OverrideOut(
        seq=one.seq,
        candidate=found.slug if found else None,
        by=one.by,
        at=one.at,
        run=one.run,
        criterion=one.criterion,
        level=None if hidden else one.level,
        computed=None if hidden else one.computed,
        reason=one.reason,
    )


def _candidate(shown: Shown, one: ShownRow) -> CandidateOut:
    row = shown.covered(one)
    return CandidateOut(
        opening=shown.run.opening,
        run=shown.run.id,
        label=one.slug,
        name=one.row.candidate if one.is_open else None,
        rank=row.rank,
        band=row.band,
        score=one.score,
        covered=one.covered,
        decision=None if one.decision is None else DecisionNote.model_validate(_plain(one.decision)),
        overrides={
            name: OverrideNote(
                level=one.set_level(name),
                computed=None if name in one.covered else override.computed,
                reason=override.reason,
                by=override.by,
                at=override.at,
            )
            for name, override in one.overrides.items()
        },
        outcomes={kind: outcome.value for kind, outcome in one.outcomes.items()},
        comments=one.comments,
        evidence=row,
    )


def _plain(decision: Decision) -> dict[str, object]:
    return {name: getattr(decision, name) for name in DecisionNote.model_fields}
