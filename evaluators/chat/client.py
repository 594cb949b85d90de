"""What the chat judge needs of whoever makes its calls: one call in, one reply or a typed error out.

`evaluators.chat.openai_client` speaks OpenAI's protocol, `evaluators.chat.langchain_client` those of other providers.
Neither tries a call again: `evaluators.chat.pacing` is the one layer that does.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Protocol
from urllib.parse import urlsplit

from pipeline.errors import JudgeError

OPENAI_URL = "https://api.openai.com/v1"

ReplyKind = Literal["answered", "cut", "refused", "malformed"]
Facts = dict[str, str | int | float]
Message = tuple[Literal["system", "user", "assistant"], str]
JsonSchema = Mapping[str, object]


class CallFailed(JudgeError):
    """One call did not succeed; others may.

    Args:
        message: What happened, without any text of a candidate.
        transient: Trying again may help.
        rate_limited: The endpoint said that it is asked too much.
        retry_after: Seconds that it asked to wait; None if it named none.
        charged: The call may have been answered, and may be on the bill, although nothing usable arrived.
        timed_out: It took longer than a call may take; a slow model is likely to do so again.
    """

    def __init__(
        self,
        message: str,
        *,
        transient: bool = False,
        rate_limited: bool = False,
        retry_after: float | None = None,
        charged: bool = False,
        timed_out: bool = False,
    ) -> None:
        super().__init__(message)
        self.transient = transient
        self.rate_limited = rate_limited
        self.retry_after = retry_after
        self.charged = charged
        self.timed_out = timed_out


class NotConnected(CallFailed):
    """Nobody listens at the endpoint's address. Fatal at the start of a run, an accident in the middle of one."""


class Forbidden(CallFailed):
    """A key may not do this. Fatal at the start of a run; later on some guard between us may dislike one text.

    Args:
        message: What happened.
        told: The same for an operator, with the next step.
    """

    def __init__(self, message: str, *, told: str) -> None:
        super().__init__(message)
        self.told = told


class Token(NamedTuple):
    """One output token with what else could have stood there."""

    text: bytes
    logprob: float
    """Natural log of its probability."""
    others: object = None
    """What the endpoint listed beside it, undecoded: of some two hundred tokens only a few are looked into."""


class Reply(NamedTuple):
    """What came back from one call."""

    kind: ReplyKind
    text: str
    facts: Facts
    """What the endpoint said of itself, and how long it took."""
    tokens: tuple[Token, ...] = ()
    """Empty where the endpoint gives no log-probabilities."""
    open_for: float = 0.0
    """Seconds for which the endpoint's rate-limit headers ask to send nothing more; 0 if it has room."""


class ChatParameters(NamedTuple):
    """Everything about a call that may change its answer and is known before it is made."""

    model: str
    temperature: float | None
    """None: not sent, because the model knows no other than its own."""
    max_output_tokens: int
    seed: int
    logprobs: bool = True
    """Asked for; an endpoint that knows none is asked without from its first refusal on."""


class Call(NamedTuple):
    """One call to make."""

    messages: tuple[Message, ...]
    schema_name: str
    schema: JsonSchema
    """Strict JSON schema of the answer."""
    sample: int = 0
    """0 for the answer that counts; further samples are drawn at a higher temperature and with another seed."""

    @property
    def static(self) -> str:
        """What calls of one kind have in common: the system message and the schema."""
        return f"{self.messages[0][1]}\n{json.dumps(self.schema)}"

    @property
    def rest(self) -> str:
        """Everything else that is sent."""
        return "\n".join(text for _, text in self.messages[1:])


class ChatClient(Protocol):
    """Calls one endpoint. Made, used and closed inside one event loop: connections belong to their loop."""

    async def ask(self, call: Call) -> Reply:
        """Make one call, once.

        Raises:
            CallFailed: This call failed.
            JudgeUnavailable: Every call will fail until somebody changes something.
        """

    async def close(self) -> None:
        """Close the connections."""


SAMPLE_TEMPERATURE = 0.7
"""Of samples after the first: at temperature 0 they would all be the same."""


def temperature_of(parameters: ChatParameters, call: Call) -> float | None:
    """The temperature of one call; None where the model knows only its own."""
    if parameters.temperature is None or call.sample == 0:
        return parameters.temperature
    return SAMPLE_TEMPERATURE


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def shown_url(url: str) -> str:
    """A URL without the user name, password and query that it may hold."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def texts(messages: Sequence[Message]) -> list[dict[str, str]]:
    """Messages as OpenAI's protocol writes them."""
    return [{"role": role, "content": text} for role, text in messages]
