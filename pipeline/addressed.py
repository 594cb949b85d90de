"""Sentences that speak to the screener or to a model, rather than tell what somebody did."""

import re
from collections.abc import Iterator

from pipeline.addressed_signals import Signal, hint, signals
from pipeline.addressed_text import readings
from pipeline.addressed_world import world_hint, world_signals
from pipeline.sentences import sentence_spans

_ENOUGH = 3
"""The weight from which a sentence is withheld."""
_REACH = 3
"""Sentences between somebody being spoken to and what is asked of them."""

_ADDRESS = frozenset(
    {
        "to_machine",
        "machine_label",
        "system_label",
        "role_label",
        "turn",
        "to_human",
        "template",
        "to_world",
        "machine_world",
        "if_world",
    }
)
_CALLS = frozenset({"to_machine", "machine_label", "you_screen"})
_ASKS = frozenset({"tick", "reconfigured", "your_output"})
# Words of grading that many honest sentences hold; they count only beside a signal that speaks to somebody.
_TALK = frozenset(
    {
        "extreme",
        "score_talk",
        "flattery",
        "verdict_word",
        "all_met_passive",
        "candidate_world",
        "met_world",
        "top_world",
        "urgent",
    }
)
# A sentence that only tells of such words, in quotes or as its subject's work.
_TELLS = re.compile(
    r"^\W*(?:i |we |our |the |a |an |it |built|wrote|led|owned|designed|added|evaluated|trained|fine-tuned|red-teamed|moved|replaced|used|taught|reduced|introduced|moderated|integrated|made|set up|created"
    r"|ran|kept|verified|interviewed|reviewed|scored|rated|ranked|system prompt|prompts? (?:are|were|is)|automated reviewers|answered|met |passed|fulfilled|meets )",
    re.IGNORECASE,
)
_CLOSED = r"(?:\s?(?:<\|?/?[\w/-]{1,24}\|?>|\[/?[A-Z_]{2,12}\]|\*/|-->)){0,3}"
# Where the clothes of a prompt begin or end although no capital follows the stop: braces, tags, labels in small letters.
_SEAM = re.compile(
    rf"(?<=[.!?\u2026])[\"')\]\u201d\u2019]{{0,2}}{_CLOSED}\s{{1,4}}(?=[{{\[<\u27e6@#`]|\*(?!/)|/[/*]|-{{2,}}(?!>)|[a-z][\w-]{{1,24}} ?[:=])"
    rf"|(?<=[.!?\u2026]){_CLOSED}\s{{1,4}}(?=[A-Z])|(?<=[}}\]])\s{{1,4}}(?=[A-Z])|(?<=[\u3002\uff01\uff1f])\s{{0,4}}(?=\S)"
)
_DATA = re.compile(r"(?:[\w-]{1,24} ?[:=] ?)?[{\[]")
_QUOTED = re.compile(r"[\"“«][^\"”»]{3,160}[\"”»]")


def addressed_spans(text: str, *, prose: bool) -> list[tuple[int, int]]:
    """Offsets of whole sentences that ask the screener, a reviewer or a model for a judgment.

    Several weak signals must meet: who is spoken to, what is asked, the words of a rubric, the clothes of a prompt. What
    continues such a sentence goes with it. A sentence that tells a reviewer how to run the code or where to begin asks for no
    judgment and stays.

    Args:
        text: A block, redacted or not.
        prose: False for code, where every line stands for itself and a literal alone proves nothing.
    """
    spans = _sentences(text, prose=prose)
    if not spans:
        return []
    found = [_weigh(text[start:end], prose=prose) for start, end in spans]
    held = [weight >= _ENOUGH for weight, _ in found]
    _hold_calls(found, held)
    if not any(held):
        return []
    _spread(found, held)
    return [span for span, is_held in zip(spans, held, strict=True) if is_held]


def _hold_calls(found: list[tuple[int, frozenset[str]]], held: list[bool]) -> None:
    """Hold back a call to a machine with what is asked of it a sentence or two later."""
    for index, (weight, names) in enumerate(found):
        if weight < _ENOUGH - 1 or not names & _CALLS:
            continue
        for ahead in range(index + 1, min(index + _REACH, len(found))):
            if found[ahead][1] & _ASKS:
                held[index : ahead + 1] = [True] * (ahead + 1 - index)


def _spread(found: list[tuple[int, frozenset[str]]], held: list[bool]) -> None:
    """Hold back what leads to a withheld sentence or continues it."""
    for index in range(len(found)):
        if held[index] and index + 1 < len(found) and not held[index + 1]:
            held[index + 1] = found[index + 1][0] >= 1
    for index in range(len(found) - 1, -1, -1):
        if not held[index]:
            continue
        if index and (found[index - 1][0] >= 2 or "trusted" in found[index - 1][1]):
            held[index - 1] = True
        for back in range(max(0, index - _REACH), index):
            if found[back][1] & _ADDRESS:
                held[back:index] = [True] * (index - back)
                break


def _sentences(text: str, *, prose: bool) -> list[tuple[int, int]]:
    """Sentences; in prose a line break inside one does not part it."""
    spans = [part for span in sentence_spans(text) for part in _parted(text, *span)]
    if not prose:
        return spans
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if (
            joined
            and "\n" in text[joined[-1][1] : start]
            and text[start].islower()
            and text[joined[-1][1] - 1] not in ".!?:;"
        ):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _parted(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence, cut where what is no prose is set behind it or before it."""
    for seam in _SEAM.finditer(text, start, end):
        # "findings [1] Then" is prose, "{...} Then" are two things.
        if text[seam.start() - 1] in "}]" and not _DATA.match(text, start):
            continue
        stop = seam.start() + len(seam[0].rstrip())
        if stop > start and seam.end() < end:
            yield start, stop
            start = seam.end()
    yield start, end


def _weigh(sentence: str, *, prose: bool) -> tuple[int, frozenset[str]]:
    """The sum of the signals of the reading that shows most, and their names."""
    best: tuple[int, frozenset[str]] = (0, frozenset())
    for reading in readings(sentence):
        table: tuple[Signal, ...] = signals() if hint().search(reading) else ()
        if world_hint().search(reading):
            table += world_signals()
        bare = reading.lstrip(" \t/*#-–—•>!")
        told = bool(_TELLS.match(bare))
        outside = _QUOTED.sub(" ", bare) if told else bare
        weight = 0
        names = set()
        for signal in table:
            # "### Response:" is the clothes of a prompt, "Response:" under a comment's marks is not.
            if signal.pattern.search(outside) or (not told and signal.pattern.search(reading)):
                weight += signal.weight
                names.add(signal.name)
        # "LLMs: two, behind one gateway" is a label too.
        if names <= _TALK or names <= {"machine_label", "role_label"}:
            weight = min(weight, _ENOUGH - 1)
        if not prose and names <= {"fake_json", "template", "system_label", "dialogue", "score_talk"}:
            weight = min(weight, _ENOUGH - 1)
        if weight > best[0]:
            best = (weight, frozenset(names))
    return best
