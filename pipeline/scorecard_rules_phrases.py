"""Wordings that ask for a protected trait, for what no document can show, or for nothing at all."""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import Literal

import yaml
from pydantic import Field

from pipeline.models.base import FrozenModel
from pipeline.scorecard_problem import ScorecardProblem, Severity
from pipeline.scorecard_sheet import ABOUT_THE_PERSON, Sheet, TextField

_OPEN_TO_ALL = re.compile(
    r"\b(?:regardless|irrespective) of\b|\bno matter\b|\bwithout regard\b|\bequal opportunit|\b(?:any|all) genders?\b"
    r"|\bdo(?:es)? not (?:ask|matter|count)\b|\bnever ask|\bweighs? nothing\b",
    re.IGNORECASE,
)
"""A sentence that says a trait does not matter names it lawfully."""
_LISTS = ("protected_traits.yaml", "wording.yaml")


class PhraseRule(FrozenModel):
    """One family of wordings with what to write instead."""

    trait: str
    severity: Severity
    where: Literal["any", "person"]
    find: tuple[str, ...] = ()
    """Regular expressions, matched as whole words; a group such as `topic` may be used in `instead`."""
    always: tuple[str, ...] = ()
    """Expressions to which `unless` does not apply, since nothing else can be meant."""
    unless: tuple[str, ...] = ()
    """Beginnings of words that show the sentence is about the product, not about a person."""
    message: str
    instead: str
    defaults: dict[str, str] = Field(default_factory=dict)


class _Compiled(FrozenModel):
    rule: PhraseRule
    find: tuple[re.Pattern[str], ...]
    always: tuple[re.Pattern[str], ...]
    unless: re.Pattern[str] | None


def phrase_problems(sheet: Sheet) -> Iterator[ScorecardProblem]:
    """Problems with single wordings, in any text field; one per rule and text."""
    for text in sheet.texts:
        for compiled in _rules():
            if compiled.rule.where == "person" and text.part not in ABOUT_THE_PERSON:
                continue
            match = _first(compiled, text)
            if match is not None:
                yield _problem(sheet, text, compiled.rule, match)
    yield from _id_problems(sheet)


def _id_problems(sheet: Sheet) -> Iterator[ScorecardProblem]:
    """Ids are shown as titles, so what a statement may not ask for may not stand there either."""
    for text in sheet.texts:
        if not text.subject or not text.field.endswith("statement"):
            continue
        title = text._replace(text=text.subject.replace("_", " "))
        for compiled in _rules()[: _rules_of(_LISTS[0])]:
            match = _first(compiled, title)
            if match is not None and _first(compiled, text) is None:
                yield sheet.problem(
                    text.field.removesuffix("statement") + "id",
                    text.line,
                    f"The id {text.subject!r} is shown as a title to everybody. "
                    + compiled.rule.message.format(found=match[0].strip()),
                    "Give it an id made of the words of its statement.",
                    severity=compiled.rule.severity,
                )
                break


def _first(compiled: _Compiled, text: TextField) -> re.Match[str] | None:
    matches = [
        (match, always)
        for patterns, always in ((compiled.always, True), (compiled.find, False))
        for pattern in patterns
        for match in pattern.finditer(text.text)
    ]
    for match, always in sorted(matches, key=lambda found: (found[0].start(), -found[0].end())):
        sentence = _sentence(text.text, match)
        excused = not always and compiled.unless is not None and compiled.unless.search(sentence)
        if not excused and not _OPEN_TO_ALL.search(sentence):
            return match
    return None


def _sentence(text: str, match: re.Match[str]) -> str:
    start = max((stop.end() for stop in re.finditer(r"[.;!?]\s", text[: match.start()])), default=0)
    end = re.search(r"[.;!?](?:\s|$)", text[match.end() :])
    return text[start : match.end() + end.start() if end else len(text)]


def _problem(sheet: Sheet, text: TextField, rule: PhraseRule, match: re.Match[str]) -> ScorecardProblem:
    found = match[0].strip()
    filling = dict(rule.defaults)
    # Alternatives of one family cannot share a group name, so `topic2` is another `topic`.
    filling.update({name.rstrip("0123456789"): value.strip() for name, value in match.groupdict().items() if value})
    if "language" in filling and filling["language"] != rule.defaults.get("language"):
        filling["language"] = filling["language"].capitalize()
    return sheet.problem(
        text.field,
        sheet.line_of_words(text, found),
        rule.message.format(found=found),
        rule.instead.format_map(filling),
        severity=rule.severity,
    )


@lru_cache(maxsize=2)
def _rules_of(name: str) -> int:
    """How many rules a list holds."""
    return len(yaml.safe_load((resources.files("pipeline") / "words" / name).read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def _rules() -> tuple[_Compiled, ...]:
    compiled = []
    for name in _LISTS:
        for entry in yaml.safe_load((resources.files("pipeline") / "words" / name).read_text(encoding="utf-8")):
            rule = PhraseRule.model_validate(entry)
            unless = "|".join(rule.unless)
            compiled.append(
                _Compiled(
                    rule=rule,
                    find=tuple(_whole(find) for find in rule.find),
                    always=tuple(_whole(find) for find in rule.always),
                    unless=re.compile(rf"\b(?:{unless})", re.IGNORECASE) if unless else None,
                )
            )
    return tuple(compiled)


def _whole(expression: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{expression})(?!\w)", re.IGNORECASE)
