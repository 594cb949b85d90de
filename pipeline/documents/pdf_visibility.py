"""Which words of a PDF page can be seen. What geometry cannot tell is drawn, with and without the text."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from pipeline.documents.colours import WHITE, Colour, blend, contrast
from pipeline.documents.css_visibility import HIDDEN_CONTRAST
from pipeline.documents.pdf_library import Calls
from pipeline.documents.pdf_rendering import shown_contrasts
from pipeline.documents.pdf_shapes import Box, PageContent, Shape, clip_box
from pipeline.documents.pdf_words import PageFrame, Word
from pipeline.models.documents import HiddenReason

_TINY_POINTS = 3.0
_FAINT = 0.1
_LARGE_POINTS = 24.0
_LARGE_CONTRAST = 1.08
"""Large pale letters, as of a watermark, are seen where small ones are not."""
_NOTHING_DRAWN = (3, 7)
_OPAQUE = 0.9
_FEW_OBJECTS = 400
_MOST_SCANNED = 0.5
"""Share of the page under one picture that makes invisible text the reading of a scan."""


class Judged(NamedTuple):
    """The words of a page, told apart."""

    visible: list[Word]
    hidden: list[tuple[HiddenReason, Word]]
    is_recognised_scan: bool


def judge(words: Sequence[Word], content: PageContent, *, calls: Calls, page: Any, frame: PageFrame) -> Judged:
    """Tell the visible words of a page from the hidden ones."""
    is_scan = _is_recognised_scan(words, content, frame)
    clips = _clips(words, calls, frame)
    contrasts = _Contrasts()
    verdicts: list[HiddenReason | None] = []
    doubtful: list[int] = []
    for number, word in enumerate(words):
        reason = _by_itself(word, frame, is_scan=is_scan)
        clip = clips.get(word.object)
        if reason is None and clip is not None and not _inside(word, clip):
            reason = "off_page" if _far_outside(word, frame) else "invisible"
        if reason is None and not is_scan:
            is_odd = word.face.is_mixed or word.is_blank or word.object in content.uncertain
            reason, is_doubtful = _by_shapes(word, content, contrasts)
            if is_doubtful or (is_odd and reason != "covered"):
                reason = None
                doubtful.append(number)
        verdicts.append(reason)
    _draw_doubtful(words, doubtful, verdicts, content, calls=calls, page=page, frame=frame)
    visible = [word for word, reason in zip(words, verdicts, strict=True) if reason is None]
    hidden = [(reason, word) for word, reason in zip(words, verdicts, strict=True) if reason is not None]
    return Judged(visible, hidden, is_scan)


class _Contrasts:
    """Contrasts of colours with backgrounds; a page has few of them and many words."""

    def __init__(self) -> None:
        self._known: dict[tuple[Colour, Colour], float] = {}

    def __call__(self, colour: Colour, background: Colour) -> float:
        key = (colour, background)
        if key not in self._known:
            self._known[key] = contrast(blend(colour, background), background)
        return self._known[key]


def _clips(words: Sequence[Word], calls: Calls, frame: PageFrame) -> dict[int, Box | None]:
    """Return what each text object is clipped to; where every letter is an object, of the first ones on each line."""
    objects = {word.object for word in words}
    clips: dict[int, Box | None] = {}
    before: Word | None = None
    for number, word in enumerate(words):
        starts_line = before is None or abs(before.base - word.base) > 1.0
        if word.object not in clips and (len(objects) <= _FEW_OBJECTS or starts_line or number % 4 == 0):
            clips[word.object] = clip_box(calls, word.object, frame)
        before = word
    return clips


def _by_itself(word: Word, frame: PageFrame, *, is_scan: bool) -> HiddenReason | None:
    """Judge a word by its size, place, rendering mode and opacity."""
    width, height = frame.size
    x, y = (word.x0 + word.x1) / 2, (word.top + word.bottom) / 2
    if not (0 <= x <= width and 0 <= y <= height):
        return "off_page"
    letters = max(1, len(word.text))
    if word.face.size < _TINY_POINTS:
        return "tiny"
    if word.face.upright and letters >= 3 and (word.x1 - word.x0) / letters < 0.12 * word.face.size:
        return "tiny"
    if word.face.mode in _NOTHING_DRAWN and not is_scan:
        return "invisible"
    return "invisible" if word.face.colour.alpha < _FAINT and not is_scan else None


def _inside(word: Word, clip: Box) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.top + word.bottom) / 2
    return clip[0] - 1 <= x <= clip[2] + 1 and clip[1] - 1 <= y <= clip[3] + 1


def _far_outside(word: Word, frame: PageFrame) -> bool:
    width, height = frame.size
    return word.x1 < 0 or word.x0 > width or word.bottom < 0 or word.top > height


def _covers(shape: Shape, x: float, y: float) -> bool:
    return shape.box[0] <= x <= shape.box[2] and shape.box[1] <= y <= shape.box[3]


def _by_shapes(word: Word, content: PageContent, contrasts: _Contrasts) -> tuple[HiddenReason | None, bool]:
    """Judge a word by what lies under and over it; the flag says that only drawing can tell."""
    order = content.order.get(word.object, 0)
    x, y = (word.x0 + word.x1) / 2, (word.top * 0.4 + word.bottom * 0.6)
    background: Colour | None = WHITE
    is_overlaid = False
    for shape in content.shapes:
        if not _covers(shape, x, y):
            continue
        plain = shape.colour if shape.kind == "rectangle" else None
        if shape.order > order:
            is_opaque = plain is not None and plain.alpha >= _OPAQUE
            if is_opaque and shape.box[0] <= word.x0 + 1 and shape.box[2] >= word.x1 - 1:
                return "covered", False
            is_overlaid = True
        elif plain is not None and background is not None:
            background = blend(plain, background)
        else:
            background = plain if plain is not None and plain.alpha >= _OPAQUE else None
    if is_overlaid or background is None:
        return None, True
    return ("white" if _too_pale(word, contrasts(word.face.colour, background)) else None), False


def _too_pale(word: Word, seen: float) -> bool:
    return seen < (_LARGE_CONTRAST if word.face.size >= _LARGE_POINTS else HIDDEN_CONTRAST)


def _draw_doubtful(
    words: Sequence[Word],
    doubtful: list[int],
    verdicts: list[HiddenReason | None],
    content: PageContent,
    *,
    calls: Calls,
    page: Any,
    frame: PageFrame,
) -> None:
    """Draw the page with and without its text and see which doubtful words make a difference."""
    if not doubtful:
        return
    boxes = [(words[number].x0, words[number].top, words[number].x1, words[number].bottom) for number in doubtful]
    contrasts = shown_contrasts(boxes, list(content.order), calls=calls, page=page, frame=frame)
    for number, seen in zip(doubtful, contrasts, strict=True):
        if not _too_pale(words[number], seen):
            continue
        word = words[number]
        order = content.order.get(word.object, 0)
        x, y = (word.x0 + word.x1) / 2, (word.top + word.bottom) / 2
        is_under = any(shape.order > order and _covers(shape, x, y) for shape in content.shapes)
        is_drawn_pale = _too_pale(word, contrast(blend(word.face.colour, WHITE), WHITE))
        is_strange = word.is_blank or (word.object in content.uncertain and not is_drawn_pale)
        verdicts[number] = "covered" if is_under else "invisible" if is_strange else "white"


def _is_recognised_scan(words: Sequence[Word], content: PageContent, frame: PageFrame) -> bool:
    """True if the page is one picture and all its text is the invisible layer that scanners add."""
    if not words or any(word.face.mode != 3 for word in words):
        return False
    width, height = frame.size
    return any(
        shape.kind == "picture"
        and (shape.box[2] - shape.box[0]) * (shape.box[3] - shape.box[1]) >= _MOST_SCANNED * width * height
        for shape in content.shapes
    )
