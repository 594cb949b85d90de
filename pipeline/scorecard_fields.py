"""Reads the fields of one YAML mapping, noting everything that is wrong instead of stopping at the first."""

import difflib
import math
import re
from collections.abc import Collection, Sequence
from typing import TypeVar

from pipeline.scorecard_problem import ProblemLog
from pipeline.scorecard_yaml import YamlNode

Choice = TypeVar("Choice", bound=str)

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_UNUSABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
"""Control characters and lone surrogates, which YAML escapes can name and no report can hold."""


class FieldReader:
    """One mapping of a file.

    Each method reads one field. If it cannot be used, the problem is logged and a stand-in of the right
    type comes back, so that the rest of the file is still looked at; a log with errors is never used.
    """

    def __init__(self, node: YamlNode, *, path: str, log: ProblemLog) -> None:
        self.node = node
        self.log = log
        self._path = path
        self._asked: list[str] = []

    def name(self, key: str) -> str:
        """The dotted path of a field."""
        return f"{self._path}.{key}" if self._path else key

    def line(self, key: str) -> int:
        """The line of a field, or of the mapping if it is not there."""
        return self.node.key_lines.get(key, self.node.line)

    def error(self, key: str, message: str, suggestion: str) -> None:
        """Log something wrong with a field."""
        self.log.error(self.line(key), self.name(key), message, suggestion)

    def get(self, key: str) -> YamlNode | None:
        """The value of a field, or None if it is not there."""
        self._asked.append(key)
        return self.node.entries.get(key)

    def text(self, key: str, *, suggestion: str = "Write it as a text.") -> str:
        """A text that must be there, with its whitespace folded."""
        node = self.get(key)
        if node is None:
            self.error(key, f"The field {key!r} is missing.", suggestion)
            return ""
        return self._text_of(node, self.name(key), suggestion)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty if the field is not there."""
        return tuple(
            self._text_of(element, f"{self.name(key)}[{number}]", "Write a text.")
            for number, element in enumerate(self.elements(key), start=1)
        )

    def identifier(self, key: str = "id") -> str:
        """A short name without spaces, fit for files and tables."""
        text = self.text(key, suggestion=f"Add `{key}: a_short_name`.")
        if text and not _ID.fullmatch(text):
            short = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").lower()[:64] or "a_short_name"
            self.error(key, f"{text!r} has spaces or signs, or is too long, for an id.", f"Write `{key}: {short}`.")
        return text

    def choice(self, key: str, choices: Sequence[Choice], *, default: Choice | None = None) -> Choice:
        """One of a closed set."""
        node = self.get(key)
        options = ", ".join(choices)
        if node is None:
            if default is None:
                self.error(key, f"The field {key!r} is missing.", f"Add `{key}:` with one of {options}.")
            return choices[0] if default is None else default
        for option in choices:
            if node.text == option:
                return option
        shown = node.described() if node.shape != "text" else repr(node.text[:60])
        close = difflib.get_close_matches(node.text.lower(), choices, n=1)
        hint = f"Did you mean {close[0]}?" if close else f"Write one of {options}."
        self.log.error(node.line, self.name(key), f"{key!r} is {shown}; it can be {options}.", hint)
        return choices[0] if default is None else default

    def number(self, key: str, *, default: float | None = None, above: float | None = None, most: float = 1e9) -> float:
        """A finite number, greater than `above` (from 0 if not given), at most `most`."""
        node = self.get(key)
        if node is None:
            if default is None:
                self.error(key, f"The field {key!r} is missing.", f"Add `{key}:` with a number.")
            return 1.0 if default is None else default
        low = 0.0 if above is None else above
        if node.shape != "number":
            self._wrong_shape(node, key, "a number")
        elif not math.isfinite(node.number) or node.number > most:
            self.log.error(node.line, self.name(key), f"{key!r} is {node.text}.", f"Write a number up to {most:g}.")
        elif node.number < low or (above is not None and node.number == above):
            wanted = f"more than {low:g}" if above is not None else f"at least {low:g}"
            self.log.error(node.line, self.name(key), f"{key!r} is {node.text}; it must be {wanted}.", "Raise it.")
        else:
            return node.number
        return 1.0 if default is None else default

    def whole(self, key: str, *, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        node = self.get(key)
        if node is None:
            return default
        if node.shape != "number" or not node.whole:
            self._wrong_shape(node, key, "a whole number")
        elif not least <= node.number <= most:
            self.log.error(
                node.line, self.name(key), f"{key!r} is {node.text}.", f"Write a whole number from {least} to {most:,}."
            )
        else:
            return int(node.number)
        return default

    def flag(self, key: str) -> bool:
        """`true` or `false`; false if the field is not there."""
        node = self.get(key)
        if node is None:
            return False
        if node.shape != "yes/no":
            self._wrong_shape(node, key, "true or false")
        return node.text.lower() in ("true", "yes", "on")

    def mapping(self, key: str) -> "FieldReader":
        """A nested mapping that must be there."""
        node = self.get(key)
        if node is None:
            self.error(key, f"The field {key!r} is missing.", f"Add `{key}:` with its fields indented below it.")
        elif node.shape != "mapping":
            self._wrong_shape(node, key, "named fields")
        else:
            return FieldReader(node, path=self.name(key), log=self.log)
        return FieldReader(YamlNode("mapping", self.line(key), self.line(key)), path=self.name(key), log=self.log)

    def mappings(self, key: str) -> tuple["FieldReader", ...]:
        """A list of mappings; each is named by its id where it has one, so that messages can be followed."""
        readers = []
        for number, element in enumerate(self.elements(key), start=1):
            given = element.entries.get("id")
            path = f"{self.name(key)}.{given.text}" if given and given.text else f"{self.name(key)}[{number}]"
            if element.shape == "mapping":
                readers.append(FieldReader(element, path=path, log=self.log))
            else:
                self.log.error(
                    element.line,
                    path,
                    f"This entry is {element.described()}.",
                    "Write its fields, `- id: a_name` first.",
                )
        return tuple(readers)

    def elements(self, key: str) -> tuple[YamlNode, ...]:
        """The elements of a list; none if the field is not there."""
        node = self.get(key)
        if node is None:
            return ()
        if node.shape != "list":
            self._wrong_shape(node, key, "a list")
            return ()
        return node.elements

    def refuse_unknown(self, also: Collection[str] = ()) -> None:
        """Log each field that nobody asked for, with the name that was probably meant."""
        known = sorted({*self._asked, *also})
        for key, line in self.node.key_lines.items():
            if key in known:
                continue
            close = difflib.get_close_matches(key.lower().replace("-", "_").replace(" ", "_"), known, n=1)
            hint = (
                f"Did you mean {close[0]!r}?" if close else f"Known here: {', '.join(known)}. Delete it or rename it."
            )
            self.log.error(line, self.name(key[:60]), f"There is no field {key[:60]!r}.", hint)

    def _text_of(self, node: YamlNode, name: str, suggestion: str) -> str:
        if node.shape in ("number", "date", "yes/no"):
            self.log.error(
                node.line,
                name,
                f"A text is needed, but this is {node.described()}.",
                f'Write it in quotes: "{node.text}".',
            )
        elif node.shape == "empty":
            self.log.error(node.line, name, "The field is empty.", suggestion)
        elif node.shape != "text":
            self.log.error(node.line, name, f"A text is needed, but this is {node.described()}.", suggestion)
        elif _UNUSABLE.search(node.text):
            self.log.error(node.line, name, "The text holds an invisible control character.", "Type the text again.")
        else:
            text = " ".join(node.text.split())
            if not text:
                self.log.error(node.line, name, "The text is empty.", suggestion)
            return text
        return ""

    def _wrong_shape(self, node: YamlNode, key: str, wanted: str) -> None:
        shown = node.described() if node.shape != "text" else f"the text {node.text[:40]!r}"
        hint = {
            "a list": f"Put it in square brackets: `{key}: [...]`, or on lines that start with a dash.",
            "named fields": "Write `name: value` lines, indented below it.",
        }.get(wanted, f"Write {wanted} without quotes.")
        self.log.error(node.line, self.name(key), f"{key!r} is {shown}; it must be {wanted}.", hint)
