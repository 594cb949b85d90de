"""Rubrics as people write them, in a file of their own or inside a scorecard."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pipeline.errors import ScorecardError
from pipeline.models.scorecard import Check, Rubric
from pipeline.scorecard_fields import FieldReader
from pipeline.scorecard_problem import ProblemLog
from pipeline.scorecard_yaml import parse_mapping, read_source

RubricUse = Literal["rated", "gate"]

FULL_POINTS = 4.0
_GATE_CHECKS = ("first_hand", "real", "willing", "denied")
"""The checks that the gate rules of the design are written in."""


def load_rubric_file(path: Path, *, use: RubricUse = "rated") -> Rubric:
    """Load and validate a file that holds one rubric; its `id` must be the name of the file.

    Raises:
        ScorecardError: The file cannot be used; every problem stands in the message with its line.
    """
    log = ProblemLog(path.name)
    root = parse_mapping(read_source(path), log)
    rubric = None
    if root is not None:
        fields = FieldReader(root, path="", log=log)
        rubric_id = fields.identifier()
        if rubric_id and rubric_id != path.stem:
            fields.error("id", f"The file is called {path.name!r} but its rubric {rubric_id!r}.", "Give both one name.")
        rubric = read_rubric(fields, rubric_id=rubric_id, use=use)
    if rubric is None or log.problems:
        raise ScorecardError("\n".join(str(problem) for problem in log.problems))
    return rubric


def read_rubric(fields: FieldReader, *, rubric_id: str, use: RubricUse = "rated") -> Rubric:
    """Read a rubric from its mapping: `checks` and, if wanted, `together`; problems go to the reader's log."""
    together = fields.flag("together")
    fields.refuse_unknown(also=("id", "checks"))
    return Rubric(id=rubric_id, together=together, checks=read_checks(fields.mapping("checks"), use=use))


def read_checks(checks: FieldReader, *, use: RubricUse = "rated") -> tuple[Check, ...]:
    """Read the checks of a rubric, by name, and validate them as a whole."""
    read = [_read_check(checks.mapping(name), name, use) for name in checks.node.entries]
    if not read:
        checks.log.error(checks.node.line, checks.name("")[:-1], "A rubric needs at least one check.", "Add one.")
    _refuse_bad_requirements(checks, read)
    if use == "gate":
        missing = [name for name in _GATE_CHECKS if name not in checks.node.entries]
        if missing:
            checks.error(
                "checks", f"The gate rubric lacks {', '.join(missing)}.", "Add them: gates are decided by them."
            )
    elif read and all(check.points > 0 for check in read):
        total = sum(check.points for check in read)
        if abs(total - FULL_POINTS) > 1e-9:
            checks.log.error(
                checks.node.line,
                checks.name("")[:-1],
                f"The points of the checks add up to {total:g}; levels go from 0 to {FULL_POINTS:g}.",
                _rescaled(read, total),
            )
    return tuple(read)


def _rescaled(checks: Sequence[Check], total: float) -> str:
    points = [round(check.points * FULL_POINTS / total, 2) for check in checks]
    points[0] = round(points[0] + FULL_POINTS - sum(points), 2)
    return "For example: " + ", ".join(f"{c.id} {p:g}" for c, p in zip(checks, points, strict=True)) + "."


def _read_check(fields: FieldReader, name: str, use: RubricUse) -> Check:
    question = fields.text("question", suggestion='Add `question: "Does the author ...?"`, answerable with yes or no.')
    points = 0.0
    if use == "rated":
        points = fields.number("points", above=0.0, most=FULL_POINTS)
    requires = fields.texts("requires")
    quotes = fields.whole("quotes", default=1, least=1, most=20)
    fields.refuse_unknown()
    return Check(id=name, question=question, points=points, requires=requires, quotes=quotes)


def _refuse_bad_requirements(checks: FieldReader, read: Sequence[Check]) -> None:
    known = {check.id: check.requires for check in read}
    for check in read:
        for required in check.requires:
            if required not in known:
                checks.error(
                    check.id,
                    f"It requires {required!r}, which is no check of this rubric.",
                    f"Write one of {', '.join(name for name in known if name != check.id) or 'no check'}.",
                )
        if check.id in _reachable(check.id, known):
            checks.error(check.id, "In the end it requires itself, so it could never be met.", "Break the circle.")


def _reachable(start: str, requires: dict[str, tuple[str, ...]]) -> set[str]:
    reached: set[str] = set()
    waiting = list(requires[start])
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(requires.get(name, ()))
    return reached
