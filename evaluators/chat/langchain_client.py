"""Calls Anthropic, Google, Mistral, Groq or Ollama through LangChain's `init_chat_model`: LangChain's one door.

Every provider is asked for strict JSON by its own means; a model that has none is made to call a tool with the answer
as its arguments, and one that knows no tools either is only told so by the prompt. What was learnt from a refusal
holds for all later calls, as with OpenAI's protocol. `evaluators.chat.schema.read_answer` alone decides whether an
answer is one: LangChain's own parsers repair silently.

Not seen through LangChain: rate-limit headers of good answers (a 429 is waited out all the same), OpenAI's
log-probabilities from anybody but Ollama, and the first call of a process takes about two seconds to import.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import SecretStr

from evaluators.chat.client import Call, ChatParameters, Reply, is_loopback, shown_url
from evaluators.chat.dialect import Dialect, Refusal
from evaluators.chat.endpoints import PROVIDERS
from evaluators.chat.langchain_replies import Failure, read_failure, read_message, sort_failure

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

CONTEXT_TOKENS = 32_768
"""Asked of Ollama, which else cuts the evidence off a long prompt without a word."""

_SEED_NAMES = {"google_genai": "seed", "groq": "seed", "mistralai": "random_seed", "ollama": "seed"}
"""Anthropic has no seed."""
_LENGTH_NAMES = {"google_genai": "max_output_tokens", "ollama": "num_predict"}
_GIVES_LOGPROBS = frozenset(("ollama",))

Form = Literal["json_schema", "json_object", "tool", "text"]


class LangChainClient:
    """One model of one provider.

    Args:
        parameters: What every call has in common.
        provider: One of `evaluators.chat.endpoints.PROVIDERS`.
        base_url: Where it is asked.
        api_key: Its key.
        timeout: Seconds that one call may take, all in all.
        in_flight: How many connections are kept.
    """

    def __init__(
        self,
        parameters: ChatParameters,
        *,
        provider: str,
        base_url: str,
        api_key: SecretStr,
        timeout: float,
        in_flight: int,
    ) -> None:
        self._parameters = parameters
        self._provider = provider
        self._timeout = timeout
        self._url = shown_url(base_url)
        self.dialect = Dialect(official=True, logprobs=parameters.logprobs and provider in _GIVES_LOGPROBS)
        if provider not in _SEED_NAMES:
            self.dialect.learn(Refusal("", "seed", ""), sent=self.dialect.version)
        self._opened = _open(
            parameters.model,
            provider=provider,
            base_url=base_url,
            api_key=api_key,
            timeout=timeout,
            in_flight=in_flight,
        )

    async def ask(self, call: Call) -> Reply:
        """Make one call; what the provider refuses by name is left out and the call made again at once.

        Raises:
            CallFailed: The provider failed, or turned this one request down.
            JudgeUnavailable: It will fail for every request until somebody changes something.
        """
        while True:
            sent = self.dialect.version
            try:
                return await self._call(call)
            except Exception as error:  # each provider's library raises its own kinds, and wraps others'
                failure = read_failure(error)
                if _says_why(failure) and self.dialect.learn(failure.refusal, sent=sent):
                    continue
                variables = PROVIDERS[self._provider].variables
                raise sort_failure(
                    failure, url=self._url, model=self._parameters.model, key=" or ".join(variables)
                ) from error

    async def _call(self, call: Call) -> Reply:
        from langsmith import tracing_context

        started = time.perf_counter()
        form = self._form
        options = _options(self._provider, self.dialect.body(self._parameters, call), form=form)
        chat = self._opened.chat
        asked = chat if form != "tool" else chat.bind_tools([_tool(call)], tool_choice=call.schema_name)
        # A variable of another program must not send candidates' texts to a tracing service.
        with tracing_context(enabled=False):
            async with asyncio.timeout(self._timeout):
                message = await asked.ainvoke(_messages(self._provider, call), **options)
        reply = read_message(message, schema=call.schema, by_tool=form == "tool")
        milliseconds = round((time.perf_counter() - started) * 1000)
        sent = {**self.dialect.facts(self._parameters, call), "answer_form": form}
        return reply._replace(facts={**sent, **reply.facts, "milliseconds": milliseconds})

    @property
    def _form(self) -> Form:
        if self.dialect.form == "json_object" and self._provider != "ollama":
            return "tool"
        # Ollama's library sends only the outermost fields of a tool's schema.
        return self.dialect.form

    async def close(self) -> None:
        """Close the connections."""
        await self._opened.close()


def _says_why(failure: Failure) -> bool:
    # Some libraries refuse a field themselves, before anything is sent.
    return failure.status in (400, 422) or (
        failure.names[0] == "ValueError" and "` is not supported for " in failure.message
    )


def _tool(call: Call) -> dict[str, object]:
    return {
        "type": "function",
        "function": {
            "name": call.schema_name,
            "description": "Takes the answer, in the form that the instructions describe.",
            "parameters": dict(call.schema),
        },
    }


def _messages(provider: str, call: Call) -> "list[BaseMessage]":
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    made: list[BaseMessage] = []
    for role, text in call.messages:
        if role == "system" and provider == "anthropic":
            # Anthropic caches nothing that is not marked; up to here all requests of a criterion are alike.
            block: dict[str, object] = {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}
            made.append(SystemMessage(content=[block]))
        else:
            kind = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}[role]
            made.append(kind(content=text))
    return made


def _options(provider: str, body: Mapping[str, object], *, form: Form) -> dict[str, Any]:
    """The fields of OpenAI's request under the names that a provider's class knows."""
    numbers: dict[str, Any] = {}
    if "temperature" in body:
        numbers["temperature"] = body["temperature"]
    if "seed" in body:
        numbers[_SEED_NAMES[provider]] = body["seed"]
    for name in ("max_completion_tokens", "max_tokens"):
        if name in body:
            numbers[_LENGTH_NAMES.get(provider, "max_tokens")] = body[name]
    options: dict[str, Any] = {"response_format": body["response_format"]} if form.startswith("json") else {}
    if provider != "ollama":
        return options | numbers
    logprobs = {name: body[name] for name in ("logprobs", "top_logprobs") if name in body}
    return options | logprobs | {"stream": False, "options": {"num_ctx": CONTEXT_TOKENS, **numbers}}


class _Opened(NamedTuple):
    chat: "BaseChatModel"
    close: Callable[[], Awaitable[None]]


def _open(model: str, *, provider: str, base_url: str, api_key: SecretStr, timeout: float, in_flight: int) -> _Opened:
    """A chat model without retries of its own, whose connections belong to this event loop.

    Its HTTP client follows no redirects to other hosts and uses no proxy to reach this machine. For Google and Ollama
    it uses none at all: their libraries take connections from outside only in a way that leaves proxies out.
    """
    import httpx
    from langchain.chat_models import init_chat_model

    loopback = is_loopback(base_url)
    limits = httpx.Limits(max_connections=in_flight + 8, max_keepalive_connections=in_flight + 8)
    # What each provider's class takes is its own affair; nothing checks it but the class itself.
    common: dict[str, Any] = {"model_provider": provider, "base_url": base_url, "cache": False}
    keyed: dict[str, Any] = {**common, "api_key": api_key, "max_retries": 0, "timeout": timeout}
    web: dict[str, Any] = {"timeout": timeout, "follow_redirects": False, "trust_env": not loopback}
    match provider:
        case "anthropic":
            chat = init_chat_model(model, **keyed)
            return _Opened(chat, _give_connections(chat, base_url=base_url, api_key=api_key, timeout=timeout))
        case "google_genai":

            class Transport(httpx.AsyncHTTPTransport):
                """Given one, Google's library leaves aiohttp alone; it also gives it to a client that never calls."""

                def close(self) -> None:
                    """Nothing to do: what was opened is closed by the other client."""

            web["transport"] = Transport(limits=limits, trust_env=not loopback)
            # Its class has a temperature of its own; Vertex AI, which the environment may ask for, is another provider.
            chat = init_chat_model(model, temperature=None, vertexai=False, client_args=web, **keyed)
            return _Opened(chat, chat.aclose)
        case "ollama":
            transport = httpx.AsyncHTTPTransport(limits=limits, trust_env=not loopback)
            own = {"transport": transport}
            chat = init_chat_model(model, client_kwargs=web, async_client_kwargs=own, **common)
            return _Opened(chat, transport.aclose)
    client = httpx.AsyncClient(base_url=base_url, limits=limits, **web)
    if provider == "groq":
        return _Opened(init_chat_model(model, http_async_client=client, **keyed), client.aclose)
    client.headers["Authorization"] = f"Bearer {api_key.get_secret_value()}"
    # Its class counts the timeout in whole seconds; the client's own is the one that counts.
    keyed["timeout"] = math.ceil(timeout)
    return _Opened(init_chat_model(model, async_client=client, **keyed), client.aclose)


def _give_connections(
    chat: "BaseChatModel", *, base_url: str, api_key: SecretStr, timeout: float
) -> Callable[[], Awaitable[None]]:
    """Give an Anthropic model connections of its own; returns what closes them.

    LangChain keeps one HTTP client for all models of a process, in whichever event loop used it first; a judge that
    is asked twice has two loops. There is no public way to hand in another one, nor to keep Anthropic's own tracing,
    which the environment can tell to hold the texts, switched off.
    """
    import anthropic

    http = anthropic.DefaultAsyncHttpxClient(
        base_url=base_url, timeout=timeout, follow_redirects=False, trust_env=not is_loopback(base_url)
    )
    chat.__dict__["_async_client"] = anthropic.AsyncAnthropic(
        api_key=api_key.get_secret_value(),
        base_url=base_url,
        timeout=timeout,
        max_retries=0,
        http_client=http,
        open_telemetry=False,
    )
    return http.aclose
