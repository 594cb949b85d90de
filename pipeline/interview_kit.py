"""An interview kit for one candidate: three parts, aimed at gaps and at the candidate's own file and line.

    live         their own code or notes, and a requirement that changes
    design       a system-design talk inside the role's own constraints
    behavioural  what they did, and the must-haves that the documents leave open

It is made from a row of `shortlist.json` and the scorecard by code alone: equal rows give equal kits. The words are in
`interview_kit.yaml`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import yaml

from pipeline.models.base import FrozenModel
from pipeline.models.report import ReportedCriterion, ReportedQuote, ReportedRow
from pipeline.models.scorecard import Scorecard
from pipeline.phrases import check_phrase, criterion_title, shortened

KitPartId = Literal["live", "design", "behavioural"]

MOST_STARTS = 3
"""Places of the take-home that the live session may start from."""
MOST_CONSTRAINTS = 4
MOST_GAPS = 4
QUOTED_CHARS = 220


class KitQuestion(FrozenModel):
    """Something to ask, why, and what to listen for."""

    question: str
    why: str
    """What in the documents, or missing from them, this question rests on."""
    quote: str = ""
    """The candidate's words, verbatim; empty for a gap."""
    document: str = ""
    place: str = ""
    listen_for: tuple[str, ...] = ()


class KitPart(FrozenModel):
    """One part of the interview."""

    id: KitPartId
    title: str
    minutes: int
    opening: str
    """What to tell the candidate at its beginning."""
    questions: tuple[KitQuestion, ...]


class InterviewKit(FrozenModel):
    """Everything to take into the room for one candidate."""

    label: str
    role: str
    parts: tuple[KitPart, ...]
    open_points: tuple[str, ...]
    """The shortlist's own questions, most important first; whoever has only ten minutes asks these."""


class _Twist(NamedTuple):
    """A change of requirement and what a good answer holds."""

    criterion: str
    check: str
    ask: str
    listen_for: tuple[str, ...]


def make_kit(row: ReportedRow, scorecard: Scorecard, *, is_takehome: Callable[[str], bool]) -> InterviewKit:
    """Put the kit together.

    Args:
        row: The candidate, blind or not; the kit shows no more than the row does.
        scorecard: The role.
        is_takehome: Whether a document, as the row names it, belongs to the take-home.
    """
    makers: Mapping[KitPartId, Iterator[KitQuestion]] = {
        "live": _live(row, scorecard, is_takehome),
        "design": _design(row, scorecard),
        "behavioural": _behavioural(row, scorecard),
    }
    words = _words()["parts"]
    parts = tuple(
        KitPart(
            id=part,
            title=words[part]["title"],
            minutes=words[part]["minutes"],
            opening=words[part]["opening"],
            questions=tuple(makers[part]),
        )
        for part in get_args(KitPartId)
    )
    return InterviewKit(label=row.label, role=scorecard.title, parts=parts, open_points=row.questions)


def _live(row: ReportedRow, scorecard: Scorecard, is_takehome: Callable[[str], bool]) -> Iterator[KitQuestion]:
    """Start from places of their own take-home; what changes is what the documents have not shown yet."""
    starts = _starts(row, is_takehome)
    twists = _twists(row)
    if not starts:
        # No take-home: the change is made to a system that they describe.
        starts = _starts(row, lambda _: True)
    for number, (criterion, quote) in enumerate(starts[:MOST_STARTS]):
        twist = twists[number % len(twists)]
        yield KitQuestion(
            question=f"Start here and change it while we watch. {twist.ask}",
            why=f"Their own words for {criterion_title(scorecard.criterion(criterion)).lower()}; "
            "the documents do not show how they handle this change.",
            quote=shortened(quote.quote, QUOTED_CHARS),
            document=quote.document,
            place=quote.place,
            listen_for=twist.listen_for,
        )
    if not starts:
        yield KitQuestion(
            question=f"Sketch the smallest version of this on a board: {scorecard.mission.strip()} {twists[0].ask}",
            why="Nothing that they handed in could be quoted.",
            listen_for=twists[0].listen_for,
        )


def _starts(row: ReportedRow, wanted: Callable[[str], bool]) -> list[tuple[str, ReportedQuote]]:
    """Quotes to start from, one a place, those of the craft criteria first."""
    order = ("data_and_api_design", "failure_modes", "tradeoff_reasoning", "testing_and_operability")
    ids = [*(one for one in order if one in row.criteria), *(one for one in row.criteria if one not in order)]
    found: dict[tuple[str, str], tuple[str, ReportedQuote]] = {}
    for criterion in ids:
        for quote in _quotes(row.criteria[criterion]):
            if wanted(quote.document):
                found.setdefault((quote.document, quote.place), (criterion, quote))
    return list(found.values())


def _quotes(criterion: ReportedCriterion) -> Iterator[ReportedQuote]:
    for finding in criterion.findings:
        if finding.state != "missing":
            yield from finding.quotes


def _twists(row: ReportedRow) -> list[_Twist]:
    """Changes of requirement: first those whose check is missing, then partly shown, then the rest."""
    rank = {"missing": 0, "partly": 1, "found": 2}
    states = {
        (criterion, finding.check): finding.state
        for criterion, reported in row.criteria.items()
        for finding in reported.findings
    }
    twists = [
        _Twist(one["criterion"], one["check"], one["ask"], tuple(one["listen_for"])) for one in _words()["twists"]
    ]
    return sorted(twists, key=lambda twist: rank[states.get((twist.criterion, twist.check), "missing")])


def _design(row: ReportedRow, scorecard: Scorecard) -> Iterator[KitQuestion]:
    """One problem, the role's own, under its constraints one after the other."""
    words = _words()["design"]
    yield KitQuestion(
        question=words["start"].format(mission=scorecard.mission.strip()),
        why="The role's mission.",
        listen_for=tuple(words["start_listen_for"]),
    )
    for constraint in scorecard.constraints[:MOST_CONSTRAINTS]:
        yield KitQuestion(
            question=words["constraint"].format(constraint=constraint.strip().rstrip(".")),
            why="A constraint of the role.",
            listen_for=tuple(words["constraint_listen_for"]),
        )
    for flag in row.flags:
        if flag.id in ("stage_mismatch", "happy_path_only", "unexplained"):
            yield KitQuestion(question=flag.question, why=flag.detail, document=flag.document, place=flag.place)
            return


def _behavioural(row: ReportedRow, scorecard: Scorecard) -> Iterator[KitQuestion]:
    """Open must-haves, then the heaviest criteria's first gaps, each as a story to tell."""
    statements = {gate.id: gate for gate in scorecard.non_negotiables}
    words = _words()["behavioural"]
    for gate_id, gate in row.gates.items():
        if gate.status == "met":
            continue
        future = statements[gate_id].about == "future"
        quote = gate.quotes[0] if gate.quotes else None
        yield KitQuestion(
            question=words["future" if future else "past"].format(
                statement=" ".join(statements[gate_id].statement.split())
            ),
            why="A must-have that the documents deny; only a person decides it."
            if gate.status == "not_met"
            else "A must-have that the documents leave open; unknown is not no.",
            quote=shortened(quote.quote, QUOTED_CHARS) if quote else "",
            document=quote.document if quote else "",
            place=quote.place if quote else "",
            listen_for=tuple(words["future_listen_for" if future else "past_listen_for"]),
        )
    yield from _gaps(row, scorecard)
    yield from _claims(row, scorecard)


def _claims(row: ReportedRow, scorecard: Scorecard) -> Iterator[KitQuestion]:
    """The claim that carries most, to be told again: documents can be invented, the details of a story hardly."""
    words = _words()["behavioural"]
    for criterion in sorted(scorecard.criteria, key=lambda one: -one.weight):
        reported = row.criteria.get(criterion.id)
        found = [f for f in reported.findings if f.met and f.quotes] if reported is not None else []
        if criterion.kind == "judgment" and found:
            quote = found[-1].quotes[0]
            yield KitQuestion(
                question=words["claim"],
                why=f"Carries most of their {criterion_title(criterion).lower()}; nobody has checked that it happened.",
                quote=shortened(quote.quote, QUOTED_CHARS),
                document=quote.document,
                place=quote.place,
                listen_for=tuple(words["claim_listen_for"]),
            )
            return


def _gaps(row: ReportedRow, scorecard: Scorecard) -> Iterator[KitQuestion]:
    asked = 0
    for criterion in sorted(scorecard.criteria, key=lambda one: -one.weight):
        reported = row.criteria.get(criterion.id)
        gap = next((f for f in reported.findings if f.state != "found"), None) if reported is not None else None
        if reported is None or gap is None or asked == MOST_GAPS:
            continue
        asked += 1
        phrase = check_phrase(criterion, criterion.rubric.check(gap.check))
        basis = next(iter(gap.quotes), None)
        yield KitQuestion(
            question=phrase.follow_up if basis is not None else phrase.ask,
            why=phrase.missing,
            quote=shortened(basis.quote, QUOTED_CHARS) if basis else "",
            document=basis.document if basis else "",
            place=basis.place if basis else "",
            listen_for=_listen_for(criterion.rubric.id, gap.check),
        )


def _listen_for(rubric: str, check: str) -> tuple[str, ...]:
    found: Sequence[str] = _words()["listen_for"].get(rubric, {}).get(check, ())
    return tuple(found)


@cache
def _words() -> dict:  # type: ignore[type-arg]  # the shape of a file that is shipped beside this module
    return yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))  # type: ignore[no-any-return]
