"""How lines begin that their author began: a line of the same look begins something too, even after a full line."""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from pipeline.documents.pdf_lines import Line
from pipeline.documents.pdf_measures import SLIGHTLY_LOOSE, gap_between, had_room

Look = Literal["label", "dated", "place_and_dates", "capitals", "bracket", "arrow"]

_FEWEST: dict[Look, int] = {
    "label": 2, "dated": 1, "place_and_dates": 1, "capitals": 2, "bracket": 1, "arrow": 1,
}  # fmt: skip
"""Lines of a look that the author is seen to have begun, from which others of it are taken for begun as well."""

_YEAR = r"(?:19|20)\d\d"
_LATER = rf"(?:{_YEAR}|\d\d(?!\d)|present|now|today|date|current)"
_MONTH = r"(?:\d{1,2}[./]|[A-Z][a-z]{2,8}\.? )?"
_RANGE = rf"{_MONTH}{_YEAR}\s*(?:[-\u2013\u2014\u2192]|to|until|till)\s*(?:to )?{_MONTH}{_LATER}"
_LOOKS: tuple[tuple[Look, re.Pattern[str]], ...] = (
    ("place_and_dates", re.compile(rf"[A-Z][\w'.-]+(?: [A-Z][\w'.-]+)?(?:, [A-Z][\w.]+)?[,|\u00b7 ]+{_RANGE}\)?")),
    ("dated", re.compile(rf"{_RANGE}\b.*", re.IGNORECASE)),
    ("capitals", re.compile(r"(?=.*[A-Z]{4})[A-Z][A-Z &/'\u2019?-]*")),
    ("label", re.compile(r"[A-Z][\w'/-]*(?: (?:[&+/,] )?[A-Z][\w'/-]*){0,3}: .*")),
    ("bracket", re.compile(r"\[[^\]]{2,40}\] .*")),
    ("arrow", re.compile(r"(?:[\u2192\u00bb>]|->|=>) .*")),
)
_GOES_ON = re.compile(
    r"(?:[,;&|/\u00b7(\[+\u2013\u2014-]"
    r"|\b(?:a|an|and|at|between|by|during|for|from|in|into|of|on|or|over|since|than|the|through|till|to|until|was|were|with))$",
    re.IGNORECASE,
)
_MOST_HEADER_LINES = 3
_SENTENCE_END = re.compile(r"[.!?:]$")
_APART = re.compile(r" [|\u00b7\u2022](?: |$)")
# Bounded: a line may be one token of a million letters.
_ADDRESS = re.compile(r"[^\s@|,;]{1,64}@[^\s@|,;]{1,250}\.[a-z]{2,}")


class Openings:
    """Taken once over all lines of a document."""

    def __init__(self, lines: Sequence[Line], pitch: float) -> None:
        seen: Counter[Look] = Counter()
        for before, line in itertools.pairwise(lines):
            look = _look(line)
            if look is not None and (had_room(before, line) or gap_between(before, line) > SLIGHTLY_LOOSE * pitch):
                seen[look] += 1
        self._known = {look for look, count in seen.items() if count >= _FEWEST[look]}

    def begins(self, block: Sequence[Line], line: Line) -> bool:
        """True if a line begins something although the last line of the block before it is full."""
        before = block[-1]
        if "capitals" in self._known and (_look(before) == "capitals") != (_look(line) == "capitals"):
            return True
        if _GOES_ON.search(before.text):
            return False
        if _is_contact(before, line) or _look(line) in self._known:
            return True
        # "2013-2017 Rosedale Works (bus tickets)" and below it what the person was there.
        is_header = _look(block[0]) == "dated" and before.text.endswith(")") and len(block) < _MOST_HEADER_LINES
        return is_header and line.text[:1].isupper()


def _is_contact(before: Line, line: Line) -> bool:
    """True for contact details below a line that holds none; nobody sets an address into running text."""
    if _SENTENCE_END.search(before.text) or _ADDRESS.search(before.text):
        return False
    return bool(_ADDRESS.search(line.text)) or (
        line.page == 1 and bool(_APART.search(line.text)) and not _APART.search(before.text)
    )


def _look(line: Line) -> Look | None:
    return next((look for look, pattern in _LOOKS if pattern.fullmatch(line.text)), None)
