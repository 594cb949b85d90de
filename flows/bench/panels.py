"""Which drawings a benchmark page shows, each with its label, a sentence on how to read it, and its table."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from evaluators.benchmarking.agreement import calibration_bins
from evaluators.benchmarking.figures import by_set
from evaluators.benchmarking.leads import LEAD, lead_words
from evaluators.benchmarking.results import (
    ALL_SETS,
    Figure,
    JudgedCandidate,
)
from flows.bench.page_words import (
    judge_title,
    meaning_of,
    plain,
    set_title,
    signed_with_range,
    title_of,
    value_of,
    with_range,
)
from flows.bench.panel_parts import Figures, Panel, Section, Table
from flows.bench.plots import (
    MOST_ROWS,
    Row,
    bars,
    calibration,
    kappas,
    rank_agreement,
    rank_intervals,
)
from flows.bench.twin_panels import twin_panels

ANNOTATOR = "annotator:second"


def sections(figures: Figures) -> tuple[Section, ...]:
    """All drawings, in the order in which a reader asks."""
    return (
        _section(
            "agreement",
            "Does it rank as people who read everything do?",
            "Each dot is a candidate: to the right what its labels say (what a person decided who read all documents), "
            "upwards what the judge says. Dots that rise steadily are the same order; a dot far below the others was "
            "missed, one far above was flattered.",
            _agreement(figures),
            "No candidate was judged.",
        ),
        _section(
            "baselines",
            "Is it better than what is cheap?",
            "The same figure for scores that anybody can compute in a day: words in common with the scorecard, length, "
            "tools named, cue words such as “because”, and one prompt that asks a model for a score, if a "
            "model was configured. Whether the judge is really ahead stands below: the difference is counted on the "
            "same drawn candidates for both, since intervals that overlap say nothing about it.",
            _baselines(figures),
            "Neither baselines nor a judge were scored.",
        ),
        _section(
            "levels",
            "Does it see the same level, criterion by criterion?",
            "Agreement beyond chance on levels 0 to 4 (quadratic kappa). The hollow diamond is what two annotators "
            "reach on the same candidates: nobody can ask a judge for more.",
            _levels(figures),
            "No levels were compared.",
        ),
        _section(
            "intervals",
            "Is its doubt honest?",
            "The wide band is where the labels put a candidate (equal ones may stand in any order), the line the rank "
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
            twin_panels(figures),
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
            svg=rank_agreement(own, id=f"agree-{n}", title=f"Labels and score, {set_}"),
            note=f"Without a score: {', '.join(unscored)}." if unscored else "",
            table=_candidate_table(own, f"Labels and score, {figures.label(set_)}"),
        )


def _intervals(figures: Figures) -> Iterator[Panel]:
    for n, (set_, own) in enumerate(by_set(figures.result.candidates).items()):
        yield Panel(
            title=set_title(set_),
            result=f"inside {with_range(figures.get('interval_coverage', set_=set_))}",
            label=figures.label(set_),
            svg=rank_intervals(own, id=f"ranks-{n}", title=f"Rank intervals, {set_}"),
            note=f"The best {MOST_ROWS} of {len(own)} by their labels are drawn." if len(own) > MOST_ROWS else "",
            table=_candidate_table(own, f"Ranks, {figures.label(set_)}"),
        )


def _candidate_table(candidates: Sequence[JudgedCandidate], caption: str) -> Table:
    return Table(
        caption,
        ("Candidate", "Labelled level", "Score", "Labelled rank", "Rank", "90% interval", "Band"),
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
            note=" ".join(_lead_notes(ordered, figures)) if len(rows) > 1 else "No baseline was part of this run.",
            table=_baseline_table(ordered, figures, f"{meaning_of(name)}; {figures.label(set_)}"),
        )


def _lead_of(figure: Figure, figures: Figures) -> Figure | None:
    return figures.get(LEAD, set_=figure.set, group=figure.judge) if figure.name == "tau_b" else None


def _lead_notes(ordered: Sequence[Figure], figures: Figures) -> Iterator[str]:
    """Who is told apart from the judge, and who is not."""
    found: dict[str, list[str]] = {}
    for one in ordered:
        lead = _lead_of(one, figures)
        if lead is not None:
            found.setdefault(lead_words(lead), []).append(f"{judge_title(one.judge)} {signed_with_range(lead)}")
    for words, names in found.items():
        yield f"Judge less baseline, {words}: {'; '.join(names)}."


def _baseline_table(ordered: Sequence[Figure], figures: Figures, caption: str) -> Table:
    table = _figure_table(ordered, caption, lambda one: judge_title(one.judge))
    leads = [_lead_of(one, figures) for one in ordered]
    if not any(leads):
        return table
    return Table(
        caption,
        (*table.head, "Judge less this [95%]", ""),
        tuple(
            (*row, "", "") if lead is None else (*row, signed_with_range(lead), lead_words(lead))
            for row, lead in zip(table.rows, leads, strict=True)
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
