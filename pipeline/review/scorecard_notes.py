"""What `scorecard check` says, beside the fields of the editor that it speaks of."""

import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from pipeline.desk.models import ScorecardVersion
from pipeline.errors import ScorecardError
from pipeline.models.scorecard import Rubric
from pipeline.review.context import ReviewApp
from pipeline.review.scorecard_form import ScorecardFields, form_keys
from pipeline.scorecard_check import check_scorecard
from pipeline.scorecard_problem import ScorecardProblem, Severity

_FILE: Final = "scorecard.yaml"
_REMEMBERED: Final = 500
_PLAIN: Final = ("id", "title", "stage", "mission", "scope", "constraints", "preferences")
_SETTINGS: Final = ("interview_slots", "advance_bar", "takehome")
_ROWS: Final[Mapping[str, tuple[str, ...]]] = {
    "gate": ("id", "statement", "about"),
    "criterion": ("id", "weight", "kind", "sources", "statement", "rubric"),
}
_LABELS: Final = {
    "id": "Short name",
    "interview_slots": "Interviews",
    "advance_bar": "Bar",
    "takehome": "Take-home",
    "non_negotiables": "Must-haves",
    "criteria": "Criteria",
}
_FORM_LABELS: Final = {
    **_LABELS,
    "title": "Title",
    "mission": "Mission",
    "stage": "Stage of the company",
    "scope": "Scope",
    "constraints": "Constraints",
    "preferences": "Preferences",
    "about": "It is about",
    "statement": "Statement",
    "weight": "Weight",
    "kind": "Kind",
    "sources": "Judged from",
    "rubric": "Rubric",
}
"""What the form calls a field of the YAML."""


class Note(NamedTuple):
    """One problem, for the list beside the form and for its field."""

    severity: Severity
    label: str
    """The field in words, such as `Must-have 2, statement`."""
    key: str
    """Of the field in the form (`gate-2-statement`); empty if it speaks of the scorecard as a whole."""
    line: int
    """Of the YAML."""
    message: str
    suggestion: str


class Notes(NamedTuple):
    """Everything a check found."""

    all: tuple[Note, ...]
    by_key: Mapping[str, tuple[Note, ...]]
    keys: tuple[str, ...]
    """Every field of the form, so that notes that are gone are emptied."""

    @property
    def errors(self) -> int:
        """How many keep the scorecard from being used."""
        return sum(note.severity == "error" for note in self.all)

    @property
    def warnings(self) -> int:
        """How many say how it would mislead a screening."""
        return len(self.all) - self.errors


def check_text(text: str, *, rubrics: Mapping[str, Rubric]) -> tuple[ScorecardProblem, ...]:
    """Check a scorecard that is no file yet."""
    with tempfile.TemporaryDirectory(prefix="shortlist-check-") as folder:
        path = Path(folder) / _FILE
        try:
            path.write_text(text, encoding="utf-8")
            return check_scorecard(path, library=rubrics)
        except (ScorecardError, UnicodeEncodeError) as error:
            return (ScorecardProblem(file=_FILE, line=1, field="", severity="error", message=str(error)),)


def checked(app: ReviewApp, version: ScorecardVersion) -> tuple[ScorecardProblem, ...]:
    """Check a version; a check takes a third of a second, and a version never changes."""
    if (found := app.checks.get(version.sha256)) is None:
        found = check_text(version.yaml, rubrics=app.rubrics)
        if len(app.checks) > _REMEMBERED:
            app.checks.clear()
        app.checks[version.sha256] = found
    return found


def notes_of(problems: Iterable[ScorecardProblem], fields: ScorecardFields | None) -> Notes:
    """Say of each problem which field of the form it speaks of.

    Args:
        problems: From `check_text`.
        fields: The form; None when the YAML cannot be shown as one.
    """
    keys = form_keys(fields) if fields else {}
    # What keeps the scorecard from being used comes first.
    ordered = sorted(problems, key=lambda problem: problem.severity != "error")
    notes = tuple(_note(problem, keys, in_form=fields is not None) for problem in ordered)
    by_key: dict[str, tuple[Note, ...]] = {}
    for note in notes:
        if note.key:
            by_key[note.key] = (*by_key.get(note.key, ()), note)
    return Notes(notes, by_key, _all_keys(fields) if fields else ())


def in_words(text: str) -> str:
    """Say what a line of YAML says with the labels of the form.

    `advance_bar: 55` -> “Bar: 55”; other words in backticks keep nothing but quotation marks.
    """
    return re.sub(r"`([^`]+)`", lambda found: f"“{_field_in_words(found[1])}”", text)


def _field_in_words(yaml: str) -> str:
    name, colon, value = yaml.partition(":")
    if name not in _FORM_LABELS:
        return yaml
    value = value.strip().removeprefix("[").removesuffix("]").replace("takehome", "take-home")
    return f"{_FORM_LABELS[name]}{colon} {value}".strip() if value else _FORM_LABELS[name]


def _note(problem: ScorecardProblem, keys: Mapping[str, str], *, in_form: bool) -> Note:
    key, label = _key_and_label(problem.field, keys)
    message, suggestion = problem.message, problem.suggestion
    if in_form:
        message, suggestion = in_words(message), in_words(suggestion)
    return Note(problem.severity, label, key, problem.line, message, suggestion)


def _key_and_label(field: str, keys: Mapping[str, str]) -> tuple[str, str]:
    if not field:
        return "", "The scorecard"
    for name, row in sorted(keys.items(), key=lambda named: -len(named[0])):
        if field == name or field.startswith((f"{name}.", f"{name}[")):
            kind, number = row.split("-")
            part = re.split(r"[.\[]", field[len(name) :].lstrip("."), maxsplit=1)[0]
            part = part if part in _ROWS[kind] else "rubric" if part == "checks" else "statement"
            return f"{row}-{part}", f"{'Must-have' if kind == 'gate' else 'Criterion'} {number}, {_word(part)}"
    head, _, rest = field.partition("[")
    head = head.partition(".")[0]
    if head in _PLAIN or head in _SETTINGS:
        return head, _word(head) + (f", line {rest.rstrip(']')}" if rest.rstrip("]").isdecimal() else "")
    if head in ("non_negotiables", "criteria"):
        return head, _LABELS[head]
    return "", field


def _word(name: str) -> str:
    return _LABELS.get(name, name.capitalize() if name in _PLAIN else name)


def _all_keys(fields: ScorecardFields) -> tuple[str, ...]:
    rows = [("gate", len(fields.gates)), ("criterion", len(fields.criteria))]
    return (
        *_PLAIN,
        *_SETTINGS,
        "non_negotiables",
        "criteria",
        *(f"{kind}-{n}-{part}" for kind, count in rows for n in range(1, count + 1) for part in _ROWS[kind]),
    )
