"""What a run will cost, told before its first request."""

from collections.abc import Callable, Iterator, Sequence

from evaluators.chat.client import Call
from evaluators.chat.exchange import Asked, first_call
from evaluators.chat.schema import ChatRequest
from evaluators.evidence import plan_questions
from evaluators.judge import Judge
from evaluators.money.estimate import Estimate, Workload, estimate, estimate_text
from evaluators.money.prices import dollars
from evaluators.money.spending import Spending
from flows.workbench import CHUNK, Workbench
from pipeline.errors import ConfigurationError
from pipeline.ledger import request_key
from pipeline.models.reading import ReadingNote
from pipeline.models.scorecard import Scorecard
from pipeline.pairing_plan import PAIRS, SAMPLES
from pipeline.passages import BriefText


class EstimateOnly(ConfigurationError):
    """The caller wanted to know the cost and nothing else; not a failure."""


class Forecaster:
    """Counts the requests that the ledger does not answer, and tells what they will about cost.

    Requests are rendered once more when they are asked: keeping them would take a gigabyte for a large batch.

    Args:
        scorecard: The role.
        bench: What the walk works with.
        tell: Told the estimate in a line.
        only: End the run with it.
        settle: A second pass follows; what it asks depends on the ranking, so the most that it can be is told.
        follow_up: Follow-up questions are asked; they depend on the ranking too.
        ignore_batch: Go on although some of the requests wait in a provider batch.
    """

    def __init__(
        self,
        scorecard: Scorecard,
        *,
        bench: Workbench,
        tell: Callable[[str], None],
        only: bool = False,
        settle: bool = False,
        follow_up: bool = False,
        ignore_batch: bool = False,
    ) -> None:
        self._scorecard = scorecard
        self._bench = bench
        self._tell = tell
        self._only = only
        self._settle = settle
        self._follow_up = follow_up
        self._ignore_batch = ignore_batch
        self._to_ask: list[str] = []
        """Keys of the first judge's requests that nobody has answered."""
        self.estimate: Estimate | None = None

    def __call__(self, notes: Sequence[ReadingNote], _: BriefText) -> None:
        """Tell the estimate for these candidates.

        Raises:
            EstimateOnly: Nothing else was wanted.
            ConfigurationError: Some of it waits in a provider batch, and would be paid twice.
        """
        judges = self._bench.judges
        asked = [(judges.first, judges.spending), (judges.second, judges.second_spending)]
        estimates = [self._estimate(judge, spending, notes) for judge, spending in asked if judge and spending]
        if not estimates:
            if self._only:
                raise EstimateOnly("The evidence judge costs nothing.")
            return
        self.estimate = estimates[0]
        lines = [f"To ask: {estimate_text(one)}" for one in estimates if one.requests]
        text = "\n".join(lines) or "Nothing to ask: all answers are known."
        if self._settle and judges.spending is not None:
            text += f"\n{self._most_of_settling(judges.first, judges.spending, notes)}"
        if self._follow_up:
            text += "\n--follow-up comes on top: what it asks depends on the ranking."
        waiting = self._waiting()
        if self._only:
            raise EstimateOnly(f"{text}\n{waiting}" if waiting else text)
        if waiting and not self._ignore_batch:
            raise ConfigurationError(waiting)
        self._tell(text)

    def _waiting(self) -> str:
        """That requests which would be asked one by one are in a provider batch; empty if none is."""
        judges = self._bench.judges
        if judges.live_endpoint is None:
            return ""
        held = self._bench.ledger.batches.holding(
            self._to_ask, judge=judges.first.fingerprint, endpoint=judges.live_endpoint
        )
        waiting = {key for batch in held for key in batch.keys}
        if not waiting:
            return ""
        which = "1 request waits" if len(waiting) == 1 else f"{len(waiting):,} requests wait"
        return (
            f"{which} in a batch of an earlier run, which is paid in any case: add --batch to fetch the answers, or "
            "--ignore-batch to ask, and pay, once more."
        )

    def _most_of_settling(self, judge: Judge, spending: Spending, notes: Sequence[ReadingNote]) -> str:
        """The most that a second pass can ask: every criterion of everybody again, and everybody's neighbours."""
        longest = ("", "")

        def criteria() -> Iterator[tuple[str, str, int]]:
            nonlocal longest
            gates = {gate.id for gate in self._scorecard.non_negotiables}
            for note in notes:
                dossier = self._bench.readings[note.key].dossier
                for question in plan_questions(self._scorecard, dossier, retriever=self._bench.retriever).questions:
                    if question.subject not in gates:
                        request = ChatRequest.model_validate_json(judge.request(question))
                        call = first_call(Asked("", request, 0))
                        longest = max(longest, (call.static, call.rest), key=lambda size: sum(map(len, size)))
                        yield call.static, call.rest, len(request.checks)

        once = Workload.of(criteria())
        # Each of a pair enters PAIRS of them at most, and each pair is asked in both orders.
        pairs = len(notes) * PAIRS
        most = Workload(
            requests=SAMPLES * once.requests + pairs,
            static_characters=SAMPLES * once.static_characters + pairs * len(longest[0]),
            first_characters=once.first_characters,
            evidence_characters=SAMPLES * once.evidence_characters + pairs * len(longest[1]),
            checks=SAMPLES * once.checks + pairs,
        )
        told = estimate(most, spending.price, batch=spending.batch)
        cost = f" and {dollars(told.high)}" if told.high is not None else ""
        return (
            f"--settle comes on top: at most {most.requests:,} requests{cost}, and far fewer where few rows are near "
            "the cut."
        )

    def _estimate(self, judge: Judge, spending: Spending, notes: Sequence[ReadingNote]) -> Estimate:
        seen: set[str] = set()
        work = Workload.of(
            (call.static, call.rest, checks)
            for start in range(0, len(notes), CHUNK)
            for call, checks in self._missing(notes[start : start + CHUNK], judge, seen)
        )
        return estimate(work, spending.price, batch=spending.batch)

    def _missing(self, notes: Sequence[ReadingNote], judge: Judge, seen: set[str]) -> Iterator[tuple[Call, int]]:
        """First calls of requests that nobody has answered, with the number of their checks."""
        bench = self._bench
        contents: dict[str, bytes] = {}
        for note in notes:
            dossier = bench.readings[note.key].dossier
            for question in plan_questions(self._scorecard, dossier, retriever=bench.retriever).questions:
                content = judge.request(question)
                contents[request_key(judge.fingerprint, content)] = content
        known = bench.ledger.answers(contents)
        for key, content in contents.items():
            if key not in known and key not in seen:
                seen.add(key)
                if judge is bench.judges.first:
                    self._to_ask.append(key)
                request = ChatRequest.model_validate_json(content)
                yield first_call(Asked(key, request, 0)), len(request.checks)
