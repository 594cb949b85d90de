"""`shortlist explain`: one row of a finished screening as plain sentences in the terminal."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError
from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from pipeline.errors import ConfigurationError
from pipeline.models.report import Report, ReportedCriterion, ReportedQuote, ReportedRow

_STATE_SIGN = {"found": ("+", "green"), "partly": ("~", "yellow"), "missing": ("-", "dim")}
_SHOWN_NAMES = 20


def read_row(candidate: str, out: Path) -> ReportedRow:
    """The row of a candidate in a finished screening.

    Raises:
        ConfigurationError: There is no finished screening in the folder, or it has no such candidate.
    """
    path = out / "shortlist.json"
    try:
        report = Report.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it was written by another version"
        raise ConfigurationError(
            f"{str(path)!r} cannot be read: {cause}. Name the folder of a finished screening with --out."
        ) from error
    for row in report.rows:
        if candidate in (row.candidate, row.label):
            return row
    names = sorted(shlex.quote(row.candidate) for row in report.rows)
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    raise ConfigurationError(
        f"{str(path)!r} has no candidate {candidate!r}. It has {', '.join(names[:_SHOWN_NAMES])}{more}."
    )


def explanation(row: ReportedRow) -> Group:
    """Everything that is known of a row; candidates' words are text, never markup."""
    return Group(*_parts(row))


def _parts(row: ReportedRow) -> Iterator[Text | Padding]:
    place = f"rank {row.rank} (between {row.rank_interval[0]} and {row.rank_interval[1]})" if row.rank_interval else ""
    score = "no score" if row.score is None else f"{row.score:.1f} of 100"
    yield Text(row.candidate, style="bold")
    yield Text(" · ".join(part for part in (place, row.band, score, f"{row.coverage:.0%} judged") if part))
    for sentence in row.summary:
        yield Text(sentence)
    for criterion in row.criteria.values():
        yield Text()
        yield from _criterion(criterion)
    for gate in row.gates.values():
        yield Text()
        yield Text.assemble((f"{gate.title}: {gate.status.replace('_', ' ')}", "bold"), f"  {gate.text}")
        yield from _quotes(gate.quotes)
    if row.flags:
        yield Text("\nFlags", style="bold")
        for flag in row.flags:
            yield Padding(Text(f"{flag.id.replace('_', ' ')}: {flag.detail}"), (0, 0, 0, 2))
    if row.questions:
        yield Text("\nQuestions to ask", style="bold")
        for n, question in enumerate(row.questions, start=1):
            yield Padding(Text(f"{n}. {question}"), (0, 0, 0, 2))


def _criterion(criterion: ReportedCriterion) -> Iterator[Text | Padding]:
    level = "not judged" if criterion.level is None else f"level {criterion.level:.1f} of 4"
    points = "" if criterion.points is None else f", {criterion.points:.1f} of {criterion.points_possible:.1f} points"
    yield Text.assemble((criterion.title, "bold"), f"  {level}{points}")
    for sentence in (criterion.not_judged, criterion.caution):
        if sentence:
            yield Padding(Text(sentence, style="yellow"), (0, 0, 0, 2))
    for finding in criterion.findings:
        sign, style = _STATE_SIGN[finding.state]
        yield Padding(Text.assemble((f"{sign} ", style), finding.text), (0, 0, 0, 2))
        yield from _quotes(finding.quotes)


def _quotes(quotes: tuple[ReportedQuote, ...]) -> Iterator[Padding]:
    for quote in quotes:
        where = ", ".join(part for part in (quote.document, quote.place) if part)
        yield Padding(Text.assemble(f"“{' '.join(quote.quote.split())}” ", (f"({where})", "dim")), (0, 0, 0, 6))
