import io
import json
from pathlib import Path

import docx

from evaluators.benchmarking.relations.bases import Base
from evaluators.benchmarking.relations.formats import (
    docx_package,
    format_twins,
    html_page,
    json_resume,
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
    assert not list(pdf_twins(base))
    (tmp_path / "resume.web.html").write_bytes(b"<p>x")
    (tmp_path / "resume.typst.pdf").write_bytes(b"%PDF")
    rendered = base._replace(rendered=tmp_path)
    assert next(format_twins(rendered)).after["resume.html"] == b"<p>x"
    assert [(t.pair, t.after["resume.pdf"]) for t in pdf_twins(rendered)] == [("format_pdf-typst", b"%PDF")]


def test_the_take_home_goes_along_in_every_format(base: Base) -> None:
    assert sent_as(base.files, "resume.pdf", b"x").keys() == base.files.keys() - {"resume.md"} | {"resume.pdf"}
