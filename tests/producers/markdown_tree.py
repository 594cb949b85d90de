"""Markdown as a flat list of nodes, which every producer writes in its own way."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

NodeKind = Literal["heading", "paragraph", "bullet", "quote", "code", "table", "rule"]


class Run(NamedTuple):
    """Text in one look; a line break that the author set is a run of its own."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    link: str | None = None
    is_break: bool = False


Runs = tuple[Run, ...]
SOFT_BREAK = Run(" ", is_break=True)


class Node(NamedTuple):
    """A block; bullets are flat and know their depth."""

    kind: NodeKind
    runs: Runs = ()
    level: int = 0
    """Heading level or bullet depth, from 1."""
    number: int | None = None
    """Of a numbered bullet."""
    text: str = ""
    """Of code, with its line breaks."""
    rows: tuple[tuple[Runs, ...], ...] = ()
    """Of a table, the first one its header."""


def parser() -> MarkdownIt:
    """The dialect of all sources: CommonMark with tables."""
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def nodes(markdown: str, *, soft_breaks: bool = True) -> list[Node]:
    """Return the blocks of a text; raw HTML is left out (only `to_html` can carry it).

    Args:
        markdown: The text.
        soft_breaks: Keep single line ends as line breaks: authors who type their own bullets need them. Else
            they become spaces, as when a paragraph was only wrapped by its editor.
    """
    tree = list(_blocks(parser().parse(markdown)))
    return tree if soft_breaks else [_flowing(node) for node in tree]


def plain(runs: Runs) -> str:
    """Return the text of runs, a line break as a newline."""
    return "".join("\n" if run.is_break else run.text for run in runs)


def _flowing(node: Node) -> Node:
    return node._replace(runs=tuple(Run(" ") if run == SOFT_BREAK else run for run in node.runs))


def _blocks(tokens: Sequence[Token]) -> Iterator[Node]:
    lists: list[int | None] = []
    quotes = 0
    heading = 0
    rows: list[tuple[Runs, ...]] = []
    cells: list[Runs] = []
    in_table = False
    for token in tokens:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            lists.append(int(token.attrGet("start") or 1) if token.type.startswith("ordered") else None)
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            lists.pop()
        elif token.type == "list_item_close" and lists[-1] is not None:
            lists[-1] = lists[-1] + 1
        elif token.type in {"blockquote_open", "blockquote_close"}:
            quotes += token.nesting
        elif token.type in {"heading_open", "heading_close"}:
            heading = int(token.tag[1]) if token.nesting > 0 else 0
        elif token.type in {"fence", "code_block"}:
            yield Node("code", text=token.content.rstrip("\n"))
        elif token.type == "hr":
            yield Node("rule")
        elif token.type == "table_open":
            in_table, rows = True, []
        elif token.type == "table_close":
            in_table = False
            yield Node("table", rows=tuple(rows))
        elif token.type == "tr_close":
            rows.append(tuple(cells))
            cells = []
        elif token.type == "inline":
            runs = tuple(_runs(token.children or []))
            if in_table:
                cells.append(runs)
            elif heading:
                yield Node("heading", runs, level=heading)
            elif lists:
                yield Node("bullet", runs, level=len(lists), number=lists[-1])
            else:
                yield Node("quote" if quotes else "paragraph", runs)


def _runs(tokens: Sequence[Token]) -> Iterator[Run]:
    bold = italic = 0
    link: str | None = None
    for token in tokens:
        if token.type in {"strong_open", "strong_close"}:
            bold += token.nesting
        elif token.type in {"em_open", "em_close"}:
            italic += token.nesting
        elif token.type == "link_open":
            link = str(token.attrGet("href"))
        elif token.type == "link_close":
            link = None
        elif token.type == "hardbreak":
            yield Run("", is_break=True)
        elif token.type == "softbreak":
            yield SOFT_BREAK
        elif token.type == "code_inline":
            yield Run(token.content, bold > 0, italic > 0, True, link)
        elif token.type == "text" and token.content:
            yield Run(token.content, bold > 0, italic > 0, link=link)
