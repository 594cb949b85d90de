"""Labels that do not fit the candidates beside them: quotes nobody wrote, and candidates nobody labelled."""

import csv
import shutil
from pathlib import Path

import pytest

from evaluators.benchmarking.gold import GATES, LEVELS, BenchmarkSet, GoldQuote, find_sets, load_set
from evaluators.rubric_library import load_rubric_library
from flows.bench.gold_quotes import MOST_NAMED, LostQuote, left_out, lost_note, lost_quotes, lost_warning
from flows.bench.sets import batch_of
from tests.flows.bench.small_set import BENCHMARKS, SOME, bench, write_small_set
from tests.flows.test_bench_reading import passage

SKIPPED = ("redaction", "hidden", "empty", "metamorphic", "baselines")
OPTIONS = ("--quiet", *(word for part in SKIPPED for word in ("--skip", part)))
INVENTED = "A sentence that nobody has written in any file of this candidate."


def loaded(folder: Path) -> BenchmarkSet:
    return load_set(folder, library=load_rubric_library())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_small_set(tmp_path) / "small"


def rewrite(path: Path, change) -> None:  # type: ignore[no-untyped-def]
    """A table with every row as `change` returns it, and without those for which it returns None."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        kept = [new for row in rows if (new := change(row)) is not None]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows.fieldnames or ())
        writer.writeheader()
        writer.writerows(kept)


# --- quotes ----------------------------------------------------------------------------------------------------------


def with_quote(benchmark: BenchmarkSet, text: str, candidate: str = SOME[0]) -> BenchmarkSet:
    quote = GoldQuote(file=LEVELS, line=7, candidate=candidate, text=text)
    return benchmark.model_copy(update={"quotes": (quote,)})


def test_every_shipped_quote_stands_in_a_document_of_its_candidate() -> None:
    sets = [loaded(path) for path in find_sets(BENCHMARKS)]
    assert sum(len(one.quotes) for one in sets) > 1_500
    assert [lost_quotes(one, {}) for one in sets] == [()] * len(sets)


def test_line_wraps_markup_and_typography_are_forgiven(folder: Path) -> None:
    resume = folder / "candidates" / SOME[0] / "resume.md"
    resume.write_text(
        "We kept *one* [ledger](https://example.org/x)\n  for every cell \u2013 it\u2019s slow.\n", "utf-8"
    )
    quote = with_quote(loaded(folder), "kept one ledger for every cell - it's slow")
    assert lost_quotes(quote, {}) == ()


def test_a_quote_is_lost_for_certain_only_if_every_file_is_text(folder: Path) -> None:
    benchmark = with_quote(loaded(folder), INVENTED)
    (lost,) = lost_quotes(benchmark, {})
    assert lost.is_certain
    assert left_out([lost]) == {(SOME[0], INVENTED)}
    # What was read of a file that is no text counts like its bytes would.
    (folder / "candidates" / SOME[0] / "cv.pdf").write_bytes(b"%PDF-1.7\xff\xfe")
    assert lost_quotes(benchmark, {SOME[0]: (passage(f"Before. {INVENTED} After."),)}) == ()
    (unread,) = lost_quotes(benchmark, {SOME[0]: (passage("Before and after."),)})
    assert not unread.is_certain
    assert left_out([unread]) == frozenset()


def test_a_quote_is_looked_for_in_the_files_of_its_own_candidate(folder: Path) -> None:
    benchmark = loaded(folder)
    other = benchmark.levels[SOME[1]]["failure_modes"].quote
    assert lost_quotes(with_quote(benchmark, other, SOME[1]), {}) == ()
    assert len(lost_quotes(with_quote(benchmark, other, SOME[0]), {})) == 1


def test_a_loose_file_is_looked_into(folder: Path) -> None:
    candidates = folder / "candidates"
    (candidates / SOME[0] / "resume.md").rename(candidates / "loose.md")
    shutil.rmtree(candidates / SOME[0])
    (candidates / "loose.md").rename(candidates / f"{SOME[0]}.md")
    benchmark = loaded(folder)
    assert lost_quotes(with_quote(benchmark, INVENTED), {})[0].is_certain
    words = (candidates / f"{SOME[0]}.md").read_text(encoding="utf-8").split("\n\n")[1]
    assert lost_quotes(with_quote(benchmark, words), {}) == ()


def test_a_long_list_of_lost_quotes_is_cut_and_counted(folder: Path) -> None:
    quote = GoldQuote(file=GATES, line=3, candidate="c01", text="word " * 40)
    other = GoldQuote(file="gold/checks.csv", line=4, candidate="c01", text="short")
    lost = [LostQuote(quote, is_certain=True)] * MOST_NAMED + [LostQuote(other, True), LostQuote(quote, False)]
    told = lost_warning(loaded(folder), lost)
    assert told.count("gold/gates.csv, line 3: quote not found in 'c01': 'word word") == MOST_NAMED
    assert "and 2 more" in told
    assert max(map(len, told.splitlines())) < 200
    # Quotes of checks are in no figure, and one that may stand in an unread file is not left out.
    assert lost_note([lost, []]) == f"gold quotes that stand in no document are left out: {MOST_NAMED}"
    assert lost_note([[], []]) == ""


def test_a_run_names_quotes_that_are_nowhere_and_leaves_them_out_of_what_was_shown(
    folder: Path, tmp_path: Path
) -> None:
    def only_two(row: dict[str, str]) -> dict[str, str]:
        first = (row["candidate_id"], row["criterion_id"]) == ("c01", "tradeoff_reasoning")
        kept = row["candidate_id"] == "c04" and row["criterion_id"] == "failure_modes"
        return row | {"quote": INVENTED if first else row["quote"] if kept else ""}

    rewrite(folder / LEVELS, only_two)
    shutil.rmtree(folder / "gold" / "second")
    for name in ("gates", "checks"):
        (folder / "gold" / f"{name}.csv").unlink()
    ran = bench(folder.parent, tmp_path / "out", *OPTIONS)
    assert ran.done.exit_code == 0, ran.done.output
    assert "gold/levels.csv, line 2: quote not found in 'c01': 'A sentence that nobody" in ran.done.stderr
    assert ran.done.stderr.count("quote not found") == 1
    (shown,) = (one for one in ran.result.figures if one.name == "retrieval_recall")
    assert (shown.value, shown.cases) == (1.0, 1)
    assert shown.note == "gold quotes that stand in no document are left out: 1"


# --- candidates ------------------------------------------------------------------------------------------------------


def without_gold(folder: Path, *candidates: str) -> None:
    rewrite(folder / LEVELS, lambda row: None if row["candidate_id"] in candidates else row)


def test_only_the_labelled_are_screened_with_what_lies_beside_them(folder: Path) -> None:
    without_gold(folder, "c01", "c08")
    (folder / "candidates" / "ann.md").write_text("x")
    (folder / "candidates" / "candidates.csv").write_text("file,channel\nc04,referral\n")
    # Only a name at the top is a candidate's.
    (folder / "candidates" / "c04" / "takehome" / "c08").mkdir()
    (folder / "brief.md").write_text("x")
    with batch_of(loaded(folder)) as batch:
        assert {path.name for path in batch.iterdir()} == {"c04", "c05", "brief.md", "candidates.csv"}
        assert (batch / "c04" / "takehome" / "c08").is_dir()
    assert (folder / "candidates" / "c01").is_dir()


def test_a_set_that_is_labelled_in_part_has_the_figures_of_that_part(folder: Path, tmp_path: Path) -> None:
    without_gold(folder, "c04", "c08")
    part = bench(folder.parent, tmp_path / "part", *OPTIONS)
    assert part.done.exit_code == 0, part.done.output
    told = "gold/levels.csv has no row for 2 of the 4 candidates of 'small': c04, c08. Only the others are screened"
    assert told in part.done.stderr
    assert [one.rank for one in part.result.candidates if one.rank] == [1, 2]
    for name in ("c04", "c08"):
        shutil.rmtree(folder / "candidates" / name)
    for table in (folder / "gold").rglob("*.csv"):
        rewrite(table, lambda row: None if row["candidate_id"] in ("c04", "c08") else row)
    alone = bench(folder.parent, tmp_path / "alone", *OPTIONS)
    assert "Warning" not in alone.done.stderr

    def figures(ran) -> list[tuple[object, ...]]:  # type: ignore[no-untyped-def]
        found = [(one.name, one.set, one.group, one.value, one.cases) for one in ran.result.figures]
        return [one for one in found if one[0] != "seconds_per_candidate"]

    assert figures(part) == figures(alone)
    assert part.result.candidates == alone.result.candidates
