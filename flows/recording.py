"""`run.json`: what made a shortlist, and what it took."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version

from evaluators.chat.client import shown_url
from evaluators.judging_statistics import Spent
from evaluators.money.estimate import Estimate
from evaluators.money.spending import Limit, Spending
from evaluators.rubric_library import rubric_hash
from flows.judging_stage import JudgingRecord
from flows.run_options import DEFAULT_JUDGE, RunOptions
from flows.walk import Screening
from flows.workbench import Judges, Workbench
from pipeline.audit_chain import AuditChain
from pipeline.models.run import (
    RunCalibration,
    RunCalls,
    RunCounts,
    RunEndpoint,
    RunFailure,
    RunJudge,
    RunMoney,
    RunProbabilities,
    RunQuotes,
    RunRecord,
    RunSettling,
    RunUsage,
)
from pipeline.models.scorecard import Scorecard
from pipeline.models.shortlist import Shortlist
from prompts.loader import prompts_hash


def judge_note(options: RunOptions, judges: Judges, scorecard: Scorecard, *, lined: bool) -> str:
    """Who read the documents, in sentences for a hiring manager."""
    if options.judge == DEFAULT_JUDGE:
        readers = "No language model read the documents. The"
        if options.second is not None:
            readers = f"The language model {options.second.partition(':')[2]} gave a second opinion. The"
        return (
            f"{readers} built-in evidence judge answered the checks; "
            "the constants behind its rank intervals are not fitted yet."
        )
    who = f"The language model {options.judge.partition(':')[2]} answered the checks"
    whom = f" of the first {options.judge_top}" if lined else ""
    return (
        f"{who}{whom}. {_calibration_note(judges, scorecard)} "
        "A level counts as at most 2 above the built-in judge's until a person confirms."
    )


def _calibration_note(judges: Judges, scorecard: Scorecard) -> str:
    if judges.calibration is None:
        return "Its probabilities are uncalibrated."
    calibrated, uncalibrated = _checks(judges, scorecard)
    if not uncalibrated:
        return "Its probabilities are calibrated on labelled passages."
    return (
        f"Its probabilities are calibrated on labelled passages for {len(calibrated)} checks "
        f"and uncalibrated for {len(uncalibrated)}."
    )


def _checks(judges: Judges, scorecard: Scorecard) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the scorecard's calibrated and uncalibrated checks, as `rubric.check`."""
    rubrics = {c.rubric.id: c.rubric for c in scorecard.criteria} | {scorecard.gate_rubric.id: scorecard.gate_rubric}
    calibrated: list[str] = []
    uncalibrated: list[str] = []
    for rubric in rubrics.values():
        raw = judges.calibration.uncalibrated(rubric) if judges.calibration else [c.id for c in rubric.checks]
        for check in rubric.checks:
            (uncalibrated if check.id in raw else calibrated).append(f"{rubric.id}.{check.id}")
    return tuple(calibrated), tuple(uncalibrated)


def run_record(
    screening: Screening,
    scorecard: Scorecard,
    bench: Workbench,
    options: RunOptions,
    *,
    run_id: str,
    started: datetime,
    seconds: float,
    estimate: Estimate | None,
    shortlist_sha256: str,
) -> RunRecord:
    """Everything that made a shortlist."""
    shortlist, judges = screening.shortlist, bench.judges
    asked_of_models = _models(screening, judges)
    spendings = [one for one in (judges.spending, judges.second_spending) if one is not None]
    statistics = asked_of_models.statistics
    return RunRecord(
        run_id=run_id,
        version=version("shortlist"),
        started=started.isoformat(timespec="seconds"),
        seconds=seconds,
        scorecard_id=scorecard.id,
        scorecard_hash=scorecard.hash,
        prompts_hash=prompts_hash(),
        rubrics_hash=_rubrics_hash(scorecard),
        judge=options.judge,
        judge_fingerprint=judges.first.fingerprint,
        embedder=bench.embedder,
        options=_shown_options(options),
        counts=_counts(screening),
        tokens=_tokens(spendings),
        cost=_cost(judges),
        calls=RunCalls(
            # The till knows of calls that no answer tells of: a run may end between a call and its repair.
            calls=sum(one.requests for one in spendings),
            repairs=statistics.repairs,
            retries=statistics.retries,
            estimated=sum(one.estimated for one in spendings),
            part_read=statistics.part_read,
        ),
        money=_money(judges.spending or judges.second_spending, options, estimate, asked_of_models.stopped_by),
        probabilities=RunProbabilities(logprob=statistics.logprob, stated=statistics.stated),
        quotes=RunQuotes(
            offered=statistics.quotes,
            found=statistics.quotes_found,
            withdrawn=statistics.quotes - statistics.quotes_found,
        ),
        calibration=_calibration(judges, scorecard),
        endpoint=RunEndpoint(
            models=_said(asked_of_models, "model"), system_fingerprints=_said(asked_of_models, "system_fingerprint")
        ),
        screening=_screening_judge(screening, bench),
        second=_second_judge(screening, judges, options),
        settling=_settling(screening),
        candidates=_usage(asked_of_models.spent, shortlist, judges, blind=options.blind),
        left_open={how: count for how, count in sorted(screening.judged.left_open.items()) if count},
        failures=_failures(screening),
        shortlist_sha256=shortlist_sha256,
    )


def with_audit_head(record: RunRecord, chain: AuditChain, *, actor: str, opening: str | None = None) -> RunRecord:
    """Add the end of a run to the audit chain, and the chain's new head to the record.

    The event holds figures and hashes alone: it is about no candidate, and stays when one is erased.

    Args:
        record: Of a run whose results are written.
        chain: Of the ledger that the run used.
        actor: Who asked for the run.
        opening: Id of the opening that it was for, if any.
    """
    event = chain.append(
        "run.finished",
        actor=actor,
        opening=opening,
        payload={
            "run": record.run_id,
            "scorecard": record.scorecard_id,
            "scorecard_hash": record.scorecard_hash,
            "judge": record.judge,
            "counts": record.counts.model_dump(),
            "shortlist_sha256": record.shortlist_sha256,
        },
    )
    return record.model_copy(update={"audit_head": event.hash})


def _shown_options(options: RunOptions) -> dict[str, str | int | float | bool | None]:
    """The options without what a URL may hold besides an address."""
    shown = options.model_dump(mode="json")
    for name in ("base_url", "second_base_url", "embedder_base_url"):
        if shown[name] is not None:
            shown[name] = shown_url(shown[name])
    return shown


def _models(screening: Screening, judges: Judges) -> JudgingRecord:
    """Of the language models only: the evidence judge calls nobody."""
    return screening.judged if judges.second_spending is None else screening.judged.plus(screening.second)


def _counts(screening: Screening) -> RunCounts:
    rows, batch, statistics = screening.shortlist.rows, screening.batch, screening.judged.statistics
    return RunCounts(
        candidates=len(rows) + len(batch.duplicates),
        ranked=sum(row.rank is not None for row in rows),
        listed=sum(row.rank is None for row in rows) + len(batch.duplicates),
        quarantined_files=len(batch.quarantined),
        duplicates=len(batch.duplicates),
        questions=statistics.questions,
        asked=statistics.asked,
        from_ledger=statistics.from_ledger,
        failed=statistics.failed,
        refused=statistics.refused,
    )


def _rubrics_hash(scorecard: Scorecard) -> str:
    rubrics = [*(criterion.rubric for criterion in scorecard.criteria), scorecard.gate_rubric]
    return hashlib.sha256("".join(map(rubric_hash, rubrics)).encode()).hexdigest()


def _tokens(spendings: Sequence[Spending]) -> dict[str, int]:
    """Tokens of this run's calls; empty when no language model was asked."""
    counted = {
        "input": sum(one.usage.input_tokens for one in spendings),
        "cached": sum(one.usage.cached_tokens for one in spendings),
        "output": sum(one.usage.output_tokens for one in spendings),
    }
    return counted if any(counted.values()) else {}


def _cost(judges: Judges) -> float | None:
    spent = [one.spent for one in (judges.spending, judges.second_spending) if one is not None]
    known = [amount for amount in spent if amount is not None]
    return float(sum(known)) if spent and len(known) == len(spent) else None


def _money(
    spending: Spending | None, options: RunOptions, estimate: Estimate | None, stopped_by: Limit | None
) -> RunMoney:
    middle = None
    if estimate is not None and estimate.low is not None and estimate.high is not None:
        middle = float((estimate.low + estimate.high) / 2)
    return RunMoney(
        prices_as_of=spending.price.as_of if spending is not None and spending.price is not None else None,
        budget=options.budget,
        max_requests=options.max_requests,
        stopped_by=stopped_by,
        estimate=middle,
        estimated_requests=None if estimate is None else estimate.requests,
    )


def _calibration(judges: Judges, scorecard: Scorecard) -> RunCalibration | None:
    if judges.calibration is None:
        return None
    calibrated, uncalibrated = _checks(judges, scorecard)
    digest = hashlib.sha256(judges.calibration.model_dump_json().encode()).hexdigest()
    return RunCalibration(sha256=digest, calibrated=calibrated, uncalibrated=uncalibrated)


def _said(models: JudgingRecord, what: str) -> dict[str, int]:
    return {seen.value: count for seen, count in sorted(models.seen.items()) if seen.what == what}


def _screening_judge(screening: Screening, bench: Workbench) -> RunJudge | None:
    if screening.shortlist.judged_top is None:
        return None
    return RunJudge(
        judge=DEFAULT_JUDGE,
        fingerprint=bench.screening.first.fingerprint,
        candidates=len(screening.shortlist.rows),
    )


def _second_judge(screening: Screening, judges: Judges, options: RunOptions) -> RunJudge | None:
    if judges.second is None or options.second is None:
        return None
    rows = [
        row
        for row in screening.shortlist.rows
        if any(criterion.second_level is not None for criterion in row.assessment.criteria)
    ]
    differing = [row for row in rows if any(f.id == "second_judge_differs" for f in row.assessment.flags)]
    return RunJudge(
        judge=options.second,
        fingerprint=judges.second.fingerprint,
        candidates=len(rows),
        differing_candidates=len(differing),
    )


def _settling(screening: Screening) -> RunSettling | None:
    settlement = screening.shortlist.settlement
    if settlement is None:
        return None
    ends = Counter(pair.end for pair in settlement.pairs)
    return RunSettling(
        samples=screening.samples,
        pairs=len(settlement.pairs),
        preferred=ends["preferred"],
        ties=ends["orders_disagree"] + ends["neither"],
        not_answered=ends["not_answered"],
        left_out=len(settlement.left_out),
        wanted=screening.settling.statistics.questions,
        answered=screening.settling.statistics.questions - sum(screening.settling.left_open.values()),
        settled=sum(row.interval_after != row.interval_before or row.tie_order is not None for row in settlement.rows),
    )


def _usage(spent: Mapping[str, Spent], shortlist: Shortlist, judges: Judges, *, blind: bool) -> dict[str, RunUsage]:
    """By candidate; comparisons of two candidates are theirs together and stand in the run's sums only."""
    spending = judges.spending or judges.second_spending
    priced = spending is not None and spending.spent is not None
    return {
        (row.label if blind else row.candidate): RunUsage(
            requests=took.requests,
            input_tokens=took.input_tokens,
            cached_tokens=took.cached_tokens,
            output_tokens=took.output_tokens,
            cost=round(took.cost, 8) if priced else None,
        )
        for row in shortlist.rows
        if (took := spent.get(row.candidate)) is not None
    }


def _failures(screening: Screening) -> tuple[RunFailure, ...]:
    """What did not work, by reason: files, questions, and judges that went away."""
    reasons = Counter(f"file: {file.code}" for file in screening.batch.quarantined)
    for row in screening.shortlist.rows:
        reasons.update(f"criterion: {c.unscored}" for c in row.assessment.criteria if c.unscored is not None)
        reasons.update(f"gate: {gate.unscored}" for gate in row.assessment.gates if gate.unscored is not None)
    for name, record in (("judge", screening.judged), ("second judge", screening.second)):
        if record.unavailable is not None:
            reasons[f"{name}: {record.unavailable}"] += 1
    return tuple(RunFailure(reason=reason, count=count) for reason, count in sorted(reasons.items()))
