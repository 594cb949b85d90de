"""The calibration passages, with their labels as the rubrics now ask for them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pipeline.models.scorecard import RoleContext, Rubric

CALIBRATION = Path(__file__).parents[2] / "datasets" / "calibration"
_UNSUPPORTIVE_FORMS = frozenset(("inventory", "brief"))
_CODE_FORMS = frozenset(("code", "test", "sql", "config"))
_RESUME_FORMS = frozenset(("resume", "cover_note", "profile", "summary", "filler", "inventory"))


@dataclass(frozen=True)
class PassageRow:
    """A passage with the checks that are true of it alone."""

    id: str
    author: str
    """One file, one author; of other words for a passage, that passage's author."""
    text: str
    code: bool
    checks: frozenset[str]
    """As `rubric.check`."""
    resume: bool
    """From a resume or a letter; else from a take-home."""
    group: str
    """Rows of one group are variations of one another."""


@dataclass(frozen=True)
class GateRow:
    """A passage beside a non-negotiable's statement."""

    statement: str
    future: bool
    text: str
    first_hand: bool
    real: bool
    willing: bool
    denied: bool


@dataclass(frozen=True)
class MissionRow:
    """A passage beside a role."""

    role: str
    text: str
    checks: frozenset[str]


@dataclass(frozen=True)
class Corpus:
    """All that training reads."""

    passages: tuple[PassageRow, ...]
    gates: tuple[GateRow, ...]
    missions: tuple[MissionRow, ...]
    roles: Mapping[str, RoleContext] = field(default_factory=dict)
    alike: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Statements that one sentence may meet or deny together with the key."""


def load_corpus(folder: Path = CALIBRATION) -> Corpus:
    """Read every calibration file, in the order of their names; a row's fields say what kind it is."""
    passages: list[PassageRow] = []
    gates: list[GateRow] = []
    missions: list[MissionRow] = []
    for path in sorted(folder.glob("*.jsonl")):
        for row in _rows(path):
            if "statement" in row:
                gates.append(_gate(row))
            elif "role" in row:
                missions.append(_mission(row))
            else:
                # Other words for a passage are held out together with it.
                passages.append(_passage(row, row.get("author", path.stem)))
    roles = [role for path in sorted(folder.glob("mission_roles*.yaml")) for role in _roles(path)]
    return Corpus(
        passages=tuple(passages),
        gates=tuple(gates),
        missions=tuple(missions),
        roles={role["id"]: _role(role) for role in roles},
        alike=_alike(folder / "statements_alike.yaml"),
    )


def closed(checks: Iterable[str], requires: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """The checks that stand together with everything they require."""
    kept = set(checks)
    while fallen := {check for check in kept if not kept.issuperset(requires.get(check, ()))}:
        kept -= fallen
    return frozenset(kept)


def requires_of(rubrics: Iterable[Rubric]) -> dict[str, tuple[str, ...]]:
    """What each `rubric.check` requires, by the same names."""
    return {
        f"{rubric.id}.{check.id}": tuple(f"{rubric.id}.{required}" for required in check.requires)
        for rubric in rubrics
        for check in rubric.checks
    }


Row = dict[str, Any]
"""A line of JSON; `_passage`, `_gate` and `_role` say which fields it has."""


def _rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _roles(path: Path) -> list[Row]:
    return list(yaml.safe_load(path.read_text(encoding="utf-8")))


def _passage(row: Row, author: str) -> PassageRow:
    # A passage that only lists things, or is the brief's own, supports no check of any rubric.
    silent = row["form"] in _UNSUPPORTIVE_FORMS
    named = frozenset(f"{rubric}.{check}" for rubric, found in row["checks"].items() for check in found)
    return PassageRow(
        id=row["id"],
        author=author,
        text=row["text"],
        code=row["form"] in _CODE_FORMS,
        checks=frozenset() if silent else named,
        resume=row["form"] in _RESUME_FORMS,
        group=_group(str(row.get("of", row["id"]))),
    )


def _group(name: str) -> str:
    """Rows of a contrast group differ by a letter at the end: they are held out together."""
    return name.rstrip("abcdefgh") if name.startswith("ct-") else name


def _mission(row: Row) -> MissionRow:
    return MissionRow(str(row["role"]), str(row["text"]), frozenset(map(str, row["checks"])))


_FUTURE = ("Can start", "Available", "Will ", "Works from our", "Joins as", "Has the right to")


def _gate(row: Row) -> GateRow:
    future = row.get("about") == "future" if "about" in row else row["statement"].startswith(_FUTURE)
    return GateRow(
        statement=row["statement"],
        future=future,
        text=row["text"],
        first_hand=row["first_hand"] and not row["denied"],
        real=row["real"] and not row["denied"],
        # The file was labelled before past and future were told apart: met is willing there.
        willing=row.get("willing", future and row["status"] == "met"),
        denied=row["denied"],
    )


def _alike(path: Path) -> dict[str, frozenset[str]]:
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    texts: dict[int, str] = read["statements"]
    beside: dict[str, set[str]] = {text: set() for text in texts.values()}
    for group in read["alike"]:
        for place in group:
            beside[texts[place]].update(texts[other] for other in group if other != place)
    return {text: frozenset(others) for text, others in beside.items()}


def _role(role: Row) -> RoleContext:
    return RoleContext(
        mission=role["mission"],
        scope=tuple(role["scope"]),
        constraints=tuple(map(str, role["constraints"])),
        stage="growth",
    )
