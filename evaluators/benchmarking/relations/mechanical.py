"""Mechanical twins at scale: every relation over as many bases as it needs."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from evaluators.benchmarking.relations.bases import Base, Twins
from evaluators.benchmarking.relations.formats import format_twins, pdf_twins
from evaluators.benchmarking.relations.injection import injection, load_payloads
from evaluators.benchmarking.relations.rewriting import (
    career_gap,
    padding,
    section_order,
    tool_stuffing,
    tools_removed,
)
from evaluators.benchmarking.relations.swaps import name_swap, prestige_swap

PAIRS = 300
"""Of each relation, where there are bases enough."""

MECHANICAL: dict[str, Callable[[Base], Iterator[Twins]]] = {
    "name_swap": name_swap,
    "format": format_twins,
    "format_pdf": pdf_twins,
    "section_order": section_order,
    "tool_stuffing": tool_stuffing,
    "tools_removed": tools_removed,
    "padding": padding,
    "career_gap": career_gap,
    "prestige_swap": prestige_swap,
}


def mechanical_twins(bases: Sequence[Base], *, hostile: Path, most: int = PAIRS) -> Iterator[Twins]:
    """All twins, relation by relation; equal bases give equal twins.

    Args:
        bases: Written ones first: where there are more than are needed, the last are left out.
        hostile: Folder of the sentences that are injected; without it nothing is.
        most: Pairs of a relation.
    """
    payloads = load_payloads(hostile)
    relations = dict(MECHANICAL)
    if payloads is not None:
        relations["injection"] = lambda base: injection(base, payloads)
    for make in relations.values():
        made = 0
        for base in bases:
            if made >= most:
                break
            for twins in make(base):
                made += 1
                yield twins
