"""Putting units together into passages of a bearable size, and cutting what is too long."""

import itertools
import re
from collections.abc import Sequence

from pipeline.marked_text import MarkedText, joined
from pipeline.outline import Unit
from pipeline.sentences import sentence_spans

MOST_WORDS = 220
MOST_CHARS = 2400
"""Caps a passage whose "words" are no words; ordinary prose of 220 words has about 1,400 characters."""
_COLON = re.compile(r":[\"')\]]*$")


def group(units: Sequence[Unit]) -> list[list[Unit]]:
    """Put together what belongs in one piece: a list under a colon, the parts of a decision record."""
    groups: list[list[Unit]] = []
    lead: Unit | None = None
    for unit in units:
        last = groups[-1][-1] if groups else None
        if lead is not None and not _is_listed_under(unit, lead):
            lead = None
        same_record = last is not None and unit.record is not None and unit.record == last.record
        if groups and unit.kind not in ("code", "comment") and (lead is not None or same_record):
            groups[-1].append(unit)
        else:
            groups.append([unit])
        if lead is None and unit.kind in ("paragraph", "bullet") and _COLON.search(unit.marked.text):
            lead = unit
    return groups


def _is_listed_under(unit: Unit, lead: Unit) -> bool:
    return unit.kind == "bullet" and unit.section == lead.section and (lead.kind != "bullet" or unit.level > lead.level)


def pack(units: Sequence[Unit]) -> list[tuple[Unit, MarkedText]]:
    """Texts of at most 220 words, as even as the cuts allow, each with the unit in which it begins.

    Cuts fall between units, else at sentence ends, else between words.
    """
    if _fits(units):
        return [(units[0], joined((unit.marked for unit in units), separator="\n"))]
    atoms = [(unit, atom) for unit in units for atom in _atoms(unit.marked)]
    words = sum(_size(atom) for _, atom in atoms)
    share = words / -(-words // MOST_WORDS)
    packed: list[tuple[Unit, MarkedText]] = []
    held: list[tuple[Unit, MarkedText]] = []
    size = chars = filled = 0
    for unit, atom in atoms:
        more = _size(atom)
        # A piece ends where it is nearest to its even share.
        due = share * (len(packed) + 1)
        over = filled + more - due > due - filled
        if held and (over or size + more > MOST_WORDS or chars + len(atom.text) + 1 > MOST_CHARS):
            packed.append(_put_together(held))
            held, size, chars = [], 0, 0
        held.append((unit, atom))
        size, chars, filled = size + more, chars + len(atom.text) + 1, filled + more
    return [*packed, _put_together(held)]


def _fits(units: Sequence[Unit]) -> bool:
    words = sum(_size(unit.marked) for unit in units)
    return words <= MOST_WORDS and sum(len(unit.marked.text) + 1 for unit in units) <= MOST_CHARS


def _put_together(held: Sequence[tuple[Unit, MarkedText]]) -> tuple[Unit, MarkedText]:
    marked = held[0][1]
    for (before, _), (unit, atom) in itertools.pairwise(held):
        marked = joined((marked, atom), separator=" " if unit is before else "\n")
    return held[0][0], marked


def _size(marked: MarkedText) -> int:
    return len(marked.text.split())


def _atoms(marked: MarkedText) -> list[MarkedText]:
    """The sentences of a text, longer ones cut between words."""
    if _size(marked) <= MOST_WORDS // 2 and len(marked.text) <= MOST_CHARS // 2:
        return [marked]
    return [atom for low, high in sentence_spans(marked.text) for atom in _cut_between_words(marked.part(low, high))]


def _cut_between_words(marked: MarkedText) -> list[MarkedText]:
    if _size(marked) <= MOST_WORDS and len(marked.text) <= MOST_CHARS:
        return [marked]
    parts: list[MarkedText] = []
    start = words = 0
    for match in re.finditer(rf"\S{{1,{MOST_CHARS // 2}}}", marked.text):
        if words == MOST_WORDS // 2 or match.end() - start > MOST_CHARS:
            parts.append(marked.part(start, match.start()))
            start, words = match.start(), 0
        words += 1
    parts.append(marked.part(start, len(marked.text)))
    return parts
