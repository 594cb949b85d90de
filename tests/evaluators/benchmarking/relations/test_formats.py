import io
import json
from pathlib import Path

import docx
import pypdfium2

from evaluators.benchmarking.relations.bases import Base
from evaluators.benchmarking.relations.formats import (
    docx_package,
    format_twins,
    html_page,
    json_resume,
    own_pdf,
    pdf_twins,
    sent_as,
)

TEXT = (
    "# Ann\n\nfirst line\nsecond **line**\n\n- one\n  - two\n\n1. three\n\n"
    "| a | b |\n|---|---|\n| c | d |\n\n```\ncode\n```\n"
)


def test_a_docx_keeps_headings_lists_tables_and_line_ends() -> None:
    document = docx.Document(io.BytesIO(docx_package(TEXT)))
    paragraphs = [(p.style.name, p.text) for p in document.paragraphs]
    assert paragraphs[0] == ("Heading 1", "Ann")
    assert ("Normal", "first line\nsecond line") in paragraphs
    assert ("List Bullet", "two") in paragraphs
    assert ("List Number", "three") in paragraphs
    assert ("Normal", "code") in paragraphs
    assert [[cell.text for cell in row.cells] for row in document.tables[0].rows] == [["a", "b"], ["c", "d"]]


def test_white_text_is_the_only_difference_that_it_makes() -> None:
    clean, marked = (docx.Document(io.BytesIO(docx_package(TEXT, white=white))) for white in (None, "Look here."))
    assert [p.text for p in marked.paragraphs] == [*(p.text for p in clean.paragraphs), "Look here."]
    assert str(marked.paragraphs[-1].runs[0].font.color.rgb) == "FFFFFF"


def test_html_keeps_line_ends() -> None:
    assert "first line<br />\nsecond <strong>line</strong>" in html_page(TEXT).decode()


def test_a_json_resume_holds_the_jobs_and_the_other_sections(base: Base) -> None:
    made = json.loads(json_resume(base.resume, name="Nerys Llewellyn", note="x") or b"")
    assert made["basics"] == {
        "name": "Nerys Llewellyn",
        "summary": "Backend engineer. She asks before she builds, and her notes are read.",
    }
    assert [job["name"].split(",")[0] for job in made["work"]] == ["Tidewater Freight Ltd", "Gower Print Works"]
    assert len(made["work"][0]["highlights"]) == 2
    assert made["Tools"] == ["Go, PostgreSQL, Grafana"]
    assert made["meta"] == {"note": "x"}
    assert json_resume("Ann\n\nI write code.\n", name="Ann") is None


def test_another_programs_rendering_goes_before_ones_own(base: Base, tmp_path: Path) -> None:
    own = {twins.pair: twins for twins in format_twins(base)}
    assert [set(t.after) - set(base.files) for t in own.values()] == [{"resume.html"}, {"resume.docx"}]
    assert all("resume.md" not in t.after for t in own.values())
    assert [twins.pair for twins in pdf_twins(base)] == ["format_pdf-own"]
    (tmp_path / "resume.web.html").write_bytes(b"<p>x")
    (tmp_path / "resume.typst.pdf").write_bytes(b"%PDF")
    rendered = base._replace(rendered=tmp_path)
    assert next(format_twins(rendered)).after["resume.html"] == b"<p>x"
    assert [(t.pair, t.after["resume.pdf"]) for t in pdf_twins(rendered)] == [("format_pdf-typst", b"%PDF")]


def test_the_take_home_goes_along_in_every_format(base: Base) -> None:
    assert sent_as(base.files, "resume.pdf", b"x").keys() == base.files.keys() - {"resume.md"} | {"resume.pdf"}


def text_of(pdf: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def test_a_pdf_of_our_own_holds_every_word_and_equal_resumes_give_equal_bytes(base: Base) -> None:
    (twins,) = pdf_twins(base)
    content = twins.after["resume.pdf"]
    shown = text_of(content).split()
    marks = ("#", "##", "###", "-", "•")
    assert [word for word in shown if word not in marks] == [w for w in base.resume.split() if w not in marks]
    own_pdf.cache_clear()
    assert next(pdf_twins(base)).after["resume.pdf"] == content
    assert twins.before == base.files


def test_a_long_resume_goes_over_several_pages_and_no_line_leaves_one() -> None:
    text = "# Ann\n\n" + "\n\n".join(f"Paragraph {n} " + "WWWWWWW mmmmm " * 30 for n in range(30))
    document = pypdfium2.PdfDocument(own_pdf(text).content)  # type: ignore[union-attr]
    assert len(document) > 2
    for page in document:
        boxes = [thing.get_bounds() for thing in page.get_objects()]
        assert boxes
        assert all(left > 50 and right < 545 and bottom > 35 and top < 800 for left, bottom, right, top in boxes)


def test_letters_that_the_font_lacks_are_written_plainly_on_both_sides(base: Base) -> None:
    polish = base.with_resume(base.resume.replace("Nerys", "Łucja").replace("Llewellyn", "Wiśniewska"))
    (twins,) = pdf_twins(base._replace(files=polish))
    assert "Lucja Wisniewska" in text_of(twins.after["resume.pdf"])
    assert "Lucja Wisniewska" in twins.before["resume.md"].decode()
    assert own_pdf("# 田中\n") is None
