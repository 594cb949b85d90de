"""The words in which reports speak of checks, criteria, bands and flags."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import yaml

from pipeline.models.assessment import FlagId
from pipeline.models.dossier import UnscoredReason
from pipeline.models.scorecard import Check, Criterion
from pipeline.models.shortlist import Band

BAND_TITLES: Mapping[Band, str] = MappingProxyType(
    {"advance": "Advance", "boundary": "Boundary", "probe": "Probe", "hold": "Hold", "needs_review": "Needs review"}
)
FLAG_TITLES: Mapping[FlagId, str] = MappingProxyType(
    {
        "unexplained": "Unexplained",
        "happy_path_only": "Happy path only",
        "takehome_missing": "Take-home missing",
        "unread_source": "Unread source",
        "stage_mismatch": "Stage mismatch",
        "readme_code_disagree": "README and code disagree",
        "hidden_text": "Hidden text",
        "addressed_text": "Addressed text",
        "judges_differ": "Judges differ",
        "second_judge_differs": "Two judges differ",
    }
)


_MONEY = r"(\$\d[\d,]*(?:\.\d+)?)"
_BUDGET_TOO_SMALL = re.compile(rf"^The budget of {_MONEY} is too small", re.IGNORECASE)
_BUDGET_SPENT = re.compile(
    rf"^The budget (?:(?:is used up|has no room for another call): \S+ )?of {_MONEY}", re.IGNORECASE
)
_READ_IN_PART = re.compile(r"^the endpoint counted\b")
_REQUESTS_SPENT = re.compile(r"^--max-requests is reached: ([\d,]+ requests?)", re.IGNORECASE)


class NotAsked(NamedTuple):
    """Why questions were not asked, and what to do about it."""

    reason: str
    """A clause in lower case for a budget or limit, else whatever the judge said; without a full stop."""
    next_step: str
    """In lower case, without a full stop."""


class CheckPhrase(NamedTuple):
    """One check in a hiring manager's words."""

    found: str
    """A clause in lower case without a full stop."""
    missing: str
    """A full sentence."""
    ask: str
    """A question that stands on its own."""
    follow_up: str
    """A question that follows a quote of the candidate."""


class _Phrasebook(NamedTuple):
    titles: dict[str, str]
    checks: dict[tuple[str, str, str], CheckPhrase]
    """By rubric, check and the check's question."""


def criterion_title(criterion: Criterion) -> str:
    """A criterion's name for people."""
    return _phrasebook().titles.get(criterion.id) or humanized(criterion.id)


def check_phrase(criterion: Criterion, check: Check) -> CheckPhrase:
    """The words for one check; made from its own question when it is not of the library.

    A rubric of one's own may reuse a library id for another fact, so the question has to be the same too.
    """
    known = _phrasebook().checks.get((criterion.rubric.id, check.id, _folded(check.question)))
    title = criterion_title(criterion)
    if known is None:
        asked = _folded(check.question)
        return CheckPhrase(
            found=f"the documents answer yes to “{asked}”",
            missing=f"Nothing in the documents answers “{asked}”",
            ask=f"{title}: the documents leave this open: “{asked}” What can you tell about it?",
            follow_up=f"This was looked for: “{asked}” What can you tell about it?",
        )
    if criterion.rubric.id == "general":
        return known._replace(ask=f"{title}: {known.ask}")
    return known


def humanized(identifier: str) -> str:
    """`records_that_cost` as `Records that cost`."""
    words = identifier.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def sentence(clause: str) -> str:
    """A clause with a capital and an end."""
    text = clause[:1].upper() + clause[1:]
    return text if text.endswith((".", "?", "!", "”")) else f"{text}."


def not_asked_because(detail: str) -> NotAsked:
    """Why questions were not asked, shortened from what the judge says to an operator, and what to do.

    A budget or a limit of requests becomes one clause whatever was spent when it was noticed, so that
    all candidates it concerns can be counted together.
    """
    told = _folded(detail).rstrip(".")
    if found := _BUDGET_TOO_SMALL.search(told):
        return NotAsked(f"the budget of {found[1]} is too small for one request", "run again with a larger budget")
    if found := _BUDGET_SPENT.search(told):
        return NotAsked(
            f"the budget of {found[1]} has no room for another call", "run again with a larger budget to go on"
        )
    if found := _REQUESTS_SPENT.search(told):
        return NotAsked(f"the limit of {found[1]} was reached", "run again with a higher limit to go on")
    return NotAsked(told, "run the same screening again to go on")


LEFT_OPEN: frozenset[UnscoredReason | None] = frozenset(("not_asked", "judge_failed", "judge_refused"))
"""Reasons that lie with the judge or a limit, not with what was sent."""


def not_read_because(reason: UnscoredReason | None, detail: str) -> NotAsked:
    """Why questions of a candidate were left open, for one of the reasons `LEFT_OPEN`, and what to do."""
    if reason == "not_asked":
        return not_asked_because(detail)
    if reason == "judge_refused":
        return NotAsked("the judge refused some questions", "let a person read the documents")
    if _READ_IN_PART.search(detail):
        return NotAsked("the endpoint reads only a part of long questions", "give its model more context and run again")
    return NotAsked("the judge gave no usable answer to some questions", "run the same screening again to ask them")


def not_read_to_the_end(count: int, why: NotAsked) -> str:
    """That some candidates were not read to the end, why, and what to do, as a sentence."""
    who = "1 candidate was" if count == 1 else f"{count:,} candidates were"
    if why.reason.startswith("the "):
        return f"{who} not read to the end because {why.reason}: {why.next_step}."
    told = f" ({why.reason})" if why.reason else ""
    return f"{who} not read to the end{told}: {why.next_step}."


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters of a text on one line, cut between words, with an ellipsis if cut."""
    folded = _folded(text)
    if len(folded) <= limit:
        return folded
    cut = folded[:limit]
    return (cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut).rstrip(" ,;:.") + "…"


def _folded(text: str) -> str:
    return " ".join(text.split())


@cache
def _phrasebook() -> _Phrasebook:
    text = Path(__file__).with_name("justification_phrases.yaml").read_text(encoding="utf-8")
    loaded = yaml.safe_load(text)
    checks = {
        (rubric, check, _folded(phrase["question"])): CheckPhrase(
            found=phrase["found"], missing=phrase["missing"], ask=phrase["ask"], follow_up=phrase["follow_up"]
        )
        for rubric, phrases in loaded["rubrics"].items()
        for check, phrase in phrases.items()
    }
    return _Phrasebook(titles=dict(loaded["titles"]), checks=checks)
