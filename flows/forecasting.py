"""What a run will cost, told before its first request."""

from collections.abc import Callable, Iterator, Sequence

from evaluators.chat.client import Call
from evaluators.chat.exchange import Asked, first_call
from evaluators.chat.schema import ChatRequest
from evaluators.evidence import plan_questions
from evaluators.judge import Judge
from evaluators.money.estimate import Estimate, Workload, estimate, estimate_text
from evaluators.money.spending import Spending
from flows.workbench import CHUNK, Workbench
from pipeline.errors import ConfigurationError
from pipeline.ledger import request_key
from pipeline.models.reading import ReadingNote
from pipeline.models.scorecard import Scorecard
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
        further: Passes whose requests cannot be counted before, as the caller names them.
    """

    def __init__(
        self,
        scorecard: Scorecard,
        *,
        bench: Workbench,
        tell: Callable[[str], None],
        only: bool = False,
        further: str = "",
    ) -> None:
        self._scorecard = scorecard
        self._bench = bench
        self._tell = tell
        self._only = only
        self._further = further
        self.estimate: Estimate | None = None

    def __call__(self, notes: Sequence[ReadingNote], _: BriefText) -> None:
        """Tell the estimate for these candidates.

        Raises:
            EstimateOnly: Nothing else was wanted.
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
        if self._further:
            text += f"\n{self._further} come on top: what they ask depends on the ranking."
        if self._only:
            raise EstimateOnly(text)
        self._tell(text)

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
                request = ChatRequest.model_validate_json(content)
                yield first_call(Asked(key, request, 0)), len(request.checks)
