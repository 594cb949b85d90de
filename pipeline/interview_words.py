"""The words of the interview kit, read once from the file beside this module."""

from functools import cache
from pathlib import Path
from typing import Final

import yaml

from pipeline.interview_models import KitPartId
from pipeline.models.base import FrozenModel

_FILE: Final = Path(__file__).with_name("interview_kit.yaml")


class PartWords(FrozenModel):
    """One part of the interview."""

    title: str
    minutes: int
    prepare: str
    opening: str
    rates: tuple[str, ...]


class Twist(FrozenModel):
    """A change of requirement, and what a good answer to it holds."""

    criterion: str
    check: str
    kinds: tuple[str, ...]
    """Of file in which it can be made, the best first."""
    look: str
    """What a line of code holds where it bites."""
    ask: str
    drawn: str = ""
    """The same for a system on a board, where `ask` speaks of code."""
    hints: tuple[str, ...]
    listen_for: tuple[str, ...]
    weak: tuple[str, ...]


class Limit(FrozenModel):
    """A kind of constraint, and what it asks of a design."""

    kind: str
    look: str
    ask: str
    listen_for: tuple[str, ...]
    weak: tuple[str, ...]


class Words(FrozenModel):
    """A question in words; `{...}` stands for what is the candidate's or the role's own."""

    title: str = ""
    minutes: int = 0
    ask: str = ""
    why: str = ""
    listen_for: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()


class KitWords(FrozenModel):
    """The whole file."""

    parts: dict[KitPartId, PartWords]
    live: dict[str, Words]
    why: dict[str, str]
    """By what the documents show of a check."""
    twists: tuple[Twist, ...]
    design: dict[str, Words]
    gaps: dict[str, dict[str, str]]
    """By rubric and check: what to ask of a design when the documents do not show it."""
    limits: tuple[Limit, ...]
    behavioural: dict[str, Words]
    listen_for: dict[str, dict[str, tuple[str, ...]]]
    """By rubric and check."""


@cache
def kit_words() -> KitWords:
    """The words."""
    return KitWords.model_validate(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
