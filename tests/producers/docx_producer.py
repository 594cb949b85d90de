"""Markdown as a Word document, as python-docx writes it."""

import io
import zipfile
from datetime import UTC, datetime

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_BREAK
from docx.shared import Pt
from docx.text.paragraph import Paragraph

from tests.producers.markdown_tree import Node, Runs, nodes

_MADE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def to_docx(markdown: str, *, header: str | None = None, soft_breaks: bool = True) -> bytes:
    """Write headings, bullets, tables, code and breaks as Word's own; equal text gives equal bytes.

    Args:
        markdown: The text.
        header: Text for the head of every page.
        soft_breaks: Keep single line ends as line breaks, else as spaces.
    """
    document = docx.Document()
    code = document.styles.add_style("Source Code", WD_STYLE_TYPE.PARAGRAPH)
    code.font.name, code.font.size = "Courier New", Pt(9)
    document.styles["Normal"].font.size = Pt(10.5)
    if header is not None:
        document.sections[0].header.paragraphs[0].text = header
    for node in nodes(markdown, soft_breaks=soft_breaks):
        _write(document, node)
    properties = document.core_properties
    properties.author = properties.last_modified_by = ""
    properties.created = properties.modified = _MADE.replace(tzinfo=None)
    stream = io.BytesIO()
    document.save(stream)
    return _with_fixed_times(stream.getvalue())


def _write(document: Document, node: Node) -> None:
    if node.kind == "heading":
        _fill(document.add_heading(level=min(node.level, 9)), node.runs)
    elif node.kind == "bullet":
        style = "List Number" if node.number is not None else "List Bullet"
        depth = min(node.level, 3)
        _fill(document.add_paragraph(style=style if depth == 1 else f"{style} {depth}"), node.runs)
    elif node.kind == "code":
        for line in node.text.split("\n"):
            document.add_paragraph(line, style="Source Code")
        # Two pieces of code after each other would run together without a paragraph between them.
        document.add_paragraph()
    elif node.kind == "table":
        _table(document, node)
    elif node.kind == "rule":
        document.add_paragraph()
    else:
        _fill(document.add_paragraph(style="Quote" if node.kind == "quote" else None), node.runs)


def _table(document: Document, node: Node) -> None:
    width = max(len(row) for row in node.rows)
    table = document.add_table(rows=0, cols=width, style="Table Grid")
    for row in node.rows:
        for cell, runs in zip(table.add_row().cells, row, strict=False):
            _fill(cell.paragraphs[0], runs)


def _fill(paragraph: Paragraph, runs: Runs) -> None:
    for run in runs:
        if run.is_break:
            paragraph.add_run().add_break(WD_BREAK.LINE)
            continue
        written = paragraph.add_run(run.text)
        written.bold = run.bold or None
        written.italic = run.italic or None
        if run.code:
            written.font.name = "Courier New"


def _with_fixed_times(content: bytes) -> bytes:
    """Return the package without its thumbnail's and members' times of writing."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            fixed = zipfile.ZipInfo(member.filename, date_time=(2026, 1, 5, 9, 0, 0))
            fixed.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(fixed, source.read(member), compresslevel=9)
    return stream.getvalue()
