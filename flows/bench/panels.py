"""Which drawings a benchmark page shows, each with its label, a sentence on how to read it, and its table."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup

from evaluators.benchmarking.agreement import calibration_bins
from evaluators.benchmarking.figures import by_set
from evaluators.benchmarking.relations.table import RELATIONS
from evaluators.benchmarking.results import (
    ALL_SETS,
    BenchmarkResult,
    Figure,
    JudgedCandidate,
    MovedPair,
)
from flows.bench.page_words import judge_title, meaning_of, plain, set_title, title_of, value_of, with_range
from flows.bench.plots import (
    MOST_ROWS,
    Row,
    bars,
    calibration,
    kappas,
    move_of,
    moves,
    rank_agreement,
    rank_intervals,
    reach_of,
)

ANNOTATOR = "annotator:second"
ALL_POINTS = 100.0
MOST_LISTED = 200
"""Pairs that do not hold in one table."""


class Table(NamedTuple):
    """The figures of a drawing."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Panel(NamedTuple):
    """One drawing."""

    title: str
    result: str
    """The figure that the drawing is about, with its interval."""
    label: str
    """Judge, set and date."""
    svg: Markup
    note: str
    table: Table


class Section(NamedTuple):
    """Drawings of one kind."""

    id: str
    title: str
    lead: str
    panels: tuple[Panel, ...]
    missing: str = ""
    """Why there is no drawing."""


class Figures:
    """Looks figures up by what they are of."""

    def __init__(self, result: BenchmarkResult) -> None:
        self.result = result
        self._places = {(one.name, one.judge, one.set, one.group): one for one in result.figures}

    def get(self, name: str, *, set_: str, judge: str = "", group: str = "") -> Figure | None:
        """The judge's own figure if no other judge is named; None if there is none."""
        return self._places.get((name, judge or self.result.judge, set_, group))

    def named(self, name: str, *, set_: str, group: str = "") -> list[Figure]:
        """The figures of everybody who has a value."""
        return [
            one
            for one in self.result.figures
            if one.name == name and one.set == set_ and one.group == group and one.value is not None
        ]

    @property
    def sets(self) -> tuple[str, ...]:
        """The sets of the run, and all of them together if there are several."""
        own = tuple(record.id for record in self.result.sets)
        return (*own, ALL_SETS) if len(own) > 1 else own

    @property
    def widest_first(self) -> tuple[str, ...]:
        """The same, all of them together in front."""
        return (*self.sets[-1:], *self.sets[:-1])

    def label(self, set_: str) -> str:
        """Judge, set and date."""
        return f"{judge_title(self.result.judge)} · {set_title(set_)} · {self.result.made_on.isoformat()}"

    def why_not(self, name: str) -> str:
        """Why a figure could not be measured."""
        notes = [one.note for one in self.result.figures if one.name == name and one.value is None and one.note]
        return notes[0] if notes else "it was not part of this run"


def sections(figures: Figures) -> tuple[Section, ...]:
    """All drawings, in the order in which a reader asks."""
    return (
        _section(
            "agreement",
            "Does it rank as people do?",
            "Each dot is a candidate: to the right what the gold labels say, upwards what the judge says. Dots that "
            "rise steadily are the same order; a dot far below the others was missed, one far above was flattered.",
            _agreement(figures),
            "No candidate was judged.",
        ),
        _section(
            "baselines",
            "Is it better than what is cheap?",
            "The same figure for scores that anybody can compute in a day: words in common with the scorecard, length, "
            "tools named, cue words such as “because”, and one prompt that asks a model for a score, if a "
            "model was configured. Where the judge's interval reaches into a baseline's, these candidates may not "
            "tell the two apart.",
            _baselines(figures),
            "Neither baselines nor a judge were scored.",
        ),
        _section(
            "levels",
            "Does it see the same level, criterion by criterion?",
            "Agreement beyond chance on levels 0 to 4 (quadratic kappa). The hollow diamond is what two people reach "
            "on the same candidates: nobody can ask a judge for more.",
            _levels(figures),
            "No levels were compared.",
        ),
        _section(
            "intervals",
            "Is its doubt honest?",
            "The wide band is where the gold puts a candidate (equal gold may stand in any order), the line the rank "
            "interval that the judge prints, the dot its rank. A cross marks an interval that misses.",
            _intervals(figures),
            "No candidate was judged.",
        ),
        _section(
            "calibration",
            "Do its probabilities come true?",
            "Labelled yes/no facts in bins of about equal size. On the dashed line, of the facts that the judge calls "
            "80% likely, 80% hold; below it the judge is too sure, above it too timid. Numbers at the dots are facts.",
            _calibration(figures),
            f"Not measured: {figures.why_not('calibration_error')}.",
        ),
        _section(
            "twins",
            "Does the score move only when it should?",
            "Each mark is a pair: a submission and its twin with one intended change. The band is where the move may "
            "lie; marks outside it are crosses. A share is counted over texts, not over their copies. The axis is the "
            "same everywhere and stretched around zero.",
            _twins(figures),
            f"Not measured: {figures.why_not('metamorphic')}.",
        ),
    )


def _section(id: str, title: str, lead: str, panels: Iterable[Panel], missing: str) -> Section:
    found = tuple(panels)
    return Section(id, title, lead, found, "" if found else missing)


def _agreement(figures: Figures) -> Iterator[Panel]:
    for n, (set_, own) in enumerate(by_set(figures.result.candidates).items()):
        unscored = [one.candidate for one in own if one.score is None]
        yield Panel(
            title=set_title(set_),
            result=f"tau-b {with_range(figures.get('tau_b', set_=set_))}",
            label=figures.label(set_),
            svg=rank_agreement(own, id=f"agree-{n}", title=f"Gold and score, {set_}"),
            note=f"Without a score: {', '.join(unscored)}." if unscored else "",
            table=_candidate_table(own, f"Gold and score, {figures.label(set_)}"),
        )


def _intervals(figures: Figures) -> Iterator[Panel]:
    for n, (set_, own) in enumerate(by_set(figures.result.candidates).items()):
        yield Panel(
            title=set_title(set_),
            result=f"inside {with_range(figures.get('interval_coverage', set_=set_))}",
            label=figures.label(set_),
            svg=rank_intervals(own, id=f"ranks-{n}", title=f"Rank intervals, {set_}"),
            note=f"The best {MOST_ROWS} of {len(own)} by gold are drawn." if len(own) > MOST_ROWS else "",
            table=_candidate_table(own, f"Ranks, {figures.label(set_)}"),
        )


def _candidate_table(candidates: Sequence[JudgedCandidate], caption: str) -> Table:
    return Table(
        caption,
        ("Candidate", "Gold level", "Score", "Gold rank", "Rank", "90% interval", "Band"),
        tuple(
            (
                one.candidate,
                f"{one.gold_score:.2f}",
                "–" if one.score is None else f"{one.score:.1f}",
                _span(one.gold_rank),
                "–" if one.rank is None else str(one.rank),
                "–" if one.rank_interval is None else _span(one.rank_interval),
                plain(one.band),
            )
            for one in sorted(candidates, key=lambda one: (-one.gold_score, one.candidate))
        ),
    )


def _span(ranks: tuple[int, int]) -> str:
    return str(ranks[0]) if ranks[0] == ranks[1] else f"{ranks[0]} to {ranks[1]}"


def _baselines(figures: Figures) -> Iterator[Panel]:
    names = ("tau_b", "ndcg_at_3")
    found = {(name, set_): figures.named(name, set_=set_) for name in names for set_ in figures.widest_first}
    lowest = min((one.value or 0.0 for own in found.values() for one in own), default=0.0)
    for n, ((name, set_), own) in enumerate(found.items()):
        # One drawing for all sets says enough of a second figure.
        if not own or (name != "tau_b" and set_ != figures.widest_first[0]):
            continue
        ordered = sorted(own, key=lambda one: (-(one.value or 0.0), one.judge))
        rows = [_row(one, judge_title(one.judge), own=one.judge == figures.result.judge) for one in ordered]
        yield Panel(
            title=f"{title_of(name)}, {set_title(set_)}",
            result=f"{judge_title(figures.result.judge)} {with_range(figures.get(name, set_=set_))}",
            label=figures.label(set_),
            svg=bars(
                rows, low=_floor(lowest), id=f"base-{n}", title=f"{title_of(name)} of judge and baselines, {set_}"
            ),
            note="" if len(rows) > 1 else "No baseline was part of this run.",
            table=_figure_table(
                ordered, f"{meaning_of(name)}; {figures.label(set_)}", lambda one: judge_title(one.judge)
            ),
        )


def _levels(figures: Figures) -> Iterator[Panel]:
    own = [one for one in figures.result.figures if one.name == "level_kappa" and one.judge == figures.result.judge]
    people = {
        (one.set, one.group): one
        for one in figures.result.figures
        if one.name == "annotator_kappa" and one.judge == ANNOTATOR and one.value is not None
    }
    lowest = min((one.value for one in own if one.value is not None), default=0.0)
    for n, set_ in enumerate(figures.widest_first):
        shown = [one for one in own if one.set == set_]
        if not any(one.value is not None for one in shown):
            continue
        rows = []
        for one in shown:
            beside = people.get((set_, one.group))
            label = plain(one.group) if one.group else "All criteria"
            rows.append(_row(one, label, own=not one.group, beside=None if beside is None else beside.value))
        people_here = [people[set_, one.group] for one in shown if (set_, one.group) in people]
        yield Panel(
            title=set_title(set_),
            result=f"kappa {with_range(figures.get('level_kappa', set_=set_))}",
            label=figures.label(set_),
            svg=kappas(rows, low=_floor(lowest), id=f"kappa-{n}", title=f"Agreement on levels, {set_}"),
            note="" if people_here else "Nobody has labelled these candidates a second time, so the ceiling is open.",
            table=_figure_table(
                [*shown, *people_here],
                f"Quadratic kappa, {figures.label(set_)}",
                lambda one: f"{plain(one.group) or 'All criteria'}, {judge_title(one.judge)}",
            ),
        )


def _calibration(figures: Figures) -> Iterator[Panel]:
    checks = figures.result.checks
    for n, set_ in enumerate(figures.widest_first):
        own = [check for check in checks if set_ in (ALL_SETS, check.set)]
        bins = calibration_bins([check.holds for check in own], [check.p for check in own])
        if not bins:
            continue
        yield Panel(
            title=set_title(set_),
            result=f"error {with_range(figures.get('calibration_error', set_=set_))}",
            label=figures.label(set_),
            svg=calibration(bins, id=f"cal-{n}", title=f"Calibration of checks, {set_}"),
            note=f"{len(own):,} labelled facts of {len({(one.set, one.candidate) for one in own})} candidates.",
            table=Table(
                f"Stated and true, {figures.label(set_)}",
                ("Stated", "True", "Facts"),
                tuple((f"{one.stated:.3f}", f"{one.true:.3f}", str(one.cases)) for one in bins),
            ),
        )


def _twins(figures: Figures) -> Iterator[Panel]:
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
            note=" ".join(_twin_notes(own, broken, figure)),
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


def _twin_notes(own: Sequence[MovedPair], broken: Sequence[MovedPair], figure: Figure | None) -> Iterator[str]:
    relation = RELATIONS.get(own[0].relation)
    if relation is not None:
        yield f"Changed: {relation.changed}."
    bases = len({(pair.set, pair.base) for pair in own}) if figure is None else figure.bases
    held = "all hold" if not broken else "1 does not hold" if len(broken) == 1 else f"{len(broken):,} do not hold"
    yield f"{len(own):,} pairs of {bases:,} texts; {held}."
    allowed = {pair.allowed for pair in own}
    if len(allowed) == 1 and (only := allowed.pop()) is not None:
        yield f"Allowed: {_allowed(*only)}."
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


def _figure_table(figures: Sequence[Figure], caption: str, name: Callable[[Figure], str]) -> Table:
    return Table(
        caption,
        ("", "Value", "95% interval", "Cases", "Candidates"),
        tuple(
            (
                name(one),
                value_of(one),
                with_range(one).partition(" (")[2].rstrip(")"),
                f"{one.cases:,}",
                f"{one.bases:,}",
            )
            for one in figures
        ),
    )


def _row(figure: Figure, label: str, *, own: bool, beside: float | None = None) -> Row:
    return Row(label, figure.value, figure.low, figure.high, value_of(figure), own=own, beside=beside)


def _floor(lowest: float) -> float:
    """Where an axis of coefficients begins; intervals that reach further are cut there."""
    return 0.0 if lowest >= 0 else -0.5 if lowest >= -0.5 else -1.0
