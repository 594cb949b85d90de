"""The live session: one place of the candidate's own, a requirement that changes, and changes again.

The change is one whose check the documents do not show, made where it bites in a file of theirs. The second change is a
limit of the role.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from pipeline.interview_models import KitFile, KitQuestion
from pipeline.interview_places import Found, biting, kind_of, line_of, quoted, shown_lines
from pipeline.interview_words import Twist, Words, kit_words
from pipeline.models.report import ReportedQuote, ReportedRow
from pipeline.models.scorecard import Criterion, Scorecard
from pipeline.phrases import check_phrase, criterion_title, shortened

QUOTED_CHARS: Final = 220
_CRAFT_FIRST: Final = ("data_and_api_design", "failure_modes", "tradeoff_reasoning", "testing_and_operability")
_TURNS: Final = ("legacy", "release", "law", "night", "time", "money", "load", "people", "other")
"""Kinds of limits, those first that change code."""


class Start(NamedTuple):
    """Where a session begins: a place in a file, or words of theirs whose file is not at hand."""

    document: str
    place: str
    quote: str
    found: Found | None

    @property
    def where(self) -> str:
        """File and line, as one says it."""
        return ", ".join(part for part in (self.document, self.place) if part)


def live_questions(row: ReportedRow, scorecard: Scorecard, files: Sequence[KitFile]) -> Iterator[KitQuestion]:
    """The steps of the session, in order.

    Args:
        row: The candidate.
        scorecard: The role.
        files: The candidate's; without them the session starts from a quote.
    """
    words = kit_words().live
    twists = _ordered(row, scorecard)
    start, twist = _first(row, files, twists)
    yield _look(start, scorecard)
    on_board = start.found is None or not start.found.file.is_takehome
    asked = twist.drawn if on_board and twist.drawn else twist.ask
    yield _changed(_filled(words["change"]), asked, twist, row, scorecard)
    yield _turn(scorecard)
    yield _filled(words["close"])
    yield from _other(row, scorecard, files, twists, start=start, first=twist)


def limit_kind(text: str) -> str:
    """What kind of limit a constraint is."""
    return next(limit.kind for limit in kit_words().limits if holds(limit.look, text))


def _ordered(row: ReportedRow, scorecard: Scorecard) -> list[Twist]:
    """Changes of requirement: first those whose check is missing, then partly shown, then the rest."""
    rank = {"missing": 0, "partly": 1, "unjudged": 2, "found": 3}
    known = {criterion.id for criterion in scorecard.criteria}
    twists = [twist for twist in kit_words().twists if twist.criterion in known] or list(kit_words().twists)
    return sorted(twists, key=lambda twist: rank[_state(twist, row)])


def _state(twist: Twist, row: ReportedRow) -> str:
    reported = row.criteria.get(twist.criterion)
    if reported is None or reported.level is None:
        return "unjudged"
    return next((one.state for one in reported.findings if one.check == twist.check), "unjudged")


def _first(row: ReportedRow, files: Sequence[KitFile], twists: Sequence[Twist]) -> tuple[Start, Twist]:
    """The change that is worth most, and where it bites: in a file, else in what a quote tells of."""
    vouched = _vouched(row, files)
    for twist in twists:
        found = biting(files, twist.look, twist.kinds, vouched=vouched)
        if found is not None and kind_of(found.file) != "notes":
            return _start_at(found), twist
    starts = _starts(row, files)
    in_takehome = [one for one in starts if _is_takehome(one, files)]
    start = next(iter(in_takehome or starts), Start("", "", "", None))
    return start, twists[0]


def _start_at(found: Found) -> Start:
    return Start(found.file.name, found.place, shortened(line_of(found), QUOTED_CHARS), found)


def _starts(row: ReportedRow, files: Sequence[KitFile]) -> list[Start]:
    """Quotes to start from, one a place, those of the craft criteria first."""
    ids = [*(one for one in _CRAFT_FIRST if one in row.criteria), *(i for i in row.criteria if i not in _CRAFT_FIRST)]
    found: dict[tuple[str, str], Start] = {}
    for quote in (quote for name in ids for quote in _quotes(row, name)):
        place = quoted(files, quote)
        start = Start(
            quote.document, place.place if place else quote.place, shortened(quote.quote, QUOTED_CHARS), place
        )
        found.setdefault((start.document, start.place), start)
    return list(found.values())


def _vouched(row: ReportedRow, files: Sequence[KitFile]) -> list[Found]:
    places = (quoted(files, quote) for name in row.criteria for quote in _quotes(row, name))
    return [place for place in places if place is not None]


def _quotes(row: ReportedRow, criterion: str) -> Iterator[ReportedQuote]:
    for finding in row.criteria[criterion].findings:
        if finding.state != "missing":
            yield from finding.quotes


def _is_takehome(start: Start, files: Sequence[KitFile]) -> bool:
    return any(file.is_takehome and file.name == start.document for file in files)


def _look(start: Start, scorecard: Scorecard) -> KitQuestion:
    words = kit_words().live
    if not start.document:
        return _filled(words["look_board"], mission=_mission(scorecard))
    if start.found is None or not start.found.file.is_takehome:
        return _at(start, words["look_system"], where=start.where)
    step = "look_notes" if kind_of(start.found.file) == "notes" else "look_code"
    return _at(start, words[step], where=start.where)


def _changed(step: KitQuestion, question: str, twist: Twist, row: ReportedRow, scorecard: Scorecard) -> KitQuestion:
    """A step of the session that asks for a change."""
    return step.model_copy(
        update={
            "question": question,
            "why": _why(twist, row, scorecard),
            "hints": twist.hints,
            "listen_for": twist.listen_for,
            "weak": twist.weak,
        }
    )


def _why(twist: Twist, row: ReportedRow, scorecard: Scorecard) -> str:
    why = kit_words().why
    criterion = next((one for one in scorecard.criteria if one.id == twist.criterion), None)
    if criterion is None:
        return ""
    state, title = _state(twist, row), criterion_title(criterion)
    return why[state].format(title=title, missing=_missing(criterion, twist))


def _missing(criterion: Criterion, twist: Twist) -> str:
    check = next((one for one in criterion.rubric.checks if one.id == twist.check), None)
    return check_phrase(criterion, check).missing if check is not None else ""


def _turn(scorecard: Scorecard) -> KitQuestion:
    """A limit of the role comes in while they work: of those it has, the one that changes most in code."""
    words = kit_words().live
    if not scorecard.constraints:
        return _filled(words["turn_plain"])
    limit = min(scorecard.constraints, key=lambda one: _TURNS.index(limit_kind(one)))
    return _filled(words["turn"], constraint=clause(limit))


def _other(
    row: ReportedRow,
    scorecard: Scorecard,
    files: Sequence[KitFile],
    twists: Sequence[Twist],
    *,
    start: Start,
    first: Twist,
) -> Iterator[KitQuestion]:
    """Another change in another file, in case the first one is done early."""
    vouched = _vouched(row, files)
    for twist in twists:
        if twist == first:
            continue
        found = biting(files, twist.look, twist.kinds, vouched=vouched, not_in=start.document)
        if found is not None:
            there = _start_at(found)
            step = _at(there, kit_words().live["other"], where=there.where)
            yield _changed(step, f"{step.question} {twist.ask}", twist, row, scorecard)
            return


def _at(start: Start, words: Words, **values: str) -> KitQuestion:
    return _filled(words, **values).model_copy(
        update={
            "quote": start.quote,
            "document": start.document,
            "place": start.place,
            "lines": shown_lines(start.found) if start.found is not None else (),
        }
    )


def _filled(words: Words, **values: str) -> KitQuestion:
    return KitQuestion(
        title=words.title,
        minutes=words.minutes,
        question=words.ask.format(**values),
        why=words.why,
        listen_for=words.listen_for,
        weak=words.weak,
    )


def _mission(scorecard: Scorecard) -> str:
    return " ".join(scorecard.mission.split())


def clause(constraint: str) -> str:
    """A constraint as a part of a sentence."""
    return " ".join(constraint.split()).rstrip(".")


def holds(look: str, text: str) -> bool:
    """Whether a text holds what a pattern looks for; an empty one looks for nothing and is held by all."""
    return not look or re.search(look, text, re.IGNORECASE) is not None
