"""A scorecard with the line of every text in it, for rules that talk about lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pipeline.models.scorecard import Scorecard
from pipeline.scorecard import ReadScorecard
from pipeline.scorecard_problem import ScorecardProblem, Severity
from pipeline.scorecard_yaml import YamlNode

Part = Literal["title", "mission", "scope", "constraint", "gate", "preference", "criterion", "check"]

ABOUT_THE_PERSON: frozenset[Part] = frozenset(("title", "gate", "preference", "criterion", "check"))
"""Parts that ask something of a candidate; the others describe the work, its users and their records."""


class TextField(NamedTuple):
    """One text of the file, whitespace folded, with the lines it stands on."""

    part: Part
    field: str
    text: str
    line: int
    end_line: int
    subject: str = ""
    """Id of the non-negotiable or criterion it belongs to."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the rules look at."""

    file: str
    scorecard: Scorecard | None
    """None if the file has errors; rules about single texts still apply."""
    texts: tuple[TextField, ...]
    root: YamlNode
    lines: tuple[str, ...]

    @classmethod
    def of(cls, read: ReadScorecard, *, file: str) -> "Sheet":
        """The sheet of a file that could at least be parsed."""
        root = read.root or YamlNode("mapping", 1, 1)
        return cls(file, read.scorecard, tuple(_texts(root)), root, tuple(read.source.splitlines()))

    def problem(
        self, field: str, line: int, message: str, suggestion: str, *, severity: Severity = "warning"
    ) -> ScorecardProblem:
        """A problem of this file."""
        return ScorecardProblem(
            file=self.file, line=line, field=field, severity=severity, message=message, suggestion=suggestion
        )

    def about(self, text: TextField, found: str, message: str, suggestion: str) -> ScorecardProblem:
        """A warning about some words of a text, on the line where they stand."""
        return self.problem(text.field, self.line_of_words(text, found), message, suggestion)

    def line(self, *path: str | int) -> int:
        """The line of a field, such as `line("criteria", 0, "weight")`; of its nearest parent if it is not there."""
        node, line = self.root, 1
        for step in path:
            if isinstance(step, int):
                if step >= len(node.elements):
                    return line
                node = node.elements[step]
                line = node.line
            elif step in node.entries:
                line = node.key_lines[step]
                node = node.entries[step]
            else:
                return line
        return line

    def line_of_words(self, text: TextField, words: str) -> int:
        """The line on which some words of a text begin; folded texts span several."""
        block = "\n".join(self.lines[text.line - 1 : text.end_line])
        pattern = r"\s+".join(re.escape(word) for word in words.split())
        match = re.search(pattern, block, re.IGNORECASE) if pattern else None
        return text.line + (block[: match.start()].count("\n") if match else 0)


def _texts(root: YamlNode) -> Iterator[TextField]:
    """Every text that a person wrote, in file order of the parts; what has the wrong type is left out."""
    yield from _field(root, "title", "title", "title")
    yield from _field(root, "mission", "mission", "mission")
    for key, part in (("scope", "scope"), ("constraints", "constraint"), ("preferences", "preference")):
        for number, node in enumerate(_elements(root, key), start=1):
            for leaf in (node, node.entries.get("name"), *_elements(node, "any_of")):
                if leaf is not None:
                    yield from _text(leaf, part, f"{key}[{number}]")  # type: ignore[arg-type]  # a key of Part
    for key, part in (("non_negotiables", "gate"), ("criteria", "criterion")):
        for number, node in enumerate(_elements(root, key), start=1):
            given = node.entries.get("id")
            subject = given.text if given and given.text else f"[{number}]"
            path = f"{key}.{subject}" if not subject.startswith("[") else f"{key}{subject}"
            yield from _field(node, "statement", part, f"{path}.statement", subject)  # type: ignore[arg-type]  # as above
            for check, question in _questions(node.entries.get("rubric")):
                yield from _text(question, "check", f"{path}.rubric.{check}.question", subject)


def _questions(rubric: YamlNode | None) -> Iterator[tuple[str, YamlNode]]:
    if rubric is None:
        return
    for name, check in rubric.entries.get("checks", rubric).entries.items():
        if "question" in check.entries:
            yield name, check.entries["question"]


def _elements(node: YamlNode, key: str) -> tuple[YamlNode, ...]:
    found = node.entries.get(key)
    return found.elements if found is not None else ()


def _field(node: YamlNode, key: str, part: Part, field: str, subject: str = "") -> Iterator[TextField]:
    if key in node.entries:
        yield from _text(node.entries[key], part, field, subject)


def _text(node: YamlNode, part: Part, field: str, subject: str = "") -> Iterator[TextField]:
    folded = " ".join(node.text.split())
    if node.shape == "text" and folded:
        yield TextField(part, field, folded, node.line, node.end_line, subject)
