"""Tools in the place of work: shopping lists, and must-haves that are only a name."""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

import yaml

from pipeline.models.base import FrozenModel
from pipeline.scorecard_problem import ScorecardProblem
from pipeline.scorecard_sheet import Sheet, TextField
from pipeline.whole_words import patterns
from pipeline.word_lists import read_words

MOST_PREFERENCES = 12
_LIST_FROM = 4
"""Tools in one text from which it can be a shopping list."""
_MOST_WORDS_PER_TOOL = 1.5
"""Words of substance per tool up to which a text mostly lists tools; prose about work has many more."""


class _Family(FrozenModel):
    stands_for: str
    names: tuple[str, ...]


class _Known(NamedTuple):
    name: str
    stands_for: str
    patterns: tuple[re.Pattern[str], ...]


class ToolUse(NamedTuple):
    """The tools that a text names, and how many words of substance are left beside them."""

    tools: tuple[str, ...]
    """As they are written, in order."""
    words: int
    stands_for: tuple[str, ...]
    """The deeds behind them, without repetition."""


def tool_use(text: str) -> ToolUse:
    """Find the known tools of a text and count what else it says."""
    spans: list[tuple[int, int, str]] = []
    for known in _known():
        spans.extend((m.start(), m.end(), known.stands_for) for p in known.patterns for m in p.finditer(text))
    spans.sort(key=lambda span: (span[0], -span[1]))
    kept: list[tuple[int, int, str]] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    rest, end = [], 0
    for start, stop, _ in kept:
        rest.append(text[end:start])
        end = stop
    rest.append(text[end:])
    fillers = _fillers()
    words = [word for word in re.findall(r"[A-Za-z][\w'-]*", " ".join(rest)) if word.lower() not in fillers]
    tools = tuple(dict.fromkeys(text[start:stop] for start, stop, _ in kept))
    return ToolUse(tools, len(words), tuple(dict.fromkeys(deed for _, _, deed in kept)))


def is_mere_tool(text: str) -> bool:
    """Whether a requirement says no more than the names of tools: `5+ years of Kafka`."""
    use = tool_use(text)
    return bool(use.tools) and use.words <= 1


def is_shopping_list(text: str) -> bool:
    """Whether a text mostly lists tools."""
    use = tool_use(text)
    return len(use.tools) >= _LIST_FROM and use.words <= _MOST_WORDS_PER_TOOL * len(use.tools)


def tool_problems(sheet: Sheet) -> Iterator[ScorecardProblem]:
    """Problems with tools in missions, non-negotiables, criteria, checks and preferences."""
    for text in sheet.texts:
        if text.part in ("gate", "criterion", "check", "mission"):
            yield from _in_statement(sheet, text)
        elif text.part == "preference":
            yield from _in_preference(sheet, text)
    yield from _too_many_preferences(sheet)


def _in_statement(sheet: Sheet, text: TextField) -> Iterator[ScorecardProblem]:
    use = tool_use(text.text)
    names = ", ".join(use.tools)
    deeds = "; or ".join(
        f'"{deed} (here: {names})"' if n == 0 else f'"{deed}"' for n, deed in enumerate(use.stands_for[:2])
    )
    if is_mere_tool(text.text) and text.part == "gate":
        yield sheet.about(
            text,
            use.tools[0],
            f"This must-have is only the name of a tool ({names}): it turns away people who solved the same problem "
            "with another one, and lets in whoever lists it.",
            f"Write the deed it stands for: {deeds}. Move {names} to the preferences.",
        )
    elif is_shopping_list(text.text) or (is_mere_tool(text.text) and text.part != "mission"):
        what = {"mission": "The mission", "gate": "This must-have", "check": "This check"}.get(
            text.part, "This criterion"
        )
        yield sheet.about(
            text,
            use.tools[0],
            f"{what} is a shopping list of tools ({names}): lists of tools are no evidence and earn nothing here.",
            f"Move {names} to the preferences"
            + (
                " and say what will have changed a year from now, and for whom."
                if text.part == "mission"
                else f" and write what was done with them: {deeds}."
            ),
        )


def _in_preference(sheet: Sheet, text: TextField) -> Iterator[ScorecardProblem]:
    bare = re.sub(
        r"\b(?:\d+\+? ?years?(?: of)?|(?:good |strong |solid |deep |some |hands-on )*"
        r"(?:experience|knowledge|understanding|familiarity|skills?)(?: (?:with|in|of))?)\b",
        "",
        text.text,
        flags=re.IGNORECASE,
    )
    names = [" ".join(part.split()) for part in bare.split(",")]
    shorter = " or ".join(name for name in names if name)
    if shorter != " ".join(text.text.split()):
        yield sheet.about(
            text,
            text.text,
            f"A preference is looked up word by word in the documents, and nobody writes {text.text!r}.",
            f"Write the names alone, with `or` between those of which one is enough: {shorter or 'a name'}.",
        )


def _too_many_preferences(sheet: Sheet) -> Iterator[ScorecardProblem]:
    if sheet.scorecard is None or len(sheet.scorecard.preferences) <= MOST_PREFERENCES:
        return
    names = [preference.name for preference in sheet.scorecard.preferences]
    families: dict[str, list[str]] = {}
    for name in names:
        for deed in tool_use(name).stands_for[:1]:
            families.setdefault(deed, []).append(name)
    largest = max(families.values(), key=len, default=[])
    hint = (
        f"Join those of one kind, for example `{' or '.join(largest)}`, and "
        if len(largest) > 1
        else f"Keep the first few ({', '.join(names[:4])} ...) and "
    )
    yield sheet.problem(
        "preferences",
        sheet.line("preferences"),
        f"{len(names)} preferences are a shopping list: {(len(names) + 1) // 2} of them count in full, so a resume "
        "that lists many tools gains most.",
        f"{hint}delete those you would teach in a month, down to {MOST_PREFERENCES} or fewer.",
    )


@lru_cache(maxsize=1)
def _known() -> tuple[_Known, ...]:
    text = (resources.files("pipeline") / "words" / "tools.yaml").read_text(encoding="utf-8")
    families = [_Family.model_validate(entry) for entry in yaml.safe_load(text).values()]
    return tuple(_Known(name, family.stands_for, patterns([name])) for family in families for name in family.names)


@lru_cache(maxsize=1)
def _fillers() -> frozenset[str]:
    return frozenset(read_words("requirement_fillers.txt"))
