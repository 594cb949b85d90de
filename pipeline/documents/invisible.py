"""Characters that a reader never sees: taken out, and reported where they carry or cut text."""

import re
import unicodedata
from typing import NamedTuple

from pipeline.models.documents import HiddenReason

_FLAG = "\U0001f3f4"
_TAG = re.compile("[\U000e0000-\U000e007f]+")
_FLAG_TAGS = re.compile("[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
# One selector after a character picks its shape; a row of them spells bytes.
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}")
_LONE_SELECTOR = re.compile("[\U000e0100-\U000e01ef]")

_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff\u180e\u034f\u115f\u1160\u3164\uffa0\u206a-\u206f"
_ZERO_WIDTH_RUN = re.compile(f"[{_ZERO_WIDTH}]+")
_CARRIED_BITS = 8
"""Zero-width characters in a row that can hold a letter; scripts and emoji need at most two."""

_OVERRIDDEN = re.compile("([\u202d\u202e])([^\u202c\u202d\u202e\n]*)")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ufff9-\ufffb]")
_SUSPECT = re.compile(
    f"[{_ZERO_WIDTH}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufe00-\ufe0f\U000e0000-\U000e01ef"
    "\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ufff9-\ufffb]"
)


class Stripped(NamedTuple):
    """Text without invisible characters, and what they were used for."""

    text: str
    hidden: tuple[tuple[HiddenReason, str], ...]


def strip_invisible(text: str) -> Stripped:
    """Take invisible characters out of a text.

    Reported are text spelled in tag characters or variation selectors (`tag_characters`), words cut by
    zero-width characters, long rows of these, and letters shown in another order than they are stored
    (`zero_width`). A byte-order mark, joiners inside emoji or Persian, soft hyphens and direction marks
    are everyday and not reported.
    """
    if not _SUSPECT.search(text):
        return Stripped(text, ())
    hidden: list[tuple[HiddenReason, str]] = []
    text = _without_tags(text, hidden)
    text = _without_selectors(text, hidden)
    text = _without_zero_width(text, hidden)
    text = _without_direction(text, hidden)
    return Stripped(_CONTROL.sub("", text), tuple(hidden))


def _without_tags(text: str, hidden: list[tuple[HiddenReason, str]]) -> str:
    def take(match: re.Match[str]) -> str:
        before = text[match.start() - 1 : match.start()]
        if before == _FLAG and _FLAG_TAGS.fullmatch(match.group()):
            return ""
        spelled = "".join(chr(ord(tag) - 0xE0000) for tag in match.group())
        spelled = "".join(letter for letter in spelled if letter.isprintable())
        if spelled.strip():
            hidden.append(("tag_characters", spelled))
        return ""

    return _TAG.sub(take, text)


def _without_selectors(text: str, hidden: list[tuple[HiddenReason, str]]) -> str:
    def take(match: re.Match[str]) -> str:
        codes = [ord(selector) for selector in match.group()]
        spelled = bytes(code - 0xFE00 if code <= 0xFE0F else code - 0xE0100 + 16 for code in codes)
        hidden.append(("tag_characters", spelled.decode("utf-8", errors="replace")))
        return ""

    return _LONE_SELECTOR.sub("", _SELECTORS.sub(take, text))


def _without_zero_width(text: str, hidden: list[tuple[HiddenReason, str]]) -> str:
    cut: list[int] = []

    def take(match: re.Match[str]) -> str:
        before = text[match.start() - 1] if match.start() else ""
        after = text[match.end()] if match.end() < len(text) else ""
        if len(match.group()) >= _CARRIED_BITS:
            hidden.append(("zero_width", f"{len(match.group())} zero-width characters in a row"))
        elif _is_cut_script(before) and _is_cut_script(after):
            cut.append(match.start())
        elif match.group() in "\u200c\u200d" and (_joins(before) or _joins(after)):
            return match.group()
        return ""

    stripped = _ZERO_WIDTH_RUN.sub(take, text)
    for word in _words_at(text, cut):
        hidden.append(("zero_width", word))
    return stripped


def _words_at(text: str, places: list[int]) -> list[str]:
    """Return the cut words, neighbours joined, without the characters that cut them."""
    if not places:
        return []
    words: list[str] = []
    previous_end = -2
    for match in re.finditer(r"\S+", text):
        if not any(match.start() < place < match.end() for place in places):
            continue
        word = _ZERO_WIDTH_RUN.sub("", match.group())
        if match.start() - previous_end <= 1 and words:
            words[-1] += " " + word
        else:
            words.append(word)
        previous_end = match.end()
    return words


def _is_cut_script(character: str) -> bool:
    """True for letters of scripts that never need a zero-width character inside a word."""
    if not character or not character.isalpha():
        return False
    return unicodedata.name(character, "").startswith(("LATIN", "GREEK", "CYRILLIC", "FULLWIDTH LATIN"))


def _joins(character: str) -> bool:
    """True for characters beside which a joiner changes what is seen."""
    return bool(character) and ord(character) > 0x5FF and not _is_cut_script(character)


def _without_direction(text: str, hidden: list[tuple[HiddenReason, str]]) -> str:
    for override, run in _OVERRIDDEN.findall(text):
        turned = {"L"} if override == "\u202e" else {"R", "AL"}
        if sum(unicodedata.bidirectional(letter) in turned for letter in run) >= 2:
            hidden.append(("zero_width", _DIRECTION.sub("", run).strip()))
    return _DIRECTION.sub("", text)
