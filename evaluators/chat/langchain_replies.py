"""Reads what LangChain's chat models return and raise, whoever the provider is; knows no library.

Providers name the same things differently. Messages of errors are read here to sort them, and repeated nowhere: they
can hold a candidate's text.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from evaluators.chat.client import CallFailed, Facts, Forbidden, JsonSchema, NotConnected, Reply, Token
from evaluators.chat.completions import read_completion
from evaluators.chat.dialect import Refusal
from evaluators.chat.openai_client import is_forbidden, retry_after
from pipeline.errors import JudgeError, JudgeUnavailable

_CUT = frozenset(("length", "max_tokens", "model_length", "model_context_window_exceeded"))
_REFUSED = frozenset(
    ("refusal", "content_filter", "safety", "recitation", "language", "blocklist", "prohibited_content", "spii")
)
_TRANSIENT = frozenset((408, 409, 425, 429))
"""Besides all from 500 on."""
_OVERLOADED = 529
"""Anthropic's own: all of its customers together ask too much."""

# Where an exception carries no status: words in the names of its types, in the order in which they decide.
_STATUS_BY_NAME = (
    ("RateLimit", 429),
    ("ResourceExhausted", 429),
    ("Overloaded", _OVERLOADED),
    ("Authentication", 401),
    ("Unauthenticated", 401),
    ("NotFound", 404),
)
_UNREACHED = frozenset(("ConnectError", "ConnectionRefusedError", "ClientConnectorError", "ClientConnectorDNSError"))
_SHAPE = re.compile(
    r"output_config|output_format|response_(?:json_)?schema|response_mime_type|response format"
    r"|tool_choice|tool use|function calling|not support tools",
    re.IGNORECASE,
)
_LENGTH = re.compile(r"max_output_tokens|maxOutputTokens|num_predict")
_WRONG_KEY = re.compile(r"API_KEY_INVALID|API key not valid")
_NO_CREDIT = re.compile(r"credit balance is too low|insufficient_quota")


class Message(Protocol):
    """What is read of LangChain's `AIMessage`."""

    @property
    def text(self) -> str:
        """All text blocks, without the model's thinking."""

    @property
    def tool_calls(self) -> Sequence[Mapping[str, object]]:
        """Calls with parsed arguments."""

    @property
    def invalid_tool_calls(self) -> Sequence[Mapping[str, object]]:
        """Calls whose arguments are no JSON, as text."""

    @property
    def response_metadata(self) -> Mapping[str, object]:
        """What the provider said besides the answer, under its own names."""

    @property
    def additional_kwargs(self) -> Mapping[str, object]:
        """More of it."""

    @property
    def usage_metadata(self) -> Mapping[str, object] | None:
        """Tokens, under LangChain's names."""


def read_message(message: Message, *, schema: JsonSchema, by_tool: bool) -> Reply:
    """The reply in a chat model's raw message.

    Args:
        message: As it came, never what LangChain made of it by a schema: that is repaired silently.
        schema: What was asked for.
        by_tool: The answer is expected as the arguments of a tool call.
    """
    metadata = message.response_metadata
    facts = _facts(message)
    reason = _stop_reason(metadata)
    blocked = metadata.get("prompt_feedback")
    if (
        reason in _REFUSED
        or message.additional_kwargs.get("refusal")
        or (isinstance(blocked, Mapping) and blocked.get("block_reason"))
    ):
        return Reply("refused", "", facts)
    called = _arguments(message, schema) if by_tool else None
    text = str(message.text) if called is None else called
    if reason in _CUT:
        return Reply("cut", text, facts)
    return Reply("answered", text, facts, _tokens(metadata) if called is None else ())


def _stop_reason(metadata: Mapping[str, object]) -> str:
    for name in ("stop_reason", "finish_reason", "done_reason"):
        value = metadata.get(name)
        if isinstance(value, str):
            return value.lower()
    return ""


def _arguments(message: Message, schema: JsonSchema) -> str | None:
    """Arguments of the one tool as JSON text; None if the model answered in words instead."""
    if message.tool_calls:
        return json.dumps(in_order(message.tool_calls[0].get("args"), schema), ensure_ascii=False)
    if message.invalid_tool_calls:
        return str(message.invalid_tool_calls[0].get("args") or "")
    return None


def in_order(value: object, schema: object) -> object:
    """A value with its fields in the order of its schema; fields that the schema does not know come last."""
    known = schema if isinstance(schema, Mapping) else {}
    if isinstance(value, Mapping):
        fields = known.get("properties")
        fields = fields if isinstance(fields, Mapping) else {}
        names = [name for name in fields if name in value] + [name for name in value if name not in fields]
        return {str(name): in_order(value[name], fields.get(name)) for name in names}
    if isinstance(value, list | tuple):
        return [in_order(one, known.get("items")) for one in value]
    return value


def _tokens(metadata: Mapping[str, object]) -> tuple[Token, ...]:
    logprobs = metadata.get("logprobs")
    # Ollama lists its tokens as OpenAI does, without the object around the list.
    listed = {"content": logprobs} if isinstance(logprobs, list) else logprobs
    return read_completion({"choices": [{"message": {"content": ""}, "logprobs": listed}]}).tokens


def _facts(message: Message) -> Facts:
    facts: Facts = {}
    metadata = message.response_metadata
    for name, keys in (("model", ("model_name", "model")), ("system_fingerprint", ("system_fingerprint",))):
        found = next((metadata[key] for key in keys if metadata.get(key)), None)
        if isinstance(found, str):
            facts[name] = found
    usage = message.usage_metadata
    if usage is not None:
        details = usage.get("input_token_details")
        details = details if isinstance(details, Mapping) else {}
        counts = {
            "input_tokens": usage.get("input_tokens"),
            "cached_tokens": details.get("cache_read"),
            "output_tokens": usage.get("output_tokens"),
            "written_tokens": _written(details),
        }
        facts.update({name: count for name, count in counts.items() if isinstance(count, int) and count >= 0})
    return facts


def _written(details: Mapping[str, object]) -> int | None:
    """Input that was put into the cache; LangChain lists it by lifetime where the provider tells it so."""
    names = ("cache_creation", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
    counts = [count for name in names if isinstance(count := details.get(name), int)]
    return sum(counts) if counts else None


class Failure(NamedTuple):
    """What an exception of a provider's library tells."""

    status: int | None
    code: str
    message: str
    retry_after: float | None
    names: tuple[str, ...]
    """Types of the exception and of its causes."""

    @property
    def refusal(self) -> Refusal:
        """The same in OpenAI's words, so that the dialect can learn from it."""
        named = ["response_format"] if _SHAPE.search(self.message) else []
        named += ["max_tokens"] if _LENGTH.search(self.message) else []
        return Refusal(self.code, " ".join(named), self.message)


def read_failure(error: BaseException) -> Failure:
    """Look for status, headers and message in an exception and in what caused it."""
    chain = list(_causes(error))
    names = tuple(type(one).__name__ for one in chain)
    found = next(((status, one) for one in chain if (status := _status(one)) is not None), None)
    if found is None:
        text = " ".join(names)
        status = next((status for word, status in _STATUS_BY_NAME if word in text), None)
        return Failure(status, "", str(error), None, names)
    status, carrier = found
    code, message = _body(carrier)
    return Failure(status, code, message or str(carrier), retry_after(_headers(carrier)), names)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _status(error: object) -> int | None:
    response = getattr(error, "response", None)
    for value in (
        getattr(error, "status_code", None),
        getattr(response, "status_code", None),
        getattr(error, "code", None),
    ):
        if isinstance(value, int) and 300 <= value < 600:
            return int(value)
    return None


def _headers(error: object) -> Mapping[str, str]:
    headers = getattr(getattr(error, "response", None), "headers", None)
    return headers if isinstance(headers, Mapping) else {}


def _body(error: object) -> tuple[str, str]:
    """Code and message of an error body, wherever a library keeps it."""
    for name in ("body", "details"):
        body = getattr(error, name, None)
        if isinstance(body, Mapping):
            inner = body.get("error", body)
            if isinstance(inner, Mapping):
                code = next((inner[key] for key in ("code", "type", "status") if isinstance(inner.get(key), str)), "")
                return str(code), json.dumps(inner, ensure_ascii=False, default=str)
    return "", ""


def sort_failure(failure: Failure, *, url: str, model: str, key: str) -> JudgeError:
    """Whether a failure concerns this request or all of them.

    Args:
        failure: What was read of it.
        url: Who was asked.
        model: For what.
        key: The environment variable of the key.
    """
    if failure.status is None:
        return _without_status(failure, url=url)
    status = failure.status
    code = failure.code if re.fullmatch(r"[A-Za-z_]{1,60}", failure.code) else ""
    told = f"{status}" + (f" ({code})" if code else "")
    if status == 401 or _WRONG_KEY.search(failure.message):
        return JudgeUnavailable(
            f"The chat endpoint {url!r} answered {told}: it does not accept the key. Set {key or 'it'} anew."
        )
    if status == 404:
        return JudgeUnavailable(
            f"The chat endpoint {url!r} answered {told}: it knows no model {model!r}, or --base-url names a wrong "
            "path. Correct the model's name or the URL."
        )
    if status == 402 or _NO_CREDIT.search(failure.message):
        return JudgeUnavailable(
            f"The chat endpoint {url!r} answered {told}: the account has no credit left. Add some and run again."
        )
    if is_forbidden(status, failure.message):
        return Forbidden(
            f"the endpoint answered {told}",
            told=f"The chat endpoint {url!r} answered {told}: the key may not use model {model!r}. Ask for access, or "
            "name another model.",
        )
    return CallFailed(
        f"the endpoint answered {told}",
        transient=status in _TRANSIENT or status >= 500,
        rate_limited=status in (429, _OVERLOADED),
        retry_after=failure.retry_after,
        # A gateway may give up on a model that goes on writing.
        charged=status in (408, 502, 504, 524),
    )


def _without_status(failure: Failure, *, url: str) -> CallFailed:
    # Ollama's library raises Python's own ConnectionError, and only where nobody listens.
    if _UNREACHED.intersection(failure.names) or failure.names[0] == "ConnectionError":
        return NotConnected(f"cannot connect to the chat endpoint {url!r}", transient=True)
    if any("ConnectTimeout" in name for name in failure.names):
        return CallFailed(f"{url} took no connection in time", transient=True)
    if any("Timeout" in name for name in failure.names):
        return CallFailed(f"{url} did not answer in time", transient=True, charged=True)
    # A broken connection, or a body that the library cannot read: both may be on the bill, and may pass.
    return CallFailed(f"no usable answer from {url}: {failure.names[0]}", transient=True, charged=True)
