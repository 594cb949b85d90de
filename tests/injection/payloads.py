"""The payloads, and whether a text holds one of them however it came there."""

import json
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

import yaml

HOSTILE = Path(__file__).parents[2] / "datasets" / "hostile"

Asks = Literal["praise", "reshape", "omit", "tool", "lower_others"]
Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

WINDOW = 20
"""Letters and digits in a row by which a piece of a payload is known; what is shorter is known as a whole."""
SHORTEST_STRING = 12


class Payload(NamedTuple):
    """An instruction that somebody puts into their documents."""

    id: str
    kind: str
    asks: Asks
    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.parts)


def own_payloads() -> tuple[Payload, ...]:
    rows = yaml.safe_load((HOSTILE / "payloads.yaml").read_text(encoding="utf-8"))
    return tuple(
        Payload(row["id"], row["kind"], row["asks"], tuple(row["parts"]) if "parts" in row else (row["text"],))
        for row in rows
    )


def addressed_payloads() -> tuple[Payload, ...]:
    """The 200 addressed sentences, which the product's signals were written against."""
    lines = (HOSTILE / "addressed.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line]
    return tuple(Payload(row["id"], "addressed-200", "praise", (row["text"],)) for row in rows)


def strings_of(folder: Path) -> tuple[Payload, ...]:
    """Every string of the JSON and text files of a folder that is long enough to be known again."""
    found: list[Payload] = []
    for path in sorted([*folder.rglob("*.json"), *folder.rglob("*.txt")]):
        content = path.read_text(encoding="utf-8", errors="replace")
        texts = _strings(json.loads(content)) if path.suffix == ".json" else content.splitlines()
        for number, text in enumerate(texts):
            if len(squeezed(text)) >= SHORTEST_STRING and "\x00" not in text:
                found.append(Payload(f"{path.stem}-{number}", path.stem, "praise", (text,)))
    return tuple(found)


def _strings(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
    elif isinstance(value, str):
        yield value


@cache
def squeezed(text: str) -> str:
    """Letters and digits alone, in lower case and compatibility form: markup, marks and layout do not matter."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


class Recogniser:
    """Knows every payload in every text that holds twenty letters in a row of it: the worst case for the product.

    Args:
        payloads: What to look for.
        innocent: Texts whose own words are no payload's, such as the documents that payloads are put into.
    """

    def __init__(self, payloads: Sequence[Payload], innocent: Iterable[str] = ()) -> None:
        self._windows: dict[str, frozenset[str]] = {}
        self._short: dict[str, str] = {}
        self.payloads = {payload.id: payload for payload in payloads}
        for payload in payloads:
            for part in payload.parts:
                letters = squeezed(part)
                if len(letters) < WINDOW:
                    self._short[letters] = payload.id
                for start in range(len(letters) - WINDOW + 1):
                    window = letters[start : start + WINDOW]
                    self._windows[window] = self._windows.get(window, frozenset()) | {payload.id}
        for text in innocent:
            letters = squeezed(text)
            for start in range(len(letters) - WINDOW + 1):
                self._windows.pop(letters[start : start + WINDOW], None)
        self._known: dict[str, frozenset[str]] = {}

    def payloads_in(self, text: str) -> frozenset[str]:
        """Ids of the payloads of which a text holds a piece."""
        if text not in self._known:
            letters = squeezed(text)
            found = {payload for short, payload in self._short.items() if short in letters}
            for start in range(len(letters) - WINDOW + 1):
                found |= self._windows.get(letters[start : start + WINDOW], frozenset())
            self._known[text] = frozenset(found)
        return self._known[text]

    def words_in(self, text: str) -> str:
        """The verbatim stretch of a text from the first to the last word that is a payload's."""
        words = [(piece, squeezed(piece)) for piece in text.split(" ")]
        letters = "".join(short for _, short in words)
        hits = [n for n in range(len(letters) - WINDOW + 1) if letters[n : n + WINDOW] in self._windows]
        if not hits:
            return text
        kept, position = [], 0
        for piece, short in words:
            if position + len(short) > hits[0] and position < hits[-1] + WINDOW:
                kept.append(piece)
            position += len(short)
        return " ".join(kept)
