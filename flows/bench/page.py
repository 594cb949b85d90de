"""`bench.html`: one self-contained page that shows how well a judge judges."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from evaluators.benchmarking.leads import LEAD, lead_words
from evaluators.benchmarking.must_haves import MAJORITY
from evaluators.benchmarking.results import ALL_SETS, BenchmarkResult, Figure
from evaluators.benchmarking.thresholds import Outcome, Threshold, check_thresholds
from flows.bench.page_words import (
    NAMES,
    bound_of,
    group_title,
    judge_title,
    meaning_of,
    number,
    range_of,
    set_title,
    signed_with_range,
    title_of,
    value_of,
)
from flows.bench.panel_parts import Figures
from flows.bench.panels import sections
from flows.publishing import write_files
from pipeline.reports.templating import asset, content_policy, templates_in

TEMPLATES = Path(__file__).with_name("templates")
ORDER = ("missed", "not measured", "passed", "left out")
BESIDE_MAJORITY = frozenset(("gate_accuracy", "gate_kappa", "false_met"))
"""Names of figures that are shown beside those of one answer for everything."""
IN_PANELS = frozenset(("metamorphic", "annotator_kappa", LEAD))
"""Names of figures whose groups are drawn and need no second table."""


class Fact(NamedTuple):
    """A figure at the head of the page."""

    name: str
    value: str


class Line(NamedTuple):
    """A threshold and what was found."""

    verdict: str
    title: str
    name: str
    group: str
    set: str
    found: str
    between: str
    bound: str
    goal: str


class Cell(NamedTuple):
    """A figure in the table by set."""

    value: str
    between: str
    cases: str


class SummaryRow(NamedTuple):
    """One figure for each set."""

    title: str
    name: str
    meaning: str
    cells: tuple[Cell, ...]


class FlatRow(NamedTuple):
    """A figure with all that is known of it."""

    title: str
    name: str
    judge: str
    set: str
    group: str
    value: str
    between: str
    cases: str
    bases: str
    note: str


def write_page(
    result: BenchmarkResult,
    path: Path,
    *,
    thresholds: Sequence[Threshold],
    left_out: Iterable[str] = (),
    all_sets: bool = True,
) -> None:
    """Write the page, whole or not at all.

    Args:
        result: What was measured.
        path: Where to; its folder exists.
        thresholds: What has to be reached.
        left_out: As for `check_thresholds`.
        all_sets: As for `check_thresholds`.
    """
    outcomes = tuple(
        check_thresholds(thresholds, result.figures, judge=result.judge, left_out=left_out, all_sets=all_sets)
    )
    write_files(path.parent, {path.name: bench_page(result, outcomes)})


def bench_page(result: BenchmarkResult, outcomes: Sequence[Outcome]) -> str:
    """Render the page; it has no script, makes no request and forbids both.

    Args:
        result: What was measured; equal results give equal bytes.
        outcomes: Thresholds held against it.
    """
    figures = Figures(result)
    style = f"{asset('style.css')}\n{asset('bench.css', TEMPLATES)}"
    return (
        templates_in(TEMPLATES)
        .get_template("bench.html")
        .render(
            result=result,
            judge=judge_title(result.judge),
            facts=tuple(_facts(figures, outcomes)),
            lead=" ".join(filter(None, (_lead(figures), _must_haves(figures)))),
            lines=tuple(_line(one) for one in sorted(outcomes, key=lambda one: ORDER.index(one.verdict))),
            verdicts=_verdicts(outcomes),
            columns=tuple(set_title(name) for name in figures.sets),
            summary=tuple(_summary(figures)),
            sections=sections(figures),
            grouped=tuple(_flat(one) for one in _grouped(figures)),
            missing=tuple(_missing(result)),
            everything=tuple(_flat(one) for one in result.figures),
            style=Markup(style),
            policy=content_policy(style=style),
        )
    )


def _facts(figures: Figures, outcomes: Sequence[Outcome]) -> Iterator[Fact]:
    result, last = figures.result, figures.sets[-1] if figures.sets else ALL_SETS
    yield Fact("candidates", f"{sum(record.candidates for record in result.sets):,}")
    yield Fact("sets", str(len(result.sets)))
    for name, title in (
        ("tau_b", "rank agreement, tau-b"),
        ("level_kappa", "levels, kappa"),
        ("gate_accuracy", "must-haves right"),
        ("verbatim_citations", "quotes verbatim"),
    ):
        figure = figures.get(name, set_=last)
        if figure is not None and figure.value is not None:
            constant = figures.get(name, set_=last, judge=MAJORITY) if name == "gate_accuracy" else None
            beside = f" ({value_of(constant)} by one answer for all)" if constant is not None else ""
            yield Fact(f"{title}{beside}", value_of(figure))
    if outcomes:
        yield Fact("thresholds", _standing(outcomes, is_quick="--quick" in result.command.split()))


def _standing(outcomes: Sequence[Outcome], *, is_quick: bool) -> str:
    """All thresholds in a few words; those that a run leaves out are neither passed nor forgotten."""
    counts: Counter[str] = Counter(one.verdict for one in outcomes)
    left_out = f"{counts['left out']} not measured ({'quick run' if is_quick else 'left out of this run'})"
    unmeasured = f"{counts['not measured']} could not be measured"
    parts = {f"{counts['missed']} missed": counts["missed"], unmeasured: counts["not measured"]}
    parts |= {f"{counts['passed']} passed": True, left_out: counts["left out"]}
    return ", ".join(text for text, shown in parts.items() if shown)


def _lead(figures: Figures) -> str:
    """The answer in a sentence or two: how the judge ranks, and how that compares with the best baseline."""
    last = figures.sets[-1] if figures.sets else ALL_SETS
    own = figures.get("tau_b", set_=last)
    if own is None or own.value is None:
        return "How candidates are ranked was not measured in this run."
    where = f"On {own.cases} labelled candidates" + (
        f" of {len(figures.result.sets)} roles" if last == ALL_SETS else ""
    )
    between = f" (95% interval {range_of(own)})" if range_of(own) else ""
    text = (
        f"{where}, the {judge_title(figures.result.judge)} ranks with an agreement of {value_of(own)}{between}: 1 is "
        "the order that the labels give, 0 is chance."
    )
    rivals = [one for one in figures.named("tau_b", set_=last) if one.judge.startswith(("baseline:", "holistic:"))]
    if not rivals:
        return text
    best = max(rivals, key=lambda one: one.value or 0.0)
    text += f" The best baseline, {judge_title(best.judge)}, reaches {value_of(best)}"
    lead = figures.get(LEAD, set_=last, group=best.judge)
    if lead is not None and lead.value is not None:
        text += f"; the difference on the same candidates is {signed_with_range(lead)}, {lead_words(lead)}"
    return f"{text}."


def _must_haves(figures: Figures) -> str:
    """What the must-haves are worth, beside the answer that needs no reading."""
    last = figures.sets[-1] if figures.sets else ALL_SETS
    right, kappa = figures.get("gate_accuracy", set_=last), figures.get("gate_kappa", set_=last)
    constant = figures.get("gate_accuracy", set_=last, judge=MAJORITY)
    if None in (right, kappa, constant) or kappa is None or kappa.value is None:
        return ""
    granted = figures.get("false_met", set_=last, group="not_met")
    wrong = (
        "" if granted is None or granted.value is None else f"; {value_of(granted)} of those not met come out as met"
    )
    return (
        f"Of {right.cases if right else 0} must-haves it gets {value_of(right)} right, where the same answer "
        f"for all gets {value_of(constant)}. Its agreement beyond chance (kappa) is {value_of(kappa)}{wrong}."
    )


def _line(outcome: Outcome) -> Line:
    threshold, figure = outcome.threshold, outcome.figure
    unit = figure.unit if figure else ""
    return Line(
        verdict=outcome.verdict,
        title=title_of(threshold.figure),
        name=threshold.figure,
        group=group_title(figure.group if figure else threshold.group),
        set=set_title(figure.set if figure else threshold.set),
        found=value_of(figure, fine=True),
        between=range_of(figure),
        bound=bound_of(threshold, unit),
        goal="" if threshold.goal is None else number(threshold.goal, unit, fine=True),
    )


def _verdicts(outcomes: Sequence[Outcome]) -> str:
    counts: Counter[str] = Counter(one.verdict for one in outcomes)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in ORDER if counts[verdict])


def _summary(figures: Figures) -> Iterator[SummaryRow]:
    """The judge's figures that concern a whole set."""
    own = [one for one in figures.result.figures if one.judge == figures.result.judge and not one.group]
    names = dict.fromkeys(one.name for one in own if one.set in figures.sets and one.value is not None)
    known = list(NAMES)
    for name in sorted(names, key=lambda name: known.index(name) if name in known else len(known)):
        found = [figures.get(name, set_=set_) for set_ in figures.sets]
        yield SummaryRow(title_of(name), name, meaning_of(name), tuple(_cell(one) for one in found))
        if name in BESIDE_MAJORITY:
            constant = [figures.get(name, set_=set_, judge=MAJORITY) for set_ in figures.sets]
            if any(one is not None and one.value is not None for one in constant):
                title = f"{title_of(name)}: {judge_title(MAJORITY)}"
                yield SummaryRow(title, name, "", tuple(_cell(one) for one in constant))


def _cell(figure: Figure | None) -> Cell:
    shown = "" if figure is None or figure.value is None else f"{figure.cases:,} cases, {figure.bases:,} bases"
    return Cell(value_of(figure), range_of(figure), shown)


def _grouped(figures: Figures) -> Iterator[Figure]:
    """Figures of a group, or of data that are no set of candidates, that no drawing shows."""
    for one in figures.result.figures:
        drawn = one.name in IN_PANELS or (one.name == "level_kappa" and one.set in figures.sets)
        apart = bool(one.group) or one.set not in (*figures.sets, ALL_SETS)
        if one.judge == figures.result.judge and one.value is not None and apart and not drawn:
            yield one


def _missing(result: BenchmarkResult) -> Iterator[str]:
    lines = dict.fromkeys(
        (title_of(one.name), group_title(one.group), one.note) for one in result.figures if one.value is None
    )
    for title, group, note in lines:
        yield f"{title}{f' ({group})' if group else ''}: {note or 'no reason was given'}."


def _flat(figure: Figure) -> FlatRow:
    return FlatRow(
        title=title_of(figure.name),
        name=figure.name,
        judge=judge_title(figure.judge),
        set=set_title(figure.set),
        group=group_title(figure.group),
        value=value_of(figure, fine=True),
        between=range_of(figure),
        cases=f"{figure.cases:,}",
        bases=f"{figure.bases:,}",
        note=figure.note,
    )
