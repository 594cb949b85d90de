"""Figures that come from one screened set: what was shown and cited, who is near the cut, what it cost, empty texts."""

import dataclasses
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from evaluators.benchmarking.gold import BenchmarkSet, GoldLevel, load_set
from evaluators.benchmarking.results import Figure
from evaluators.bm25 import load_background
from evaluators.evidence import Retriever
from evaluators.evidence_judge.judge import EvidenceJudge
from evaluators.judging_statistics import JudgingStatistics
from evaluators.rubric_library import load_rubric_library
from flows.bench.empty import PASSAGES, SIZES, empty_figures
from flows.bench.recall import cited, retrieved_quotes, share_figures, verbatim
from flows.bench.run_figures import boundary_figures, spending_figures, spread_figures, tool_figures
from flows.bench.sets import MeasuredSet, measure_set
from flows.judging_stage import JudgingRecord
from flows.wiring import open_workbench
from flows.workbench import Workbench, silent
from pipeline.embeddings import load_default_embedder
from pipeline.models.shortlist import Band, Row, Shortlist
from pipeline.models.verdicts import Answer, Finding, Request
from pipeline.settings import Settings
from tests.factories import make_shortlist
from tests.flows.bench.small_set import BENCHMARKS, SOME, write_small_set


@pytest.fixture(scope="module")
def benchmark_set(tmp_path_factory: pytest.TempPathFactory) -> BenchmarkSet:
    root = write_small_set(tmp_path_factory.mktemp("data"))
    return load_set(root / "small", library=load_rubric_library())


@pytest.fixture(scope="module")
def bench(benchmark_set: BenchmarkSet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with open_workbench(Settings(home=tmp_path_factory.mktemp("home")), benchmark_set.scorecard) as opened:
        yield opened


@pytest.fixture(scope="module")
def measured(benchmark_set: BenchmarkSet, bench: Workbench) -> MeasuredSet:
    return measure_set(benchmark_set, bench_for=lambda _: _Open(bench), progress=silent, warn=pytest.fail)


class _Open:
    """A workbench that stays open for the next test."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

    def __enter__(self) -> Workbench:
        return self._bench

    def __exit__(self, *_: object) -> None:
        return None


# --- quotes that decided the gold ------------------------------------------------------------------------------------


def with_quotes(benchmark: BenchmarkSet, quotes: dict[str, str]) -> BenchmarkSet:
    """The set with these quotes for the levels of its first candidate, and none for anybody else."""
    first, *others = benchmark.levels
    levels: dict[str, dict[str, GoldLevel]] = {
        first: {
            name: gold.model_copy(update={"quote": quotes.get(name, "")})
            for name, gold in benchmark.levels[first].items()
        }
    }
    levels |= {
        name: {criterion: gold.model_copy(update={"quote": ""}) for criterion, gold in benchmark.levels[name].items()}
        for name in others
    }
    return benchmark.model_copy(update={"levels": levels, "gates": {}})


def test_gold_quotes_are_looked_for_in_the_evidence_of_their_own_question(
    benchmark_set: BenchmarkSet, bench: Workbench, measured: MeasuredSet
) -> None:
    first = next(iter(benchmark_set.levels))
    real = benchmark_set.levels[first]["failure_modes"].quote
    assert real
    asked = with_quotes(
        benchmark_set,
        {"failure_modes": real, "communication": "A sentence that nobody has written in any file of this candidate."},
    )
    found = retrieved_quotes(asked, measured.screening, bench=bench)
    # Criteria in the order of the scorecard; levels without a quote are no cases, and so are the other people.
    assert sorted(map(tuple, found)) == [(), (), (), (True, False)]
    figures = share_figures("retrieval_recall", {"small": found}, judge="evidence", draws=20)
    assert next(iter(figures)).value == 0.5


def test_a_retriever_that_shows_next_to_nothing_is_seen(
    benchmark_set: BenchmarkSet, bench: Workbench, measured: MeasuredSet
) -> None:
    narrow = Retriever(load_default_embedder(), load_background(), budget=1)
    starved = retrieved_quotes(benchmark_set, measured.screening, bench=dataclasses.replace(bench, retriever=narrow))
    assert recall(measured.retrieved) > 0.9
    assert recall(starved) < recall(measured.retrieved) - 0.2
    assert list(map(len, starved)) == list(map(len, measured.retrieved))


def recall(outcomes: list[list[bool]]) -> float:
    flat = [one for own in outcomes for one in own]
    return sum(flat) / len(flat)


# --- quotes that are printed -----------------------------------------------------------------------------------------


def test_every_citation_of_an_honest_run_stands_in_its_file(measured: MeasuredSet) -> None:
    assert [len(own) for own in measured.verbatim] == [
        len(list(cited(row))) for row in measured.screening.shortlist.rows
    ]
    assert sum(map(len, measured.verbatim)) > 20
    assert all(all(own) for own in measured.verbatim)


def spoiled(shortlist: Shortlist, **changes: str) -> Shortlist:
    """The shortlist with its first citation changed."""
    content = shortlist.model_dump()
    for row in content["rows"]:
        for criterion in row["assessment"]["criteria"]:
            for finding in criterion["findings"]:
                for citation in finding["citations"]:
                    citation |= changes
                    return Shortlist.model_validate(content)
    raise AssertionError("nobody is cited")


@pytest.mark.parametrize(
    "changes",
    [
        {"quote": "Words that a judge made up."},
        {"quote_redacted": "Words that a judge made up."},
        {"passage": "0" * 16},
    ],
    ids=["quote", "redacted", "passage"],
)
def test_one_citation_that_is_not_what_it_says_is_one_miss(
    benchmark_set: BenchmarkSet, bench: Workbench, measured: MeasuredSet, changes: dict[str, str]
) -> None:
    screening = measured.screening._replace(shortlist=spoiled(measured.screening.shortlist, **changes))
    found = [one for own in verbatim(benchmark_set, screening, bench=bench) for one in own]
    assert found.count(False) == 1


def test_the_bytes_that_were_handed_in_are_asked_and_not_the_reading(
    benchmark_set: BenchmarkSet, bench: Workbench, measured: MeasuredSet, tmp_path: Path
) -> None:
    folder = tmp_path / "small"
    shutil.copytree(benchmark_set.folder, folder)
    row = measured.screening.shortlist.rows[0]
    of_resume = sum(citation.document == "resume.md" for citation in cited(row))
    assert of_resume
    (folder / "candidates" / row.candidate / "resume.md").write_text("Something else.\n", encoding="utf-8")
    moved = benchmark_set.model_copy(update={"folder": folder})
    found = verbatim(moved, measured.screening, bench=bench)
    assert found[0].count(False) == of_resume
    assert all(all(own) for own in found[1:])


# --- near the cut, and tools -----------------------------------------------------------------------------------------


def with_rows(measured: MeasuredSet, rows: Iterable[Row], *, top: int = 3) -> MeasuredSet:
    shortlist = make_shortlist(top=top)
    screening = measured.screening._replace(shortlist=shortlist.model_copy(update={"rows": tuple(rows)}))
    return measured._replace(screening=screening)


def test_those_near_the_cut_are_counted_by_their_band_or_by_the_one_they_would_be_in(measured: MeasuredSet) -> None:
    bands: list[tuple[Band, Band | None]] = [
        *[("advance", None), ("boundary", None), ("boundary", None)],
        *[("probe", "boundary"), ("probe", "advance"), ("hold", None)],
    ]
    rows = [
        row.model_copy(update={"band": band, "would_be": would_be})
        for row, (band, would_be) in zip(make_shortlist().rows, bands, strict=False)
    ]
    (figure,) = boundary_figures([with_rows(measured, rows)], judge="evidence")
    assert (figure.value, figure.cases, figure.set) == (3.0, 6, "small")
    assert figure.note == "K is 3 of 6"


def test_the_largest_tool_part_is_told_by_set_and_over_all(measured: MeasuredSet) -> None:
    rows = make_shortlist().rows
    one, other = (
        with_rows(
            measured, [row.model_copy(update={"tool_points": points}) for row, points in zip(rows, own, strict=False)]
        )
        for own in ((0.4, 1.8, 1.1), (0.2, 0.0))
    )
    other = other._replace(benchmark=other.benchmark.model_copy(update={"id": "other"}))
    figures = {one.set: (one.value, one.cases) for one in tool_figures([one, other], judge="evidence")}
    assert figures == {"small": (1.8, 3), "other": (0.2, 2), "all": (1.8, 5)}


# --- price -----------------------------------------------------------------------------------------------------------


def priced(measured: MeasuredSet, *, asked: int, spent: float | None, seconds: float = 8.0) -> MeasuredSet:
    """Ten requests about four people, some of them answered in this run by 3,000 tokens."""
    statistics = JudgingStatistics(
        questions=12, requests=10, asked=asked, from_ledger=10 - asked, failed=0, refused=0, not_asked=0,
        input_tokens=2_600, output_tokens=400,
    )  # fmt: skip
    screening = measured.screening._replace(judged=JudgingRecord(statistics, {}, {}))
    return measured._replace(screening=screening, spent=spent, seconds=seconds)


def prices(*measured: MeasuredSet, judge: str = "openai:m") -> dict[tuple[str, str], Figure]:
    return {(one.name, one.set): one for one in spending_figures(measured, judge=judge)}


def test_tokens_dollars_and_seconds_are_told_for_one_candidate(measured: MeasuredSet) -> None:
    figures = prices(priced(measured, asked=10, spent=0.2))
    assert figures["tokens_per_candidate", "small"].value == 750.0
    assert figures["cost_per_candidate", "small"].value == pytest.approx(0.05)
    assert figures["seconds_per_candidate", "small"].value == 2.0
    assert {one.cases for one in figures.values()} == {len(SOME)}


def test_what_was_known_from_before_is_reckoned_in_and_told(measured: MeasuredSet) -> None:
    figures = prices(priced(measured, asked=4, spent=0.2))
    # 3,000 tokens for four of ten requests are 7,500 for all, of four people.
    assert figures["tokens_per_candidate", "small"].value == pytest.approx(1_875.0)
    assert figures["cost_per_candidate", "small"].value == pytest.approx(0.125)
    assert figures["seconds_per_candidate", "small"].value == 2.0
    assert figures["tokens_per_candidate", "small"].note == "6 of 10 answers were known from before"


def test_where_nothing_was_asked_no_price_is_made_up(measured: MeasuredSet) -> None:
    figures = prices(priced(measured, asked=0, spent=0.0))
    assert figures["tokens_per_candidate", "small"].value is None
    assert figures["cost_per_candidate", "small"].value is None
    assert figures["seconds_per_candidate", "small"].value == 2.0


def test_an_unknown_price_is_said_and_the_evidence_judge_costs_nothing(measured: MeasuredSet) -> None:
    unknown = prices(priced(measured, asked=10, spent=None))["cost_per_candidate", "small"]
    assert (unknown.value, unknown.note) == (None, "the price is not known")
    own = prices(priced(measured, asked=10, spent=None), judge="evidence")["cost_per_candidate", "small"]
    assert own.value == 0.0


def test_over_all_sets_people_and_not_sets_are_counted(measured: MeasuredSet) -> None:
    first = priced(measured, asked=10, spent=0.2)
    second = priced(measured, asked=10, spent=0.6, seconds=16.0)
    benchmark = second.benchmark.model_copy(update={"id": "other", "candidates": SOME[:1]})
    figures = prices(first, second._replace(benchmark=benchmark))
    assert figures["cost_per_candidate", "all"].value == pytest.approx(0.8 / 5)
    assert figures["seconds_per_candidate", "all"].value == pytest.approx(24 / 5)
    assert figures["tokens_per_candidate", "all"].value == pytest.approx(6_000 / 5)


def test_the_spread_of_one_prompt_is_a_mean_over_candidates_with_two_answers() -> None:
    spreads = {"holistic:m": {"one": {"a": 5.0, "b": 1.0, "c": None}, "two": {"a": 3.0}}}
    figures = {one.set: one for one in spread_figures(spreads, asks=3, draws=50)}
    assert {set_: (one.value, one.bases, one.cases) for set_, one in figures.items()} == {
        "one": (3.0, 2, 6),
        "two": (3.0, 1, 3),
        "all": (3.0, 3, 9),
    }
    assert figures["one"].low == 1.0
    assert figures["one"].high == 5.0
    nobody = next(iter(spread_figures({"holistic:m": {"one": {"a": None}}}, asks=2, draws=50)))
    assert (nobody.value, nobody.note) == (None, "no candidate has two usable answers")


# --- dossiers without evidence ---------------------------------------------------------------------------------------


def empties(benchmark: BenchmarkSet, root: Path, home: Path) -> dict[str, Figure]:
    def bench_for(scorecard):  # type: ignore[no-untyped-def]
        return open_workbench(Settings(home=home), scorecard)

    figures = empty_figures([benchmark], root, judge="evidence", bench_for=bench_for, quick=True)
    return {one.group: one for one in figures}


class Generous(EvidenceJudge):
    """Takes any sentence for proof of everything."""

    def answer(self, requests: Iterable[Request]) -> Iterator[Answer]:
        from tests.flows.bench.test_planted_faults import SameForAll

        for answer in SameForAll.answer(self, requests):  # type: ignore[arg-type]
            findings = tuple(Finding(check=one.check, p=0.95, quotes=one.quotes) for one in answer.findings)
            yield answer.model_copy(update={"findings": findings})


@pytest.mark.slow
def test_polite_sentences_earn_nothing_and_a_judge_that_they_please_is_seen(
    benchmark_set: BenchmarkSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = empties(benchmark_set, BENCHMARKS, tmp_path / "honest")
    assert list(honest) == [str(size) for size in SIZES]
    assert all(one.value is not None and one.value <= 3 for one in honest.values())
    assert honest["10"].cases == 2
    monkeypatch.setattr("flows.wiring.EvidenceJudge", Generous)
    pleased = empties(benchmark_set, BENCHMARKS, tmp_path / "pleased")
    assert all(one.value is not None and one.value > 30 for one in pleased.values())


def test_the_highest_score_counts_and_missing_data_are_said(benchmark_set: BenchmarkSet, tmp_path: Path) -> None:
    missing = empties(benchmark_set, tmp_path, tmp_path / "home")
    assert {(one.value, one.note) for one in missing.values()} == {(None, f"the data have no {PASSAGES}")}
