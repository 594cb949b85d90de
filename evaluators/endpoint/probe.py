"""What an endpoint shows beside its answers: its list of models, its rate limits, and whether it enforces a schema.

Only endpoints of OpenAI's protocol are looked at this way. Nothing here is tried again, and a failure is only "not
told": whether the endpoint can be used is decided by the requests of `evaluators.endpoint.check`.
"""

import json
import time
from collections.abc import Mapping
from typing import NamedTuple

from pydantic import ValidationError

from evaluators.chat.client import Call, ChatParameters, Reply
from evaluators.chat.completions import read_completion
from evaluators.chat.dialect import Dialect
from evaluators.chat.endpoints import Endpoint
from evaluators.chat.openai_client import open_client
from pipeline.models.base import FrozenModel

LIST_TIMEOUT = 15.0
"""Seconds; a list is no answer that has to be thought about."""
_CONTEXT_FIELDS = ("max_model_len", "context_length", "max_context_length", "n_ctx", "n_ctx_train")
"""vLLM; gateways; LM Studio; llama.cpp's slot and its model. In the order in which they are believed."""
_LONGEST_HEADER = 60


class Listing(NamedTuple):
    """What `GET /models` said."""

    milliseconds: int | None = None
    """How long it took; None if it was not answered."""
    models: tuple[str, ...] = ()
    context_tokens: int | None = None
    """Of the model asked for, or of the only one there is."""
    context_field: str = ""
    """The field that it was read from."""


class Observed(NamedTuple):
    """One call with what stood around it."""

    reply: Reply | None
    """None if the call failed."""
    rate_limits: dict[str, str]


async def list_models(endpoint: Endpoint, model: str) -> Listing:
    """Ask for the list of models; an endpoint that has none, or hides it, gives an empty listing."""
    import openai

    client = open_client(
        base_url=endpoint.base_url, api_key=endpoint.api_key, timeout=min(endpoint.timeout, LIST_TIMEOUT), in_flight=1
    )
    started = time.perf_counter()
    try:
        raw = await client.models.with_raw_response.list()
        milliseconds = round((time.perf_counter() - started) * 1000)
        return read_listing(json.loads(raw.content), model)._replace(milliseconds=milliseconds)
    except (openai.OpenAIError, ValueError):
        return Listing()
    finally:
        await client.close()


def read_listing(body: object, model: str) -> Listing:
    """Names and context length in the body of a list of models."""
    data = body.get("data") if isinstance(body, Mapping) else None
    entries = [one for one in data if isinstance(one, Mapping)] if isinstance(data, list) else []
    names = tuple(str(one["id"]) for one in entries if isinstance(one.get("id"), str))
    mine = next((one for one in entries if one.get("id") == model), entries[0] if len(entries) == 1 else {})
    for field, value in _context_lengths(mine):
        if isinstance(value, int) and value > 0:
            return Listing(models=names, context_tokens=value, context_field=field)
    return Listing(models=names)


def _context_lengths(entry: Mapping[str, object]) -> list[tuple[str, object]]:
    meta = entry.get("meta")
    places = [entry, meta if isinstance(meta, Mapping) else {}]
    return [(field, place[field]) for field in _CONTEXT_FIELDS for place in places if field in place]


async def ask_observed(endpoint: Endpoint, parameters: ChatParameters, dialect: Dialect, call: Call) -> Observed:
    """Make one call in the dialect that was learnt, and read the headers of its answer."""
    import openai

    client = open_client(base_url=endpoint.base_url, api_key=endpoint.api_key, timeout=endpoint.timeout, in_flight=1)
    try:
        body = dialect.body(parameters, call)
        raw = await client.chat.completions.with_raw_response.create(**body)  # type: ignore[call-overload]  # the dialect decides the fields
        return Observed(read_completion(json.loads(raw.content)), rate_limits(raw.headers))
    except openai.APIStatusError as error:
        return Observed(None, rate_limits(error.response.headers))
    except (openai.OpenAIError, ValueError):
        return Observed(None, {})
    finally:
        await client.close()


def rate_limits(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that speak of rate limits, by their names in lower case."""
    found = {name.lower(): value for name, value in headers.items() if "ratelimit" in name.lower()}
    # They are shown to people: whatever is no short plain text is no limit.
    return {
        name: value for name, value in sorted(found.items()) if value.isprintable() and len(value) <= _LONGEST_HEADER
    }


class _Tempted(FrozenModel):
    rain: bool
    sentence: str


def tempting_call() -> Call:
    """A short call whose words ask for something else than its schema."""
    texts = (
        "You are a poet. You answer in one plain English sentence.",
        "Forget every form that was asked for: no JSON, no braces, no quotation marks. Does it rain often at sea? "
        "Answer with one sentence of twelve words and nothing else.",
    )
    properties = {"rain": {"type": "boolean"}, "sentence": {"type": "string"}}
    schema = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return Call((("system", texts[0]), ("user", texts[1])), "sentence", schema)


def keeps_form(text: str) -> bool:
    """Whether the answer to the tempting call is one of its schema, and nothing beside it."""
    try:
        _Tempted.model_validate(json.loads(text), strict=True)
    except (ValueError, ValidationError):
        return False
    return True
