"""One request with the model: a call, and one repair if its answer cannot be used."""

from typing import NamedTuple

from evaluators.chat.client import Call, CallFailed, Facts, Message, Reply
from evaluators.chat.pacing import PacedClient
from evaluators.chat.schema import ChatRequest, OffSchema, read_answer, schema_of
from pipeline.errors import JudgeUnavailable
from pipeline.models.dossier import UnscoredReason
from pipeline.models.verdicts import Answer, Finding
from prompts.loader import Prompt

FAILURES_IN_A_ROW = 16
"""From so many failed calls without a good one between them, the endpoint counts as gone."""
REPAIRED_CHARACTERS = 8_000

_SUMMED = frozenset(("input_tokens", "cached_tokens", "output_tokens", "written_tokens", "milliseconds", "cost"))


class Asked(NamedTuple):
    """A request under its ledger key."""

    key: str
    request: ChatRequest
    sample: int


def first_call(asked: Asked) -> Call:
    """The call that a request begins with."""
    name, schema = schema_of(asked.request)
    return Call((("system", asked.request.system), ("user", asked.request.user)), name, schema, asked.sample)


class Streak:
    """Counts failed calls in a row, over all requests under way."""

    def __init__(self) -> None:
        self._failures = self._unusable = 0

    def good(self) -> None:
        """Note an answer."""
        self._failures = self._unusable = 0

    def note(self, answer: Answer) -> None:
        """Note what became of a request that was answered in some way.

        Raises:
            JudgeUnavailable: Nothing that the endpoint sends can be used, which would go on costing money.
        """
        if answer.unscored != "judge_failed":
            self.good()
            return
        self._unusable += 1
        if self._unusable >= FAILURES_IN_A_ROW:
            raise JudgeUnavailable(
                f"Of the last {self._unusable} answers of the chat endpoint none could be used, nor their repairs; the "
                f"last time {answer.detail} Is --base-url its API (most end in /v1)? `shortlist judge check` says "
                "what the model can do. What was answered so far is kept."
            )

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


class Transcript:
    """What was said to and by the model about one request, and what became of it.

    A live call and a provider batch both put their replies in here.
    """

    def __init__(self, asked: Asked, repair: Prompt) -> None:
        self._asked = asked
        self._repair = repair
        self._first = first_call(asked)
        self._messages: list[Message] = list(self._first.messages)
        self._facts: Facts = {"calls": 0, "prompt": asked.request.prompt, "sample": asked.sample}

    @property
    def call(self) -> Call:
        """The next call to make."""
        return self._first._replace(messages=tuple(self._messages))

    def take(self, reply: Reply, *, retries: int = 0) -> Answer | None:
        """Take a reply in.

        Returns:
            The answer if it settles the request; None if `call` is now the repair to ask for.
        """
        self._note(reply, retries)
        usable = _read(reply, self._asked.request)
        if not isinstance(usable, str):
            findings, p_from = usable
            if self._asked.request.answer == "findings":
                self._facts["p_from"] = p_from
            return Answer(key=self._asked.key, findings=findings, provider=self._facts)
        if len(self._messages) > 2:
            if reply.kind == "refused":
                return self.unscored("judge_refused", "the model refused twice to answer")
            return self.unscored("judge_failed", f"the answer could not be used, nor could its repair: {usable}")
        if reply.text:
            self._messages.append(("assistant", reply.text[:REPAIRED_CHARACTERS]))
        self._messages.append(("user", self._repair.render(problem=usable).user))
        return None

    def unscored(self, reason: UnscoredReason, detail: str) -> Answer:
        """An answer that says why there is none."""
        return Answer(key=self._asked.key, unscored=reason, detail=detail, provider=self._facts)

    def _note(self, reply: Reply, retries: int) -> None:
        self._facts["calls"] = int(self._facts["calls"]) + 1
        if retries:
            self._facts["retries"] = int(self._facts.get("retries", 0)) + retries
        if len(self._messages) > 2:
            self._facts["repaired"] = 1
        for name, fact in reply.facts.items():
            before = self._facts.get(name, 0)
            if name in _SUMMED and not isinstance(fact, str) and not isinstance(before, str):
                fact = fact + before
            self._facts[name] = fact


async def exchange(asked: Asked, *, client: PacedClient, repair: Prompt, streak: Streak) -> Answer:
    """Ask one request and, if needed, once for a repair.

    Raises:
        JudgeUnavailable: The endpoint is gone for good.
    """
    transcript = Transcript(asked, repair)
    try:
        while True:
            reply, retries = await client.ask(transcript.call)
            answer = transcript.take(reply, retries=retries)
            if answer is not None:
                streak.note(answer)
                return answer
    except CallFailed as error:
        streak.bad(error)
        return transcript.unscored("judge_failed", str(error))


def _read(reply: Reply, request: ChatRequest) -> tuple[tuple[Finding, ...], str] | str:
    """Findings and where their probabilities come from, or what is wrong with the reply in words for the model."""
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
        return read_answer(reply.text, request, tokens=reply.tokens)
    except OffSchema as error:
        return str(error)
