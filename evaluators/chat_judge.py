"""The judge that asks a chat model, at OpenAI or any endpoint that speaks its protocol.

It borders on the walk like every judge: requests in, findings out. The model never sees a score, a weight, a name or
a second candidate; it reports quotes and probabilities, and code does the rest.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from itertools import chain, islice
from queue import SimpleQueue
from typing import NamedTuple

from pydantic import SecretStr

from evaluators.background_loop import BackgroundLoop
from evaluators.chat_client import (
    OPENAI_URL,
    CallFailed,
    ChatClient,
    ChatParameters,
    Facts,
    Message,
    Reply,
)
from evaluators.chat_schema import (
    FORMAT,
    ChatRequest,
    OffSchema,
    asked_checks,
    check_list,
    label,
    read_findings,
    response_format,
)
from pipeline.errors import ConfigurationError, JudgeUnavailable
from pipeline.models.dossier import Question, UnscoredReason
from pipeline.models.verdicts import Answer, Request
from prompts.loader import Block, Prompt, load_prompt

IN_FLIGHT = 8
RETRIES = 4
"""Of transient errors, by the client, which waits as long as `Retry-After` says and backs off otherwise."""
TIMEOUT_SECONDS = 120.0
MAX_OUTPUT_TOKENS = 16_000
"""Findings take a few hundred; a model that thinks first spends the rest."""
AHEAD = 256
"""Requests that are sorted by criterion at a time, so that the provider's cache of the static part stays warm."""
FAILURES_IN_A_ROW = 16
"""From so many failed calls without a good one between them, the endpoint counts as gone."""
REPAIRED_CHARACTERS = 8_000

_FIXED_TEMPERATURE = re.compile(r"(o\d|gpt-[5-9])")


class ChatJudge:
    """Asks a chat model for findings, several requests at a time.

    Args:
        model: The model's name at the endpoint.
        base_url: The endpoint; OpenAI's if not given.
        api_key: Its key; not needed on this machine's own addresses.
        in_flight: How many requests may be under way at once.
        timeout: Seconds that one call may take.
        retries: How often a transient error of one call is tried again.

    Raises:
        ConfigurationError: OpenAI is to be asked and there is no key, or the URL is none.
    """

    fingerprint: str

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: SecretStr | None = None,
        in_flight: int = IN_FLIGHT,
        timeout: float = TIMEOUT_SECONDS,
        retries: int = RETRIES,
    ) -> None:
        self._base_url = base_url or OPENAI_URL
        if not re.match(r"https?://[^/]", self._base_url):
            raise ConfigurationError(f"--base-url {base_url!r} is no URL; it looks like 'http://localhost:8000/v1'.")
        if api_key is None and self._base_url.startswith("https://api.openai.com"):
            raise ConfigurationError(
                f"Judge 'openai:{model}' needs a key: set OPENAI_API_KEY, or name another endpoint with --base-url."
            )
        # The client insists on some key; endpoints without keys ignore it.
        self._api_key = api_key if api_key is not None else SecretStr("none")
        temperature = None if _FIXED_TEMPERATURE.match(model) else 0.0
        self._parameters = ChatParameters(model, temperature, MAX_OUTPUT_TOKENS)
        self._in_flight, self._timeout, self._retries = in_flight, timeout, retries
        self._prompts = {id: load_prompt(id) for id in ("rubric", "mission_fit", "gate", "repair")}
        self.fingerprint = _fingerprint(self._parameters, self._prompts)
        self._gone: str | None = None

    def request(self, question: Question) -> bytes:
        """Render the exact bytes that would be asked; equal evidence gives equal bytes."""
        role, rubric = question.role, question.rubric
        passages = [
            Block(f"{label(index)} {passage.kind}, {passage.sense}", passage.text)
            for index, passage in enumerate(question.evidence)
        ]
        values: dict[str, str | list[Block]] = {
            "mission": role.mission.strip(),
            "stage": role.stage,
            "scope": _lines(role.scope),
            "constraints": _lines(role.constraints),
            "statement": question.statement.strip(),
            "about": question.about or "past",
            "gathering": "one decision" if rubric.together else "all passages",
            "checks": check_list(rubric),
            "evidence": passages,
        }
        prompt = self._prompts[question.kind]
        rendered = prompt.render(**{name: values[name] for name in prompt.variables})
        return ChatRequest(
            system=rendered.system,
            user=rendered.user,
            passages=tuple(passage.id for passage in question.evidence),
            checks=asked_checks(rubric),
        ).to_bytes()

    def answer(self, requests: Iterable[Request]) -> Iterator[Answer]:
        """Answer each request once, in the order in which the endpoint is done with them.

        Requests are taken in the calling thread, about 256 ahead.

        Raises:
            JudgeUnavailable: The endpoint is gone for good. What was under way is answered before this is raised.
        """
        if self._gone is not None:
            raise JudgeUnavailable(self._gone)
        source = _by_criterion(requests)
        first = next(source, None)
        if first is None:
            return  # Nothing to ask: the client's libraries are not even imported.
        with BackgroundLoop() as loop:
            client = loop.submit(self._open_client()).result()
            try:
                yield from self._keep_asking(chain([first], source), client, loop)
            finally:
                loop.submit(client.close()).result()

    async def _open_client(self) -> ChatClient:
        # A new one for every loop: connections of a closed loop cannot be used in the next.
        return ChatClient(
            self._parameters,
            base_url=self._base_url,
            api_key=self._api_key,
            timeout=self._timeout,
            retries=self._retries,
        )

    def _keep_asking(self, source: Iterator["_Asked"], client: ChatClient, loop: BackgroundLoop) -> Iterator[Answer]:
        """Keep as many requests under way as allowed; once the endpoint is gone, only wait for those that are."""
        done: SimpleQueue[Future[Answer]] = SimpleQueue()
        running: set[Future[Answer]] = set()
        streak = _Streak()
        try:
            while True:
                while self._gone is None and len(running) < self._in_flight:
                    asked = next(source, None)
                    if asked is None:
                        break
                    future = loop.submit(_Exchange(client, asked, self._prompts["repair"], streak).answer())
                    running.add(future)
                    future.add_done_callback(done.put)
                if not running:
                    break
                future = done.get()
                running.discard(future)
                try:
                    yield future.result()
                except JudgeUnavailable as error:
                    self._gone = self._gone or str(error)
        finally:
            for future in running:
                future.cancel()
        if self._gone is not None:
            raise JudgeUnavailable(self._gone)


class _Asked(NamedTuple):
    key: str
    request: ChatRequest


class _Streak:
    """Counts failed calls in a row, over all requests under way."""

    def __init__(self) -> None:
        self._failures = 0

    def good(self) -> None:
        self._failures = 0

    def bad(self, error: CallFailed) -> None:
        """Note a failure.

        Raises:
            JudgeUnavailable: It was one too many.
        """
        self._failures += 1
        if self._failures >= FAILURES_IN_A_ROW:
            raise JudgeUnavailable(
                f"The chat endpoint failed {self._failures} times in a row, the last time because {error}. "
                "Find out what is wrong there and run again; what was answered so far is kept."
            ) from error


class _Exchange:
    """One request: a call, and one repair if its answer cannot be used."""

    def __init__(self, client: ChatClient, asked: _Asked, repair: Prompt, streak: _Streak) -> None:
        self._client = client
        self._asked = asked
        self._repair = repair
        self._streak = streak
        self._facts: Facts = {"calls": 0}

    async def answer(self) -> Answer:
        request = self._asked.request
        messages: list[Message] = [("system", request.system), ("user", request.user)]
        try:
            reply = await self._call(messages)
            usable = self._read(reply)
            if isinstance(usable, Answer):
                return usable
            if reply.text:
                messages.append(("assistant", reply.text[:REPAIRED_CHARACTERS]))
            messages.append(("user", self._repair.render(problem=usable).user))
            reply = await self._call(messages)
            usable = self._read(reply)
        except CallFailed as error:
            self._streak.bad(error)
            return self._unscored("judge_failed", str(error))
        if isinstance(usable, Answer):
            return usable
        if reply.kind == "refused":
            return self._unscored("judge_refused", "the model refused twice to answer")
        return self._unscored("judge_failed", f"the answer could not be used, nor could its repair: {usable}")

    async def _call(self, messages: list[Message]) -> Reply:
        reply = await self._client.ask(messages, response_format(self._asked.request.checks))
        self._streak.good()
        self._facts["calls"] = int(self._facts["calls"]) + 1
        for name, fact in reply.facts.items():
            before = self._facts.get(name)
            summed = isinstance(fact, int) and isinstance(before, int)
            self._facts[name] = fact + before if summed else fact  # type: ignore[operator]  # both are int here
        return reply

    def _read(self, reply: Reply) -> Answer | str:
        """The answer, or what is wrong with the reply in words for the model."""
        match reply.kind:
            case "refused":
                return "you declined."
            case "cut":
                return "it was cut off because it was too long."
            case "malformed":
                return "it was no chat completion."
        if not reply.text.strip():
            return "it was empty."
        try:
            findings = read_findings(reply.text, self._asked.request)
        except OffSchema as error:
            return str(error)
        return Answer(key=self._asked.key, findings=findings, provider=self._facts)

    def _unscored(self, reason: UnscoredReason, detail: str) -> Answer:
        return Answer(key=self._asked.key, unscored=reason, detail=detail, provider=self._facts)


def _by_criterion(requests: Iterable[Request]) -> Iterator[_Asked]:
    source = iter(requests)
    while ahead := [_Asked(one.key, ChatRequest.model_validate_json(one.content)) for one in islice(source, AHEAD)]:
        yield from sorted(ahead, key=lambda asked: asked.request.system)


def _fingerprint(parameters: ChatParameters, prompts: dict[str, Prompt]) -> str:
    made_of = {
        "format": FORMAT,
        **parameters._asdict(),
        "prompts": {prompt.id: [prompt.version, prompt.sha256] for prompt in prompts.values()},
    }
    digest = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()
    return f"chat:{parameters.model}:{digest[:16]}"


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(f"- {text.strip()}" for text in texts) or "- none given"
