"""PDF to blocks."""

import pypdfium2 as pdfium

from pipeline.documents.blocks import BlockBuilder
from pipeline.documents.limits import Limits
from pipeline.documents.text_reader import read_text
from pipeline.errors import SubmissionError


def preload() -> None:
    """Initialise the PDF library before the fork."""
    pdfium.PdfDocument.new().close()


def read_pdf(content: bytes, builder: BlockBuilder, *, limits: Limits) -> tuple[str, ...]:
    """Add the blocks of a PDF and return notes about pages that could not be read."""
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        raise SubmissionError("corrupt", "The PDF is damaged. Ask for it again.") from error
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    if not text.strip():
        raise SubmissionError("scanned", "This is a scan. Ask for a PDF with text.")
    read_text(text, builder)
    return ()
