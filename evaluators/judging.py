"""From questions to verdicts: render requests, take answered ones from the ledger, ask the rest once.

Nothing here depends on who is in the batch: a request is the same bytes whoever else is screened, and equal
requests of several candidates are asked once.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from evaluators.judge import Judge, WaitingJudge
from evaluators.judging_statistics import JudgingStatistics, LeftOpen, Seen, Spent, Tally, left_open
from evaluators.money.spending import BudgetSpent, Limit
from pipeline.errors import JudgeError, JudgeUnavailable
from pipeline.ledger import Ledger, request_key
from pipeline.ledger_schema import Asking
from pipeline.models.dossier import Question, QuestionPlan
from pipeline.models.scorecard import Rubric
from pipeline.models.verdicts import Answer, Finding, Request, Verdict

FIRST_WINDOW, WINDOW = 64, 500
"""Questions that are rendered and leased ahead of the judge; bounds memory, not the judge's parallel work."""

FLUSH_COUNT = 500
FLUSH_SECONDS = 0.2
SLOW_SECONDS = 0.02
"""An answer that took longer is written at once, for it would cost more to ask again than to write. Quick ones wait for
company, hundreds at a time."""

RENEW_SECONDS = 60.0
POLL_SECONDS = 0.25
PATIENCE_SECONDS = 1_800.0
"""How long to wait for another process that holds requests and answers none of them; twice the lease."""


class Judged(NamedTuple):
    """Verdicts of every candidate, and what they cost."""

    verdicts: dict[str, tuple[Verdict, ...]]
    """By candidate, in the order of the plans: the questions first, then what could not be asked."""
    statistics: JudgingStatistics
    unavailable: str | None
    """Why the judge stopped answering, in words for an operator; None if it did not."""
    stopped_by: Limit | None
    """The limit that it stopped at, if that is why."""
    spent: dict[str, Spent]
    """By candidate; a request that several share is counted at the first."""
    seen: dict[Seen, int]
    """How many of the answers that count said so."""
    left_open: dict[LeftOpen, int]
    """Questions that have no findings, by how they ended; one that several candidates share counts for each."""


Progress = Callable[[str], None]
"""Called with each candidate, once, when all of its questions are settled."""


def judge_questions(
    plans: Mapping[str, QuestionPlan],
    *,
    judge: Judge,
    ledger: Ledger,
    run_id: str,
    progress: Progress | None = None,
    patience: float = PATIENCE_SECONDS,
    pause: Callable[[float], None] = time.sleep,
    elapsed: Callable[[], float] = time.monotonic,
) -> Judged:
    """Answer every question of every candidate, asking only what the ledger does not hold.

    An answer is in the ledger within moments of its arrival, so a run that is killed loses at most what was under
    way. A failed request is unscored in this run and asked again in the next; a refused one is not.

    Args:
        plans: Questions by candidate.
        judge: Who is asked.
        ledger: Where answers are kept.
        run_id: Under which the askings are noted.
        progress: Told of each candidate whose questions are settled.
        patience: Seconds to wait for another process that holds requests and answers none of them.
        pause: Waits so many seconds while another process asks what we need.
        elapsed: Seconds on a clock that never goes back; decides when to write and when to lose patience.

    Raises:
        StorageError: The ledger cannot be used.
    """
    judging = _Judging(plans, judge=judge, ledger=ledger, run_id=run_id, progress=progress, elapsed=elapsed)
    judging.patience = patience
    try:
        judging.run(pause)
    finally:
        ledger.release()
    return judging.result()


class _Judging:
    """The state of one call of `judge_questions`."""

    def __init__(
        self,
        plans: Mapping[str, QuestionPlan],
        *,
        judge: Judge,
        ledger: Ledger,
        run_id: str,
        progress: Progress | None,
        elapsed: Callable[[], float],
    ) -> None:
        self._plans = plans
        self._judge = judge
        self._ledger = ledger
        self._run_id = run_id
        self._progress = progress
        self._elapsed = elapsed
        self._unopened = deque(plans)
        self._keys: dict[str, list[str]] = {}
        self._questions: dict[str, Question] = {}
        self._askers: dict[str, list[str]] = {}
        self._open = {candidate: len(plan.questions) for candidate, plan in plans.items()}
        self._settled: dict[str, Answer] = {}
        self._left_open: dict[str, LeftOpen] = {}
        self._pending: dict[str, None] = {}
        self._held: dict[str, None] = {}
        self._buffer: list[Answer] = []
        self._received = self._flushed = self._renewed = elapsed()
        self._asked = self._stored = 0
        self._tally = Tally()
        self._unavailable: str | None = None
        self._stopped_by: Limit | None = None
        self.patience = PATIENCE_SECONDS
        self._window = min(FIRST_WINDOW, WINDOW)

    def run(self, pause: Callable[[float], None]) -> None:
        self._ask(self._requests())
        while self._unopened:  # The judge stopped taking requests; the ledger may know more.
            self._open_window()
        self._wait_for_others(pause)
        why = self._unavailable or "another run has been asking this for too long; run again later"
        for key in [key for key in self._questions if key not in self._settled]:
            self._settle(Answer(key=key, unscored="not_asked", detail=why))
        self._note_failures()

    def result(self) -> Judged:
        verdicts = {candidate: tuple(self._verdicts(candidate, plan)) for candidate, plan in self._plans.items()}
        reasons = [answer.unscored for answer in self._settled.values()]
        statistics = JudgingStatistics(
            questions=sum(len(plan.questions) for plan in self._plans.values()),
            requests=len(self._questions),
            asked=self._asked,
            from_ledger=self._stored,
            failed=reasons.count("judge_failed"),
            refused=reasons.count("judge_refused"),
            not_asked=reasons.count("not_asked"),
            **self._tally.counts(),
        )
        ended = Counter(self._left_open[key] for keys in self._keys.values() for key in keys if key in self._left_open)
        return Judged(
            verdicts,
            statistics,
            self._unavailable,
            self._stopped_by,
            self._tally.spent,
            self._tally.seen(),
            dict(ended),
        )

    def _requests(self) -> Iterator[Request]:
        """Render, look up and lease one window after the other, while the judge is already answering."""
        while self._unopened:
            contents = self._open_window()
            for key in self._claim(contents):
                yield Request(key=key, content=contents[key], sample=self._questions[key].sample)

    def _open_window(self) -> dict[str, bytes]:
        """Render the questions of the next candidates.

        Returns:
            Bodies of requests that this run has not met before, by key.
        """
        fresh: dict[str, bytes] = {}
        askings: list[Asking] = []
        # A small one first, so that the judge is not kept waiting for its first request.
        window, self._window = self._window, min(WINDOW, 2 * self._window)
        while self._unopened and len(askings) < window:
            candidate = self._unopened.popleft()
            plan = self._plans[candidate]
            self._keys[candidate] = []
            if not plan.questions:
                self._report(candidate)
            for question in plan.questions:
                content = self._judge.request(question)
                key = request_key(self._judge.fingerprint, content, sample=question.sample)
                self._keys[candidate].append(key)
                askings.append(self._asking(candidate, question, key))
                if key in self._settled:
                    self._close_one(candidate)
                    continue
                if key not in self._questions:
                    self._questions[key] = question
                    fresh[key] = content
                self._askers.setdefault(key, []).append(candidate)
        self._ledger.note_askings(self._run_id, askings)
        if self._unavailable is not None:
            self._take_stored(self._ledger.answers(fresh))
        return fresh

    def _claim(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Lease what nobody has answered; settle what somebody has, and remember what others are asking."""
        claim = self._ledger.claim(keys, judge=self._judge.fingerprint)
        self._take_stored(claim.answers)
        for key in claim.leased:
            self._held.pop(key, None)
        self._held.update(dict.fromkeys(claim.held))
        self._pending.update(dict.fromkeys(claim.leased))
        return claim.leased

    def _ask(self, requests: Iterator[Request]) -> None:
        if isinstance(self._judge, WaitingJudge):
            self._judge.before_waiting = self._flush
        try:
            for answer in self._judge.answer(requests):
                self._receive(answer)
        except JudgeUnavailable as error:
            self._unavailable = str(error)
            self._stopped_by = error.limit if isinstance(error, BudgetSpent) else None
            self._pending.clear()
        finally:
            # Also when the caller is interrupted: what was paid for is kept.
            self._flush()
        for key in list(self._pending):
            self._receive(Answer(key=key, unscored="judge_failed", detail="the judge gave no answer to this request"))
        self._flush()

    def _receive(self, answer: Answer) -> None:
        if answer.key not in self._questions:
            raise JudgeError(
                f"The judge answered {answer.key!r}, which was not asked; `answer` must yield the keys it was given."
            )
        if answer.key not in self._pending:
            return  # Answered twice: the first one stands.
        del self._pending[answer.key]
        self._asked += 1
        self._tally.add(answer, candidate=self._askers[answer.key][0])
        self._buffer.append(fitted(answer, self._questions[answer.key].rubric))
        now = self._elapsed()
        slow, self._received = now - self._received >= SLOW_SECONDS, now
        if slow or len(self._buffer) >= FLUSH_COUNT or now - self._flushed >= FLUSH_SECONDS:
            self._flush()
        if now - self._renewed >= RENEW_SECONDS:
            self._ledger.renew()
            self._renewed = now

    def _flush(self) -> None:
        if not self._buffer:
            return
        written, self._buffer = self._buffer, []
        standing = self._ledger.record(written, judge=self._judge.fingerprint)
        for answer in written:
            self._settle(standing.get(answer.key, answer))
        self._flushed = self._elapsed()

    def _wait_for_others(self, pause: Callable[[float], None]) -> None:
        last_news = self._elapsed()
        while self._held and self._unavailable is None:
            before = len(self._held)
            leased = self._claim(list(self._held))
            if leased:
                # Rendered a second time: keeping every body of a big batch would cost a gigabyte.
                again = ((key, self._questions[key]) for key in leased)
                self._ask(
                    Request(key=key, content=self._judge.request(question), sample=question.sample)
                    for key, question in again
                )
            if len(self._held) < before:
                last_news = self._elapsed()
            elif self._elapsed() - last_news > self.patience:
                return
            if self._held:
                pause(POLL_SECONDS)

    def _take_stored(self, answers: Mapping[str, Answer]) -> None:
        for key, answer in answers.items():
            self._held.pop(key, None)
            self._stored += 1
            self._settle(answer)

    def _settle(self, answer: Answer) -> None:
        self._tally.note(answer)
        how = left_open(answer)
        if how is not None:
            self._left_open[answer.key] = how
        # What the provider said is in the ledger; held here for thousands of answers it would be most of the memory.
        self._settled[answer.key] = answer.model_copy(update={"provider": {}})
        for candidate in self._askers.pop(answer.key):
            self._close_one(candidate)

    def _close_one(self, candidate: str) -> None:
        self._open[candidate] -= 1
        if self._open[candidate] == 0:
            self._report(candidate)

    def _report(self, candidate: str) -> None:
        if self._progress is not None:
            self._progress(candidate)

    def _note_failures(self) -> None:
        failures = []
        for candidate, plan in self._plans.items():
            for question, key in zip(plan.questions, self._keys[candidate], strict=True):
                answer = self._settled[key]
                if answer.unscored is not None:
                    noted = {"unscored": answer.unscored, "detail": answer.detail}
                    failures.append(self._asking(candidate, question, key).model_copy(update=noted))
        self._ledger.note_askings(self._run_id, failures)

    def _asking(self, candidate: str, question: Question, key: str) -> Asking:
        return Asking(
            candidate=candidate, subject=question.subject, request_key=key, fingerprint=self._judge.fingerprint
        )

    def _verdicts(self, candidate: str, plan: QuestionPlan) -> Iterator[Verdict]:
        for question, key in zip(plan.questions, self._keys[candidate], strict=True):
            answer = self._settled[key]
            yield Verdict(
                subject=question.subject, findings=answer.findings, unscored=answer.unscored, detail=answer.detail
            )
        for unasked in plan.unasked:
            yield Verdict(subject=unasked.subject, unscored=unasked.reason)


def fitted(answer: Answer, rubric: Rubric) -> Answer:
    """The answer with its findings in the rubric's order, or unscored if they are not the rubric's."""
    if answer.unscored is not None:
        return answer.model_copy(update={"findings": ()})
    problem = _misfit(answer.findings, rubric)
    if problem is not None:
        return Answer(key=answer.key, unscored="judge_failed", detail=problem, provider=answer.provider)
    by_check = {finding.check: finding for finding in answer.findings}
    return answer.model_copy(update={"findings": tuple(by_check[check.id] for check in rubric.checks)})


def _misfit(findings: Sequence[Finding], rubric: Rubric) -> str | None:
    given = [finding.check for finding in findings]
    expected = [check.id for check in rubric.checks]
    if sorted(given) != sorted(expected):
        missing, unknown = sorted(set(expected) - set(given)), sorted(set(given) - set(expected))
        return (
            f"the findings do not fit rubric {rubric.id!r}: missing {missing}, unknown {unknown}, {len(given)} in all"
        )
    # Models check this when they are validated; a judge may have built its findings without.
    outside = sorted(finding.check for finding in findings if not 0 <= finding.p <= 1)
    return f"the probability of {outside} lies outside 0 to 1" if outside else None
