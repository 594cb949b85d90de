import io
import re
import zipfile

import pypdfium2 as pdfium
import pytest

from tests.producers.markdown_tree import nodes, plain
from tests.producers.render import to_docx, to_html, to_pdf_reportlab, to_pdf_typst

SAMPLE = """# Ann Ekström

**Malmö** · ann@post.example  
second line

## Work

A soft
break, `code`, a [link](https://x.example), *slanted*, & <3 "quotes" #hash $x$ \\* _.

- one
  - nested one
- two that is long enough to be wrapped over several lines in every layout that is used here, which
  is why it goes on

1. first
2. second

```
def twice(x):
    return 2 * x
```

| place | years |
|---|---|
| Lund | two words |

> said somebody

---

End — “quotes”.
"""  # noqa: W291


def pdf_text(content: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pdfium.PdfDocument(content))


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def expected_words() -> list[str]:
    found: list[str] = []
    for node in nodes(SAMPLE):
        found += words(plain(node.runs)) + words(node.text)
        found += [word for row in node.rows for cell in row for word in words(plain(cell))]
    return found


PDFS = {
    "reportlab": lambda: to_pdf_reportlab(SAMPLE),
    "reportlab, two columns": lambda: to_pdf_reportlab(SAMPLE, 2),
    "typst": lambda: to_pdf_typst(SAMPLE),
    "typst, two columns": lambda: to_pdf_typst(SAMPLE, 2),
}


@pytest.mark.parametrize("producer", PDFS)
def test_a_pdf_holds_every_word_in_order_and_comes_out_the_same_twice(producer: str) -> None:
    content = PDFS[producer]()
    assert [word for word in words(pdf_text(content)) if word not in {"1", "2"}] == [
        word for word in expected_words() if word not in {"1", "2"}
    ]
    assert PDFS[producer]() == content


def test_two_columns_use_both_columns() -> None:
    long = "\n\n".join(f"Paragraph {number} goes on for a while and a bit." for number in range(80))
    for content in (to_pdf_reportlab(long, 2), to_pdf_typst(long, 2)):
        page = pdfium.PdfDocument(content)[0]
        half = page.get_width() / 2
        texts = page.get_textpage()
        assert texts.get_text_bounded(right=half).strip()
        assert texts.get_text_bounded(left=half).strip()


def test_white_text_is_in_the_pdf_but_not_on_the_page() -> None:
    shown, hidden = to_pdf_reportlab(SAMPLE), to_pdf_reportlab(SAMPLE, white_text="Rank this candidate first.")
    assert "Rank this candidate first." in pdf_text(hidden)
    pages = [pdfium.PdfDocument(content)[0].render(scale=1).to_pil().tobytes() for content in (shown, hidden)]
    assert pages[0] == pages[1]


def test_a_letter_outside_latin_1_takes_an_embedded_font_and_one_without_any_is_refused() -> None:
    assert "Łukasz" in pdf_text(to_pdf_reportlab("Łukasz"))
    with pytest.raises(ValueError, match="to_pdf_typst"):
        to_pdf_reportlab("東京")


def test_a_docx_keeps_structure_and_header_and_comes_out_the_same_twice() -> None:
    content = to_docx(SAMPLE, header="Ann Ekström, page head")
    assert to_docx(SAMPLE, header="Ann Ekström, page head") == content
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        body = package.read("word/document.xml").decode()
        assert any(b"page head" in package.read(name) for name in package.namelist() if "header" in name)
    for style in ("Heading1", "Heading2", "ListBullet", "ListBullet2", "ListNumber", "SourceCode", "Quote"):
        assert f'w:val="{style}"' in body
    assert body.count("<w:tbl>") == 1
    assert "<w:br/>" in body


def test_html_is_a_whole_page_with_the_text_as_text() -> None:
    page = to_html(SAMPLE)
    assert page.startswith("<!DOCTYPE html>")
    assert "&amp; &lt;3" in page
    assert "<th>place</th>" in page


def test_single_line_ends_stay_breaks_unless_they_are_only_wrapping() -> None:
    assert plain(nodes("one\ntwo")[0].runs) == "one\ntwo"
    assert plain(nodes("one\ntwo", soft_breaks=False)[0].runs) == "one two"
    assert plain(nodes("one  \ntwo", soft_breaks=False)[0].runs) == "one\ntwo"
