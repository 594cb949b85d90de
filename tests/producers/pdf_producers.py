"""Markdown as PDF by two producers that lay text out in quite different ways: ReportLab and Typst."""

import io
import json
from collections.abc import Iterator, Sequence
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

import typst
from reportlab.lib import colors
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    HRFlowable,
    PageTemplate,
    Paragraph,
    Preformatted,
    Spacer,
    Table,
    TableStyle,
)

from tests.producers.markdown_tree import Node, Runs, nodes, plain

_MARGIN = 1.8 * cm
_GUTTER = 0.8 * cm
_VERA = {name: f"{name}.ttf" for name in ("Vera", "VeraBd", "VeraIt", "VeraBI")}
# Only where the system has it; Vera comes with ReportLab but lacks, say, Lithuanian.
_DEJAVU = {
    f"DejaVu{look}": f"/usr/share/fonts/truetype/dejavu/DejaVuSans{look}.ttf"
    for look in ("", "-Bold", "-Oblique", "-BoldOblique")
}


def to_pdf_reportlab(
    markdown: str, columns: Literal[1, 2] = 1, *, white_text: str | None = None, soft_breaks: bool = True
) -> bytes:
    """Lay the text out with ReportLab; equal text gives equal bytes.

    Helvetica, which is in no file, or an embedded subset of Vera (else of DejaVu Sans, where the system has it)
    when Latin-1 does not hold the text.

    Args:
        markdown: The text.
        columns: Columns of every page.
        white_text: Written in white at the foot of the first page, where a reader of the page sees nothing.
        soft_breaks: Keep single line ends as line breaks, else as spaces.

    Raises:
        ValueError: A letter is in none of them; use `to_pdf_typst` for it.
    """
    tree = nodes(markdown, soft_breaks=soft_breaks)
    family = _font_family(markdown)
    styles = _styles(family)
    width = (A4[0] - 2 * _MARGIN - (columns - 1) * _GUTTER) / columns
    frames = [
        Frame(_MARGIN + index * (width + _GUTTER), _MARGIN, width, A4[1] - 2 * _MARGIN, 0, 0, 0, 0)
        for index in range(columns)
    ]

    def add_white(canvas: Canvas, _: BaseDocTemplate) -> None:
        if white_text is None or canvas.getPageNumber() != 1:
            return
        canvas.saveState()
        canvas.setFillColor(colors.white)
        canvas.setFont(family[""], 7)
        for number, line in enumerate(_folded(white_text, 110)):
            canvas.drawString(_MARGIN, _MARGIN - 12 - 9 * number, line)
        canvas.restoreState()

    stream = io.BytesIO()
    document = BaseDocTemplate(stream, pagesize=A4, invariant=1, pageCompression=1, title="", author="", lang="en")
    document.addPageTemplates(PageTemplate(frames=frames, onPage=add_white))
    document.build([flowable for node in tree for flowable in _flowables(node, styles, width)])
    return stream.getvalue()


def to_pdf_typst(
    markdown: str, columns: Literal[1, 2] = 1, *, hyphenate: bool = False, soft_breaks: bool = True
) -> bytes:
    """Lay the text out with Typst in its own fonts; equal text gives equal bytes.

    Args:
        markdown: The text.
        columns: Columns of every page.
        hyphenate: Set justified text with hyphens at line ends.
        soft_breaks: Keep single line ends as line breaks, else as spaces.
    """
    source = "\n".join(
        [
            "#set document(date: none)",
            f'#set page(paper: "a4", margin: 1.8cm, columns: {columns})',
            f'#set text(font: "Libertinus Serif", size: 10pt, lang: "en", hyphenate: {str(hyphenate).lower()})',
            f"#set par(justify: {str(hyphenate).lower()})",
            "#set smartquote(enabled: false)",
            *_typst_blocks(nodes(markdown, soft_breaks=soft_breaks)),
        ]
    )
    compiled = typst.Compiler(ignore_system_fonts=True).compile(source.encode(), format="pdf")
    if not isinstance(compiled, bytes):
        raise TypeError("Typst made several files where one PDF was asked for.")
    return compiled


def _font_family(markdown: str) -> dict[str, str]:
    """Return the first family that holds every letter; nobody's name may turn into boxes."""
    try:
        markdown.encode("cp1252")
    except UnicodeEncodeError:
        letters = set(markdown) - {"\n", "\t"}
    else:
        return {
            "": "Helvetica",
            "bold": "Helvetica-Bold",
            "italic": "Helvetica-Oblique",
            "both": "Helvetica-BoldOblique",
        }
    missing = letters
    for family in (_VERA, _DEJAVU):
        try:
            for name, file in family.items():
                pdfmetrics.registerFont(TTFont(name, file))
        except TTFError:
            continue
        regular, bold, italic, both = family
        pdfmetrics.registerFontFamily(regular, regular, bold, italic, both)
        missing = {letter for letter in letters if ord(letter) not in pdfmetrics.getFont(regular).face.charToGlyph}
        if not missing:
            return {"": regular, "bold": bold, "italic": italic, "both": both}
    raise ValueError(f"No font here for {sorted(missing)!r}; use to_pdf_typst for this text.")


def _styles(family: dict[str, str]) -> dict[str, ParagraphStyle]:
    body = ParagraphStyle(
        "body", fontName=family[""], fontSize=9.5, leading=12.5, spaceAfter=4, alignment=TA_LEFT, splitLongWords=True
    )
    styles = {
        "paragraph": body,
        "quote": ParagraphStyle("quote", body, leftIndent=12, textColor=colors.HexColor("#333")),
    }
    for level in range(1, 7):
        size = max(17 - 2.5 * (level - 1), 9.5)
        styles[f"heading{level}"] = ParagraphStyle(
            f"heading{level}",
            body,
            fontName=family["bold"],
            fontSize=size,
            leading=size * 1.25,
            spaceBefore=7,
            keepWithNext=1,
        )
    for depth in range(1, 4):
        styles[f"bullet{depth}"] = ParagraphStyle(
            f"bullet{depth}", body, leftIndent=12 * depth, bulletIndent=12 * (depth - 1) + 2, spaceAfter=2
        )
    styles["code"] = ParagraphStyle("code", fontName="Courier", fontSize=8, leading=10, leftIndent=6, spaceAfter=5)
    return styles


def _flowables(node: Node, styles: dict[str, ParagraphStyle], width: float) -> Iterator[Flowable]:
    if node.kind == "code":
        yield Preformatted(node.text, styles["code"])
    elif node.kind == "rule":
        yield HRFlowable(width="100%", thickness=0.5, color=colors.grey, spaceBefore=4, spaceAfter=4)
    elif node.kind == "table":
        rows = [[Paragraph(_reportlab_markup(cell), styles["paragraph"]) for cell in row] for row in node.rows]
        longest = [
            max(max(len(plain(row[column])), 6) for row in node.rows if column < len(row))
            for column in range(max(map(len, node.rows)))
        ]
        table = Table(rows, colWidths=[width * length / sum(longest) for length in longest])
        table.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.4, colors.grey), ("VALIGN", (0, 0), (-1, -1), "TOP")]))
        yield table
        yield Spacer(1, 6)
    elif node.kind == "bullet":
        marker = "\u2022" if node.number is None else f"{node.number}."
        yield Paragraph(_reportlab_markup(node.runs), styles[f"bullet{min(node.level, 3)}"], bulletText=marker)
    else:
        name = f"heading{min(node.level, 6)}" if node.kind == "heading" else node.kind
        yield Paragraph(_reportlab_markup(node.runs), styles[name])


def _reportlab_markup(runs: Runs) -> str:
    pieces = []
    for run in runs:
        if run.is_break:
            pieces.append("<br/>")
            continue
        text = escape(run.text)
        text = f'<font face="Courier">{text}</font>' if run.code else text
        text = f"<b>{text}</b>" if run.bold else text
        text = f"<i>{text}</i>" if run.italic else text
        pieces.append(f"<a href={quoteattr(run.link)}>{text}</a>" if run.link else text)
    return "".join(pieces)


def _folded(text: str, width: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line


def _typst_blocks(tree: Sequence[Node]) -> Iterator[str]:
    index = 0
    while index < len(tree):
        node = tree[index]
        if node.kind == "bullet":
            end = index
            numbered = node.number is not None
            while end < len(tree) and tree[end].kind == "bullet":
                if tree[end].level == node.level and (tree[end].number is not None) != numbered:
                    break
                end += 1
            yield _typst_list(tree[index:end])
            index = end
            continue
        index += 1
        if node.kind == "heading":
            yield f"#heading(level: {node.level})[{_typst_runs(node.runs)}]"
        elif node.kind == "code":
            yield f"#raw({_typst_text(node.text)}, block: true)"
        elif node.kind == "rule":
            yield "#line(length: 100%, stroke: 0.4pt)"
        elif node.kind == "table":
            cells = ", ".join(f"[{_typst_runs(cell)}]" for row in node.rows for cell in row)
            yield f"#table(columns: {max(map(len, node.rows))}, {cells})"
        elif node.kind == "quote":
            yield f"#quote(block: true)[{_typst_runs(node.runs)}]"
        else:
            yield f"#par[{_typst_runs(node.runs)}]"


def _typst_list(bullets: Sequence[Node]) -> str:
    """Nest flat bullets by their depth."""
    items: list[str] = []
    index = 0
    while index < len(bullets):
        bullet = bullets[index]
        end = index + 1
        while end < len(bullets) and bullets[end].level > bullet.level:
            end += 1
        below = _typst_list(bullets[index + 1 : end]) if end > index + 1 else ""
        items.append(f"[{_typst_runs(bullet.runs)} {below}]")
        index = end
    if bullets[0].number is not None:
        return f"#enum(start: {bullets[0].number}, {', '.join(items)})"
    return f"#list({', '.join(items)})"


def _typst_runs(runs: Runs) -> str:
    pieces = []
    for run in runs:
        if run.is_break:
            pieces.append("#linebreak()")
            continue
        text = f"#raw({_typst_text(run.text)})" if run.code else f"#{_typst_text(run.text)}"
        text = f"#strong[{text}]" if run.bold else text
        text = f"#emph[{text}]" if run.italic else text
        pieces.append(f"#link({_typst_text(run.link)})[{text}]" if run.link else text)
    # A string in code mode must end before the next one begins; `;` ends it without a space.
    return ";".join(pieces) + ";"


def _typst_text(text: str) -> str:
    r"""Return a string literal; JSON's escapes are Typst's but for `\b`, `\f` and `\uXXXX`."""
    kept = "".join(letter for letter in text if letter == "\n" or letter == "\t" or letter.isprintable())
    return json.dumps(kept, ensure_ascii=False)
