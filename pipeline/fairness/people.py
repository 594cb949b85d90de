"""Tables about candidates that only the audit reads: demographics, and what people decided."""

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import ConfigurationError

CANDIDATE = "candidate"
DECISION = "decision"
MOST_COLUMNS = 6
MOST_GROUPS = 30
"""Values of one column; more is a name or a number, and no group."""
_SHOWN = 8

UNKNOWN = frozenset(
    (
        "", "-", "–", "—", "?", "n/a", "na", "unknown", "not known", "not stated", "not given", "not disclosed",
        "undisclosed", "not provided", "missing", "null", "prefer not to say", "prefers not to say", "no answer",
        "decline to state", "declined to state", "declined to answer", "decline to answer", "decline to self-identify",
    )
)  # fmt: skip
"""Cells that say nothing, folded."""

_YES = frozenset(
    (
        "yes", "y", "true", "1", "x", "advance", "advanced", "selected", "invite", "invited", "interview",
        "interviewed", "hire", "hired", "offer", "offered", "accepted", "pass", "passed",
    )
)  # fmt: skip
_NO = frozenset(
    (
        "no", "n", "false", "0", "hold", "held", "decline", "declined", "reject", "rejected", "not selected",
        "not advanced", "not invited", "not hired", "fail", "failed", "withdrawn",
    )
)  # fmt: skip


class Roll(NamedTuple):
    """Who was in the screening, so that a file can be joined to it."""

    ids: Mapping[str, str]
    """The candidate's id by every spelling that a file may use: id, and label in a blind run."""
    aside: Collection[str] = ()
    """Submissions that were not ranked because the same person is there already; a file may name them."""


class Demographics(NamedTuple):
    """Groups of people by column."""

    columns: tuple[str, ...]
    values: Mapping[str, Mapping[str, str | None]]
    """By candidate and column; None where the file says nothing."""
    absent: int
    """Candidates of the screening that the file does not name; unknown in every column."""
    aside: int
    """Rows about submissions that were set aside as duplicates."""
    not_in_run: tuple[str, ...] = ()
    """Whom the file names and the screening does not have, as the file spells them, in its order; in no figure."""


class _Joined(NamedTuple):
    rows: Mapping[str, "_Row"]
    """By candidate."""
    aside: int
    """Rows about submissions that were set aside."""
    not_in_run: tuple[str, ...]


class _Row(NamedTuple):
    line: int
    cells: Mapping[str, str]


def read_demographics(path: Path, roll: Roll) -> Demographics:
    """Read a table of demographics and join it to the candidates of a screening.

    Values that differ in case and blanks only are one group, under the spelling that is most frequent. Such files are
    often of everybody who applied: whoever was not screened is named in the result and counts for nothing.

    Raises:
        ConfigurationError: The file cannot be read, lacks its columns, names somebody twice, or names nobody of the
            screening.
    """
    header, rows = _table(path)
    columns = tuple(name for name in header if name.casefold() != CANDIDATE)
    if not columns:
        raise ConfigurationError(
            f"{str(path)!r} has no column besides {CANDIDATE!r}. Add one for each way of grouping, such as 'gender'."
        )
    if len(columns) > MOST_COLUMNS:
        raise ConfigurationError(
            f"{str(path)!r} has {len(columns)} columns of groups ({', '.join(map(repr, columns))}); at most "
            f"{MOST_COLUMNS} are compared, since every further one makes chance findings more likely. Take some out."
        )
    joined, aside, not_in_run = _joined(path, rows, roll)
    values: dict[str, dict[str, str | None]] = {candidate: {} for candidate in set(roll.ids.values())}
    for column in columns:
        spelled = _spellings(row.cells.get(column, "") for row in joined.values())
        if len(spelled) > MOST_GROUPS:
            raise ConfigurationError(
                f"Column {column!r} of {str(path)!r} has {len(spelled)} different values, which are names or numbers "
                "and no groups. Take it out, or write ranges such as '40-49'."
            )
        for candidate, own in values.items():
            cell = joined[candidate].cells.get(column, "") if candidate in joined else ""
            own[column] = spelled.get(_folded(cell))
    return Demographics(columns, values, absent=len(values) - len(joined), aside=aside, not_in_run=not_in_run)


class Decisions(NamedTuple):
    """Whom people selected."""

    selected: Mapping[str, bool]
    """By candidate; those without a decision are left out."""
    not_in_run: tuple[str, ...] = ()
    """Whom the file names and the screening does not have."""


def read_decisions(path: Path, roll: Roll) -> Decisions:
    """Whom people selected.

    Raises:
        ConfigurationError: The file cannot be read, lacks its columns, names somebody twice or nobody of the screening,
            or holds a decision that is neither yes nor no.
    """
    header, rows = _table(path)
    column = next((name for name in header if name.casefold() == DECISION), None)
    if column is None:
        raise ConfigurationError(
            f"{str(path)!r} has no column {DECISION!r}; it has {', '.join(map(repr, header))}. "
            f"The first line must name the columns: {CANDIDATE},{DECISION}."
        )
    joined, _, not_in_run = _joined(path, rows, roll)
    decided: dict[str, bool] = {}
    for candidate, row in joined.items():
        word = _folded(row.cells.get(column, "")).replace("_", " ")
        if word in UNKNOWN:
            continue
        if word not in _YES | _NO:
            raise ConfigurationError(
                f"Line {row.line} of {str(path)!r} has the decision {row.cells[column]!r}. Write yes or no "
                "(or advance, hired; hold, decline, rejected), or leave it empty."
            )
        decided[candidate] = word in _YES
    if not decided:
        raise ConfigurationError(f"{str(path)!r} holds no decision at all. Write yes or no behind the candidates.")
    return Decisions(decided, not_in_run)


def _table(path: Path) -> tuple[list[str], list[_Row]]:
    """Header and rows; commas, semicolons or tabs part the cells."""
    text = _text(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
        records = [
            (reader.line_num, [_clean(cell) for cell in cells]) for cells in reader if any(map(str.strip, cells))
        ]
    except csv.Error as error:
        raise ConfigurationError(f"{str(path)!r} is no CSV file: {error}. Save it again as CSV.") from error
    if not records:
        raise ConfigurationError(
            f"{str(path)!r} is empty. Its first line must name the columns, the first {CANDIDATE!r}."
        )
    (_, header), *lines = records
    _check_header(path, header)
    rows = []
    for line, cells in lines:
        if any(cells[len(header) :]):
            raise ConfigurationError(
                f"Line {line} of {str(path)!r} has {len(cells)} cells under {len(header)} columns. "
                "Put quotes around a value that holds a comma."
            )
        rows.append(_Row(line, dict(zip((_key(name) for name in header), cells, strict=False))))
    return header, rows


def _key(name: str) -> str:
    return CANDIDATE if name.casefold() == CANDIDATE else name


def _check_header(path: Path, header: Sequence[str]) -> None:
    folded = [name.casefold() for name in header]
    if CANDIDATE not in folded:
        raise ConfigurationError(
            f"{str(path)!r} has no column {CANDIDATE!r}; it has {', '.join(map(repr, header))}. "
            "Name the column that holds the folder name or file stem of each candidate so."
        )
    if "" in folded:
        raise ConfigurationError(f"Column {folded.index('') + 1} of {str(path)!r} has no name. Give it one.")
    twice = [name for name, count in Counter(folded).items() if count > 1]
    if twice:
        raise ConfigurationError(f"{str(path)!r} has two columns {twice[0]!r}. Keep one of them.")


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{str(path)!r} cannot be read: {error.strerror}. Name another file.") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{str(path)!r} is not UTF-8 (byte {error.start}). Save it again as 'CSV UTF-8'."
        ) from error


def _joined(path: Path, rows: Iterable[_Row], roll: Roll) -> _Joined:
    """The row of each candidate, and who else is in the file."""
    joined: dict[str, _Row] = {}
    others: dict[str, int] = {}
    aside = 0
    for row in rows:
        name = row.cells.get(CANDIDATE, "")
        candidate = roll.ids.get(name)
        if candidate is None and name in roll.aside:
            aside += 1
            continue
        seen = others.get(name) if candidate is None else joined[candidate].line if candidate in joined else None
        if seen is not None:
            raise ConfigurationError(
                f"Lines {seen} and {row.line} of {str(path)!r} are both about candidate {name!r}. Keep one of them."
            )
        if candidate is None:
            others[name] = row.line
        else:
            joined[candidate] = row
    if others and not joined:
        # A file of another role, or ids in another form: every figure would be of nobody.
        told = ", ".join(f"{name!r} (line {line})" for name, line in list(others.items())[:_SHOWN])
        more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
        known = ", ".join(map(repr, sorted(roll.ids)[:_SHOWN]))
        raise ConfigurationError(
            f"{str(path)!r} names nobody of this screening: {told}{more}. "
            f"Use the names of shortlist.csv, such as {known}."
        )
    return _Joined(joined, aside, tuple(others))


def _spellings(cells: Iterable[str]) -> dict[str, str]:
    """The spelling to show of each value that says something, by its folded form."""
    counts = Counter(cell for cell in cells if _folded(cell) not in UNKNOWN)
    shown: dict[str, str] = {}
    for cell, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        shown.setdefault(_folded(cell), cell)
    return shown


def _folded(cell: str) -> str:
    return " ".join(cell.casefold().split())


def _clean(cell: str) -> str:
    kept = "".join(" " if unicodedata.category(letter) in {"Cc", "Cf", "Cs"} else letter for letter in cell)
    return unicodedata.normalize("NFC", " ".join(kept.split()))
