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
_SURE_CONTRAST = 2.0
"""A word that contrasts this much with everything painted behind it needs no drawing."""
_NOTHING_DRAWN = (3, 7)
_OPAQUE = 0.9
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
    verdicts: list[HiddenReason | None] = []
    doubtful: list[int] = []
    clips: dict[int, Box | None] = {}
    for number, word in enumerate(words):
        reason = _by_itself(word, frame, is_scan=is_scan)
        if reason is None and _needs_clip(word, number, words, clips):
            clips[word.object] = clip_box(calls, word.object, frame)
        if reason is None and (clip := clips.get(word.object)) is not None and not _inside(word, clip):
            reason = "off_page" if _far_outside(word, frame) else "invisible"
        if reason is None and not is_scan:
            reason, is_doubtful = _by_shapes(word, content)
            if is_doubtful or word.object in content.faint:
                doubtful.append(number)
        verdicts.append(reason)
    _draw_doubtful(words, doubtful, verdicts, content, calls=calls, page=page, frame=frame)
    visible = [word for word, reason in zip(words, verdicts, strict=True) if reason is None]
    hidden = [(reason, word) for word, reason in zip(words, verdicts, strict=True) if reason is not None]
    return Judged(visible, hidden, is_scan)


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


def _needs_clip(word: Word, number: int, words: Sequence[Word], clips: dict[int, Box | None]) -> bool:
    # One object per letter is common; the clips of the first word on each line speak for its neighbours.
    if word.object in clips:
        return False
    return number == 0 or abs(words[number - 1].base - word.base) > 1.0 or (word.spaced and number % 4 == 0)


def _inside(word: Word, clip: Box) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.top + word.bottom) / 2
    return clip[0] - 1 <= x <= clip[2] + 1 and clip[1] - 1 <= y <= clip[3] + 1


def _far_outside(word: Word, frame: PageFrame) -> bool:
    width, height = frame.size
    return word.x1 < 0 or word.x0 > width or word.bottom < 0 or word.top > height


def _covers(shape: Shape, x: float, y: float) -> bool:
    return shape.box[0] <= x <= shape.box[2] and shape.box[1] <= y <= shape.box[3]


def _by_shapes(word: Word, content: PageContent) -> tuple[HiddenReason | None, bool]:
    """Judge a word by what lies under and over it; the flag says that only drawing can tell."""
    order = content.order.get(word.object, 0)
    x, y = (word.x0 + word.x1) / 2, (word.top * 0.4 + word.bottom * 0.6)
    background: Colour | None = WHITE
    behind = [WHITE]
    doubtful = word.face.is_outlined
    for shape in content.shapes:
        if not _covers(shape, x, y):
            continue
        if shape.order > order:
            is_opaque = shape.kind == "rectangle" and shape.colour is not None and shape.colour.alpha >= _OPAQUE
            if is_opaque and shape.box[0] <= word.x0 + 1 and shape.box[2] >= word.x1 - 1:
                return "covered", False
            doubtful = True
        elif shape.kind == "rectangle" and shape.colour is not None and background is not None:
            background = blend(shape.colour, background)
        elif shape.kind == "rectangle" and shape.colour is not None and shape.colour.alpha >= _OPAQUE:
            background = shape.colour
        else:
            if shape.colour is not None:
                behind.append(shape.colour)
            background = None
    if doubtful or background is None:
        return None, True
    return ("white" if _too_pale(word, contrast(blend(word.face.colour, background), background)) else None), False


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
        verdicts[number] = "covered" if is_under else "invisible" if word.object in content.faint else "white"


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
