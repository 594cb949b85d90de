"""A comparison of two benchmark results, and agreement with past decisions, on the terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evaluators.benchmarking.comparing import Comparison, Move
from evaluators.benchmarking.decisions import Fit, Surprise
from flows.bench.terminal import digits_of, number

STYLES = {"better": "green", "worse": "bold red", "differs": "yellow", "moved": "yellow"}
QUIET = ("same", "within noise")
MANY = 10
"""Names that are listed; of more only the number."""


def print_comparison(comparison: Comparison, console: Console, *, everything: bool) -> None:
    """Print what moved, what did not as counts, and loudly what was not the same data."""
    console.print(Text.assemble(("A  ", "bold"), comparison.first))
    console.print(Text.assemble(("B  ", "bold"), comparison.second))
    for line in _warnings(comparison):
        console.print(Text(line, style="bold red"))
    console.print(f"Compared on {', '.join(comparison.sets)}.")
    shown = [move for move in comparison.moves if everything or move.verdict not in QUIET]
    if shown:
        table = Table("figure", "of", "set", "A", "B", "B - A [95%]", "bases", "")
        for move in shown:
            table.add_row(
                move.name if "baseline" not in move.judge else f"{move.name} ({move.judge})",
                move.group,
                move.set,
                _value(move.first, move),
                _value(move.second, move),
                _difference(move),
                f"{move.bases:,}",
                Text(move.verdict, style=STYLES.get(move.verdict, "")),
            )
        console.print(table)
    counts = {
        verdict: sum(move.verdict == verdict for move in comparison.moves)
        for verdict in ("better", "worse", "differs", "within noise", "same", "moved", "one run only")
    }
    console.print(", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count) + ".")
    told = sum(move.low is not None for move in comparison.moves)
    if told:
        console.print(
            f"With {told} intervals of 95%, about {max(1, round(told / 20))} would leave out 0 by chance alone: "
            "one figure that moved is a hint, several of a kind are a finding. "
            "'moved' means that no interval tells noise from change: tokens and the highest of some scores have no "
            "cases that could be drawn again, and seconds count as moved from half as long again."
        )


def _warnings(comparison: Comparison) -> list[str]:
    lines = []
    if comparison.different_data:
        names = ", ".join(comparison.different_data)
        lines.append(
            f"DIFFERENT DATA: the files of {names} are not the same in both runs, and they are compared all the same. "
            "What moved there may be the data."
            if comparison.included
            else f"DIFFERENT DATA: the files of {names} are not the same in both runs; they are left out."
        )
    if comparison.one_run_only:
        lines.append(f"Only one of the runs has {', '.join(comparison.one_run_only)}; left out.")
    return lines


def _value(value: float | None, move: Move) -> str:
    return "-" if value is None else f"{value:.{digits_of(move.unit)}f}"


def _difference(move: Move) -> str:
    digits = digits_of(move.unit)
    if move.difference is None:
        return ""
    shown = f"{move.difference:+.{digits}f}"
    return (
        shown if move.low is None or move.high is None else f"{shown} [{move.low:+.{digits}f}, {move.high:+.{digits}f}]"
    )


def print_fit(found: Fit, console: Console) -> None:
    """Print counts, agreement, surprises, and what all of it cannot say."""
    console.print(
        f"{found.matched} candidates with a decision: {found.advanced} advanced, {found.held} held, "
        f"{found.declined} declined."
    )
    _left_out("decided, but not in the run", found.decisions_unmatched, console)
    _left_out("in the run, but not decided", found.rows_unmatched, console)
    _left_out("decided differently by several people, without dates", found.conflicting, console)
    _left_out("without a score, so in no rank figure", found.unscored, console)
    if found.reviewed_twice:
        console.print(
            f"Decided by more than one person: {found.reviewed_twice}, alike: {found.reviewed_alike}. "
            "A ranking cannot agree with people more than they agree with each other."
        )
    table = Table("agreement", "value [95%]", "candidates", "how to read it")
    for figure in found.figures:
        table.add_row(figure.name, number(figure), str(figure.cases), figure.note)
    console.print(table)
    _surprises("People advanced them, and the ranking has them low", found.advanced_but_low, console)
    _surprises("People declined them, and the ranking has them high", found.declined_but_high, console)
    console.print(Text(found.note))


def _left_out(what: str, names: Sequence[str], console: Console) -> None:
    if names:
        listed = ", ".join(names) if len(names) <= MANY else f"{', '.join(names[:MANY])} and {len(names) - MANY} more"
        console.print(Text(f"{len(names)} {what}: {listed}"))


def _surprises(title: str, surprises: Sequence[Surprise], console: Console) -> None:
    if not surprises:
        return
    console.print(Text(f"\n{title}:", style="bold"))
    for one in surprises:
        rank = f"rank {one.rank}" if one.rank is not None else "no rank"
        score = "no score" if one.score is None else f"{one.score:.1f} points"
        console.print(Text(f"  {one.candidate}: {one.decided} by people; {rank}, {score}, {one.band} ({one.why})"))
        for label, lines in (
            ("found", one.evidence),
            ("missing", one.missing),
            ("must-have", one.gates),
            ("ask about", one.flags),
        ):
            for line in lines:
                console.print(Text(f"    {label}: {line}"))
