"""One builder of blocks for every format, so that the same text gives the same blocks."""

import re
import unicodedata
from typing import NamedTuple

from pipeline.documents.invisible import strip_invisible
from pipeline.errors import SubmissionError
from pipeline.models.documents import Block, BlockKind, HiddenReason, HiddenText, Place

LINE_BREAK = "\u2028"
"""Stands for a break that the author set (`<br>`) until the text is cleaned; two of them end a block."""

_LIGATURES = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st"}
)
_SOFT_HYPHEN = "\u00ad"
_BREAKS = re.compile(r"[ \t]*(?:\r\n?|[\n\x0b\x0c\x85\u2028\u2029])\s*")
_SPACES = re.compile(r"[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]+")
_BLOCK_BREAK = re.compile(rf"{LINE_BREAK}\s*{LINE_BREAK}\s*")

BULLET_GLYPHS = "•‣◦▪▫●○■□\u2043∙·➢➤➔✓✔✗❖◆◇♦★☆►▸▹\uf0b7\uf0a7\uf0d8\uf076\uf0fc\uf02d\uf0a8\uf06c\uf06e"
_GLYPH_BULLET = re.compile(rf"[{BULLET_GLYPHS}]\s+(?=\S)|[•▪\uf0b7\uf0a7](?=\w)")
_RUN_IN_BULLET = re.compile(r"\s(?=[•▪●◦‣]\s)")
_AFTER_SENTENCE = re.compile(r"[.!?;]\s[•▪●◦‣]\s")
_DASH_BULLET = re.compile(r"[-\u2013\u2014*+]\s+(?=\S)")


def fold(text: str) -> str:
    """Return text with the differences between formats taken out; words stay verbatim.

    Single spaces, one newline for each break, NFC, no soft hyphens, ligatures spelled out.
    """
    text = text.replace(_SOFT_HYPHEN, "").translate(_LIGATURES)
    text = _BREAKS.sub("\n", _SPACES.sub(" ", text))
    return unicodedata.normalize("NFC", text).strip()


class _Piece(NamedTuple):
    kind: BlockKind
    text: str


class BlockBuilder:
    """Collects blocks and hidden texts in reading order."""

    def __init__(self, *, most_blocks: int) -> None:
        self._most_blocks = most_blocks
        self.blocks: list[Block] = []
        self.hidden: list[HiddenText] = []

    def add(self, kind: BlockKind, text: str, *, place: Place, level: int = 0) -> None:
        """Add prose; typed bullets inside it become bullets of their own, an empty text is dropped."""
        for part in _BLOCK_BREAK.split(text):
            folded = fold(self._visible(part, place=place))
            if kind in ("paragraph", "bullet"):
                for piece in _typed_bullets(kind, folded):
                    self._append(piece.kind, piece.text, place, _level(piece.kind, level))
            elif kind in ("heading", "row"):
                self._append(kind, folded.replace("\n", " "), place, level)
            else:
                self._append(kind, folded, place, level)

    def add_verbatim(self, kind: BlockKind, text: str, *, place: Place) -> None:
        """Add code or comments; lines and indentation stay."""
        text = self._visible(text, place=place).replace("\r\n", "\n").replace("\r", "\n")
        lines = [line.rstrip() for line in text.expandtabs(4).split("\n")]
        while lines and not lines[0]:
            lines.pop(0)
        while lines and not lines[-1]:
            lines.pop()
        self._append(kind, "\n".join(lines), place, 0)

    def hide(self, reason: HiddenReason, text: str, *, place: Place, glued: bool = False) -> None:
        """Set a hidden text aside; neighbours with the same reason and place are joined.

        Args:
            reason: Why it cannot be seen.
            text: The hidden text.
            place: Where it stands.
            glued: Join without a space.
        """
        folded = fold(strip_invisible(text).text).replace("\n", " ")
        if not any(character.isalnum() for character in folded):
            return
        last = self.hidden[-1] if self.hidden else None
        joins = reason != "html_comment"
        if joins and last is not None and last.reason == reason and last.place == place:
            self.hidden[-1] = HiddenText(reason=reason, text=f"{last.text}{'' if glued else ' '}{folded}", place=place)
        else:
            self.hidden.append(HiddenText(reason=reason, text=folded, place=place))
            self._check_size()

    def _visible(self, text: str, *, place: Place) -> str:
        stripped = strip_invisible(text)
        for reason, hidden in stripped.hidden:
            self.hide(reason, hidden, place=place)
        return stripped.text

    def _append(self, kind: BlockKind, text: str, place: Place, level: int) -> None:
        if any(not character.isspace() for character in text) and not _is_ornament(text):
            self.blocks.append(Block(kind=kind, text=text, place=place, level=level))
            self._check_size()

    def _check_size(self) -> None:
        if len(self.blocks) + len(self.hidden) > self._most_blocks:
            raise SubmissionError(
                "too_large",
                f"The file has more than {self._most_blocks} paragraphs, far more than a resume or a take-home. "
                "Ask for a shorter one.",
            )


def _is_ornament(text: str) -> bool:
    """True for rules and lone bullets, which some formats draw and others write."""
    return len(text) <= 200 and not any(unicodedata.category(character)[0] in "LNS" for character in text)


def _level(kind: BlockKind, level: int) -> int:
    return max(level, 1) if kind == "bullet" else 0


def _typed_bullets(kind: BlockKind, text: str) -> list[_Piece]:
    """Split lines that begin with a typed bullet from the lines before them."""
    pieces: list[_Piece] = []
    if _AFTER_SENTENCE.search(text):
        # Renderers that fold line ends leave typed bullets in the middle of the text.
        text = _RUN_IN_BULLET.sub("\n", text)
    lines = text.split("\n")
    dashes = sum(bool(_DASH_BULLET.match(line)) for line in lines)
    for number, line in enumerate(lines):
        marker = _GLYPH_BULLET.match(line)
        # A wrapped line may begin with a dash that belongs to its sentence; two such lines are a list.
        if marker is None and (number == 0 or dashes >= 2):
            marker = _DASH_BULLET.match(line)
        if marker is not None:
            pieces.append(_Piece("bullet", line[marker.end() :]))
        elif pieces:
            pieces[-1] = _Piece(pieces[-1].kind, f"{pieces[-1].text}\n{line}")
        else:
            pieces.append(_Piece(kind, line))
    return pieces
