"""A valid instance of a strict JSON schema, written as text in pieces, so that every yes/no keeps its probability.

Findings (objects with `met`) are made from the passages of the prompt; anything else is as small as the schema lets.
"""

import json
import random
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Schema = Mapping[str, Any]

_OPENING = re.compile(r"^⟦(P\d+)\b[^⟧]*⟧\n", re.MULTILINE)
_WORD = re.compile(r"\S+")
QUOTE_WORDS = (4, 12)
_FORMATS = {
    "date-time": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
    "time": "00:00:00Z",
    "email": "somebody@example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "uri": "https://example.com/",
}
INVENTED = "words that stand in no passage whatsoever"


class Chance(NamedTuple):
    """A yes or no, and how probable yes was."""

    text: str
    """`true` or `false`, with the space before it, as tokenizers have it."""
    p: float


Piece = str | Chance


class Passage(NamedTuple):
    """A passage of the prompt."""

    label: str
    text: str


class Instance:
    """Writes one instance; equal arguments give equal text.

    Args:
        schema: The whole schema, for its definitions.
        texts: The messages; passages are looked for in them.
        digest: Decides everything that is left open.
        evidenced: Share of findings that have a quote.
        spaced: Whether a space stands after colons and commas.
        invent: Quotes are made up.
    """

    def __init__(
        self,
        schema: Schema,
        *,
        texts: Sequence[str],
        digest: str,
        evidenced: float = 0.6,
        spaced: bool = False,
        invent: bool = False,
    ) -> None:
        self._root = schema
        self._random = random.Random(digest)
        self._passages = [one for one in passages(texts) if len(one.text.split(None, QUOTE_WORDS[0])) >= QUOTE_WORDS[0]]
        self._evidenced = evidenced
        self._space = " " if spaced else ""
        self._invent = invent
        self._pieces: list[Piece] = []

    def pieces(self) -> list[Piece]:
        """The text; joined, it is one JSON value."""
        if not self._pieces:
            self._write(self._root, "")
        return self._pieces

    def _write(self, schema: Schema, before: str) -> None:
        schema = self._resolved(schema)
        if "const" in schema:
            self._put(before, schema["const"])
        elif "enum" in schema:
            self._put(before, self._random.choice(schema["enum"]))
        else:
            self._write_type(schema, before)

    def _write_type(self, schema: Schema, before: str) -> None:
        match _type(schema):
            case "object":
                self._write_object(schema, before)
            case "array":
                self._write_array([schema.get("items", {})] * int(schema.get("minItems", 0)), before)
            case "boolean":
                self._put_chance(before, round(self._random.uniform(0.02, 0.98), 3))
            case "integer" | "number":
                self._put(before, _smallest(schema))
            case "null":
                self._put(before, None)
            case _:
                text = _FORMATS.get(schema.get("format", ""), "text")
                text += "." * (int(schema.get("minLength", 0)) - len(text))
                self._put(before, text[: int(schema.get("maxLength", len(text)))])

    def _write_object(self, schema: Schema, before: str) -> None:
        properties: Mapping[str, Schema] = schema.get("properties", {})
        finding = self._draw() if "met" in properties else None
        self._pieces.append(before + "{")
        for number, (name, value) in enumerate(properties.items()):
            comma = "," + self._space if number else ""
            key = f"{comma}{json.dumps(name, ensure_ascii=False)}:"
            if finding is None:
                self._write(value, key)
            else:
                self._write_of_finding(name, value, key, *finding)
        self._pieces.append("}")

    def _write_of_finding(self, name: str, schema: Schema, key: str, p: float, quotes: int) -> None:
        kind = _type(self._resolved(schema))
        if name == "met" and kind == "boolean":
            self._put_chance(key, p)
        elif name == "p" and kind == "number":
            self._put(key, p)
        elif name == "quotes" and kind == "array":
            self._write_quotes(self._resolved(schema), key, quotes)
        else:
            self._write(schema, key)

    def _draw(self) -> tuple[float, int]:
        """P of a finding, and how many quotes it has."""
        u = self._random.random()
        if not self._passages or self._random.random() >= self._evidenced:
            return round(0.001 + 0.199 * u * u, 3), 0
        partly = self._random.random() < 0.1
        p = 0.2 + 0.29 * u if partly else 0.999 - 0.499 * u * u
        return round(p, 3), 2 if self._random.random() < 0.3 else 1

    def _write_quotes(self, schema: Schema, key: str, count: int) -> None:
        item = self._resolved(schema.get("items", {}))
        wanted: Mapping[str, Schema] = item.get("properties", {})
        count = max(count, int(schema.get("minItems", 0)))
        if "text" not in wanted or not self._passages:
            self._write_array([item] * int(schema.get("minItems", 0)), key)
            return
        found = []
        for _ in range(count):
            passage, words = self._quote()
            known = {"passage": passage, "text": words}
            found.append({name: known.get(name, "text") for name in wanted})
        self._put(key, found)

    def _quote(self) -> tuple[str, str]:
        passage = self._random.choice(self._passages)
        words = [match.span() for match in _WORD.finditer(passage.text)]
        count = min(self._random.randint(*QUOTE_WORDS), len(words))
        start = self._random.randint(0, len(words) - count)
        text = passage.text[words[start][0] : words[start + count - 1][1]]
        return passage.label, INVENTED if self._invent else text

    def _write_array(self, items: Sequence[Schema], before: str) -> None:
        self._pieces.append(before + self._space + "[" if before else "[")
        for number, item in enumerate(items):
            self._write(item, "," if number else "")
        self._pieces.append("]")

    def _put(self, before: str, value: object) -> None:
        separators = (", ", ": ") if self._space else (",", ":")
        text = json.dumps(value, ensure_ascii=False, separators=separators)
        self._pieces.append(before + (self._space if before else "") + text)

    def _put_chance(self, before: str, p: float) -> None:
        self._pieces.append(before)
        space = self._space if before else ""
        self._pieces.append(Chance(space + ("true" if p >= 0.5 else "false"), p))

    def _resolved(self, schema: Schema) -> Schema:
        """Follow references, and of several allowed forms take the smallest that can end."""
        while True:
            if "$ref" in schema:
                schema = self._referred(schema["$ref"])
            elif options := schema.get("anyOf") or schema.get("oneOf"):
                schema = min(options, key=lambda option: (option.get("type") != "null", "$ref" in option))
            elif schema.get("allOf"):
                schema = {key: value for part in schema["allOf"] for key, value in self._resolved(part).items()}
            else:
                return schema

    def _referred(self, reference: str) -> Schema:
        found: Any = self._root
        for part in reference.removeprefix("#").strip("/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")] if part else found
        return dict(found)


def passages(texts: Sequence[str]) -> list[Passage]:
    """The passages between our markers in these messages."""
    found = []
    for text in texts:
        for opening in _OPENING.finditer(text):
            # Looked for as a plain string: a pattern over the whole passage costs ten times as much.
            end = text.find(f"\n⟦end of {opening[1]}⟧", opening.end())
            if end >= 0:
                found.append(Passage(opening[1], text[opening.end() : end]))
    return found


def joined(pieces: Sequence[Piece]) -> str:
    """The pieces as one text."""
    return "".join(piece if isinstance(piece, str) else piece.text for piece in pieces)


def _type(schema: Schema) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        return "null" if "null" in kind else str(kind[0])
    if kind is None:
        return "object" if "properties" in schema else "string"
    return str(kind)


def _smallest(schema: Schema) -> float:
    """The smallest number that is no smaller than zero, if the schema lets it."""
    low: float | None = schema.get("minimum")
    if low is None and "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + (1 if _type(schema) == "integer" else 0.001)
    if low is None:
        low = min(0, schema.get("maximum", 0))
    step: float | None = schema.get("multipleOf")
    return -(-low // step) * step if step else low
