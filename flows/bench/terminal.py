"""A benchmark result on the terminal."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evaluators.benchmarking.results import ALL_SETS, BenchmarkResult, Figure
from evaluators.benchmarking.thresholds import Outcome

STYLES = {"passed": "green", "missed": "bold red", "not measured": "bold red", "left out": "dim"}


def print_result(result: BenchmarkResult, console: Console) -> None:
    """Print all figures: the judge's by set, the baselines beside it, and what could not be measured."""
    console.rule(f"{result.judge} on {result.made_on}")
    console.print(
        f"fingerprint {result.fingerprint[-16:]}, embedder {result.embedder}, shortlist {result.package}, "
        f"{result.seconds:.0f} s. In brackets: 95% intervals over candidates."
    )
    own = [figure for figure in result.figures if figure.judge == result.judge]
    sets = [record.id for record in result.sets]
    columns = [*sets, ALL_SETS] if len(sets) > 1 else sets
    console.print(_by_set([figure for figure in own if figure.set in columns], columns))
    elsewhere = [figure for figure in own if figure.set not in columns and figure.value is not None]
    if elsewhere:
        console.print(_flat(elsewhere))
    others = [figure for figure in result.figures if figure.judge != result.judge and figure.value is not None]
    if others:
        console.print(_others(others, own, columns))
    for line in dict.fromkeys(
        f"{figure.name}{_of(figure)}: not measured, {figure.note}" for figure in result.figures if figure.value is None
    ):
        console.print(Text(line, style="dim"))


def _by_set(figures: Sequence[Figure], columns: Sequence[str]) -> Table:
    """One row per figure and group."""
    table = Table("figure", "of", *columns)
    places = {(figure.name, figure.group, figure.set): figure for figure in figures}
    for name, group in dict.fromkeys((figure.name, figure.group) for figure in figures):
        row = [places.get((name, group, column)) for column in columns]
        if any(figure is not None and figure.value is not None for figure in row):
            table.add_row(name, group, *(number(figure) for figure in row))
    return table


def _flat(figures: Sequence[Figure]) -> Table:
    table = Table("figure", "of", "data", "value", "cases", "bases")
    for figure in figures:
        table.add_row(figure.name, figure.group, figure.set, number(figure), f"{figure.cases:,}", f"{figure.bases:,}")
    return table


def _others(figures: Sequence[Figure], own: Sequence[Figure], columns: Sequence[str]) -> Table:
    """Baselines and annotators, with the judge's own rank agreement on top to hold against."""
    table = Table("who", "figure", "of", *columns, title="beside it", title_justify="left")
    judge = [figure for figure in own if figure.name in {other.name for other in figures} and not figure.group]
    shown = [*judge, *figures]
    places = {(figure.judge, figure.name, figure.group, figure.set): figure for figure in shown}
    order = dict.fromkeys((figure.judge, figure.name, figure.group) for figure in shown)
    for who, name, group in sorted(order, key=lambda key: key[1]):
        table.add_row(who, name, group, *(number(places.get((who, name, group, column))) for column in columns))
    return table


def number(figure: Figure | None) -> str:
    """A value with its interval, as short as it can be read."""
    if figure is None or figure.value is None:
        return "-"
    digits = digits_of(figure.unit)
    shown = f"{figure.value:.{digits}f}"
    if figure.low is None or figure.high is None:
        return shown
    return f"{shown} [{figure.low:.{digits}f}, {figure.high:.{digits}f}]"


def digits_of(unit: str) -> int:
    """Decimals that say something."""
    return {"tokens": 0, "candidates": 0, "points": 1, "USD": 4}.get(unit, 2)


def outcome_lines(outcomes: Iterable[Outcome], console: Console) -> None:
    """Print every threshold with what was found, misses last, where a person looks first, then which cases."""
    order = ("left out", "passed", "not measured", "missed")
    table = Table("figure", "of", "set", "found", "must be", "goal", "", title="thresholds", title_justify="left")
    found = sorted(outcomes, key=lambda outcome: order.index(outcome.verdict))
    notes: list[str] = []
    for outcome in found:
        if outcome.verdict == "left out":
            continue
        threshold, figure = outcome.threshold, outcome.figure
        table.add_row(
            threshold.figure,
            figure.group if figure else threshold.group,
            figure.set if figure else threshold.set,
            number(figure),
            str(threshold),
            "" if threshold.goal is None else f"{threshold.goal:g}",
            Text(outcome.verdict, style=STYLES[outcome.verdict]),
        )
        if outcome.verdict != "passed" and figure is not None and figure.note:
            notes.append(f"{outcome.verdict}: {figure.name}{_of(figure)}, {figure.set}: {figure.note}")
    if not found:
        console.print("No thresholds are set for this judge and these data.")
        return
    if table.row_count:
        console.print(table)
    for note in dict.fromkeys(notes):
        console.print(Text(note, style=STYLES["missed"]))
    counts = {verdict: sum(outcome.verdict == verdict for outcome in found) for verdict in reversed(order)}
    console.print(", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count) + ".")


def _of(figure: Figure) -> str:
    return f" of {figure.group}" if figure.group else ""
