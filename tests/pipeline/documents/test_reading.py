"""The same text gives the same blocks whatever the format; what cannot be read says why."""

import io
import zipfile
from pathlib import Path

import pytest
from pypdfium2 import PdfDocument

from pipeline.documents.limits import Limits
from pipeline.documents.reading import DocumentReader
from pipeline.errors import SubmissionError
from pipeline.models.documents import Document
from pipeline.models.submissions import SubmittedFile
from tests.producers.render import to_docx, to_html, to_pdf_reportlab, to_pdf_typst
from tests.producers.scan import scanned

RESUMES = sorted((Path(__file__).parents[3] / "datasets" / "benchmarks").glob("*/candidates/*/resume.md"))
MARKDOWN = """# Work

## Harbour ferry tickets

- Took the **seat map** out of the monolith, because the quay has one line of 2 Mbit.
- We gave up live prices; they are up to an hour old.

A paragraph with `code` and a [link](https://example.org) in it.

| year | pages a week |
| ---- | ------------ |
| 2021 | 19           |

1. first
2. second
"""


def shape(document: Document) -> list[tuple[str, int, str]]:
    return [(block.kind, block.level, block.text) for block in document.blocks]


def test_inline_markup_and_markers_are_gone(read) -> None:
    document = read("resume.md", MARKDOWN.encode())
    texts = [block.text for block in document.blocks]
    assert "Took the seat map out of the monolith, because the quay has one line of 2 Mbit." in texts
    assert "A paragraph with code and a link in it." in texts
    assert "2021 | 19" in texts


@pytest.mark.parametrize("path", RESUMES, ids=lambda path: f"{path.parents[2].name[:7]}-{path.parent.name}")
def test_markdown_html_and_docx_give_the_same_blocks(read, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    first = shape(read("resume.md", text.encode()))
    assert shape(read("resume.html", to_html(text).encode())) == first
    assert shape(read("resume.docx", to_docx(text))) == first


def _lines(document: Document) -> set[str]:
    return {" ".join(line.split()) for block in document.blocks for line in block.text.split("\n")}


@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("render", [to_pdf_reportlab, to_pdf_typst])
def test_pdf_gives_nearly_the_same_lines(read, render, columns: int) -> None:
    same = total = 0
    for path in RESUMES[:6]:
        text = path.read_text(encoding="utf-8")
        if render is to_pdf_reportlab and not text.isascii():
            continue  # its built-in fonts lack some letters
        wanted = _lines(read("resume.md", text.encode()))
        found = " ".join(" ".join(sorted(_lines(read("resume.pdf", render(text, columns=columns))))).split())
        same += sum(line in found for line in wanted)
        total += len(wanted)
    assert total == 0 or same / total >= 0.9


def test_places_are_lines_or_pages(read) -> None:
    markdown = read("resume.md", MARKDOWN.encode())
    pdf = read("resume.pdf", to_pdf_typst(MARKDOWN))
    assert [str(block.place) for block in markdown.blocks][:2] == ["line 1", "line 3"]
    assert {str(block.place) for block in pdf.blocks} == {"page 1"}


def encrypted_pdf() -> bytes:
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption("secret"))
    canvas.drawString(72, 720, "Nobody reads this without the password.")
    canvas.save()
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("resume.pdf", b"", "empty"),
        ("resume.pdf", to_pdf_typst(MARKDOWN)[:900], "corrupt"),
        ("resume.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 9, "corrupt"),
        ("resume.pdf", encrypted_pdf(), "encrypted"),
        ("resume.pdf", scanned(to_pdf_typst(MARKDOWN)), "scanned"),
        ("resume.docx", b"PK\x03\x04 not a document", "corrupt"),
        ("resume.doc", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "unsupported"),
        ("resume.png", b"\x89PNG\r\n\x1a\n" + bytes(60), "scanned"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(read, name: str, content: bytes, code: str) -> None:
    with pytest.raises(SubmissionError) as caught:
        read(name, content)
    assert caught.value.code in {code, "unsupported"} if code == "scanned" else caught.value.code == code
    assert caught.value.reason.endswith(".")


def test_a_bomb_is_refused_and_the_next_file_is_read(read) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b"<w>" + b" " * 300_000_000)
    with pytest.raises(SubmissionError):
        read("resume.docx", packed.getvalue())
    assert read("resume.md", b"# Fine").blocks[0].text == "Fine"


def test_a_parser_that_runs_too_long_is_ended() -> None:
    limits = Limits(wall_seconds=0.000_001)
    content = to_pdf_typst(MARKDOWN * 40)
    with DocumentReader(limits) as short, pytest.raises(SubmissionError) as caught:
        short.read(SubmittedFile(name="resume.pdf", role="resume", sha256="0" * 64, size=len(content)), content)
    assert caught.value.code == "timeout"


def test_code_is_read_as_text_and_never_run(read, tmp_path) -> None:
    trap = tmp_path / "trap"
    code = f'# Retried twice, then parked.\nopen({str(trap)!r}, "w").write("run")\n'
    document = read("takehome/app.py", code.encode(), "takehome")
    assert [block.kind for block in document.blocks] == ["comment", "code"]
    assert document.blocks[0].text == "Retried twice, then parked."
    assert not trap.exists()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Ich habe drei Jahre lang die Abrechnung eines Stadtwerks betreut und nachts Störungen behoben, weil "
         "sonst niemand da war, der die alten Systeme noch kannte und verstand.", "de"),
        (RESUMES[0].read_text(encoding="utf-8"), "en"),
        ("Java, SQL", None),
    ],
)  # fmt: skip
def test_the_language_of_prose_is_told(read, text: str, language: str | None) -> None:
    assert read("resume.txt", text.encode()).language == language


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_page_reads_like_the_upright_one(read, degrees: int) -> None:
    upright = to_pdf_typst(MARKDOWN)
    document = PdfDocument(upright)
    document[0].set_rotation(degrees)
    turned = io.BytesIO()
    document.save(turned)
    document.close()
    assert shape(read("resume.pdf", turned.getvalue())) == shape(read("resume.pdf", upright))
