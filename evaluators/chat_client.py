"""The one door to LangChain and the OpenAI client: one chat call in, one reply or a typed error out.

Heavy libraries are imported when a client is made, so that nobody else pays for them.
"""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import SecretStr

from pipeline.errors import JudgeError, JudgeUnavailable

if TYPE_CHECKING:
    from openai import APIStatusError

OPENAI_URL = "https://api.openai.com/v1"

ReplyKind = Literal["answered", "cut", "refused", "malformed"]
Facts = dict[str, str | int | float]
Message = tuple[Literal["system", "user", "assistant"], str]


class CallFailed(JudgeError):
    """One call did not succeed although the client retried it; others may."""


class Reply(NamedTuple):
    """What came back from one call."""

    kind: ReplyKind
    text: str
    facts: Facts
    """What the endpoint said of itself, and how long it took."""


class ChatParameters(NamedTuple):
    """Everything about a call that may change its answer."""

    model: str
    temperature: float | None
    """None: not sent, because the model knows no other than its own."""
    max_output_tokens: int


class ChatClient:
    """Calls one endpoint. Make it, use it and close it inside one event loop: connections belong to their loop."""

    def __init__(
        self,
        parameters: ChatParameters,
        *,
        base_url: str,
        api_key: SecretStr,
        timeout: float,
        retries: int,
    ) -> None:
        import openai
        from langchain_openai import ChatOpenAI

        self._model = parameters.model
        self._url = shown_url(base_url)
        # A proxy from the environment cannot reach this machine's own loopback.
        self._http = openai.DefaultAsyncHttpxClient(
            base_url=base_url, trust_env=not is_loopback(base_url), timeout=timeout, follow_redirects=False
        )
        optional = {} if parameters.temperature is None else {"temperature": parameters.temperature}
        self._chat = ChatOpenAI(
            model=parameters.model,
            base_url=base_url,
            api_key=api_key,
            timeout=timeout,
            max_retries=retries,
            max_tokens=parameters.max_output_tokens,
            use_responses_api=False,
            http_async_client=self._http,
            cache=False,
            **optional,
        )

    async def ask(self, messages: Sequence[Message], response_format: Mapping[str, object]) -> Reply:
        """Make one call.

        Raises:
            CallFailed: The endpoint failed even after retries, or turned this one request down.
            JudgeUnavailable: It will fail for every request until somebody changes something.
        """
        import openai
        from langsmith import tracing_context

        started = time.perf_counter()
        try:
            # An environment variable of another program must not send candidates' text to a tracing service.
            with tracing_context(enabled=False):
                message = await self._chat.ainvoke(list(messages), response_format=dict(response_format))
        except openai.LengthFinishReasonError as error:
            return Reply("cut", error.completion.choices[0].message.content or "", {})
        except openai.ContentFilterFinishReasonError:
            return Reply("refused", "", {})
        except openai.APIStatusError as error:
            raise self._status_error(error) from error
        except openai.APITimeoutError as error:
            raise CallFailed(f"{self._url} did not answer in time") from error
        except openai.APIConnectionError as error:
            if _never_connected(error):
                raise JudgeUnavailable(
                    f"Cannot connect to the chat endpoint {self._url!r}: {_root(error)}. "
                    "Start it, or correct --base-url; what was answered so far is kept."
                ) from error
            raise CallFailed(f"the connection to {self._url} broke: {type(_root(error)).__name__}") from error
        except (openai.OpenAIError, ValueError, TypeError, LookupError, AttributeError):
            # The client and LangChain raise all of these for a body that is no chat completion.
            return Reply("malformed", "", {})
        facts = _facts(message.response_metadata)
        facts["milliseconds"] = round((time.perf_counter() - started) * 1000)
        if (
            message.additional_kwargs.get("refusal")
            or message.response_metadata.get("finish_reason") == "content_filter"
        ):
            return Reply("refused", "", facts)
        if message.response_metadata.get("finish_reason") == "length":
            return Reply("cut", str(message.text), facts)
        return Reply("answered", str(message.text), facts)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def _status_error(self, error: "APIStatusError") -> JudgeError:
        """Sort an HTTP error by whether it concerns this request or all of them.

        Its message is repeated only where it cannot hold a candidate's text.
        """
        status, code = error.status_code, str(error.code or "")
        why = f"{self._url!r} answered {status}" + (f" ({code})" if code else "")
        if status == 401:
            return JudgeUnavailable(f"The chat endpoint {why}: it does not accept the key. Set OPENAI_API_KEY anew.")
        if status == 404 or code == "model_not_found":
            return JudgeUnavailable(
                f"The chat endpoint {why}: it knows no model {self._model!r}, or --base-url names a wrong path. "
                "Correct the model's name or the URL."
            )
        if code == "insufficient_quota":
            return JudgeUnavailable(f"The chat endpoint {why}: the account has no credit left. Add some and run again.")
        if status == 400 and ("response_format" in error.message or "json_schema" in error.message):
            return JudgeUnavailable(
                f"The chat endpoint {why}: {self._model!r} gives no answers by JSON schema. Choose a model that does."
            )
        return CallFailed(f"the endpoint answered {status}" + (f" ({code})" if code else ""))


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def shown_url(url: str) -> str:
    """A URL without the user name, password and query that it may hold."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def _facts(metadata: Mapping[str, object]) -> Facts:
    facts: Facts = {}
    if isinstance(model := metadata.get("model_name"), str):
        facts["model"] = model
    if isinstance(system := metadata.get("system_fingerprint"), str) and system:
        facts["system_fingerprint"] = system
    usage = metadata.get("token_usage")
    if isinstance(usage, Mapping):
        details = usage.get("prompt_tokens_details")
        cached = details.get("cached_tokens") if isinstance(details, Mapping) else None
        counts = {
            "input_tokens": usage.get("prompt_tokens"),
            "output_tokens": usage.get("completion_tokens"),
            "cached_tokens": cached,
        }
        facts.update({name: count for name, count in counts.items() if isinstance(count, int)})
    return facts


def _root(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _never_connected(error: BaseException) -> bool:
    # By name: the client uses one HTTP library or another, depending on its version.
    current: BaseException | None = error
    while current is not None:
        if type(current).__name__ == "ConnectError":
            return True
        current = current.__cause__
    return False
