"""`shortlist.csv`: the order and figures of the shortlist, for spreadsheets."""

import csv
import io
from collections.abc import Callable, Mapping

from pipeline.justification import justify
from pipeline.models.justification import Justification
from pipeline.models.scorecard import Scorecard
from pipeline.models.settlement import SettledRow
from pipeline.models.shortlist import Row, Shortlist
from pipeline.models.submissions import Batch
from pipeline.models.verdicts import Citation
from pipeline.phrases import FLAG_TITLES
from pipeline.reports.blind import blind_shortlist
from pipeline.reports.opinions import READ_BY_MODEL, READ_BY_SCREENING, settled_rows
from pipeline.reports.text import disarmed

BYTE_ORDER_MARK = "\ufeff"
"""Without it, the most used spreadsheet reads UTF-8 as its own code page and breaks every accent."""


def csv_report(shortlist: Shortlist, batch: Batch, scorecard: Scorecard, *, blind: bool = False) -> str:
    """Render `shortlist.csv` after RFC 4180: one row a candidate, in the shortlist's order.

    Columns that only a language model, a second judge or a second pass fills stand at the end, and
    only when there is something in them, so that all other columns always keep their place.

    Args:
        shortlist: The ranked rows.
        batch: Adds the files of each candidate that could not be read.
        scorecard: Its criteria and non-negotiables become columns, in their order.
        blind: Show labels and redacted quotes only.
    """
    names = {row.label: row.candidate for row in shortlist.rows}
    shown = blind_shortlist(shortlist) if blind else shortlist
    unread: dict[str, int] = {}
    for file in batch.quarantined:
        unread[file.candidate] = unread.get(file.candidate, 0) + 1
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text, lineterminator="\r\n")
    extra = _extra_columns(shown, scorecard)
    writer.writerow([disarmed(cell) for cell in (*_header(scorecard), *extra)])
    for row in shown.rows:
        cells = _cells(row, justify(row, scorecard), scorecard, unread=unread.get(names[row.label], 0))
        writer.writerow([disarmed(cell) for cell in (*cells, *(told(row) for told in extra.values()))])
    return text.getvalue()


def _header(scorecard: Scorecard) -> list[str]:
    return [
        *("rank", "rank_low", "rank_high", "candidate", "band", "would_be", "score", "p_top", "p_bar", "coverage"),
        *(f"level {criterion.id}" for criterion in scorecard.criteria),
        *(f"gate {gate.id}" for gate in scorecard.non_negotiables),
        *("tool_points", "flags", "files_not_read", "why", "first_question", "best_quote", "best_quote_place"),
        *("channel", "label"),
    ]


def _cells(row: Row, justification: Justification, scorecard: Scorecard, *, unread: int) -> list[str]:
    low, high = row.rank_interval or (None, None)
    levels = {criterion.criterion: criterion.level for criterion in justification.criteria}
    gates = {gate.gate: gate.status for gate in justification.gates}
    flags = dict.fromkeys(FLAG_TITLES[flag.id] for flag in row.assessment.flags)
    quote = best_quote(justification)
    return [
        *(_whole(row.rank), _whole(low), _whole(high), row.candidate, row.band, row.would_be or ""),
        *(_figure(row.score), f"{row.p_top:.3f}", f"{row.p_bar:.3f}", f"{row.coverage:.3f}"),
        *(_figure(levels.get(criterion.id)) for criterion in scorecard.criteria),
        *(gates.get(gate.id, "unknown") for gate in scorecard.non_negotiables),
        *(f"{row.tool_points:.1f}", "; ".join(flags), str(unread), justification.summary[0]),
        justification.questions[0] if justification.questions else "",
        *((quote.quote, _where(quote)) if quote else ("", "")),
        *(row.channel or "", row.label),
    ]


def _extra_columns(shortlist: Shortlist, scorecard: Scorecard) -> dict[str, Callable[[Row], str]]:
    """Columns by title, in order, for what this shortlist has and others have not."""
    columns: dict[str, Callable[[Row], str]] = {}
    rows = shortlist.rows
    if shortlist.judged_top is not None:
        columns["line"] = lambda row: "below" if row.below_line else "above" if row.rank is not None else ""
        columns["read_by"] = lambda row: READ_BY_SCREENING if row.below_line else READ_BY_MODEL
    if any(criterion.second_level is not None for row in rows for criterion in row.assessment.criteria):
        columns |= {f"second {criterion.id}": _second_level(criterion.id) for criterion in scorecard.criteria}
    if any(flag.id == "second_judge_differs" for row in rows for flag in row.assessment.flags):
        columns["two_judges_differ"] = _differences
    if shortlist.settlement is not None:
        settled = settled_rows(shortlist.settlement)
        columns["further_answers"] = _of_settled(settled, lambda one: str(one.samples))
        columns["rank_low_before"] = _of_settled(settled, lambda one: str(one.interval_before[0]))
        columns["rank_high_before"] = _of_settled(settled, lambda one: str(one.interval_before[1]))
        columns["tie_order"] = _of_settled(settled, lambda one: _whole(one.tie_order))
    if any(row.follow_ups for row in rows):
        columns["suggested_by_a_model"] = _follow_ups
    if any(criterion.unscored == "not_asked" for row in rows for criterion in row.assessment.criteria):
        columns["criteria_not_asked"] = lambda row: str(
            sum(criterion.unscored == "not_asked" for criterion in row.assessment.criteria)
        )
    return columns


def _second_level(criterion_id: str) -> Callable[[Row], str]:
    def told(row: Row) -> str:
        assessed = row.assessment.criterion(criterion_id)
        return _figure(assessed.second_level if assessed is not None else None)

    return told


def _of_settled(settled: Mapping[str, SettledRow], tell: Callable[[SettledRow], str]) -> Callable[[Row], str]:
    return lambda row: tell(settled[row.candidate]) if row.candidate in settled else ""


def _differences(row: Row) -> str:
    return " ".join(flag.detail for flag in row.assessment.flags if flag.id == "second_judge_differs")


def _follow_ups(row: Row) -> str:
    return " | ".join(
        f"{one.question} (“{one.citation.quote}”, {_where(one.citation)})" for one in row.follow_ups
    )  # fmt: skip


def _where(citation: Citation) -> str:
    return ", ".join(part for part in (citation.document, citation.place) if part)


def best_quote(justification: Justification) -> Citation | None:
    """The first quote of the finding that adds most to the score; the earlier one of equals."""
    cited = [
        (criterion.weight * statement.level_points, statement.citations[0])
        for criterion in justification.criteria
        for statement in criterion.statements
        if statement.citations
    ]
    return max(cited, key=lambda pair: pair[0])[1] if cited else None


def _whole(value: int | None) -> str:
    return "" if value is None else str(value)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
