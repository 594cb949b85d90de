"""From a chat request's body to the reply: limits first, then the planned fault, else an answer."""

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast, get_args

from tests.mock_endpoint import errors
from tests.mock_endpoint.behaviour import Behaviour, Fault, WireFault
from tests.mock_endpoint.completion import Content, Usage, completion, cut, tokens_of
from tests.mock_endpoint.errors import ApiError
from tests.mock_endpoint.instance import Instance, joined
from tests.mock_endpoint.prefix_cache import PrefixCache, prefixes
from tests.mock_endpoint.rate_limit import Headers, RateLimiter, retry_after_headers
from tests.mock_endpoint.schedule import FaultSchedule, seeded_share
from tests.mock_endpoint.statistics import Recorder

Body = Mapping[str, Any]

_UNUSABLE = (
    "off_schema",
    "cut_off",
    "empty",
    "null_content",
    "no_choices",
    "refusal",
    "content_filter",
    "malformed_json",
    "html",
)
_WIRE_FAULTS = get_args(WireFault)
_OFF_SCHEMA = '{"score":100,"verdict":"strong hire"}'


class Reply(NamedTuple):
    """What one request gets."""

    status: int
    body: bytes
    headers: Headers
    fault: Fault | None
    """What shall befall the exchange or befell the content."""
    digest: str
    """Of the request's body; empty if it was not read."""
    usable: bool
    prefixes: Sequence[int]
    """To be cached when the answer was sent."""
    delay: float

    @property
    def wire(self) -> WireFault | None:
        """The fault of the exchange, if it is one."""
        kind = self.fault.kind if self.fault is not None else None
        return cast(WireFault, kind) if kind in _WIRE_FAULTS else None


class Chat:
    """Answers chat requests and counts them.

    Args:
        behaviour: What it does.
        recorder: Where it counts.
        monotonic: For the rate limit.
    """

    def __init__(
        self, behaviour: Behaviour, recorder: Recorder, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._recorder = recorder
        self._cache = PrefixCache()
        self._monotonic = monotonic
        self.behave(behaviour)

    def behave(self, behaviour: Behaviour) -> None:
        """Behave so from now on; fault counts and the rate limit begin anew."""
        self._behaviour = behaviour
        self._faults = FaultSchedule(behaviour.faults, seed=behaviour.seed)
        self._line_faults = FaultSchedule(behaviour.batches.faults, seed=behaviour.seed)
        limit = behaviour.rate_limit
        self._limiter = RateLimiter(limit, clock=self._monotonic) if limit is not None else None

    def refusal_of(self, authorization: str) -> ApiError | None:
        """The error for a wrong key."""
        key = self._behaviour.api_key
        return errors.ERRORS["wrong_key"] if key is not None and authorization != f"Bearer {key}" else None

    def call(self, content: bytes, *, authorization: str) -> Reply:
        """Reply to a call."""
        refused = self.refusal_of(authorization)
        if refused is not None:
            return self._error(refused)
        try:
            body = json.loads(content)
            texts = _texts(body)
        except (ValueError, TypeError, LookupError, AttributeError):
            return self._error(errors.malformed("We could not parse the JSON body of your request."))
        headers: Headers = {}
        if self._limiter is not None and self._behaviour.rate_limit is not None:
            decision = self._limiter.admit(_prompt_tokens(texts))
            headers = decision.headers
            if decision.wait > 0:
                self._recorder.faults["rate_limit"] += 1
                headers |= retry_after_headers(self._behaviour.rate_limit.retry_after, decision.wait, now=time.time())
                limit = headers[f"x-ratelimit-limit-{decision.short_of}"]
                # Turned away at the door: at once, and not as an attempt.
                return self._error(errors.too_many(decision.short_of, limit, decision.wait), headers=headers)
        reply = self._reply(body, texts, self._faults)
        return reply._replace(headers=headers | reply.headers)

    def line(self, body: Body) -> Reply:
        """Reply to a line of a batch, which knows no rate limit."""
        try:
            texts = _texts(body)
        except (TypeError, LookupError, AttributeError):
            return self._error(errors.malformed("'messages' is missing or wrong.", "messages"))
        return self._reply(body, texts, self._line_faults)

    def sent(self, reply: Reply) -> None:
        """Note that a reply has gone out in full."""
        if reply.usable:
            self._recorder.answered(reply.digest)
            self._cache.store(reply.prefixes)
        elif reply.status == 200:
            self._recorder.unusable += 1

    def _reply(self, body: Body, texts: Sequence[str], schedule: FaultSchedule) -> Reply:
        attempt = self._recorder.arrived(body)
        fault = schedule.pick(attempt, texts, concerns=lambda fault: _concerns(fault, body))
        if fault is not None:
            self._recorder.faults[fault.kind] += 1
        delay = self._behaviour.latency
        if self._behaviour.jitter:
            delay += self._behaviour.jitter * seeded_share(self._behaviour.seed, "jitter", *attempt)
        if fault is not None and fault.kind == "slow":
            delay += fault.seconds
        error = self._error_of(body, texts, fault)
        if error is not None:
            headers = {}
            if fault is not None and fault.kind == "rate_limited":
                headers = retry_after_headers(fault.retry_after, fault.seconds, now=time.time())
            return self._error(error, headers=headers, fault=fault)._replace(digest=attempt.digest, delay=delay)
        if fault is not None and fault.kind == "status_502":
            headers = {"content-type": "text/html"}
            return Reply(502, errors.GATEWAY_HTML, headers, fault, attempt.digest, False, (), delay)
        answer, known = self._answer(body, texts, fault)
        usable = fault is None or fault.kind not in _UNUSABLE
        return Reply(200, answer, {}, fault, attempt.digest, usable, known, delay)

    def _error_of(self, body: Body, texts: Sequence[str], fault: Fault | None) -> ApiError | None:
        kind = fault.kind if fault is not None else None
        model, models, limit = str(body.get("model")), self._behaviour.models, self._behaviour.context_tokens
        tokens = _prompt_tokens(texts)
        if kind in errors.ERRORS:
            return errors.ERRORS[kind]
        if kind == "rate_limited" and fault is not None:
            return errors.too_many("requests", "1", fault.seconds)
        if kind == "context_too_long" or tokens > limit:
            return errors.too_long(min(limit, tokens - 1), tokens)
        if kind == "unknown_model" or (models and model not in models):
            return errors.no_model(model)
        if body.get("stream"):
            return errors.malformed("This endpoint does not stream.", "stream")
        return None

    def _error(self, error: ApiError, *, headers: Headers | None = None, fault: Fault | None = None) -> Reply:
        return Reply(error.status, error.body(), headers or {}, fault, "", False, (), 0.0)

    def _answer(self, body: Body, texts: Sequence[str], fault: Fault | None) -> tuple[bytes, Sequence[int]]:
        kind = fault.kind if fault is not None else None
        if kind == "no_choices":
            return b'{"id":"chatcmpl-0","object":"chat.completion","choices":[]}', ()
        content = self._content(body, texts, kind)
        model = str(body.get("model"))
        known = prefixes(model, "\n".join(texts))
        usage = Usage(
            prompt=_prompt_tokens(texts),
            cached=self._cache.cached_tokens(known),
            completion=tokens_of(len(joined(content.pieces))),
        )
        asked = bool(body.get("logprobs")) and kind != "no_logprobs"
        answer = completion(
            content,
            id=f"chatcmpl-{secrets.token_hex(12)}",
            created=int(time.time()),
            model=f"{model}-mock",
            usage=None if kind == "no_usage" else usage,
            top_logprobs=int(body.get("top_logprobs") or 0) if asked else None,
        )
        return answer, known

    def _content(self, body: Body, texts: Sequence[str], kind: str | None) -> Content:
        match kind:
            case "off_schema":
                return Content([_OFF_SCHEMA])
            case "empty":
                return Content([])
            case "null_content":
                return Content([], null=True)
            case "refusal":
                return Content([], refusal="I'm sorry, I cannot assist with that request.")
            case "content_filter":
                return Content([], finish_reason="content_filter")
        pieces = self._instance(body, texts, invent=kind == "invented_quotes")
        if kind == "cut_off":
            return Content(cut(pieces, len(joined(pieces)) // 2), finish_reason="length")
        if kind == "fenced":
            return Content(["```json\n", *pieces, "\n```"])
        return Content(pieces)

    def _instance(self, body: Body, texts: Sequence[str], *, invent: bool) -> Sequence[Any]:
        schema = _schema(body)
        if schema is None:
            return ["Yes."]
        # Not of the whole body: the same question gets the same answer by call and by batch, with log-probabilities
        # and without.
        decisive = "\x00".join([json.dumps([body.get("model"), body.get("seed"), schema]), *texts])
        return Instance(
            schema,
            texts=texts,
            digest=hashlib.sha256(decisive.encode(errors="surrogatepass")).hexdigest(),
            evidenced=self._behaviour.evidenced,
            spaced=self._behaviour.spaced_json,
            invent=invent,
        ).pieces()


def _texts(body: Body) -> list[str]:
    """The messages' texts; parts of a message are joined."""
    texts = []
    for message in body["messages"]:
        content = message.get("content") or ""
        texts.append(content if isinstance(content, str) else "".join(part.get("text", "") for part in content))
    if not texts:
        raise ValueError("no messages")
    return texts


def _prompt_tokens(texts: Sequence[str]) -> int:
    return tokens_of(sum(map(len, texts)))


def _schema(body: Body) -> Mapping[str, Any] | None:
    """The schema that the answer shall have; None: any text will do."""
    match body.get("response_format") or {}:
        case {"type": "json_schema", "json_schema": {"schema": dict(schema)}}:
            return schema
        case {"type": "json_object"}:
            return {"type": "object", "properties": {}}
    return None


def _concerns(fault: Fault, body: Body) -> bool:
    """Whether the body has what the fault refuses."""
    match fault.kind:
        case "response_format_refused":
            return (body.get("response_format") or {}).get("type") == "json_schema"
        case "logprobs_refused" | "logprobs_forbidden":
            return bool(body.get("logprobs"))
        case "temperature_refused":
            return body.get("temperature", 1) not in (None, 1)
        case "max_tokens_refused":
            return body.get("max_tokens") is not None
    return True
