"""Preferences found in a candidate's own text: whole words, each preference once."""

import re
from collections.abc import Iterable
from functools import lru_cache

from pipeline.models.scorecard import Preference, Scorecard

_CASE_MATTERS = re.compile(
    "go|r|c|d|rust|swift|scala|elm|spring|express|flask|ruby|dart|julia|crystal|spark|storm|hive|pig|beam|airflow"
    "|chef|salt|puppet|consul|vault|make|ant|react|angular|ember|vue|next|nest|rest|dash|flow|crew|puma",
    re.IGNORECASE,
)
"""Tool names that are English words too; only their usual spelling with a capital counts."""


def matched_preferences(scorecard: Scorecard, texts: Iterable[str]) -> tuple[str, ...]:
    """Names of the preferences that stand in any of the texts, in scorecard order.

    Args:
        scorecard: Its preferences are looked for.
        texts: Redacted visible text outside code.
    """
    waiting = dict(enumerate(scorecard.preferences))
    found: set[int] = set()
    for text in texts:
        for position, preference in list(waiting.items()):
            if _pattern(preference).search(text):
                found.add(position)
                del waiting[position]
        if not waiting:
            break
    return tuple(preference.name for n, preference in enumerate(scorecard.preferences) if n in found)


@lru_cache(maxsize=1024)
def _pattern(preference: Preference) -> re.Pattern[str]:
    return re.compile("|".join(_name_pattern(name) for name in preference.any_of))


def _name_pattern(name: str) -> str:
    """One name as whole words: `C` stands neither in `C++` nor in `C#`, `Java` not in `JavaScript`."""
    words = r"[\s-]+".join(re.escape(word) for word in name.split())
    flags = "" if _CASE_MATTERS.fullmatch(name) else "i"
    return (
        rf"(?<![\w.#+])(?{flags}:{words})(?![\w#+]|\.\w|-\w)"
        if flags
        else rf"(?<![\w.#+])(?:{words})(?![\w#+]|\.\w|-\w)"
    )
