"""Mechanical twins at scale: every relation over as many bases as it needs."""

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from evaluators.benchmarking.relations.bases import Base, Twins
from evaluators.benchmarking.relations.formats import format_twins, pdf_twins
from evaluators.benchmarking.relations.injection import CHANNELS, code_files, injection, load_payloads
from evaluators.benchmarking.relations.rewriting import (
    career_gap,
    padding,
    section_order,
    tool_stuffing,
    tools_removed,
)
from evaluators.benchmarking.relations.swaps import name_swap, prestige_swap

BASES = 300
"""Of each relation, and of each channel of injections, where there are as many."""

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


def mechanical_twins(
    bases: Sequence[Base],
    *,
    hostile: Path,
    most: int = BASES,
    only: Collection[str] | None = None,
    lenders: Sequence[Base] = (),
) -> Iterator[Twins]:
    """All twins, relation by relation; equal bases give equal twins.

    Args:
        bases: Written ones first: where there are more than are needed, the last are left out.
        hostile: Folder of the sentences that are injected; without it nothing is.
        most: Bases of a relation.
        only: Relations to make; all if not given.
        lenders: Whose code may be borrowed by a base of the same role that has none.
    """
    for relation, make in _makers(lenders, hostile):
        used = 0
        for base in bases if only is None or relation in only else ():
            if used >= most:
                break
            made = tuple(make(base))
            used += bool(made)
            yield from made


def _makers(people: Sequence[Base], hostile: Path) -> Iterator[tuple[str, Callable[[Base], Iterator[Twins]]]]:
    yield from MECHANICAL.items()
    payloads = load_payloads(hostile)
    if payloads is None:
        return
    lenders: dict[str, list[Base]] = {}
    for base in people:
        if code_files(base):
            lenders.setdefault(base.role, []).append(base)
    for channel in CHANNELS:

        def make(base: Base, channel: str = channel) -> Iterator[Twins]:
            return injection(base, payloads, channel=channel, lenders=lenders.get(base.role, ()))

        yield "injection", make
