"""The words of a PDF page with their boxes and looks, in content order, before anything is judged."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from pipeline.documents.colours import BLACK, Colour
from pipeline.documents.pdf_library import Calls, address

_WORD_GAP = 0.16
"""Share of the font size; word spaces are 0.2 to 0.35, kerning and tracking as a rule below 0.1."""
_GUESSED_GAP = 0.06
"""The same where PDFium guesses a space."""
_LINE_SHIFT = 0.25
_SLANT = 0.2
_HYPHEN_AT_LINE_END = 0x02
"""PDFium's own mark; the page shows a hyphen."""
_REPLACED = {_HYPHEN_AT_LINE_END: "-", 0xFFFE: "-", 0xFFFF: "", 0x00: ""}
_BOLD_WEIGHT = 600
_BOLD_NAMES = ("bold", "black", "heavy", "semibold", "demi")


class Face(NamedTuple):
    """How a text object sets its letters."""

    size: float
    """Rendered, in points."""
    bold: bool
    colour: Colour
    """The colour that is seen: fill, or stroke where only that is drawn."""
    mode: int
    """PDF text rendering mode, 0 to 7."""
    turn: int | None
    """Quarter turns clockwise that would make the text upright; None for slanted text."""
    is_outlined: bool
    """True for letters whose outline has another colour than their inside."""

    @property
    def upright(self) -> bool:
        """True for text that runs from left to right."""
        return self.turn == 0


@dataclass(slots=True)
class Word:
    """A piece of a line without spaces; boxes are in points from the top left of the visible page."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    base: float
    face: Face
    spaced: bool
    """True if the content itself has a space before it."""
    glued: bool
    """True if it belongs to the word before it, and only looks different."""
    object: int
    page: int
    drawn: float = 1.0
    """Smallest share of its advance that the glyphs fill; 0 for glyphs that draw nothing."""


class PageFrame(NamedTuple):
    """Turns PDF coordinates into those of the visible page."""

    left: float
    bottom: float
    width: float
    height: float
    rotation: int
    """Quarter turns clockwise."""
    turn: int = 0
    """How many of them are not the page's own, but make its text upright."""

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as shown."""
        return (self.height, self.width) if self.rotation % 2 else (self.width, self.height)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return a point as seen: from the left and from the top."""
        x, y = x - self.left, y - self.bottom
        if self.rotation == 1:
            return y, x
        if self.rotation == 2:
            return self.width - x, y
        if self.rotation == 3:
            return self.height - y, self.width - x
        return x, self.height - y

    def box(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        """Return a box as seen: left, top, right, bottom."""
        x0, y0 = self.point(left, bottom)
        x1, y1 = self.point(right, top)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


class FaceReader:
    """Looks up faces; fonts and objects repeat, so what was found is kept for the page."""

    def __init__(self, calls: Calls, text_page: int, rotation: int) -> None:
        self._calls = calls
        self._text_page = text_page
        self._rotation = rotation
        self._fonts: dict[int, bool] = {}
        self._faces: dict[int, Face] = {}
        self._numbers = (ctypes.c_uint * 4)()
        self._matrix = (ctypes.c_float * 6)()

    def face(self, text_object: int, index: int) -> Face:
        """Return the face of a text object that sets the character at an index."""
        face = self._faces.get(text_object)
        if face is None:
            face = self._faces[text_object] = self._read(text_object, index)
        return face

    def _read(self, text_object: int, index: int) -> Face:
        calls = self._calls
        calls.matrix(self._text_page, index, ctypes.addressof(self._matrix))
        a, b, c, d = self._matrix[:4]
        font_size = calls.font_size(self._text_page, index)
        size = abs(font_size) * (c * c + d * d) ** 0.5
        turn = _turn(a, b, self._rotation) if font_size >= 0 else _turn(-a, -b, self._rotation)
        font = calls.font(text_object) or 0
        if font not in self._fonts:
            self._fonts[font] = self._is_bold(font)
        mode = calls.render_mode(text_object)
        colour = self._colour(text_object, stroke=mode in (1, 5))
        is_outlined = mode in (2, 6) and self._colour(text_object, stroke=True) != colour
        return Face(round(size, 2), self._fonts[font] or mode == 2, colour, mode, turn, is_outlined)

    def _is_bold(self, font: int) -> bool:
        if not font:
            return False
        buffer = ctypes.create_string_buffer(256)
        self._calls.font_name(font, ctypes.addressof(buffer), 256)
        name = buffer.value.decode("utf-8", errors="replace").lower()
        return any(mark in name for mark in _BOLD_NAMES) or self._calls.font_weight(font) >= _BOLD_WEIGHT

    def _colour(self, text_object: int, *, stroke: bool) -> Colour:
        base = ctypes.addressof(self._numbers)
        call = self._calls.stroke_colour if stroke else self._calls.fill_colour
        if not call(text_object, base, base + 4, base + 8, base + 12):
            return BLACK
        red, green, blue, alpha = self._numbers
        return Colour(red / 255, green / 255, blue / 255, alpha / 255)


def _turn(a: float, b: float, rotation: int) -> int | None:
    """Return the turn that makes text along the vector (a, b) run from left to right on the page as shown."""
    across, down = ((a, -b), (b, a), (-a, b), (-b, -a))[rotation]
    if abs(down) < _SLANT * abs(across):
        return 0 if across > 0 else 2
    if abs(across) < _SLANT * abs(down):
        return 3 if down > 0 else 1
    return None


def words_of_page(calls: Calls, text_page: Any, *, frame: PageFrame, page: int, count: int) -> Iterator[Word]:
    """Yield the words of a page in content order; a space, a gap, a new line or another look ends a word."""
    handle = address(text_page)
    faces = FaceReader(calls, handle, frame.rotation)
    box = (ctypes.c_float * 4)()
    origin = (ctypes.c_double * 2)()
    box_at, origin_at = ctypes.addressof(box), ctypes.addressof(origin)
    word: Word | None = None
    spaced = guessed = True
    for index in range(count):
        text_object = calls.text_object(handle, index)
        if not text_object:
            guessed = True  # a space or a line end that PDFium guesses from the gap
            continue
        code = calls.character(handle, index)
        text = _REPLACED[code] if code in _REPLACED else _character(code)
        if not text or text.isspace():
            spaced = spaced or bool(text)
            continue
        calls.loose_box(handle, index, box_at)
        calls.origin(handle, index, origin_at, origin_at + 8)
        # FS_RECTF: left, top, right, bottom.
        x0, top, x1, bottom = frame.box(box[0], box[3], box[2], box[1])
        _, base = frame.point(origin[0], origin[1])
        face = faces.face(text_object, index)
        gap = _GUESSED_GAP if guessed else _WORD_GAP
        guessed = False
        if word is not None and not spaced and _continues(word, x0, x1, base, face, gap=gap):
            if word.face is face or word.face == face:
                word.text += text
                word.x1 = max(word.x1, x1)
                word.top, word.bottom = min(word.top, top), max(word.bottom, bottom)
                continue
            glued = True
        else:
            glued = False
        if word is not None:
            yield word
        word = Word(text, x0, x1, top, bottom, base, face, spaced, glued, text_object, page)
        spaced = False
    if word is not None:
        yield word


def _character(code: int) -> str:
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"


def _continues(word: Word, x0: float, x1: float, base: float, face: Face, *, gap: float) -> bool:
    size = max(word.face.size, face.size, 1.0)
    if not face.upright:
        return word.face == face
    if abs(base - word.base) > _LINE_SHIFT * size:
        return False
    return -0.6 * size < x0 - word.x1 < gap * size or (x0 >= word.x0 and x1 <= word.x1)
