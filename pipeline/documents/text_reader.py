"""Plain text to blocks: paragraphs by blank lines, bullets by markers, headings by underlines."""

import re
from dataclasses import dataclass, field

from pipeline.documents.blocks import BULLET_GLYPHS, BlockBuilder
from pipeline.models.documents import BlockKind, Place

_BULLET = re.compile(rf"(\s*)((?:[-\u2013\u2014*+{BULLET_GLYPHS}]|o(?=\s+[A-Z\d])|\d{{1,2}}[.)])\s+)(?=\S)")
_UNDERLINE = re.compile(r"\s*([=\-~_*^#])\1{2,}\s*")
_HASH_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*")
_LONGEST_HEADING = 60


@dataclass
class _Pending:
    kind: BlockKind = "paragraph"
    level: int = 0
    line: int = 1
    indent: int = 0
    """Columns before the text of a bullet; deeper lines continue it."""
    lines: list[str] = field(default_factory=list)


def read_text(text: str, builder: BlockBuilder) -> None:
    """Add the blocks of a plain text."""
    pending = _Pending()
    margins: list[int] = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").split("\n")
    for number, raw in enumerate(lines, start=1):
        line = raw.expandtabs(4).rstrip()
        if not line.strip():
            _flush(pending, builder)
            pending = _Pending()
            continue
        if _UNDERLINE.fullmatch(line):
            if len(pending.lines) == 1 and pending.kind == "paragraph" and len(pending.lines[0]) <= _LONGEST_HEADING:
                pending.kind, pending.level = "heading", 1 if "=" in line else 2
            _flush(pending, builder)
            pending = _Pending()
            continue
        if heading := _HASH_HEADING.fullmatch(line):
            _flush(pending, builder)
            builder.add("heading", heading.group(2), place=Place(line=number), level=len(heading.group(1)))
            pending = _Pending()
        elif bullet := _BULLET.match(line):
            _flush(pending, builder)
            indent = len(bullet.group(1))
            margins = [margin for margin in margins if margin < indent] + [indent]
            pending = _Pending("bullet", len(margins), number, indent, [line[bullet.end() :]])
        else:
            pending = _continued(pending, line, number, builder)
    _flush(pending, builder)


def _continued(pending: _Pending, line: str, number: int, builder: BlockBuilder) -> _Pending:
    indent = len(line) - len(line.lstrip())
    if pending.lines and pending.kind == "bullet":
        if indent > pending.indent:
            # The author only wrapped the entry.
            pending.lines[-1] += " " + line.strip()
            return pending
        _flush(pending, builder)
        pending = _Pending()
    if not pending.lines:
        pending.line = number
    pending.lines.append(line.strip())
    return pending


def _flush(pending: _Pending, builder: BlockBuilder) -> None:
    if pending.lines:
        builder.add(pending.kind, "\n".join(pending.lines), place=Place(line=pending.line), level=pending.level)
