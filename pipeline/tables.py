"""Tables about candidates that people wrote in a spreadsheet: read alike wherever they are taken."""

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import ConfigurationError

CANDIDATE = "candidate"


class Row(NamedTuple):
    """One line under the header."""

    line: int
    cells: Mapping[str, str]
    """By column as the header spells it; `candidate` always so."""


class Names:
    """Finds candidates by the names that a file may use for them.

    As they are spelled, or without case, blanks and punctuation where that is still one candidate: spreadsheets and
    other systems write `P0040` where a folder is called `p-0040`.

    Args:
        ids: The candidate by every spelling that is known.
        aside: Names of submissions that were set aside; however alike they look, they are no candidate's.
    """

    def __init__(self, ids: Mapping[str, str], *, aside: Collection[str] = ()) -> None:
        self._exact = dict(ids)
        self._aside = frozenset(aside)
        loose: dict[str, set[str]] = {}
        for name, candidate in ids.items():
            loose.setdefault(plain(name), set()).add(candidate)
        self._loose = {name: min(own) for name, own in loose.items() if name and len(own) == 1}

    def find(self, name: str) -> str | None:
        """The candidate of this name, None if there is none or more than one."""
        if name in self._exact or name in self._aside:
            return self._exact.get(name)
        return self._loose.get(plain(name))


def plain(text: str) -> str:
    """Letters and digits alone, without case."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def folded(cell: str) -> str:
    """Without case, and with single blanks."""
    return " ".join(cell.casefold().split())


def read_table(path: Path) -> tuple[list[str], list[Row]]:
    """Header and rows; commas, semicolons or tabs part the cells.

    Raises:
        ConfigurationError: The file cannot be read, or is no table with a column `candidate`.
    """
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
        rows.append(Row(line, dict(zip((_key(name) for name in header), cells, strict=False))))
    return header, rows


def _key(name: str) -> str:
    return CANDIDATE if name.casefold() == CANDIDATE else name


def _check_header(path: Path, header: Sequence[str]) -> None:
    lowered = [name.casefold() for name in header]
    if CANDIDATE not in lowered:
        raise ConfigurationError(
            f"{str(path)!r} has no column {CANDIDATE!r}; it has {', '.join(map(repr, header))}. "
            "Name the column that holds the folder name or file stem of each candidate so."
        )
    if "" in lowered:
        raise ConfigurationError(f"Column {lowered.index('') + 1} of {str(path)!r} has no name. Give it one.")
    twice = [name for name, count in Counter(lowered).items() if count > 1]
    if twice:
        raise ConfigurationError(f"{str(path)!r} has two columns {twice[0]!r}. Keep one of them.")


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{str(path)!r} cannot be read: {error.strerror}. Check its name, or name another file."
        ) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{str(path)!r} is not UTF-8 (byte {error.start}). Save it again as 'CSV UTF-8'."
        ) from error


def _clean(cell: str) -> str:
    kept = "".join(" " if unicodedata.category(letter) in {"Cc", "Cf", "Cs"} else letter for letter in cell)
    return unicodedata.normalize("NFC", " ".join(kept.split()))
