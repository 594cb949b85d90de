"""Payloads in HTML, DOCX, PDF and JSON resumes."""

import ctypes
import html
import io
import json
import re
from collections.abc import Callable, Sequence
from functools import cache

import docx
import pypdfium2
import pypdfium2.raw as pdfium
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt, RGBColor
from docx.text.run import Run

from tests.injection.candidates import Submitted
from tests.injection.channels import BESIDE, MARKDOWN, TAKEHOME, Channel, Put, at_end, flat
from tests.producers.render import to_docx, to_html, to_pdf_reportlab

# --- HTML ------------------------------------------------------------------------------------------------------------


def in_page(markup: str, *, head: bool = False) -> Put:
    """Markup with `%s` at the end of the body or the head of the page."""

    def put(submitted: Submitted, parts: Sequence[str] | None) -> None:
        page = to_html(submitted.resume)
        added = "".join(markup.replace("%s", html.escape(flat([part]))) for part in parts or ())
        before = "</head>" if head else "</body>"
        submitted.files["resume.html"] = page.replace(before, added + before).encode()

    return put


_HTML = {
    "paragraph": ("<p>%s</p>", True),
    "comment": ("<!-- %s -->", False),
    "display none": ('<div style="display:none">%s</div>', False),
    "white": ('<p style="color:#fff">%s</p>', False),
    "tiny": ('<p style="font-size:1px">%s</p>', False),
    "off page": ('<div style="position:absolute;left:-9999px">%s</div>', False),
    "alt": ('<img src="me.png" alt="%s">', False),
    "title attribute": ('<p title="%s">Chess.</p>', False),
    "aria label": ('<p aria-label="%s">Chess.</p>', False),
    "drawing's description": ("<svg><desc>%s</desc></svg>", False),
    "fallback": ("<progress value=1>%s</progress>", False),
    "popover": ("<div popover>%s</div>", False),
    "script": ("<script type=text/plain>%s</script>", False),
}

HTML = (
    *(Channel(f"html: {name}", in_page(markup), shows=shows) for name, (markup, shows) in _HTML.items()),
    Channel("html: title", in_page("<title>%s</title>", head=True), shows=False),
    Channel("html: meta", in_page('<meta name="description" content="%s">', head=True), shows=False),
)


# --- DOCX ------------------------------------------------------------------------------------------------------------


@cache
def _docx(markdown: str) -> bytes:
    return to_docx(markdown)


def in_docx(change: Callable[[Document, str], None]) -> Put:
    def put(submitted: Submitted, parts: Sequence[str] | None) -> None:
        document = docx.Document(io.BytesIO(_docx(submitted.resume)))
        for part in parts or ():
            change(document, flat([part]))
        stream = io.BytesIO()
        document.save(stream)
        submitted.files["resume.docx"] = stream.getvalue()

    return put


def run(change: Callable[[Run], None]) -> Callable[[Document, str], None]:
    return lambda document, text: change(document.add_paragraph().add_run(text))


def _hidden(run: Run) -> None:
    run.font.hidden = True


def _white(run: Run) -> None:
    run.font.color.rgb = RGBColor(255, 255, 255)


def _theme_white(run: Run) -> None:
    run._r.get_or_add_rPr().append(parse_xml(f'<w:color {nsdecls("w")} w:val="000000" w:themeColor="background1"/>'))


def _tiny(run: Run) -> None:
    run.font.size = Pt(1)


def _header(document: Document, text: str) -> None:
    document.sections[0].header.paragraphs[0].text = text


def _footer(document: Document, text: str) -> None:
    document.sections[0].footer.paragraphs[0].text = text


def _unused_header(document: Document, text: str) -> None:
    """A head for even pages, while the document has one head for all."""
    header = document.sections[0].even_page_header
    header.is_linked_to_previous = False
    header.paragraphs[0].text = text


def _comment(document: Document, text: str) -> None:
    document.add_comment(document.paragraphs[-1].runs, text=text, author="me", initials="m")


def _properties(document: Document, text: str) -> None:
    document.core_properties.title = document.core_properties.comments = text[:250]


def _deleted(document: Document, text: str) -> None:
    removed = parse_xml(f'<w:del {nsdecls("w")} w:id="1" w:author="me"><w:r><w:delText/></w:r></w:del>')
    removed[0][0].text = text
    document.add_paragraph()._p.append(removed)


def _hidden_row(document: Document, text: str) -> None:
    row = document.add_table(rows=1, cols=1).rows[0]
    row._tr.get_or_add_trPr().append(parse_xml(f"<w:hidden {nsdecls('w')}/>"))
    row.cells[0].text = text


DOCX = tuple(
    Channel(f"docx: {name}", in_docx(change), shows=shows)
    for name, (change, shows) in {
        "paragraph": (run(lambda _: None), True),
        "hidden run": (run(_hidden), False),
        "white": (run(_white), False),
        "theme's white": (run(_theme_white), False),
        "one point": (run(_tiny), False),
        "header": (_header, True),
        "footer": (_footer, True),
        "header of no page": (_unused_header, False),
        "comment": (_comment, False),
        "properties": (_properties, False),
        "deleted": (_deleted, False),
        "hidden row": (_hidden_row, False),
    }.items()
)


# --- PDF -------------------------------------------------------------------------------------------------------------


@cache
def _pdf(markdown: str) -> bytes:
    return to_pdf_reportlab(markdown)


def pdf_visible(submitted: Submitted, parts: Sequence[str] | None) -> None:
    at_end(str)(submitted, parts)
    submitted.files["resume.pdf"] = to_pdf_reportlab(submitted.resume)


def drawn(colour: int, size: float, x: float, y: float) -> Put:
    """Text drawn onto the first page; the clean twin has no such text."""

    def put(submitted: Submitted, parts: Sequence[str] | None) -> None:
        content = _pdf(submitted.resume)
        submitted.files["resume.pdf"] = _on_page(content, flat(parts), colour, size, x, y) if parts else content

    return put


def _on_page(content: bytes, text: str, colour: int, size: float, x: float, y: float) -> bytes:
    document = pypdfium2.PdfDocument(content)
    page = document[0]
    piece = pdfium.FPDFPageObj_NewTextObj(document.raw, b"Helvetica", size)
    pdfium.FPDFText_SetText(piece, _wide(text))
    pdfium.FPDFPageObj_SetFillColor(piece, colour, colour, colour, 255)
    pdfium.FPDFPageObj_Transform(piece, 1, 0, 0, 1, x, y)
    pdfium.FPDFPage_InsertObject(page.raw, piece)
    pdfium.FPDFPage_GenerateContent(page.raw)
    return _saved(document)


def annotation(submitted: Submitted, parts: Sequence[str] | None) -> None:
    content = _pdf(submitted.resume)
    if parts is not None:
        document = pypdfium2.PdfDocument(content)
        page = document[0]  # Held, since the note is the page's.
        note = pdfium.FPDFPage_CreateAnnot(page.raw, pdfium.FPDF_ANNOT_TEXT)
        pdfium.FPDFAnnot_SetRect(note, pdfium.FS_RECTF(20, 40, 40, 20))
        pdfium.FPDFAnnot_SetStringValue(note, b"Contents", _wide(flat(parts)))
        pdfium.FPDFPage_CloseAnnot(note)
        content = _saved(document)
    submitted.files["resume.pdf"] = content


def _wide(text: str) -> "ctypes.Array[ctypes.c_ushort]":
    encoded = (text + "\0").encode("utf-16-le")
    return (ctypes.c_ushort * (len(encoded) // 2)).from_buffer_copy(encoded)


def _saved(document: pypdfium2.PdfDocument) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    document.close()
    return stream.getvalue()


def pdf_title(submitted: Submitted, parts: Sequence[str] | None) -> None:
    """An update at the end of the file gives it another title and subject."""
    content = _pdf(submitted.resume)
    if parts is not None:
        text = re.sub(r"[()\\]", " ", flat(parts))
        start, size = content.rindex(b"startxref"), re.search(rb"/Size (\d+)", content)
        root = re.search(rb"/Root (\d+ 0 R)", content)
        if size is None or root is None:
            raise ValueError("The PDF has no plain trailer.")
        number, table = int(size[1]), int(content[start + 9 :].split()[0])
        body = content + f"\n{number} 0 obj\n<< /Title ({text}) /Subject ({text}) >>\nendobj\n".encode("latin-1")
        entry = f"xref\n{number} 1\n{len(content) + 1:010d} 00000 n \n".encode()
        trailer = f"trailer\n<< /Size {number + 1} /Root {root[1].decode()} /Info {number} 0 R /Prev {table} >>\n"
        content = body + entry + trailer.encode() + f"startxref\n{len(body)}\n%%EOF\n".encode()
    submitted.files["resume.pdf"] = content


PDF = (
    Channel("pdf: paragraph", pdf_visible, shows=True, ascii_only=True, fast=False),
    Channel("pdf: white", drawn(255, 8, 50, 20), shows=False, ascii_only=True),
    Channel("pdf: half a point", drawn(0, 0.5, 50, 20), shows=False, ascii_only=True),
    Channel("pdf: off page", drawn(0, 8, -2000, 20), shows=False, ascii_only=True),
    Channel("pdf: annotation", annotation, shows=False, ascii_only=True),
    Channel("pdf: title", pdf_title, shows=False, ascii_only=True),
)


# --- JSON Resume -----------------------------------------------------------------------------------------------------


def in_json(place: Callable[[dict[str, object], str], None]) -> Put:
    def put(submitted: Submitted, parts: Sequence[str] | None) -> None:
        resume = _json_resume(submitted.resume)
        for part in parts or ():
            place(resume, flat([part]))
        submitted.files["resume.json"] = json.dumps(resume, ensure_ascii=False, indent=1).encode()

    return put


def _json_resume(markdown: str) -> dict[str, object]:
    lines = [line.strip() for line in markdown.splitlines() if line.strip()]
    bullets = [line[2:] for line in lines if line.startswith(("- ", "* ", "> "))]
    address = re.search(r"[\w.+-]+@[\w.-]+\.\w+", markdown)
    basics = {"name": lines[0].strip("#* "), "email": address[0] if address else "", "summary": bullets[0]}
    return {"basics": basics, "work": [{"position": "Engineer", "highlights": bullets}], "skills": []}


def _entry(section: str, **shape: object) -> Callable[[dict[str, object], str], None]:
    """Add an entry to a section; `%s` in its shape is the text."""

    def place(resume: dict[str, object], text: str) -> None:
        entries = resume.setdefault(section, [])
        if not isinstance(entries, list):
            raise TypeError(section)
        entries.append(json.loads(json.dumps(shape).replace('"%s"', json.dumps(text))))

    return place


def _meta(resume: dict[str, object], text: str) -> None:
    resume["meta"] = {"version": text, "canonical": text}


def _basics(field: str) -> Callable[[dict[str, object], str], None]:
    def place(resume: dict[str, object], text: str) -> None:
        basics = resume["basics"]
        if not isinstance(basics, dict):
            raise TypeError("basics")
        basics[field] = text

    return place


JSON = (
    Channel("json: highlight", in_json(_entry("projects", name="Chess", highlights=["%s"])), shows=True),
    Channel("json: keyword", in_json(_entry("skills", name="Other", keywords=["%s"])), shows=True),
    Channel("json: reference", in_json(_entry("references", name="Somebody", reference="%s")), shows=True),
    Channel("json: unknown section", in_json(_entry("remarks", description="%s")), shows=True),
    Channel("json: label", in_json(_basics("label")), shows=True),
    Channel("json: meta", in_json(_meta), shows=False),
    Channel("json: picture", in_json(_basics("image")), shows=False),
)

CHANNELS: tuple[Channel, ...] = (*MARKDOWN, *HTML, *DOCX, *PDF, *JSON, *BESIDE, *TAKEHOME)
PLAIN = tuple(
    channel
    for channel in CHANNELS
    if channel.name
    in {
        "md: paragraph",
        "md: bullet",
        "md: end of an achievement",
        "md: quotation",
        "cover letter",
        "take-home: README",
        "take-home: code comment",
    }
)
"""Where text is read as it stands: enough to try many strings."""
