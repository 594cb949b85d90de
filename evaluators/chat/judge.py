"""The judge that asks a chat model: OpenAI's, one at an endpoint that speaks its protocol, or another provider's.

It borders on the walk like every judge: requests in, findings out. The model never sees a score, a weight or a name;
it reports quotes and probabilities, and code does the rest. Only the comparisons of the second pass show it two
candidates at once.
"""

import asyncio
import gc
import hashlib
import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from itertools import chain, islice
from queue import Empty, SimpleQueue
from typing import Protocol

from pydantic import SecretStr

from evaluators.chat.background_loop import BackgroundLoop
from evaluators.chat.client import ChatClient, ChatParameters
from evaluators.chat.endpoints import OPENAI, TIMEOUT_SECONDS, Endpoint, endpoint_for
from evaluators.chat.exchange import Asked, Streak, exchange
from evaluators.chat.first_interrupt import PATIENCE_SECONDS, Interrupted, first_interrupt
from evaluators.chat.pacing import PacedClient, Pacer
from evaluators.chat.reading_whole import Caps
from evaluators.chat.schema import FORMAT, AnswerKind, ChatRequest, asked_checks, check_list, label
from evaluators.chat.worked_examples import load_worked_examples
from evaluators.money.spending import Spending
from pipeline.embeddings import load_default_embedder
from pipeline.errors import JudgeUnavailable
from pipeline.models.dossier import Question, QuestionKind
from pipeline.models.verdicts import Answer, Request
from prompts.loader import Block, Prompt, load_prompt

_logger = logging.getLogger(__name__)

IN_FLIGHT = 8
RETRIES = 4
"""Of transient errors of one call."""
AHEAD = 256
"""Requests that are sorted by criterion at a time, so that the provider's cache of the static part stays warm."""
FIRST_AHEAD = 32
"""As many at the beginning; twice as many each time."""
WAITING = 3
"""Requests at hand for each slot: while one backs off or is read, another is on the wire."""
SEED = 7
THINKING_TOKENS = 16_000
"""Findings take a few hundred tokens; a model that thinks first spends the rest."""
PLAIN_TOKENS = 4_000

FINDING_KINDS: tuple[QuestionKind, ...] = ("rubric", "mission_fit", "gate")
"""Each has the prompt of its name; these prompts are part of the fingerprint, since they can move a score."""
_ANSWERS: dict[QuestionKind, AnswerKind] = {"pair": "pair", "follow_up": "follow_up"}
_FIXED_TEMPERATURE = re.compile(r"(?:.*/)?(?:o\d|gpt-[5-9])")
_PLAIN = re.compile(r"(?:.*/)?gpt-(?:3|4)")


class Examples(Protocol):
    """Worked examples for a question's criterion, the same for every candidate."""

    hash: str

    def for_question(self, question: Question) -> str:
        """The examples as the prompt shows them."""


class ChatJudge:
    """Asks a chat model for findings, many requests at a time.

    Args:
        model: The model's name at the endpoint.
        provider: Whose protocol the endpoint speaks; `evaluators.chat.endpoints` knows the names.
        base_url: The endpoint; the provider's own if not given.
        api_key: The key for `openai`; the keys of other providers stand in their own environment variables.
        in_flight: How many calls may be under way at once.
        timeout: Seconds that one call may take.
        retries: How often a transient error of one call is tried again.
        logprobs: Whether to ask for log-probabilities.
        examples: Worked examples for the prompts; the shipped ones if not given.
        spending: Bounds what the calls may cost; without it they are only counted.

    Raises:
        ConfigurationError: A key or the provider's package is missing, or the URL is none.
    """

    fingerprint: str

    def __init__(
        self,
        model: str,
        *,
        provider: str = OPENAI,
        base_url: str | None = None,
        api_key: SecretStr | None = None,
        in_flight: int = IN_FLIGHT,
        timeout: float = TIMEOUT_SECONDS,
        retries: int = RETRIES,
        logprobs: bool = True,
        examples: Examples | None = None,
        spending: Spending | None = None,
    ) -> None:
        self._endpoint = endpoint_for(model, provider=provider, base_url=base_url, api_key=api_key, timeout=timeout)
        self._parameters = parameters_for(model, logprobs=logprobs)
        self._examples = examples or load_worked_examples(load_default_embedder())
        self.spending = spending or Spending(None, model=model)
        self._in_flight, self._retries = in_flight, retries
        self._prompts: dict[QuestionKind, Prompt] = {kind: load_prompt(kind) for kind in FINDING_KINDS}
        self._repair = load_prompt("repair")
        self.fingerprint = _fingerprint(
            provider, self._parameters, [*self._prompts.values(), self._repair], self._examples
        )
        self._gone: JudgeUnavailable | None = None
        self._warmed: set[str] = set()
        self.dialect = self._endpoint.dialect(self._parameters, keeps_limit=self.spending.budget is not None)
        self.before_waiting: Callable[[], None] = lambda: None
        self.tell: Callable[[str], None] = _logger.warning
        """Told, a line at a time, what a person should know meanwhile."""

    @property
    def endpoint(self) -> Endpoint:
        """Who is asked."""
        return self._endpoint

    @property
    def parameters(self) -> ChatParameters:
        """What every call has in common."""
        return self._parameters

    @property
    def repair_prompt(self) -> Prompt:
        """How a repair is asked for."""
        return self._repair

    def request(self, question: Question) -> bytes:
        """Render the exact bytes that would be asked; equal evidence gives equal bytes."""
        labels = _labels(question)
        role = question.role
        values: dict[str, str | list[Block]] = {
            "mission": role.mission.strip(),
            "stage": role.stage,
            "scope": _lines(role.scope),
            "constraints": _lines(role.constraints),
            "statement": question.statement.strip(),
            "about": question.about or "past",
            "gathering": "one decision" if question.rubric.together else "all passages",
            # Follow-up questions are asked about open points; their rubric only has room for the answers.
            "checks": question.statement if question.kind == "follow_up" else check_list(question.rubric),
            "evidence": [
                Block(f"{name} {passage.kind}, {passage.sense}", passage.text)
                for name, passage in zip(labels, question.evidence, strict=True)
            ],
        }
        prompt = self._prompt(question.kind)
        if "examples" in prompt.variables:
            values["examples"] = self._examples.for_question(question)
        rendered = prompt.render(**{name: values[name] for name in prompt.variables})
        return ChatRequest(
            answer=_ANSWERS.get(question.kind, "findings"),
            prompt=f"{prompt.id}@{prompt.version} {prompt.sha256[:8]}",
            system=rendered.system,
            user=rendered.user,
            passages=tuple(passage.id for passage in question.evidence),
            labels=labels if question.kind == "pair" else (),
            checks=asked_checks(question.rubric),
        ).to_bytes()

    def _prompt(self, kind: QuestionKind) -> Prompt:
        if kind not in self._prompts:
            self._prompts[kind] = load_prompt(kind)
        return self._prompts[kind]

    def answer(self, requests: Iterable[Request]) -> Iterator[Answer]:
        """Answer each request once, in the order in which the endpoint is done with them.

        Requests are taken in the calling thread, about 256 ahead.

        Raises:
            JudgeUnavailable: The endpoint is gone for good. What was under way is answered before this is raised.
        """
        if self._gone is not None:
            raise self._gone
        source = by_criterion(requests, ahead=self._ahead)
        first = next(source, None)
        if first is None:
            return  # Nothing to ask: the client's libraries are not even imported.
        with BackgroundLoop() as loop:
            desk = loop.submit(self._open_desk()).result()
            # What was imported and read so far stays anyway; walking through it takes the collector 0.1 to 0.2 s
            # each time, in which no call is sent or taken in.
            gc.freeze()
            try:
                yield from self._keep_asking(chain([first], source), desk, loop)
            finally:
                gc.unfreeze()
                loop.submit(desk.client.close()).result()

    def _ahead(self) -> int:
        """How many requests to take at a time.

        Requests come candidate by candidate. Near the end of a budget fewer and fewer are taken, so that whole
        candidates are done with what is left, and not one criterion of everybody.
        """
        if self.spending.budget is None and self.spending.max_requests is None:
            return AHEAD
        affordable = self.spending.affordable()
        return min(AHEAD, WAITING * self._in_flight if affordable is None else max(1, affordable // 2))

    async def _open_desk(self) -> "_Desk":
        # A new one for every loop: connections of a closed loop cannot be used in the next.
        client = self._endpoint.open(self._parameters, in_flight=self._in_flight, dialect=self.dialect)
        pacer = Pacer(self._in_flight)
        paced = PacedClient(
            client,
            pacer,
            spending=self.spending,
            max_output_tokens=self._parameters.max_output_tokens,
            retries=self._retries,
        )
        return _Desk(client, paced, pacer, repair=self._repair, warmed=self._warmed)

    def _keep_asking(self, source: Iterator[Asked], desk: "_Desk", loop: BackgroundLoop) -> Iterator[Answer]:
        """Keep as many requests under way as allowed; once the endpoint is gone, only wait for those that are.

        After a Ctrl-C they are waited for some seconds, since they are on the bill, and it is passed on then.
        """
        done: SimpleQueue[Future[Answer] | None] = SimpleQueue()
        running: set[Future[Answer]] = set()
        # None wakes whoever waits for the next answer. A signal may come in the middle of a put; this queue bears it.
        interrupted = Interrupted(wake=lambda: done.put(None))
        try:
            with first_interrupt(interrupted):
                while True:
                    while not (self._gone or interrupted.at) and len(running) < WAITING * self._in_flight:
                        asked = next(source, None)
                        if asked is None:
                            break
                        future = loop.submit(desk.answer(asked))
                        running.add(future)
                        future.add_done_callback(done.put)
                    if not running:
                        break
                    if done.empty():
                        self.before_waiting()
                    try:
                        ended = done.get(timeout=interrupted.seconds_left())
                    except Empty:
                        break
                    if ended is None:
                        self._stop_sending(desk, loop, len(running))
                        continue
                    running.discard(ended)
                    try:
                        yield ended.result()
                    except JudgeUnavailable:
                        assert desk.gone is not None  # Whoever raises it has told the desk.
                    if not interrupted.at:
                        self._gone = self._gone or desk.gone
        finally:
            for future in running:
                future.cancel()
        if interrupted.at:
            raise KeyboardInterrupt
        if self._gone is not None:
            raise self._gone

    def _stop_sending(self, desk: "_Desk", loop: BackgroundLoop, waiting: int) -> None:
        self.tell(
            f"Stopping: waiting up to {PATIENCE_SECONDS:.0f} s for {waiting} "
            f"{'request' if waiting == 1 else 'requests'} under way, which cost money in any case. "
            "Press Ctrl-C again to stop at once."
        )
        loop.call(desk.stop, JudgeUnavailable("the run was stopped"))


class _Desk:
    """What the requests of one call of `answer` share; lives in one event loop."""

    def __init__(
        self, client: ChatClient, paced: PacedClient, pacer: Pacer, *, repair: Prompt, warmed: set[str]
    ) -> None:
        self.client = client
        self.gone: JudgeUnavailable | None = None
        """Why nothing more is sent."""
        self._paced = paced
        self._pacer = pacer
        self._repair = repair
        self._streak, self._caps = Streak(), Caps()
        self._warmed = warmed
        self._warming: dict[str, asyncio.Event] = {}

    async def answer(self, asked: Asked) -> Answer:
        """Ask one request; the first of a static part goes alone, so that the others find it in the cache."""
        static = asked.request.system
        if static in self._warmed:
            return await self._ask(asked)
        if (warming := self._warming.get(static)) is not None:
            await warming.wait()
            return await self._ask(asked)
        self._warming[static] = asyncio.Event()
        try:
            return await self._ask(asked)
        finally:
            self._warmed.add(static)
            self._warming[static].set()

    async def _ask(self, asked: Asked) -> Answer:
        return await exchange(
            asked,
            client=self._paced,
            repair=self._repair,
            streak=self._streak,
            caps=self._caps,
            stop=self.stop,
        )

    def stop(self, error: JudgeUnavailable) -> None:
        """Send nothing more."""
        self.gone = self.gone or error
        self._pacer.stop(error)


def parameters_for(model: str, *, logprobs: bool = True) -> ChatParameters:
    """How a model is asked, as far as its name tells; an endpoint that refuses a field is asked without it."""
    fixed = _FIXED_TEMPERATURE.match(model) is not None
    return ChatParameters(
        model=model,
        temperature=None if fixed else 0.0,
        max_output_tokens=PLAIN_TOKENS if _PLAIN.match(model) else THINKING_TOKENS,
        seed=SEED,
        logprobs=logprobs and not fixed,
    )


def by_criterion(requests: Iterable[Request], *, ahead: Callable[[], int]) -> Iterator[Asked]:
    """Take requests some at a time and sort them by their static part.

    Those that are the first with theirs come before all others, so that all caches are warmed at once.
    """
    source = iter(requests)
    met: set[str] = set()
    # The first ones are sent while the next are being rendered, which takes a quarter of a second for 256.
    window = FIRST_AHEAD
    while some := [_asked(request) for request in islice(source, min(window, ahead()))]:
        window *= 2
        first: dict[str, Asked] = {}
        for asked in some:
            if asked.request.system not in met:
                first.setdefault(asked.request.system, asked)
        met.update(first)
        yield from first.values()
        rest = (asked for asked in some if first.get(asked.request.system) is not asked)
        yield from sorted(rest, key=lambda asked: asked.request.system)


def _asked(request: Request) -> Asked:
    return Asked(request.key, ChatRequest.model_validate_json(request.content), request.sample)


def _fingerprint(provider: str, parameters: ChatParameters, prompts: list[Prompt], examples: Examples) -> str:
    made_of = {
        "format": FORMAT,
        "provider": provider,
        **parameters._asdict(),
        "prompts": {prompt.id: [prompt.version, prompt.sha256] for prompt in prompts},
        "examples": examples.hash,
    }
    digest = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()
    return f"chat:{parameters.model}:{digest[:16]}"


def _labels(question: Question) -> tuple[str, ...]:
    """P1, P2, ...; in a comparison A1, A2, ..., B1, B2, ..."""
    counts: dict[str, int] = {}
    labels: list[str] = []
    for passage in question.evidence:
        if passage.card is None:
            labels.append(label(len(labels)))
            continue
        counts[passage.card] = counts.get(passage.card, 0) + 1
        labels.append(f"{passage.card}{counts[passage.card]}")
    return tuple(labels)


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(f"- {text.strip()}" for text in texts) or "- none given"
