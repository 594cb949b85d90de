"""The interview kit as data: what is asked, on what it rests, and what to listen for."""

from typing import Literal

from pipeline.models.base import FrozenModel

KitPartId = Literal["live", "design", "behavioural"]


class KitLine(FrozenModel):
    """A line of a file, for the screen or the paper in front of the interviewers."""

    number: int
    text: str
    meant: bool = False
    """The line that the question is about."""


class KitQuestion(FrozenModel):
    """Something to ask, why, and what to listen for."""

    question: str
    why: str
    """What in the documents, or missing from them, this question rests on."""
    title: str = ""
    """What this step of a session is; empty where one question follows the other."""
    minutes: int = 0
    quote: str = ""
    """The candidate's words, verbatim; empty for a gap."""
    document: str = ""
    place: str = ""
    lines: tuple[KitLine, ...] = ()
    """The place with the lines around it; empty where only the quote is known."""
    hints: tuple[str, ...] = ()
    """What to say when they are stuck."""
    listen_for: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    """Signs of an answer that only sounds good."""


class KitPart(FrozenModel):
    """One part of the interview."""

    id: KitPartId
    title: str
    minutes: int
    prepare: str
    """For the interviewers, before the candidate comes."""
    opening: str
    """What to tell the candidate at its beginning."""
    questions: tuple[KitQuestion, ...]
    rates: tuple[str, ...]
    """Criteria to write a level and a fact for afterwards, by title."""


class InterviewKit(FrozenModel):
    """Everything to take into the room for one candidate."""

    label: str
    role: str
    parts: tuple[KitPart, ...]
    open_points: tuple[str, ...]
    """The shortlist's own questions, most important first; whoever has only ten minutes asks these."""


class KitBlock(FrozenModel):
    """A stretch of a file as the person who asks may read it."""

    text: str
    line: int
    """Of its first line, from 1; 0 when the format knows none."""
    is_code: bool
    given: tuple[int, ...] = ()
    """Offsets of lines that came with the exercise: not the candidate's own."""


class KitFile(FrozenModel):
    """A file of the candidate."""

    name: str
    """As the row names it."""
    is_takehome: bool
    blocks: tuple[KitBlock, ...]
