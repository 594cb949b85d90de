"""The drawings of a benchmark page that show what one intended change did to scores."""

from collections.abc import Iterator, Sequence

from evaluators.benchmarking.relations.table import RELATIONS
from evaluators.benchmarking.results import ALL_SETS, MovedPair
from flows.bench.page_words import plain, with_range
from flows.bench.panel_parts import Figures, Panel, Table
from flows.bench.plots import move_of, moves, reach_of

ALL_POINTS = 100.0
MOST_LISTED = 200
"""Pairs that do not hold in one table."""


def twin_panels(figures: Figures) -> Iterator[Panel]:
    """One a relation."""
    pairs = figures.result.pairs
    reach, drawn = reach_of(pairs), [_with_allowed(pair) for pair in pairs]
    for n, relation in enumerate(dict.fromkeys(pair.relation for pair in drawn)):
        own = [pair for pair in drawn if pair.relation == relation]
        sets = list(dict.fromkeys(pair.set for pair in own))
        set_ = sets[0] if len(sets) == 1 else ALL_SETS
        figure = figures.get("metamorphic", set_=set_, group=relation)
        broken = [pair for pair in own if not pair.holds]
        yield Panel(
            title=plain(relation),
            result=f"holds for {with_range(figure)}",
            label=figures.label(set_),
            svg=moves(own, reach=reach, id=f"twin-{n}", title=f"Moves of {plain(relation).lower()}"),
            note=" ".join(_twin_notes(own, broken, figures, set_=set_)),
            table=_pair_table(broken, f"Pairs that do not hold, {plain(relation).lower()}, {figures.label(set_)}"),
        )


def _with_allowed(pair: MovedPair) -> MovedPair:
    """The pair with what its relation allows, if that is known."""
    relation = RELATIONS.get(pair.relation)
    if pair.allowed is not None or relation is None:
        return pair
    low = None if relation.low <= -ALL_POINTS else relation.low
    high = None if relation.high >= ALL_POINTS else relation.high
    return pair.model_copy(update={"allowed": (low, high)})


def _twin_notes(own: Sequence[MovedPair], broken: Sequence[MovedPair], figures: Figures, *, set_: str) -> Iterator[str]:
    figure = figures.get("metamorphic", set_=set_, group=own[0].relation)
    relation = RELATIONS.get(own[0].relation)
    if relation is not None:
        yield f"Changed: {relation.changed}."
    bases = len({(pair.set, pair.base) for pair in own}) if figure is None else figure.bases
    held = "all hold" if not broken else "1 does not hold" if len(broken) == 1 else f"{len(broken):,} do not hold"
    every = len({(pair.set, pair.base) for pair in own})
    further = f", and of {every - bases:,} put together from parts of them" if every > bases else ""
    yield f"{len(own):,} pairs of {bases:,} texts{further}; {held}."
    allowed = {pair.allowed for pair in own}
    if len(allowed) == 1 and (only := allowed.pop()) is not None:
        yield f"Allowed: {_allowed(*only)}."
    channels = dict.fromkeys(pair.channel for pair in own if pair.channel)
    by_channel = [
        f"{plain(channel).lower()} {with_range(one)} of {one.bases:,}"
        for channel in channels
        if (one := figures.get("metamorphic", set_=set_, group=f"{own[0].relation}:{channel}")) is not None
    ]
    if by_channel:
        yield f"By channel, with the texts behind it: {'; '.join(by_channel)}."
    if silent := sum(move_of(pair) is None for pair in own):
        yield f"Not drawn for want of a score: {silent}."


def _allowed(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        bounds = [f"at least {_signed(low)}"] if low is not None else []
        bounds += [f"at most {_signed(high)}"] if high is not None else []
        return f"{bounds[0]} points" if bounds else "any move"
    return "no move at all" if low == high == 0 else f"{_signed(low)} to {_signed(high)} points"


def _signed(points: float) -> str:
    return f"{points:+g}" if points else "0"


def _pair_table(pairs: Sequence[MovedPair], caption: str) -> Table:
    def shown(score: float | None) -> str:
        return "–" if score is None else f"{score:.1f}"

    def moved(pair: MovedPair) -> str:
        move = move_of(pair)
        return "–" if move is None else f"{move:+z.1f}"

    return Table(
        caption,
        ("Pair", "Text", "Set", "Base", "Twin", "Move", "Note"),
        tuple(
            (one.pair, one.base, one.set, shown(one.base_score), shown(one.twin_score), moved(one), one.note)
            for one in pairs[:MOST_LISTED]
        ),
    )
