"""The shortlist in a terminal: a table, and one candidate explained."""

from collections.abc import Iterator, Mapping

from rich import box
from rich.table import Table
from rich.text import Text

from pipeline.models.report import ReportedCriterion, ReportedQuote, ReportedRow
from pipeline.models.run import RunRecord, RunUsage
from pipeline.models.shortlist import Row, Shortlist
from pipeline.phrases import BAND_TITLES, FLAG_TITLES, shortened
from pipeline.reports.cut import line_after
from pipeline.reports.opinions import LINE_TEXT, READ_BY_SCREENING, ordinal, unfinished
from pipeline.reports.text import one_line
from pipeline.second_levels import far_apart

_QUOTE_CHARS = 240
_BAND_STYLES = {"advance": "bold green", "boundary": "green", "probe": "yellow", "needs_review": "magenta"}
_MARKS = {"found": "+", "partly": "~", "missing": "-"}


def terminal_table(shortlist: Shortlist, *, blind: bool = False) -> Table:
    """The ranked table; candidates' text goes in as plain text, never as markup."""
    ranked = sum(row.rank is not None for row in shortlist.rows)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Rank", justify="right", no_wrap=True)
    table.add_column("90%", justify="right", no_wrap=True)
    table.add_column("Candidate", overflow="fold", min_width=18)
    table.add_column("Band", no_wrap=True)
    table.add_column("Score", justify="right", no_wrap=True)
    table.add_column("Judged", justify="right", no_wrap=True)
    table.add_column("Flags", overflow="fold")
    cut = _last_within(shortlist)
    line = line_after([row for row in shortlist.rows if row.rank is not None])
    if line == -1:
        _add_line(table)
    for n, row in enumerate(shortlist.rows):
        last_ranked = n == ranked - 1
        table.add_row(*_cells(row, blind=blind), end_section=n in (cut, line) or last_ranked)
        if n == line:
            _add_line(table)
    table.caption = Text("\n".join(_caption(shortlist, ranked=ranked, with_line=line is not None)))
    return table


def _add_line(table: Table) -> None:
    table.add_row("", "", Text(f"below: {READ_BY_SCREENING}", style="italic"), end_section=True)


def _caption(shortlist: Shortlist, *, ranked: int, with_line: bool) -> Iterator[str]:
    rows = shortlist.rows
    yield f"{shortlist.top} interviews; {ranked} ranked, {len(rows) - ranked} for a person."
    if with_line:
        yield LINE_TEXT
    differ = sum(any(flag.id == "second_judge_differs" for flag in row.assessment.flags) for row in rows)
    if differ:
        yield f"Two judges differ about {differ} {'candidate' if differ == 1 else 'candidates'}: a person decides."
    yield from (one_line(one.text) for one in unfinished(rows))


def _last_within(shortlist: Shortlist) -> int:
    within = [n for n, row in enumerate(shortlist.rows) if row.rank is not None and row.rank <= shortlist.top]
    return within[-1] if within else -1


def _cells(row: Row, *, blind: bool) -> list[Text]:
    low, high = row.rank_interval or (None, None)
    band = BAND_TITLES[row.band]
    if row.would_be is not None:
        band = f"{band} ({BAND_TITLES[row.would_be].lower()}?)"
    flags = dict.fromkeys(FLAG_TITLES[flag.id].lower() for flag in row.assessment.flags)
    gates = [f"{gate.gate} {gate.status.replace('_', ' ')}" for gate in row.assessment.gates if gate.status != "met"]
    return [
        Text("–" if row.rank is None else str(row.rank)),
        Text("" if low is None else f"{low}-{high}"),
        Text(one_line(row.label if blind else row.candidate)),
        Text(band, style=_BAND_STYLES.get(row.band, "")),
        Text("–" if row.score is None else f"{row.score:.1f}"),
        Text(f"{row.coverage:.0%}"),
        Text(one_line(", ".join([*gates, *flags]))),
    ]


def explanation(row: Mapping[str, object]) -> Iterator[str]:
    """Lines that explain one row of `shortlist.json`.

    Raises:
        pydantic.ValidationError: The row was written by another version.
    """
    told = ReportedRow.model_validate(row)
    line = f", below the line (read by the {READ_BY_SCREENING})" if told.below_line else ""
    rank = "no rank" if told.rank is None or told.rank_interval is None else _rank_words(told.rank, told.rank_interval)
    score = "no score" if told.score is None else f"score {told.score:.1f}"
    yield f"{one_line(told.candidate)}: {BAND_TITLES[told.band]}, {rank}, {score}, {told.coverage:.0%} judged{line}"
    yield from (one_line(text) for text in told.summary)
    for criterion in told.criteria.values():
        yield ""
        yield from _criterion_lines(criterion)
    for gate in told.gates.values():
        yield ""
        yield one_line(f"{gate.title}: {gate.text}")
        yield from (f"    {_quoted(quote)}" for quote in gate.quotes)
    for flag in told.flags:
        yield ""
        yield one_line(f"{FLAG_TITLES[flag.id]}: {flag.detail}")
    if told.settled is not None:
        low, high = told.settled.interval_before
        tie = f"; {ordinal(told.settled.tie_order)} among equal scores" if told.settled.tie_order is not None else ""
        yield ""
        yield f"Second pass: the rank interval was {low} to {high} before{tie}"
    if told.questions:
        yield ""
        yield "Questions to ask"
        yield from (f"  {n}. {one_line(question)}" for n, question in enumerate(told.questions, start=1))
    if told.follow_ups:
        yield ""
        yield "Suggested by a language model, not checked"
    for suggested in told.follow_ups:
        yield f"  ? {one_line(suggested.question)}"
        yield f"    {_quoted(suggested.quote)}"


def _rank_words(rank: int, interval: tuple[int, int]) -> str:
    low, high = interval
    return f"rank {rank}" if low == high else f"rank {rank} ({low} to {high})"


def _criterion_lines(criterion: ReportedCriterion) -> Iterator[str]:
    if criterion.level is None:
        yield one_line(f"{criterion.title}: {criterion.not_judged}")
        return
    second = "" if criterion.second_level is None else f", second judge {criterion.second_level:.1f}"
    if criterion.second_level is not None and far_apart(criterion.level, criterion.second_level):
        second += " (a person decides)"
    yield (
        f"{criterion.title}: {criterion.level:.1f} of 4, "
        f"{criterion.points} of {criterion.points_possible} points{second}"
    )
    if criterion.caution:
        yield f"  ! {one_line(criterion.caution)}"
    for finding in criterion.findings:
        partly = "Partly evidenced: " if finding.state == "partly" else ""
        yield f"  {_MARKS[finding.state]} {one_line(partly + finding.text)}"
        yield from (f"    {_quoted(quote)}" for quote in finding.quotes)


def _quoted(quote: ReportedQuote) -> str:
    where = ", ".join(part for part in (quote.document, quote.place) if part)
    return one_line(f"“{shortened(quote.quote, _QUOTE_CHARS)}” ({where})")


MANY_LEFT_OPEN = 0.05
"""Share of questions without an answer from which somebody has to look."""

_LEFT_OPEN = {
    "refused": "refused",
    "cut": "cut off as too long",
    "unusable": "without a usable answer",
    "failed": "with a failed call",
    "not_asked": "not asked",
}


def left_open_lines(record: RunRecord) -> Iterator[Text]:
    """Which questions the judge did not answer, and why; marked where they are many."""
    left, questions = sum(record.left_open.values()), record.counts.questions
    if read := record.calls.part_read:
        told = (
            f"The endpoint counted too few tokens to have read all of {read:,} requests. If it cuts long ones, give "
            "its model more context (Ollama: num_ctx); `shortlist judge check` tries it."
        )
        yield Text(told, style="bold yellow")
    if not left:
        return
    parts = [f"{record.left_open[how]:,} {told}" for how, told in _LEFT_OPEN.items() if record.left_open.get(how)]
    style = "bold yellow" if left > MANY_LEFT_OPEN * questions else ""
    yield Text(f"{left:,} of {questions:,} questions unscored: {', '.join(parts)}.", style=style)


def nothing_answered(record: RunRecord) -> bool:
    """Whether there were questions and the judge answered none of them."""
    return 0 < record.counts.questions <= sum(record.left_open.values())


def second_pass_line(record: RunRecord) -> str:
    """What the second pass did, on one line; empty when none was wanted."""
    told = record.settling
    if told is None:
        return ""
    if not told.wanted:
        return "Second pass: nothing to ask; no row near the cut is open."
    answered = f"{told.answered:,} of {told.wanted:,} questions answered"
    return f"Second pass: {answered}, {told.settled:,} {'row' if told.settled == 1 else 'rows'} settled."


def quotes_line(record: RunRecord) -> str:
    """A warning when many quotes of a language model stand nowhere; empty when they do."""
    quotes = record.quotes
    if not quotes.few_found:
        return ""
    return (
        f"Only {quotes.found:,} of {quotes.offered:,} quotes of the language model were found in the documents; checks "
        "without a quote that is found count as nothing. `shortlist judge check` says whether another does better."
    )


def spending_line(record: RunRecord) -> str:
    """What a run took, on one line; empty when no language model was asked and no limit was set."""
    calls, money = record.calls.calls, record.money
    limits = [
        *([] if money.budget is None else [f"budget {_dollars(money.budget)}"]),
        *([] if money.max_requests is None else [f"at most {money.max_requests:,} requests"]),
    ]
    if not calls and not limits:
        return ""
    cached = record.tokens.get("cached", 0)
    tokens = f"{_short(record.tokens.get('input', 0))} input tokens" + (f" ({_short(cached)} cached)" if cached else "")
    text = f"{calls:,} {'call' if calls == 1 else 'calls'}, {tokens}, {_short(record.tokens.get('output', 0))} output"
    if estimated := record.calls.estimated:
        which = "" if estimated == calls else f"{estimated:,} {'call' if estimated == 1 else 'calls'} "
        text += f" ({which}not counted by the endpoint; estimated from above)"
    parts = [f"{text}: {_cost(record)}", *limits]
    if money.stopped_by is not None:
        parts.append("stopped by the budget" if money.stopped_by == "budget" else "stopped by the request limit")
    return "; ".join(parts)


def _cost(record: RunRecord) -> str:
    if record.cost is None:
        return "cost unknown, since the model has no known price"
    prices = f" (prices of {record.money.prices_as_of})" if record.money.prices_as_of else ""
    asked = sum(_was_asked(usage) for usage in record.candidates.values())
    each = f", {_dollars(record.cost / asked)} a candidate" if asked else ""
    return f"{_dollars(record.cost)}{prices}{each}"


def _was_asked(usage: RunUsage) -> bool:
    return usage.requests > 0


def _dollars(amount: float) -> str:
    """Two digits that say something: $5.00, $0.37, $0.009, $0.00041."""
    if amount >= 0.1 or amount == 0:
        return f"${amount:,.2f}"
    return f"${amount:.2g}" if amount >= 0.0001 else f"${amount:.6f}"


def _short(count: int) -> str:
    """A count in two or three digits: 412, 96 k, 1.9 M."""
    for size, name in ((1_000_000, "M"), (1_000, "k")):
        # What would round up to a thousand of the smaller unit belongs to the larger one.
        if count >= size * 0.9995:
            value = count / size
            return f"{value:.0f} {name}" if value >= 9.95 else f"{value:.1f} {name}"
    return str(count)
