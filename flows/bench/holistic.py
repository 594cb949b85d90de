"""The rival that most teams build first: one prompt, "score this resume 0-100", to the same model as the judge.

It is given all it could wish for: the whole scorecard with its weights and everything that was handed in. It is asked
through the chat judge's client, pacing and budget. Its scores are kept in the ledger like the judge's answers, without
the model's words, so a further run costs nothing.
"""

import asyncio
import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import stdev
from typing import NamedTuple

from pydantic import ValidationError

from evaluators.chat.background_loop import BackgroundLoop
from evaluators.chat.client import Call, CallFailed, ChatParameters, Reply
from evaluators.chat.endpoints import OPENAI, Endpoint, endpoint_for, judge_name
from evaluators.chat.exchange import Streak
from evaluators.chat.judge import RETRIES, parameters_for
from evaluators.chat.pacing import PacedClient, Pacer
from evaluators.money.prices import price_for
from evaluators.money.spending import Spending
from flows.run_options import RunOptions
from flows.workbench import Progress, Step
from pipeline.errors import JudgeUnavailable
from pipeline.ledger import Ledger, request_key
from pipeline.models.base import FrozenModel
from pipeline.models.scorecard import Scorecard
from pipeline.models.verdicts import Answer, Finding
from pipeline.settings import Settings
from prompts.loader import Block, Prompt, load_prompt

logger = logging.getLogger(__name__)

HIGHEST = 100
SCHEMA_NAME = "score"
SCHEMA = {
    "type": "object",
    "properties": {"score": {"type": "integer"}, "reason": {"type": "string"}},
    "required": ["score", "reason"],
    "additionalProperties": False,
}
"""Without a range, which some endpoints refuse in a schema; it is checked when an answer is read."""
UNREAD = {"refused": "the model refused", "cut": "the answer was cut off", "malformed": "no chat completion"}
OFF_SCHEMA, OUT_OF_RANGE, FAILED, GONE = "not the asked JSON", "out of range", "the call failed", "the endpoint is gone"


class HolisticAnswers(NamedTuple):
    """What a model said of candidates as a whole."""

    samples: dict[str, tuple[float | None, ...]]
    """By candidate; each 0-100, or None if it could not be used. The first is the score."""
    reasons: dict[str, int]
    """Why answers could not be used, and how many."""

    @property
    def scores(self) -> dict[str, float | None]:
        """The score of each candidate."""
        return {name: drawn[0] for name, drawn in self.samples.items()}

    @property
    def spread(self) -> dict[str, float | None]:
        """Standard deviation of a candidate's usable samples, in points; None with fewer than two."""
        usable = {name: [one for one in drawn if one is not None] for name, drawn in self.samples.items()}
        return {name: stdev(drawn) if len(drawn) > 1 else None for name, drawn in usable.items()}


class _Stated(FrozenModel):
    score: int
    reason: str


def log_unused(answers: HolisticAnswers) -> None:
    """Log why answers could not be used, by count alone."""
    asked = sum(map(len, answers.samples.values()))
    for reason, count in answers.reasons.items():
        logger.warning("holistic: %d of %d answers not used: %s", count, asked, reason)


def holistic_spending(judge: str, options: RunOptions, settings: Settings) -> Spending:
    """What the calls may cost, by the options' budget."""
    provider, model = judge_name(judge)
    url = options.base_url or (settings.base_url if provider == OPENAI else None)
    price = price_for(model, base_url=url, prices=options.prices)
    return Spending(price, model=model, budget=options.budget, max_requests=options.max_requests)


def ask_holistic(
    candidates: Mapping[str, Sequence[str]],
    scorecard: Scorecard,
    *,
    judge: str,
    base_url: str | None,
    settings: Settings,
    progress: Progress,
    samples: int = 1,
    options: RunOptions | None = None,
    spending: Spending | None = None,
    ledger: Ledger | None = None,
) -> HolisticAnswers:
    """Ask a model for one score a candidate.

    Args:
        candidates: The texts that each candidate handed in; they reach the model as they are.
        scorecard: The role.
        judge: A chat judge, `PROVIDER:MODEL`.
        base_url: Its endpoint; as for the chat judge if None.
        settings: For key and address.
        progress: Told of each answer.
        samples: Answers for each candidate. The first is drawn at temperature 0, further ones at a higher temperature
            and with other seeds, where the model takes any.
        options: Limits of calls; the usual ones if not given.
        spending: The judge's own, so that both live on one budget; one of its own from `options` if not given.
        ledger: Where scores are looked up before anything is asked, and kept; nowhere if not given.

    Returns:
        None for what could not be had, with its reason counted: also when endpoint or budget end on the way, since a
        baseline is not worth the figures that a run already has.

    Raises:
        ConfigurationError: The provider is not known, or its package, key or price is missing.
    """
    options = options or RunOptions(judge=judge, base_url=base_url)
    provider, model = judge_name(judge)
    url = base_url or (settings.base_url if provider == OPENAI else None)
    endpoint = endpoint_for(
        model, provider=provider, base_url=url, api_key=settings.openai_api_key, timeout=options.timeout
    )
    spending = spending or holistic_spending(judge, options, settings)
    parameters = parameters_for(model, logprobs=False)
    prompt = load_prompt("holistic")
    name = holistic_fingerprint(provider, parameters, prompt)
    asked = [
        _Asked(candidate, call, request_key(name, call_bytes(call), sample=sample))
        for sample in range(samples)
        for candidate, texts in candidates.items()
        for call in (call_for(texts, scorecard, prompt=prompt, sample=sample),)
    ]
    given: dict[str, float | str] = {} if ledger is None else kept_scores(ledger, (one.key for one in asked))
    open_ = list({one.key: one for one in asked if one.key not in given}.values())
    if open_:
        desk = _Desk(endpoint, parameters, spending, in_flight=options.in_flight, progress=progress)
        with BackgroundLoop() as loop:
            fresh = dict(zip((one.key for one in open_), loop.submit(desk.ask(open_)).result(), strict=True))
        given |= fresh
        if ledger is not None:
            keep_scores(ledger, fresh, judge=name)
    return _sorted_out(asked, given)


def _sorted_out(asked: Iterable["_Asked"], given: Mapping[str, float | str]) -> HolisticAnswers:
    """The answers by candidate, in the order asked."""
    drawn: dict[str, list[float | None]] = {}
    reasons: Counter[str] = Counter()
    for one in asked:
        answer = given[one.key]
        drawn.setdefault(one.candidate, []).append(answer if isinstance(answer, float) else None)
        if isinstance(answer, str):
            reasons[answer] += 1
    return HolisticAnswers({name: tuple(scores) for name, scores in drawn.items()}, dict(reasons))


def holistic_fingerprint(provider: str, parameters: ChatParameters, prompt: Prompt) -> str:
    """Whose scores these are: all that may change one and is no candidate's or role's."""
    made_of = {"provider": provider, **parameters._asdict(), "prompt": [prompt.version, prompt.sha256]}
    return (
        f"holistic:{parameters.model}:{hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]}"
    )


def call_bytes(call: Call) -> bytes:
    """What is asked, for the key of its answer."""
    return json.dumps([call.messages, call.schema], sort_keys=True).encode()


def kept_scores(ledger: Ledger, keys: Iterable[str]) -> dict[str, float | str]:
    """Scores, and reasons that would come out the same again, that an earlier run left."""
    return {
        key: UNREAD["refused"] if answer.unscored is not None else round(answer.findings[0].p * HIGHEST, 6)
        for key, answer in ledger.answers(keys).items()
    }


def keep_scores(ledger: Ledger, scores: Mapping[str, float | str], *, judge: str) -> None:
    """Keep what would come out the same again; what went wrong by accident is asked again next time."""
    answers = [
        Answer(key=key, findings=(Finding(check=SCHEMA_NAME, p=given / HIGHEST),))
        if isinstance(given, float)
        else Answer(key=key, unscored="judge_refused")
        for key, given in scores.items()
        if isinstance(given, float) or given == UNREAD["refused"]
    ]
    ledger.record(answers, judge=judge)


def call_for(texts: Sequence[str], scorecard: Scorecard, *, prompt: Prompt, sample: int = 0) -> Call:
    """The one call about one candidate."""
    total = sum(criterion.weight for criterion in scorecard.criteria)
    rendered = prompt.render(
        title=scorecard.title.strip(),
        stage=scorecard.stage,
        mission=scorecard.mission.strip(),
        scope=_lines(scorecard.scope),
        constraints=_lines(scorecard.constraints),
        non_negotiables=_lines(gate.statement for gate in scorecard.non_negotiables),
        criteria=_lines(f"{one.statement.strip()} ({one.weight / total:.0%})" for one in scorecard.criteria),
        preferences=_lines(preference.name for preference in scorecard.preferences),
        evidence=[Block(f"Text {n}", text) for n, text in enumerate(texts, start=1)],
    )
    return Call((("system", rendered.system), ("user", rendered.user)), SCHEMA_NAME, SCHEMA, sample)


def read_score(reply: Reply) -> float | str:
    """The score in a reply, or why there is none."""
    if reply.kind != "answered":
        return UNREAD[reply.kind]
    # Endpoints that only imitate structured output wrap the object in prose or a fence.
    start, end = reply.text.find("{"), reply.text.rfind("}")
    try:
        stated = _Stated.model_validate_json(reply.text[max(0, start) : end + 1], strict=True)
    except ValidationError:
        return OFF_SCHEMA
    return float(stated.score) if 0 <= stated.score <= HIGHEST else OUT_OF_RANGE


class _Asked(NamedTuple):
    candidate: str
    call: Call
    key: str


class _Desk:
    """Asks many calls of one endpoint at once."""

    def __init__(
        self,
        endpoint: Endpoint,
        parameters: ChatParameters,
        spending: Spending,
        *,
        in_flight: int,
        progress: Progress,
    ) -> None:
        self._endpoint = endpoint
        self._parameters = parameters
        self._spending = spending
        self._in_flight = in_flight
        self._progress = progress
        self._done = 0

    async def ask(self, asked: Sequence[_Asked]) -> list[float | str]:
        """Scores or reasons, in the order of the calls."""
        dialect = self._endpoint.dialect(self._parameters, keeps_limit=self._spending.budget is not None)
        client = self._endpoint.open(self._parameters, in_flight=self._in_flight, dialect=dialect)
        pacer, streak = Pacer(self._in_flight), Streak()
        paced = PacedClient(
            client,
            pacer,
            spending=self._spending,
            max_output_tokens=self._parameters.max_output_tokens,
            retries=RETRIES,
        )

        async def one(call: _Asked) -> float | str:
            try:
                answer = await _score(call.call, paced, streak)
            except JudgeUnavailable as error:
                pacer.stop(error)
                answer = GONE
            self._done += 1
            self._progress(Step("judging", self._done, len(asked), call.candidate))
            return answer

        try:
            return await asyncio.gather(*(one(call) for call in asked))
        finally:
            await client.close()


async def _score(call: Call, paced: PacedClient, streak: Streak) -> float | str:
    try:
        reply, _ = await paced.ask(call)
    except CallFailed as error:
        streak.bad(error)
        return FAILED
    streak.good()
    return read_score(reply)


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(f"- {text.strip()}" for text in texts) or "- none given"
