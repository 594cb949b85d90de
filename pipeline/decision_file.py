"""What people decided about candidates, from a table: one reader and one list of words for all that ask."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal, NamedTuple

from pipeline.errors import ConfigurationError
from pipeline.models.base import FrozenModel
from pipeline.tables import CANDIDATE, Names, folded, plain, read_table

Decided = Literal["advance", "hold", "decline"]

DECISION, DATE, REVIEWER = "decision", "date", "reviewer"

WORDS: Mapping[Decided, str] = {
    "advance": "advance advanced advancing hire hired offer offered interview interviewed invite invited accept "
    "accepted onsite shortlist shortlisted select selected passed yes y true 1 x",
    "hold": "hold held maybe waitlist waitlisted onhold pool later",
    "decline": "decline declined reject rejected rejection no n false 0 nohire notselected notadvanced notinvited "
    "nothired denied screenedout fail failed",
}
"""How decisions are written in the wild, without case, blanks and punctuation."""
UNDECIDED = frozenset(
    (
        "", "na", "null", "tbd", "unknown", "notknown", "notstated", "notgiven", "missing", "open", "pending",
        "undecided", "notdecided", "notyetdecided", "inprogress", "withdrawn", "withdrew",
    )
)  # fmt: skip
"""Cells that say that nobody decided, written so too. Who withdrew was neither chosen nor declined."""

_SHORT_DATE = len("2024-01-31")


class Decision(FrozenModel):
    """What one person decided about one candidate."""

    candidate: str
    """As the file spells it."""
    decided: Decided
    date: str = ""
    """`YYYY-MM-DD`, with the time in UTC behind it if the file has one; empty if it has none."""
    reviewer: str = ""
    line: int = 0
    """Of the file."""


class Settled(NamedTuple):
    """One decision a candidate, as far as the file holds one."""

    decided: Mapping[str, Decided]
    """By candidate of the run."""
    conflicting: tuple[str, ...]
    """Candidates who were decided differently, without dates to tell the last; in order."""
    not_in_run: tuple[Decision, ...]
    """The first decision about each person whom the run does not have."""
    reviewed_twice: int
    """Candidates with decisions of more than one reviewer."""
    reviewed_alike: int


def read_decisions(path: Path) -> tuple[Decision, ...]:
    """Read a table with the columns candidate and decision, and maybe date and reviewer.

    Rows without a candidate, and rows that say that nobody decided, are left out.

    Raises:
        ConfigurationError: It cannot be read, lacks a column, holds no decision, or a word or date that is not known.
    """
    header, rows = read_table(path)
    columns = {name.casefold(): name for name in header}
    if DECISION not in columns:
        raise ConfigurationError(
            f"{str(path)!r} has no column {DECISION!r}; it has {', '.join(map(repr, header))}. "
            f"The first line must name the columns: {CANDIDATE},{DECISION}."
        )
    decisions = []
    for row in rows:
        cells = {name: row.cells.get(spelled, "") for name, spelled in columns.items()}
        candidate = row.cells.get(CANDIDATE, "")
        if not candidate or plain(cells[DECISION]) in UNDECIDED:
            continue
        decisions.append(
            Decision(
                candidate=candidate,
                decided=_decided(cells[DECISION], path, row.line),
                date=_dated(cells.get(DATE, ""), path, row.line),
                reviewer=cells.get(REVIEWER, ""),
                line=row.line,
            )
        )
    if not decisions:
        raise ConfigurationError(f"{str(path)!r} holds no decision at all. Write yes or no behind the candidates.")
    return tuple(decisions)


def _decided(word: str, path: Path, line: int) -> Decided:
    for decided, words in WORDS.items():
        if plain(word) in words.split():
            return decided
    raise ConfigurationError(
        f"Line {line} of {str(path)!r} has the decision {word!r}, which is not known. Write advance, hold or decline "
        "(or yes, no, hired, rejected), or leave it empty where nobody has decided."
    )


def _dated(cell: str, path: Path, line: int) -> str:
    """The day, or the moment in UTC; both are in order as text."""
    if not cell:
        return ""
    try:
        if len(cell) <= _SHORT_DATE:
            return date.fromisoformat(cell).isoformat()
        moment = datetime.fromisoformat(cell)
    except ValueError as error:
        raise ConfigurationError(
            f"Line {line} of {str(path)!r} has the date {cell!r}, of which day and month cannot be told for sure. "
            "Write dates as YYYY-MM-DD, such as 2024-01-31."
        ) from error
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def settle(decisions: Iterable[Decision], names: Names) -> Settled:
    """One decision a candidate: the last by date; without dates only a unanimous one.

    Names are matched first: a file that spells one candidate in two ways speaks of one candidate.
    """
    by_candidate: dict[str, list[Decision]] = {}
    others: dict[str, Decision] = {}
    for decision in decisions:
        candidate = names.find(decision.candidate)
        if candidate is None:
            others.setdefault(plain(decision.candidate) or folded(decision.candidate), decision)
        else:
            by_candidate.setdefault(candidate, []).append(decision)
    settled: dict[str, Decided] = {}
    conflicting, twice, alike = [], 0, 0
    for candidate, own in by_candidate.items():
        same = len({decision.decided for decision in own}) == 1
        if len({folded(decision.reviewer) for decision in own}) > 1:
            twice += 1
            alike += same
        last = {decision.decided for decision in _last(own)}
        if len(last) == 1 and (same or all(decision.date for decision in own)):
            settled[candidate] = last.pop()
        else:
            conflicting.append(candidate)
    return Settled(settled, tuple(sorted(conflicting)), tuple(others.values()), twice, alike)


def _last(decisions: Sequence[Decision]) -> list[Decision]:
    """Those with the latest date; by the day where one of them has no time."""
    digits = _SHORT_DATE if any(len(decision.date) <= _SHORT_DATE for decision in decisions) else None
    latest = max(decision.date[:digits] for decision in decisions)
    return [decision for decision in decisions if decision.date[:digits] == latest]
