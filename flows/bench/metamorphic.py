"""Twins screened by a judge: does each score move as its one intended change allows?

Scores do not depend on who else is in a batch, so submissions of many bases are screened together; twins of one base go
into different batches, where they would be one person twice.
"""

import hashlib
import itertools
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, TypeAlias

from pydantic import ValidationError

from evaluators.benchmarking.gold import BenchmarkSet, find_sets
from evaluators.benchmarking.relations.assembling import assemble
from evaluators.benchmarking.relations.bases import Base, Files, Twins
from evaluators.benchmarking.relations.mechanical import mechanical_twins
from evaluators.benchmarking.relations.table import allowed_move, holds
from evaluators.benchmarking.relations.written import (
    candidate_bases,
    demo_bases,
    load_identities,
    load_pairs,
    pair_bases,
    pair_twins,
    variant_twins,
)
from evaluators.benchmarking.results import MovedPair
from flows.bench.refusals import refusal
from flows.walk import screen
from flows.wiring import read_scorecard
from flows.workbench import Progress, Step, Workbench, silent
from pipeline.models.scorecard import Scorecard
from pipeline.models.shortlist import Row

BenchFor: TypeAlias = Callable[[Scorecard], AbstractContextManager[Workbench]]

_ASSEMBLED = 260
"""With those that people wrote, enough for 300 bases of every relation that fits any resume."""
_PACKAGE = Path(__file__).parent.parent.parent


class Role(NamedTuple):
    """What one role's submissions are judged against."""

    id: str
    scorecard: Scorecard
    beside: tuple[Path, ...]
    """Brief and starter of its take-home."""
    bases: tuple[Base, ...]
    written: tuple[Twins, ...]


class Judged(NamedTuple):
    """What the judge made of one submission."""

    score: float | None
    levels: dict[str, float | None]
    note: str = ""
    refused: bool = False
    """A shortlist refuses to hold the score that it got."""


def measure_pairs(
    sets: Sequence[BenchmarkSet],
    bench_for: BenchFor,
    *,
    bases: int | None = None,
    only: Collection[str] | None = None,
    progress: Progress = silent,
) -> tuple[MovedPair, ...]:
    """Screen bases and twins and say which relations hold.

    Args:
        sets: The roles; pairs, identities and hostile sentences are looked for beside them and may be missing. The
            role of the demo, which has pairs but no set, is measured when all sets of the folder are.
        bench_for: Opens what a role's submissions are screened with.
        bases: At most so many, written and assembled ones of all roles; all if None.
        only: Relations to measure; all if None.
        progress: Told of every submission that is judged.

    Returns:
        Pairs in a fixed order. A base that could not be scored has none: it says nothing about a change.

    Raises:
        ConfigurationError: A written pair cannot be used.
        JudgeUnavailable: The judge did not answer.
    """
    if not sets:
        return ()
    root = sets[0].folder.parent
    roles = read_roles(sets, root)
    chosen = chosen_bases(roles, bases)
    twins: dict[str, list[Twins]] = {role.id: [] for role in roles}
    people = [base for role in roles for base in role.bases]
    for made in mechanical_twins(chosen, hostile=hostile_folder(root), only=only, lenders=people):
        twins[made.base.role].append(made)
    kept = {base.id for base in chosen} if bases is not None else None
    for role in roles:
        asked = [made for made in role.written if only is None or made.relation in only]
        twins[role.id] += [made for made in asked if kept is None or made.base.id in kept]
    total = sum(len(_submissions(made)) for made in twins.values())
    counted = _Counted(progress, total)
    found: list[MovedPair] = []
    for role in roles:
        if twins[role.id]:
            judged = judge_submissions(role, _submissions(twins[role.id]), bench_for, counted)
            found += [pair for made in twins[role.id] if (pair := moved_pair(role.id, made, judged)) is not None]
    return tuple(found)


# --- what is measured ------------------------------------------------------------------------------------------------


def read_roles(sets: Sequence[BenchmarkSet], root: Path) -> list[Role]:
    """The roles with all that people wrote for them.

    Raises:
        ConfigurationError: A written pair cannot be used.
    """
    identities, pairs = load_identities(root), load_pairs(root)
    demo, sources = demo_folder(root), demo_sources(root)
    roles = []
    for benchmark in sets:
        own = (*candidate_bases(benchmark, identities), *pair_bases(root, benchmark.id, identities))
        written = (*variant_twins(benchmark), *pair_twins(pairs, benchmark.id, own))
        card = benchmark.scorecard
        roles.append(Role(benchmark.id, card, _beside(benchmark.folder), _wanting(own, card), written))
    if demo is not None and is_whole(sets, root):
        scorecard = read_scorecard(demo / "scorecard.yaml")
        own = (
            *pair_bases(root, scorecard.id, identities),
            *(demo_bases(sources, scorecard.id, identities) if sources is not None else ()),
        )
        written = tuple(pair_twins(pairs, scorecard.id, own))
        roles.append(Role(scorecard.id, scorecard, _beside(demo), _wanting(own, scorecard), written))
    return roles


def _wanting(bases: Iterable[Base], scorecard: Scorecard) -> tuple[Base, ...]:
    wanted = tuple(dict.fromkeys(name for preference in scorecard.preferences for name in preference.any_of))
    return tuple(base._replace(wanted=wanted) for base in bases)


def is_whole(sets: Sequence[BenchmarkSet], root: Path) -> bool:
    """Whether these are all sets of a folder that has pairs; the role of the demo then belongs to them."""
    asked = {benchmark.folder.resolve() for benchmark in sets}
    return {path.resolve() for path in find_sets(root)} == asked and (root / "pairs").is_dir()


def demo_folder(root: Path) -> Path | None:
    """Where the role of the demo lies, in the repository or in an installed package."""
    return _first(root.parent / "demo", _PACKAGE / "pipeline" / "demo_data")


def demo_sources(root: Path) -> Path | None:
    """Where the demo's candidates lie as they were written."""
    return _first(root.parent / "demo_sources", root / "demo_sources")


def hostile_folder(root: Path) -> Path:
    """Where the sentences lie that are injected; it may be missing."""
    return _first(root / "hostile", root.parent / "hostile") or root / "hostile"


def _first(*folders: Path) -> Path | None:
    return next((path for path in folders if path.is_dir()), None)


def _beside(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(path for path in folder.iterdir() if path.stem == "brief" or path.name == "starter"))


def chosen_bases(roles: Sequence[Role], most: int | None) -> list[Base]:
    """Written bases, then assembled ones, each in turn from all roles; with a limit, half of either kind."""
    share = -(-_ASSEMBLED // len(roles))
    written = _in_turn(role.bases for role in roles)
    assembled = _in_turn(assemble(role.id, role.bases, share) for role in roles)
    if most is None:
        return [*written, *assembled]
    first = _spread(written, -(-most // 2))
    return [*first, *_spread(assembled, most - len(first))]


def _in_turn(groups: Iterable[Iterable[Base]]) -> list[Base]:
    return [base for turn in itertools.zip_longest(*groups) for base in turn if base is not None]


def _spread(bases: Sequence[Base], count: int) -> list[Base]:
    """Some of them at even distances."""
    return [bases[n * len(bases) // count] for n in range(count)] if count < len(bases) else list(bases)


# --- how it is screened ----------------------------------------------------------------------------------------------


Submissions: TypeAlias = Mapping[str, tuple[str, Files]]
"""Base and files by a hash of both: what several pairs share is judged once."""


def _submissions(twins: Iterable[Twins]) -> Submissions:
    found: dict[str, tuple[str, Files]] = {}
    for made in twins:
        for files in (made.before, made.after):
            found.setdefault(submission_key(made.base, files), (made.base.id, files))
    return found


def submission_key(base: Base, files: Files) -> str:
    """Hex sha256 over the base's id and the files' names and bytes."""
    digest = hashlib.sha256(base.id.encode())
    for name, content in sorted(files.items()):
        digest.update(f"\0{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _rounds(submissions: Submissions) -> Iterator[list[str]]:
    """Batches in which no base stands twice."""
    by_base: dict[str, list[str]] = {}
    for key, (base, _) in submissions.items():
        by_base.setdefault(base, []).append(key)
    for turn in itertools.zip_longest(*by_base.values()):
        yield [key for key in turn if key is not None]


class _Counted:
    """Counts over all batches what a screening counts in its own."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def __call__(self, step: Step) -> None:
        if step.stage == "judging":
            self._done += 1
            self._progress(Step("judging", min(self._done, self._total), self._total, step.candidate))


def judge_submissions(
    role: Role, submissions: Submissions, bench_for: BenchFor, progress: Progress
) -> dict[str, Judged]:
    """Screen every submission once."""
    judged: dict[str, Judged] = {}
    with bench_for(role.scorecard) as bench:
        for number, batch in enumerate(_rounds(submissions)):
            run_id = f"bench-pairs-{role.id}-{number}"
            judged |= _screened(role, submissions, batch, bench=bench, run_id=run_id, progress=progress)
    return judged


def _screened(
    role: Role, submissions: Submissions, batch: Sequence[str], *, bench: Workbench, run_id: str, progress: Progress
) -> dict[str, Judged]:
    # A folder's name may be taken for a hint at the person's.
    names = {f"s{n:04}": key for n, key in enumerate(batch)}
    with tempfile.TemporaryDirectory() as folder:
        for name, key in names.items():
            _write(Path(folder) / name, submissions[key][1])
        for path in role.beside:
            (shutil.copytree if path.is_dir() else shutil.copy)(path, Path(folder) / path.name)
        try:
            screened = screen(Path(folder), role.scorecard, bench=bench, run_id=run_id, progress=progress)
        except ValidationError as error:
            if len(batch) == 1:
                return {batch[0]: Judged(None, {}, str(refusal(error)), refused=True)}
            # One by one it shows whose score it is, and the others are still measured.
            alone = (
                _screened(role, submissions, [key], bench=bench, run_id=f"{run_id}-{n}", progress=silent)
                for n, key in enumerate(batch)
            )
            return {key: judged for one in alone for key, judged in one.items()}
    rows = {row.candidate: row for row in screened.shortlist.rows}
    return {key: _judged(rows.get(name)) for name, key in names.items()}


def _write(folder: Path, files: Files) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _judged(row: Row | None) -> Judged:
    if row is None:
        return Judged(None, {}, "not in the shortlist")
    levels = {assessed.criterion: assessed.level for assessed in row.assessment.criteria}
    return Judged(row.score, levels, "" if row.score is not None else "unscored")


def moved_pair(role: str, twins: Twins, judged: Mapping[str, Judged]) -> MovedPair | None:
    """What became of a pair; None if the base itself could not be scored, unless its score was one to refuse."""
    before = judged[submission_key(twins.base, twins.before)]
    after = judged[submission_key(twins.base, twins.after)]
    if before.score is None and not before.refused:
        return None
    does_hold = holds(twins.relation, before.score, after.score)
    return MovedPair(
        set=role,
        relation=twins.relation,
        pair=f"{twins.pair}/{twins.base.id}",
        base=twins.base.label,
        base_score=before.score,
        twin_score=after.score,
        holds=does_hold,
        allowed=allowed_move(twins.relation),
        channel=twins.channel,
        note=twins.note
        if does_hold
        else "; ".join(filter(None, (twins.note, before.note, after.note, _moved(before, after)))),
    )


def _moved(before: Judged, after: Judged) -> str:
    moved = [
        f"{name} {level} to {after.levels.get(name)}"
        for name, level in before.levels.items()
        if level != after.levels.get(name)
    ]
    return ", ".join(moved)
