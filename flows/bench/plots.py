"""The drawings of a benchmark: each takes cases or figures and gives one SVG."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from evaluators.benchmarking.agreement import Bin
from evaluators.benchmarking.bootstrap import share_interval
from evaluators.benchmarking.places import holds_gold
from evaluators.benchmarking.results import JudgedCandidate, MovedPair
from flows.bench.svg import (
    WIDTH,
    Box,
    Labels,
    Scale,
    across,
    cross,
    diamond,
    dot,
    drawing,
    label_width,
    line,
    path,
    rect,
    short,
    text,
    upwards,
)

LEFT, RIGHT, TOP = 38.0, WIDTH - 12.0, 10.0
SQUARE = 300.0
ROW = 21.0
ROW_LABEL = 146.0
ROW_VALUE = 40.0
MOST_ROWS = 60
"""Candidates in one drawing of rank intervals; the table beside it holds all."""
STACK = 46.0
"""How high marks of equal moves are piled."""
TICKS = (1.0, 5.0, 20.0, 50.0, 100.0)
LEAST_REACH = 6.0
"""Points that an axis of moves reaches at least, so that a move of one looks small."""


class Row(NamedTuple):
    """One line of a drawing of figures."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    shown: str
    own: bool = False
    """It is the judge's, among others."""
    beside: float | None = None
    """What it is held against: the annotators' agreement."""


def rank_agreement(candidates: Sequence[JudgedCandidate], *, id: str, title: str) -> Markup:
    """Gold level against score, a named dot for each candidate."""
    x, y = Scale(0, 4, LEFT, RIGHT), Scale(0, 100, SQUARE - 36, TOP)
    parts = [
        *upwards(y, (0, 25, 50, 75, 100), left=LEFT, right=RIGHT),
        *across(x, range(5), top=TOP, bottom=SQUARE - 36),
        text(RIGHT, SQUARE - 7, "labels, weighted level 0 to 4", anchor="end"),
        text(LEFT + 4, TOP + 8, "score, points"),
    ]
    points = [(x.at(one.gold_score), y.at(one.score), one) for one in candidates if one.score is not None]
    boxes = [Box(left - 4, top - 4, left + 4, top + 4) for left, top, _ in points]
    words = Box(LEFT, TOP, LEFT + label_width("score, points") + 8, TOP + 12)
    labels = Labels(Box(LEFT, TOP, RIGHT + 8, SQUARE - 38), [*boxes, words])
    for left, top, one in points:
        hover = f"{one.candidate}: labels {one.gold_score:.2f}, score {one.score:.1f}"
        parts.append(dot(left, top, 4.2, kind="mark", hover=hover))
    parts += [labels.place(left, top, short(one.candidate, 90)) for left, top, one in points]
    return drawing(
        parts,
        height=SQUARE,
        id=id,
        title=title,
        description=f"{len(points)} candidates. The better judge and labels agree on the order, the more steadily the "
        "dots rise from left to right.",
    )


def rank_intervals(candidates: Sequence[JudgedCandidate], *, id: str, title: str) -> Markup:
    """For each candidate the ranks that the gold allows, and the judge's rank with its interval."""
    rows = sorted(candidates, key=lambda one: (-one.gold_score, one.candidate))[:MOST_ROWS]
    last = max([2, *(max(one.gold_rank[1], *(one.rank_interval or (1, 1)), one.rank or 1) for one in rows)])
    label = 64.0
    x = Scale(1, last, label + 14, RIGHT)
    bottom = TOP + 16 * len(rows)
    step = max(1, math.ceil((last - 1) / 10))
    parts = [
        *across(x, range(1, last + 1, step), top=TOP - 4, bottom=bottom),
        text(RIGHT, bottom + 28, "rank", anchor="end"),
    ]
    for n, one in enumerate(rows):
        y = TOP + 16 * n + 8
        gold_words = f"{one.gold_rank[0]} to {one.gold_rank[1]}"
        parts.append(text(label, y + 3.5, short(one.candidate, label), anchor="end", kind="name"))
        low, high = (x.at(rank) for rank in one.gold_rank)
        parts.append(
            rect(
                Box(low - 6, y - 6, high + 6, y + 6),
                kind="gold",
                round=6,
                hover=f"{one.candidate}: labels {gold_words}",
            )
        )
        if one.rank is None or one.rank_interval is None:
            parts.append(text(x.at(last), y + 3.5, "no rank", anchor="end"))
            continue
        inside = holds_gold(one)
        hover = f"{one.candidate}: rank {one.rank}, 90% between {one.rank_interval[0]} and {one.rank_interval[1]}"
        start, end = (x.at(rank) for rank in one.rank_interval)
        parts.append(line(start, y, max(end, start + 0.1), y, kind="range" if inside else "range off"))
        mark = dot if inside else cross
        parts.append(mark(x.at(one.rank), y, 3.4, kind="mark" if inside else "mark off", hover=hover))
    return drawing(
        parts,
        height=bottom + 34,
        id=id,
        title=title,
        description=f"{len(rows)} candidates, best by their labels first. The wide band is where the labels put them, "
        "the line the judge's 90% interval, the dot its rank; a cross where the two do not meet.",
    )


def kappas(rows: Sequence[Row], *, low: float, id: str, title: str) -> Markup:
    """Agreement by criterion with its interval, and the annotators' beside it."""
    x = Scale(low, 1, ROW_LABEL, WIDTH - ROW_VALUE - 8)
    bottom = TOP + ROW * len(rows)
    ticks = (low, 0, 0.5, 1) if low < 0 else (0, 0.5, 1)
    parts = across(x, sorted(set(ticks)), top=TOP - 4, bottom=bottom)
    for n, row in enumerate(rows):
        y = TOP + ROW * n + ROW / 2
        parts.append(text(ROW_LABEL - 10, y + 3.5, short(row.label, ROW_LABEL - 10), anchor="end", kind=_kind(row)))
        parts.append(text(WIDTH, y + 3.5, row.shown, anchor="end", kind=_kind(row)))
        if row.beside is not None:
            hover = f"{row.label}: two annotators agree by {row.beside:.2f}"
            parts.append(diamond(x.at(row.beside), y, 5.2, kind="people", hover=hover))
        if row.value is not None:
            if row.low is not None and row.high is not None:
                parts.append(line(x.at(row.low), y, x.at(row.high), y, kind="range"))
            parts.append(dot(x.at(row.value), y, 4.2, kind="mark", hover=f"{row.label}: {row.shown}"))
    return drawing(
        parts,
        height=bottom + 18,
        id=id,
        title=title,
        description="Quadratic kappa with 95% intervals; a hollow diamond is the agreement of two annotators.",
    )


def bars(rows: Sequence[Row], *, low: float, id: str, title: str) -> Markup:
    """Figures of several judges as bars from zero with intervals."""
    x = Scale(low, 1, ROW_LABEL, WIDTH - ROW_VALUE - 8)
    bottom = TOP + ROW * len(rows)
    ticks = (low, 0, 0.5, 1) if low < 0 else (0, 0.5, 1)
    parts = across(x, sorted(set(ticks)), top=TOP - 4, bottom=bottom)
    for n, row in enumerate(rows):
        y = TOP + ROW * n + ROW / 2
        parts.append(text(ROW_LABEL - 10, y + 3.5, short(row.label, ROW_LABEL - 10), anchor="end", kind=_kind(row)))
        parts.append(text(WIDTH, y + 3.5, row.shown, anchor="end", kind=_kind(row)))
        if row.value is None:
            continue
        start, end = sorted((x.at(0), x.at(row.value)))
        box = Box(start, y - 6, end, y + 6)
        parts.append(rect(box, kind="bar own" if row.own else "bar", hover=f"{row.label}: {row.shown}"))
        if row.low is not None and row.high is not None:
            parts += [line(x.at(row.low), y, x.at(row.high), y, kind=kind) for kind in ("halo", "whisker")]
    return drawing(
        parts,
        height=bottom + 18,
        id=id,
        title=title,
        description="Bars from zero, best first; thin lines are 95% intervals. The judge's own bar is the dark one.",
    )


def calibration(bins: Sequence[Bin], *, id: str, title: str) -> Markup:
    """Stated probabilities against frequencies, with the number of cases at each point."""
    x, y = Scale(0, 1, LEFT, RIGHT), Scale(0, 1, SQUARE - 36, TOP)
    ticks = (0, 0.25, 0.5, 0.75, 1)
    parts = [
        *upwards(y, ticks, left=LEFT, right=RIGHT),
        *across(x, ticks, top=TOP, bottom=SQUARE - 36),
        line(x.at(0), y.at(0), x.at(1), y.at(1), kind="ideal"),
        text(RIGHT, SQUARE - 7, "probability that the judge stated", anchor="end"),
        text(LEFT + 4, TOP + 8, "share that holds"),
    ]
    points = [(x.at(one.stated), y.at(one.true), one) for one in bins]
    for left, _, one in points:
        between = share_interval(round(one.true * one.cases), one.cases)
        if between is not None:
            parts.append(line(left, y.at(between.low), left, y.at(between.high), kind="range"))
    parts.append(path([(left, top) for left, top, _ in points], kind="curve"))
    for left, top, one in points:
        hover = f"stated {one.stated:.2f}, true {one.true:.2f}, {one.cases} checks"
        parts.append(dot(left, top, 4.2, kind="mark", hover=hover))
    words = Box(LEFT, TOP, LEFT + label_width("share that holds") + 8, TOP + 12)
    boxes = [Box(left - 4, top - 4, left + 4, top + 4) for left, top, _ in points]
    labels = Labels(Box(LEFT, TOP, RIGHT + 8, SQUARE - 38), [*boxes, words])
    parts += [labels.place(left, top, str(one.cases)) for left, top, one in points]
    return drawing(
        parts,
        height=SQUARE,
        id=id,
        title=title,
        description="On the dashed line stated probabilities come true; below it the judge is too sure. Numbers are "
        "labelled checks, upright lines 95% intervals as if these were independent.",
    )


def moves(pairs: Sequence[MovedPair], *, reach: float, id: str, title: str) -> Markup:
    """How far each changed twin moved from its base, with the band that is allowed."""
    x = Scale(-reach, reach, 12.0, WIDTH - 12.0, rooted=True)
    floor = TOP + STACK + 8
    ticks = [tick for tick in TICKS if tick <= reach]
    parts = []
    for low, high in dict.fromkeys(pair.allowed for pair in pairs if pair.allowed is not None):
        left, right = x.at(-reach if low is None else low), x.at(reach if high is None else high)
        # A band of exactly zero must still be seen.
        middle, half = (left + right) / 2, max((right - left) / 2, 1.5)
        parts.append(rect(Box(middle - half, TOP - 4, middle + half, floor), kind="band"))
    parts += across(x, [*(-tick for tick in reversed(ticks)), 0, *ticks], top=TOP - 4, bottom=floor, shown="+g")
    columns: Counter[int] = Counter()
    moved = [(move, pair) for pair in pairs if (move := move_of(pair)) is not None]
    heights = Counter(round(x.at(move) / 4) for move, _ in moved)
    # What holds first, so that what does not lies on top of it.
    for move, pair in sorted(moved, key=lambda one: (not one[1].holds, one[1].pair), reverse=False):
        column = round(x.at(move) / 4)
        step = min(5.0, STACK / heights[column])
        y = floor - 4.5 - step * columns[column]
        columns[column] += 1
        hover = f"{pair.pair}: {move:+z.1f} points"
        mark = dot if pair.holds else cross
        parts.append(mark(x.at(move), y, 2.6, kind="mark thin" if pair.holds else "mark off", hover=hover))
    return drawing(
        parts,
        height=floor + 18,
        id=id,
        title=title,
        description=f"{len(moved)} twins on an axis of points up or down that is stretched around zero. The band is "
        "what the relation allows; crosses lie outside it.",
    )


def move_of(pair: MovedPair) -> float | None:
    """Points from base to twin; None if one of them has no score."""
    if pair.base_score is None or pair.twin_score is None:
        return None
    return pair.twin_score - pair.base_score


def reach_of(pairs: Sequence[MovedPair]) -> float:
    """How far an axis of moves has to reach in both directions."""
    furthest = max((abs(move) for pair in pairs if (move := move_of(pair)) is not None), default=0.0)
    return max(LEAST_REACH, furthest * 1.05)


def _kind(row: Row) -> str:
    return "name own" if row.own else "name"
