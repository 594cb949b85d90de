import json
import math
from itertools import pairwise
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mock_endpoint.asking import CHECKS, TEXT, ask, body, client, content, findings_schema, response_format
from tests.mock_endpoint.endpoint import MockEndpoint
from tests.mock_endpoint.instance import Instance, joined
from tests.mock_endpoint.prefix_cache import PrefixCache, prefixes


def test_findings_hold_every_check_and_quote_the_passage_verbatim(endpoint: MockEndpoint) -> None:
    quotes = []
    for number in range(8):
        found = json.loads(content(ask(endpoint, body(f"{TEXT} {number}"))))
        jsonschema.validate(found, findings_schema())
        assert list(found["findings"]) == list(CHECKS)
        for finding in found["findings"].values():
            assert finding["met"] is (finding["p"] >= 0.5)
            assert all(quote["passage"] == "P1" for quote in finding["quotes"])
            quotes += [(quote["text"], f"{TEXT} {number}") for quote in finding["quotes"]]
    assert len(quotes) > 10
    for quote, text in quotes:
        assert quote in text
        assert 4 <= len(quote.split()) <= 12


def test_equal_bodies_get_equal_answers_and_others_do_not(endpoint: MockEndpoint) -> None:
    first, again, other = (
        content(ask(endpoint, asked)) for asked in (body(), body(), body("Another text of five words."))
    )
    assert first == again != other
    assert content(ask(endpoint, body(seed=2))) != first
    assert content(ask(endpoint, body(logprobs=True))) == first


@pytest.mark.parametrize("spaced", [False, True])
@pytest.mark.parametrize("top", [0, 1, 5, 20])
def test_token_texts_make_up_the_content_and_their_odds_make_up_p(
    endpoint: MockEndpoint, spaced: bool, top: int
) -> None:
    endpoint.configure(spaced_json=spaced)
    completion = ask(endpoint, body(logprobs=True, top_logprobs=top))
    logprobs = completion.choices[0].logprobs
    assert logprobs is not None
    assert logprobs.content is not None
    tokens = logprobs.content
    assert "".join(token.token for token in tokens) == content(completion)
    assert b"".join(bytes(token.bytes or ()) for token in tokens) == content(completion).encode()
    assert all(len(token.top_logprobs) == top for token in tokens)
    for token in tokens:
        assert [one.logprob for one in token.top_logprobs] == sorted(
            (o.logprob for o in token.top_logprobs), reverse=True
        )
        assert top == 0 or token.top_logprobs[0].token == token.token
    names = [token.token for token in tokens]
    decided = [
        token
        for place, token in enumerate(tokens)
        if token.token.strip() in ("true", "false") and names[place - 2 : place] == ["met", '":']
    ]
    stated = [finding["p"] for finding in json.loads(content(completion))["findings"].values()]
    assert len(decided) == len(stated)
    for token, p in zip(decided, stated, strict=True):
        own = p if token.token.strip() == "true" else 1 - p
        assert math.exp(token.logprob) == pytest.approx(own * 0.998, rel=1e-4)
        odds = {one.token.strip(): math.exp(one.logprob) for one in token.top_logprobs}
        if top >= 5 and {"true", "false"} <= set(odds):
            assert odds["true"] / (odds["true"] + odds["false"]) == pytest.approx(p, abs=1e-4)


def test_a_reply_has_the_fields_of_openai(endpoint: MockEndpoint) -> None:
    completion = ask(endpoint)
    assert completion.object == "chat.completion"
    assert completion.system_fingerprint == "fp_mock"
    assert completion.model == "mock-mock"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.choices[0].logprobs is None
    assert completion._request_id is not None
    assert completion.usage is not None
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    characters = sum(len(message["content"]) for message in body()["messages"])
    assert completion.usage.prompt_tokens == math.ceil(characters / 4)


def test_a_long_common_beginning_is_cached_from_the_first_answer_on(endpoint: MockEndpoint) -> None:
    def cached(text: str, system: str) -> int:
        usage = ask(endpoint, body(text, system=system)).usage
        assert usage is not None
        assert usage.prompt_tokens_details is not None
        return usage.prompt_tokens_details.cached_tokens or 0

    long, short = "Read with care. " * 300, "Read with care. " * 200
    assert cached("the first of all texts", long) == 0
    assert cached("the second of all texts", long) == 1_152
    assert cached("the first of all texts", short) == 0
    assert cached("the second of all texts", short) == 0


def test_the_cache_forgets_what_was_not_used_for_longest() -> None:
    cache = PrefixCache(size=4)
    first, second = (prefixes("m", letter * 4_700) for letter in "ab")
    cache.store(first)
    cache.store(second)
    assert len(first) == 2
    assert cache.cached_tokens(first) == 1_152
    cache.store(prefixes("m", "c" * 4_700))
    assert cache.cached_tokens(first) == 1_152
    assert cache.cached_tokens(second) == 0
    assert all(one != other for one, other in pairwise(sorted([*first, *second])))


def test_a_prompt_without_schema_gets_plain_text(endpoint: MockEndpoint) -> None:
    asked = {name: value for name, value in body().items() if name != "response_format"}
    assert content(ask(endpoint, asked)) == "Yes."


NODE = {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/node"}]}
OTHER_SCHEMAS: dict[str, dict[str, Any]] = {
    "a choice": {
        "type": "object",
        "properties": {"better": {"enum": ["first", "second", "tie"]}},
        "required": ["better"],
    },
    "a recursion": {
        "type": "object",
        "properties": {"root": {"$ref": "#/$defs/node"}},
        "required": ["root"],
        "$defs": {
            "node": {
                "type": "object",
                "properties": {"next": NODE, "n": {"type": "integer"}},
                "required": ["next", "n"],
            }
        },
    },
    "bounds": {
        "type": "object",
        "properties": {
            "n": {"type": "integer", "minimum": 3, "multipleOf": 2},
            "m": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            "low": {"type": "number", "maximum": -2},
            "texts": {"type": "array", "items": {"type": "string", "minLength": 9}, "minItems": 2},
            "when": {"type": "string", "format": "date"},
            "fixed": {"const": "yes"},
            "maybe": {"type": ["string", "null"]},
        },
        "required": ["n", "m", "low", "texts", "when", "fixed", "maybe"],
        "additionalProperties": False,
    },
    "findings with more fields and a list of passages": {
        "type": "object",
        "properties": {
            "met": {"type": "boolean"},
            "why": {"type": "string"},
            "quotes": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "object", "properties": {"text": {"type": "string"}}, "additionalProperties": False},
            },
        },
        "required": ["met", "why", "quotes"],
    },
}  # fmt: skip


@pytest.mark.parametrize("schema", OTHER_SCHEMAS.values(), ids=OTHER_SCHEMAS.keys())
def test_any_strict_schema_is_answered_with_an_instance(endpoint: MockEndpoint, schema: dict[str, Any]) -> None:
    completion = ask(endpoint, body(response_format=response_format(schema)))
    jsonschema.validate(json.loads(content(completion)), schema)


_LEAVES = st.sampled_from(
    [{"type": "string"}, {"type": "boolean"}, {"type": "number"}, {"type": "null"}, {"enum": ["a", "ü", 3]},
     {"type": "integer", "minimum": 4}]
)  # fmt: skip


def _objects(children: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    properties = st.dictionaries(st.text(max_size=6), children, max_size=4)
    return properties.map(
        lambda named: {"type": "object", "properties": named, "required": [*named], "additionalProperties": False}
    )


_SCHEMAS = st.recursive(
    _LEAVES,
    lambda children: (
        _objects(children)
        | children.map(lambda items: {"type": "array", "items": items, "minItems": 2})
        | st.lists(children, min_size=1, max_size=3).map(lambda options: {"anyOf": options})
    ),
    max_leaves=8,
)


@given(schema=_SCHEMAS, spaced=st.booleans(), digest=st.text(max_size=4))
def test_every_instance_is_valid_json_of_its_schema(schema: dict[str, Any], spaced: bool, digest: str) -> None:
    text = joined(Instance(schema, texts=[], digest=digest, spaced=spaced).pieces())
    jsonschema.validate(json.loads(text), schema)
    assert text == joined(Instance(schema, texts=[], digest=digest, spaced=spaced).pieces())


@pytest.mark.parametrize(("form", "where"), [("openai", None), ("vllm", "max_model_len"), ("llama.cpp", "meta")])
def test_models_are_listed_with_and_without_their_context_length(
    endpoint: MockEndpoint, form: str, where: str | None
) -> None:
    endpoint.configure(models=("small", "big"), model_list=form, context_tokens=8_192)
    with client(endpoint) as asking:
        listed = list(asking.models.list())
    assert [model.id for model in listed] == ["small", "big"]
    more = listed[0].model_extra or {}
    if where is None:
        assert "max_model_len" not in more
        assert "meta" not in more
    else:
        assert more[where] == (8_192 if where == "max_model_len" else {"n_ctx_train": 8_192, "n_vocab": 49_152})
