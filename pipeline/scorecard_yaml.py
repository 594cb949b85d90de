"""YAML with line numbers, read for people: a tree of plain nodes, and syntax errors in plain words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import yaml

from pipeline.errors import ScorecardError
from pipeline.scorecard_problem import ProblemLog

MAX_BYTES = 128 * 1024
MAX_DEPTH = 20
MAX_NODES = 10_000
"""Counted with every use of an anchor, so that nested anchors cannot blow a small file up."""

Shape = Literal["mapping", "list", "text", "number", "yes/no", "date", "empty"]

_TAG = "tag:yaml.org,2002:"
_SCALAR_SHAPES: Mapping[str, Shape] = {
    f"{_TAG}str": "text",
    f"{_TAG}value": "text",
    f"{_TAG}int": "number",
    f"{_TAG}float": "number",
    f"{_TAG}bool": "yes/no",
    f"{_TAG}timestamp": "date",
    f"{_TAG}null": "empty",
}


@dataclass(frozen=True, slots=True)
class YamlNode:
    """A value of a YAML file with the lines it stands on (from 1, both included)."""

    shape: Shape
    line: int
    end_line: int
    text: str = ""
    """A scalar as it was written."""
    number: float = 0.0
    whole: bool = False
    """For a number: written without a fraction."""
    entries: Mapping[str, "YamlNode"] = field(default_factory=dict)
    key_lines: Mapping[str, int] = field(default_factory=dict)
    elements: tuple["YamlNode", ...] = ()

    def described(self) -> str:
        """What the value is, for an error message: `the number 5`, `empty`, `a list`."""
        if self.shape == "yes/no":
            return f"{self.text!r}, which YAML reads as true or false"
        if self.shape in ("number", "date"):
            return f"the {self.shape} {self.text}"
        return {"mapping": "a mapping of names to values", "empty": "empty", "list": "a list"}.get(self.shape, "a text")


class _Unusable(Exception):
    """Carries the first fatal problem out of the recursion."""

    def __init__(self, line: int, message: str, suggestion: str) -> None:
        super().__init__(message)
        self.line, self.message, self.suggestion = line, message, suggestion


def read_source(path: Path) -> str:
    """Read a YAML file as text.

    Raises:
        ScorecardError: It is missing, too large, or not UTF-8.
    """
    try:
        content = path.read_bytes()
    except OSError as problem:
        reason = "it does not exist" if isinstance(problem, FileNotFoundError) else (problem.strerror or "it failed")
        raise ScorecardError(f"Cannot read {str(path)!r}: {reason}. Give the path of a YAML file.") from problem
    except ValueError as problem:
        raise ScorecardError(f"Cannot read {str(path)!r}: {problem}. Give the path of a YAML file.") from problem
    if len(content) > MAX_BYTES:
        raise ScorecardError(
            f"{path.name}: the file has {len(content):,} bytes; a scorecard has at most {MAX_BYTES:,}. Shorten it."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        raise ScorecardError(
            f"{path.name}:{line}: the file is not UTF-8 text. Save it again with the encoding UTF-8."
        ) from problem


def parse_mapping(source: str, log: ProblemLog) -> YamlNode | None:
    """Parse a file that holds one mapping; None, with the problem in the log, if it does not."""
    try:
        _refuse_depth(source)
        loader = yaml.SafeLoader(source)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
        if node is None:
            raise _Unusable(1, "The file is empty.", "Start from the example in the documentation.")
        tree = _Builder().build(node, depth=0)
        if tree.shape != "mapping":
            raise _Unusable(
                tree.line,
                f"The file is {tree.described()}, not named fields.",
                "Start with a line such as `id: my-role`.",
            )
        return tree
    except _Unusable as problem:
        log.error(problem.line, "", problem.message, problem.suggestion)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = mark.line + 1 if mark else 1
        message, suggestion = _explain(problem, source.splitlines()[line - 1 : line])
        log.error(line, "", message, suggestion)
    except yaml.YAMLError as problem:
        position = getattr(problem, "position", 0)
        log.error(
            source[:position].count("\n") + 1,
            "",
            "The file holds a character that YAML does not allow.",
            "Delete the invisible character on this line and type it again.",
        )
    except (ValueError, OverflowError):
        # PyYAML lets these through for escapes and directives that name impossible characters or numbers.
        log.error(1, "", "The file holds an escape or directive that YAML does not allow.", "Write the text plainly.")
    return None


def _refuse_depth(source: str) -> None:
    """Refuse deep nesting before the recursive composer meets it."""
    depth = 0
    for event in yaml.parse(source, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _too_deep(event.start_mark.line + 1 if event.start_mark else 1)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _too_deep(line: int) -> _Unusable:
    return _Unusable(line, f"Values are nested more than {MAX_DEPTH} deep.", "A scorecard needs three levels.")


class _Builder:
    """Turns PyYAML nodes into ours, with anchors and merges resolved and bounded."""

    def __init__(self) -> None:
        self._count = 0

    def build(self, node: yaml.Node, *, depth: int) -> YamlNode:
        line = node.start_mark.line + 1
        self._count += 1
        if self._count > MAX_NODES:
            raise _Unusable(line, f"The file has more than {MAX_NODES:,} values.", "Shorten it.")
        if depth > MAX_DEPTH:
            raise _too_deep(line)
        # A block ends at the start of the next line.
        end = max(line, node.end_mark.line + (1 if node.end_mark.column else 0))
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node, line, end)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            children = tuple(self.build(child, depth=depth + 1) for child in node.value)
            return YamlNode("list", line, end, elements=children)
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, line, end, depth)
        raise _tagged(node)

    def _mapping(self, node: yaml.MappingNode, line: int, end: int, depth: int) -> YamlNode:
        entries: dict[str, YamlNode] = {}
        key_lines: dict[str, int] = {}
        merged: list[YamlNode] = []
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            value = self.build(value_node, depth=depth + 1)
            if key_node.tag == f"{_TAG}merge":
                merged.extend(_mappings_to_merge(value, key_line))
                continue
            if not isinstance(key_node, yaml.ScalarNode) or not key_node.value.strip():
                raise _Unusable(key_line, "A field has no plain name before its colon.", "Name it with a single word.")
            key = key_node.value
            if key in entries:
                raise _Unusable(
                    key_line,
                    f"{key!r} stands twice in the same place (first on line {key_lines[key]}); "
                    "YAML would silently keep only the last.",
                    "Delete one of the two.",
                )
            entries[key], key_lines[key] = value, key_line
        for other in merged:
            for key, value in other.entries.items():
                entries.setdefault(key, value)
                key_lines.setdefault(key, other.key_lines[key])
        return YamlNode("mapping", line, end, entries=entries, key_lines=key_lines)


def _mappings_to_merge(value: YamlNode, line: int) -> Iterator[YamlNode]:
    for other in value.elements if value.shape == "list" else (value,):
        if other.shape != "mapping":
            raise _Unusable(line, "`<<` takes a mapping that was named with an anchor.", "Write the fields out.")
        yield other


def _scalar(node: yaml.ScalarNode, line: int, end: int) -> YamlNode:
    shape = _SCALAR_SHAPES.get(node.tag)
    if shape is None:
        raise _tagged(node)
    if shape != "number":
        return YamlNode(shape, line, end, text=node.value)
    constructor = yaml.constructor.SafeConstructor()
    whole = node.tag == f"{_TAG}int"
    try:
        number = float(constructor.construct_yaml_int(node) if whole else constructor.construct_yaml_float(node))
    except (ValueError, OverflowError, IndexError) as problem:
        raise _Unusable(line, f"{node.value[:40]!r} is not a number that can be used.", "Write 5 or 2.5.") from problem
    return YamlNode("number", line, end, text=node.value, number=number, whole=whole)


def _tagged(node: yaml.Node) -> _Unusable:
    tag = node.tag.replace(_TAG, "!!")
    return _Unusable(
        node.start_mark.line + 1, f"The YAML tag {tag!r} is not allowed here.", "Write a plain text, number or list."
    )


def _explain(problem: yaml.MarkedYAMLError, source_line: Iterable[str]) -> tuple[str, str]:
    """Say what YAML stumbled over as an author would put it."""
    cause = problem.problem or ""
    text = next(iter(source_line), "")
    if "\\t" in cause or "\t" in text[: len(text) - len(text.lstrip())]:
        return "The line is indented with a tab.", "Indent with spaces."
    if "mapping values are not allowed" in cause:
        return (
            "A second colon on the line, or a line indented too far, confuses YAML.",
            "Put the text in double quotes, or after `>` on lines of its own.",
        )
    if "alias" in cause:
        return "A text that starts with `*` is read as a reference to an anchor.", "Put it in double quotes."
    if "got '?'" in cause:
        return (
            "Between braces or brackets, a text with a question mark confuses YAML.",
            "Put the text in double quotes.",
        )
    if "document" in cause:
        return "The file holds more than one document (a line `---`).", "Keep one scorecard per file."
    if "cannot start any token" in cause:
        return "A text starts with a character that means something to YAML.", "Put it in double quotes."
    return (
        f"The file is not valid YAML: {cause}.",
        "Look at this line and the one above it for a missing quote, bracket or colon, or a wrong indentation.",
    )
