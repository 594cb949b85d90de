"""Cassettes that people can read: JSON bodies stand in the file as YAML, long texts as they are written.

A serializer in the sense of vcrpy.
"""

import json
from collections.abc import Callable
from typing import Any

import yaml

Json = Any
"""Whatever JSON holds."""

_PARSED = "json"


class _Line(dict[str, Json]):
    """A mapping that is written on one line: an answer has hundreds of tokens."""


class _Dumper(yaml.CSafeDumper):
    pass


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    # Only plain text goes into a block: other line breaks and trailing spaces do not survive there.
    lines = text.split("\n")
    plain = len(lines) > 1 and all(line.isprintable() and line == line.rstrip() for line in lines)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if plain else None)


def _line(dumper: _Dumper, line: _Line) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", line.items(), flow_style=True)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(_Line, _line)


def serialize(cassette: dict[str, Json]) -> str:
    """A cassette, as vcrpy holds it, as YAML."""
    readable = {**cassette, "interactions": [_with_bodies(one, _parsed) for one in cassette["interactions"]]}
    return yaml.dump(readable, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**20)


def deserialize(text: str) -> dict[str, Json]:
    """The cassette that was written as this YAML."""
    readable = yaml.load(text, Loader=yaml.CSafeLoader)
    return {**readable, "interactions": [_with_bodies(one, _written) for one in readable["interactions"]]}


def is_json(body: str | bytes | None) -> bool:
    """Whether a body is JSON."""
    try:
        json.loads(body or "")
    except ValueError:
        return False
    return True


def ordered(content: Json, *, key: str = "") -> Json:
    """JSON with its fields in one order, except where order means something.

    The properties of a schema keep theirs: it is the order in which the model answers.
    """
    if isinstance(content, dict):
        fields = content if key == "properties" else sorted(content)
        return {field: ordered(content[field], key=field) for field in fields}
    if isinstance(content, list):
        return [ordered(one) for one in content]
    return content


def _with_bodies(interaction: dict[str, Json], change: Callable[[Json], Json]) -> dict[str, Json]:
    request, response = interaction["request"], interaction["response"]
    body = response["body"]
    return {
        "request": {**request, "body": change(request["body"])},
        "response": {**response, "body": {**body, "string": change(body["string"])}},
    }


def _parsed(body: str | None) -> Json:
    if not is_json(body):
        return body
    content = json.loads(body or "")
    if isinstance(content, dict) and isinstance(content.get("choices"), list):
        for choice in content["choices"]:
            logprobs = choice.get("logprobs") if isinstance(choice, dict) else None
            if isinstance(logprobs, dict) and isinstance(logprobs.get("content"), list):
                logprobs["content"] = [_line_of(token) for token in logprobs["content"]]
    return {_PARSED: content}


def _line_of(token: Json) -> Json:
    return _Line(token) if isinstance(token, dict) else token


def _written(body: Json) -> str | None:
    return _written_json(body[_PARSED]) if isinstance(body, dict) else body


def _written_json(content: Json) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
