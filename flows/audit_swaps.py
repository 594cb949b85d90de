"""The swaps of an audit: the batch is read again, every candidate placed, and their twins beside them."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr

from flows.audit_inputs import FinishedRun, rendering_options
from flows.audit_twins import Read, Seen, TwinJudge, cut_twin, read_candidate, redact_twin
from flows.judging_stage import Bench, chunks
from flows.reading_stage import READERS
from flows.run_options import DEFAULT_JUDGE
from flows.wiring import open_workbench
from flows.workbench import CHUNK, Judges, Workbench
from pipeline.errors import ConfigurationError
from pipeline.fairness.differences import first_difference, judged_text, redacted_text
from pipeline.fairness.report import SwapAudit
from pipeline.fairness.standing import Standings
from pipeline.fairness.swaps import Swap
from pipeline.fairness.tally import Outcome, Placed, SwapTally
from pipeline.fairness.twins import plan
from pipeline.intake import open_batch
from pipeline.models.assessment import Assessment
from pipeline.models.documents import RedactedDocument
from pipeline.models.dossier import Dossier
from pipeline.models.report import ReportedRow
from pipeline.models.scorecard import Scorecard
from pipeline.models.submissions import Batch, QuarantinedFile, Submission
from pipeline.reading import read_brief
from pipeline.scoring import score
from pipeline.settings import Settings
from pipeline.vault import Vault

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""
_SHOWN = 20


def silent(_what: str, _done: int, _total: int) -> None:
    """Report no progress."""


class Swapped(NamedTuple):
    """What swaps showed, and who is behind the labels of a blind run."""

    audit: SwapAudit
    names: Mapping[str, str]
    """The candidate by what the run calls them."""


class _Known(NamedTuple):
    """A candidate of the run, found again in the batch."""

    submission: Submission
    aside: Sequence[QuarantinedFile]
    """Files of theirs that intake could not take."""
    row: ReportedRow
    dossier_hash: str
    assessment: Assessment | None
    """None if the ledger lacks answers."""


def audit_swaps(
    run: FinishedRun,
    *,
    batch_path: Path,
    scorecard: Scorecard,
    settings: Settings,
    sample: int,
    progress: Progress = silent,
) -> Swapped:
    """Read every candidate of a run again under other details.

    Nothing is written into the vault, the index or the ledger, and no language model is asked.

    Args:
        run: The screening.
        batch_path: Its batch.
        scorecard: Its scorecard.
        settings: Where the ledger lies.
        sample: Of how many candidates twins are made at most; all are read once.
        progress: Told of every candidate.

    Raises:
        ConfigurationError: The batch is another one, or the run's judge is not this version's and left no answers.
    """
    # A chat judge only renders requests here; it insists on a key, and none is ever sent.
    keyed = settings.model_copy(update={"openai_api_key": settings.openai_api_key or SecretStr("unused")})
    with (
        open_workbench(keyed, scorecard, options=rendering_options(run.record)) as opened,
        tempfile.TemporaryDirectory(prefix="shortlist-audit-") as vault,
    ):
        # Neither the originals nor the vectors of twins stay behind: an index that is never flushed keeps nothing.
        tools = replace(opened, vault=Vault(Path(vault)))
        return _Swapping(run, scorecard, tools, sample=sample, progress=progress).audit(batch_path)


class _Swapping:
    """The state of one call of `audit_swaps`."""

    def __init__(
        self, run: FinishedRun, scorecard: Scorecard, tools: Workbench, *, sample: int, progress: Progress
    ) -> None:
        self._run = run
        self._scorecard = scorecard
        self._tools = tools
        self._sample = sample
        self._progress = progress
        self._judge_changed = tools.judges.first.fingerprint != run.record.judge_fingerprint
        if self._judge_changed and run.record.judge != DEFAULT_JUDGE:
            raise ConfigurationError(
                f"This version asks {run.record.judge!r} in another way than the run did (other prompts, examples or "
                "parameters), so its answers do not fit. Screen the batch again, or leave the swaps out with "
                "--no-swaps."
            )

    def audit(self, batch_path: Path) -> Swapped:
        """Read all, then the twins."""
        tools = self._tools
        batch = open_batch(batch_path, vault=tools.vault, reader=tools.reader)
        brief = read_brief(batch.brief_files, vault=tools.vault, reader=tools.reader)
        bench = Bench(tools, self._scorecard, brief, self._run.record.run_id)
        known = self._found(batch, bench)
        fields = {
            below: Standings(
                [one.assessment for one in known if one.assessment and one.row.below_line == below],
                self._scorecard,
                top=self._run.report.top,
            )
            for below in {one.row.below_line for one in known}
        }
        judged = [one for one in known if _is_judged(one)]
        tally = SwapTally()
        chosen = spread(judged, self._sample)
        for done, one in enumerate(chosen):
            self._progress("swaps", done, len(chosen))
            self._twins_of(one, bench, fields[one.row.below_line], tally)
        self._progress("swaps", len(chosen), len(chosen))
        changed = [one.row.candidate for one in known if one.dossier_hash != one.row.dossier]
        audit = SwapAudit(
            candidates=len(chosen),
            sampled_from=len(judged),
            not_judged=len(known) - len(judged),
            not_found=len(self._run.report.rows) - len(known),
            counts=tuple(tally.counts()),
            not_applied=tuple(tally.left_out()),
            examples=tuple(tally.examples()),
            reading_changed=tuple(changed),
            judge_changed=self._judge_changed,
        )
        return Swapped(audit, {one.row.candidate: one.submission.candidate for one in known})

    def _found(self, batch: Batch, bench: Bench) -> list[_Known]:
        """Every candidate of the run that is in the batch, read and judged as before."""
        aside = _by_candidate(batch)
        # In a blind run a row is called by a label; whose it is, is told by the text.
        rows = {row.dossier if self._run.report.blind else row.candidate: row for row in self._run.report.rows}
        judges = {below: TwinJudge(bench, self._judges(below=below)) for below in (False, True)}
        known: list[_Known] = []
        done = 0
        for some in chunks(batch.submissions, CHUNK):
            for submission, read in zip(some, _read(some, bench, aside), strict=True):
                done += 1
                self._progress("reading", done, len(batch.submissions))
                dossier = read.reading.dossier
                row = rows.pop(dossier.hash if self._run.report.blind else submission.candidate, None)
                if row is None:
                    continue
                judge = judges[row.below_line]
                judge.forget()
                seen = judge.see(read, dossier)
                known.append(
                    _Known(submission, aside.get(submission.candidate, ()), row, dossier.hash, seen.assessment)
                )
        self._check(known)
        return known

    def _judges(self, *, below: bool) -> Judges:
        return self._tools.screening if below else self._tools.judges

    def _check(self, known: Sequence[_Known]) -> None:
        if not known:
            names = ", ".join(repr(row.candidate) for row in self._run.report.rows[:_SHOWN])
            raise ConfigurationError(
                f"The batch holds none of the candidates of this run ({names}). Name the batch that was screened "
                "with --batch."
            )
        if self._run.record.judge != DEFAULT_JUDGE and all(one.assessment is None for one in known):
            raise ConfigurationError(
                f"The ledger holds no complete answers of {self._run.record.judge!r} for this run, so nothing can be "
                "held against them. Name the SHORTLIST_HOME of the run, or leave the swaps out with --no-swaps."
            )

    def _twins_of(self, one: _Known, bench: Bench, field: Standings, tally: SwapTally) -> None:
        """Make all twins of one candidate and count what is different about them."""
        read = read_candidate(one.submission, bench=bench, aside=one.aside)
        judge = TwinJudge(bench, self._judges(below=one.row.below_line))
        place = partial(_Base, judge=judge, scorecard=self._scorecard, field=field)
        itself = place(read.subject.redacted, read.reading.dossier, read)
        bases: dict[str, _Base] = {}
        for planned in plan(read.subject):
            twin = planned.make()
            if not twin.places:
                tally.not_applied(planned.swap, one.row.candidate)
                continue
            base = itself
            if planned.against is not None:
                kind = planned.swap.kind
                if kind not in bases:
                    redacted = redact_twin(planned.against())
                    bases[kind] = place(redacted, cut_twin(redacted, read, bench=bench), read)
                base = bases[kind]
            redacted = redact_twin(twin)
            if redacted_text(redacted) == base.redacted:
                # A judge is given the same bytes, so there is nothing to ask again.
                same = Outcome(planned.swap, one.row.candidate, len(base.seen.keys), 0, None, base.placed, base.placed)
                tally.add(same)
            else:
                seen = judge.see(read, cut_twin(redacted, read, bench=bench))
                tally.add(self._outcome(planned.swap, one.row.candidate, base, seen, field))

    def _outcome(self, swap: Swap, candidate: str, base: "_Base", seen: Seen, field: Standings) -> Outcome:
        subjects = {*base.seen.keys, *seen.keys}
        changed = sum(base.seen.keys.get(subject) != seen.keys.get(subject) for subject in subjects)
        difference = None
        if judged_text(seen.dossier) != judged_text(base.seen.dossier):
            difference = first_difference(base.seen.dossier, seen.dossier)
            if difference is not None and self._run.report.blind:
                difference = difference._replace(document=difference.source)
        after = base.placed if not changed and seen.assessment is None else _placed(seen, self._scorecard, field)
        return Outcome(swap, candidate, len(base.seen.keys), changed, difference, base.placed, after)


class _Base:
    """What a twin is held against."""

    def __init__(
        self,
        redacted: Sequence[RedactedDocument],
        dossier: Dossier,
        read: Read,
        *,
        judge: TwinJudge,
        scorecard: Scorecard,
        field: Standings,
    ) -> None:
        self.redacted = redacted_text(redacted)
        self.seen = judge.see(read, dossier)
        self.placed = _placed(self.seen, scorecard, field)


def _placed(seen: Seen, scorecard: Scorecard, field: Standings) -> Placed | None:
    if seen.assessment is None:
        return None
    scored = score(seen.assessment, scorecard)
    return Placed(seen.assessment, None if scored is None else scored.points, field.band(seen.assessment))


def _is_judged(one: _Known) -> bool:
    """Whether a swap could show anything: at least one criterion has a level."""
    if one.assessment is None:
        return one.row.score is not None
    return any(row.level is not None for row in one.assessment.criteria)


def spread(known: Sequence[_Known], most: int) -> list[_Known]:
    """At most so many, evenly from the order of their texts' hashes, which has nothing to do with who they are."""
    ordered = sorted(known, key=lambda one: (one.dossier_hash, one.submission.candidate))
    if len(ordered) <= most:
        return ordered
    return [ordered[n * len(ordered) // most] for n in range(most)]


def _read(some: Sequence[Submission], bench: Bench, aside: Mapping[str, Sequence[QuarantinedFile]]) -> list[Read]:
    with ThreadPoolExecutor(READERS) as threads:
        return list(threads.map(lambda one: read_candidate(one, bench=bench, aside=aside.get(one.candidate, ())), some))


def _by_candidate(batch: Batch) -> dict[str, list[QuarantinedFile]]:
    aside: dict[str, list[QuarantinedFile]] = {}
    for file in batch.quarantined:
        aside.setdefault(file.candidate, []).append(file)
    return aside
