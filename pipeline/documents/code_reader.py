"""Source code to blocks: code verbatim, comments without their markers. Nothing is ever run."""

import re
from typing import NamedTuple

from pipeline.documents.blocks import BlockBuilder
from pipeline.documents.comment_syntax import CommentSyntax, comment_syntax
from pipeline.models.documents import Place

_OPENS_DOCSTRING = re.compile(r"(?:\s*|\s*[rRuU]{1,2})(?=\"\"\"|''')")
_HEADS_SUITE = re.compile(r"^\s*(?:(?:async\s+)?def|class)\b.*:\s*(?:#.*)?$|.*\)\s*(?:->.*)?:\s*(?:#.*)?$")
_DECORATION = re.compile(r"^\s*(?:[*|!]+(?=\s|$)|/{1,}(?=\s|$)|[-=*#~_/]{3,}\s*$)")
_SHEBANG = re.compile(r"#!")


class _Span(NamedTuple):
    """A comment: where it begins and ends, its text, and whether it has its line to itself."""

    start: int
    end: int
    text: str
    alone: bool
    is_line: bool


def read_code(text: str, builder: BlockBuilder, *, name: str) -> None:
    """Add `code` and `comment` blocks of a source file in their order."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    syntax = comment_syntax(name)
    comments = _merged(text, _comments(text, syntax))
    position = 0
    for comment in comments:
        _add_code(text, position, comment.start, builder)
        line = text.count("\n", 0, comment.start) + 1
        builder.add_verbatim("comment", comment.text, place=Place(line=line))
        position = comment.end
    _add_code(text, position, len(text), builder)


def _add_code(text: str, start: int, end: int, builder: BlockBuilder) -> None:
    code = text[start:end]
    if not code.strip():
        return
    skipped = len(code) - len(code.lstrip("\n \t"))
    line = text.count("\n", 0, start + skipped) + 1
    builder.add_verbatim("code", code.strip("\n"), place=Place(line=line))


def _comments(text: str, syntax: CommentSyntax) -> list[_Span]:
    """Find comments with one pass that knows strings, so that a marker inside a string is none."""
    if not syntax.line and not syntax.block and not syntax.docstrings:
        return []
    markers = sorted([*syntax.line, *(opening for opening, _ in syntax.block), *syntax.strings], key=len, reverse=True)
    finder = re.compile("|".join(re.escape(marker) for marker in markers))
    found: list[_Span] = []
    position = 0
    while match := finder.search(text, position):
        marker, start = match.group(), match.start()
        opening = next((pair for pair in syntax.block if pair[0] == marker), None)
        if opening is not None:
            position = _block_end(text, match.end(), opening, nested=syntax.nested)
            found.append(_span(text, start, position, _unwrap(text[match.end() : position], opening[1]), is_line=False))
        elif marker in syntax.line:
            position = _line_end(text, start)
            if _starts_comment(text, start, marker):
                found.append(_span(text, start, position, _unmark(text[start:position], marker), is_line=True))
            else:
                position = match.end()
        else:
            position = _string_end(text, match.end(), marker)
            if syntax.docstrings and len(marker) == 3 and _is_docstring(text, start):
                found.append(_span(text, start, position, _unwrap(text[match.end() : position], marker), is_line=False))
    return found


def _starts_comment(text: str, start: int, marker: str) -> bool:
    if marker != "#":
        return marker != "//" or text[start - 1 : start] != ":"
    before = text[start - 1 : start]
    # `$#`, `a#b` and `#!` are no comments in shells, YAML and Perl.
    if _SHEBANG.match(text, start) and text.count("\n", 0, start) == 0:
        return False
    return before == "" or before.isspace() or before in ";)}]"


def _span(text: str, start: int, end: int, body: str, *, is_line: bool) -> _Span:
    line_start = text.rfind("\n", 0, start) + 1
    alone = not text[line_start:start].strip() and not text[end : _line_end(text, end)].strip()
    return _Span(start, end, body, alone, is_line)


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _block_end(text: str, position: int, pair: tuple[str, str], *, nested: bool) -> int:
    opening, closing = pair
    depth = 1
    while depth:
        end = text.find(closing, position)
        if end < 0:
            return len(text)
        if nested:
            depth += text.count(opening, position, end)
        depth -= 1
        position = end + len(closing)
    return position


def _string_end(text: str, position: int, quote: str) -> int:
    """Return the end of a string literal; an unclosed short one ends with its line."""
    multiline = len(quote) == 3 or quote == "`"
    while position < len(text):
        if text.startswith(quote, position):
            return position + len(quote)
        if text[position] == "\\":
            position += 2
        elif text[position] == "\n" and not multiline:
            return position
        else:
            position += 1
    return len(text)


def _is_docstring(text: str, start: int) -> bool:
    """True if the string stands where Python has its docstrings: alone, first in a file or a suite."""
    line_start = text.rfind("\n", 0, start) + 1
    if text[line_start:start].strip().lower() not in ("", "r", "u"):
        return False
    before = [line for line in text[:line_start].split("\n")[-12:] if line.strip()]
    if not text[:line_start].strip() or all(
        line.lstrip().startswith("#") for line in text[:line_start].split("\n") if line.strip()
    ):
        return True
    return bool(before) and bool(_HEADS_SUITE.match(before[-1]))


def _unmark(line: str, marker: str) -> str:
    body = line[len(marker) :]
    if marker == "#" or marker == ";" or marker == "%":
        body = body.lstrip(marker)
    elif marker == "//":
        body = body.lstrip("/!")
    elif marker == "--":
        body = body.lstrip("-|")
    return body[1:] if body.startswith(" ") else body


def _unwrap(body: str, closing: str) -> str:
    if body.endswith(closing):
        body = body[: -len(closing)]
    body = body.lstrip("*!") if closing == "*/" else body
    lines = [_DECORATION.sub("", line).strip() for line in body.split("\n")]
    return "\n".join(lines)


def _merged(text: str, spans: list[_Span]) -> list[_Span]:
    """Join line comments on consecutive lines into one comment."""
    merged: list[_Span] = []
    for span in spans:
        last = merged[-1] if merged else None
        if (
            last is not None
            and span.is_line and last.is_line and span.alone and last.alone
            and text.count("\n", last.end, span.start) == 1
        ):  # fmt: skip
            merged[-1] = _Span(last.start, span.end, f"{last.text}\n{span.text}", True, True)
        else:
            merged.append(span)
    return merged
