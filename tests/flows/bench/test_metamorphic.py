import re
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

import pipeline.ranking
from evaluators.benchmarking.gold import BenchmarkSet, find_sets, load_set
from evaluators.benchmarking.relations.bases import Base, Twins
from evaluators.benchmarking.relations.injection import CHANNELS
from evaluators.benchmarking.relations.mechanical import MECHANICAL, mechanical_twins
from evaluators.benchmarking.relations.swaps import name_swap
from evaluators.benchmarking.results import MovedPair
from evaluators.rubric_library import load_rubric_library
from flows.bench.metamorphic import (
    Judged,
    chosen_bases,
    hostile_folder,
    judge_submissions,
    measure_pairs,
    moved_pair,
    read_roles,
    submission_key,
)
from flows.wiring import open_workbench
from flows.workbench import Step, Workbench
from pipeline.models.assessment import Assessment
from pipeline.models.scorecard import Scorecard
from pipeline.scoring import Score
from pipeline.settings import Settings

BENCHMARKS = Path(__file__).resolve().parents[3] / "datasets" / "benchmarks"


@pytest.fixture(scope="module")
def sets() -> list[BenchmarkSet]:
    return [load_set(folder, library=load_rubric_library()) for folder in find_sets(BENCHMARKS)]


def measured(sets: list[BenchmarkSet], bases: int, steps: list[Step]) -> tuple[MovedPair, ...]:
    with tempfile.TemporaryDirectory() as home:

        def bench_for(scorecard: Scorecard) -> AbstractContextManager[Workbench]:
            return open_workbench(Settings(home=Path(home)), scorecard)

        return measure_pairs(sets, bench_for, bases=bases, progress=steps.append)


def test_bases_are_taken_from_every_role_and_both_origins(sets: list[BenchmarkSet]) -> None:
    roles = read_roles(sets, BENCHMARKS)
    assert [role.id for role in roles] == [*(one.id for one in sets), "parcel-lockers"]
    chosen = chosen_bases(roles, 20)
    assert len(chosen) == 20
    assert {base.role for base in chosen} == {role.id for role in roles}
    assert sum(base.origin == "written" for base in chosen) == 10
    everybody = chosen_bases(roles, None)
    assert len(everybody) == len({base.id for base in everybody}) >= 300
    origins = [base.origin for base in everybody]
    assert origins == sorted(origins, reverse=True), "written ones first"


def test_one_set_alone_brings_no_other_role(sets: list[BenchmarkSet]) -> None:
    assert [role.id for role in read_roles(sets[:1], BENCHMARKS)] == [sets[0].id]


def test_twins_of_one_base_are_screened_apart_and_both_are_scored(sets: list[BenchmarkSet]) -> None:
    (role,) = read_roles(sets[:1], BENCHMARKS)
    (twins,) = name_swap(role.bases[0])
    submissions = {submission_key(twins.base, files): (twins.base.id, files) for files in (twins.before, twins.after)}
    steps: list[Step] = []
    with tempfile.TemporaryDirectory() as home:
        judged = judge_submissions(
            role, submissions, lambda card: open_workbench(Settings(home=Path(home)), card), steps.append
        )
    first, second = judged.values()
    assert first.score is not None
    assert first == second
    assert len(first.levels) == len(role.scorecard.criteria)


@pytest.mark.slow
def test_pairs_are_measured_end_to_end_and_nobody_is_lost(sets: list[BenchmarkSet]) -> None:
    steps: list[Step] = []
    pairs = measured(sets[:1], 3, steps)
    assert {"name_swap", "format", "section_order", "padding", "injection"} <= {pair.relation for pair in pairs}
    assert all(pair.base_score is not None and pair.twin_score is not None for pair in pairs)
    assert {pair.base.partition(":")[0] for pair in pairs} == {"written", "assembled"}
    assert len({(pair.relation, pair.pair) for pair in pairs}) == len(pairs)
    assert all(pair.holds for pair in pairs if pair.relation in ("name_swap", "format"))
    assert steps[-1].done == steps[-1].total == len(steps)


def test_nothing_is_measured_without_a_set() -> None:
    assert measured([], 3, []) == ()


BASE = Base("ferries/c01", "ferries", "written", {"resume.md": b"Ann"})


def pair_of(before: Judged, after: Judged) -> MovedPair | None:
    twins = Twins("name_swap", "name_swap", BASE, BASE.files, {"resume.md": b"Ben"}, "Ann becomes Ben")
    judged = {submission_key(BASE, twins.before): before, submission_key(BASE, twins.after): after}
    return moved_pair("ferries", twins, judged)


def test_a_move_that_is_not_allowed_says_which_levels_moved() -> None:
    pair = pair_of(Judged(40.0, {"a": 2.0, "b": 1.0}), Judged(39.0, {"a": 1.5, "b": 1.0}))
    assert pair is not None
    assert not pair.holds
    assert pair.note == "Ann becomes Ben; a 2.0 to 1.5"
    assert pair.base == "written:ferries/c01"


def test_a_twin_without_a_score_fails_and_a_base_without_one_says_nothing() -> None:
    pair = pair_of(Judged(40.0, {}), Judged(None, {}, "not in the shortlist"))
    assert pair is not None
    assert not pair.holds
    assert "not in the shortlist" in pair.note
    assert pair_of(Judged(None, {}), Judged(40.0, {})) is None


def test_a_base_whose_score_no_shortlist_may_hold_does_not_hold() -> None:
    pair = pair_of(Judged(None, {}, "tool_points 30 was refused", refused=True), Judged(40.0, {}))
    assert pair is not None
    assert not pair.holds
    assert "tool_points 30 was refused" in pair.note


def test_a_pair_says_which_channel_its_sentence_came_through() -> None:
    twins = Twins("injection", "injection-comment", BASE, BASE.files, {"resume.md": b"Ben"}, channel="comment")
    judged = {submission_key(BASE, files): Judged(40.0, {}) for files in (twins.before, twins.after)}
    pair = moved_pair("ferries", twins, judged)
    assert pair is not None
    assert (pair.channel, pair.is_assembled) == ("comment", False)


def test_one_refused_score_costs_its_own_submission_and_no_other(
    sets: list[BenchmarkSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    (role,) = read_roles(sets[:1], BENCHMARKS)
    bases = role.bases[:3]
    submissions = {submission_key(base, base.files): (base.id, base.files) for base in bases}
    honest = pipeline.ranking.score

    def spoiled(assessment: Assessment, scorecard: Scorecard) -> Score | None:
        found = honest(assessment, scorecard)
        is_second = assessment.preferences_matched == matched[1]
        return None if found is None else found._replace(points=250.0) if is_second else found

    def screened() -> list[Judged]:
        with tempfile.TemporaryDirectory() as home:
            settings = Settings(home=Path(home))
            judged = judge_submissions(role, submissions, lambda card: open_workbench(settings, card), lambda _: None)
        return list(judged.values())

    matched: list[tuple[str, ...]] = []

    def noting(assessment: Assessment, scorecard: Scorecard) -> Score | None:
        matched.append(assessment.preferences_matched)
        return honest(assessment, scorecard)

    monkeypatch.setattr(pipeline.ranking, "score", noting)
    expected = screened()
    monkeypatch.setattr(pipeline.ranking, "score", spoiled)
    found = screened()
    refused = [one for one in found if one.refused]
    assert refused
    assert all("score 250 was refused" in one.note for one in refused)
    assert [one for one in found if not one.refused] == [
        one for one, other in zip(expected, found, strict=True) if not other.refused
    ]
    assert len(refused) < len(found)


@pytest.mark.slow
def test_every_relation_and_channel_has_three_hundred_bases_as_the_document_says(sets: list[BenchmarkSet]) -> None:
    roles = read_roles(sets, BENCHMARKS)
    people = [base for role in roles for base in role.bases]
    bases: dict[str, set[str]] = {}
    made = mechanical_twins(chosen_bases(roles, None), hostile=hostile_folder(BENCHMARKS), lenders=people)
    for twins in made:
        name = f"{twins.relation}:{twins.channel}" if twins.channel else twins.relation
        bases.setdefault(name, set()).add(twins.base.label)
    assert {name: len(own) for name, own in bases.items()} == dict.fromkeys(
        (*MECHANICAL, *(f"injection:{channel}" for channel in CHANNELS)), 300
    )
    document = (BENCHMARKS.parents[1] / "docs" / "benchmark.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in document.splitlines() if re.match(r"\| `.*\| 300", line)]
    told: dict[str, int] = {}
    for _, names, _, written, *_ in rows:
        for name in re.findall(r"`([a-z_:]+)`", names):
            told[f"injection{name}" if name.startswith(":") else name] = int(written)
    assert told == {name: sum(label.startswith("written:") for label in own) for name, own in bases.items()}


def test_equal_files_of_two_bases_are_two_submissions() -> None:
    other = BASE._replace(id="ferries/c02")
    assert submission_key(BASE, BASE.files) != submission_key(other, BASE.files)
    assert submission_key(BASE, {"a": b"bc"}) != submission_key(BASE, {"ab": b"c"})
