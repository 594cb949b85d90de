"""A resume set as PDF by the library that also reads PDF here, for bases that no other program has rendered.

One column of Helvetica, which every reader of PDF has, so nothing is embedded. Its letters are those of Windows-1252;
`plain_letters` says what a text looks like in them.
"""

import ctypes
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from evaluators.benchmarking.relations.blocks import Block

_WIDTH, _HEIGHT, _MARGIN = 595, 842, 56
_SIZE, _LEAD = 10.0, 13.5
_HEADINGS = {1: 16.0, 2: 13.0}
_INDENT = 14.0
_IDENTIFIER = re.compile(rb"/ID\[<[0-9A-F]{32}><[0-9A-F]{32}>\]")
_MADE = re.compile(rb"(/CreationDate\(D:)\d{14}\+00'00'(?=\)/Creator\(PDFium\))")
_OTHER_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "→": "->", "\u2212": "-", "≤": "<="})


class _Line(NamedTuple):
    text: str
    size: float
    bold: bool = False
    indent: float = 0.0


def plain_letters(text: str) -> str | None:
    """The text in the letters of Windows-1252, or None if it has others that no plain letter stands for."""
    plain = "".join(letter if _is_plain(letter) else _without_marks(letter) for letter in text)
    return plain if all(map(_is_plain, plain)) else None


def _is_plain(letter: str) -> bool:
    return bool(letter.encode("cp1252", errors="ignore"))


def _without_marks(letter: str) -> str:
    parts = unicodedata.normalize("NFD", letter.translate(_OTHER_LETTERS))
    return "".join(part for part in parts if not unicodedata.combining(part))


def set_pdf(blocks: Sequence[Block]) -> bytes:
    """A PDF of some blocks; equal blocks give equal bytes.

    Args:
        blocks: Their text is in plain letters.
    """
    document = pypdfium2.PdfDocument.new()
    try:
        y = 0.0
        page = None
        for line in _lines(blocks):
            if page is None or y < _MARGIN:
                if page is not None:
                    pdfium.FPDFPage_GenerateContent(page.raw)
                page, y = document.new_page(_WIDTH, _HEIGHT), float(_HEIGHT - _MARGIN)
            if line.text:
                _put(document, page, line, y)
            y -= _LEAD * line.size / _SIZE
        if page is not None:
            pdfium.FPDFPage_GenerateContent(page.raw)
        return saved(document)
    finally:
        document.close()


def saved(document: pypdfium2.PdfDocument) -> bytes:
    """The bytes of a document without what the library draws by lot or reads from the clock: equal in, equal out."""
    stream = io.BytesIO()
    document.save(stream)
    fixed = _IDENTIFIER.sub(lambda match: re.sub(rb"[0-9A-F]", b"0", match[0]), stream.getvalue())
    return _MADE.sub(rb"\g<1>20260105090000+00'00'", fixed)


def _lines(blocks: Sequence[Block]) -> Iterator[_Line]:
    was_list = False
    for number, block in enumerate(blocks):
        is_list = block.style.startswith("List")
        if number and not (is_list and was_list):
            yield _Line("", _SIZE)
        was_list = is_list
        for row in block.rows:
            yield from _wrapped(" | ".join(row), _Line("", _SIZE))
        if block.style == "Heading":
            yield from _wrapped(block.text, _Line("", _HEADINGS.get(block.level, 11.0), bold=True))
        elif block.text:
            for place, text in enumerate(block.text.split("\n")):
                mark = "• " if is_list and not place else ""
                yield from _wrapped(mark + text, _Line("", _SIZE, indent=_INDENT if is_list else 0.0))


def _wrapped(text: str, form: _Line) -> Iterator[_Line]:
    """Lines that fit between the margins; a word that does not fit alone is not broken."""
    room = _WIDTH - 2 * _MARGIN - form.indent
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if line and sum(_width(letter, form.bold) for letter in longer) * form.size > room:
            yield form._replace(text=line)
            line = word
        else:
            line = longer
    if line:
        yield form._replace(text=line)


@lru_cache(maxsize=1024)
def _width(letter: str, bold: bool) -> float:
    """Of a letter in Helvetica of one point."""
    document = pypdfium2.PdfDocument.new()
    try:
        font = pdfium.FPDFText_LoadStandardFont(document.raw, _font(bold))
        width = ctypes.c_float()
        pdfium.FPDFFont_GetGlyphWidth(font, ord(letter), 1.0, width)
        pdfium.FPDFFont_Close(font)
        return float(width.value)
    finally:
        document.close()


def _font(bold: bool) -> bytes:
    return b"Helvetica-Bold" if bold else b"Helvetica"


def _put(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, line: _Line, y: float) -> None:
    written = pdfium.FPDFPageObj_NewTextObj(document.raw, _font(line.bold), line.size)
    letters = (line.text + "\0").encode("utf-16-le")
    pdfium.FPDFText_SetText(written, ctypes.cast(ctypes.c_char_p(letters), pdfium.FPDF_WIDESTRING))
    pdfium.FPDFPageObj_Transform(written, 1, 0, 0, 1, _MARGIN + line.indent, y - line.size)
    pdfium.FPDFPage_InsertObject(page.raw, written)
