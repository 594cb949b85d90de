"""A scorecard as people write it (YAML) -> a `Scorecard` with its rubrics inside."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from pipeline.errors import ScorecardError
from pipeline.gate_wording import told_from_wording
from pipeline.models.scorecard import (
    About,
    Criterion,
    NonNegotiable,
    Preference,
    Rubric,
    Scorecard,
    Source,
    Stage,
    TakehomePolicy,
)
from pipeline.rubric_files import read_checks, read_rubric
from pipeline.scorecard_fields import FieldReader
from pipeline.scorecard_problem import ProblemLog, ScorecardProblem
from pipeline.scorecard_yaml import YamlNode, parse_mapping, read_source

DEFAULT_RUBRIC = "general"
GATE_RUBRIC = "gate"

_STAGES: tuple[Stage, ...] = get_args(Stage)
_SOURCES: tuple[Source, ...] = get_args(Source)
_TAKEHOME: tuple[TakehomePolicy, ...] = get_args(TakehomePolicy)
_KINDS: tuple[Literal["judgment", "craft"], ...] = ("judgment", "craft")
_ABOUT: tuple[About, ...] = get_args(About)
_ALTERNATIVE = re.compile(r"\s+or\s+", re.IGNORECASE)
_ARTICLE = re.compile(r"^(?:either\s+)?(?:an?|the)\s+(?=\S)|^either\s+")
"""Lower case only: `A Cloud Guru` is a name."""
_MAX_PROBLEMS_SHOWN = 20


class ReadScorecard(NamedTuple):
    """What could be made of a scorecard file."""

    scorecard: Scorecard | None
    """None if anything in it is an error."""
    problems: tuple[ScorecardProblem, ...]
    root: YamlNode | None
    """The file as a tree with line numbers; None if it is not YAML with named fields."""
    source: str


def load_scorecard(path: Path, *, library: Mapping[str, Rubric]) -> Scorecard:
    """Load a scorecard and resolve its rubrics.

    Args:
        path: The YAML file.
        library: Rubrics by id; must hold `general` and `gate`.

    Raises:
        ScorecardError: The file cannot be used; the message lists each problem with file, line, field,
            cause and next step.
    """
    read = read_scorecard(path, library=library)
    if read.scorecard is None:
        shown = [str(problem) for problem in read.problems[:_MAX_PROBLEMS_SHOWN]]
        if len(read.problems) > len(shown):
            shown.append(f"... and {len(read.problems) - len(shown)} more.")
        raise ScorecardError("\n".join(shown))
    return read.scorecard


def read_scorecard(path: Path, *, library: Mapping[str, Rubric]) -> ReadScorecard:
    """Read a scorecard, collecting every problem instead of stopping at the first.

    Raises:
        ScorecardError: The file is missing, too large or not UTF-8, or the library lacks what every
            scorecard needs.
    """
    for needed in (DEFAULT_RUBRIC, GATE_RUBRIC):
        if needed not in library:
            raise ScorecardError(f"The rubric library has no {needed!r} rubric. Load it with `load_rubric_library()`.")
    source = read_source(path)
    log = ProblemLog(path.name)
    root = parse_mapping(source, log)
    if root is None:
        return ReadScorecard(None, tuple(log.problems), None, source)
    scorecard = _Reader(path, library, log).scorecard(FieldReader(root, path="", log=log))
    problems = tuple(sorted(log.problems, key=lambda problem: (problem.file != path.name, problem.line)))
    return ReadScorecard(scorecard, problems, root, source)


def split_preference(text: str) -> Preference:
    """A preference from one text: `SQS or Kafka` is met by either; articles are not part of a name."""
    names = [" ".join(_ARTICLE.sub("", part.strip()).split()) for part in _ALTERNATIVE.split(text)]
    any_of = tuple(dict.fromkeys(name for name in names if name))
    return Preference(name=" or ".join(any_of), any_of=any_of)


class _Reader:
    """Reads one scorecard file; kept together because every part needs the file, the library and the log."""

    def __init__(self, path: Path, library: Mapping[str, Rubric], log: ProblemLog) -> None:
        self._path, self._library, self._log = path, library, log
        self._ids: dict[str, int] = {}

    def scorecard(self, fields: FieldReader) -> Scorecard | None:
        """The scorecard, or None if the log holds an error."""
        identifier = fields.identifier()
        title = fields.text("title", suggestion="Add `title:` with the name of the job.")
        stage = fields.choice("stage", _STAGES)
        mission = fields.text(
            "mission", suggestion="Add `mission:` with what this person will have changed a year from now."
        )
        scope, constraints = fields.texts("scope"), fields.texts("constraints")
        gates = tuple(self._gate(entry) for entry in fields.mappings("non_negotiables"))
        preferences = self._preferences(fields)
        slots = fields.whole("interview_slots", default=5, least=1, most=10_000)
        bar = fields.number("advance_bar", default=55.0, most=100.0)
        takehome = fields.choice("takehome", _TAKEHOME, default="optional")
        criteria = tuple(self._criterion(entry) for entry in fields.mappings("criteria"))
        fields.refuse_unknown()
        if not criteria:
            fields.error("criteria", "There is no criterion to judge by.", "Add `criteria:` with at least one entry.")
        if self._log.problems:
            return None
        return Scorecard(
            id=identifier,
            title=title,
            stage=stage,
            mission=mission,
            scope=scope,
            constraints=constraints,
            non_negotiables=gates,
            preferences=preferences,
            interview_slots=slots,
            advance_bar=bar,
            takehome=takehome,
            criteria=criteria,
            gate_rubric=self._library[GATE_RUBRIC],
        )

    def _own_id(self, fields: FieldReader) -> str:
        """An id that no other criterion or non-negotiable has: answers are filed under it."""
        identifier = fields.identifier()
        if identifier and identifier in self._ids:
            fields.error(
                "id",
                f"{identifier!r} is already the id of the entry on line {self._ids[identifier]}.",
                f"Rename one of them, for example to `{identifier}_2`.",
            )
        self._ids.setdefault(identifier, fields.line("id"))
        return identifier

    def _gate(self, fields: FieldReader) -> NonNegotiable:
        identifier = self._own_id(fields)
        statement = fields.text("statement", suggestion="Add `statement: Has ...` with what must have been done.")
        about = fields.choice("about", _ABOUT, default=told_from_wording(statement))
        fields.refuse_unknown()
        return NonNegotiable(id=identifier, statement=statement, about=about)

    def _preferences(self, fields: FieldReader) -> tuple[Preference, ...]:
        found: dict[str, int] = {}
        preferences = []
        for number, element in enumerate(fields.elements("preferences"), start=1):
            name = f"preferences[{number}]"
            preference = self._preference(element, name)
            key = preference.name.casefold()
            if key and key in found:
                self._log.error(
                    element.line, name, f"{preference.name!r} is listed twice.", "Delete one; each counts once anyway."
                )
            found[key] = element.line
            preferences.append(preference)
        return tuple(preferences)

    def _preference(self, element: YamlNode, name: str) -> Preference:
        if element.shape == "mapping":
            fields = FieldReader(element, path=name, log=self._log)
            label, any_of = fields.text("name"), fields.texts("any_of")
            fields.refuse_unknown()
            return Preference(name=label, any_of=any_of or (label,))
        holder = YamlNode(
            "mapping", element.line, element.end_line, entries={name: element}, key_lines={name: element.line}
        )
        text = FieldReader(holder, path="", log=self._log).text(name, suggestion="Name a tool, or delete the entry.")
        preference = split_preference(text)
        if text and not preference.any_of:
            self._log.error(element.line, name, f"{text!r} names nothing.", "Name a tool, or delete the entry.")
        return preference

    def _criterion(self, fields: FieldReader) -> Criterion:
        identifier = self._own_id(fields)
        weight = fields.number("weight", above=0.0)
        kind = fields.choice("kind", _KINDS)
        sources = self._sources(fields)
        statement = fields.text("statement", suggestion="Add `statement:` with what a strong candidate shows.")
        rubric = self._rubric(fields, identifier)
        fields.refuse_unknown()
        return Criterion(id=identifier, weight=weight, kind=kind, sources=sources, statement=statement, rubric=rubric)

    def _sources(self, fields: FieldReader) -> tuple[Source, ...]:
        given = fields.texts("sources")
        known = tuple(source for source in _SOURCES if source in given)
        unknown = [text for text in given if text not in _SOURCES]
        if unknown:
            fields.error(
                "sources",
                f"{unknown[0]!r} is no source; a cover letter counts as part of the resume.",
                "Write `sources: [resume]`, `[takehome]` or `[resume, takehome]`.",
            )
        elif not known and (
            fields.node.entries.get("sources") is None or fields.node.entries["sources"].shape == "list"
        ):
            fields.error(
                "sources",
                "It is not said what this is judged from.",
                "Add `sources: [resume]` or `[resume, takehome]`.",
            )
        return known

    def _rubric(self, fields: FieldReader, criterion: str) -> Rubric:
        default = self._library.get(criterion, self._library[DEFAULT_RUBRIC])
        node = fields.get("rubric")
        if node is None:
            return self._library[DEFAULT_RUBRIC] if criterion == GATE_RUBRIC else default
        if node.shape == "mapping":
            inline = fields.mapping("rubric")
            if "checks" in node.entries:
                return read_rubric(inline, rubric_id=criterion)
            return Rubric(id=criterion, checks=read_checks(inline))
        name = fields.text("rubric", suggestion="Name a rubric, or delete the line to use the default.")
        if name.endswith((".yaml", ".yml")):
            return self._rubric_beside(fields, name, default)
        if name and (name not in self._library or name == GATE_RUBRIC):
            names = ", ".join(sorted(set(self._library) - {GATE_RUBRIC}))
            fields.error(
                "rubric",
                f"The library has no rubric {name!r} for criteria.",
                f"Write one of {names}, the name of a YAML file beside the scorecard, or the checks themselves.",
            )
            return default
        return self._library.get(name, default)

    def _rubric_beside(self, fields: FieldReader, name: str, default: Rubric) -> Rubric:
        """A rubric file in the scorecard's own folder or below; a scorecard may not point anywhere else."""
        folder = self._path.parent.resolve()
        try:
            target = (folder / name).resolve()
            inside = target.is_relative_to(folder) and target.is_file()
        except (OSError, ValueError):
            inside = False
        if not inside:
            fields.error(
                "rubric",
                f"There is no rubric file {name!r} beside the scorecard.",
                "Put it into the scorecard's folder.",
            )
            return default
        log = ProblemLog(target.name)
        try:
            root = parse_mapping(read_source(target), log)
        except ScorecardError as problem:
            fields.error("rubric", str(problem), "Give another file.")
            return default
        rubric = default
        if root is not None:
            own = FieldReader(root, path="", log=log)
            rubric_id = own.identifier() if "id" in root.entries else target.stem
            rubric = read_rubric(own, rubric_id=rubric_id)
        self._log.problems.extend(log.problems)
        return rubric
