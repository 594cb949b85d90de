"""Labelled rows for calibrating a chat judge: passages, requirements and roles with what holds of them.

The form is that of `datasets/calibration`; a user's own file of the same form works as well.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import yaml
from pydantic import ValidationError

from evaluators.evidence import MISSION_FIT
from evaluators.rubric_library import GATE
from pipeline.errors import ConfigurationError
from pipeline.gate_wording import told_from_wording
from pipeline.models.base import FrozenModel
from pipeline.models.dossier import EvidencePassage, PassageKind, SectionSense
from pipeline.models.scorecard import About, RoleContext, Rubric, Source
from pipeline.passage_kinds import prose_kind
from pipeline.passages import passage_id

ROLES_FILE = "mission_roles.yaml"
RESEMBLING = frozenset(
    (
        *("xa-001", "xa-034", "xf-009", "t-123"),
        *("g-015", "g-016", "g-017", "g-018", "g-019", "g-020", "g-021"),
    )
)
"""Rows that share eight words in a row with a development role: those roles are for measuring."""

_UNSUPPORTIVE = frozenset(("inventory", "brief"))
_RESUME_FORMS = frozenset(("resume", "cover_note", "profile", "summary", "filler", "inventory"))
_KINDS: Mapping[str, PassageKind] = {"code": "code", "code_comment": "comment", "comment": "comment"}


class LabelledRow(NamedTuple):
    """A passage and what holds of it alone."""

    id: str
    author: str
    """The file's name: one author each."""
    kind: Literal["passage", "gate", "mission"]
    topic: str
    """The requirement of a gate row, the role of a mission row."""
    about: About | None
    passage: EvidencePassage
    labels: Mapping[str, frozenset[str]]
    """Checks that hold, for each rubric that was labelled. Not closed: a check may rest on another passage."""


class LabelledRows(NamedTuple):
    """All rows, in the order of the files."""

    rows: tuple[LabelledRow, ...]
    roles: Mapping[str, RoleContext]


def load_labelled_rows(path: Path, *, rubrics: Mapping[str, Rubric]) -> LabelledRows:
    """Read a file of rows, or every `*.jsonl` of a folder; roles of mission rows stand in `mission_roles.yaml` beside.

    Raises:
        ConfigurationError: Something cannot be read; the message names file and line.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files:
        raise ConfigurationError(f"The folder {str(path)!r} holds no *.jsonl file with labelled rows.")
    roles = _roles((path if path.is_dir() else path.parent) / ROLES_FILE)
    rows = tuple(row for file in files for row in _file(file, rubrics, roles))
    twice = _first_repeated(row.id for row in rows)
    if twice is not None:
        raise ConfigurationError(f"Two rows of {str(path)!r} have the id {twice!r}; give each its own.")
    return LabelledRows(rows, roles)


class _Line(FrozenModel):
    """A row as the files have it; which fields it has says what it is about."""

    id: str
    form: str
    text: str
    checks: dict[str, tuple[str, ...]] | tuple[str, ...] = ()
    statement: str = ""
    about: About | None = None
    first_hand: bool = False
    real: bool = False
    willing: bool | None = None
    denied: bool = False
    status: str = ""
    role: str = ""
    note: str = ""
    of: str = ""
    """The row that this one says in other words."""
    author: str = ""
    """That row's author; else the file's name."""


def _file(path: Path, rubrics: Mapping[str, Rubric], roles: Mapping[str, RoleContext]) -> Iterator[LabelledRow]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The labelled rows {str(path)!r} cannot be read: {error}.") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = _Line.model_validate(json.loads(line))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = str(first["loc"][0]) if first["loc"] else ""
            raise ConfigurationError(f"{path.name}, line {number}, field {field!r}: {first['msg']}.") from error
        except ValueError as error:
            raise ConfigurationError(f"{path.name}, line {number}: it is no JSON object ({error}).") from error
        labelled = _labelled(row, row.author or path.stem)
        problem = _problem(labelled, rubrics, roles)
        if problem:
            raise ConfigurationError(f"{path.name}, line {number}, row {row.id!r}: {problem}")
        yield labelled


def _labelled(row: _Line, author: str) -> LabelledRow:
    if row.statement:
        about = row.about or told_from_wording(row.statement)
        held = {
            "first_hand": row.first_hand and not row.denied,
            "real": row.real and not row.denied,
            # Files labelled before past and future were told apart say `met` where they mean willing.
            "willing": row.willing if row.willing is not None else about == "future" and row.status == "met",
            "denied": row.denied,
        }
        labels = {GATE: frozenset(check for check, holds in held.items() if holds)}
        return LabelledRow(row.id, author, "gate", row.statement, about, _passage(row), labels)
    if row.role:
        named = row.checks if isinstance(row.checks, tuple) else ()
        return LabelledRow(row.id, author, "mission", row.role, None, _passage(row), {MISSION_FIT: frozenset(named)})
    by_rubric = row.checks if isinstance(row.checks, dict) else {}
    # A passage that only lists things, or is the brief's own, supports no check of any rubric.
    silent = row.form in _UNSUPPORTIVE
    return LabelledRow(
        row.id,
        author,
        "passage",
        "",
        None,
        _passage(row),
        {rubric: frozenset(() if silent else checks) for rubric, checks in by_rubric.items()},
    )


def _passage(row: _Line) -> EvidencePassage:
    source: Source = "resume" if row.form in _RESUME_FORMS else "takehome"
    sense: SectionSense = "work" if source == "resume" else "other"
    kind = _KINDS.get(row.form) or prose_kind(row.text)
    return EvidencePassage(
        id=passage_id(source=source, kind=kind, sense=sense, text=row.text), text=row.text, kind=kind, sense=sense
    )


def _problem(row: LabelledRow, rubrics: Mapping[str, Rubric], roles: Mapping[str, RoleContext]) -> str:
    if row.kind == "mission" and row.topic not in roles:
        return f"the role {row.topic!r} stands in no {ROLES_FILE} beside the file."
    if not row.labels:
        return "it has neither labels by rubric (`checks`), nor a `statement`, nor a `role`."
    for rubric, checks in row.labels.items():
        if rubric not in rubrics:
            return f"there is no rubric {rubric!r}; known are {', '.join(sorted(rubrics))}."
        unknown = checks - {check.id for check in rubrics[rubric].checks}
        if unknown:
            return f"rubric {rubric!r} has no check {min(unknown)!r}."
    return ""


def _roles(path: Path) -> dict[str, RoleContext]:
    if not path.exists():
        return {}
    try:
        listed = yaml.safe_load(path.read_text(encoding="utf-8"))
        return {
            str(role["id"]): RoleContext(
                mission=str(role["mission"]),
                scope=tuple(map(str, role["scope"])),
                constraints=tuple(map(str, role["constraints"])),
                # The file tells the stage in words of its own, such as "scale-up (series C)".
                stage="growth",
            )
            for role in listed
        }
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError, KeyError) as error:
        raise ConfigurationError(
            f"The roles {str(path)!r} cannot be read: {error}. Each has id, mission, scope and constraints."
        ) from error


def _first_repeated(ids: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            return one
        seen.add(one)
    return None
