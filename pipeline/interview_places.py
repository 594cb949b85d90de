"""Places in a candidate's own files: where a quote stands, and where a change of requirement would bite."""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from pipeline.interview_models import KitBlock, KitFile, KitLine
from pipeline.models.report import ReportedQuote

FileKind = Literal["source", "tests", "schema", "notes"]

BEFORE: Final = 6
AFTER: Final = 6
"""Lines around the one that is meant; a screen and a sheet of paper hold so many beside the question."""
_MOST_CHARS: Final = 200_000
"""Of a file that is looked through; what is longer was hardly written by hand."""
_NEAR: Final = 12
"""Lines within which a quote vouches for a place: somebody found something there."""
_TESTS: Final = re.compile(
    r"(?:^|[/_.\-])(?:tests?|specs?|__tests__)(?:[/_.\-]|$)|\btest_|(?-i:Tests?\.|Spec\.)", re.IGNORECASE
)
_TEST_CODE: Final = re.compile(
    r"@Test\b|\[(?:Fact|Theory|Test)\]|#\[test\]|\bdef test_|\bfunc Test|\b(?:describe|test|it)\(\s*[\"'`]"
)
_SCHEMA: Final = re.compile(r"\.(?:sql|proto|prisma|graphql|avsc|xsd)$", re.IGNORECASE)
_IDLE: Final = re.compile(r"^\s*(?:import|from\s+\S+\s+import|package|using|#include|require|}|\)|\*|//|#)|^\s*$")


class Found(NamedTuple):
    """A line of a file."""

    file: KitFile
    block: int
    offset: int
    """Of the line in its block, from 0."""

    @property
    def line(self) -> int:
        """From 1; 0 when the format knows none."""
        start = self.file.blocks[self.block].line
        return start + self.offset if start else 0

    @property
    def place(self) -> str:
        """As reports write it."""
        return f"line {self.line}" if self.line else ""


def kind_of(file: KitFile) -> FileKind:
    """What a file of a take-home is for, told from its name and what it holds."""
    if _SCHEMA.search(file.name):
        return "schema"
    if not any(block.is_code for block in file.blocks):
        return "notes"
    text = "\n".join(block.text for block in file.blocks if block.is_code)
    # While names are covered, a test can be told from its text alone.
    return "tests" if _TESTS.search(file.name) or _TEST_CODE.search(text) else "source"


def quoted(files: Sequence[KitFile], quote: ReportedQuote) -> Found | None:
    """Where a quote begins, to the line; None if its file is not here or no longer holds it."""
    file = next((one for one in files if one.name == quote.document), None)
    first = next((_squeezed(line) for line in quote.quote.splitlines() if line.strip()), "")
    if file is None or not first:
        return None
    found = [
        Found(file, n, offset)
        for n, block in enumerate(file.blocks)
        for offset, line in enumerate(block.text.splitlines())
        if first in _squeezed(line)
    ]
    return next((one for one in found if one.place == quote.place), found[0] if found else None)


def biting(
    files: Sequence[KitFile], look: str, kinds: Collection[str], *, vouched: Sequence[Found], not_in: str = ""
) -> Found | None:
    """The line of a take-home where a change would bite hardest.

    Args:
        files: The candidate's.
        look: What such a line holds.
        kinds: Of file, the wanted first.
        vouched: Lines that were quoted; a place near one of them is preferred.
        not_in: Name of a file to leave out.
    """
    order = {kind: n for n, kind in enumerate(kinds)}
    best: tuple[tuple[int, int, int], Found] | None = None
    for file in files:
        if not file.is_takehome or file.name == not_in or (kind := kind_of(file)) not in order:
            continue
        if sum(len(block.text) for block in file.blocks) > _MOST_CHARS:
            continue
        for found in _lines(file, look, prose=kind == "notes"):
            near = any(one.file is file and abs(one.line - found.line) <= _NEAR for one in vouched)
            around = _window(file.blocks[found.block], found.offset)
            # The wanted kind of file, then what was quoted near, then where most of it comes together.
            score = (-order[kind], int(near), sum(bool(_pattern(look).search(line)) for line in around))
            if best is None or score > best[0]:
                best = score, found
    return best[1] if best else None


def shown_lines(found: Found) -> tuple[KitLine, ...]:
    """The line with the code around it; comments stand apart from code, so their numbers are left out."""
    if not found.line or not found.file.blocks[found.block].is_code:
        return ()
    numbered = {
        block.line + n: text
        for block in found.file.blocks
        if block.is_code and block.line
        for n, text in enumerate(block.text.splitlines())
    }
    around = [n for n in sorted(numbered) if found.line - BEFORE <= n <= found.line + AFTER]
    while around and not numbered[around[0]].strip():
        del around[0]
    while around and not numbered[around[-1]].strip():
        del around[-1]
    return tuple(KitLine(number=n, text=numbered[n].expandtabs(4), meant=n == found.line) for n in around)


def line_of(found: Found) -> str:
    """The line itself, without its indent."""
    return found.file.blocks[found.block].text.splitlines()[found.offset].strip()


def _lines(file: KitFile, look: str, *, prose: bool) -> Iterator[Found]:
    for n, block in enumerate(file.blocks):
        if block.is_code == prose:
            continue
        for offset, line in enumerate(block.text.splitlines()):
            if offset not in block.given and not _IDLE.match(line) and _pattern(look).search(line):
                yield Found(file, n, offset)


def _window(block: KitBlock, offset: int) -> Sequence[str]:
    return block.text.splitlines()[max(0, offset - BEFORE) : offset + AFTER + 1]


def _squeezed(text: str) -> str:
    return "".join(text.split())


@lru_cache(maxsize=64)
def _pattern(look: str) -> re.Pattern[str]:
    return re.compile(look, re.IGNORECASE)
