"""A scorecard as a form, and the form as YAML: what people type is kept as it is, right or wrong."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import yaml
from pydantic import JsonValue

from pipeline.models.base import FrozenModel
from pipeline.review.forms import Form
from pipeline.scorecard_problem import ProblemLog
from pipeline.scorecard_yaml import YamlNode, parse_mapping

_SOURCES: Final = ("resume", "takehome")
_WIDTH: Final = 100


class GateFields(FrozenModel):
    """A non-negotiable as typed."""

    id: str = ""
    statement: str = ""
    about: str = ""
    """`past`, `future`, or empty: told from the wording."""

    @property
    def blank(self) -> bool:
        """Nobody wrote anything into it."""
        return not (self.id or self.statement)


class CriterionFields(FrozenModel):
    """A criterion as typed."""

    id: str = ""
    weight: str = "3"
    kind: str = "judgment"
    sources: str = "resume takehome"
    statement: str = ""
    rubric: str = ""
    """YAML: a name of the library, or the checks themselves; empty for the default."""

    @property
    def blank(self) -> bool:
        """Nobody wrote anything into it."""
        return not (self.id or self.statement or self.rubric)


class ScorecardFields(FrozenModel):
    """A whole scorecard as typed; lists are texts with one entry a line."""

    id: str = ""
    title: str = ""
    stage: str = "growth"
    mission: str = ""
    scope: str = ""
    constraints: str = ""
    preferences: str = ""
    """`SQS or Kafka`, or `Name = one, other` for one that goes by several names."""
    interview_slots: str = "5"
    advance_bar: str = "55"
    takehome: str = "optional"
    gates: tuple[GateFields, ...] = ()
    criteria: tuple[CriterionFields, ...] = ()


def fields_from_form(form: Form) -> ScorecardFields:
    """Read the form of the editor; rows are told apart by their order."""
    gates = zip(form.all("gate_id"), form.all("gate_statement"), form.all("gate_about"), strict=False)
    before = form.all("gate_before")
    columns = [form.all(f"c_{name}") for name in ("id", "weight", "kind", "sources", "statement", "rubric")]
    return ScorecardFields(
        **{name: form.text(name) for name in _TEXTS},
        gates=tuple(
            GateFields(id=_kept_id(i.strip(), s, before[n] if n < len(before) else ""), statement=_one_line(s), about=a)
            for n, (i, s, a) in enumerate(gates)
        ),
        criteria=tuple(
            CriterionFields(
                id=i.strip(), weight=w.strip(), kind=k, sources=o, statement=_one_line(s), rubric=r.strip("\r\n ")
            )
            for i, w, k, o, s, r in zip(*columns, strict=False)
        ),
    )


def fields_from_yaml(text: str) -> ScorecardFields | None:
    """Read a scorecard into the form; None if it is no YAML with named fields."""
    root = parse_mapping(text, ProblemLog("scorecard.yaml"))
    if root is None:
        return None
    texts = {name: _text(root.entries.get(name)) for name in _TEXTS if name in root.entries}
    texts |= {name: _lines(root.entries[name]) for name in ("scope", "constraints") if name in root.entries}
    if (preferences := root.entries.get("preferences")) is not None:
        texts["preferences"] = "\n".join(_preference(one) for one in preferences.elements)
    return ScorecardFields(
        **texts,
        gates=tuple(
            GateFields(**{name: _text(one.entries.get(name)) for name in ("id", "statement", "about")})
            for one in _entries(root, "non_negotiables")
        ),
        criteria=tuple(_criterion(one) for one in _entries(root, "criteria")),
    )


def yaml_of(fields: ScorecardFields) -> str:
    """Write a scorecard as a person would: fields in the usual order, blank rows left out."""
    written: dict[str, JsonValue] = {
        "id": fields.id or _id_of(fields.title),
        "title": fields.title,
        "stage": fields.stage,
        "mission": _one_line(fields.mission),
        "scope": list(_split(fields.scope)),
        "constraints": list(_split(fields.constraints)),
        "non_negotiables": [_gate_value(one) for one in fields.gates if not one.blank],
        "preferences": [_preference_value(line) for line in _split(fields.preferences)],
        "interview_slots": _number(fields.interview_slots),
        "advance_bar": _number(fields.advance_bar),
        "takehome": fields.takehome,
        "criteria": [_criterion_value(one) for one in fields.criteria if not one.blank],
    }
    kept = {name: value for name, value in written.items() if value not in ([], "")}
    return yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=False)


def gate_id(fields: GateFields) -> str:
    """The id of a non-negotiable: the one that was typed, else made from its words."""
    telling = re.sub(
        r"^(?:(?:has|is|will|can|have|are|be|experience|personally)\s+)+", "", fields.statement, flags=re.I
    )
    return fields.id or _id_of(_first_words(telling))


def _kept_id(typed: str, statement: str, before: str) -> str:
    """The typed id, or none if it was made of words that the statement no longer has: it is shown as a title."""
    made = gate_id(GateFields(statement=_one_line(before)))
    return "" if before and typed == made and _one_line(statement) != _one_line(before) else typed


def _first_words(statement: str) -> str:
    """The words a statement begins with, up to where its sense takes a turn: a title made of them can be read."""
    kept: list[str] = []
    for word in statement.split()[:_MOST_ID_WORDS]:
        if len(kept) >= _FEWEST_ID_WORDS and word.lower() in _TURNS:
            break
        kept.append(word.rstrip(".;:"))
        if len(kept) >= _FEWEST_ID_WORDS and word.endswith((",", ";", ":", ".")):
            break
    while len(kept) > 1 and kept[-1].lower().strip(",") in {*_TURNS, *_SMALL}:
        kept.pop()
    return " ".join(kept)


_FEWEST_ID_WORDS: Final = 3
_MOST_ID_WORDS: Final = 7
_TURNS: Final = frozenset(
    [
        *("and", "as", "at", "because", "by", "for", "from", "in", "on", "or", "so", "such", "that", "to", "under"),
        *("where", "which", "while", "who", "whose", "with", "without"),
    ]
)
_SMALL: Final = frozenset(["a", "an", "its", "of", "our", "own", "the", "their", "this", "three", "two", "within"])


_TEXTS: Final = (
    *("id", "title", "stage", "mission", "scope", "constraints", "preferences"),
    *("interview_slots", "advance_bar", "takehome"),
)


def _criterion(node: YamlNode) -> CriterionFields:
    sources = node.entries.get("sources")
    named = [element.text for element in sources.elements] if sources else []
    rubric = node.entries.get("rubric")
    return CriterionFields(
        id=_text(node.entries.get("id")),
        weight=_text(node.entries.get("weight")),
        kind=_text(node.entries.get("kind")),
        sources=" ".join(name for name in _SOURCES if name in named),
        statement=_text(node.entries.get("statement")),
        rubric="" if rubric is None else _rubric_text(rubric),
    )


def _criterion_value(fields: CriterionFields) -> dict[str, JsonValue]:
    value: dict[str, JsonValue] = {
        "id": fields.id or _id_of(" ".join(fields.statement.split()[:4])),
        "weight": _number(fields.weight),
        "kind": fields.kind,
        "sources": list(fields.sources.split()),
        "statement": fields.statement,
    }
    if fields.rubric:
        value["rubric"] = _rubric_value(fields.rubric)
    return value


def _gate_value(fields: GateFields) -> dict[str, JsonValue]:
    value: dict[str, JsonValue] = {"id": gate_id(fields)}
    if fields.about:
        value["about"] = fields.about
    return {**value, "statement": fields.statement}


def _preference(node: YamlNode) -> str:
    if node.shape != "mapping":
        return _one_line(node.text)
    name = _text(node.entries.get("name"))
    others = node.entries.get("any_of")
    return f"{name} = {', '.join(_text(one) for one in others.elements)}" if others else name


def _preference_value(line: str) -> JsonValue:
    name, equals, others = line.partition(" = ")
    if not equals:
        return line
    any_of: list[JsonValue] = [part.strip() for part in others.split(",") if part.strip()]
    return {"name": name.strip(), "any_of": any_of}


def _rubric_text(node: YamlNode) -> str:
    if node.shape != "mapping":
        return node.text
    return yaml.safe_dump(_plain(node), sort_keys=False, allow_unicode=True, width=_WIDTH).rstrip("\n")


def _rubric_value(text: str) -> JsonValue:
    """The rubric as YAML means it; what cannot be read stays a text, and the check says what is wrong with it."""
    root = parse_mapping(text, ProblemLog("rubric")) if ":" in text else None
    return text if root is None else _plain(root)


def _plain(node: YamlNode) -> JsonValue:
    if node.shape == "mapping":
        return {name: _plain(value) for name, value in node.entries.items()}
    if node.shape == "list":
        return [_plain(one) for one in node.elements]
    if node.shape == "number":
        return int(node.number) if node.whole else node.number
    if node.shape == "yes/no":
        return node.text.lower() in ("true", "yes", "on")
    return None if node.shape == "empty" else node.text


def _entries(root: YamlNode, name: str) -> Sequence[YamlNode]:
    node = root.entries.get(name)
    return () if node is None else [one for one in node.elements if one.shape == "mapping"]


def _lines(node: YamlNode) -> str:
    return "\n".join(_one_line(one.text) for one in node.elements)


def _text(node: YamlNode | None) -> str:
    return "" if node is None else _one_line(node.text)


def _split(text: str) -> Sequence[str]:
    lines = (re.sub(r"^\s*[-*•]\s+", "", line).strip() for line in text.splitlines())
    return [line for line in lines if line]


def _number(text: str) -> JsonValue:
    """A number as it was meant; anything else stays a text, which the check then complains about."""
    if re.fullmatch(r"\d{1,9}", text):
        return int(text)
    if re.fullmatch(r"\d{1,9}[.,]\d{1,6}", text):
        return float(text.replace(",", "."))
    return text


def _id_of(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").lower()[:60].strip("_") or "unnamed"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def form_keys(fields: ScorecardFields) -> Mapping[str, str]:
    """The id in the form of every field that a check may name, by the beginning of the field's name.

    `criteria.mission_fit` -> `criterion-4`, `non_negotiables.on_call` and `non_negotiables[2]` -> `gate-2`.
    """
    keys: dict[str, str] = {}
    gates = [(n, one) for n, one in enumerate(fields.gates, start=1) if not one.blank]
    for position, (n, gate) in enumerate(gates, start=1):
        keys[f"non_negotiables.{gate_id(gate)}"] = keys[f"non_negotiables[{position}]"] = f"gate-{n}"
    criteria = [(n, one) for n, one in enumerate(fields.criteria, start=1) if not one.blank]
    for position, (n, criterion) in enumerate(criteria, start=1):
        name = criterion.id or _criterion_value(criterion)["id"]
        keys[f"criteria.{name}"] = keys[f"criteria[{position}]"] = f"criterion-{n}"
    return keys
