"""Whether a DOCX run can be seen: hidden property, size, colour against its shading, position."""

from typing import NamedTuple, Self

from lxml import etree

from pipeline.documents.colours import BLACK, WHITE, Colour, contrast, hex_colour
from pipeline.documents.css_visibility import HIDDEN_CONTRAST
from pipeline.documents.docx_styles import Styles, W, is_on, value
from pipeline.models.documents import HiddenReason

_WORD_2010 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_WORD_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_TINY_HALF_POINTS = 6.0
_TINY_LINE_TWIPS = 60.0
_NARROW_PERCENT = 10.0
_FAR_TWIPS = 6000.0
_FAR_HALF_POINTS = 600.0
_SQUEEZED_TWIPS = -120.0
"""Six points less between two letters: they stand on top of each other."""
_LIGHT = ("background1", "light1")
"""Names of the page's own colour in a theme; white but for themes of slides."""
_HIGHLIGHTS = {
    "black": "000000", "blue": "0000FF", "cyan": "00FFFF", "darkBlue": "00008B", "darkCyan": "008B8B",
    "darkGray": "A9A9A9", "darkGreen": "006400", "darkMagenta": "800080", "darkRed": "8B0000", "darkYellow": "808000",
    "green": "00FF00", "lightGray": "D3D3D3", "magenta": "FF00FF", "red": "FF0000", "white": "FFFFFF",
    "yellow": "FFFF00",
}  # fmt: skip


class Surroundings(NamedTuple):
    """What lies behind and around a run."""

    background: Colour | None
    """None when a drawing lies behind, whose colour is not known."""
    reason: HiddenReason | None = None

    @classmethod
    def of_document(cls, root: etree._Element) -> Self:
        """Return the page itself: white, unless the document paints its pages."""
        page = root.find(f"{W}background")
        return cls((hex_colour(page.get(f"{W}color", "")) if page is not None else None) or WHITE)

    def in_part(self, part: etree._Element) -> Self:
        """Return the surroundings in a header, footer or notes part; drawings there often lie behind the text."""
        return self._replace(background=None) if _has_dark_backdrop(part) else self

    def in_box(self, content: etree._Element) -> Self:
        """Return the surroundings inside a text box, which may be filled."""
        shape = next((parent for parent in content.iterancestors() if parent.tag.endswith("}wsp")), None)
        if shape is None:
            return self._replace(background=None)
        fill = next(
            (child for child in shape.iter(f"{_DRAWING}solidFill") if child.getparent().tag.endswith("}spPr")), None
        )
        if fill is None:
            return self
        plain = fill.find(f"{_DRAWING}srgbClr")
        return self._replace(background=hex_colour(plain.get("val", "")) if plain is not None else None)

    def in_cell(self, table: etree._Element, cell: etree._Element) -> Self:
        """Return the surroundings in a table cell: its shading, else the table's; nothing of a hidden row is seen."""
        row = next((parent for parent in cell.iterancestors(f"{W}tr")), None)
        if row is not None and (reason := _unseen_row(row.find(f"{W}trPr"))) is not None:
            return self._replace(reason=reason)
        for properties in (cell.find(f"{W}tcPr"), table.find(f"{W}tblPr")):
            fill = _shade(properties)
            if fill is not None:
                return self._replace(background=fill)
        return self

    def in_paragraph(self, styles: Styles, properties: etree._Element | None) -> Self:
        """Return the surroundings in a paragraph: its shading, and whether it stands on the page."""
        around = self
        for source in styles.paragraph_properties(properties):
            if (fill := _shade(source)) is not None:
                around = around._replace(background=fill)
                break
        if (reason := _displaced(properties)) is not None:
            around = around._replace(reason=reason)
        paragraph = properties.getparent() if properties is not None else None
        if paragraph is not None and _has_dark_backdrop(paragraph):
            around = around._replace(background=None)
        return around


class RunLook(NamedTuple):
    """How one run looks."""

    reason: HiddenReason | None

    @classmethod
    def of(
        cls,
        styles: Styles,
        paragraph: etree._Element | None,
        run: etree._Element | None,
        around: Surroundings,
    ) -> Self:
        """Return why a run cannot be seen, or None."""
        if around.reason is not None:
            return cls(around.reason)
        sources = list(styles.run_properties(paragraph, run))
        for name in ("vanish", "specVanish"):
            toggle = _first(sources, name)
            if toggle is not None and is_on(toggle):
                return cls("hidden_run")
        if (
            _number(_first(sources, "sz"), 22.0) < _TINY_HALF_POINTS
            or _number(_first(sources, "w"), 100.0) < _NARROW_PERCENT
            or _number(_first(sources, "spacing"), 0.0) <= _SQUEEZED_TWIPS
        ):
            return cls("tiny")
        if abs(_number(_first(sources, "position"), 0.0)) >= _FAR_HALF_POINTS:
            return cls("off_page")
        return cls(_against(sources, around))


def _against(sources: list[etree._Element], around: Surroundings) -> HiddenReason | None:
    colour = _written_colour(_first(sources, "color"))
    fill_effect = next((found for s in sources if (found := s.find(f"{_WORD_2010}textFill")) is not None), None)
    if fill_effect is not None:
        # Word paints the fill over the plain colour.
        if fill_effect.find(f"{_WORD_2010}noFill") is not None:
            return "invisible"
        plain = fill_effect.find(f"{_WORD_2010}solidFill/{_WORD_2010}srgbClr")
        colour = hex_colour(plain.get(f"{_WORD_2010}val", "")) if plain is not None else colour
    background = around.background
    for source in sources:
        highlight = value(source, "highlight")
        fill = hex_colour(_HIGHLIGHTS[highlight]) if highlight in _HIGHLIGHTS else _shade(source)
        if fill is not None:
            background = fill
            break
    # Automatic colour turns white on dark shading by itself.
    if colour is None or background is None:
        return None
    return "white" if contrast(colour, background) < HIDDEN_CONTRAST else None


def _written_colour(element: etree._Element | None) -> Colour | None:
    """Return a run's colour; a theme's colour goes before the written one, as Word has it."""
    if element is None:
        return None
    shaded = element.get(f"{W}themeTint") is not None or element.get(f"{W}themeShade") is not None
    if element.get(f"{W}themeColor") in _LIGHT and not shaded:
        return WHITE
    return hex_colour(element.get(f"{W}val", "auto"))


def _unseen_row(properties: etree._Element | None) -> HiddenReason | None:
    if properties is None:
        return None
    hidden = properties.find(f"{W}hidden")
    if hidden is not None and is_on(hidden):
        return "hidden_run"
    height = properties.find(f"{W}trHeight")
    if height is not None and height.get(f"{W}hRule") == "exact" and _twips(height.get(f"{W}val")) < _TINY_LINE_TWIPS:
        return "tiny"
    return None


def _first(sources: list[etree._Element], name: str) -> etree._Element | None:
    return next((child for source in sources if (child := source.find(f"{W}{name}")) is not None), None)


def _number(element: etree._Element | None, default: float) -> float:
    try:
        return float(element.get(f"{W}val", default)) if element is not None else default
    except ValueError:
        return default


def _shade(properties: etree._Element | None) -> Colour | None:
    shade = properties.find(f"{W}shd") if properties is not None else None
    if shade is None:
        return None
    if shade.get(f"{W}val") == "solid":
        return hex_colour(shade.get(f"{W}color", "")) or BLACK
    return hex_colour(shade.get(f"{W}fill", ""))


def _displaced(properties: etree._Element | None) -> HiddenReason | None:
    if properties is None:
        return None
    indent = properties.find(f"{W}ind")
    if indent is not None:
        for name in ("left", "start", "firstLine"):
            if (
                abs(_twips(indent.get(f"{W}{name}"))) >= 4 * _FAR_TWIPS
                or _twips(indent.get(f"{W}{name}")) <= -_FAR_TWIPS
            ):
                return "off_page"
    frame = properties.find(f"{W}framePr")
    if frame is not None and min(_twips(frame.get(f"{W}x")), _twips(frame.get(f"{W}y"))) <= -_FAR_TWIPS:
        return "off_page"
    spacing = properties.find(f"{W}spacing")
    if spacing is not None and spacing.get(f"{W}lineRule") == "exact" and spacing.get(f"{W}line") is not None:
        return "tiny" if _twips(spacing.get(f"{W}line")) < _TINY_LINE_TWIPS else None
    return None


def _twips(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


def _has_dark_backdrop(element: etree._Element) -> bool:
    """True if a drawing with a dark or unknown fill is anchored here, so that pale text may lie on it."""
    for anchor in element.iter(f"{_WORD_DRAWING}anchor"):
        for fill in anchor.iter(f"{_DRAWING}solidFill", f"{_DRAWING}gradFill", f"{_DRAWING}blip"):
            plain = fill.find(f"{_DRAWING}srgbClr")
            colour = hex_colour(plain.get("val", "")) if plain is not None else None
            if colour is None or contrast(colour, WHITE) >= 2.0:
                return True
    return False
