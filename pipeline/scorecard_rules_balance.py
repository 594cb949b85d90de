"""Weights, sources, bars and numbers: whether the scorecard as a whole can tell candidates apart."""

import difflib
import math
import re
from collections.abc import Iterator

from pipeline.models.scorecard import Criterion, Scorecard
from pipeline.scorecard_problem import ScorecardProblem
from pipeline.scorecard_rules_tools import is_mere_tool
from pipeline.scorecard_sheet import Sheet
from pipeline.tool_ceiling import MOST_TOOL_POINTS, SHARE_OF_A_LEVEL, tool_ceiling

MOST_GATES = 4
_BAR = (30.0, 85.0)
"""50 points is level 2 of 4 everywhere; hardly anybody is above 85."""
_MIN_MISSION_WORDS = 8
_EQUAL_FROM = 3
_CODE_ONLY = re.compile(
    r"\b(?:code quality|quality of (?:the |their )?code|clean code|readable code|code readability|"
    r"maintainable code|idiomatic|code style|"
    r"well[- ]structured code|test coverage|unit tests?|"
    r"writes? (?:good |meaningful )?tests|tests? (?:that )?cover|"
    r"well[- ]tested|test suite|commit history|naming|error handling in code)\b",
    re.IGNORECASE,
)
_TOLD = re.compile(r"\b(?:tells?|says?|explains?|describes?|names?)\b", re.IGNORECASE)


def balance_problems(sheet: Sheet) -> Iterator[ScorecardProblem]:
    """Problems of the scorecard as a whole; none if it could not be loaded."""
    scorecard = sheet.scorecard
    if scorecard is None:
        return
    yield from _context(sheet, scorecard)
    yield from _gates(sheet, scorecard)
    yield from _weights(sheet, scorecard)
    yield from _tool_weight(sheet, scorecard)
    yield from _bar(sheet, scorecard)
    yield from _takehome(sheet, scorecard)
    for number, criterion in enumerate(scorecard.criteria):
        yield from _answerable(sheet, scorecard, criterion, number)


def _context(sheet: Sheet, scorecard: Scorecard) -> Iterator[ScorecardProblem]:
    words = len(scorecard.mission.split())
    if words < _MIN_MISSION_WORDS:
        yield sheet.problem(
            "mission",
            sheet.line("mission"),
            f"The mission has {words} words and names no outcome, so nobody's work can be compared with it.",
            f"Write what will have changed a year from now, for whom, and what must not break: "
            f'"{scorecard.mission.rstrip(".")}, so that ... ; over the next four quarters ... without ...".',
        )
    if not scorecard.constraints:
        yield sheet.problem(
            "constraints",
            sheet.line("constraints") if "constraints" in sheet.root.entries else sheet.line("mission"),
            "There are no constraints, so nobody can be found who worked within limits like yours.",
            "Add three to five facts: `constraints: [number of engineers, what runs and cannot stop, which law or "
            "audit, how often you release]`.",
        )


def _gates(sheet: Sheet, scorecard: Scorecard) -> Iterator[ScorecardProblem]:
    gates = scorecard.non_negotiables
    if len(gates) <= MOST_GATES:
        return
    tools = [gate.id for gate in gates if is_mere_tool(gate.statement)]
    extra = (tools + [gate.id for gate in reversed(gates) if gate.id not in tools])[: len(gates) - MOST_GATES]
    yield sheet.problem(
        "non_negotiables",
        sheet.line("non_negotiables", MOST_GATES),
        f"{len(gates)} non-negotiables: if nine in ten good people meet each, only {0.9 ** len(gates):.0%} of them "
        "meet all.",
        f"Keep the {MOST_GATES} without which you would hire nobody. Make "
        + " and ".join(f"{name!r}" for name in extra)
        + " preferences (tools) or criteria with a weight (deeds).",
    )


def _weights(sheet: Sheet, scorecard: Scorecard) -> Iterator[ScorecardProblem]:
    criteria = scorecard.criteria
    if not any(criterion.kind == "judgment" for criterion in criteria):
        first = criteria[0]
        yield sheet.problem(
            "criteria",
            sheet.line("criteria"),
            "No criterion is of the kind judgment: how somebody reasons would not count, and neither would tools.",
            "Add `- {id: tradeoff_reasoning, weight: "
            f"{max(criterion.weight for criterion in criteria):g}, kind: judgment, "
            f'sources: [{", ".join(first.sources)}], statement: "Explains choices by the constraint that decided them, '
            'what else was weighed and what was given up"}`.',
        )
    weights = {criterion.weight for criterion in criteria}
    if len(criteria) >= _EQUAL_FROM and len(weights) == 1:
        yield sheet.problem(
            "criteria",
            sheet.line("criteria", 0, "weight"),
            f"All {len(criteria)} criteria weigh {criteria[0].weight:g}: the scorecard says what you want, "
            "not what decides.",
            f"Give the one for which you would forgive weakness elsewhere 5 (is it {criteria[0].id!r}?), "
            f"and the one you can teach 2 (is it {criteria[-1].id!r}?).",
        )


def _tool_weight(sheet: Sheet, scorecard: Scorecard) -> Iterator[ScorecardProblem]:
    ceiling = tool_ceiling(scorecard)
    judgment = [criterion for criterion in scorecard.criteria if criterion.kind == "judgment"]
    if not scorecard.preferences or not judgment or ceiling >= MOST_TOOL_POINTS:
        return
    lightest = min(judgment, key=lambda criterion: criterion.weight)
    others = sum(criterion.weight for criterion in scorecard.criteria) - lightest.weight
    share = MOST_TOOL_POINTS / (100.0 - MOST_TOOL_POINTS) * 4.0 / SHARE_OF_A_LEVEL
    wanted = math.ceil(share / (1.0 - share) * others * 10.0) / 10.0
    yield sheet.problem(
        f"criteria.{lightest.id}.weight",
        sheet.line("criteria", scorecard.criteria.index(lightest), "weight"),
        f"{lightest.id!r} weighs {lightest.weight:g} of {others + lightest.weight:g}, so one of its levels is worth "
        f"{ceiling / SHARE_OF_A_LEVEL:.1f} points, and all your preferences together at most {ceiling:.1f} of 100 "
        "instead of 2: tools never outweigh one level of judgment.",
        f"Raise its weight to {wanted:g}, or leave it if tools matter that little to you.",
    )


def _bar(sheet: Sheet, scorecard: Scorecard) -> Iterator[ScorecardProblem]:
    low, high = _BAR
    bar = scorecard.advance_bar
    if bar < low:
        yield sheet.problem(
            "advance_bar",
            sheet.line("advance_bar"),
            f"A bar of {bar:g} is below what a bare mention earns on most criteria; nearly everybody would pass it.",
            "Write `advance_bar: 55`: a little above level 2 of 4 throughout.",
        )
    elif bar > high:
        yield sheet.problem(
            "advance_bar",
            sheet.line("advance_bar"),
            f"A bar of {bar:g} needs close to level 4 of 4 throughout; the shortlist will probably stay empty.",
            "Write `advance_bar: 70` for a high bar.",
        )


def _takehome(sheet: Sheet, scorecard: Scorecard) -> Iterator[ScorecardProblem]:
    used = any("takehome" in criterion.sources for criterion in scorecard.criteria)
    if scorecard.takehome == "required" and not used:
        yield sheet.problem(
            "takehome",
            sheet.line("takehome"),
            "A take-home is required, but no criterion is judged from it: people would work for nothing.",
            "Write `takehome: none`, or add `takehome` to the `sources` of the criteria it should show.",
        )


def _answerable(sheet: Sheet, scorecard: Scorecard, criterion: Criterion, number: int) -> Iterator[ScorecardProblem]:
    field = f"criteria.{criterion.id}.sources"
    line = sheet.line("criteria", number, "sources")
    if scorecard.takehome == "none" and "takehome" in criterion.sources:
        only = criterion.sources == ("takehome",)
        yield sheet.problem(
            field,
            line,
            f"{criterion.id!r} is judged from a take-home, but the scorecard says `takehome: none`"
            + ("; nobody could ever be scored on it." if only else "; that source will never come."),
            "Write `takehome: optional`, or `sources: [resume]` with a statement that a resume can answer.",
            severity="error" if only else "warning",
        )
    code = _CODE_ONLY.search(criterion.statement)
    if criterion.sources == ("resume",) and code is not None and not _TOLD.match(criterion.statement):
        fix = (
            f'Write "Tells what their tests or reviews caught, and what got past them" instead of "{code[0]}"'
            if scorecard.takehome == "none"
            else "Write `sources: [resume, takehome]`"
        )
        yield sheet.problem(
            field,
            line,
            f'A resume cannot answer {criterion.id!r}: "{code[0]}" shows only in code, and everybody claims it.',
            f"{fix}.",
        )
    close = difflib.get_close_matches(criterion.id, _RUBRIC_NAMES, n=1, cutoff=0.8)
    if criterion.rubric.id == "general" and close:
        yield sheet.problem(
            f"criteria.{criterion.id}.id",
            sheet.line("criteria", number, "id"),
            f"{criterion.id!r} is judged by the general rubric, since no rubric has that name.",
            f"If you mean the rubric {close[0]!r}, write `id: {close[0]}` or add `rubric: {close[0]}`.",
        )


_RUBRIC_NAMES = (
    "tradeoff_reasoning",
    "failure_modes",
    "production_ownership",
    "mission_fit",
    "data_and_api_design",
    "testing_and_operability",
    "communication",
)
