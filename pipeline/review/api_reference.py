"""The OpenAPI document as its page shows it: what an address takes and gives, in rows."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from markupsafe import Markup, escape

_METHODS: Final = ("get", "post", "put", "delete")
_DEEPEST: Final = 4


class FieldView(NamedTuple):
    """A parameter, or a field of a body."""

    name: str
    """Dotted where it lies deeper."""
    kind: str
    required: bool
    text: str


class EndpointView(NamedTuple):
    """One endpoint."""

    id: str
    method: str
    path: str
    title: str
    text: str
    parameters: tuple[FieldView, ...]
    body_kind: str
    """Media type of the body; empty without one."""
    body: tuple[FieldView, ...]
    example: str
    answers: tuple[tuple[str, str], ...]
    """Status and what it means, of those that are no problem."""
    answer: tuple[FieldView, ...]


class PartView(NamedTuple):
    """The endpoints of one tag."""

    name: str
    text: str
    endpoints: tuple[EndpointView, ...]


def reference(document: Mapping[str, Any]) -> tuple[PartView, ...]:
    """Everything that the page shows."""
    found: dict[str, list[EndpointView]] = {tag["name"]: [] for tag in document["tags"]}
    schemas = document["components"]["schemas"]
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                found[item[method]["tags"][0]].append(_endpoint(path, method, item[method], schemas))
    return tuple(PartView(tag["name"], tag["description"], tuple(found[tag["name"]])) for tag in document["tags"])


def marked(text: str) -> Markup:
    """A description with what stands between backticks as code."""
    words = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if n % 2 else escape(part) for n, part in enumerate(words)
    )


def _endpoint(path: str, method: str, told: Mapping[str, Any], schemas: Mapping[str, Any]) -> EndpointView:
    bodies: Mapping[str, Any] = told.get("requestBody", {}).get("content", {})
    body_kind = next(iter(bodies), "")
    schema = _resolved(bodies[body_kind]["schema"], schemas) if body_kind else {}
    examples = schema.get("examples") or [None]
    good = {status: answer for status, answer in told["responses"].items() if status < "300"}
    answered = next(iter(good.values()))["content"].get("application/json", {}).get("schema", {})
    return EndpointView(
        id=told["operationId"],
        method=method.upper(),
        path=path,
        title=told["summary"],
        text=told.get("description", ""),
        parameters=tuple(
            FieldView(
                one["name"],
                _kind(one["schema"], schemas),
                one.get("required", False),
                "In the address" if one["in"] == "path" else one.get("description", ""),
            )
            for one in told.get("parameters", ())
        ),
        body_kind=body_kind,
        body=tuple(_fields(schema, schemas)),
        example=json.dumps(examples[-1], indent=2) if examples[-1] else "",
        answers=tuple((status, answer["description"]) for status, answer in good.items()),
        answer=tuple(_fields(_element(answered, schemas), schemas)),
    )


def _fields(
    schema: Mapping[str, Any], schemas: Mapping[str, Any], *, prefix: str = "", depth: int = 0
) -> Iterator[FieldView]:
    required = schema.get("required", ())
    for name, one in schema.get("properties", {}).items():
        text = one.get("description", "")
        yield FieldView(prefix + name, _kind(one, schemas), name in required, " ".join(text.split()))
        inner = _element(one, schemas)
        if depth < _DEEPEST and "properties" in inner and not inner.get("title", "").startswith("Reported"):
            yield from _fields(inner, schemas, prefix=f"{prefix}{name}.", depth=depth + 1)


def _element(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a list or a map holds, or the thing itself."""
    found = _resolved(schema, schemas)
    for options in ("anyOf", "oneOf"):
        if options in found:
            return _element(next((one for one in found[options] if one.get("type") != "null"), {}), schemas)
    if found.get("type") == "array":
        return _resolved(found.get("items", {}), schemas)
    more = found.get("additionalProperties")
    return _resolved(more, schemas) if isinstance(more, dict) and "properties" not in found else found


def _kind(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    """The type of a value in words."""
    if "$ref" in schema:
        found = _resolved(schema, schemas)
        return _kind(found, schemas) if "enum" in found or "type" in found else "object"
    for options in ("anyOf", "oneOf"):
        if options in schema:
            return " or ".join(dict.fromkeys(_kind(one, schemas) for one in schema[options]))
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return ", ".join(f"{value}" for value in schema["enum"])
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}), schemas)}"
    if schema.get("format") == "binary":
        return "file"
    return f"{kind}, {schema['format']}" if "format" in schema else str(kind)


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    return schema
