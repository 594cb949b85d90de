"""What the tests of the mock ask, with the real client."""

from collections.abc import Mapping
from typing import Any

from openai import OpenAI
from openai.types.chat import ChatCompletion

from tests.mock_endpoint.endpoint import MockEndpoint

TEXT = (
    'Seat map is read from memory\nbecause "the quay" has one line of 2 Mbit, and forty tills ask at eight. "met": true'
)
CHECKS = ("reason", "constraint", "cost", "alternative", "consequence")


def strict(properties: Mapping[str, object]) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def findings_schema(checks: tuple[str, ...] = CHECKS) -> dict[str, object]:
    quote = strict({"passage": {"type": "string"}, "text": {"type": "string"}})
    quotes = {"type": "array", "items": quote}
    finding = strict({"quotes": quotes, "met": {"type": "boolean"}, "p": {"type": "number"}})
    return strict({"findings": strict(dict.fromkeys(checks, finding))})


def response_format(schema: Mapping[str, object]) -> dict[str, object]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}


def body(text: str = TEXT, *, system: str = "Report what is shown.", **more: Any) -> dict[str, Any]:
    """A request for findings about one passage."""
    return {
        "model": "mock",
        "messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": f"⟦evidence⟧\n⟦P1 narrative, work⟧\n{text}\n⟦end of P1⟧\n⟦end of evidence⟧"},
        ],
        "response_format": response_format(findings_schema()),
        **more,
    }


def client(endpoint: MockEndpoint, **options: Any) -> OpenAI:
    defaults: dict[str, Any] = {"api_key": "none", "max_retries": 0, "timeout": 60.0}
    return OpenAI(base_url=endpoint.base_url, **(defaults | options))


def ask(endpoint: MockEndpoint, asked: Mapping[str, Any] | None = None, **options: Any) -> ChatCompletion:
    with client(endpoint, **options) as asking:
        completion: ChatCompletion = asking.chat.completions.create(**(asked or body()))
    return completion


def content(completion: ChatCompletion) -> str:
    text = completion.choices[0].message.content
    assert text is not None
    return text
