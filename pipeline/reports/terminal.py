"""The shortlist in a terminal: a table, and one candidate explained."""

from collections.abc import Iterator, Mapping

from rich import box
from rich.table import Table
from rich.text import Text

from pipeline.models.report import ReportedCriterion, ReportedQuote, ReportedRow
from pipeline.models.shortlist import Row, Shortlist
from pipeline.phrases import BAND_TITLES, FLAG_TITLES, shortened
from pipeline.reports.text import one_line

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
    for n, row in enumerate(shortlist.rows):
        last_ranked = n == ranked - 1
        table.add_row(*_cells(row, blind=blind), end_section=n == cut or last_ranked)
    table.caption = Text(f"{shortlist.top} interviews; {ranked} ranked, {len(shortlist.rows) - ranked} for a person.")
    return table


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
    rank = "no rank" if told.rank is None or told.rank_interval is None else _rank_words(told.rank, told.rank_interval)
    score = "no score" if told.score is None else f"score {told.score:.1f}"
    yield f"{one_line(told.candidate)}: {BAND_TITLES[told.band]}, {rank}, {score}, {told.coverage:.0%} judged"
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
    if told.questions:
        yield ""
        yield "Questions to ask"
        yield from (f"  {n}. {one_line(question)}" for n, question in enumerate(told.questions, start=1))


def _rank_words(rank: int, interval: tuple[int, int]) -> str:
    low, high = interval
    return f"rank {rank}" if low == high else f"rank {rank} ({low} to {high})"


def _criterion_lines(criterion: ReportedCriterion) -> Iterator[str]:
    if criterion.level is None:
        yield one_line(f"{criterion.title}: {criterion.not_judged}")
        return
    yield f"{criterion.title}: {criterion.level:.1f} of 4, {criterion.points} of {criterion.points_possible} points"
    if criterion.caution:
        yield f"  ! {one_line(criterion.caution)}"
    for finding in criterion.findings:
        partly = "Partly evidenced: " if finding.state == "partly" else ""
        yield f"  {_MARKS[finding.state]} {one_line(partly + finding.text)}"
        yield from (f"    {_quoted(quote)}" for quote in finding.quotes)


def _quoted(quote: ReportedQuote) -> str:
    where = ", ".join(part for part in (quote.document, quote.place) if part)
    return one_line(f"“{shortened(quote.quote, _QUOTE_CHARS)}” ({where})")
