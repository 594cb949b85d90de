"""Reads `candidates.csv`: name, e-mail, channel and date of receipt by file or folder."""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

_MAX_ROWS = 200_000
_MAX_CELL = 300
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


class CandidateTable(NamedTuple):
    """The usable rows and what is wrong with the others."""

    rows: tuple[CandidateRow, ...] = ()
    problems: tuple[RowProblem, ...] = ()


def read_candidate_table(content: bytes) -> CandidateTable:
    """Read the file; commas, semicolons or tabs, columns in any order, with or without a BOM."""
    text = _decoded(content)
    try:
        records = list(_records(text))
    except csv.Error as error:
        return CandidateTable(problems=(RowProblem(1, f"The file is no CSV ({error}); no row of it was used."),))
    if not records:
        return CandidateTable(problems=(RowProblem(1, "The file is empty."),))
    (header_line, header), *lines = records
    columns, problems = _columns(header_line, header)
    if "key" not in columns:
        cause = f"No column 'file' or 'folder' among {header!r}; no row of the file was used."
        return CandidateTable(problems=(RowProblem(header_line, cause),))
    rows: list[CandidateRow] = []
    for line, cells in lines[:_MAX_ROWS]:
        row = _row(line, cells, columns=columns, width=len(header), problems=problems)
        if row is not None:
            rows.append(row)
    if len(lines) > _MAX_ROWS:
        problems.append(RowProblem(lines[_MAX_ROWS][0], f"Only the first {_MAX_ROWS} rows are read."))
    return CandidateTable(tuple(rows), tuple(problems))


def match_rows(
    table: CandidateTable, names: Mapping[str, str]
) -> tuple[dict[str, CandidateRow], tuple[RowProblem, ...]]:
    """Give each row to the candidate it names.

    Args:
        table: The rows.
        names: Top-level file or folder name by candidate.

    Returns:
        The row of each candidate that has one, and a problem for each row that fits nobody,
        several candidates, or one that has a row already.
    """
    by_key = _keys(names)
    matched: dict[str, CandidateRow] = {}
    problems: list[RowProblem] = []
    for row in table.rows:
        candidates = next((by_key[key] for key in _spellings(row.key) if key in by_key), frozenset[str]())
        if not candidates:
            problems.append(RowProblem(row.line, f"{row.key!r} is no file or folder of this batch."))
        elif len(candidates) > 1:
            cause = f"{row.key!r} fits {sorted(candidates)}; write the whole file name."
            problems.append(RowProblem(row.line, cause))
        elif (candidate := min(candidates)) in matched:
            cause = f"{row.key!r} stands in line {matched[candidate].line} already; this line was not used."
            problems.append(RowProblem(row.line, cause))
        else:
            matched[candidate] = row
    return matched, tuple(problems)


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
    problems = [RowProblem(line, f"Columns that are not used: {', '.join(map(repr, unknown))}.")] if unknown else []
    return columns, problems


def _row(
    line: int, cells: list[str], *, columns: Mapping[str, int], width: int, problems: list[RowProblem]
) -> CandidateRow | None:
    if any(cells[width:]):
        problems.append(RowProblem(line, f"{len(cells)} cells under {width} columns; put quotes around a comma."))
        return None
    value = {column: cells[index] for column, index in columns.items() if index < len(cells) and cells[index]}
    if "key" not in value:
        problems.append(RowProblem(line, "The column 'file' or 'folder' is empty."))
        return None
    email = value.get("email")
    if email is not None and not _EMAIL.fullmatch(email):
        problems.append(RowProblem(line, f"{email!r} is no e-mail address; the rest of the line was used."))
        email = None
    received = value.get("received")
    if received is not None and received_at(received) is None:
        problems.append(RowProblem(line, f"{received!r} is no date like 2026-03-31; the rest of the line was used."))
        received = None
    return CandidateRow(
        line=line,
        key=value["key"],
        name=value.get("name"),
        email=email.casefold() if email else None,
        channel=value.get("channel"),
        received=received,
    )


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
