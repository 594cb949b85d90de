"""A Markdown resume as people send it in other formats: the same words, headings, lists and line ends.

Renderings by other programs lie beside the sets (`rendered/`); what is written here serves the bases that have none.
"""

import io
import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import escape
from typing import NamedTuple

from evaluators.benchmarking.relations.bases import RESUME, Base, Files, Twins
from evaluators.benchmarking.relations.blocks import blocks, parser
from evaluators.benchmarking.relations.outline import bare, is_bullet, jobs, outline

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title></title></head>
<body>
{body}</body></html>
"""
_EXACT = {"web.html": "resume.html", "word.docx": "resume.docx"}
_PDFS = ("reportlab.pdf", "typst.pdf", "chromium.pdf", "columns.pdf")


def format_twins(base: Base) -> Iterator[Twins]:
    """HTML and DOCX: another program's rendering where there is one."""
    for kind, name in _EXACT.items():
        rendering = base.rendered / f"resume.{kind}" if base.rendered else None
        if rendering is not None and rendering.is_file():
            content, by = rendering.read_bytes(), rendering.name
        else:
            content, by = (
                (html_page(base.resume) if name.endswith("html") else docx_package(base.resume)),
                f"own {name}",
            )
        yield Twins(
            "format", f"format-{name.rpartition('.')[2]}", base, base.files, sent_as(base.files, name, content), by
        )


def pdf_twins(base: Base) -> Iterator[Twins]:
    """PDF by every producer that a rendering lies there of; set here where no other program has rendered it."""
    renderings = [base.rendered / f"resume.{kind}" for kind in _PDFS] if base.rendered else []
    found = [path for path in renderings if path.is_file()]
    for path in found:
        by = path.name.removeprefix("resume.").removesuffix(".pdf")
        after = sent_as(base.files, "resume.pdf", path.read_bytes())
        yield Twins("format_pdf", f"format_pdf-{by}", base, base.files, after, path.name)
    own = None if found else own_pdf(base.resume)
    if own is not None:
        after = sent_as(base.files, "resume.pdf", own.content)
        yield Twins("format_pdf", "format_pdf-own", base, base.with_resume(own.text), after, "own resume.pdf")


class OwnPdf(NamedTuple):
    """A resume as PDF, and its Markdown in the letters that the PDF can show."""

    text: str
    content: bytes


@lru_cache(maxsize=512)
def own_pdf(resume: str) -> OwnPdf | None:
    """A resume set as PDF here, or None if it has letters that cannot be shown."""
    # The library takes a while to load, and most commands make no PDF.
    from evaluators.benchmarking.relations.own_pdf import plain_letters, set_pdf

    text = plain_letters(resume)
    return None if text is None else OwnPdf(text, set_pdf(tuple(blocks(text))))


def sent_as(files: Files, name: str, content: bytes) -> Files:
    """The files with the resume in another format."""
    return {**{own: kept for own, kept in files.items() if own != RESUME}, name: content}


def html_page(markdown: str, *, behind: str = "") -> bytes:
    """A page with the author's line ends as line breaks; `behind` is markup at its end."""
    return _PAGE.format(body=parser().render(markdown) + behind).encode()


def docx_package(markdown: str, *, white: str | None = None) -> bytes:
    """A Word document.

    Args:
        markdown: The text.
        white: A last paragraph in white.
    """
    clean = _docx(markdown)
    if white is None:
        return clean
    import docx
    from docx.shared import RGBColor

    document = docx.Document(io.BytesIO(clean))
    document.add_paragraph().add_run(white).font.color.rgb = RGBColor(255, 255, 255)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


@lru_cache(maxsize=512)
def _docx(markdown: str) -> bytes:
    """Kept, since a twin's clean counterpart is the same submission only if its bytes are: they hold the time."""
    import docx

    document = docx.Document()
    for block in blocks(markdown):
        if block.rows:
            table = document.add_table(rows=0, cols=max(map(len, block.rows)))
            for row in block.rows:
                for cell, text in zip(table.add_row().cells, row, strict=False):
                    cell.text = text
            continue
        paragraph = document.add_heading(level=block.level) if block.style == "Heading" else document.add_paragraph()
        if block.style not in ("Heading", ""):
            paragraph.style = block.style
        for number, line in enumerate(block.text.split("\n")):
            if number:
                paragraph.add_run().add_break()
            paragraph.add_run(line)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def json_resume(markdown: str, *, name: str, summary: str = "", note: str | None = None) -> bytes | None:
    """A resume in the jsonresume.org form, or None when its jobs cannot be told.

    Args:
        markdown: The text.
        name: Of the candidate.
        summary: Further words of the summary.
        note: A text in `meta`, which is read by programs alone.
    """
    found, listed = outline(markdown), jobs(markdown)
    if found is None or not listed:
        return None
    told = next((section for section in found.sections if section.kind == "summary"), None)
    basics = {"name": name, "summary": " ".join([*(_prose(told.body) if told else ()), summary]).strip()}
    work = [
        {
            "name": " ".join(bare(line) for line in job.header),
            "summary": " ".join(_prose(line for line in job.body if not is_bullet(line))),
            "highlights": [line.strip().lstrip("-*+>• ").strip() for line in job.body if is_bullet(line)],
        }
        for job in listed
    ]
    others = {
        section.title: _prose(section.body)
        for section in found.sections
        if section.kind != "work" and section is not told and section.body
    }
    meta = {} if note is None else {"meta": {"note": note}}
    return json.dumps({"basics": basics, "work": work, **others, **meta}, ensure_ascii=False, indent=1).encode()


def _prose(lines: "Iterator[str] | Sequence[str]") -> list[str]:
    return [bare(line) for line in lines if line.strip()]


def hidden_markup(text: str) -> str:
    """A paragraph of HTML that is not shown."""
    return f'<p style="display:none">{escape(text)}</p>\n'
