"""A Markdown resume in blocks, as other formats set them: headings, paragraphs, items of lists, tables."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


def parser() -> "MarkdownIt":
    """CommonMark with tables, in which the author's line ends are line breaks."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": True, "breaks": True}).enable(["table", "strikethrough"])


class Block(NamedTuple):
    """One of them."""

    style: str
    """`Heading`, `List Bullet`, `List Number`; empty for a paragraph or a table."""
    text: str
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


def blocks(markdown: str) -> Iterator[Block]:
    """The blocks of a text in its order."""
    return _blocks(parser().parse(markdown))


def _blocks(tokens: Sequence["Token"]) -> Iterator[Block]:
    style, level = "", 0
    lists: list[str] = []
    rows: list[list[str]] = []
    in_table = False
    for token in tokens:
        if token.type == "heading_open":
            style, level = "Heading", int(token.tag[1])
        elif token.type == "heading_close":
            style = ""
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append("List Number" if token.type.startswith("ordered") else "List Bullet")
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type in ("table_open", "table_close"):
            in_table = token.nesting > 0
            if not in_table:
                yield Block("", "", rows=tuple(map(tuple, rows)))
                rows = []
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "hr":
            yield Block("", "")
        elif token.type in ("fence", "code_block"):
            yield Block("", token.content.rstrip("\n"))
        elif token.type == "inline":
            text = _text(token.children or [])
            if in_table:
                rows[-1].append(text)
            else:
                yield Block(style or (lists[-1] if lists else ""), text, level)


def _text(tokens: Sequence["Token"]) -> str:
    breaks = {"softbreak": "\n", "hardbreak": "\n"}
    return "".join(
        breaks.get(token.type, token.content if token.type in ("text", "code_inline") else "") for token in tokens
    )
