"""Markdown to blocks: CommonMark with tables, through the same walk as HTML."""

import hashlib
import re
from collections.abc import MutableMapping
from typing import Any

from markdown_it import MarkdownIt

from pipeline.documents.blocks import BlockBuilder
from pipeline.documents.html_reader import HtmlReader
from pipeline.models.documents import Place

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:.*\n)*?(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_FRONT_MATTER_LINE = re.compile(r"^[\w-]+\s*:|^\s|^-|^#|^$")
_FEWEST_REFERENCE_WORDS = 3


def read_markdown(text: str, builder: BlockBuilder, *, first_line: int = 1) -> None:
    """Add the blocks of a Markdown text; front matter is left out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    body = _without_front_matter(text)
    # Named after the content, so that no author can write this attribute into their own text.
    attribute = "data-line-" + hashlib.sha256(text.encode("utf-8", errors="replace")).hexdigest()[:16]
    markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    references: MutableMapping[str, Any] = {}
    tokens = markdown.parse(body, references)
    for token in tokens:
        if token.map is not None and token.type not in ("html_block", "inline"):
            token.attrSet(attribute, str(token.map[0] + first_line))
    HtmlReader(builder, line_attribute=attribute).read(markdown.renderer.render(tokens, markdown.options, references))
    _hide_references(references, builder, first_line=first_line)
    _place_comments(builder, text, first_line=first_line)


def _without_front_matter(text: str) -> str:
    """Blank front matter out, so that line numbers stay."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        return text
    lines = match.group().splitlines()[1:-1]
    if not all(_FRONT_MATTER_LINE.match(line) for line in lines):
        return text
    return "\n" * match.group().count("\n") + text[match.end() :]


def _hide_references(references: MutableMapping[str, Any], builder: BlockBuilder, *, first_line: int) -> None:
    """Report link definitions used as comments: `[//]: # (text)` is never rendered."""
    for label, reference in references.get("references", {}).items():
        title = str(reference.get("title", ""))
        is_comment = reference.get("href") in ("#", "<>", "") or not any(letter.isalnum() for letter in label)
        if is_comment and len(title.split()) >= _FEWEST_REFERENCE_WORDS:
            lines = reference.get("map")
            builder.hide("html_comment", title, place=Place(line=lines[0] + first_line if lines else None))


def _place_comments(builder: BlockBuilder, text: str, *, first_line: int) -> None:
    """Give comments their source lines, which the rendered HTML does not know."""
    for number, hidden in enumerate(builder.hidden):
        if hidden.reason != "html_comment" or hidden.place.line is not None:
            continue
        words = hidden.text.split()[:4]
        match = re.search(r"\s+".join(re.escape(word) for word in words), text)
        if match is not None:
            line = text.count("\n", 0, match.start()) + first_line
            builder.hidden[number] = hidden.model_copy(update={"place": Place(line=line)})
