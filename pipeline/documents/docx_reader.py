"""DOCX to blocks: headers, body, notes and footers, with hidden runs set aside."""

import re
from collections.abc import Iterator

from lxml import etree

from pipeline.documents.blocks import LINE_BREAK, BlockBuilder
from pipeline.documents.docx_package import DocxPackage
from pipeline.documents.docx_styles import Styles, W, is_on
from pipeline.documents.docx_visibility import RunLook, Surroundings
from pipeline.documents.limits import Limits
from pipeline.errors import SubmissionError
from pipeline.models.documents import Block, Place

_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_TRANSPARENT = frozenset(
    f"{W}{name}" for name in ("hyperlink", "ins", "moveTo", "smartTag", "sdt", "sdtContent", "fldSimple", "customXml",
                              "bdo", "dir")
)  # fmt: skip
_PAGE_NUMBER = re.compile(r"(?:page|seite|p\.)?\s*\d*\s*(?:(?:of|von|/|-|\|)\s*\d*)?\s*", re.IGNORECASE)
_LONG_CELL = 400


class _Reader:
    def __init__(self, package: DocxPackage, builder: BlockBuilder) -> None:
        self._package = package
        self._builder = builder
        self._code: list[str] = []
        self._boxes: list[etree._Element] = []

    def read(self) -> None:
        main = self._package.main_part()
        root = self._package.part(main)
        body = root.find(f"{W}body") if root is not None else None
        if root is None or body is None:
            raise SubmissionError(
                "corrupt", "The DOCX has no text part; it is damaged. Ask for it again, or for a PDF."
            )
        related = self._package.related(main)
        folder = main.rpartition("/")[0]
        self._settings = self._package.part(f"{folder}/settings.xml")
        self._styles = Styles(self._package.part(f"{folder}/styles.xml"), self._package.part(f"{folder}/numbering.xml"))
        around = Surroundings.of_document(root)
        self._edges(body, f"{W}headerReference", related, around)
        self._children(body, around)
        self._notes(f"{folder}/footnotes.xml", f"{W}footnote", around)
        self._notes(f"{folder}/endnotes.xml", f"{W}endnote", around)
        self._edges(body, f"{W}footerReference", related, around)

    def _edges(self, body: etree._Element, reference_tag: str, related: dict[str, str], around: Surroundings) -> None:
        """Add headers or footers, each different text once."""
        seen: set[tuple[str, ...]] = set()
        for reference in body.iter(reference_tag):
            if not self._is_used(reference):
                continue
            part = self._package.part(related.get(reference.get(_RELATION_ID, ""), ""))
            if part is None:
                continue
            first, first_hidden = len(self._builder.blocks), len(self._builder.hidden)
            self._children(part, around.in_part(part))
            added = [block for block in self._builder.blocks[first:] if not _PAGE_NUMBER.fullmatch(block.text)]
            texts = tuple(block.text for block in added)
            self._builder.blocks[first:] = [] if texts in seen else added
            if texts in seen:
                del self._builder.hidden[first_hidden:]
            seen.add(texts)

    def _is_used(self, reference: etree._Element) -> bool:
        """True if some page has this header or footer; Word keeps those of pages that are no longer set apart."""
        kind = reference.get(f"{W}type")
        if kind == "first":
            toggle = reference.getparent().find(f"{W}titlePg")
        elif kind == "even":
            toggle = self._settings.find(f"{W}evenAndOddHeaders") if self._settings is not None else None
        else:
            return True
        return toggle is not None and is_on(toggle)

    def _notes(self, part_name: str, tag: str, around: Surroundings) -> None:
        part = self._package.part(part_name)
        if part is None:
            return
        for note in part.iterchildren(tag):
            if note.get(f"{W}type") is None:
                self._children(note, around.in_part(part))

    def _children(self, parent: etree._Element, around: Surroundings) -> None:
        for child in parent:
            if child.tag == f"{W}p":
                self._paragraph(child, around)
            elif child.tag == f"{W}tbl":
                self._flush_code()
                self._table(child, around)
            elif child.tag in _TRANSPARENT:
                self._children(child, around)
        self._flush_code()

    def _paragraph(self, paragraph: etree._Element, around: Surroundings) -> None:
        properties = paragraph.find(f"{W}pPr")
        kind, level = self._styles.paragraph(properties)
        inside = around.in_paragraph(self._styles, properties)
        self._boxes = []
        text = "".join(self._runs(paragraph, properties, inside))
        boxes, self._boxes = self._boxes, []
        if kind == "code":
            if text.strip():
                self._code.append(text.replace(LINE_BREAK, "\n"))
        else:
            self._flush_code()
            self._builder.add(kind, text, place=Place(), level=level)
        for box in boxes:
            self._children(box, around.in_box(box))

    def _flush_code(self) -> None:
        if self._code:
            self._builder.add_verbatim("code", "\n".join(self._code), place=Place())
            self._code.clear()

    def _runs(self, parent: etree._Element, properties: etree._Element | None, around: Surroundings) -> Iterator[str]:
        """Yield the visible texts of a paragraph; hidden ones go to the builder."""
        for child in parent:
            if child.tag == f"{W}r":
                look = RunLook.of(self._styles, properties, child.find(f"{W}rPr"), around)
                text = "".join(self._run_texts(child))
                if look.reason is None:
                    yield text
                elif text:
                    self._builder.hide(look.reason, text, place=Place())
            elif child.tag in _TRANSPARENT:
                yield from self._runs(child, properties, around)

    def _run_texts(self, run: etree._Element) -> Iterator[str]:
        for child in run:
            if child.tag == f"{W}t":
                yield child.text or ""
            elif child.tag in (f"{W}br", f"{W}cr"):
                yield LINE_BREAK if child.get(f"{W}type") in (None, "textWrapping") else "\n"
            elif child.tag in (f"{W}tab", f"{W}ptab"):
                yield "\t"
            elif child.tag == f"{W}noBreakHyphen":
                yield "-"
            elif child.tag == f"{W}sym":
                yield _symbol(child)
            elif child.tag in (f"{_COMPATIBILITY}AlternateContent", f"{W}drawing", f"{W}pict"):
                self._boxes.extend(_text_boxes(child))

    def _table(self, table: etree._Element, around: Surroundings) -> None:
        rows = [
            [self._cell(cell, around.in_cell(table, cell)) for cell in _cells(row)]
            for row in _descendants(table, f"{W}tr", stop=f"{W}tbl")
        ]
        cells = [cell for row in rows for cell in row]
        is_layout = max((len(row) for row in rows), default=0) <= 1 or any(_is_prose(cell) for cell in cells)
        for row in rows:
            if is_layout:
                self._builder.blocks.extend(block for cell in row for block in cell)
            else:
                texts = [cell[0].text.replace("\n", " ") for cell in row if cell]
                self._builder.add("row", " | ".join(texts), place=Place())

    def _cell(self, cell: etree._Element, around: Surroundings) -> list[Block]:
        """Return the blocks of a cell, without adding them to the document yet."""
        kept, self._builder.blocks = self._builder.blocks, []
        self._children(cell, around)
        blocks, self._builder.blocks = self._builder.blocks, kept
        return blocks


def read_docx(content: bytes, builder: BlockBuilder, *, limits: Limits) -> None:
    """Add the blocks of a DOCX; places are not known, since pages are made by the program that shows it.

    Raises:
        SubmissionError: `corrupt`, `encrypted` or `too_large`.
    """
    _Reader(DocxPackage(content, limits), builder).read()


def _is_prose(cell: list[Block]) -> bool:
    return len(cell) > 1 or any(
        block.kind not in ("paragraph", "row") or len(block.text) > _LONG_CELL for block in cell
    )


def _cells(row: etree._Element) -> Iterator[etree._Element]:
    return _descendants(row, f"{W}tc", stop=f"{W}tbl")


def _descendants(parent: etree._Element, tag: str, *, stop: str) -> Iterator[etree._Element]:
    """Yield descendants with a tag, also inside content controls, but not inside nested tables."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag != stop:
            yield from _descendants(child, tag, stop=stop)


def _text_boxes(drawing: etree._Element) -> Iterator[etree._Element]:
    """Yield the contents of text boxes; of two representations of one box only the newer."""
    choice = drawing.find(f"{_COMPATIBILITY}Choice")
    yield from (choice if choice is not None else drawing).iter(f"{W}txbxContent")


def _symbol(element: etree._Element) -> str:
    try:
        code = int(element.get(f"{W}char", ""), 16)
    except ValueError:
        return ""
    return chr(code) if 0x20 <= code < 0xD800 or 0xE000 <= code <= 0xFFFD else ""
