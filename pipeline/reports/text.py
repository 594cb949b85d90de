"""Candidates' text on its way out: never markup, never a formula, never a terminal command."""

import re
import unicodedata

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_DIRECTION = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_FORMULA_STARTS = frozenset("=+-@|%")
_SKIPPED_BY_SPREADSHEETS = "\"'`‘’“”«»"
_MAX_CELL = 32_000
"""Characters; spreadsheets cut or refuse cells above 32,767."""


def printable(text: str) -> str:
    """Text without control characters, each replaced by a visible mark; line breaks and tabs stay."""
    return _UNPRINTABLE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Printable text on one line that cannot turn the direction of what follows it."""
    return " ".join(_DIRECTION.sub("\ufffd", printable(text)).split())


def disarmed(text: str) -> str:
    """A cell that no spreadsheet runs.

    A cell runs if it starts with `=`, `+`, `-` or `@`; some programs skip blanks, quotes and
    invisible characters before it, and some read full-width signs as plain ones. Such cells get a
    leading apostrophe, which spreadsheets show as text.
    """
    cell = _DIRECTION.sub("\ufffd", printable(text)).replace("\t", " ")[:_MAX_CELL]
    first = next((char for char in unicodedata.normalize("NFKC", cell) if not _is_skipped(char)), "")
    return f"'{cell}" if first in _FORMULA_STARTS else cell


def _is_skipped(char: str) -> bool:
    return (
        char.isspace()
        or char == "\ufffd"
        or char in _SKIPPED_BY_SPREADSHEETS
        or unicodedata.category(char) in ("Cf", "Cc", "Mn")
    )
