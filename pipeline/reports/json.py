"""`shortlist.json`: everything a shortlist rests on, for programs."""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from pydantic import BaseModel

from pipeline.justification import justify
from pipeline.models.base import FrozenModel
from pipeline.models.justification import CheckStatement, CriterionJustification, GateJustification
from pipeline.models.report import (
    Report,
    ReportedCriterion,
    ReportedDuplicate,
    ReportedFinding,
    ReportedFlag,
    ReportedFollowUp,
    ReportedGate,
    ReportedPair,
    ReportedQuarantine,
    ReportedQuote,
    ReportedRow,
    ReportedScorecard,
    ReportedSettled,
    ReportedSettlement,
    ReportedUnfinished,
    ReportedUnused,
)
from pipeline.models.scorecard import Scorecard
from pipeline.models.settlement import SettledRow, Settlement
from pipeline.models.shortlist import Row, Shortlist
from pipeline.models.submissions import Batch
from pipeline.models.verdicts import Citation, GroundedFinding
from pipeline.reports.blind import blind_batch, blind_shortlist
from pipeline.reports.opinions import settled_rows, unfinished

M = TypeVar("M", bound=FrozenModel)


def json_report(shortlist: Shortlist, batch: Batch, scorecard: Scorecard, *, blind: bool = False) -> str:
    """Render `shortlist.json`: equal inputs give equal bytes, one row a line."""
    return "".join(json_report_pieces(shortlist, batch, scorecard, blind=blind))


def json_report_pieces(
    shortlist: Shortlist, batch: Batch, scorecard: Scorecard, *, blind: bool = False
) -> Iterator[str]:
    """The same, piece by piece: of ten thousand rows the whole would be 150 MB."""
    shown = blind_shortlist(shortlist) if blind else shortlist
    settled = settled_rows(shown.settlement)
    # Rows are put together one at a time as well, and never held as models of the report.
    report = make_report(shortlist, batch, scorecard, blind=blind, with_rows=False)
    before = "{\n"
    for name in Report.model_fields:
        value = getattr(report, name)
        if isinstance(value, tuple):
            models = (
                (_row(row, scorecard, settled.get(row.candidate)) for row in shown.rows) if name == "rows" else value
            )
            yield f'{before} "{name}": ['
            end = ""
            for model in models:
                yield f"{',' if end else ''}\n  {_encoded(model)}"
                end = "\n "
            yield f"{end}]"
        else:
            yield f'{before} "{name}": {_encoded(value)}'
        before = ",\n"
    yield "\n}\n"


def _encoded(value: object) -> str:
    plain = value.model_dump() if isinstance(value, BaseModel) else value
    # File names may hold half a character pair, which no encoding can write; escapes can.
    text = json.dumps(plain, ensure_ascii=False)
    return text if text.isascii() or _can_be_written(text) else json.dumps(plain, ensure_ascii=True)


def _can_be_written(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def make_report(
    shortlist: Shortlist, batch: Batch, scorecard: Scorecard, *, blind: bool = False, with_rows: bool = True
) -> Report:
    """Put the report together; with `blind`, from a shortlist that has lost its names.

    Args:
        shortlist: The ranked rows, with candidates' names.
        batch: What was set aside.
        scorecard: The role.
        blind: Take names and original quotes away.
        with_rows: False leaves the rows out, for a caller that renders them one by one.
    """
    shown, aside = shortlist, batch
    if blind:
        shown, aside = blind_shortlist(shortlist), blind_batch(batch, shortlist)
    settled = settled_rows(shown.settlement)
    return Report(
        scorecard=ReportedScorecard(id=scorecard.id, hash=shortlist.scorecard_hash, title=scorecard.title),
        top=shortlist.top,
        advance_bar=shortlist.advance_bar,
        blind=blind,
        judged_top=shown.judged_top,
        unfinished=tuple(
            ReportedUnfinished(reason=one.why.reason, candidates=one.candidates) for one in unfinished(shown.rows)
        ),
        rows=tuple(_row(row, scorecard, settled.get(row.candidate)) for row in shown.rows) if with_rows else (),
        quarantined=tuple(
            ReportedQuarantine(candidate=file.candidate, file=file.file, code=file.code, reason=file.reason)
            for file in _sorted(aside.quarantined)
        ),
        duplicates=tuple(
            ReportedDuplicate(candidate=d.candidate, same_as=d.same_as, reason=d.reason)
            for d in _sorted(aside.duplicates)
        ),
        unused=tuple(
            ReportedUnused(
                candidate=file.candidate, file=file.file, reason=file.reason, without_names=file.without_names
            )
            for file in _sorted(aside.unused)
        ),
        settlement=_settlement(shown.settlement) if shown.settlement is not None else None,
    )


def _settlement(settlement: Settlement) -> ReportedSettlement:
    return ReportedSettlement(
        pairs=tuple(
            ReportedPair(
                first=pair.first,
                second=pair.second,
                end=pair.end,
                preferred=pair.preferred,
                quotes=_quotes(pair.citations),
            )
            for pair in settlement.pairs
        ),
        left_out=settlement.left_out,
    )


def _settled(settled: SettledRow) -> ReportedSettled:
    return ReportedSettled(
        samples=settled.samples,
        interval_before=settled.interval_before,
        p_top_before=settled.p_top_before,
        tie_order=settled.tie_order,
    )


def _sorted(models: Iterable[M]) -> list[M]:
    return sorted(models, key=lambda model: model.model_dump_json())


def _row(row: Row, scorecard: Scorecard, settled: SettledRow | None) -> ReportedRow:
    justification = justify(row, scorecard)
    assessed = row.assessment
    return ReportedRow(
        candidate=row.candidate,
        label=row.label,
        rank=row.rank,
        rank_interval=row.rank_interval,
        band=row.band,
        would_be=row.would_be,
        band_reason=row.band_reason,
        score=row.score,
        p_top=row.p_top,
        p_bar=row.p_bar,
        coverage=round(row.coverage, 3),
        tool_points=row.tool_points,
        preferences_matched=assessed.preferences_matched,
        channel=row.channel,
        dossier=assessed.dossier_hash,
        summary=justification.summary,
        criteria={told.criterion: _criterion(told, row) for told in justification.criteria},
        gates={told.gate: _gate(told) for told in justification.gates},
        flags=tuple(
            ReportedFlag(id=f.id, detail=f.detail, question=f.question, document=f.document, place=f.place)
            for f in assessed.flags
        ),
        questions=justification.questions,
        below_line=row.below_line,
        follow_ups=tuple(
            ReportedFollowUp(question=one.question, quote=_quotes((one.citation,))[0]) for one in row.follow_ups
        ),
        settled=_settled(settled) if settled is not None else None,
    )


def _criterion(told: CriterionJustification, row: Row) -> ReportedCriterion:
    assessed = row.assessment.criterion(told.criterion)
    findings = {finding.check: finding for finding in assessed.findings} if assessed is not None else {}
    return ReportedCriterion(
        title=told.title,
        weight=told.weight,
        level=told.level,
        # Halves go up; Python's own rounding would send 2.5 to 2 and 3.5 to 4.
        level_rounded=None if told.level is None else math.floor(told.level + 0.5),
        points=told.points,
        points_possible=told.points_possible,
        unscored=assessed.unscored if assessed is not None else None,
        not_judged=told.not_judged,
        caution=told.caution,
        findings=tuple(_finding(statement, findings.get(statement.check)) for statement in told.statements),
        second_level=told.second_level,
    )


def _finding(statement: CheckStatement, finding: GroundedFinding | None) -> ReportedFinding:
    return ReportedFinding(
        check=statement.check,
        p=round(finding.p, 3) if finding is not None else 0.0,
        met=finding is not None and finding.met,
        state=statement.state,
        text=statement.text,
        quotes=_quotes(statement.citations),
        withdrawn=finding.withdrawn if finding is not None else None,
    )


def _gate(told: GateJustification) -> ReportedGate:
    return ReportedGate(
        title=told.title,
        status=told.status,
        text=told.text,
        quotes=_quotes((*told.supporting, *told.opposing)),
        opposing=len(told.opposing),
    )


def _quotes(citations: Sequence[Citation]) -> tuple[ReportedQuote, ...]:
    return tuple(
        ReportedQuote(quote=c.quote, quote_redacted=c.quote_redacted, document=c.document, place=c.place)
        for c in citations
    )
