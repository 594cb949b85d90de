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
Candidates without a row in gold/levels.csv take part in nothing: ranks among all cannot be held against gold for some.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar, get_args

from pydantic import Field

from evaluators.benchmarking.gold_rows import read_rows
from evaluators.benchmarking.variants import Variant, load_variants
from pipeline.errors import ConfigurationError
from pipeline.intake import candidate_names
from pipeline.models.assessment import GateStatus
from pipeline.models.base import FrozenModel
from pipeline.models.scorecard import Rubric, Scorecard
from pipeline.scorecard import load_scorecard

T = TypeVar("T")
V = TypeVar("V", bound=str)
Cells = Mapping[str, str]

STATUSES: tuple[GateStatus, ...] = get_args(GateStatus)
LEVELS, GATES = "gold/levels.csv", "gold/gates.csv"
BEST_LEVEL = 4
BEST_TIER = 4
CARD = "README.md"


class GoldLevel(FrozenModel):
    """What one candidate has earned for one criterion."""

    level: int = Field(ge=0, le=BEST_LEVEL)
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


class GoldQuote(FrozenModel):
    """The words that decided a label, and where somebody wrote them down."""

    file: str
    """From the folder of the set."""
    line: int
    candidate: str
    text: str


class BenchmarkSet(FrozenModel):
    """One role with labelled candidates."""

    id: str
    folder: Path
    sha256: str
    """Over all files of the set, with their names."""
    scorecard: Scorecard
    candidates: tuple[str, ...]
    """Those with gold levels, sorted."""
    unlabelled: tuple[str, ...] = ()
    """Those without, sorted; nobody judges them."""
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
    quotes: tuple[GoldQuote, ...] = ()
    """Of all tables, in the order of the files."""

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
    gates, checks = tables.gates(GATES), tables.checks("gold/checks.csv")
    second_levels, second_gates = tables.levels("gold/second/levels.csv"), tables.gates("gold/second/gates.csv")
    return BenchmarkSet(
        id=folder.resolve().name,
        folder=folder,
        sha256=folder_hash(folder),
        scorecard=scorecard,
        candidates=tuple(sorted(levels)),
        unlabelled=tuple(sorted(tables.candidates - set(levels))),
        levels=levels,
        gates=gates,
        tiers=tables.tiers("gold/ranking.csv"),
        checks=checks,
        second_levels=second_levels,
        second_gates=second_gates,
        variants=load_variants(folder, tables.candidates),
        quotes=tuple(tables.quotes),
    )


class _Tables:
    """Reads the tables of one set; every problem names file and line."""

    def __init__(self, folder: Path, scorecard: Scorecard) -> None:
        self._folder = folder
        self._rubrics = {criterion.id: criterion.rubric for criterion in scorecard.criteria}
        self._gates = {gate.id for gate in scorecard.non_negotiables}
        self.candidates = _candidates(folder / "candidates")
        self.quotes: list[GoldQuote] = []
        """Of the tables that were read so far."""

    def levels(self, name: str) -> dict[str, dict[str, GoldLevel]]:
        """Levels by candidate and criterion."""

        def of(row: Cells) -> GoldLevel:
            _one_of(row["criterion_id"], self._rubrics, "criterion")
            level = _whole(row["level"], "level", 0, BEST_LEVEL)
            return GoldLevel(level=level, source=row.get("source", ""), quote=row.get("quote", ""))

        return _nested(self._read(name, ("candidate_id", "criterion_id"), ("level",), of))

    def gates(self, name: str) -> dict[str, dict[str, GoldGate]]:
        """Statuses by candidate and gate."""

        def of(row: Cells) -> GoldGate:
            _one_of(row["non_negotiable_id"], self._gates, "non-negotiable")
            return GoldGate(status=_one_of(row["status"], STATUSES, "status"), quote=row.get("quote", ""))

        return _nested(self._read(name, ("candidate_id", "non_negotiable_id"), ("status",), of))

    def checks(self, name: str) -> tuple[GoldCheck, ...]:
        """Labelled checks in the order of the file."""

        def of(row: Cells) -> GoldCheck:
            rubric = self._rubrics[_one_of(row["criterion_id"], self._rubrics, "criterion")]
            return GoldCheck(
                candidate=row["candidate_id"],
                criterion=row["criterion_id"],
                check=_one_of(row["check_id"], {check.id for check in rubric.checks}, "check"),
                holds=_one_of(row["holds"].lower(), ("true", "false"), "value of holds") == "true",
                quote=row.get("quote", ""),
            )

        rows = self._read(name, ("candidate_id", "criterion_id", "check_id"), ("holds",), of)
        return tuple(check for _, check in rows)

    def tiers(self, name: str) -> dict[str, int]:
        """Tiers by candidate."""
        rows = self._read(name, ("candidate_id",), ("tier",), lambda row: _whole(row["tier"], "tier", 1, BEST_TIER))
        return {candidate: tier for (candidate,), tier in rows}

    def _read(
        self, name: str, ids: Sequence[str], more: Sequence[str], of: Callable[[Cells], T]
    ) -> Iterator[tuple[tuple[str, ...], T]]:
        """Every row by what it labels, which no other row may label again."""
        path = self._folder / name
        if not path.is_file():
            return
        lines: dict[tuple[str, ...], int] = {}
        for line, cells in read_rows(path, columns=(*ids, *more)):
            subject = tuple(cells[column] for column in ids)
            try:
                _one_of(cells["candidate_id"], self.candidates, "candidate")
                found = of(cells)
            except ValueError as error:
                raise ConfigurationError(f"{str(path)!r}, line {line}: {error}. Correct it.") from error
            if (before := lines.setdefault(subject, line)) != line:
                what = " of ".join(map(repr, reversed(subject)))
                raise ConfigurationError(f"{str(path)!r} labels {what} twice, in lines {before} and {line}. Keep one.")
            if text := cells.get("quote"):
                self.quotes.append(GoldQuote(file=name, line=line, candidate=cells["candidate_id"], text=text))
            yield subject, found


def _nested(rows: Iterable[tuple[tuple[str, ...], T]]) -> dict[str, dict[str, T]]:
    found: dict[str, dict[str, T]] = {}
    for (candidate, subject), value in rows:
        found.setdefault(candidate, {})[subject] = value
    return found


def _one_of(value: V, known: Collection[V], what: str) -> V:
    if value not in known:
        raise ValueError(f"{value!r} is no {what}; there is {', '.join(map(str, sorted(known))) or 'none'}")
    return value


def _whole(text: str, what: str, low: int, high: int) -> int:
    if text not in (known := [str(number) for number in range(low, high + 1)]):
        raise ValueError(f"the {what} is {text!r}; it must be a whole number from {low} to {high}")
    return low + known.index(text)


def _candidates(folder: Path) -> frozenset[str]:
    """Ids as intake gives them: names of folders, stems of loose files; briefs, tables and the like are nobody."""
    if not folder.is_dir():
        raise ConfigurationError(f"{str(folder)!r} is missing. Put one folder per candidate into it.")
    return frozenset(candidate_names(folder))


def folder_hash(folder: Path) -> str:
    """Hex sha256 over names and bytes of all files below a folder, without its data card: that is about the data."""
    digest = hashlib.sha256()
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    for path in sorted(path for path in files if path != folder / CARD):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
