"""A benchmark set: a role, its candidates, and what people who read them found.

    scorecard.yaml
    candidates/<id>/...                 as they are handed in; brief.md and starter/ may stand beside scorecard.yaml
    gold/levels.csv                     candidate_id, criterion_id, level 0-4, source, quote, reason
    gold/gates.csv                      candidate_id, non_negotiable_id, met|not_met|unknown, quote, reason
    gold/ranking.csv                    candidate_id, tier 1-4 (4 is best), rank, reason
    gold/checks.csv                     candidate_id, criterion_id, check_id, holds true|false, quote
    gold/second/levels.csv, gates.csv   the same candidates, labelled by somebody else
    variants.yaml, variants/<id>/...    candidates with one intended change

Only the scorecard, the candidates and gold/levels.csv have to be there; what else is missing is not measured.
"""

import csv
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar, get_args

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from pipeline.errors import ConfigurationError
from pipeline.models.assessment import GateStatus
from pipeline.models.base import FrozenModel
from pipeline.models.scorecard import Rubric, Scorecard
from pipeline.scorecard import load_scorecard

T = TypeVar("T")
V = TypeVar("V", bound=str)
Row = dict[str, str]

STATUSES: tuple[GateStatus, ...] = get_args(GateStatus)
LEVELS = "gold/levels.csv"
CARD = "README.md"


class GoldLevel(FrozenModel):
    """What one candidate has earned for one criterion."""

    level: int = Field(ge=0, le=4)
    source: str = ""
    quote: str = ""
    """Verbatim; empty for level 0."""


class GoldGate(FrozenModel):
    """The status of one gate of one candidate."""

    status: GateStatus
    quote: str = ""


class GoldCheck(FrozenModel):
    """Whether one check holds for one candidate."""

    candidate: str
    criterion: str
    check: str
    holds: bool
    quote: str = ""


class Variant(FrozenModel):
    """A candidate's twin with one intended change."""

    id: str
    base: str
    kind: str
    expect: str = ""
    note: str = ""


class BenchmarkSet(FrozenModel):
    """One role with labelled candidates."""

    id: str
    folder: Path
    sha256: str
    """Over all files of the set, with their names."""
    scorecard: Scorecard
    candidates: tuple[str, ...]
    """Those with gold levels, sorted."""
    levels: dict[str, dict[str, GoldLevel]]
    """By candidate and criterion; every candidate has every criterion."""
    gates: dict[str, dict[str, GoldGate]] = Field(default_factory=dict)
    """By candidate and gate."""
    tiers: dict[str, int] = Field(default_factory=dict)
    """4 strong advance, 3 advance, 2 maybe, 1 no."""
    checks: tuple[GoldCheck, ...] = ()
    second_levels: dict[str, dict[str, GoldLevel]] = Field(default_factory=dict)
    """By somebody who has not seen the first labels; may lack candidates."""
    second_gates: dict[str, dict[str, GoldGate]] = Field(default_factory=dict)
    variants: tuple[Variant, ...] = ()

    @property
    def candidates_folder(self) -> Path:
        """Where the candidates lie."""
        return self.folder / "candidates"

    def weighted(self, candidate: str, *, second: bool = False) -> float:
        """The gold levels of a candidate with the scorecard's weights, 0-4."""
        levels = (self.second_levels if second else self.levels)[candidate]
        return weighted_level({name: level.level for name, level in levels.items()}, self.scorecard)


def weighted_level(levels: Mapping[str, int], scorecard: Scorecard) -> float:
    """Mean level with the scorecard's weights, 0-4."""
    weights = {criterion.id: criterion.weight for criterion in scorecard.criteria}
    return sum(weights[name] * level for name, level in levels.items()) / sum(weights[name] for name in levels)


def find_sets(root: Path) -> tuple[Path, ...]:
    """Folders of benchmark sets in a folder, or the folder itself if it is one; sorted by name."""
    if (root / LEVELS).is_file():
        return (root,)
    return tuple(sorted(path for path in root.iterdir() if (path / LEVELS).is_file())) if root.is_dir() else ()


def load_set(folder: Path, *, library: Mapping[str, Rubric]) -> BenchmarkSet:
    """Load a set and check that its labels fit its scorecard and candidates.

    Raises:
        ConfigurationError: A table cannot be used; the message names the line.
    """
    scorecard = load_scorecard(folder / "scorecard.yaml", library=library)
    tables = _Tables(folder, scorecard)
    levels = tables.levels(LEVELS)
    if not levels:
        raise ConfigurationError(f"{str(folder / LEVELS)!r} labels nobody. Add a row per candidate and criterion.")
    for candidate, labelled in levels.items():
        missing = [criterion.id for criterion in scorecard.criteria if criterion.id not in labelled]
        if missing:
            raise ConfigurationError(f"{str(folder / LEVELS)!r} lacks {missing} of candidate {candidate!r}. Add them.")
    return BenchmarkSet(
        id=folder.resolve().name,
        folder=folder,
        sha256=folder_hash(folder),
        scorecard=scorecard,
        candidates=tuple(sorted(levels)),
        levels=levels,
        gates=tables.gates("gold/gates.csv"),
        tiers=tables.tiers("gold/ranking.csv"),
        checks=tables.checks("gold/checks.csv"),
        second_levels=tables.levels("gold/second/levels.csv"),
        second_gates=tables.gates("gold/second/gates.csv"),
        variants=_variants(folder),
    )


class _Tables:
    """Reads the tables of one set; every problem names file and row."""

    def __init__(self, folder: Path, scorecard: Scorecard) -> None:
        self._folder = folder
        self._rubrics = {criterion.id: criterion.rubric for criterion in scorecard.criteria}
        self._gates = {gate.id for gate in scorecard.non_negotiables}
        self._candidates = _candidates(folder / "candidates")

    def levels(self, name: str) -> dict[str, dict[str, GoldLevel]]:
        """Levels by candidate and criterion."""

        def of(row: Row) -> tuple[str, str, GoldLevel]:
            _one_of(row["criterion_id"], self._rubrics, "criterion")
            level = GoldLevel(level=int(row["level"]), source=row.get("source", ""), quote=row.get("quote", ""))
            return row["candidate_id"], row["criterion_id"], level

        return _nested(self._read(name, of), path=self._folder / name)

    def gates(self, name: str) -> dict[str, dict[str, GoldGate]]:
        """Statuses by candidate and gate."""

        def of(row: Row) -> tuple[str, str, GoldGate]:
            _one_of(row["non_negotiable_id"], self._gates, "non-negotiable")
            status = _one_of(row["status"], STATUSES, "status")
            return row["candidate_id"], row["non_negotiable_id"], GoldGate(status=status, quote=row.get("quote", ""))

        return _nested(self._read(name, of), path=self._folder / name)

    def checks(self, name: str) -> tuple[GoldCheck, ...]:
        """Labelled checks in the order of the file."""

        def of(row: Row) -> GoldCheck:
            rubric = self._rubrics[_one_of(row["criterion_id"], self._rubrics, "criterion")]
            return GoldCheck(
                candidate=row["candidate_id"],
                criterion=row["criterion_id"],
                check=_one_of(row["check_id"], {check.id for check in rubric.checks}, "check"),
                holds=_one_of(row["holds"].strip().lower(), ("true", "false"), "value of holds") == "true",
                quote=row.get("quote", ""),
            )

        return tuple(self._read(name, of))

    def tiers(self, name: str) -> dict[str, int]:
        """Tiers by candidate."""
        return dict(self._read(name, lambda row: (row["candidate_id"], int(row["tier"]))))

    def _read(self, name: str, of: Callable[[Row], T]) -> Iterator[T]:
        path = self._folder / name
        if not path.is_file():
            return
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), start=1):
                try:
                    _one_of(row["candidate_id"], self._candidates, "candidate")
                    yield of({key: value or "" for key, value in row.items() if key})
                except KeyError as error:
                    raise ConfigurationError(f"{str(path)!r} has no column {error}. Add it.") from error
                except ValueError as error:
                    why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
                    raise ConfigurationError(f"{str(path)!r}, row {number}: {why}. Correct it.") from error


def _nested(rows: Iterable[tuple[str, str, T]], *, path: Path) -> dict[str, dict[str, T]]:
    found: dict[str, dict[str, T]] = {}
    for candidate, subject, value in rows:
        if subject in found.setdefault(candidate, {}):
            raise ConfigurationError(f"{str(path)!r} labels {subject!r} of {candidate!r} twice. Keep one row.")
        found[candidate][subject] = value
    return found


def _one_of(value: V, known: Collection[V], what: str) -> V:
    if value not in known:
        raise ValueError(f"{value!r} is no {what}; there is {', '.join(map(str, sorted(known)))}")
    return value


def _candidates(folder: Path) -> frozenset[str]:
    """Ids as intake gives them: names of folders, stems of loose files."""
    if not folder.is_dir():
        raise ConfigurationError(f"{str(folder)!r} is missing. Put one folder per candidate into it.")
    return frozenset(path.name if path.is_dir() else path.stem for path in folder.iterdir())


def _variants(folder: Path) -> tuple[Variant, ...]:
    path = folder / "variants.yaml"
    if not path.is_file():
        return ()
    try:
        return TypeAdapter(tuple[Variant, ...]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")) or ())
    except (yaml.YAMLError, ValidationError) as error:
        raise ConfigurationError(f"{str(path)!r} cannot be used: {error}. Correct it.") from error


def folder_hash(folder: Path) -> str:
    """Hex sha256 over names and bytes of all files below a folder, without its data card: that is about the data."""
    digest = hashlib.sha256()
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    for path in sorted(path for path in files if path != folder / CARD):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
