"""How a check and a calibration of a judge look in a terminal."""

import math
from collections.abc import Iterator
from decimal import Decimal

from rich.console import Group, RenderableType
from rich.constrain import Constrain
from rich.table import Table
from rich.text import Text

from evaluators.chat.calibration import MIN_ROWS, CheckCalibration, Figures
from evaluators.chat.spread import BINS, Spread
from evaluators.endpoint.report import EndpointReport
from evaluators.endpoint.verdict import Line, Status, lacking, lines_of, verdicts
from evaluators.money.estimate import estimate_text
from evaluators.money.prices import dollars
from flows.calibrating import Calibrated, ToAsk
from flows.judge_forecast import Foreseen

_MARKS: dict[Status, tuple[str, str]] = {
    "good": ("ok", "green"),
    "weak": ("weak", "yellow"),
    "lacking": ("NO", "bold red"),
    "told": ("", ""),
}
_LONGEST_BAR = 24
_WIDEST = 110
"""Columns; longer lines are hard to read."""


def check_report(report: EndpointReport, foreseen: Foreseen, *, width: int) -> RenderableType:
    """Everything a check found, the verdicts last."""
    width = min(width, _WIDEST)
    cost = "" if report.cost is None else f", {dollars(report.cost)}"
    head = Text(f"{report.asked_model} at {report.endpoint}: {report.requests} requests{cost}", style="bold")
    parts: list[RenderableType] = [head, Text(), _lines(lines_of(report), width)]
    if report.spread is not None:
        parts += [Text(), *_histogram(report.spread, report.answered, width)]
    parts += [Text(), _lines(verdicts(report), width), Text(), *_forecast(foreseen, report), Text(), _end(report)]
    return Constrain(Group(*parts), width)


def calibration_report(
    done: Calibrated, to_ask: ToAsk, *, spent: Decimal | None, found_by_runs: bool
) -> RenderableType:
    """What was learnt, check by check."""
    table = Table(box=None, pad_edge=False, show_edge=False)
    table.add_column("Check", no_wrap=True)
    for name in ("Rows", "Hold"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Log loss", no_wrap=True)
    table.add_column("ECE", no_wrap=True)
    table.add_column("", overflow="fold")
    rubric = ""
    for one in done.calibration.checks:
        if one.rubric != rubric:
            rubric = one.rubric
            table.add_row(Text(rubric, style="bold"))
        table.add_row(*(Text(cell) for cell in _cells(one)), style="" if one.calibrated else "yellow")
    return Group(
        Text(_summary(done, spent)), Text(), table, Text(), *_remarks(done, to_ask, found_by_runs=found_by_runs)
    )


def _lines(lines: tuple[Line, ...], width: int) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, width=width, padding=(0, 1))
    table.add_column(width=4, no_wrap=True)
    table.add_column(width=18, no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for line in lines:
        mark, style = _MARKS[line.status]
        found = Text(line.found)
        if line.meaning:
            found.append(f"\n{line.meaning}", style="dim")
        table.add_row(Text(mark, style=style), Text(line.name), found)
    return table


def _histogram(spread: Spread, questions: int, width: int) -> Iterator[RenderableType]:
    checks = len(spread.yes) + len(spread.no)
    yield Text(f"P of {checks} checks in {questions} questions whose answers are known", style="bold")
    longest = min(_LONGEST_BAR, (width - 24) // 2)
    most = max(max(pair) for pair in spread.bins)
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    table.add_column("P", no_wrap=True)
    for name, count in (("no", len(spread.no)), ("yes", len(spread.yes))):
        table.add_column(f"should be {name} ({count})", no_wrap=True, min_width=longest + 4)
    for place, (no, yes) in enumerate(spread.bins):
        name = f"{place / BINS:.1f}-{(place + 1) / BINS:.1f}"
        table.add_row(name, _strip(no, most, longest, "red"), _strip(yes, most, longest, "green"))
    yield table


def _strip(count: int, most: int, longest: int, style: str) -> Text:
    if not count:
        return Text("")
    return Text.assemble(("█" * max(1, round(count / most * longest)), style), f" {count}")


def _forecast(foreseen: Foreseen, report: EndpointReport) -> Iterator[RenderableType]:
    told = foreseen.forecast
    yield Text(f"{told.candidates:,} candidates on the scorecard {told.scorecard!r}", style="bold")
    yield Text(estimate_text(foreseen.live))
    if foreseen.live.high is not None and not report.cached_share:
        yield Text("Nothing came from a cache here: expect the upper end.")
    if foreseen.batch is not None and foreseen.batch.low is not None and foreseen.batch.high is not None:
        low, high = dollars(foreseen.batch.low), dollars(foreseen.batch.high)
        yield Text(f"As a provider batch (--batch): about {low} to {high}, within a day")
    if told.fastest_seconds is None or told.slowest_seconds is None:
        return
    fastest, slowest = _duration(told.fastest_seconds), _duration(told.slowest_seconds)
    if told.limited_by_tokens:
        yield Text(f"It takes about {fastest} or longer: the endpoint's limit of tokens a minute decides")
    elif fastest == slowest:
        yield Text(f"It takes about {fastest} with {told.in_flight} requests under way")
    else:
        yield Text(
            f"It takes about {fastest} to {slowest} with {told.in_flight} requests under way: the longer if more at "
            "once make the endpoint slower"
        )


def _end(report: EndpointReport) -> Text:
    if not report.usable:
        return Text(
            f"Cannot be used: {report.answered} of {report.questions} questions were answered. "
            "Choose another model, or mend what the lines above say.",
            style="bold red",
        )
    missing = lacking(report)
    if missing:
        return Text(f"Usable, but look at: {', '.join(missing)}.", style="bold yellow")
    return Text("Usable.", style="bold green")


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


def _cells(one: CheckCalibration) -> tuple[str, ...]:
    if one.calibrated:
        why = "calibrated"
    elif one.rows < MIN_ROWS:
        why = f"uncalibrated ({one.rows} of {MIN_ROWS} rows)"
    else:
        why = f"uncalibrated ({one.why_not})"
    star = "*" if _no_better(one) else ""
    losses = _change(one.before, one.after, "log_loss") + star, _change(one.before, one.after, "ece")
    return f"  {one.check}", str(one.rows), str(one.positives), *losses, why


def _no_better(one: CheckCalibration) -> bool:
    """Whether the share of rows in which the check holds, said of every row, has no larger log loss."""
    if one.after is None:
        return False
    share = one.positives / one.rows
    knowing_nothing = -(share * math.log(share) + (1 - share) * math.log(1 - share))
    return one.after.log_loss >= knowing_nothing


def _change(before: Figures | None, after: Figures | None, name: str) -> str:
    if before is None:
        return ""
    told = f"{getattr(before, name):.3f}"
    return told if after is None else f"{told} -> {getattr(after, name):.3f}"


def _summary(done: Calibrated, spent: Decimal | None) -> str:
    checks = done.calibration.checks
    calibrated = sum(one.calibrated for one in checks)
    told = f"{calibrated} of {len(checks)} checks calibrated. {done.asked} questions asked"
    told += "" if spent is None else f" for {dollars(spent)}"
    told += f", {done.from_ledger} known from before"
    unanswered = done.calibration.unanswered
    return told + (f", {unanswered} without a usable answer." if unanswered else ".")


def _remarks(done: Calibrated, to_ask: ToAsk, *, found_by_runs: bool) -> Iterator[Text]:
    yield Text("Log loss and ECE are smaller when better; after the arrow on rows by authors that were held out.")
    if any(_no_better(one) for one in done.calibration.checks):
        yield Text(
            "* Even corrected, P is no better than saying for everybody the share of rows in which the check holds. "
            "Where many checks have the star, choose a larger model."
        )
    worse = [
        f"{one.rubric}.{one.check}"
        for one in done.calibration.checks
        if one.before is not None and one.after is not None and one.after.log_loss > one.before.log_loss + 0.02
    ]
    if worse:
        yield Text(f"Held out, the correction did no good for: {', '.join(worse)}.")
    left = [line for line in to_ask.plan.lacking if ": all checks" in line]
    for line in left:
        yield Text(f"Not asked: {line}.")
    if to_ask.left_out:
        yield Text(f"{to_ask.left_out} rows were left out, since the prompts show them as examples.")
    if found_by_runs:
        yield Text("Every run with this judge uses it from now on (--calibration none leaves it out).")
    else:
        yield Text("A run uses it with --calibration and this path:")
