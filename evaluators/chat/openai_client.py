"""Calls OpenAI or any endpoint that speaks its protocol, through the `openai` library.

LangChain's `ChatOpenAI` makes the same call; it spends 4.1 ms of processor time on it and 28 ms where the answer
carries log-probabilities, against 1.2 and 2.8 ms here (`python -m tests.measure_chat_judge --clients`), which at 64
calls in flight decides whether two cores keep up. The answer is read from its raw JSON for the same reason.
Heavy libraries are imported when a client is made, so that nobody else pays for them.
"""

import asyncio
import math
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import orjson
from pydantic import SecretStr

from evaluators.chat.client import (
    OPENAI_URL,
    Call,
    CallFailed,
    ChatParameters,
    Forbidden,
    NotConnected,
    Reply,
    is_loopback,
    shown_url,
)
from evaluators.chat.completions import read_completion
from evaluators.chat.dialect import Dialect, Refusal, speaks_of_length
from pipeline.errors import JudgeError, JudgeUnavailable

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

_DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>ms|s|m|h|d)?")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, None: 1.0}
_TRANSIENT = frozenset((408, 409, 425, 429))
"""Besides all from 500 on."""
_SPOKEN = {"rate_limit": 429, "quota": 429, "model_not_found": 404, "api_key": 401, "invalid_request": 400}
"""Statuses of codes in words; `insufficient_quota` is told apart later."""
_MODERATED = frozenset(("content_filter", "content_policy_violation"))
"""Codes of a moderation before the model, as Azure's; the same refusal as one by the model itself."""


_NO_SUCH = re.compile(
    r"\bmodels?\b.{0,120}\b(?:does not exist|doesn't exist|do not exist|not found|is unknown|is not a valid model)"
    r"|\b(?:unknown|no such|invalid|unrecognized) model\b|\bis not a valid model\b|\bmodel_not_found\b",
    re.DOTALL,
)
_FLAGGED = re.compile(r"flagged|moderat", re.IGNORECASE)
_SHORT_MESSAGE = 300


class OpenAIClient:
    """One endpoint of OpenAI's protocol.

    Args:
        parameters: What every call has in common.
        base_url: The endpoint.
        api_key: Its key.
        timeout: Seconds that one call may take.
        in_flight: How many connections are kept.
        dialect: What is known of how the endpoint wants to be asked; shared by the clients of one judge.
    """

    def __init__(
        self,
        parameters: ChatParameters,
        *,
        base_url: str,
        api_key: SecretStr,
        timeout: float,
        in_flight: int,
        dialect: Dialect | None = None,
    ) -> None:
        self._parameters = parameters
        self._timeout = timeout
        self._url = shown_url(base_url)
        self.dialect = dialect or Dialect(official=base_url.startswith(OPENAI_URL), logprobs=parameters.logprobs)
        client = open_client(base_url=base_url, api_key=api_key, timeout=timeout, in_flight=in_flight)
        self._http = client._client  # Shared with the library, so that both keep one set of connections.
        self._address = str(client.base_url.join("chat/completions"))
        self._headers = {
            name: value
            for name, value in {**client.default_headers, **client.auth_headers}.items()
            if isinstance(value, str)
        }
        self._client = client

    async def ask(self, call: Call) -> Reply:
        """Make one call; refused optional fields are left out and the call made again at once.

        Raises:
            CallFailed: The endpoint failed, or turned this one request down.
            JudgeUnavailable: It will fail for every request until somebody changes something.
        """
        import httpx2

        while True:
            sent = self.dialect.version
            started = time.perf_counter()
            try:
                # The client's own limit holds for each piece of an answer; a server that drips would never meet it.
                async with asyncio.timeout(self._timeout):
                    response = await self._post(call)
            except (httpx2.TimeoutException, TimeoutError) as error:
                raise CallFailed(
                    f"{self._url} did not answer in time", transient=True, charged=True, timed_out=True
                ) from error
            except (httpx2.HTTPError, httpx2.StreamError) as error:
                raise _connection_error(error, self._url) from error
            body = _json(response.content)
            # Gateways put the error of whom they asked into an answer of their own that is none.
            inner = error_within(body) if response.status_code == 200 else None
            if response.status_code == 200 and inner is None:
                self.dialect.note_success()
                return self._read(call, response, body, started=started)
            status, refusal = inner or (response.status_code, read_refusal(body))
            if refusal.code in _MODERATED:
                return Reply("refused", "", self.dialect.facts(self._parameters, call))
            # OpenAI answers 403 where a model gives no log-probabilities.
            if status in (400, 403, 422) and self.dialect.learn(refusal, sent=sent, guess=status != 403):
                continue
            raise status_error(
                status,
                refusal,
                headers=response.headers,
                url=self._url,
                model=self._parameters.model,
            )

    async def _post(self, call: Call) -> "httpx2.Response":
        # Past the library's own request layer, which copies and walks through every message: at 64 calls in flight it
        # costs more processor time than all the rest of a call.
        body = orjson.dumps(self.dialect.body(self._parameters, call))
        return await self._http.post(self._address, content=body, headers=self._headers)

    def _read(self, call: Call, response: "httpx2.Response", body: object, *, started: float) -> Reply:
        milliseconds = round((time.perf_counter() - started) * 1000)
        reply = Reply("malformed", "", {}) if body is None else read_completion(body)
        facts = {**self.dialect.facts(self._parameters, call), **reply.facts, "milliseconds": milliseconds}
        return reply._replace(facts=facts, open_for=seconds_until_room(response.headers))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def open_client(*, base_url: str, api_key: SecretStr, timeout: float, in_flight: int) -> "AsyncOpenAI":
    """The library's client, without retries of its own and without following redirects to other hosts."""
    import httpx2
    import openai

    limits = httpx2.Limits(max_connections=in_flight + 8, max_keepalive_connections=in_flight + 8)
    # A proxy from the environment cannot reach this machine's own loopback.
    http = openai.DefaultAsyncHttpxClient(
        base_url=base_url,
        trust_env=not is_loopback(base_url),
        timeout=timeout,
        limits=limits,
        follow_redirects=False,
    )
    return openai.AsyncOpenAI(
        base_url=base_url, api_key=api_key.get_secret_value(), timeout=timeout, max_retries=0, http_client=http
    )


def _json(content: bytes) -> object:
    """What a body holds; None if it is no JSON."""
    try:
        return orjson.loads(content)
    except ValueError:
        return None


def read_refusal(body: object) -> Refusal:
    """Code, parameter and message of an error body; empty where it has none.

    Besides OpenAI's form it knows FastAPI's: `detail` is a text, or a list of what is wrong with which field.
    """
    error = body.get("error") or body.get("detail") or body if isinstance(body, Mapping) else body
    if isinstance(error, list):
        wrong = [one for one in error if isinstance(one, Mapping)]
        fields = [str(part) for one in wrong for part in _places(one.get("loc")) if part != "body"]
        return Refusal("", " ".join(fields), " ".join(str(one.get("msg", "")) for one in wrong)[:500])
    if not isinstance(error, Mapping):
        return Refusal("", "", str(error or "")[:500])
    parts = [error.get(name) for name in ("code", "param", "message")]
    code, param, message = (str(part) if part is not None else "" for part in parts)
    return Refusal(code, param, message)


def _places(loc: object) -> list[object]:
    return loc if isinstance(loc, list) else []


def error_within(body: object) -> tuple[int, Refusal] | None:
    """Status and refusal in a body that came with status 200 and holds an error instead of an answer."""
    if not isinstance(body, Mapping):
        return None
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    holder = choice if isinstance(choice, Mapping) and choice.get("error") else body
    if not holder.get("error") or (holder is body and choice is not None):
        return None
    refusal = read_refusal(holder)
    if re.fullmatch(r"[45]\d\d", refusal.code):
        return int(refusal.code), refusal
    # What it does not name is taken for a fault that passes.
    return next((status for word, status in _SPOKEN.items() if word in refusal.code.lower()), 502), refusal


def status_error(status: int, refusal: Refusal, *, headers: Mapping[str, str], url: str, model: str) -> JudgeError:
    """Sort an HTTP error by whether it concerns this request or all of them.

    Its message is repeated nowhere, since it can hold a candidate's text.
    """
    code = refusal.code if re.fullmatch(r"[a-z_]{1,60}", refusal.code) else ""
    why = f"{url!r} answered {status}" + (f" ({code})" if code else "")
    if status == 401:
        return JudgeUnavailable(f"The chat endpoint {why}: it does not accept the key. Set OPENAI_API_KEY anew.")
    if status == 404 or code == "model_not_found" or _knows_no_model(status, refusal.message, model):
        return JudgeUnavailable(
            f"The chat endpoint {why}: it knows no model {model!r}, or --base-url names a wrong path. "
            "Correct the model's name or the URL."
        )
    if code == "insufficient_quota" or status == 402:
        return JudgeUnavailable(f"The chat endpoint {why}: the account has no credit left. Add some and run again.")
    message = f"the endpoint answered {status}" + (f" ({code})" if code else "")
    if is_forbidden(status, refusal.message):
        told = f"The chat endpoint {why}: the key may not use model {model!r}. Ask for access, or name another model."
        return Forbidden(message, told=told)
    if status in (400, 413, 422) and speaks_of_length(refusal):
        message += ": the question and the room for its answer are more than the model takes"
    return CallFailed(
        message,
        transient=status in _TRANSIENT or status >= 500,
        rate_limited=status == 429,
        retry_after=retry_after(headers),
        # A gateway may give up on a model that goes on writing.
        charged=status in (408, 502, 504, 524),
    )


def is_forbidden(status: int, message: str) -> bool:
    """Whether an error is about the key and not about the text of one request, which a moderation disliked."""
    return status == 403 and not _FLAGGED.search(message)


def _knows_no_model(status: int, message: str, model: str) -> bool:
    """Whether a message says so; a long one may repeat what was sent, and says nothing."""
    told = message.lower()
    return (
        status in (400, 422)
        and model.lower() in told
        and len(message) <= _SHORT_MESSAGE
        and _NO_SUCH.search(told.replace(model.lower(), "it")) is not None
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` (a number or a date) or `retry-after-ms` asks to wait; None without them."""
    for name, unit in (("retry-after-ms", 1_000), ("retry-after", 1)):
        try:
            seconds = float(headers[name]) / unit
        except (KeyError, ValueError):
            continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    try:
        moment = parsedate_to_datetime(headers.get("retry-after", ""))
        # A date without a zone, or with -0000, is in UTC.
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return max(0.0, (aware - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def seconds_until_room(headers: Mapping[str, str]) -> float:
    """Seconds until the endpoint takes another request, by its rate-limit headers; 0 while it has room.

    Reads `x-ratelimit-remaining-requests` and `-tokens` with their `-reset-` partners, written like `1s`, `6m0s`
    or `120ms`.
    """
    waits = [0.0]
    for kind in ("requests", "tokens"):
        if headers.get(f"x-ratelimit-remaining-{kind}", "").strip() == "0":
            waits.append(_duration(headers.get(f"x-ratelimit-reset-{kind}", "")))
    return max(waits)


def _duration(text: str) -> float:
    return sum(float(part["number"]) * _SECONDS[part["unit"]] for part in _DURATION.finditer(text))


def _connection_error(error: Exception, url: str) -> CallFailed:
    root: BaseException = error
    names = set()
    while root.__cause__ is not None:
        root = root.__cause__
        names.add(type(root).__name__)
    # By name: the library's own HTTP client wraps another one.
    if "ConnectError" in names or isinstance(root, ConnectionRefusedError):
        return NotConnected(f"cannot connect to the chat endpoint {url!r}: {root}", transient=True)
    # The connection was there, so the request may have been worked on.
    return CallFailed(f"the connection to {url} broke: {type(root).__name__}", transient=True, charged=True)
