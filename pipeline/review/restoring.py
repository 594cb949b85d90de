"""From a reported shortlist back to the models that reports are made of, so that one code covers identity everywhere.

A run's files hold names, whatever its opening covers. What a person sees blind is made by the code that makes blind
reports: `pipeline.reports.blind`, which takes names and original quotes away before any page is made.
"""

from collections.abc import Sequence

from pipeline.intake_roles import is_cover
from pipeline.justification import justify
from pipeline.models.assessment import Assessment, CriterionAssessment, Flag, GateAssessment
from pipeline.models.report import (
    Report,
    ReportedCriterion,
    ReportedDuplicate,
    ReportedFlag,
    ReportedFollowUp,
    ReportedGate,
    ReportedPair,
    ReportedQuarantine,
    ReportedQuote,
    ReportedRow,
    ReportedSettlement,
    ReportedUnused,
)
from pipeline.models.scorecard import Scorecard, Source
from pipeline.models.settlement import PairOutcome, SettledRow, Settlement
from pipeline.models.shortlist import FollowUp, Row, Shortlist
from pipeline.models.submissions import Batch, Duplicate, QuarantinedFile, UnusedFile
from pipeline.models.verdicts import Citation, GroundedFinding
from pipeline.reports.blind import blind_batch, blind_shortlist

_NOTHING_READ = "nothing could be read"


def source_of(document: str, *, resume_missing: bool) -> Source:
    """Whether a file belongs to the resume or to the take-home, as intake names it.

    Resume and cover letters lie at the top of a candidate's folder, a take-home below it; only an archive without a
    resume has its take-home at the top.
    """
    if "/" in document:
        return "takehome"
    return "takehome" if resume_missing and not is_cover(document) else "resume"


def without_resume(report: Report) -> frozenset[str]:
    """Candidates who sent no resume."""
    return frozenset(file.candidate for file in report.quarantined if file.code == "missing_resume")


def restored_row(row: ReportedRow, *, resume_missing: bool = False) -> Row:
    """A row as the ranking made it, as far as the report tells."""
    return Row(
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
        coverage=row.coverage,
        tool_points=row.tool_points,
        channel=row.channel,
        below_line=row.below_line,
        follow_ups=tuple(
            FollowUp(question=one.question, citation=_citation(one.quote, resume_missing=resume_missing))
            for one in row.follow_ups
        ),
        assessment=Assessment(
            candidate=row.candidate,
            dossier_hash=row.dossier,
            criteria=tuple(
                _restored_criterion(name, told, resume_missing=resume_missing) for name, told in row.criteria.items()
            ),
            gates=tuple(_restored_gate(name, gate, resume_missing=resume_missing) for name, gate in row.gates.items()),
            flags=tuple(
                Flag(id=one.id, detail=one.detail, question=one.question, document=one.document, place=one.place)
                for one in row.flags
            ),
            coverage=row.coverage,
            preferences_matched=row.preferences_matched,
            sources_read=() if _NOTHING_READ in row.summary[0] else ("resume",),
        ),
    )


def _restored_criterion(name: str, told: ReportedCriterion, *, resume_missing: bool) -> CriterionAssessment:
    return CriterionAssessment(
        criterion=name,
        level=told.level,
        unscored=told.unscored,
        findings=tuple(
            GroundedFinding(
                check=one.check,
                p=one.p,
                met=one.met,
                citations=_citations(one.quotes, resume_missing=resume_missing),
                withdrawn=one.withdrawn,
            )
            for one in told.findings
        ),
        second_level=told.second_level,
    )


def _restored_gate(name: str, gate: ReportedGate, *, resume_missing: bool) -> GateAssessment:
    citations = _citations(gate.quotes, resume_missing=resume_missing)
    supporting = len(citations) - gate.opposing
    return GateAssessment(
        gate=name, status=gate.status, supporting=citations[:supporting], opposing=citations[supporting:]
    )


def restored(report: Report) -> tuple[Shortlist, Batch]:
    """The whole shortlist, and what was set aside."""
    missing = without_resume(report)
    rows = tuple(restored_row(row, resume_missing=row.candidate in missing) for row in report.rows)
    shortlist = Shortlist(
        scorecard_id=report.scorecard.id,
        scorecard_hash=report.scorecard.hash,
        top=report.top,
        advance_bar=report.advance_bar,
        rows=rows,
        judged_top=report.judged_top,
        settlement=_settlement(report, missing),
    )
    return shortlist, restored_batch(report)


def restored_batch(report: Report) -> Batch:
    """What was set aside."""
    return Batch(
        submissions=(),
        quarantined=tuple(QuarantinedFile(**one.model_dump()) for one in report.quarantined),
        unused=tuple(UnusedFile(**one.model_dump()) for one in report.unused),
        duplicates=tuple(Duplicate(**one.model_dump()) for one in report.duplicates),
    )


def blind_report(report: Report, scorecard: Scorecard) -> Report:
    """The same report as a blind run writes it."""
    shortlist, batch = restored(report)
    blind, aside = blind_shortlist(shortlist), blind_batch(batch, shortlist)
    rows = tuple(_told_blind(row, shown, scorecard) for row, shown in zip(report.rows, blind.rows, strict=True))
    return with_aside(report, aside).model_copy(
        update={
            "blind": True,
            "rows": rows,
            "settlement": None if blind.settlement is None else _reported_settlement(blind.settlement),
        }
    )


def blind_row(report: Report, row: ReportedRow, scorecard: Scorecard) -> ReportedRow:
    """One row as a blind run writes it."""
    missing = without_resume(report)
    alone = Shortlist(
        scorecard_id=report.scorecard.id,
        scorecard_hash=report.scorecard.hash,
        top=report.top,
        advance_bar=report.advance_bar,
        rows=(restored_row(row, resume_missing=row.candidate in missing),),
        # What a comparison quotes is numbered together with the row's own documents.
        settlement=_settlement(report, missing),
    )
    return _told_blind(row, blind_shortlist(alone).rows[0], scorecard)


def blind_aside(report: Report) -> Report:
    """The report with what was set aside blind; its rows stay as they are."""
    labels = Shortlist(
        scorecard_id=report.scorecard.id,
        scorecard_hash=report.scorecard.hash,
        top=report.top,
        advance_bar=report.advance_bar,
        rows=tuple(restored_row(row) for row in report.rows),
    )
    return with_aside(report, blind_batch(restored_batch(report), labels))


def with_aside(report: Report, batch: Batch) -> Report:
    """The report with what was set aside as a batch has it."""
    return report.model_copy(
        update={
            "quarantined": tuple(
                ReportedQuarantine(candidate=one.candidate, file=one.file, code=one.code, reason=one.reason)
                for one in sorted(batch.quarantined, key=lambda one: one.model_dump_json())
            ),
            "duplicates": tuple(
                ReportedDuplicate(candidate=one.candidate, same_as=one.same_as, reason=one.reason)
                for one in sorted(batch.duplicates, key=lambda one: one.model_dump_json())
            ),
            "unused": tuple(
                ReportedUnused(
                    candidate=one.candidate, file=one.file, reason=one.reason, without_names=one.without_names
                )
                for one in sorted(batch.unused, key=lambda one: one.model_dump_json())
            ),
        }
    )


def _told_blind(row: ReportedRow, blind: Row, scorecard: Scorecard) -> ReportedRow:
    """The reported row with everything that quotes or names taken from the blind one."""
    # Questions and summary quote documents, so they are written again from what is left.
    justification = justify(blind, scorecard)
    assessed = {one.criterion: one for one in blind.assessment.criteria}
    gates = {one.gate: one for one in blind.assessment.gates}
    return row.model_copy(
        update={
            "candidate": blind.candidate,
            "summary": justification.summary,
            "questions": justification.questions,
            "criteria": {name: _blind_criterion(told, assessed[name]) for name, told in row.criteria.items()},
            "gates": {name: _blind_gate(gate, gates[name]) for name, gate in row.gates.items()},
            "flags": tuple(
                ReportedFlag(
                    id=one.id, detail=one.detail, question=one.question, document=one.document, place=one.place
                )
                for one in blind.assessment.flags
            ),
            "follow_ups": tuple(
                ReportedFollowUp(question=one.question, quote=_quotes((one.citation,))[0]) for one in blind.follow_ups
            ),
        }
    )


def _blind_criterion(told: ReportedCriterion, blind: CriterionAssessment) -> ReportedCriterion:
    findings = tuple(
        one.model_copy(update={"quotes": _quotes(other.citations)})
        for one, other in zip(told.findings, blind.findings, strict=True)
    )
    return told.model_copy(update={"findings": findings})


def _blind_gate(gate: ReportedGate, blind: GateAssessment) -> ReportedGate:
    return gate.model_copy(update={"quotes": _quotes((*blind.supporting, *blind.opposing))})


def _quotes(citations: Sequence[Citation]) -> tuple[ReportedQuote, ...]:
    return tuple(
        ReportedQuote(quote=one.quote, quote_redacted=one.quote_redacted, document=one.document, place=one.place)
        for one in citations
    )


def _citations(quotes: Sequence[ReportedQuote], *, resume_missing: bool) -> tuple[Citation, ...]:
    return tuple(_citation(quote, resume_missing=resume_missing) for quote in quotes)


def _citation(quote: ReportedQuote, *, resume_missing: bool) -> Citation:
    source = source_of(quote.document, resume_missing=resume_missing)
    return Citation(passage="", source=source, **quote.model_dump())


def _settlement(report: Report, missing: frozenset[str]) -> Settlement | None:
    if report.settlement is None:
        return None
    rows = [row for row in report.rows if row.settled is not None and row.rank_interval is not None]
    return Settlement(
        pairs=tuple(
            PairOutcome(
                first=pair.first,
                second=pair.second,
                end=pair.end,
                preferred=pair.preferred,
                citations=tuple(_citation(one, resume_missing=pair.preferred in missing) for one in pair.quotes),
            )
            for pair in report.settlement.pairs
        ),
        rows=tuple(
            SettledRow(
                candidate=row.candidate,
                samples=row.settled.samples,
                interval_before=row.settled.interval_before,
                interval_after=row.rank_interval,
                p_top_before=row.settled.p_top_before,
                p_top_after=row.p_top,
                tie_order=row.settled.tie_order,
            )
            for row in rows
            if row.settled is not None and row.rank_interval is not None
        ),
        left_out=report.settlement.left_out,
    )


def _reported_settlement(settlement: Settlement) -> ReportedSettlement:
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
