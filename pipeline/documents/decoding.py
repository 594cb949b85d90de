"""Bytes to text without guessing wildly: a mark, UTF-8, UTF-16 by its zeros, else Windows-1252."""

import codecs
import re

from pipeline.errors import SubmissionError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""(?:charset\s*=\s*["']?|encoding\s*=\s*["'])([\w.:-]{2,30})""", re.IGNORECASE)
_DECLARATION_WITHIN = 2048
_SAMPLE = 4096
_MOST_STRANGE = 0.03
"""Share of control characters above which bytes are not text."""


def decode(content: bytes, *, declared: bool = False) -> str:
    """Return the text of a file.

    Args:
        content: The bytes of the file.
        declared: Trust a `charset` or `encoding` near the start, as HTML and XML have it.

    Raises:
        SubmissionError: `unreadable_encoding`: the bytes are no text in any usual encoding.
    """
    for encoding in _candidates(content, declared=declared):
        try:
            text = content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if _looks_like_text(text):
            return text.lstrip("\ufeff")
    raise SubmissionError(
        "unreadable_encoding",
        "The letters of this file are stored in a way that could not be told. "
        "Ask for a PDF, or for the text saved as UTF-8.",
    )


def _candidates(content: bytes, *, declared: bool) -> list[str]:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return [encoding]
    candidates = ["utf-8"]
    sample = content[:_SAMPLE]
    if sample.count(0) > len(sample) // 5:
        # Latin text in UTF-16 has a zero in every second byte; which one tells the byte order.
        candidates = ["utf-16-le" if sample[1::2].count(0) >= sample[::2].count(0) else "utf-16-be"]
    elif declared and (found := _DECLARED.search(content[:_DECLARATION_WITHIN])):
        named = found.group(1).decode("ascii")
        if not named.lower().replace("-", "").startswith(("utf16", "utf32", "utf7")) and _is_text_codec(named):
            candidates.append(named)
    return [*candidates, "cp1252"]


def _is_text_codec(name: str) -> bool:
    try:
        # `_is_text_encoding` keeps out codecs such as zlib, which would expand the file.
        return bool(codecs.lookup(name)._is_text_encoding)
    except LookupError:
        return False


def _looks_like_text(text: str) -> bool:
    sample = text[:_SAMPLE]
    strange = sum(1 for character in sample if ord(character) < 32 and character not in "\t\n\r\f\x0b\x1b")
    return strange <= len(sample) * _MOST_STRANGE
