"""Where the lines of each column begin and end at most, seen over all pages."""

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from typing import TypeVar

from pipeline.documents.pdf_lines import Line

Key = TypeVar("Key", bound=Hashable)

_SAME_COLUMN = 8.0
_SAME_INDENT = 3.0
_FEWEST_LINES = 6
_DENSE = 0.3
_NEAR_EDGE = 0.06


def set_edges(lines: Sequence[Line], columns: Collection[int]) -> None:
    """Set `left` and `right` of every line; `columns` are the regions that are not as wide as the page."""
    widest = max((line.x1 for line in lines), default=0.0)
    for group in _grouped(lines, key=lambda line: line.region).values():
        left = min(min(line.x0, line.marker_x if line.marker is not None else line.x0) for line in group)
        for line in group:
            line.left = left
    by_column = _grouped(lines, key=lambda line: (line.region in columns, round(line.left / _SAME_COLUMN)))
    for (is_column, _), group in by_column.items():
        edge = max(line.x1 for line in group) if is_column else widest
        for indented in _grouped(group, key=lambda line: round(line.x0 / _SAME_INDENT)).values():
            own = _own_edge(indented)
            for line in indented:
                line.right = min(edge, own) if own is not None else edge


def _own_edge(lines: Sequence[Line]) -> float | None:
    """Return the edge of lines with one indent if they are wrapped there, as quotations are; else None."""
    if len(lines) < _FEWEST_LINES:
        return None
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    near = sum(right - line.x1 < _NEAR_EDGE * (right - left) for line in lines)
    return right if near >= _DENSE * len(lines) else None


def _grouped(lines: Iterable[Line], key: Callable[[Line], Key]) -> dict[Key, list[Line]]:
    groups: dict[Key, list[Line]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    return groups
