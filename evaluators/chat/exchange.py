"""One request with the model: a call, and one repair if its answer cannot be used."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from evaluators.chat.client import Call, CallFailed, Facts, Message, Reply
from evaluators.chat.pacing import PacedClient
from evaluators.chat.reading_whole import Caps, characters_of, read_in_part
from evaluators.chat.schema import ChatRequest, OffSchema, Read, read_answer, schema_of
from pipeline.errors import JudgeUnavailable
from pipeline.models.dossier import UnscoredReason
from pipeline.models.verdicts import Answer
from prompts.loader import Prompt

FAILURES_IN_A_ROW = 16
"""From so many failed calls without a good one between them, the endpoint counts as gone."""
REPAIRED_CHARACTERS = 8_000

Ended = Literal["refused", "cut", "unusable"]
"""How a request ended that was answered but not scored; kept beside the answer as `ended`."""

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
        self._failures = self._unusable = self._refused = 0
        self._ever_good = False

    def good(self) -> None:
        """Note an answer that can be used."""
        self._failures = self._unusable = 0
        self._ever_good = True

    def note(self, answer: Answer) -> None:
        """Note what became of a request that was answered in some way.

        Raises:
            JudgeUnavailable: Nothing that the endpoint sends can be used, which would go on costing money.
        """
        if answer.unscored is None:
            self.good()
            return
        self._failures = 0
        if answer.unscored == "judge_refused":
            self._refused += 1
            # Where others are answered, refusals are about these candidates' texts and not about the endpoint.
            if self._refused >= FAILURES_IN_A_ROW and not self._ever_good:
                raise JudgeUnavailable(
                    f"The chat endpoint refused {self._refused} requests and answered none. Look at its content "
                    "filter, or choose another model; what was answered so far is kept."
                )
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

    def take(self, reply: Reply, *, retries: int = 0, cut: bool = False) -> Answer | None:
        """Take a reply in.

        Args:
            reply: What came.
            retries: How often it was asked for again before.
            cut: Other replies show that the endpoint read only a part. That is noted beside the answer and not held
                against it: what an endpoint counts is no proof.

        Returns:
            The answer if it settles the request; None if `call` is now the repair to ask for.
        """
        if cut or read_in_part(self.call, reply):
            self._facts["part_read"] = 1
        self._note(reply, retries)
        usable = _read(reply, self._asked.request)
        if isinstance(usable, Read):
            self._note_read(usable)
            if not usable.unproven:
                return Answer(key=self._asked.key, findings=usable.findings, provider=self._facts)
            if len(self._messages) > 2:
                # To go on would count a check that the model says is met as one that nothing in the documents shows.
                said = f"not one of its {usable.quotes} quotes stands in the documents, after a repair too"
                return self._ended("unusable", "judge_failed", said)
            usable = _not_found(usable)
        if len(self._messages) > 2:
            if reply.kind == "refused":
                return self._ended("refused", "judge_refused", "the model refused twice to answer")
            ended: Ended = "cut" if reply.kind == "cut" else "unusable"
            return self._ended(ended, "judge_failed", f"the answer could not be used, nor could its repair: {usable}")
        if reply.text:
            self._messages.append(("assistant", reply.text[:REPAIRED_CHARACTERS]))
        self._messages.append(("user", self._repair.render(problem=usable).user))
        return None

    def _note_read(self, read: Read) -> None:
        if self._asked.request.answer == "findings":
            self._facts |= {
                "p_from": read.p_from,
                "quotes": read.quotes,
                "quotes_found": read.quotes_found,
                "conflicts": read.conflicts,
            }

    def unscored(self, reason: UnscoredReason, detail: str) -> Answer:
        """An answer that says why there is none."""
        return Answer(key=self._asked.key, unscored=reason, detail=detail, provider=self._facts)

    @property
    def begun(self) -> bool:
        """Whether a reply was taken in, which is on the bill."""
        return bool(self._facts["calls"])

    def _ended(self, how: Ended, reason: UnscoredReason, detail: str) -> Answer:
        self._facts["ended"] = how
        return self.unscored(reason, detail)

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


async def exchange(
    asked: Asked,
    *,
    client: PacedClient,
    repair: Prompt,
    streak: Streak,
    caps: Caps,
    stop: Callable[[JudgeUnavailable], None],
) -> Answer:
    """Ask one request and, if needed, once for a repair.

    What was paid for is never lost: if the run has to end after the first reply, the request is unscored with what
    that reply took.

    Args:
        asked: The request.
        client: Makes the calls.
        repair: How a repair is asked for.
        streak: Of failures, shared by all requests.
        caps: What the endpoint read of other requests, likewise.
        stop: Told why nothing more is to be asked, whatever becomes of this request.

    Raises:
        JudgeUnavailable: The endpoint is gone for good, and nothing was paid for this request.
    """
    transcript = Transcript(asked, repair)
    try:
        while True:
            call = transcript.call
            reply, retries = await client.ask(call)
            answer = transcript.take(reply, retries=retries, cut=caps.reached(characters_of(call), reply))
            if answer is not None:
                break
    except CallFailed as error:
        answer = transcript.unscored("judge_failed", str(error))
        try:
            streak.bad(error)
        except JudgeUnavailable as gone:
            stop(gone)
        return answer
    except JudgeUnavailable as error:
        stop(error)
        if not transcript.begun:
            raise
        return transcript.unscored("not_asked", str(error))
    try:
        streak.note(answer)
    except JudgeUnavailable as gone:
        stop(gone)
    return answer


def _not_found(read: Read) -> str:
    # By their checks, not by their words: those may be a candidate's, and would stand outside the markers.
    return (
        f"its quotes (for {', '.join(read.unproven)}) are not in the passages. Copy each of them exactly, letter for "
        "letter and at least four words, from one passage, and name that passage by its label."
    )


def _read(reply: Reply, request: ChatRequest) -> Read | str:
    """What the reply says, or what is wrong with it in words for the model."""
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
