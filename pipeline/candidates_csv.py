"""Reads `candidates.csv`: name, e-mail, channel and date of receipt by file or folder."""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

from pipeline.phrases import shortened

MAX_ROWS = 20_000
MAX_BYTES = 2_000_000
"""A larger table is none of candidates: every page about files would wait for it."""
_MAX_PROBLEMS = 50
"""Of one table; of the others only the number is told."""
_NAMED = 3
"""Rows that fit nobody are named up to here."""
_MAX_CELL = 300
_SHOWN_CELLS, _SHOWN_CELL = 6, 60
"""Of a header in a sentence: how many cells, and characters of each."""
_COLUMNS = {
    "key": ("file", "folder", "file or folder", "file/folder", "candidate", "filename", "file name", "id"),
    "name": ("name", "full name", "candidate name"),
    "email": ("e-mail", "email", "mail", "e-mail address", "email address"),
    "channel": ("channel", "source"),
    "received": ("received", "date", "received at", "received on", "date received"),
}
_COLUMN_OF = {header: column for column, headers in _COLUMNS.items() for header in headers}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class CandidateRow(NamedTuple):
    """What `candidates.csv` says of one candidate."""

    line: int
    key: str
    """File or folder, as written."""
    name: str | None = None
    email: str | None = None
    """Lower case."""
    channel: str | None = None
    received: str | None = None
    """As written; `received_at` reads it."""


class RowProblem(NamedTuple):
    """A line, or a part of one, that could not be used."""

    line: int
    cause: str
    without_names: str
    """The cause without what stands in the table, for who must not see names."""


class CandidateTable(NamedTuple):
    """The usable rows and what is wrong with the others."""

    rows: tuple[CandidateRow, ...] = ()
    problems: tuple[RowProblem, ...] = ()


def read_candidate_table(content: bytes, *, whole: bool = False) -> CandidateTable:
    """Read the file; commas, semicolons or tabs, columns in any order, with or without a BOM.

    Args:
        content: The bytes of the file.
        whole: Read it however large it is, as erasing somebody must.
    """
    if len(content) > MAX_BYTES and not whole:
        cause = (
            f"The table has {len(content) / 1_000_000:.1f} MB; at most {MAX_BYTES // 1_000_000} MB are read, and no "
            "row of it was used. Delete the rows of people who are not in this batch, or columns that are not needed."
        )
        return CandidateTable(problems=(_said(1, cause),))
    text = _decoded(content)
    try:
        records = list(_records(text) if whole else islice(_records(text), MAX_ROWS + 2))
    except csv.Error as error:
        return CandidateTable(problems=(_said(1, f"The file is no CSV ({error}); no row of it was used."),))
    if not records:
        return CandidateTable(problems=(_said(1, "The file is empty."),))
    (header_line, header), *lines = records
    columns, problems = _columns(header_line, header)
    if "key" not in columns:
        return CandidateTable(problems=(_no_key(header_line, header),))
    rows: list[CandidateRow] = []
    for line, cells in lines if whole else lines[:MAX_ROWS]:
        row = _row(line, cells, columns=columns, width=len(header), problems=problems)
        if row is not None:
            rows.append(row)
    problems = _few(problems)
    if len(lines) > MAX_ROWS and not whole:
        cause = (
            f"Only the first {MAX_ROWS:,} rows are read; those from this line on were not used. "
            "Delete the rows of people who are not in this batch."
        )
        problems.append(_said(lines[MAX_ROWS][0], cause))
    return CandidateTable(tuple(rows), tuple(problems))


def match_rows(
    table: CandidateTable, names: Mapping[str, str]
) -> tuple[dict[str, CandidateRow], tuple[RowProblem, ...]]:
    """Give each row to the candidate it names.

    Args:
        table: The rows.
        names: Top-level file or folder name by candidate.

    Returns:
        The row of each candidate that has one, one problem for all rows that fit nobody, and one for
        each that fits several candidates, or one that has a row already.
    """
    by_key = _keys(names)
    matched: dict[str, CandidateRow] = {}
    problems: list[RowProblem] = []
    nobodys: list[CandidateRow] = []
    for row in table.rows:
        candidates = next((by_key[key] for key in _spellings(row.key) if key in by_key), frozenset[str]())
        if not candidates:
            nobodys.append(row)
        elif len(candidates) > 1:
            cause = f"{row.key!r} fits {sorted(candidates)}; write the whole file name."
            blind = "A row of candidates.csv fits several candidates; write the whole file name."
            problems.append(RowProblem(row.line, cause, blind))
        elif (candidate := min(candidates)) in matched:
            earlier = f"in line {matched[candidate].line} already; this line was not used."
            problems.append(RowProblem(row.line, f"{row.key!r} stands {earlier}", f"The candidate stands {earlier}"))
        else:
            matched[candidate] = row
    return matched, (*_of_nobody(nobodys), *_few(problems))


def _of_nobody(rows: Sequence[CandidateRow]) -> Iterator[RowProblem]:
    """One problem for all rows that fit nobody: a table of a whole system may hold thousands."""
    if not rows:
        return
    if len(rows) == 1:
        cause = f"{rows[0].key!r} is no file or folder of this batch."
        yield RowProblem(rows[0].line, cause, "A row of candidates.csv names nobody of this batch.")
        return
    named = ", ".join(repr(row.key) for row in rows[:_NAMED])
    more = f" and {len(rows) - _NAMED:,} more" if len(rows) > _NAMED else ""
    cause = f"{len(rows):,} rows name no file or folder of this batch, this one first: {named}{more}."
    blind = f"{len(rows):,} rows of candidates.csv name nobody of this batch, this one first."
    yield RowProblem(rows[0].line, cause, blind)


def _few(problems: Sequence[RowProblem]) -> list[RowProblem]:
    """The first problems, and how many more there are."""
    if len(problems) <= _MAX_PROBLEMS:
        return list(problems)
    rest = problems[_MAX_PROBLEMS:]
    return [*problems[:_MAX_PROBLEMS], _said(rest[0].line, f"{len(rest):,} more lines, from this one on, have faults.")]


def _said(line: int, cause: str) -> RowProblem:
    """A problem whose cause repeats nothing of the table."""
    return RowProblem(line, cause, cause)


def _no_key(line: int, header: Sequence[str]) -> RowProblem:
    found = _shown_cells(header)
    cause = f"No column 'file' or 'folder' among {found}; no row of the file was used."
    return RowProblem(line, cause, "It has no column of files or folders; no row of it was used.")


def _shown_cells(cells: Sequence[str]) -> str:
    """The first cells, each short, in a sentence: a file that is no table has no cells that anybody can read."""
    shown = [repr(shortened(cell, _SHOWN_CELL)) for cell in cells[:_SHOWN_CELLS]]
    return ", ".join(shown) + (f" and {len(cells) - _SHOWN_CELLS:,} more" if len(cells) > _SHOWN_CELLS else "")


def received_at(received: str | None) -> datetime | None:
    """Return an ISO date or date-time as a moment (UTC unless it says otherwise), None if it is neither."""
    if not received:
        return None
    try:
        moment = datetime.fromisoformat(received)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What a spreadsheet on Windows writes when it is not asked for Unicode.
        return content.decode("cp1252", "replace")


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line number and the cells of each record that is not blank."""
    text = text.replace("\0", "")
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    line = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield line, [_clean(cell) for cell in cells]
        line = reader.line_num + 1


def _clean(cell: str) -> str:
    kept = "".join(" " if unicodedata.category(letter) in {"Cc", "Cf", "Cs"} else letter for letter in cell)
    return unicodedata.normalize("NFC", " ".join(kept.split()))[:_MAX_CELL]


def _columns(line: int, header: list[str]) -> tuple[dict[str, int], list[RowProblem]]:
    columns: dict[str, int] = {}
    unknown: list[str] = []
    for index, title in enumerate(header):
        column = _COLUMN_OF.get(title.casefold().replace("_", " "))
        if column is None:
            unknown.extend([title] if title else [])
        elif column in columns:
            unknown.append(title)
        else:
            columns[column] = index
    if not unknown:
        return columns, []
    return columns, [RowProblem(line, f"Columns that are not used: {_shown_cells(unknown)}.", "It has unused columns.")]


def _row(
    line: int, cells: list[str], *, columns: Mapping[str, int], width: int, problems: list[RowProblem]
) -> CandidateRow | None:
    if any(cells[width:]):
        problems.append(_said(line, f"{len(cells)} cells under {width} columns; put quotes around a comma."))
        return None
    value = {column: cells[index] for column, index in columns.items() if index < len(cells) and cells[index]}
    if "key" not in value:
        problems.append(_said(line, "The column of files or folders is empty."))
        return None
    email = value.get("email")
    if email is not None and not _EMAIL.fullmatch(email):
        problems.append(_unusable(line, email, "is no e-mail address"))
        email = None
    received = value.get("received")
    if received is not None and received_at(received) is None:
        problems.append(_unusable(line, received, "is no date like 2026-03-31"))
        received = None
    return CandidateRow(
        line=line,
        key=value["key"],
        name=value.get("name"),
        email=email.casefold() if email else None,
        channel=value.get("channel"),
        received=received,
    )


def _unusable(line: int, cell: str, why: str) -> RowProblem:
    told = f"{why}; the rest of the line was used."
    return RowProblem(line, f"{shortened(cell, _SHOWN_CELL)!r} {told}", f"What stands there {told}")


def _keys(names: Mapping[str, str]) -> dict[str, Collection[str]]:
    """Return which candidates each spelling of a file, folder or candidate name may mean."""
    keys: dict[str, set[str]] = {}
    for candidate, name in names.items():
        for key in {candidate, name, name.rpartition(".")[0] or name}:
            keys.setdefault(key, set()).add(candidate)
            keys.setdefault(key.casefold(), set()).add(candidate)
    # A candidate's own name is never ambiguous, even if it is the stem of somebody else's file.
    exact: dict[str, Collection[str]] = {**keys, **{name: {candidate} for candidate, name in names.items()}}
    return {**exact, **{candidate: {candidate} for candidate in names}}


def _spellings(key: str) -> Iterator[str]:
    flat = key.replace("\\", "/").strip("/")
    for spelling in (flat, flat.removeprefix("./"), flat.rpartition("/")[2], flat.partition("/")[0]):
        yield spelling
        yield spelling.casefold()
