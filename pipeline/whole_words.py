"""Names of tools as whole words, where a plain word border fails: C++, C#, .NET, Node.js."""

import re
from collections.abc import Iterable
from functools import lru_cache

from pipeline.word_lists import read_words

_SHORT = 2
"""Letters: names as short as Go, R or C# are told from words and initials by their capitals."""


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    return frozenset(word.casefold() for word in read_words("english_tool_words.txt"))


def patterns(names: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    """Patterns that find any of the names: one that minds the case and one that does not, as far as needed."""
    exact: list[str] = []
    folded: list[str] = []
    for name in names:
        (exact if case_matters(name) else folded).append(name)
    return tuple(
        re.compile("|".join(_whole_word(name) for name in sorted(chosen, key=lambda name: (-len(name), name))), flags)
        for chosen, flags in ((exact, 0), (folded, re.IGNORECASE))
        if chosen
    )


def case_matters(name: str) -> bool:
    """Whether a name is also an ordinary English word or very short, so that only its capitals tell it apart."""
    letters = sum(character.isalnum() for character in name)
    return any(character.isupper() for character in name) and (letters <= _SHORT or name.casefold() in _english())


def _whole_word(name: str) -> str:
    """A name between characters that could not be part of it.

    A letter, digit or underscore beside the name makes another word; so do `+` and `#` behind it (C, C++, C#) and
    a dot that joins it to letters (Node and Node.js). Very short names are not joined by hyphen, ampersand or
    apostrophe either (R and R&D, Go and Go-live, C and Objective-C).
    """
    body = r"[\s\u00a0-]+".join(re.escape(part) for part in re.split(r"[\s-]+", name) if part)
    short = sum(character.isalnum() for character in name) <= _SHORT
    joined = "[.&'\u2019-]" if short else "[.]"
    before = r"(?<![\w])" if name[:1] in ".#" else rf"(?<![\w@#])(?<!\w{joined})"
    return rf"{before}{body}(?![\w+#])(?!{joined}\w)"
