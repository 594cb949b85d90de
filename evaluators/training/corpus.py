"""The calibration passages, with their labels as the rubrics now ask for them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pipeline.models.scorecard import RoleContext, Rubric

CALIBRATION = Path(__file__).parents[2] / "datasets" / "calibration"
PASSAGE_FILES = ("resume", "takehome", "hard")
"""Written by one author each; further files are called `extra-*.jsonl`."""

_UNSUPPORTIVE_FORMS = frozenset(("inventory", "brief"))


@dataclass(frozen=True)
class PassageRow:
    """A passage with the checks that are true of it alone."""

    id: str
    author: str
    text: str
    code: bool
    checks: frozenset[str]
    """As `rubric.check`."""


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


def load_corpus(folder: Path = CALIBRATION) -> Corpus:
    """Read every calibration file, in a fixed order."""
    extra = sorted(path.stem for path in folder.glob("extra-*.jsonl"))
    corrected = {str(row["id"]): row["checks"] for row in _rows(folder / "relabel.jsonl")}
    passages = [
        _passage(row, author, corrected)
        for author in (*PASSAGE_FILES, *extra)
        for row in _rows(folder / f"{author}.jsonl")
    ]
    roles = yaml.safe_load((folder / "mission_roles.yaml").read_text(encoding="utf-8"))
    return Corpus(
        passages=tuple(passages),
        gates=tuple(_gate(row) for name in ("gates", "gates-extra") for row in _rows(folder / f"{name}.jsonl")),
        missions=tuple(
            MissionRow(str(row["role"]), str(row["text"]), frozenset(map(str, row["checks"])))
            for row in _rows(folder / "mission.jsonl")
        ),
        roles={role["id"]: _role(role) for role in roles},
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
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _passage(row: Row, author: str, corrected: Mapping[str, Row]) -> PassageRow:
    checks = {**row["checks"], **corrected.get(row["id"], {})}
    # A passage that only lists things, or is the brief's own, supports no check of any rubric.
    silent = row["form"] in _UNSUPPORTIVE_FORMS
    named = frozenset(f"{rubric}.{check}" for rubric, found in checks.items() for check in found)
    return PassageRow(row["id"], author, row["text"], row["form"] == "code", frozenset() if silent else named)


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


def _role(role: Row) -> RoleContext:
    return RoleContext(
        mission=role["mission"],
        scope=tuple(role["scope"]),
        constraints=tuple(map(str, role["constraints"])),
        stage="growth",
    )
