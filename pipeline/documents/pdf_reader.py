"""PDF to blocks: words with boxes, what of them can be seen, and the order in which they are read."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from pipeline.documents import pdf_rendering
from pipeline.documents.blocks import BlockBuilder
from pipeline.documents.limits import Limits
from pipeline.documents.pdf_blocks import build_blocks
from pipeline.documents.pdf_columns import gutters_of_page, regions_of_page
from pipeline.documents.pdf_edges import set_edges
from pipeline.documents.pdf_furniture import without_furniture
from pipeline.documents.pdf_library import Calls, address, open_document
from pipeline.documents.pdf_lines import Line, lines_of_region
from pipeline.documents.pdf_shapes import Box, ContentReader
from pipeline.documents.pdf_visibility import judge
from pipeline.documents.pdf_words import PageFrame, Word, words_of_page
from pipeline.errors import SubmissionError
from pipeline.models.documents import HiddenReason, Place

_FEWEST_LETTERS = 20
"""A page with fewer letters and a picture is taken for a scan."""
_MOST_CHARACTERS = 2_000_000
_MOST_UNREADABLE = 0.3
_PASSWORD = "The PDF is protected with a password. Ask for it without one."
_DAMAGED = "The PDF is damaged or was cut off while it was sent. Ask for it again."
_SCANNED = "This is a scan: the pages are pictures without text. Ask for a PDF with text, or for a DOCX."
_FONTS = "The letters of this PDF cannot be told (its fonts do not say what they mean). Ask for a DOCX."


class _Page(NamedTuple):
    words: list[Word]
    marks: tuple[Box, ...]
    height: float
    hidden: list[tuple[HiddenReason, Word]]
    has_picture: bool
    is_recognised_scan: bool


def preload() -> None:
    """Initialise the PDF library and what it needs before the fork."""
    document = pdfium.PdfDocument.new()
    page = document.new_page(100, 100)
    page.get_textpage().close()
    pdf_rendering.shown_contrasts([(10, 10, 20, 20)], [], calls=Calls(), page=page, frame=PageFrame(0, 0, 100, 100, 0))
    document.close()


def read_pdf(content: bytes, builder: BlockBuilder, *, limits: Limits) -> tuple[str, ...]:
    """Add the blocks of a PDF and return notes about pages that could not be read.

    Raises:
        SubmissionError: `encrypted`, `corrupt`, `scanned`, `too_large` or `unreadable_encoding`.
    """
    pages = _pages(_open(content), limits)
    letters = [sum(map(len, (word.text for word in page.words))) for page in pages]
    _refuse_unreadable(pages, letters)
    for number, page in enumerate(pages, start=1):
        _report_hidden(page.hidden, builder, number)
    build_blocks(_reading_order(pages), builder)
    return _notes(pages, letters)


def _open(content: bytes) -> pdfium.PdfDocument:
    try:
        document = open_document(content)
        if len(document) == 0:
            raise SubmissionError("corrupt", _DAMAGED)
    except pdfium.PdfiumError as error:
        if raw.FPDF_GetLastError() == raw.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise SubmissionError("encrypted", _PASSWORD) from error
        raise SubmissionError("corrupt", _DAMAGED) from error
    return document


def _pages(document: pdfium.PdfDocument, limits: Limits) -> list[_Page]:
    if len(document) > limits.pages:
        raise SubmissionError(
            "too_large", f"The PDF has {len(document)} pages; at most {limits.pages} are read. Ask for a shorter one."
        )
    calls = Calls()
    pages: list[_Page] = []
    characters = 0
    for number in range(len(document)):
        try:
            page = document[number]
        except pdfium.PdfiumError as error:
            raise SubmissionError("corrupt", _DAMAGED) from error
        text_page = page.get_textpage()
        count = text_page.count_chars()
        characters += count
        if characters > _MOST_CHARACTERS:
            raise SubmissionError("too_large", "The PDF holds far more text than a resume. Ask for a shorter one.")
        pages.append(_page(calls, page, text_page, number=number + 1, count=count))
        text_page.close()
        page.close()
    return pages


def _page(calls: Calls, page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, *, number: int, count: int) -> _Page:
    left, bottom, right, top = _visible_box(page)
    rotation = raw.FPDFPage_GetRotation(page.raw) % 4
    frame = PageFrame(left, bottom, right - left, top - bottom, rotation)
    words = list(words_of_page(calls, text_page.raw, frame=frame, page=number, count=count))
    if turn := _usual_turn(words):
        # A page that was scanned or saved sideways is read as a person would turn it.
        frame = frame._replace(rotation=(rotation + turn) % 4, turn=turn)
        words = list(words_of_page(calls, text_page.raw, frame=frame, page=number, count=count))
    content = ContentReader(calls, frame).read(address(page.raw))
    judged = judge(words, content, calls=calls, page=page.raw, frame=frame)
    return _Page(
        words=judged.visible,
        marks=content.marks,
        height=frame.size[1],
        hidden=judged.hidden,
        has_picture=any(shape.kind == "picture" for shape in content.shapes),
        is_recognised_scan=judged.is_recognised_scan,
    )


def _usual_turn(words: Sequence[Word]) -> int:
    turns: Counter[int | None] = Counter()
    for word in words:
        turns[word.face.turn] += len(word.text)
    return turns.most_common(1)[0][0] or 0 if turns else 0


def _visible_box(page: pdfium.PdfPage) -> Box:
    """Return the crop box inside the media box, as viewers do."""
    media, crop = page.get_mediabox(), page.get_cropbox()
    box = (max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]))
    return box if box[0] < box[2] and box[1] < box[3] else media


def _refuse_unreadable(pages: Sequence[_Page], letters: Sequence[int]) -> None:
    if sum(letters) < _FEWEST_LETTERS and not any(page.hidden for page in pages):
        raise SubmissionError("scanned", _SCANNED)
    text = "".join(word.text for page in pages for word in page.words)
    strange = sum(1 for letter in text if letter == "\ufffd" or "\ue000" <= letter <= "\uf8ff" or letter < " ")
    if strange > _MOST_UNREADABLE * max(1, len(text)):
        raise SubmissionError("unreadable_encoding", _FONTS)


def _report_hidden(hidden: Sequence[tuple[HiddenReason, Word]], builder: BlockBuilder, page: int) -> None:
    for position, (reason, word) in enumerate(hidden):
        before = hidden[position - 1] if position else None
        # Pieces of one word, as producers that place each letter leave them, are joined without a space.
        glued = before is not None and before[0] == reason and not word.spaced and _touches(before[1], word)
        builder.hide(reason, word.text, place=Place(page=page), glued=glued)


def _touches(before: Word, word: Word) -> bool:
    return abs(before.base - word.base) < 0.5 and abs(word.x0 - before.x1) < 0.1 * max(1.0, word.face.size)


def _reading_order(pages: Sequence[_Page]) -> list[Line]:
    gutters = [x for page in pages for x in gutters_of_page(page.words)]
    by_page: list[list[Line]] = []
    columns: set[int] = set()
    number = 0
    for page in pages:
        lines: list[Line] = []
        for region in regions_of_page(page.words, known_gutters=gutters):
            number += 1
            if region.is_column:
                columns.add(number)
            lines.extend(lines_of_region(region, number=number, marks=page.marks))
        by_page.append(lines)
    set_edges([line for lines in by_page for line in lines], columns)
    kept, footers = without_furniture(by_page, [page.height for page in pages])
    return [line for lines in [*kept, footers] for line in lines]


def _notes(pages: Sequence[_Page], letters: Sequence[int]) -> tuple[str, ...]:
    notes = []
    if blank := [
        number
        for number, (page, count) in enumerate(zip(pages, letters, strict=True), start=1)
        if count < _FEWEST_LETTERS and page.has_picture
    ]:
        notes.append(f"{_named(blank)} a picture without text and was not read.")
    if scans := [number for number, page in enumerate(pages, start=1) if page.is_recognised_scan]:
        notes.append(f"{_named(scans)} a scan; its text was recognised by the scanner and may hold errors.")
    return tuple(notes)


def _named(pages: Sequence[int]) -> str:
    if len(pages) == 1:
        return f"Page {pages[0]} is"
    return f"Pages {', '.join(map(str, pages[:-1]))} and {pages[-1]} are each"
