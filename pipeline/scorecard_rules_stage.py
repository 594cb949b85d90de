"""A stage that contradicts the mission: over-hiring for a small team, haste in a regulated one."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

import yaml

from pipeline.models.base import FrozenModel
from pipeline.scorecard_problem import ScorecardProblem
from pipeline.scorecard_sheet import Part, Sheet, TextField

SMALL_TEAM = 15
LARGE_TEAM = 40
_ENOUGH_WEAK = 2
"""Words such as `microservices` say something only together; `service mesh` says it alone."""
_NEGATED = re.compile(
    r"\b(?:no|not|without|instead of|rather than|never|nor|leave|leaves|left|replaces?|removes?)(?: \w+){0,2} $",
    re.IGNORECASE,
)
_TEAM = re.compile(r"\b(\d{1,4}) (?:\w+ ){0,2}?(?:engineers|developers|programmers)\b", re.IGNORECASE)
_FIRST_HIRE = re.compile(
    r"\b(?:first|only|sole|one|two|three|four|five|six|seven|eight|nine) (?:\w+ ){0,1}?(?:engineers?|developers?)\b",
    re.IGNORECASE,
)


class _Lists(FrozenModel):
    machinery_strong: tuple[str, ...]
    machinery: tuple[str, ...]
    haste: tuple[str, ...]
    regulated: tuple[str, ...]


class _Use(NamedTuple):
    text: TextField
    words: str


def stage_problems(sheet: Sheet) -> Iterator[ScorecardProblem]:
    """Problems between the stage (and the size of the team) and what is asked for."""
    if sheet.scorecard is None:
        return
    stage = sheet.scorecard.stage
    size = team_size(sheet.scorecard.constraints)
    small = stage == "startup" or (size is not None and size <= SMALL_TEAM)
    if small:
        yield from _over_hiring(sheet, stage, size)
    regulated = _uses(sheet, "regulated", ("constraint", "mission", "scope"))
    if stage == "enterprise" or regulated:
        yield from _haste(sheet, stage, regulated)
    yield from _size_against_stage(sheet, stage, size)


def team_size(constraints: Sequence[str]) -> int | None:
    """The largest number of engineers that the constraints name."""
    sizes = [int(match[1]) for text in constraints for match in _TEAM.finditer(text)]
    return max(sizes, default=None)


def _over_hiring(sheet: Sheet, stage: str, size: int | None) -> Iterator[ScorecardProblem]:
    asked: tuple[Part, ...] = ("title", "mission", "scope", "gate", "criterion", "check")
    strong = _uses(sheet, "machinery_strong", asked)
    uses = sorted(
        {*strong, *_uses(sheet, "machinery", asked)}, key=lambda use: (use.text.line, use.text.field, use.words)
    )
    distinct = list(dict.fromkeys(use.words.lower() for use in (*strong, *uses)))
    if not strong and len(distinct) < _ENOUGH_WEAK:
        return
    who = f"a team of {size}" if size is not None else "a startup"
    first = strong[0] if strong else uses[0]
    yield sheet.about(
        first.text,
        first.words,
        f"This over-hires: {', '.join(distinct[:4])} belong to large companies, while this is {who} at the stage "
        f"{stage!r}. Whoever is good at them may build more than so few can run.",
        f'Ask for the judgment instead: "Has chosen the simplest thing that {who} can run, says what was left out '
        f'({distinct[0]}) and what would make it necessary". If you need it, name the constraint that forces it.',
    )


def _haste(sheet: Sheet, stage: str, regulated: Sequence[_Use]) -> Iterator[ScorecardProblem]:
    haste = _uses(sheet, "haste", ("title", "mission", "scope", "constraint", "gate", "criterion", "check"))
    if not haste:
        return
    why = (
        f'"{regulated[0].words}" on line {sheet.line_of_words(*regulated[0])}' if regulated else f"the stage {stage!r}"
    )
    yield sheet.about(
        haste[0].text,
        haste[0].words,
        f'"{haste[0].words}" contradicts {why}: the people it attracts will fight the control you cannot give up.',
        'Write "Has made releases smaller and more frequent within change control, and says what was agreed with '
        'those who approve".',
    )


def _size_against_stage(sheet: Sheet, stage: str, size: int | None) -> Iterator[ScorecardProblem]:
    if size is not None and stage == "startup" and size >= LARGE_TEAM:
        hint, cause = "Write `stage: growth` or `stage: enterprise`", f"{size} engineers are no startup"
    elif stage == "enterprise" and size is None and (first := _first_hire(sheet)):
        hint, cause = "Write `stage: startup`", f'"{first}" is no enterprise'
    else:
        return
    yield sheet.problem(
        "stage",
        sheet.line("stage"),
        f"The stage is {stage!r}, but {cause}. The stage decides what is flagged as a mismatch in a candidate.",
        f"{hint}, or correct the constraint.",
    )


def _first_hire(sheet: Sheet) -> str | None:
    for text in sheet.texts:
        if text.part == "constraint" and re.match(r"(?:we are |the )?(?:first|only|sole)\b", text.text, re.IGNORECASE):
            match = _FIRST_HIRE.search(text.text)
            if match:
                return match[0]
    return None


def _uses(sheet: Sheet, kind: str, parts: Sequence[Part]) -> list[_Use]:
    """Where words of a list are asked for, in file order; `no service mesh` does not ask for one."""
    pattern = _patterns()[kind]
    return [
        _Use(text, match[0])
        for text in sheet.texts
        if text.part in parts
        for match in pattern.finditer(text.text)
        if kind == "haste" or not _NEGATED.search(text.text[: match.start()])
    ]


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    text = (resources.files("pipeline") / "words" / "stage_words.yaml").read_text(encoding="utf-8")
    lists = _Lists.model_validate(yaml.safe_load(text))
    return {
        name: re.compile(r"(?<!\w)(?:" + "|".join(words) + r")(?!\w)", re.IGNORECASE)
        for name, words in lists.model_dump().items()
    }
