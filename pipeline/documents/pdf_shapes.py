"""What else is painted on a PDF page, and in which order: fills, pictures, shadings, clips."""

import ctypes
from collections.abc import Iterator
from typing import Literal, NamedTuple

import pypdfium2.raw as raw

from pipeline.documents.colours import Colour
from pipeline.documents.pdf_library import Calls
from pipeline.documents.pdf_words import PageFrame

ShapeKind = Literal["rectangle", "figure", "picture"]
"""`rectangle` fills its box evenly; of a `figure` or a `picture` only drawing it tells what it shows."""

_SMALLEST_SIDE = 2.5
"""Points; thinner shapes are rules and underlines and hide nothing."""
_OPTIONAL_CONTENT = "OC\0".encode("utf-16-le")
_MOST_OBJECTS = 60_000
_DEEPEST_FORM = 6
_RECTANGLE_SEGMENTS = (4, 5, 6)

Box = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float]


class Shape(NamedTuple):
    """Something that was painted."""

    order: int
    kind: ShapeKind
    box: Box
    """As seen: left, top, right, bottom."""
    colour: Colour | None


class PageContent(NamedTuple):
    """Order of painting for every text object, and the shapes large enough to matter."""

    order: dict[int, int]
    shapes: tuple[Shape, ...]
    marks: tuple[Box, ...]
    """Small filled figures, as some producers draw the dots of a list."""
    uncertain: frozenset[int]
    """Text objects in forms, layers or with transparency: only drawing them tells what is seen."""


class ContentReader:
    """Walks the objects of one page, forms included."""

    def __init__(self, calls: Calls, frame: PageFrame) -> None:
        self._calls = calls
        self._frame = frame
        self._order: dict[int, int] = {}
        self._shapes: list[Shape] = []
        self._marks: list[Box] = []
        self._uncertain: set[int] = set()
        self._floats = (ctypes.c_float * 6)()
        self._numbers = (ctypes.c_uint * 4)()
        self._integers = (ctypes.c_int * 2)()
        self._name = ctypes.create_string_buffer(32)
        self._next = 0

    def read(self, page: int) -> PageContent:
        """Return what is painted on a page."""
        count = self._calls.object_count(page)
        handles = (self._calls.object_at(page, number) for number in range(min(count, _MOST_OBJECTS)))
        self._walk(handles, (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), depth=0)
        return PageContent(self._order, tuple(self._shapes), tuple(self._marks), frozenset(self._uncertain))

    def _walk(self, handles: Iterator[int], matrix: Matrix, *, depth: int) -> None:
        for handle in handles:
            self._next += 1
            if self._next > _MOST_OBJECTS:
                return
            kind = self._calls.kind(handle)
            if kind == raw.FPDF_PAGEOBJ_TEXT:
                self._order[handle] = self._next
                # A form shows only what lies in its own box; a blend mode or a mask may leave nothing to see.
                if depth or self._calls.has_transparency(handle) or self._is_in_layer(handle):
                    self._uncertain.add(handle)
            elif kind == raw.FPDF_PAGEOBJ_FORM:
                if depth < _DEEPEST_FORM:
                    inner = (self._calls.inner_at(handle, number) for number in range(self._calls.inner_count(handle)))
                    self._walk(inner, _product(self._matrix(handle), matrix), depth=depth + 1)
            else:
                self._shape(handle, kind, matrix)

    def _is_in_layer(self, handle: int) -> bool:
        """True for content that is marked as optional, hence may be switched off."""
        buffer, length = self._name, ctypes.c_ulong()
        for number in range(self._calls.mark_count(handle)):
            mark = self._calls.mark_at(handle, number)
            self._calls.mark_name(mark, ctypes.addressof(buffer), len(buffer), ctypes.addressof(length))
            if buffer.raw[: length.value] == _OPTIONAL_CONTENT:
                return True
        return False

    def _matrix(self, handle: int) -> Matrix:
        if not self._calls.object_matrix(handle, ctypes.addressof(self._floats)):
            return (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
        a, b, c, d, e, f = self._floats
        return (a, b, c, d, e, f)

    def _shape(self, handle: int, kind: int, matrix: Matrix) -> None:
        base = ctypes.addressof(self._floats)
        if not self._calls.bounds(handle, base, base + 4, base + 8, base + 12):
            return
        left, bottom, right, top = self._floats[:4]
        corners = [_apply(matrix, x, y) for x in (left, right) for y in (bottom, top)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        box = self._frame.box(min(xs), min(ys), max(xs), max(ys))
        is_small = min(box[2] - box[0], box[3] - box[1]) < _SMALLEST_SIDE
        is_mark = max(box[2] - box[0], box[3] - box[1]) < 4 * _SMALLEST_SIDE
        if kind != raw.FPDF_PAGEOBJ_PATH:
            if not is_small:
                self._shapes.append(Shape(self._next, "picture", box, None))
            return
        if is_small and not is_mark:
            return
        base = ctypes.addressof(self._integers)
        self._calls.draw_mode(handle, base, base + 4)
        if is_mark:
            self._marks.append(box)
        if self._integers[0] == 0 or is_small:
            return
        colour = self._fill(handle)
        if colour is not None and colour.alpha == 0.0:
            return
        plain = colour is not None and self._is_rectangle(handle)
        self._shapes.append(Shape(self._next, "rectangle" if plain else "figure", box, colour))

    def _fill(self, handle: int) -> Colour | None:
        base = ctypes.addressof(self._numbers)
        if not self._calls.fill_colour(handle, base, base + 4, base + 8, base + 12):
            return None
        red, green, blue, alpha = self._numbers
        return Colour(red / 255, green / 255, blue / 255, alpha / 255)

    def _is_rectangle(self, handle: int) -> bool:
        count = self._calls.segment_count(handle)
        if count not in _RECTANGLE_SEGMENTS:
            return False
        xs, ys = set(), set()
        base = ctypes.addressof(self._floats)
        for number in range(count):
            segment = self._calls.segment_at(handle, number)
            if self._calls.segment_kind(segment) == raw.FPDF_SEGMENT_BEZIERTO:
                return False
            self._calls.segment_point(segment, base, base + 4)
            xs.add(round(self._floats[0], 1))
            ys.add(round(self._floats[1], 1))
        return len(xs) == 2 and len(ys) == 2


def clip_box(calls: Calls, handle: int, frame: PageFrame) -> Box | None:
    """Return the box that a text object may show through; None when it is not clipped."""
    clip = calls.clip_path(handle)
    count = calls.clip_count(clip) if clip else 0
    if count <= 0:
        return None
    floats = (ctypes.c_float * 2)()
    base = ctypes.addressof(floats)
    bounds = [-1e9, -1e9, 1e9, 1e9]
    for number in range(count):
        xs, ys = [], []
        for position in range(min(200, calls.clip_segment_count(clip, number))):
            calls.segment_point(calls.clip_segment_at(clip, number, position), base, base + 4)
            xs.append(floats[0])
            ys.append(floats[1])
        if xs:
            bounds = [
                max(bounds[0], min(xs)), max(bounds[1], min(ys)), min(bounds[2], max(xs)), min(bounds[3], max(ys)),
            ]  # fmt: skip
    if bounds[0] > bounds[2] or bounds[1] > bounds[3]:
        return (0.0, 0.0, 0.0, 0.0)
    return frame.box(bounds[0], bounds[1], bounds[2], bounds[3])


def _apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _product(inner: Matrix, outer: Matrix) -> Matrix:
    a, b, c, d, e, f = inner
    first, second = _apply(outer, e, f)
    zero = outer[4], outer[5]
    x = _apply(outer, a, b)
    y = _apply(outer, c, d)
    return (x[0] - zero[0], x[1] - zero[1], y[0] - zero[0], y[1] - zero[1], first, second)
