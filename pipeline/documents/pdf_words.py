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
_STROKING = (1, 2, 5, 6)
_NO_INK = 0.01
"""Points."""
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
    is_mixed: bool
    """True for letters whose look is more than a colour: a pattern, another outline, glyphs of the file's own."""

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
    is_blank: bool = False
    """True if its first glyph draws nothing."""


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


class _FaceReader:
    """Looks up faces; fonts repeat, and so do looks where every letter is an object of its own."""

    def __init__(self, calls: Calls, text_page: int, rotation: int) -> None:
        self._calls = calls
        self._text_page = text_page
        self._rotation = rotation
        self._fonts: dict[int, tuple[bool, bool]] = {}
        self._faces: dict[tuple[object, ...], Face] = {}
        self._numbers = (ctypes.c_uint * 4)()
        self._numbers_at = ctypes.addressof(self._numbers)
        self._matrix = (ctypes.c_float * 6)()
        self._matrix_at = ctypes.addressof(self._matrix)

    def face(self, text_object: int, index: int) -> Face:
        """Return the face of a text object that sets the character at an index."""
        calls = self._calls
        calls.matrix(self._text_page, index, self._matrix_at)
        a, b, c, d, _, _ = self._matrix
        font_size = calls.font_size(self._text_page, index)
        font = calls.font(text_object) or 0
        mode = calls.render_mode(text_object)
        fill = self._colour(calls.fill_colour, text_object)
        stroke = self._colour(calls.stroke_colour, text_object) if mode in _STROKING else None
        key = (font, font_size, a, b, c, d, mode, fill, stroke)
        face = self._faces.get(key)
        if face is None:
            size = round(abs(font_size) * (c * c + d * d) ** 0.5, 2)
            turn = _turn(a, b, self._rotation) if font_size >= 0 else _turn(-a, -b, self._rotation)
            seen = stroke if mode in (1, 5) else fill
            is_mixed = seen is None or (mode in (2, 6) and stroke != fill)
            is_bold, is_drawn_by_page = self._font(font)
            face = Face(size, is_bold or mode == 2, _colour(seen), mode, turn, is_mixed or is_drawn_by_page)
            self._faces[key] = face
        return face

    def _font(self, font: int) -> tuple[bool, bool]:
        """Return whether a font is bold, and whether its glyphs are drawings of the file's own making (Type 3)."""
        if font not in self._fonts:
            buffer = ctypes.create_string_buffer(256)
            self._calls.font_name(font, ctypes.addressof(buffer), 256)
            name = buffer.value.decode("utf-8", errors="replace").lower()
            is_bold = any(mark in name for mark in _BOLD_NAMES) or self._calls.font_weight(font) >= _BOLD_WEIGHT
            # Only fonts of this kind have no name.
            self._fonts[font] = is_bold, not name
        return self._fonts[font]

    def _colour(self, call: Any, text_object: int) -> tuple[int, ...] | None:
        base = self._numbers_at
        return tuple(self._numbers) if call(text_object, base, base + 4, base + 8, base + 12) else None


def _colour(numbers: tuple[int, ...] | None) -> Colour:
    if numbers is None:
        return BLACK
    red, green, blue, alpha = numbers
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
    reader = _FaceReader(calls, handle, frame.rotation)
    glyphs = _GlyphBoxes(calls, handle, frame)
    last_object = 0
    face: Face | None = None
    word: Word | None = None
    spaced = guessed = True
    # This loop runs for every letter of every page; what can be looked up once is looked up outside.
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
        if text_object != last_object or face is None:
            face, last_object = reader.face(text_object, index), text_object
        x0, top, x1, bottom, base = glyphs.box(index)
        glued = False
        if word is not None and not spaced and _continues(word, x0, x1, base, face, guessed=guessed):
            if word.face is face:
                word.text += text
                if x1 > word.x1:
                    word.x1 = x1
                word.top, word.bottom = min(word.top, top), max(word.bottom, bottom)
                guessed = False
                continue
            glued = True
        if word is not None:
            yield word
        is_blank = text.isalnum() and glyphs.is_blank(index)
        word = Word(text, x0, x1, top, bottom, base, face, spaced, glued, text_object, page, is_blank)
        spaced = guessed = False
    if word is not None:
        yield word


class _GlyphBoxes:
    """Boxes and baselines of single glyphs, as seen."""

    def __init__(self, calls: Calls, text_page: int, frame: PageFrame) -> None:
        self._calls = calls
        self._text_page = text_page
        self._frame = frame
        self._box = (ctypes.c_float * 4)()
        self._box_at = ctypes.addressof(self._box)
        self._origin = (ctypes.c_double * 4)()
        self._origin_at = ctypes.addressof(self._origin)

    def box(self, index: int) -> tuple[float, float, float, float, float]:
        """Return left, top, right, bottom and the baseline."""
        frame = self._frame
        self._calls.loose_box(self._text_page, index, self._box_at)
        self._calls.origin(self._text_page, index, self._origin_at, self._origin_at + 8)
        left, top, right, bottom = self._box
        if frame.rotation == 0:
            ground = frame.height + frame.bottom
            base = ground - self._origin[1]
            return left - frame.left, ground - top, right - frame.left, ground - bottom, base
        x0, y0, x1, y1 = frame.box(left, bottom, right, top)
        return x0, y0, x1, y1, frame.point(self._origin[0], self._origin[1])[1]

    def is_blank(self, index: int) -> bool:
        """True if a glyph has no ink, as in fonts made to hide text."""
        at = self._origin_at
        if not self._calls.tight_box(self._text_page, index, at, at + 8, at + 16, at + 24):
            return False
        left, right, bottom, top = self._origin
        return right - left < _NO_INK and top - bottom < _NO_INK


def _character(code: int) -> str:
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"


def _continues(word: Word, x0: float, x1: float, base: float, face: Face, *, guessed: bool) -> bool:
    if face.turn != 0:
        return word.face == face
    size = max(word.face.size, face.size, 1.0)
    if abs(base - word.base) > _LINE_SHIFT * size:
        return False
    gap = _GUESSED_GAP if guessed else _WORD_GAP
    return -0.6 * size < x0 - word.x1 < gap * size or (x0 >= word.x0 and x1 <= word.x1)
