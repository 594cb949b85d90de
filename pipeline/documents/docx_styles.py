"""What DOCX styles say about a paragraph or a run: kind, list, colour, size, hidden."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from pipeline.models.documents import BlockKind

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

_HEADING = re.compile(r"heading\s*([1-9])", re.IGNORECASE)
_LIST = re.compile(r"list (?:bullet|number)\s*([2-5])?", re.IGNORECASE)
_CODE = re.compile(
    r"(?:source ?code|preformatted(?: text)?|html preformatted|code|code block|verbatim|macro text)", re.I
)
_LONGEST_CHAIN = 20
_FALSE = ("0", "false", "off", "none")


class Paragraph(NamedTuple):
    """How a paragraph is to be read."""

    kind: BlockKind
    level: int


class Styles:
    """The styles and numberings of one document."""

    def __init__(self, styles: etree._Element | None, numbering: etree._Element | None) -> None:
        self._styles: dict[str, etree._Element] = {}
        self._defaults: dict[str, str] = {}
        self._run_defaults: etree._Element | None = None
        if styles is not None:
            for style in styles.iter(f"{W}style"):
                identifier = style.get(f"{W}styleId", "")
                self._styles[identifier] = style
                if style.get(f"{W}default") in ("1", "true"):
                    self._defaults[style.get(f"{W}type", "")] = identifier
            self._run_defaults = styles.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
        self._unmarked = _unmarked_lists(numbering)

    def paragraph(self, properties: etree._Element | None) -> Paragraph:
        """Return kind and level of a paragraph from its own properties and its styles."""
        style_id = value(properties, "pStyle")
        numbered: tuple[str, int] | None = _numbering(properties)
        outline = value(properties, "outlineLvl")
        for style in self._chain(style_id, "paragraph"):
            name = value(style, "name") or ""
            own = style.find(f"{W}pPr")
            if match := _HEADING.fullmatch(name.strip()):
                return Paragraph("heading", int(match.group(1)))
            if name.strip().lower() == "title":
                return Paragraph("heading", 1)
            if _CODE.fullmatch(name.strip()):
                return Paragraph("code", 0)
            outline = outline if outline is not None else value(own, "outlineLvl")
            numbered = numbered or _numbering(own)
            if numbered is None and (match := _LIST.fullmatch(name.strip())):
                numbered = ("style", int(match.group(1) or 1) - 1)
        if outline is not None and outline.isdigit() and int(outline) < 9:
            return Paragraph("heading", int(outline) + 1)
        if numbered is not None and numbered[0] != "0" and (numbered[0], numbered[1]) not in self._unmarked:
            return Paragraph("bullet", numbered[1] + 1)
        return Paragraph("paragraph", 0)

    def run_properties(self, paragraph: etree._Element | None, run: etree._Element | None) -> Iterator[etree._Element]:
        """Yield the property elements that apply to a run, strongest first."""
        if run is not None:
            yield run
            for style in self._chain(value(run, "rStyle"), "character"):
                if (own := style.find(f"{W}rPr")) is not None:
                    yield own
        for style in self._chain(value(paragraph, "pStyle"), "paragraph"):
            if (own := style.find(f"{W}rPr")) is not None:
                yield own
        if self._run_defaults is not None:
            yield self._run_defaults

    def paragraph_properties(self, paragraph: etree._Element | None) -> Iterator[etree._Element]:
        """Yield the property elements that apply to a paragraph, strongest first."""
        if paragraph is not None:
            yield paragraph
        for style in self._chain(value(paragraph, "pStyle"), "paragraph"):
            if (own := style.find(f"{W}pPr")) is not None:
                yield own

    def _chain(self, identifier: str | None, kind: str) -> Iterator[etree._Element]:
        """Yield a style and what it is based on; the default style where none is named."""
        identifier = identifier or self._defaults.get(kind)
        for _ in range(_LONGEST_CHAIN):
            style = self._styles.get(identifier or "")
            if style is None:
                return
            yield style
            identifier = value(style, "basedOn")


def value(properties: etree._Element | None, name: str) -> str | None:
    """Return the `w:val` of a child element; None if either is absent."""
    child = properties.find(f"{W}{name}") if properties is not None else None
    return child.get(f"{W}val") if child is not None else None


def is_on(child: etree._Element) -> bool:
    """True if a toggle such as `w:vanish` is on; without a value it is."""
    return (child.get(f"{W}val") or "true").lower() not in _FALSE


def _numbering(properties: etree._Element | None) -> tuple[str, int] | None:
    numbers = properties.find(f"{W}numPr") if properties is not None else None
    if numbers is None:
        return None
    identifier, level = value(numbers, "numId"), value(numbers, "ilvl")
    depth = int(level) if level is not None and level.isdigit() else 0
    return (identifier or "style", min(depth, 8))


def _unmarked_lists(numbering: etree._Element | None) -> frozenset[tuple[str, int]]:
    """Return the list levels that show no marker at all; writers use them for indentation."""
    if numbering is None:
        return frozenset()
    unmarked: set[tuple[str, int]] = set()
    abstract = {element.get(f"{W}abstractNumId"): element for element in numbering.iterchildren(f"{W}abstractNum")}
    for number in numbering.iterchildren(f"{W}num"):
        definition = abstract.get(value(number, "abstractNumId"))
        if definition is None:
            continue
        for level in definition.iterchildren(f"{W}lvl"):
            if value(level, "numFmt") == "none" and not (value(level, "lvlText") or "").strip():
                depth = level.get(f"{W}ilvl", "0")
                unmarked.add((number.get(f"{W}numId", ""), int(depth) if depth.isdigit() else 0))
    return frozenset(unmarked)
