"""Which preferences of a scorecard a candidate's text names. Code, comments and addressed text stay outside."""

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from pipeline.models.scorecard import Preference, Scorecard
from pipeline.whole_words import patterns


class _Matcher(NamedTuple):
    """One preference, ready to be looked for."""

    name: str
    patterns: tuple[re.Pattern[str], ...]


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
            if matcher.name not in found and any(pattern.search(text) for pattern in matcher.patterns):
                found.add(matcher.name)
    return tuple(matcher.name for matcher in matchers if matcher.name in found)


def needed_preferences(scorecard: Scorecard) -> int:
    """How many matched preferences count in full: half of them, rounded up."""
    return math.ceil(len(scorecard.preferences) / 2)


@lru_cache(maxsize=64)
def _matchers(preferences: tuple[Preference, ...]) -> tuple[_Matcher, ...]:
    return tuple(_Matcher(preference.name, patterns(preference.any_of)) for preference in preferences)
