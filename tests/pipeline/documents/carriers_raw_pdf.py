"""PDFs written object by object, for what no producer at hand can be made to write."""

from collections.abc import Iterator

from tests.pipeline.documents.carriers import BENIGN, SECRET, VISIBLE, Carrier

_FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
_CATALOGUE = "<< /Type /Catalog /Pages 2 0 R %s >>"
_LAYER_OFF = "/OCProperties << /OCGs [6 0 R] /D << /OFF [6 0 R] >> >>"
_LAYER_ON = "/OCProperties << /OCGs [6 0 R] /D << /ON [6 0 R] >> >>"
_LAYER = "<< /Type /OCG /Name (Notes) >>"
_SECRET_TEXT = "BT /F1 9 Tf 60 600 Td (%s) Tj ET"


def raw_pdf_carriers() -> Iterator[Carrier]:
    """Yield hidden layers, masks, forms that cut their text off, replaced text and empty glyphs."""
    layered = "/OC /Notes BDC " + _SECRET_TEXT % SECRET + " EMC"
    yield _carrier("layer-off", layered, extra=[_LAYER], catalogue=_LAYER_OFF, reasons=("invisible",))
    form = _stream(_SECRET_TEXT % SECRET, "/Type /XObject /Subtype /Form /BBox [0 0 5 5] " + _RESOURCES)
    yield _carrier("form-cut-off", "/X1 Do", extra=[form], reasons=("invisible", "off_page"))
    multiplied = "/G1 gs 1 1 1 rg " + _SECRET_TEXT % SECRET
    blend = "<< /Type /ExtGState /BM /Multiply >>"
    yield _carrier("white-multiplied", multiplied, extra=[blend], reasons=("white", "invisible"))
    replaced = f"/Span << /ActualText ({SECRET}) >> BDC BT /F1 9 Tf 60 600 Td (x) Tj ET EMC"
    yield _carrier("replaced-text", replaced, reasons=("tiny", "invisible"))
    blank = _SECRET_TEXT.replace("/F1", "/F2") % SECRET
    yield _carrier("empty-glyphs", blank, extra=list(_empty_font()), reasons=("invisible", "tiny", "white"))


def benign_raw_pdfs() -> Iterator[Carrier]:
    """Yield the same with text that can be seen."""
    layered = "/OC /Notes BDC " + _SECRET_TEXT % BENIGN + " EMC"
    yield _carrier("layer-on", layered, extra=[_LAYER], catalogue=_LAYER_ON)
    form = _stream(_SECRET_TEXT % BENIGN, "/Type /XObject /Subtype /Form /BBox [0 0 600 800] " + _RESOURCES)
    yield _carrier("form", "/X1 Do", extra=[form])
    blend = "<< /Type /ExtGState /BM /Multiply >>"
    yield _carrier("black-multiplied", "/G1 gs " + _SECRET_TEXT % BENIGN, extra=[blend])
    yield _carrier("tagged", "/P << /MCID 0 >> BDC " + _SECRET_TEXT % BENIGN + " EMC")


_RESOURCES = "/Resources << /Font << /F1 5 0 R >> >>"


def _carrier(
    name: str, drawing: str, *, extra: list[str] | None = None, catalogue: str = "", reasons: tuple[str, ...] = ()
) -> Carrier:
    lines = "".join(f"BT /F1 10 Tf 60 {780 - 40 * row} Td ({line}) Tj ET\n" for row, line in enumerate(VISIBLE))
    resources = (
        "/Resources << /Font << /F1 5 0 R /F2 6 0 R >> /Properties << /Notes 6 0 R >> /XObject << /X1 6 0 R >> "
        "/ExtGState << /G1 6 0 R >> >>"
    )
    objects = [
        _CATALOGUE % catalogue,
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R {resources} >>",
        _stream(lines + drawing),
        _FONT,
        *(extra or ["<< >>"]),
    ]
    visible = VISIBLE if reasons else (*VISIBLE, BENIGN)
    return Carrier(f"raw-{name}.pdf", _file(objects), SECRET if reasons else None, reasons, visible)


def _empty_font() -> Iterator[str]:
    """Yield a Type 3 font whose every glyph advances and draws nothing."""
    codes = range(32, 127)
    names = " ".join(f"/g{code}" for code in codes)
    procedures = " ".join(f"/g{code} 8 0 R" for code in codes)
    yield (
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 0 0] /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar 32 "
        f"/LastChar 126 /Widths [{' '.join(['500'] * len(codes))}] /Encoding << /Type /Encoding "
        f"/Differences [32 {names}] >> /CharProcs << {procedures} >> /Resources << >> /ToUnicode 7 0 R >>"
    )
    pairs = "\n".join(f"<{code:02x}> <{code:04x}>" for code in codes)
    yield _stream(
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n"
        f"1 begincodespacerange <00> <ff> endcodespacerange\n{len(codes)} beginbfchar\n{pairs}\nendbfchar\n"
        "endcmap end end"
    )
    yield _stream("500 0 0 0 0 0 d1")


def _stream(body: str, entries: str = "") -> str:
    return f"<< /Length {len(body)} {entries} >>\nstream\n{body}\nendstream"


def _file(objects: list[str]) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return bytes(out + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
