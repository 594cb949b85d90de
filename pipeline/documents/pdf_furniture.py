"""Headers, footers and page numbers: what is printed on every page is read once."""

import re
from collections import Counter
from collections.abc import Sequence

from pipeline.documents.pdf_lines import Line

_EDGE_LINES = 3
_EDGE = 0.12
"""Share of the page height, at the top and at the foot, in which furniture stands."""
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"(?:page|seite|strona|p\.|pg\.?)?\s*[-\u2013|]?\s*\d{1,3}\s*(?:(?:of|von|/|\||z|de)\s*\d{1,3})?\s*[-\u2013|]?",
    re.I,
)
_NAMED_PAGE = re.compile(r"\b(?:page|seite|pagina|strona)\s+\d{1,3}\b", re.IGNORECASE)
_LONGEST_NAMED = 80


def without_furniture(pages: Sequence[list[Line]], heights: Sequence[float]) -> tuple[list[list[Line]], list[Line]]:
    """Return the lines of each page without what repeats, and the first copies of footers for the end."""
    edges = [_edge_lines(lines, height) for lines, height in zip(pages, heights, strict=True)]
    seen = Counter(key for lines in edges for key in {_key(line) for line in lines})
    repeated = {key for key, count in seen.items() if count >= 2 and count >= 0.5 * len(pages)}
    kept: list[list[Line]] = []
    footers: list[Line] = []
    used: set[tuple[str, int]] = set()
    for lines, edge, height in zip(pages, edges, heights, strict=True):
        marked = {id(line) for line in edge}
        page_lines: list[Line] = []
        for line in lines:
            key = _key(line)
            if id(line) not in marked:
                page_lines.append(line)
            elif _is_page_number(line, len(pages)):
                continue
            elif key not in repeated:
                page_lines.append(line)
            elif key not in used:
                used.add(key)
                if line.base > height / 2:
                    footers.append(line)
                else:
                    page_lines.append(line)
        kept.append(page_lines)
    return kept, footers


def _edge_lines(lines: list[Line], height: float) -> list[Line]:
    """Return the first and last few lines, as far as they stand near an edge."""
    ordered = sorted(lines, key=lambda line: line.base)
    top = [line for line in ordered[:_EDGE_LINES] if line.base < _EDGE * height]
    foot = [line for line in ordered[-_EDGE_LINES:] if line.base > (1 - _EDGE) * height]
    return top + [line for line in foot if line not in top]


def _key(line: Line) -> tuple[str, int]:
    return _DIGITS.sub("#", line.text), round(line.base / 4)


def _is_page_number(line: Line, pages: int) -> bool:
    text = line.text.strip()
    if _PAGE_NUMBER.fullmatch(text):
        numbers = [int(number) for number in _DIGITS.findall(text)]
        return bool(numbers) and numbers[0] <= pages + 1
    return len(text) <= _LONGEST_NAMED and bool(_NAMED_PAGE.search(text))
