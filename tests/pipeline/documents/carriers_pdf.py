"""PDFs with hidden text, and PDFs that only look as if they had some."""

import io
from collections.abc import Callable, Iterator

import typst
from PIL import Image
from reportlab.lib.colors import Color, HexColor, black, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tests.pipeline.documents.carriers import BENIGN, SECRET, VISIBLE, Carrier

_TOP = 780.0
_SECRET_Y = 600.0
_INVISIBLE = 3
_CLIP_ONLY = 7
_OUTLINE = 1
_FILL_AND_OUTLINE = 2

Draw = Callable[[Canvas, str], None]


def pdf_carriers() -> Iterator[Carrier]:
    """Yield every way of hiding text in a PDF, by two producers."""
    for name, (draw, *reasons) in _HIDING.items():
        yield Carrier(f"{name}.pdf", _canvas_pdf(draw, SECRET), SECRET, tuple(reasons))
    for name, (markup, *reasons) in _TYPST_HIDING.items():
        yield Carrier(f"typst-{name}.pdf", _typst_pdf(markup % f'#"{SECRET}"'), SECRET, tuple(reasons))


def benign_pdfs() -> Iterator[Carrier]:
    """Yield PDFs whose text is unusual and can be read."""
    for name, draw in _LOOKING_HIDDEN.items():
        yield Carrier(f"{name}.pdf", _canvas_pdf(draw, BENIGN), None, visible=(*VISIBLE, BENIGN))
    for name, markup in _TYPST_LOOKING_HIDDEN.items():
        content = _typst_pdf(markup % f'#"{BENIGN}"')
        yield Carrier(f"typst-{name}.pdf", content, None, visible=(*VISIBLE, BENIGN))


def _canvas_pdf(draw: Draw, text: str) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1)
    canvas.setFont("Helvetica", 10)
    for number, line in enumerate(VISIBLE):
        canvas.drawString(60, _TOP - 40 * number, line)
    canvas.saveState()
    draw(canvas, text)
    canvas.restoreState()
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _typst_pdf(markup: str) -> bytes:
    head = '#set page(paper: "a4", margin: 2cm)\n#set text(size: 10pt, hyphenate: false)\n'
    body = "\n\n".join(f'#"{line}"' for line in VISIBLE)
    compiled = typst.Compiler(ignore_system_fonts=True).compile((head + body + "\n\n" + markup).encode(), format="pdf")
    assert isinstance(compiled, bytes)
    return compiled


def _text(
    canvas: Canvas, text: str, *, x: float = 60.0, y: float = _SECRET_Y, size: float = 9.0, mode: int = 0
) -> None:
    line = canvas.beginText(x, y)
    line.setFont("Helvetica", size)
    line.setTextRenderMode(mode)
    line.textOut(text)
    canvas.drawText(line)


def _picture(colour: tuple[int, ...], size: tuple[int, int] = (40, 20)) -> ImageReader:
    return ImageReader(Image.new("RGBA" if len(colour) == 4 else "RGB", size, colour))


def _coloured(colour: Color) -> Draw:
    def draw(canvas: Canvas, text: str) -> None:
        canvas.setFillColor(colour)
        _text(canvas, text)

    return draw


def _on_panel(panel: Color, colour: Color) -> Draw:
    def draw(canvas: Canvas, text: str) -> None:
        canvas.setFillColor(panel)
        canvas.rect(50, _SECRET_Y - 20, 500, 50, stroke=0, fill=1)
        canvas.setFillColor(colour)
        _text(canvas, text)

    return draw


def _sized(size: float) -> Draw:
    return lambda canvas, text: _text(canvas, text, size=size)


def _scaled(factor: float) -> Draw:
    def draw(canvas: Canvas, text: str) -> None:
        canvas.translate(60, _SECRET_Y)
        canvas.scale(factor, factor)
        _text(canvas, text, x=0, y=0, size=10)

    return draw


def _in_form(factor: float, colour: Color) -> Draw:
    def draw(canvas: Canvas, text: str) -> None:
        canvas.beginForm("inner", 0, -20, 600, 100)
        canvas.setFillColor(colour)
        _text(canvas, text, x=0, y=0, size=10)
        canvas.endForm()
        canvas.translate(60, _SECRET_Y)
        canvas.scale(factor, factor)
        canvas.doForm("inner")

    return draw


def _at(x: float, y: float) -> Draw:
    return lambda canvas, text: _text(canvas, text, x=x, y=y)


def _outside_crop(canvas: Canvas, text: str) -> None:
    canvas.setCropBox((0, 650, A4[0], A4[1]))
    _text(canvas, text)


def _covered_by_rectangle(canvas: Canvas, text: str) -> None:
    _text(canvas, text)
    canvas.setFillColor(white)
    canvas.rect(40, _SECRET_Y - 10, 520, 30, stroke=0, fill=1)


def _covered_by_round_figure(canvas: Canvas, text: str) -> None:
    _text(canvas, text)
    canvas.setFillColor(HexColor("#dddddd"))
    canvas.roundRect(30, _SECRET_Y - 20, 540, 50, 10, stroke=0, fill=1)


def _covered_by_picture(canvas: Canvas, text: str) -> None:
    _text(canvas, text)
    canvas.drawImage(_picture((250, 250, 250)), 40, _SECRET_Y - 10, 520, 30)


def _under_picture_first(canvas: Canvas, text: str) -> None:
    """White text on a white picture: nothing covers it, and the page's own white is not what lies behind."""
    canvas.drawImage(_picture((255, 255, 255)), 40, _SECRET_Y - 10, 520, 30)
    canvas.setFillColor(white)
    _text(canvas, text)


def _moded(mode: int) -> Draw:
    return lambda canvas, text: _text(canvas, text, mode=mode)


def _see_through(alpha: float) -> Draw:
    def draw(canvas: Canvas, text: str) -> None:
        canvas.setFillAlpha(alpha)
        _text(canvas, text)

    return draw


def _clipped_away(canvas: Canvas, text: str) -> None:
    path = canvas.beginPath()
    path.rect(10, 10, 5, 5)
    canvas.clipPath(path, stroke=0, fill=0)
    _text(canvas, text)


def _squeezed(canvas: Canvas, text: str) -> None:
    line = canvas.beginText(60, _SECRET_Y)
    line.setFont("Helvetica", 9)
    line.setHorizScale(1)
    line.textOut(text)
    canvas.drawText(line)


def _on_gradient(canvas: Canvas, text: str) -> None:
    """White text where a gradient has become white."""
    path = canvas.beginPath()
    path.rect(40, _SECRET_Y - 20, 520, 50)
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.linearGradient(40, _SECRET_Y - 20, 40, _SECRET_Y + 30, (white, HexColor("#f4f4f4")))
    canvas.setFillColor(white)
    _text(canvas, text)


_HIDING: dict[str, tuple[Draw, str] | tuple[Draw, str, str] | tuple[Draw, str, str, str]] = {
    "white": (_coloured(white), "white"),
    "nearly-white": (_coloured(HexColor("#fdfdfd")), "white"),
    "very-pale": (_coloured(HexColor("#f2f2f2")), "white"),
    "white-on-white-panel": (_on_panel(white, white), "white"),
    "black-on-black-panel": (_on_panel(black, black), "white"),
    "navy-on-navy-panel": (_on_panel(HexColor("#1f2d4d"), HexColor("#20304f")), "white"),
    "one-point": (_sized(1), "tiny"),
    "half-point": (_sized(0.5), "tiny"),
    "two-points": (_sized(2), "tiny"),
    "scaled-down": (_scaled(0.1), "tiny"),
    "scaled-form": (_in_form(0.1, black), "tiny"),
    "white-form": (_in_form(1.0, white), "white"),
    "left-of-page": (_at(-900, _SECRET_Y), "off_page"),
    "above-page": (_at(60, 2000), "off_page"),
    "below-page": (_at(60, -40), "off_page"),
    "outside-crop-box": (_outside_crop, "off_page"),
    "covered-by-rectangle": (_covered_by_rectangle, "covered"),
    "covered-by-round-figure": (_covered_by_round_figure, "covered"),
    "covered-by-picture": (_covered_by_picture, "covered"),
    "white-on-white-picture": (_under_picture_first, "white"),
    "mode-3": (_moded(_INVISIBLE), "invisible"),
    "mode-7": (_moded(_CLIP_ONLY), "invisible"),
    "transparent": (_see_through(0.0), "invisible"),
    "nearly-transparent": (_see_through(0.03), "invisible", "white"),
    "clipped-away": (_clipped_away, "invisible", "off_page"),
    "squeezed": (_squeezed, "tiny"),
    "white-on-gradient": (_on_gradient, "white"),
}

_TYPST_HIDING: dict[str, tuple[str, ...]] = {
    "white": ("#text(fill: white)[%s]", "white"),
    "pale": ("#text(fill: luma(96%%))[%s]", "white"),
    "tiny": ("#text(size: 1pt)[%s]", "tiny"),
    "scaled": ("#scale(5%%, reflow: true)[%s]", "tiny"),
    "moved-off": ("#place(dx: -60cm)[#box(width: 15cm)[%s]]", "off_page"),
    "covered": ("#place(box(width: 15cm)[%s])#rect(width: 100%%, height: 2cm, fill: white)", "covered"),
    "transparent": ("#text(fill: rgb(0, 0, 0, 0))[%s]", "invisible"),
    "clipped": ("#box(width: 1pt, height: 1pt, clip: true)[#box(width: 15cm)[%s]]", "invisible", "tiny", "off_page"),
    "same-as-panel": ("#block(fill: navy, inset: 8pt)[#text(fill: navy)[%s]]", "white"),
}


def _after_page_frame(canvas: Canvas, text: str) -> None:
    _text(canvas, text)
    canvas.rect(20, 20, A4[0] - 40, A4[1] - 40, stroke=1, fill=0)


def _under_clear_picture(canvas: Canvas, text: str) -> None:
    _text(canvas, text)
    canvas.drawImage(_picture((255, 255, 255, 0)), 0, 0, A4[0], A4[1], mask="auto")


def _under_highlighter(canvas: Canvas, text: str) -> None:
    _text(canvas, text)
    canvas.setFillColor(HexColor("#ffff00"))
    canvas.setFillAlpha(0.35)
    canvas.rect(50, _SECRET_Y - 4, 480, 14, stroke=0, fill=1)


def _underlined_link(canvas: Canvas, text: str) -> None:
    canvas.setFillColor(HexColor("#1a5fd0"))
    _text(canvas, text)
    canvas.rect(60, _SECRET_Y - 2, 400, 0.6, stroke=0, fill=1)
    canvas.linkURL("https://mailhouse.example", (60, _SECRET_Y - 2, 400, _SECRET_Y + 9))


def _white_on_picture(canvas: Canvas, text: str) -> None:
    canvas.drawImage(_picture((20, 60, 90)), 0, _SECRET_Y - 30, A4[0], 70)
    canvas.setFillColor(white)
    _text(canvas, text)


def _white_on_round_chip(canvas: Canvas, text: str) -> None:
    canvas.setFillColor(HexColor("#334455"))
    canvas.roundRect(50, _SECRET_Y - 8, 480, 24, 8, stroke=0, fill=1)
    canvas.setFillColor(white)
    _text(canvas, text)


def _on_dark_gradient(canvas: Canvas, text: str) -> None:
    path = canvas.beginPath()
    path.rect(40, _SECRET_Y - 20, 520, 50)
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.linearGradient(40, _SECRET_Y, 560, _SECRET_Y, (HexColor("#102030"), HexColor("#405060")))
    canvas.setFillColor(white)
    _text(canvas, text)


def _outlined(canvas: Canvas, text: str) -> None:
    canvas.setFillColor(white)
    canvas.setStrokeColor(black)
    canvas.setLineWidth(0.3)
    _text(canvas, text, size=11, mode=_FILL_AND_OUTLINE)


def _drop_shadow(canvas: Canvas, text: str) -> None:
    canvas.setFillColor(HexColor("#cccccc"))
    _text(canvas, text, x=60.8, y=_SECRET_Y - 0.8)
    canvas.setFillColor(black)
    _text(canvas, text)


def _watermarked(canvas: Canvas, text: str) -> None:
    canvas.setFillColor(HexColor("#eaeaea"))
    _text(canvas, "Personal", x=90, y=_SECRET_Y - 20, size=90)
    canvas.setFillColor(black)
    _text(canvas, text)


def _cropped_margin(canvas: Canvas, text: str) -> None:
    canvas.setCropBox((20, 20, A4[0] - 20, A4[1] - 20))
    _text(canvas, text)


_LOOKING_HIDDEN: dict[str, Draw] = {
    "grey-footer": _coloured(HexColor("#999999")),
    "pale-grey-footer": _coloured(HexColor("#c0c0c0")),
    "six-points": _sized(6),
    "five-points": _sized(5),
    "four-points": _sized(4),
    "white-on-dark-panel": _on_panel(HexColor("#223344"), white),
    "pale-on-dark-panel": _on_panel(HexColor("#223344"), HexColor("#e8e8e8")),
    "dark-on-pale-panel": _on_panel(HexColor("#eef2f7"), black),
    "black-on-yellow": _on_panel(HexColor("#ffee88"), black),
    "white-on-dark-picture": _white_on_picture,
    "white-on-round-chip": _white_on_round_chip,
    "white-on-dark-gradient": _on_dark_gradient,
    "page-frame": _after_page_frame,
    "clear-picture-on-top": _under_clear_picture,
    "highlighter": _under_highlighter,
    "underlined-link": _underlined_link,
    "outlined": _outlined,
    "outline-only": _moded(_OUTLINE),
    "drop-shadow": _drop_shadow,
    "watermark-behind": _watermarked,
    "crop-box": _cropped_margin,
    "in-form": _in_form(1.0, black),
    "enlarged": _scaled(0.9),
    "half-transparent": _see_through(0.6),
}

_TYPST_LOOKING_HIDDEN = {
    "small-grey": "#text(size: 6pt, fill: luma(60%%))[%s]",
    "superscript": "Built it#super[1].\n\n#text(size: 7pt)[%s]",
    "white-on-navy": "#block(fill: navy, inset: 8pt)[#text(fill: white)[%s]]",
    "link": '#link("https://mailhouse.example")[#underline[%s]]',
    "highlight": "#highlight[%s]",
    "stroked-box": "#rect(stroke: 1pt)[%s]",
    "rotated-none": "#rotate(0deg)[%s]",
}
