"""Joins lines of a printed text: tells a hyphen of the line end from one of the word."""

import itertools
import re
from collections.abc import Sequence

from pipeline.documents.word_list import is_known

_WORD = re.compile(r"[^\W\d_]+")
_COMPOUND = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+")
_BROKEN = re.compile(r"([^\W\d_]+)-$")
_LAST_TOKEN = re.compile(r"\S+$")
_STARTS = re.compile(r"([^\W\d_]+)")
_HYPHENS = ("-", "\u2010", "\u2011")
_SLASHES = ("/", "\u2014")
"""Lines may end behind these although no space follows."""

# Parts of compounds that are no words of their own, or too short to be told from syllables.
_PREFIX_TEXT = "anti auto bi co de dis ex inter intra mid mini multi non peer pre pro re self semi sub tri un"
_PREFIXES = frozenset(_PREFIX_TEXT.split())
_SHORT_TEXT = "a an as at by do go if in is it no of off on or so to up us we"
_SHORT_WORDS = frozenset(_SHORT_TEXT.split())
_SUFFIX_TEXT = """
    abilities ability able age ance ed ence er ers ful fully hood ible ing ings ism ist ists ity less ly ment ments
    ness sion some ship ships tion tions ward wards
"""
_SUFFIXES = frozenset(_SUFFIX_TEXT.split())


class Hyphens:
    """Decides from the words of one document and from a list of known ones."""

    def __init__(self, *, lines_text: Sequence[str]) -> None:
        inner = [_without_edges(line) for line in lines_text]
        self._words = {word.lower() for line in inner for word in _WORD.findall(line)}
        self._compounds = {word.lower() for line in inner for word in _COMPOUND.findall(line)}
        self._cuts_words = any(self._is_surely_cut(before, after) for before, after in itertools.pairwise(lines_text))

    def join(self, text: str, line: str) -> str:
        """Return a text with its next line, which the page's width has broken off."""
        if text.endswith("\u00ad"):
            return text[:-1] + line
        if len(text) < 2 or text[-2].isspace():
            return f"{text} {line}"
        if text.endswith(_SLASHES):
            return text + line
        if not text.endswith(_HYPHENS) or text.endswith("--"):
            return f"{text} {line}"
        text = text[:-1] + "-"
        broken, starts = _BROKEN.search(text), _STARTS.match(line)
        if broken is None or starts is None or not line[0].islower():
            # "SOC-" and "2", "e-" and "Mail": the hyphen is the author's.
            return text + line
        if self._keeps(text, broken.group(1).lower(), starts):
            return text + line
        return text[:-1] + line

    def _keeps(self, text: str, first: str, starts: re.Match[str]) -> bool:
        second = starts.group(1).lower()
        if len(first) == 1 or not self._cuts_words or self._has(f"{first}-{second}"):
            return True
        if self._has(first + second) or second in _SUFFIXES:
            return False
        token = _LAST_TOKEN.search(text)
        if token is not None and "@" in token.group():
            return True
        return self._is_part(first) and self._is_part(second)

    def _is_surely_cut(self, before: str, after: str) -> bool:
        broken, starts = _BROKEN.search(before), _STARTS.match(after)
        if broken is None or starts is None or not after[:1].islower():
            return False
        first, second = broken.group(1).lower(), starts.group(1).lower()
        if len(first) == 1 or self._has(f"{first}-{second}"):
            return False
        return self._has(first + second) or second in _SUFFIXES or not (self._is_part(first) or self._is_part(second))

    def _is_part(self, part: str) -> bool:
        """True if the part of a word can stand on one side of an author's hyphen."""
        if len(part) <= 2 or part in _PREFIXES:
            return part in _SHORT_WORDS or part in _PREFIXES
        return self._has(part)

    def _has(self, word: str) -> bool:
        return word in self._words or word in self._compounds or is_known(word)


def _without_edges(line: str) -> str:
    """Return a line without a word that its end may have cut, or its start continued."""
    words = line.split(" ")
    return " ".join(words[1:-1] if words[-1].endswith(_HYPHENS) else words[1:] or words)
