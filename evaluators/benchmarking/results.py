"""What a benchmark run found, as it is kept, printed, drawn and compared.

Figures are a flat list, each labelled with judge, set and group, so that thresholds, tables and comparisons need no
knowledge of how one was made. Beside them stand the cases they were counted from, without any candidate text: a
comparison of two runs draws its own paired samples from these.
"""

from datetime import date
from typing import Literal

from pydantic import Field

from pipeline.models.base import FrozenModel

SCHEMA_VERSION: Literal[1] = 1
ALL_SETS = "all"
"""The set of a figure that is taken over all sets."""

Better = Literal["higher", "lower", "none"]


class Figure(FrozenModel):
    """One number with where it comes from."""

    name: str
    """What is measured, as `bench.yaml` names it: `tau_b`, `level_kappa`, `gate_accuracy`, ..."""
    judge: str
    """Who judged: `evidence`, `openai:MODEL`, `baseline:bm25`, `annotator:second`, `holistic:MODEL`."""
    set: str
    """Id of the benchmark set, or `all`."""
    group: str = ""
    """What it is narrowed to: a criterion, a relation, a format, a locale; empty for the whole set."""
    value: float | None
    """None if it could not be measured; `note` says why."""
    low: float | None = None
    high: float | None = None
    """95% interval; None where there is none."""
    cases: int
    """How many labels, pairs or questions it was counted from."""
    bases: int
    """How many independent bases (candidates, texts) stand behind the cases; bounds rest on these."""
    better: Better = "higher"
    unit: str = ""
    """`points`, `s`, `tokens`, `USD`, `share`; empty for a coefficient."""
    note: str = ""


class JudgedCandidate(FrozenModel):
    """One gold candidate as the judge saw them."""

    set: str
    candidate: str
    gold_score: float
    """Weighted gold level, 0-4."""
    gold_tier: int | None = None
    """4 strong advance, 3 advance, 2 maybe, 1 no; None if nobody said."""
    score: float | None
    """0-100; None if unscored."""
    band: str
    gold_rank: tuple[int, int]
    """Best and worst rank that the gold allows, ties taken kindly."""
    rank: int | None
    rank_interval: tuple[int, int] | None
    score_rank: int | None = None
    """What `rank` must be by the printed scores, equal ones sharing; None if it has none, and in older results."""
    gold_levels: dict[str, int]
    levels: dict[str, float | None]
    """0-4 by criterion."""
    gold_gates: dict[str, str]
    gates: dict[str, str]


class JudgedCheck(FrozenModel):
    """One labelled check of one candidate."""

    set: str
    candidate: str
    criterion: str
    check: str
    holds: bool
    p: float
    """0-1, as the judge said it."""


class MovedPair(FrozenModel):
    """A candidate and its twin with one intended change."""

    set: str
    relation: str
    pair: str
    base: str
    """The independent text behind it; several pairs may share one."""
    base_score: float | None
    twin_score: float | None
    holds: bool
    """Whether the move is what the relation allows."""
    allowed: tuple[float | None, float | None] | None = None
    """Lowest and highest move, twin less base, that the relation allows; None on a side that is open."""
    note: str = ""
    channel: str = ""
    """Of an injection: where the sentence stands."""

    @property
    def is_assembled(self) -> bool:
        """Whether its base was put together from parts of others, so that it is no observation of its own."""
        return self.base.startswith("assembled:")


class BenchmarkSetRecord(FrozenModel):
    """Which data were used."""

    id: str
    sha256: str
    """Over all files of the set but its data card."""
    candidates: int


class BenchmarkResult(FrozenModel):
    """One run of `shortlist bench`."""

    schema_version: Literal[1] = SCHEMA_VERSION
    made_on: date
    judge: str
    fingerprint: str
    package: str
    """Version of shortlist."""
    embedder: str
    sets: tuple[BenchmarkSetRecord, ...]
    beside: dict[str, str] = Field(default_factory=dict)
    """Sha256 by name of the other data that figures were taken from: pairs, redaction, hidden and the like."""
    figures: tuple[Figure, ...]
    candidates: tuple[JudgedCandidate, ...] = ()
    checks: tuple[JudgedCheck, ...] = ()
    pairs: tuple[MovedPair, ...] = ()
    command: str = ""
    """What was typed to make it, without what is secret; empty if nobody said."""
    baselines: dict[str, dict[str, dict[str, float]]] = Field(default_factory=dict)
    """Baseline -> set -> candidate -> score, for comparisons."""
    seconds: float
