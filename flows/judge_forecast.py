"""What a batch of candidates would cost with a judge that was just checked, and how long it would take."""

from typing import NamedTuple

from evaluators.chat.exchange import Asked, first_call
from evaluators.chat.judge import ChatJudge
from evaluators.chat.schema import ChatRequest
from evaluators.endpoint.report import EndpointReport
from evaluators.evidence import BUDGET, Retriever, plan_questions
from evaluators.money.estimate import Estimate, Workload, estimate
from pipeline.models.base import FrozenModel
from pipeline.models.dossier import Dossier, Passage, Question
from pipeline.models.scorecard import Scorecard, Source

TYPICAL_EVIDENCE = 6_000
"""Characters in a question. What `screen --estimate` counts is 5,780 a question for the demo and 7,040 for
`datasets/benchmarks/billing-reliability`, headings and markers of about 500 included."""
TOKENS_HEADER = "x-ratelimit-limit-tokens"


class Forecast(FrozenModel):
    """A screening, as far as it can be foreseen."""

    candidates: int
    scorecard: str
    requests: int
    input_tokens: int
    output_tokens: int
    low: float | None
    """US dollars; None without a price."""
    high: float | None
    batch_low: float | None
    """The same as a provider batch."""
    batch_high: float | None
    fastest_seconds: float | None
    slowest_seconds: float | None
    in_flight: int
    limited_by_tokens: bool
    """The endpoint's tokens a minute decide how long it takes."""


class Foreseen(NamedTuple):
    """A forecast with the estimates that it was made of."""

    forecast: Forecast
    live: Estimate
    batch: Estimate | None
    """None if the price knows no discount for batches."""


def foresee(
    scorecard: Scorecard,
    *,
    judge: ChatJudge,
    retriever: Retriever,
    report: EndpointReport,
    candidates: int,
    in_flight: int,
) -> Foreseen:
    """Foresee a screening of so many candidates, all of whom sent everything."""
    work = _workload(scorecard, judge, retriever, candidates)
    price = judge.spending.price
    # A count of nothing says nothing about the answers.
    output_tokens = report.output_tokens or None
    live = estimate(work, price, output_tokens=output_tokens)
    batch = None
    if price is not None and price.batch_discount:
        batch = estimate(work, price, batch=True, output_tokens=output_tokens)
    fastest, slowest, limited = _seconds(report, live, in_flight)
    return Foreseen(
        Forecast(
            candidates=candidates,
            scorecard=scorecard.id,
            requests=work.requests,
            input_tokens=live.usage.input_tokens,
            output_tokens=live.usage.output_tokens,
            low=_float(live.low),
            high=_float(live.high),
            batch_low=_float(batch.low if batch else None),
            batch_high=_float(batch.high if batch else None),
            fastest_seconds=fastest,
            slowest_seconds=slowest,
            in_flight=in_flight,
            limited_by_tokens=limited,
        ),
        live,
        batch,
    )


def longest_question(scorecard: Scorecard, *, judge: ChatJudge, retriever: Retriever, text: str) -> Question:
    """The question of a scorecard with the longest prompt, and as much evidence as a question can have.

    Args:
        scorecard: The role.
        judge: Whose prompts.
        retriever: Puts the evidence into the questions.
        text: Taken for the evidence, again from its beginning where it ends.
    """
    filled = (text + "\n") * (BUDGET // max(1, len(text)) + 1)
    questions = _questions(scorecard, retriever, filled[:BUDGET])
    return max(questions, key=lambda question: (len(judge.request(question)), question.subject))


def _workload(scorecard: Scorecard, judge: ChatJudge, retriever: Retriever, candidates: int) -> Workload:
    one = Workload.of(
        (call.static, call.rest, len(request.checks))
        for request in (
            ChatRequest.model_validate_json(judge.request(question))
            for question in _questions(scorecard, retriever, "." * TYPICAL_EVIDENCE)
        )
        for call in (first_call(Asked("forecast", request, 0)),)
    )
    return Workload(
        requests=one.requests * candidates,
        static_characters=one.static_characters * candidates,
        first_characters=one.first_characters,
        evidence_characters=one.evidence_characters * candidates,
        checks=one.checks * candidates,
    )


def _questions(scorecard: Scorecard, retriever: Retriever, text: str) -> tuple[Question, ...]:
    """All questions about somebody who sent this text as resume and as take-home work."""
    sources: tuple[Source, ...] = ("resume", "takehome")
    passages = tuple(
        Passage(
            id=f"{place}" * 16,
            text=text,
            visible=text,
            kind="narrative",
            sense="work",
            source=source,
            document=source,
        )
        for place, source in enumerate(sources)
    )
    dossier = Dossier(passages=passages, sources_read=sources, hash="0" * 64)
    return plan_questions(scorecard, dossier, retriever=retriever).questions


def _seconds(report: EndpointReport, live: Estimate, in_flight: int) -> tuple[float | None, float | None, bool]:
    """From: the endpoint answers `in_flight` at once as fast as the few of the check. To: it does no more a second."""
    timing = report.timing
    if timing is None:
        return None, None, False
    fastest = live.requests * timing.mean_at_once / in_flight
    slowest = max(fastest, live.requests * timing.rate)
    limit = report.rate_limits.get(TOKENS_HEADER, "")
    at_least = 0.0
    if limit.isdigit() and int(limit):
        # OpenAI's limits, and those of whoever copies its headers, are by the minute.
        at_least = 60 * (live.usage.input_tokens + live.usage.output_tokens) / int(limit)
    return round(max(fastest, at_least), 1), round(max(slowest, at_least), 1), at_least > fastest


def _float(amount: object) -> float | None:
    return None if amount is None else float(str(amount))
