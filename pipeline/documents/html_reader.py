"""HTML to blocks: what a browser would show, in document order."""

from typing import NamedTuple

from lxml import etree, html

from pipeline.documents.blocks import LINE_BREAK, BlockBuilder
from pipeline.documents.css_cascade import Cascade
from pipeline.documents.css_visibility import ROOT_LOOK, Look
from pipeline.models.documents import Block, BlockKind, Place

_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_BLOCKS_TEXT = """
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption
    figure footer form frameset header hgroup hr html legend main menu nav ol p search section summary ul table
    tbody thead tfoot tr td th option select textarea
"""
_BLOCKS = frozenset(_BLOCKS_TEXT.split())
_LISTS = frozenset(("ul", "ol", "menu", "dir"))
_NOT_TEXT = frozenset(("script", "style", "head", "title", "meta", "link", "base", "iframe", "object", "embed", "audio",
                       "video", "canvas", "img", "map", "datalist", "desc", "metadata"))  # fmt: skip
_NEVER_SHOWN = frozenset(("template", "noscript"))
_FALLBACKS = frozenset(
    ("noframes", "noembed", "progress", "meter", "rp", "defs", "symbol", "annotation", "annotation-xml")
)
"""Elements whose text a browser of today does not show, in most files a label or a bracket."""
_FEWEST_COMMENT_WORDS = 3
"""Shorter comments name a section of the page, shorter fallbacks a value; longer ones say something."""
_LONG_CELL = 400
"""Characters; a longer cell is prose in a layout table and not a value in a row."""


class _Context(NamedTuple):
    """What surrounds the text that is being collected."""

    kind: BlockKind
    level: int
    list_depth: int
    line: int | None
    look: Look


class HtmlReader:
    """Walks one parsed HTML tree; made for one document."""

    def __init__(self, builder: BlockBuilder, *, line_attribute: str | None = None, with_lines: bool = True) -> None:
        """Prepare a walk.

        Args:
            builder: Takes the blocks and hidden texts.
            line_attribute: Attribute that holds source lines where the HTML was made from another format.
            with_lines: Take places from the lines of the HTML itself.
        """
        self._builder = builder
        self._line_attribute = line_attribute
        self._with_lines = with_lines and line_attribute is None
        self._pieces: list[str] = []
        self._pending_line: int | None = None

    def read(self, content: str) -> None:
        """Add the blocks of a whole page or a fragment."""
        parser = html.HTMLParser(encoding="utf-8", no_network=True)
        encoded = content.encode("utf-8", errors="replace")
        if not encoded.strip():
            return
        try:
            root = html.document_fromstring(encoded, parser=parser)
        except etree.ParserError:
            return
        self._cascade = Cascade(root)
        for node in reversed(list(root.itersiblings(preceding=True))):
            self._comment(node)
        context = _Context("paragraph", 0, 0, None, ROOT_LOOK)
        self._element(root, context)
        self._flush(context)
        for node in root.itersiblings():
            self._comment(node)

    def _place(self, line: int | None) -> Place:
        return Place(line=line)

    def _line(self, element: html.HtmlElement, fallback: int | None) -> int | None:
        if self._line_attribute is not None:
            value = element.get(self._line_attribute)
            return int(value) if value is not None and value.isdigit() else fallback
        return element.sourceline if self._with_lines else None

    def _comment(self, node: html.HtmlElement) -> None:
        if node.tag in (etree.Comment, etree.PI) and len((node.text or "").split()) >= _FEWEST_COMMENT_WORDS:
            line = node.sourceline if self._with_lines else None
            self._builder.hide("html_comment", node.text, place=self._place(line))

    def _element(self, element: html.HtmlElement, context: _Context) -> None:
        tag = element.tag
        if not isinstance(tag, str):
            self._comment(element)
            return
        if tag in _NOT_TEXT:
            for comment in element.iter(etree.Comment):
                self._comment(comment)
            return
        line = self._line(element, context.line)
        if tag in _FALLBACKS:
            self._fallback(element, line)
            return
        look = self._cascade.look(element, context.look)
        if tag in _NEVER_SHOWN:
            look = look.not_displayed()
        inner = context._replace(line=line, look=look)
        if tag == "br":
            self._text(LINE_BREAK, inner)
        elif tag == "pre" and look.reason is None:
            self._code(element, context, inner)
        elif tag == "table":
            self._flush(context)
            self._table(element, inner)
        elif tag in _HEADINGS or tag in _BLOCKS or tag == "li" or look.is_block:
            self._flush(context)
            inner = self._block_context(tag, inner)
            self._children(element, inner)
            self._flush(inner)
        else:
            self._children(element, inner)

    def _fallback(self, element: html.HtmlElement, line: int | None) -> None:
        text = _plain_text(element)
        if len(text.split()) >= _FEWEST_COMMENT_WORDS:
            self._builder.hide("display_none", text, place=self._place(line))

    def _block_context(self, tag: str, context: _Context) -> _Context:
        if tag in _HEADINGS:
            return context._replace(kind="heading", level=_HEADINGS[tag])
        if tag in _LISTS:
            return context._replace(kind="paragraph", level=0, list_depth=context.list_depth + 1)
        if tag == "li":
            return context._replace(kind="bullet", level=max(1, context.list_depth))
        if tag == "blockquote":
            return context._replace(kind="paragraph", level=0)
        return context

    def _children(self, element: html.HtmlElement, context: _Context) -> None:
        self._text(element.text, context)
        for child in element:
            self._element(child, context)
            self._text(child.tail, context)

    def _text(self, text: str | None, context: _Context) -> None:
        if not text:
            return
        if context.look.reason is not None:
            self._builder.hide(context.look.reason, text, place=self._place(context.line))
            return
        if self._pending_line is None and not text.isspace() and text != LINE_BREAK:
            self._pending_line = context.line
        self._pieces.append(text)

    def _flush(self, context: _Context) -> None:
        """End the block that is being collected; only the first block of a list entry is the bullet."""
        text = "".join(self._pieces)
        self._pieces.clear()
        line, self._pending_line = self._pending_line, None
        if text.strip():
            self._builder.add(context.kind, text, place=self._place(line), level=context.level)

    def _code(self, element: html.HtmlElement, context: _Context, inner: _Context) -> None:
        self._flush(context)
        for comment in element.iter(etree.Comment):
            self._comment(comment)
        line = inner.line
        for child in element:
            if isinstance(child.tag, str):
                line = self._line(child, line)
                break
        for br in element.iter("br"):
            br.tail = "\n" + (br.tail or "")
        self._builder.add_verbatim("code", _plain_text(element), place=self._place(line))

    def _table(self, table: html.HtmlElement, context: _Context) -> None:
        rows = [(row, self._cells(row, context)) for row in table.iter("tr") if _nearest_table(row) is table]
        for caption in table.iterchildren("caption"):
            self._element(caption, context)
        cells = [cell for _, row in rows for cell in row]
        is_layout = max((len(row) for _, row in rows), default=0) <= 1 or any(_is_prose(cell) for cell in cells)
        for row, row_cells in rows:
            if is_layout:
                self._builder.blocks.extend(block for cell in row_cells for block in cell)
                continue
            texts = [cell[0].text.replace("\n", " ") for cell in row_cells if cell]
            line = self._line(row, context.line)
            self._builder.add("row", " | ".join(texts), place=self._place(line))

    def _cells(self, row: html.HtmlElement, context: _Context) -> list[list[Block]]:
        """Return the blocks of each cell, without adding them to the document yet."""
        look = self._cascade.look(row, context.look)
        cells = []
        for cell in row.iterchildren("td", "th"):
            inner = _Context("paragraph", 0, 0, self._line(row, context.line), look)
            kept, self._builder.blocks = self._builder.blocks, []
            self._element(cell, inner)
            self._flush(inner)
            cells.append(self._builder.blocks)
            self._builder.blocks = kept
        return cells


def _is_prose(cell: list[Block]) -> bool:
    return len(cell) > 1 or any(
        block.kind not in ("paragraph", "row") or len(block.text) > _LONG_CELL for block in cell
    )


def _nearest_table(row: html.HtmlElement) -> html.HtmlElement | None:
    return next(row.iterancestors("table"), None)


def _plain_text(element: html.HtmlElement) -> str:
    pieces = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str):
            pieces.append(_plain_text(child))
        pieces.append(child.tail or "")
    return "".join(pieces)
