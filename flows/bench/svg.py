"""Small drawings as SVG text: axes, marks and labels that keep out of each other's way.

Colours come from the page's style by class, so that one drawing serves light, dark and paper. Everything that is not a
number is escaped.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from pipeline.reports.text import one_line

WIDTH = 360.0
"""Of every drawing, about as wide as a phone, so that its letters are as large there as on a desk."""
LETTER = 5.6
"""Mean width of a letter at the style's size."""
LINE = 11.0


class Scale(NamedTuple):
    """Values on one axis."""

    low: float
    high: float
    start: float
    """Where `low` lies in the drawing."""
    end: float
    rooted: bool = False
    """Stretched around zero by the square root, so that a move of one can be told from none beside one of thirty."""

    def at(self, value: float) -> float:
        """Place of a value; those outside lie on the edge."""
        value = min(max(value, self.low), self.high)
        low, high, own = (self._bent(one) for one in (self.low, self.high, value))
        return self.start + (own - low) / (high - low) * (self.end - self.start)

    def _bent(self, value: float) -> float:
        return math.copysign(math.sqrt(abs(value)), value) if self.rooted else value


class Box(NamedTuple):
    """An upright rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """Whether two of them overlap."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def drawing(parts: Iterable[str], *, height: float, id: str, title: str, description: str) -> Markup:
    """A whole drawing that a screen reader announces by its title and description.

    Args:
        parts: What the functions below make, back to front.
        height: In the units of `WIDTH`.
        id: Unique on the page.
        title: Its name.
        description: What is to be seen, in a sentence; the figures stand in a table beside it.
    """
    return Markup(
        f'<svg class="plot" viewBox="0 0 {_n(WIDTH)} {_n(height)}" role="img" aria-labelledby="{id}-t {id}-d">'
        f'<title id="{id}-t">{words(title)}</title><desc id="{id}-d">{words(description)}</desc>{"".join(parts)}</svg>'
    )


def words(text: str) -> str:
    """Text that is markup no more."""
    return str(escape(one_line(text)))


def text(x: float, y: float, content: str, *, kind: str = "", anchor: str = "start") -> str:
    """Letters on the line `y`."""
    shown = f' class="{kind}"' if kind else ""
    turned = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{_n(x)}" y="{_n(y)}"{shown}{turned}>{words(content)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, *, kind: str) -> str:
    """A straight line."""
    return f'<path class="{kind}" d="M{_n(x1)} {_n(y1)}L{_n(x2)} {_n(y2)}"/>'


def path(points: Sequence[tuple[float, float]], *, kind: str) -> str:
    """A line through points."""
    joined = "L".join(f"{_n(x)} {_n(y)}" for x, y in points)
    return f'<path class="{kind}" d="M{joined}"/>' if points else ""


def rect(box: Box, *, kind: str, hover: str = "", round: float = 0.0) -> str:
    """A filled rectangle."""
    corner = f' rx="{_n(round)}"' if round else ""
    size = f'width="{_n(max(box.right - box.left, 0.6))}" height="{_n(box.bottom - box.top)}"'
    return _closed(f'<rect class="{kind}" x="{_n(box.left)}" y="{_n(box.top)}" {size}{corner}', "rect", hover)


def dot(x: float, y: float, radius: float, *, kind: str, hover: str = "") -> str:
    """A round mark."""
    return _closed(f'<circle class="{kind}" cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"', "circle", hover)


def diamond(x: float, y: float, radius: float, *, kind: str, hover: str = "") -> str:
    """A mark that is told from a dot without its colour."""
    shape = f"M{_n(x)} {_n(y - radius)}L{_n(x + radius)} {_n(y)}L{_n(x)} {_n(y + radius)}L{_n(x - radius)} {_n(y)}Z"
    return _closed(f'<path class="{kind}" d="{shape}"', "path", hover)


def cross(x: float, y: float, radius: float, *, kind: str, hover: str = "") -> str:
    """A mark of what is wrong."""
    arms = f"M{_n(x - radius)} {_n(y - radius)}L{_n(x + radius)} {_n(y + radius)}"
    arms += f"M{_n(x - radius)} {_n(y + radius)}L{_n(x + radius)} {_n(y - radius)}"
    return _closed(f'<path class="{kind}" d="{arms}"', "path", hover)


def across(scale: Scale, ticks: Iterable[float], *, top: float, bottom: float, shown: str = "g") -> list[str]:
    """Upright grid lines with their values below."""
    parts = []
    for tick in ticks:
        x = scale.at(tick)
        parts += [
            line(x, top, x, bottom, kind="grid"),
            text(x, bottom + 13, f"{tick:{shown}}" if tick else "0", anchor="middle"),
        ]
    return parts


def upwards(scale: Scale, ticks: Iterable[float], *, left: float, right: float, shown: str = "g") -> list[str]:
    """Level grid lines with their values to the left."""
    parts = []
    for tick in ticks:
        y = scale.at(tick)
        parts += [line(left, y, right, y, kind="grid"), text(left - 5, y + 3.5, f"{tick:{shown}}", anchor="end")]
    return parts


def short(content: str, width: float) -> str:
    """Text cut so that it fits into a width."""
    plain = one_line(content)
    most = max(2, int(width / LETTER))
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def label_width(content: str) -> float:
    """How wide text is drawn, about."""
    return len(content) * LETTER


class Labels:
    """Puts labels beside points where nothing else stands, and leaves out those for which there is no room.

    Args:
        field: Where labels may stand.
        taken: What is there already, such as the points themselves.
    """

    def __init__(self, field: Box, taken: Iterable[Box]) -> None:
        self._field = field
        self._taken = list(taken)

    def place(self, x: float, y: float, content: str, *, gap: float = 6.0) -> str:
        """A label near a point, or nothing."""
        width = label_width(content)
        for left, base in (
            (x + gap, y + 3.5),
            (x - gap - width, y + 3.5),
            (x - width / 2, y - gap),
            (x - width / 2, y + gap + LINE - 3),
            (x + gap - 2, y - gap + 1),
            (x - gap + 2 - width, y - gap + 1),
            (x + gap - 2, y + gap + LINE - 4),
            (x - gap + 2 - width, y + gap + LINE - 4),
        ):
            box = Box(left, base - LINE + 2.5, left + width, base + 1.5)
            inside = (
                box.left >= self._field.left
                and box.right <= self._field.right
                and box.top >= self._field.top
                and box.bottom <= self._field.bottom
            )
            if inside and not any(box.meets(other) for other in self._taken):
                self._taken.append(box)
                return text(left, base, content, kind="name")
        return ""


def _closed(opening: str, name: str, hover: str) -> str:
    return f"{opening}><title>{words(hover)}</title></{name}>" if hover else f"{opening}/>"


def _n(value: float) -> str:
    return f"{round(value, 1):g}"
