"""DOCX files with hidden text, and files that only look as if they had some."""

import io
from collections.abc import Callable, Iterator

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_COLOR_INDEX
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt, RGBColor
from docx.text.run import Run

from tests.pipeline.documents.carriers import BENIGN, SECRET, VISIBLE, Carrier

Write = Callable[[Document, str], None]


def docx_carriers() -> Iterator[Carrier]:
    """Yield every way of hiding text in a DOCX."""
    for name, (write, *reasons) in _HIDING.items():
        yield Carrier(f"{name}.docx", _file(write, SECRET), SECRET, tuple(reasons))


def benign_docx() -> Iterator[Carrier]:
    """Yield DOCX files whose text can be read."""
    for name, write in _LOOKING_HIDDEN.items():
        yield Carrier(f"{name}.docx", _file(write, BENIGN), None, visible=(*VISIBLE, BENIGN))


def _file(write: Write, text: str) -> bytes:
    document = docx.Document()
    for line in VISIBLE:
        document.add_paragraph(line)
    write(document, text)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _run(change: Callable[[Run], None]) -> Write:
    def write(document: Document, text: str) -> None:
        change(document.add_paragraph().add_run(text))

    return write


def _vanish(run: Run) -> None:
    run.font.hidden = True


def _colour(value: str) -> Callable[[Run], None]:
    def change(run: Run) -> None:
        run.font.color.rgb = RGBColor.from_string(value)

    return change


def _size(points: float) -> Callable[[Run], None]:
    def change(run: Run) -> None:
        run.font.size = Pt(points)

    return change


def _properties(xml: str) -> Callable[[Run], None]:
    """Add raw run properties."""

    def change(run: Run) -> None:
        run._r.get_or_add_rPr().append(parse_xml(_declared(xml)))

    return change


def _declared(xml: str) -> str:
    """Return an element with the namespace that it needs to be parsed alone."""
    name, rest = xml[1:].split(" ", 1) if " " in xml else (xml[1:].rstrip("/>"), "/>")
    return f"<{name} {nsdecls('w')} {rest}"


def _styled(kind: WD_STYLE_TYPE) -> Write:
    def write(document: Document, text: str) -> None:
        base = document.styles.add_style("Quiet", kind)
        base.font.hidden = True
        style = document.styles.add_style("Quieter", kind)
        style.base_style = base
        paragraph = document.add_paragraph(style="Quieter" if kind == WD_STYLE_TYPE.PARAGRAPH else None)
        paragraph.add_run(text, style="Quieter" if kind == WD_STYLE_TYPE.CHARACTER else None)

    return write


def _paragraph(xml: str, change: Callable[[Run], None] | None = None) -> Write:
    def write(document: Document, text: str) -> None:
        paragraph = document.add_paragraph()
        paragraph._p.get_or_add_pPr().append(parse_xml(_declared(xml)))
        run = paragraph.add_run(text)
        if change is not None:
            change(run)

    return write


def _in_cell(fill: str, colour: str) -> Write:
    def write(document: Document, text: str) -> None:
        cell = document.add_table(rows=1, cols=1).rows[0].cells[0]
        cell._tc.get_or_add_tcPr().append(
            parse_xml(_declared(f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>'))
        )
        _colour(colour)(cell.paragraphs[0].add_run(text))

    return write


def _in_header(change: Callable[[Run], None]) -> Write:
    def write(document: Document, text: str) -> None:
        change(document.sections[0].header.paragraphs[0].add_run(text))

    return write


def _on_page(colour: str, run_colour: str) -> Write:
    def write(document: Document, text: str) -> None:
        document.element.insert(0, parse_xml(_declared(f'<w:background w:color="{colour}"/>')))
        for paragraph in document.paragraphs:
            _colour("777777")(paragraph.runs[0])
        _colour(run_colour)(document.add_paragraph().add_run(text))

    return write


def _superscript(run: Run) -> None:
    run.font.superscript = True


def _highlighted(run: Run) -> None:
    run.font.highlight_color = WD_COLOR_INDEX.YELLOW
    run.font.color.rgb = RGBColor.from_string("FFFF00")


def _not_vanished(run: Run) -> None:
    run.font.hidden = False


_HIDING: dict[str, tuple[Write, str]] = {
    "vanish": (_run(_vanish), "hidden_run"),
    "vanish-in-paragraph-style": (_styled(WD_STYLE_TYPE.PARAGRAPH), "hidden_run"),
    "vanish-in-character-style": (_styled(WD_STYLE_TYPE.CHARACTER), "hidden_run"),
    "white": (_run(_colour("FFFFFF")), "white"),
    "nearly-white": (_run(_colour("FCFCFC")), "white"),
    "half-point": (_run(_size(0.5)), "tiny"),
    "one-point": (_run(_size(1)), "tiny"),
    "two-points": (_run(_size(2)), "tiny"),
    "narrow": (_run(_properties('<w:w w:val="1"/>')), "tiny"),
    "white-on-white-shade": (_paragraph('<w:shd w:val="clear" w:fill="FFFFFF"/>', _colour("FFFFFF")), "white"),
    "dark-on-dark-shade": (_paragraph('<w:shd w:val="clear" w:fill="101010"/>', _colour("111111")), "white"),
    "dark-on-dark-cell": (_in_cell("1F2D4D", "1F2D4D"), "white"),
    "highlighted-in-its-colour": (_run(_highlighted), "white"),
    "far-left": (_paragraph('<w:ind w:left="-20000"/>'), "off_page"),
    "frame-off-page": (_paragraph('<w:framePr w:x="-15000" w:y="0"/>'), "off_page"),
    "squashed-lines": (_paragraph('<w:spacing w:line="20" w:lineRule="exact"/>'), "tiny"),
    "white-in-header": (_in_header(_colour("FFFFFF")), "white"),
    "vanish-in-header": (_in_header(_vanish), "hidden_run"),
    "black-on-black-page": (_on_page("000000", "000000"), "white"),
}

_LOOKING_HIDDEN: dict[str, Write] = {
    "grey": _run(_colour("999999")),
    "pale-grey": _run(_colour("C0C0C0")),
    "six-points": _run(_size(6)),
    "four-points": _run(_size(4)),
    "superscript": _run(_superscript),
    "not-vanished": _run(_not_vanished),
    "white-on-dark-cell": _in_cell("223344", "FFFFFF"),
    "white-on-dark-paragraph": _paragraph('<w:shd w:val="clear" w:fill="223344"/>', _colour("FFFFFF")),
    "automatic-on-dark": _paragraph('<w:shd w:val="clear" w:fill="000000"/>'),
    "blue-link": _run(_colour("0563C1")),
    "indented": _paragraph('<w:ind w:left="720" w:hanging="360"/>'),
    "exact-lines": _paragraph('<w:spacing w:line="240" w:lineRule="exact"/>'),
    "grey-in-header": _in_header(_colour("888888")),
    "white-on-black-page": _on_page("000000", "FFFFFF"),
}
