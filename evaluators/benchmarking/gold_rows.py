"""The rows of one gold table, each with the line of the file that it begins in."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import ConfigurationError

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
"""What may part the cells: spreadsheets choose by the country they are set to."""


class GoldRow(NamedTuple):
    """One row."""

    line: int
    """Where it begins in the file, the head being line 1: a quote may go over several lines."""
    cells: dict[str, str]
    """By column; a cell that is not there is empty."""


def read_rows(path: Path, *, columns: Sequence[str]) -> tuple[GoldRow, ...]:
    """Read a table that has at least some columns; rows without any content are passed over.

    Raises:
        ConfigurationError: The file is no such table; the message names the line.
    """
    text = _text(path)
    head_line = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(SEPARATORS, key=head_line.count)
    records = _records(path, text, separator)
    _, head = next(records, (1, []))
    names = _names(path, head, columns)
    return tuple(GoldRow(line, _cells(path, line, cells, names, separator)) for line, cells in records)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{str(path)!r} cannot be read: {error.strerror}. Put a readable file there."
        ) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            f"{str(path)!r}, line {line}: the file is not UTF-8. Save it again as 'CSV UTF-8'."
        ) from error


def _records(path: Path, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    # Without `strict` a quotation mark that is never closed takes all rows below it into one cell.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    line = 1
    try:
        for cells in reader:
            kept = [cell.strip() for cell in cells]
            if any(kept):
                yield line, kept
            line = reader.line_num + 1
    except csv.Error as error:
        raise ConfigurationError(
            f"{str(path)!r}, line {line}: a cell that begins with a double quotation mark must end with one. Close it, "
            "and write marks inside it twice."
        ) from error


def _names(path: Path, head: list[str], columns: Sequence[str]) -> list[str]:
    if not head:
        raise ConfigurationError(f"{str(path)!r} is empty. Its first line must name the columns {', '.join(columns)}.")
    if missing := [column for column in columns if column not in head]:
        raise ConfigurationError(
            f"{str(path)!r} has no column {missing[0]!r}; its first line names {', '.join(filter(None, head))}. Name "
            f"there {', '.join(columns)}, parted by commas, semicolons or tabs."
        )
    if twice := [name for name, count in Counter(filter(None, head)).items() if count > 1]:
        raise ConfigurationError(f"{str(path)!r} has two columns {twice[0]!r}. Keep one of them.")
    return head


def _cells(path: Path, line: int, cells: list[str], names: list[str], separator: str) -> dict[str, str]:
    if any(cells[len(names) :]):
        raise ConfigurationError(
            f"{str(path)!r}, line {line}: there are {len(cells)} cells under {len(names)} columns. Put double "
            f"quotation marks around a text that holds a {SEPARATORS[separator]}."
        )
    given = dict(zip(names, cells, strict=False))
    return {name: given.get(name, "") for name in names if name}
