"""DOCX files with hidden text, and files that only look as if they had some."""

import io
from collections.abc import Callable, Iterator

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_COLOR_INDEX
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, nsmap
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


def headers_of_no_page() -> Iterator[Carrier]:
    """Yield headers that Word keeps and shows on no page; nobody hid them, and nobody reads them."""
    for kind in ("first", "even"):
        yield Carrier(f"unused-{kind}-header.docx", _file(_in_header_of(kind, used=False), SECRET), None)


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


def _in_header_of(kind: str, *, used: bool) -> Write:
    """A header for first or even pages only, in a document that has such a header or does not."""

    def write(document: Document, text: str) -> None:
        section = document.sections[0]
        header = section.first_page_header if kind == "first" else section.even_page_header
        header.is_linked_to_previous = False
        header.paragraphs[0].text = text
        if kind == "first":
            section.different_first_page_header_footer = used
        else:
            document.settings.odd_and_even_pages_header_footer = used

    return write


def _in_row(xml: str) -> Write:
    def write(document: Document, text: str) -> None:
        row = document.add_table(rows=1, cols=1).rows[0]
        row._tr.get_or_add_trPr().append(parse_xml(_declared(xml)))
        row.cells[0].text = text

    return write


def _filled(fill: str) -> Callable[[Run], None]:
    """Word's text effect, which is painted over the plain colour."""

    def change(run: Run) -> None:
        xml = f'<w14:textFill xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml">{fill}</w14:textFill>'
        run._r.get_or_add_rPr().append(parse_xml(xml))

    return change


def _theme_white_in_dark_cell(document: Document, text: str) -> None:
    _in_cell("223344", "000000")(document, text)
    colour = document.tables[-1].rows[0].cells[0].paragraphs[0].runs[0]._r.rPr.find(f"{{{nsmap['w']}}}color")
    colour.set(f"{{{nsmap['w']}}}themeColor", "background1")


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
    "white-by-theme": (_run(_properties('<w:color w:val="000000" w:themeColor="background1"/>')), "white"),
    "filled-white": (_run(_filled('<w14:solidFill><w14:srgbClr w14:val="FFFFFF"/></w14:solidFill>')), "white"),
    "not-filled": (_run(_filled("<w14:noFill/>")), "invisible"),
    "squeezed": (_run(_properties('<w:spacing w:val="-1500"/>')), "tiny"),
    "lowered": (_run(_properties('<w:position w:val="-3000"/>')), "off_page"),
    "hidden-row": (_in_row("<w:hidden/>"), "hidden_run"),
    "flat-row": (_in_row('<w:trHeight w:val="1" w:hRule="exact"/>'), "tiny"),
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
    "theme-white-in-dark-cell": _theme_white_in_dark_cell,
    "filled-dark": _run(_filled('<w14:solidFill><w14:srgbClr w14:val="203040"/></w14:solidFill>')),
    "slightly-tighter": _run(_properties('<w:spacing w:val="-10"/>')),
    "raised": _run(_properties('<w:position w:val="6"/>')),
    "low-row": _in_row('<w:trHeight w:val="240" w:hRule="exact"/>'),
    "first-page-header": _in_header_of("first", used=True),
    "even-page-header": _in_header_of("even", used=True),
}
