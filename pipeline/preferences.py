"""Which preferences of a scorecard a candidate's text names. Code, comments and addressed text stay outside."""

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from pipeline.models.scorecard import Preference, Scorecard
from pipeline.word_lists import read_words

_CASE_MATTERS_UP_TO = 2
"""Letters: names as short as Go, R or C# are told from words and initials by their capitals."""


class _Matcher(NamedTuple):
    """One preference, ready to be looked for."""

    name: str
    exact: re.Pattern[str] | None
    """Names whose case matters."""
    folded: re.Pattern[str] | None


def matched_preferences(scorecard: Scorecard, texts: Iterable[str]) -> tuple[str, ...]:
    """Names of the preferences that occur in the texts, each once, in scorecard order.

    A name is found as a whole word in any case, but only as written if it is also an ordinary English word or
    has one or two letters (Go, Rust, Spring, R, C#). Signs belong to a name: `C` is not found in `C++`, `Node` is
    found in neither `Node.js` nor `node_modules`. Plurals and inflections are not matched.

    Args:
        scorecard: Its preferences.
        texts: Visible redacted text outside code; in any order.
    """
    matchers = _matchers(scorecard.preferences)
    found: set[str] = set()
    for text in texts:
        if len(found) == len(matchers):
            break
        for matcher in matchers:
            if matcher.name not in found and _occurs(matcher, text):
                found.add(matcher.name)
    return tuple(matcher.name for matcher in matchers if matcher.name in found)


def needed_preferences(scorecard: Scorecard) -> int:
    """How many matched preferences count in full: half of them, rounded up."""
    return math.ceil(len(scorecard.preferences) / 2)


def _occurs(matcher: _Matcher, text: str) -> bool:
    return bool(
        (matcher.folded is not None and matcher.folded.search(text))
        or (matcher.exact is not None and matcher.exact.search(text))
    )


@lru_cache(maxsize=64)
def _matchers(preferences: tuple[Preference, ...]) -> tuple[_Matcher, ...]:
    english = {word.casefold() for word in read_words("english_tool_words.txt")}
    matchers = []
    for preference in preferences:
        exact = [name for name in preference.any_of if _case_matters(name, english)]
        folded = [name for name in preference.any_of if name not in exact]
        matchers.append(_Matcher(preference.name, _pattern(exact, 0), _pattern(folded, re.IGNORECASE)))
    return tuple(matchers)


def _case_matters(name: str, english: set[str]) -> bool:
    letters = sum(character.isalnum() for character in name)
    return any(character.isupper() for character in name) and (
        letters <= _CASE_MATTERS_UP_TO or name.casefold() in english
    )


def _pattern(names: list[str], flags: int) -> re.Pattern[str] | None:
    if not names:
        return None
    return re.compile("|".join(_whole_word(name) for name in sorted(names, key=lambda name: (-len(name), name))), flags)


def _whole_word(name: str) -> str:
    r"""A name between characters that could not be part of it.

    `\b` fails for C++, C# and .NET. A letter, digit or underscore beside the name makes another word; so do `+`
    and `#` behind it (C, C++, C#), a dot or hyphen that joins it to letters (Node and Node.js, R and R-Car, Go and
    Go-live), an ampersand (R and R&D) and, before it, a dot, hyphen, slash or at sign inside a word.
    """
    body = r"[\s\u00a0-]+".join(re.escape(part) for part in re.split(r"[\s-]+", name) if part)
    short = sum(character.isalnum() for character in name) <= _CASE_MATTERS_UP_TO
    joined = "[.&'\u2019-]" if short else "[.]"
    before = r"(?<![\w])" if name[:1] in ".#" else rf"(?<![\w@#])(?<!\w{joined})"
    return rf"{before}{body}(?![\w+#])(?!{joined}\w)"
